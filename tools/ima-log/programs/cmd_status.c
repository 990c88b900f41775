// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log status: the state of the archive and the kernel. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "program.h"
#include "../lib/json.h"
#include "../lib/report.h"

#define MEAN_RECORD	110	/* bytes, as long as nothing tells otherwise */

/* Without a success for that many, the saver is dead or stuck. */
#define STALE_INTERVALS	3

#define CLOCK_SLACK	60	/* seconds that a success may lie ahead */

enum { STATUS_OK, STATUS_WARNING, STATUS_CRITICAL };

static const char *const levels[] = { "ok", "warning", "critical" };

/* None of them is one of the other commands', or of wrong usage. */
static const int exit_codes[] = { EXIT_OK, 5, 6 };

struct value {
	const char *name;
	uint64_t number;
	bool known;
	bool total;			/* it is counted up, and never down */
	const char *help;
};

enum { V_RECORDS, V_VIOLATIONS, V_TRIMMED, V_KERNEL_BYTES, V_DURABLE, V_FIRST,
       V_GAPS, V_GAP_RECORDS, V_SAVED, V_REMOVED, V_CYCLES, V_ERRORS,
       V_FOREIGN, V_FOREIGN_RECORDS, V_FOREIGN_TIME, V_RESETS, V_NOT_CARRIED,
       V_SNAPSHOT, V_EPOCH, V_EPOCHS, V_BYTES, V_FREE, V_SUCCESS, V_AGE,
       V_ERROR, V_FOLLOW, V_COUNT };

struct status {
	struct value values[V_COUNT];
	struct save_report report;
	uint64_t end;			/* of the last epoch's records */
	uint64_t last_bytes;		/* of the last epoch */
	int level;
	char why[320];
};

struct args {
	const char *archive, *securityfs, *follow;
	uint64_t limit;
	bool json, prometheus;
};

const struct opt status_options[] = {
	OPT(args, json, set_flag, "json", NULL, "one JSON object"),
	OPT(args, prometheus, set_flag, "prometheus", NULL,
	    "for node_exporter's textfile collector"),
	OPT(args, follow, set_text, "follow", "FILE",
	    "the file of ima-log follow, to show its size"),
	OPT(args, limit, set_size, "agent-limit", "SIZE",
	    "and warn when an agent cannot send all of it"),
	OPT(args, archive, set_text, "archive", "DIR", "the archive"),
	OPT(args, securityfs, set_text, "securityfs", "DIR",
	    "IMA's directory in securityfs"),
	{ 0 }
};

#define GAUGE(name, help)	{ name, 0, false, false, help }
#define TOTAL(name, help)	{ name, 0, false, true, help }

static const struct value values[V_COUNT] = {
	[V_RECORDS] = GAUGE("kernel_records", "records in the kernel's list"),
	[V_VIOLATIONS] = TOTAL("violations",
			       "violations since the kernel started"),
	[V_TRIMMED] = TOTAL("trimmed",
			    "records removed since the machine booted"),
	[V_KERNEL_BYTES] = GAUGE("kernel_bytes",
				 "bytes of the kernel's list, about"),
	[V_DURABLE] = GAUGE("durable", "records of the epoch that are saved"),
	[V_FIRST] = GAUGE("first_record",
			  "the epoch's first record; not 0 if pruned"),
	[V_GAPS] = GAUGE("gaps", "gaps in the epoch"),
	[V_GAP_RECORDS] = GAUGE("gap_records", "records lost in the epoch"),
	[V_SAVED] = TOTAL("saved", "records saved"),
	[V_REMOVED] = TOTAL("removed",
			    "records removed from the kernel's list"),
	[V_CYCLES] = TOTAL("cycles", "attempts to save"),
	[V_ERRORS] = TOTAL("errors", "attempts to save that failed"),
	[V_FOREIGN] = TOTAL("foreign_trims",
			    "trims by another process in the epoch"),
	[V_FOREIGN_RECORDS] = TOTAL("foreign_records",
				    "records that those removed"),
	[V_FOREIGN_TIME] = GAUGE("last_foreign_trim",
				 "time of the last of those"),
	[V_RESETS] = TOTAL("tpm_resets",
			   "resets of the TPM under a running kernel"),
	[V_NOT_CARRIED] = GAUGE("not_carried",
				"1 if a kexec may have lost records"),
	[V_SNAPSHOT] = GAUGE("last_snapshot",
			     "number of the last snapshot's record"),
	[V_EPOCH] = GAUGE("epoch", "number of the last epoch"),
	[V_EPOCHS] = GAUGE("epochs", "epochs in the archive"),
	[V_BYTES] = GAUGE("archive_bytes", "size of the archive"),
	[V_FREE] = GAUGE("free_bytes", "space left for the archive"),
	[V_SUCCESS] = GAUGE("last_success", "time of the last success"),
	[V_AGE] = GAUGE("last_success_age",
			"seconds since the last success"),
	[V_ERROR] = GAUGE("last_error_time", "time of the last error"),
	[V_FOLLOW] = GAUGE("follow_bytes", "size of the file for agents"),
};

static void put(struct status *s, int which, uint64_t number)
{
	s->values[which].number = number;
	s->values[which].known = true;
}

/* The first cause of the worst level. */
__attribute__((format(printf, 3, 4)))
static void raise_level(struct status *s, int level, const char *format, ...)
{
	va_list args;

	if (level <= s->level)
		return;
	s->level = level;
	va_start(args, format);
	vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
}

static void read_kernel(struct status *s, const char *dir)
{
	static const char *const names[] = { "runtime_measurements_count",
					     "violations", "trim" };
	struct securityfs fs;
	uint64_t number;
	int i, ret = securityfs_init(&fs, dir);

	if (ret) {
		raise_level(s, STATUS_WARNING, "the kernel's list in %s: %s",
			    dir, strerror(-ret));
		return;
	}
	for (i = 0; i < 3; i++) {
		ret = securityfs_number(&fs, names[i], &number);
		if (!ret)
			put(s, V_RECORDS + i, number);
		else if (ret != -ENOENT)
			raise_level(s, STATUS_WARNING, "%s/%s: %s", dir,
				    names[i], ret == -EPROTO ?
				    "it does not hold a number" :
				    strerror(-ret));
	}
	securityfs_free(&fs);
}

static const char *archive_error(int error)
{
	if (error == -EPROTONOSUPPORT)
		return "it was written by a newer ima-log";
	return error == -EBADMSG || error == -EUCLEAN || error == -EFBIG ?
	       "it is damaged" : strerror(-error);
}

static void read_last_epoch(struct status *s, const char *dir,
			    unsigned int epoch)
{
	enum tail tail;
	int ret = archive_check_end(dir, epoch, &s->end, &tail);

	if (ret)
		raise_level(s, STATUS_CRITICAL, "epoch %u in %s: %s", epoch,
			    dir, archive_error(ret));
	else if (tail == TAIL_NO_RECORD || tail == TAIL_RECORDS)
		raise_level(s, STATUS_CRITICAL, "the last segment of epoch %u "
			    "is damaged behind record %" PRIu64, epoch,
			    s->end);
}

static void read_archive(struct status *s, const char *dir)
{
	struct archive_usage usage;
	struct statvfs fs;
	int ret = archive_usage(dir, &usage);

	if (ret) {
		raise_level(s, STATUS_CRITICAL, "the archive in %s: %s", dir,
			    archive_error(ret));
		return;
	}
	if (usage.epochs)
		read_last_epoch(s, dir, usage.last_epoch);
	put(s, V_EPOCH, usage.last_epoch);
	put(s, V_EPOCHS, usage.epochs);
	put(s, V_BYTES, usage.bytes);
	put(s, V_FIRST, usage.first_record);
	s->last_bytes = usage.last_bytes;
	put(s, V_GAPS, usage.gaps);
	put(s, V_GAP_RECORDS, usage.gap_records);
	if (!statvfs(dir, &fs))
		put(s, V_FREE, (uint64_t)fs.f_bavail * fs.f_frsize);
	if (usage.gaps)
		raise_level(s, STATUS_CRITICAL, "%" PRIu64 " records were "
			    "removed before they were saved",
			    usage.gap_records);
}

static void judge_age(struct status *s)
{
	const struct save_report *r = &s->report;
	int64_t now = time(NULL), age = now - r->last_success;

	if (r->last_success <= 0) {
		raise_level(s, r->interval ? STATUS_CRITICAL : STATUS_WARNING,
			    "nothing was ever saved");
		return;
	}
	if (age < -CLOCK_SLACK)
		raise_level(s, STATUS_WARNING, "the last success lies %" PRId64
			    " s ahead: was the clock set back?", -age);
	put(s, V_AGE, age > 0 ? age : 0);
	if (r->interval && age > STALE_INTERVALS * (int64_t)r->interval)
		raise_level(s, STATUS_CRITICAL, "the saver has stopped: its "
			    "last success was %" PRId64 " s ago", age);
}

static void judge_saver(struct status *s)
{
	const struct save_report *r = &s->report;

	if (r->last_error[0])
		raise_level(s, STATUS_CRITICAL, "%s", r->last_error);
	judge_age(s);
	if (r->durable > s->end)
		raise_level(s, STATUS_CRITICAL, "the archive ends at record %"
			    PRIu64 ", but %" PRIu64 " were saved", s->end,
			    r->durable);
	if (r->tpm_resets)
		raise_level(s, STATUS_CRITICAL, "the TPM was reset under the "
			    "running kernel: no PCR covers the records until "
			    "the machine is booted");
	if (r->not_carried)
		raise_level(s, STATUS_WARNING, "a kexec may not have carried "
			    "the list: ima-log verify tells if records are "
			    "lost");
	if (r->foreign_trims)
		raise_level(s, STATUS_WARNING, "another process removes "
			    "records, too");
}

static void read_saver(struct status *s, const char *dir)
{
	struct save_report *r = &s->report;
	int ret = save_report_read(dir, r);

	if (ret == -ENOENT)
		raise_level(s, STATUS_WARNING, "nothing was ever saved");
	else if (ret)
		raise_level(s, STATUS_CRITICAL, "%s/status: %s", dir,
			    archive_error(ret));
	if (ret)
		return;
	put(s, V_DURABLE, r->durable);
	put(s, V_SAVED, r->saved);
	put(s, V_REMOVED, r->removed);
	put(s, V_CYCLES, r->cycles);
	put(s, V_ERRORS, r->errors);
	put(s, V_RESETS, r->tpm_resets);
	put(s, V_NOT_CARRIED, r->not_carried);
	put(s, V_FOREIGN, r->foreign_trims);
	put(s, V_FOREIGN_RECORDS, r->foreign_records);
	if (r->last_foreign_trim)
		put(s, V_FOREIGN_TIME, r->last_foreign_trim);
	if (r->have_snapshot)
		put(s, V_SNAPSHOT, r->snapshot);
	put(s, V_SUCCESS, r->last_success);
	put(s, V_ERROR, r->last_error_time);
	judge_saver(s);
}

static void read_follow(struct status *s, const char *path, uint64_t limit)
{
	struct stat st;

	if (stat(path, &st)) {
		raise_level(s, STATUS_WARNING, "%s: %s", path,
			    strerror(errno));
		return;
	}
	put(s, V_FOLLOW, st.st_size);
	if (limit && (uint64_t)st.st_size > limit / 5 * 4)
		raise_level(s, (uint64_t)st.st_size > limit ?
			    STATUS_CRITICAL : STATUS_WARNING, "%s has %jd "
			    "bytes, an agent can send %" PRIu64, path,
			    (intmax_t)st.st_size, limit);
}

/* Reading the list would tell, but be in the way of staging. */
static void estimate_bytes(struct status *s)
{
	const struct value *v = s->values;
	uint64_t saved = v[V_DURABLE].number - v[V_GAP_RECORDS].number -
			 v[V_FIRST].number;

	if (!v[V_RECORDS].known)
		return;
	put(s, V_KERNEL_BYTES, v[V_RECORDS].number *
	    (v[V_DURABLE].known && saved && s->last_bytes >= saved ?
	     s->last_bytes / saved : MEAN_RECORD));
}

static void print_text(const struct status *s)
{
	const struct value *v;

	printf("%s%s%s\n", levels[s->level], s->why[0] ? ": " : "", s->why);
	for (v = s->values; v < s->values + V_COUNT; v++)
		if (v->known)
			printf("%-18s %" PRIu64 "\n", v->name, v->number);
	if (s->report.have_snapshot)
		printf("%-18s %s\n", "snapshot_digest",
		       s->report.snapshot_digest);
	if (s->report.last_error[0])
		printf("%-18s %s\n", "last_error", s->report.last_error);
	if (s->report.mode[0])
		printf("%-18s %s\n", "mode", s->report.mode);
}

static void print_member(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	json_string(stdout, text, strlen(text));
}

static void print_json(const struct status *s)
{
	const struct value *v;

	printf("{\"version\":2,\"level\":\"%s\"", levels[s->level]);
	print_member("why", s->why);
	for (v = s->values; v < s->values + V_COUNT; v++)
		if (v->known)
			printf(",\"%s\":%" PRIu64, v->name, v->number);
	if (s->report.have_snapshot)
		print_member("snapshot_digest", s->report.snapshot_digest);
	print_member("last_error", s->report.last_error);
	print_member("mode", s->report.mode);
	puts("}");
}

static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			putchar('\\');
		putchar(*value == '\n' ? ' ' : *value);
	}
	putchar('"');
}

static void print_prometheus(const struct status *s)
{
	const struct value *v;
	const char *suffix;

	for (v = s->values; v < s->values + V_COUNT; v++) {
		suffix = v->total ? "_total" : "";
		if (v->known)
			printf("# HELP ima_log_%s%s %s\n# TYPE ima_log_%s%s "
			       "%s\nima_log_%s%s %" PRIu64 "\n", v->name,
			       suffix, v->help, v->name, suffix,
			       v->total ? "counter" : "gauge", v->name, suffix,
			       v->number);
	}
	printf("# HELP ima_log_level 0 ok, 1 warning, 2 critical\n"
	       "# TYPE ima_log_level gauge\nima_log_level %d\n"
	       "# HELP ima_log_info mode of the saver, and cause of the level\n"
	       "# TYPE ima_log_info gauge\nima_log_info{", s->level);
	print_label("mode", s->report.mode);
	putchar(',');
	print_label("cause", s->why);
	puts("} 1");
}

int cmd_status(int argc, char **argv)
{
	struct status s = { 0 };
	struct args a = { 0 };
	int ret = options_read(status_options, &a, 0, argc, argv);

	if (ret)
		return ret;
	if (a.limit && !a.follow)
		return usage_error("status: --agent-limit goes with --follow");
	memcpy(s.values, values, sizeof(values));
	read_kernel(&s, securityfs_dir(a.securityfs));
	read_archive(&s, archive_dir(a.archive));
	read_saver(&s, archive_dir(a.archive));
	if (a.follow)
		read_follow(&s, a.follow, a.limit);
	estimate_bytes(&s);
	if (a.json)
		print_json(&s);
	else if (a.prometheus)
		print_prometheus(&s);
	else
		print_text(&s);
	return fflush(stdout) ? EXIT_UNDECIDED : exit_codes[s.level];
}
