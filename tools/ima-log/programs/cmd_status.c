// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log status: how archive and kernel stand. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "program.h"
#include "../lib/json.h"
#include "../lib/report.h"

/* Keylime's agents send a first log of this many lines, and hardly more. */
#define FOLLOW_WARNING	400000
#define FOLLOW_LIMIT	585000

#define MEAN_RECORD	110	/* bytes, as long as nothing tells otherwise */

/* Without a success for that many, the saver is dead or stuck. */
#define STALE_INTERVALS	3

enum { STATUS_OK, STATUS_WARNING, STATUS_CRITICAL };

struct value {
	const char *name;
	uint64_t number;
	bool known;
	const char *help;
};

enum { V_RECORDS, V_VIOLATIONS, V_TRIMMED, V_KERNEL_BYTES, V_DURABLE, V_GAPS,
       V_GAP_RECORDS, V_FOREIGN, V_FOREIGN_RECORDS, V_FOREIGN_TIME,
       V_SNAPSHOT, V_EPOCH, V_EPOCHS, V_BYTES, V_FREE, V_SUCCESS, V_ERROR,
       V_LINES_LEFT, V_COUNT };

struct status {
	struct value values[V_COUNT];
	struct save_report report;
	uint64_t last_bytes;		/* of the last epoch */
	int level;
	const char *why;
};

static const struct option options[] = {
	{ "archive", required_argument, NULL, 'a' },
	{ "securityfs", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "prometheus", no_argument, NULL, 'p' },
	{ 0 }
};

static const struct value values[V_COUNT] = {
	[V_RECORDS] = { .name = "kernel_records",
			.help = "records in the kernel's list" },
	[V_VIOLATIONS] = { .name = "violations",
			   .help = "violations since the kernel started" },
	[V_TRIMMED] = { .name = "trimmed",
			.help = "records dropped since the machine booted" },
	[V_KERNEL_BYTES] = { .name = "kernel_bytes",
			     .help = "bytes of the kernel's list, about" },
	[V_DURABLE] = { .name = "durable",
			.help = "records of the epoch that are saved" },
	[V_GAPS] = { .name = "gaps", .help = "gaps in the epoch" },
	[V_GAP_RECORDS] = { .name = "gap_records",
			    .help = "records lost in the epoch" },
	[V_FOREIGN] = { .name = "foreign_trims",
			.help = "trims by somebody else, seen by the saver" },
	[V_FOREIGN_RECORDS] = { .name = "foreign_records",
				.help = "records that those dropped" },
	[V_FOREIGN_TIME] = { .name = "last_foreign_trim",
			     .help = "time of the last of those" },
	[V_SNAPSHOT] = { .name = "last_snapshot",
			 .help = "number of the last snapshot's record" },
	[V_EPOCH] = { .name = "epoch", .help = "number of the last epoch" },
	[V_EPOCHS] = { .name = "epochs", .help = "epochs in the archive" },
	[V_BYTES] = { .name = "archive_bytes",
		      .help = "size of the archive" },
	[V_FREE] = { .name = "free_bytes",
		     .help = "space left for the archive" },
	[V_SUCCESS] = { .name = "last_success",
			.help = "time of the last success" },
	[V_ERROR] = { .name = "last_error_time",
		      .help = "time of the last error" },
	[V_LINES_LEFT] = { .name = "follow_lines_left",
			   .help = "records until an agent can not send all" },
};

static void put(struct status *s, int which, uint64_t number)
{
	s->values[which].number = number;
	s->values[which].known = true;
}

static void raise_level(struct status *s, int level, const char *why)
{
	if (level <= s->level)
		return;
	s->level = level;
	s->why = why;
}

static void read_kernel(struct status *s, const char *dir)
{
	static const char *const names[] = { "runtime_measurements_count",
					     "violations", "trim" };
	struct securityfs fs;
	uint64_t number;
	int i;

	if (securityfs_init(&fs, dir)) {
		raise_level(s, STATUS_WARNING,
			    "the kernel's list cannot be read");
		return;
	}
	for (i = 0; i < 3; i++)
		if (!securityfs_number(&fs, names[i], &number))
			put(s, V_RECORDS + i, number);
	securityfs_free(&fs);
}

static void read_archive(struct status *s, const char *dir)
{
	struct archive_usage usage;
	struct statvfs fs;
	struct log log;
	int ret = archive_usage(dir, &usage);

	if (!ret && usage.epochs) {	/* is the last one's file in order */
		ret = archive_log(dir, usage.last_epoch, UINT64_MAX, &log);
		if (!ret)
			log_free(&log);
	}
	if (ret) {
		raise_level(s, STATUS_CRITICAL, "the archive cannot be read");
		return;
	}
	put(s, V_EPOCH, usage.last_epoch);
	put(s, V_EPOCHS, usage.epochs);
	put(s, V_BYTES, usage.bytes);
	s->last_bytes = usage.last_bytes;
	put(s, V_GAPS, usage.gaps);
	put(s, V_GAP_RECORDS, usage.gap_records);
	if (!statvfs(dir, &fs))
		put(s, V_FREE, (uint64_t)fs.f_bavail * fs.f_frsize);
	if (usage.gaps)
		raise_level(s, STATUS_CRITICAL,
			    "records were dropped before they were saved");
}

static void read_saver(struct status *s, const char *dir)
{
	struct save_report *r = &s->report;

	if (save_report_read(dir, r)) {
		raise_level(s, STATUS_WARNING, "nothing was ever saved");
		return;
	}
	put(s, V_DURABLE, r->durable);
	put(s, V_LINES_LEFT, r->durable < FOLLOW_LIMIT ?
	    FOLLOW_LIMIT - r->durable : 0);
	put(s, V_FOREIGN, r->foreign_trims);
	if (r->last_foreign_trim) {
		put(s, V_FOREIGN_RECORDS, r->foreign_records);
		put(s, V_FOREIGN_TIME, r->last_foreign_trim);
	}
	if (r->have_snapshot)
		put(s, V_SNAPSHOT, r->snapshot);
	put(s, V_SUCCESS, r->last_success);
	put(s, V_ERROR, r->last_error_time);
	if (r->last_error[0])
		raise_level(s, STATUS_CRITICAL, r->last_error);
	if (r->interval &&
	    r->last_success + STALE_INTERVALS * (int64_t)r->interval <
	    time(NULL))
		raise_level(s, STATUS_CRITICAL, "the saver has stopped");
	if (r->foreign_trims)
		raise_level(s, STATUS_WARNING,
			    "somebody else drops records, too");
	if (r->durable > FOLLOW_WARNING)
		raise_level(s, STATUS_WARNING, "more records than an agent's "
			    "first full read can carry");
}

/* Reading the list would tell, but be in the way of staging. */
static void estimate_bytes(struct status *s)
{
	const struct value *v = s->values;
	uint64_t saved = v[V_DURABLE].number - v[V_GAP_RECORDS].number;

	if (!v[V_RECORDS].known)
		return;
	put(s, V_KERNEL_BYTES, v[V_RECORDS].number *
	    (v[V_DURABLE].known && saved && s->last_bytes >= saved ?
	     s->last_bytes / saved : MEAN_RECORD));
}

static void print_text(const struct status *s)
{
	static const char *const levels[] = { "ok", "warning", "critical" };
	const struct value *v;

	printf("%s%s%s\n", levels[s->level], s->why ? ": " : "",
	       s->why ? s->why : "");
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

static void print_json(const struct status *s)
{
	const struct value *v;

	printf("{\"version\":1,\"level\":%d", s->level);
	if (s->why) {
		printf(",\"why\":");
		json_string(stdout, s->why, strlen(s->why));
	}
	for (v = s->values; v < s->values + V_COUNT; v++)
		if (v->known)
			printf(",\"%s\":%" PRIu64, v->name, v->number);
	if (s->report.have_snapshot) {
		printf(",\"snapshot_digest\":");
		json_string(stdout, s->report.snapshot_digest,
			    strlen(s->report.snapshot_digest));
	}
	printf(",\"last_error\":");
	json_string(stdout, s->report.last_error,
		    strlen(s->report.last_error));
	printf(",\"mode\":");
	json_string(stdout, s->report.mode, strlen(s->report.mode));
	puts("}");
}

static void print_prometheus(const struct status *s)
{
	const struct value *v;

	for (v = s->values; v < s->values + V_COUNT; v++)
		if (v->known)
			printf("# HELP ima_log_%s %s\n# TYPE ima_log_%s gauge\n"
			       "ima_log_%s %" PRIu64 "\n", v->name, v->help,
			       v->name, v->name, v->number);
	printf("# HELP ima_log_level 0 ok, 1 warning, 2 critical\n"
	       "# TYPE ima_log_level gauge\nima_log_level %d\n", s->level);
}

int cmd_status(int argc, char **argv)
{
	const char *archive = NULL, *securityfs = NULL;
	void (*print)(const struct status *s) = print_text;
	struct status s = { 0 };
	int option;

	memcpy(s.values, values, sizeof(values));
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a': archive = optarg; break;
		case 's': securityfs = optarg; break;
		case 'j': print = print_json; break;
		case 'p': print = print_prometheus; break;
		default:
			return usage_error("status: see ima-log-status(1)");
		}
	}
	if (optind < argc)
		return usage_error("status takes no arguments");
	read_kernel(&s, securityfs_dir(securityfs));
	read_archive(&s, archive_dir(archive));
	read_saver(&s, archive_dir(archive));
	estimate_bytes(&s);
	print(&s);
	return fflush(stdout) ? EXIT_UNDECIDED : s.level;
}
