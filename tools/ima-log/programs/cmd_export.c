// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log export: write records of archive and list, from any one on. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

enum form { FORM_BINARY, FORM_ASCII, FORM_CEL };

struct args {
	const char *archive, *securityfs, *header;
	uint64_t from, count, epoch;
	bool no_live, terminal;
	enum form form;
};

const char export_help[] =
	"  --from N             number of the first record (0)\n"
	"  --count M            how many (all)\n"
	"  --format FORM        binary, ascii or cel-json\n"
	"  --header FILE        where the line with the numbers goes (stderr)\n"
	"  --archive DIR        the archive\n"
	"  --epoch N, --no-live of the archive; without the kernel's list\n"
	"  --securityfs DIR     IMA's directory in securityfs\n";


struct result {
	uint64_t first, count;
	bool gap;
	uint64_t gap_first, gap_count;
};

static const struct option options[] = {
	{ "archive", required_argument, NULL, 'a' },
	{ "securityfs", required_argument, NULL, 's' },
	{ "epoch", required_argument, NULL, 'e' },
	{ "from", required_argument, NULL, 'f' },
	{ "count", required_argument, NULL, 'c' },
	{ "format", required_argument, NULL, 'F' },
	{ "header", required_argument, NULL, 'h' },
	{ "no-live", no_argument, NULL, 'n' },
	{ 0 }
};

static bool parse_form(const char *name, enum form *form)
{
	static const char *const names[] = { "binary", "ascii", "cel-json" };
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(name, names[i])) {
			*form = i;
			return true;
		}
	return false;
}

static bool parse(struct args *a, int option)
{
	switch (option) {
	case 'a': a->archive = optarg; return true;
	case 's': a->securityfs = optarg; return true;
	case 'e': return parse_epoch(optarg, &a->epoch);
	case 'f': return dec_parse(optarg, &a->from);
	case 'c': return dec_parse(optarg, &a->count);
	case 'F': return parse_form(optarg, &a->form);
	case 'h': a->header = optarg; return true;
	case 'n': a->no_live = true; return true;
	default: return false;
	}
}

static int write_record(const struct args *a, struct record *rec,
			uint64_t number, bool first, struct hasher *hashers)
{
	if (a->form == FORM_BINARY) {
		fwrite(rec->bytes, 1, rec->size, stdout);
	} else if (a->form == FORM_ASCII) {
		record_fields(rec);
		if (a->terminal)
			format_terminal(stdout, rec);
		else
			format_ascii(stdout, rec);
	} else {
		fputs(first ? "[\n" : ",\n", stdout);
		if (format_cel(stdout, rec, number, hashers, 2))
			return -EIO;
	}
	return ferror(stdout) ? -EIO : 0;
}

static int write_records(const struct args *a, struct log *log,
			 struct hasher *hashers, struct result *res)
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
		ret = write_record(a, &rec, log->pos.number, !res->count,
				   hashers);
		if (ret)
			return ret;
		res->count++;
	}
	if (a->form == FORM_CEL)
		fputs(res->count ? "\n]\n" : "[]\n", stdout);
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
	struct hasher hashers[2];
	struct result res = { .first = a->from };
	uint64_t total;
	int ret;

	ret = hasher_init(&hashers[0], bank_alg_by_name("sha1", 4));
	if (!ret)
		ret = hasher_init(&hashers[1], bank_alg_by_name("sha256", 6));
	if (ret)
		return report_error("libcrypto", ret);
	ret = write_records(a, &l->log, hashers, &res);
	hasher_free(&hashers[0]);
	hasher_free(&hashers[1]);
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
	int option, ret;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!parse(&a, option))
			return usage_error("export: see ima-log-export(1)");
	if (optind < argc)
		return usage_error("export takes no arguments");
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
