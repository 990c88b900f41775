// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log export: write records of archive and list, from any one on. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

struct args {
	const char *archive, *securityfs, *header;
	uint64_t from, count;
	unsigned int epoch;
	bool no_live, ascii, terminal;
};

static const char *set_format(void *to, const char *value)
{
	*(bool *)to = !strcmp(value, "ascii");
	return !strcmp(value, "ascii") || !strcmp(value, "binary") ? NULL :
		"neither binary nor ascii";
}

const struct opt export_options[] = {
	OPT(args, from, set_number, "from", "N",
	    "number of the first record (0)"),
	OPT(args, count, set_number, "count", "M", "how many (all)"),
	OPT(args, ascii, set_format, "format", "FORM", "binary or ascii"),
	OPT(args, header, set_text, "header", "FILE",
	    "where the line with the numbers goes (stderr)"),
	OPT(args, archive, set_text, "archive", "DIR", "the archive"),
	OPT(args, epoch, set_epoch, "epoch", "N", "of the archive (the last)"),
	OPT(args, no_live, set_flag, "no-live", NULL,
	    "without the kernel's list"),
	OPT(args, securityfs, set_text, "securityfs", "DIR",
	    "IMA's directory in securityfs"),
	{ 0 }
};

struct result {
	uint64_t first, count;
	bool gap;
	uint64_t gap_first, gap_count;
};

static int write_record(const struct args *a, struct record *rec)
{
	if (!a->ascii) {
		fwrite(rec->bytes, 1, rec->size, stdout);
	} else {
		record_fields(rec);
		if (a->terminal)
			format_terminal(stdout, rec);
		else
			format_ascii(stdout, rec);
	}
	return ferror(stdout) ? -EIO : 0;
}

static int write_records(const struct args *a, struct log *log,
			 struct result *res)
{
	struct record rec;
	int ret = LOG_RECORD;

	while (res->count < a->count) {
		ret = log_next(log, &rec);
		if (ret == LOG_GAP) {
			res->gap = log->next > a->from;
			res->gap_first = log->gap_first;
			res->gap_count = log->gap_count;
			if (res->gap)
				break;
			continue;
		}
		if (ret != LOG_RECORD)
			break;
		if (log->pos.number < a->from)
			continue;
		if (!res->count)
			res->first = log->pos.number;
		ret = write_record(a, &rec);
		if (ret)
			return ret;
		res->count++;
	}
	return ret < 0 ? ret : 0;
}

/* Records of the whole log: what was not exported is only counted. */
static int count_all(const struct args *a, struct live_log *l,
		     uint64_t *total)
{
	struct live_log end;
	struct record rec;
	int ret = open_live_log(&end, archive_dir(a->archive),
				securityfs_dir(a->securityfs), l->epoch,
				UINT64_MAX, !a->no_live);

	if (ret)
		return ret;
	while ((ret = log_next(&end.log, &rec)) > 0)
		;
	*total = end.log.next > l->log.next ? end.log.next : l->log.next;
	if (ret)
		ret = report_error(log_place(&end.log), ret);
	close_live_log(&end);
	return ret;
}

static int write_header(const struct args *a, const struct live_log *l,
			const struct result *res, uint64_t total)
{
	FILE *out = a->header ? fopen(a->header, "we") : stderr;

	if (!out)
		return report_error(a->header, -errno);
	fprintf(out, "{\"epoch\":%u,\"first\":%" PRIu64 ",\"count\":%" PRIu64
		",\"total\":%" PRIu64 "}\n", l->epoch, res->first, res->count,
		total);
	if (a->header && fclose(out))
		return report_error(a->header, -errno);
	return EXIT_OK;
}

static int run(const struct args *a, struct live_log *l)
{
	struct result res = { .first = a->from };
	int ret = write_records(a, &l->log, &res);
	uint64_t total;

	if (ret)
		return report_error(log_place(&l->log), ret);
	if (fflush(stdout))
		return report_error("standard output", -errno);
	ret = count_all(a, l, &total);
	if (!ret && a->from > total) {
		report("there is no record %" PRIu64 " to begin with: there "
		       "are %" PRIu64, a->from, total);
		return EXIT_UNDECIDED;
	}
	if (!ret)
		ret = write_header(a, l, &res, total);
	if (!ret && res.gap) {
		report("records %" PRIu64 " to %" PRIu64 " are missing: "
		       "stopped there", res.gap_first,
		       res.gap_first + res.gap_count - 1);
		ret = EXIT_UNDECIDED;
	}
	return ret;
}

int cmd_export(int argc, char **argv)
{
	struct args a = { .count = UINT64_MAX };
	struct live_log l;
	int ret = options_read(export_options, &a, 0, argc, argv);

	if (ret)
		return ret;
	a.terminal = isatty(STDOUT_FILENO);
	ret = open_live_log(&l, archive_dir(a.archive),
			    securityfs_dir(a.securityfs), a.epoch, a.from,
			    !a.no_live);
	if (ret)
		return ret;
	ret = run(&a, &l);
	close_live_log(&l);
	return ret;
}
