// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ima-log quote: have the TPM sign the PCR, and store that with the archive.
 * ima-log attest: the same, and exactly the records from N up to the quote.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "../lib/checkpoint.h"
#include "../lib/quote.h"
#include "../lib/verify.h"

struct args {
	const char *archive, *securityfs, *tcti, *output, *nonce_text;
	uint64_t from, pcr;
	uint32_t handle;
	uint8_t nonce[64];
	size_t nonce_len;
	bool attest, no_cache;
};

/* Where a quote was found to match. */
struct found {
	unsigned int epoch;
	uint64_t match;
	bool stale;
};

static const struct option options[] = {
	{ "archive", required_argument, NULL, 'a' },
	{ "securityfs", required_argument, NULL, 's' },
	{ "tcti", required_argument, NULL, 't' },
	{ "output", required_argument, NULL, 'o' },
	{ "nonce", required_argument, NULL, 'n' },
	{ "from", required_argument, NULL, 'f' },
	{ "pcr", required_argument, NULL, 'p' },
	{ "key", required_argument, NULL, 'k' },
	{ "no-cache", no_argument, NULL, 'c' },
	{ 0 }
};

static bool parse_nonce(struct args *a, const char *text)
{
	size_t digits = strlen(text);

	a->nonce_len = digits / 2;
	return digits % 2 == 0 && a->nonce_len <= sizeof(a->nonce) &&
	       hex_decode(text, a->nonce, a->nonce_len);
}

static bool parse(struct args *a, int option)
{
	switch (option) {
	case 'a': a->archive = optarg; return true;
	case 's': a->securityfs = optarg; return true;
	case 't': a->tcti = optarg; return true;
	case 'o': a->output = optarg; return true;
	case 'n': return parse_nonce(a, optarg);
	case 'f': return a->attest && dec_parse(optarg, &a->from);
	case 'p': return dec_parse(optarg, &a->pcr) && a->pcr < PCRS_MAX;
	case 'k': return parse_handle(optarg, &a->handle);
	case 'c': a->no_cache = true; return true;
	default: return false;
	}
}

static int take_quote(const struct args *a, struct tpm_quote *q)
{
	uint8_t extra[32];
	struct snapshot snap = { 0 };
	struct tpm *tpm;
	bool found = false;
	int ret = last_snapshot(a->archive, a->securityfs, true, !a->no_cache,
				&snap, &found);

	if (ret)
		return ret;
	ret = quote_qualifying_data(a->nonce, a->nonce_len, snap.digest,
				    found ? snap.alg->size : 0, extra);
	if (ret)
		return report_error("libcrypto", ret);
	ret = tpm_open(&tpm, a->tcti);
	if (ret)
		return report_error("TPM", ret);
	ret = tpm_quote(tpm, a->handle, a->pcr, extra, sizeof(extra), q);
	if (ret == -EPROTO)
		report("TPM: response %#x", tpm_response(tpm));
	tpm_close(tpm);
	return ret ? report_error("TPM", ret) : EXIT_OK;
}

static int write_out(int dir, const char *name, const void *data, size_t len)
{
	struct io io = { &io_syscalls, NULL };
	int ret = io_write_file(&io, dir, name, data, len);

	return ret ? report_error(name, ret) : EXIT_OK;
}

/* With the records of that time, to be removed with them. */
static int open_epoch(const struct args *a)
{
	const char *path = archive_dir(a->archive);
	struct archive_usage usage;
	int ret = archive_usage(path, &usage);

	if (!ret)
		ret = archive_open_epoch(path, usage.last_epoch);
	if (ret < 0)
		report_error(path, ret);
	return ret;
}

static int open_output(const struct args *a)
{
	int fd;

	if (!a->output)
		return open_epoch(a);
	mkdir(a->output, 0750);
	fd = open(a->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		report_error(a->output, -errno);
	return fd;
}

static int write_quote(const struct args *a, int dir,
		       const struct tpm_quote *q)
{
	char name[64] = "quote";
	struct quote quote;
	size_t n;
	int ret = quote_parse(&quote, q->attest, q->attest_len, q->signature,
			      q->signature_len);

	if (ret)
		return report_error("quote", ret);
	if (!a->output)		/* many live there: named by the TPM's clock */
		snprintf(name, sizeof(name), "%010" PRIu32 "-%020" PRIu64,
			 quote.reset_count, quote.clock);
	n = strlen(name);
	strcpy(name + n, ".msg");
	ret = write_out(dir, name, q->attest, q->attest_len);
	strcpy(name + n, ".sig");
	if (!ret)
		ret = write_out(dir, name, q->signature, q->signature_len);
	strcpy(name + n, ".pem");
	return ret ? ret : write_out(dir, name, q->pem, strlen(q->pem));
}

static int replay(const struct args *a, struct live_log *l, struct verify *v,
		  bool *stale)
{
	char *path;
	int ret;

	v->log = &l->log;
	archive_epoch_name(l->epoch, v->state.epoch);
	if (a->no_cache)
		return verify_run(v);
	path = checkpoint_path(archive_dir(a->archive), l->epoch);
	ret = path ? verify_run_cached(v, path, stale) : -ENOMEM;
	free(path);
	return ret;
}

/*
 * Where do all quoted banks match?  @found->stale: what was remembered was of
 * no use, so the snapshot that was quoted may have been the wrong one.
 */
static int find_match(const struct args *a, const struct tpm_quote *q,
		      struct found *found)
{
	struct verify v = { 0 };
	struct live_log l;
	struct quote quote;
	int ret = quote_parse(&quote, q->attest, q->attest_len, q->signature,
			      q->signature_len);

	if (ret)
		return report_error("quote", ret);
	ret = open_live_log(&l, archive_dir(a->archive),
			    securityfs_dir(a->securityfs), 0, 0, true);
	if (ret)
		return ret;
	v.quote = &quote;
	found->stale = false;
	ret = replay(a, &l, &v, &found->stale);
	found->match = v.first + v.match;
	found->epoch = l.epoch;
	if (ret) {
		ret = report_error(log_place(&l.log), ret);
	} else if (!v.matched || v.found.verdict == VERDICT_MALFORMED) {
		report("the quote does not verify: %s", v.found.reason);
		ret = v.found.verdict;
	}
	close_live_log(&l);
	return ret;
}

static int write_records(const struct args *a, int dir, uint64_t until)
{
	struct io io = { &io_syscalls, NULL };
	struct live_log l;
	struct record rec;
	int fd, ret, more = LOG_RECORD, closed = 0;

	ret = open_live_log(&l, archive_dir(a->archive),
			    securityfs_dir(a->securityfs), 0, a->from, true);
	if (ret)
		return ret;
	fd = io_open_new(&io, dir, "records");
	ret = fd < 0 ? fd : 0;
	while (!ret && l.log.next < until && more == LOG_RECORD) {
		more = log_next(&l.log, &rec);
		if (more == LOG_RECORD && l.log.pos.number >= a->from)
			ret = io_write_all(&io, fd, rec.bytes, rec.size);
	}
	if (fd >= 0)
		closed = io.ops->close(NULL, fd);
	if (!ret)
		ret = more < 0 ? more : closed;
	if (!ret && l.log.next < until)	/* they were there a moment ago */
		ret = -ESTALE;
	close_live_log(&l);
	return ret ? report_error("records", ret) : EXIT_OK;
}

static int write_header(const struct args *a, int dir,
			const struct found *found)
{
	uint64_t match = found->match;
	uint64_t first = a->from < match ? a->from : match;
	char text[160];
	int len;

	len = snprintf(text, sizeof(text), "{\"version\":1,\"epoch\":%u,"
		       "\"first\":%" PRIu64 ",\"count\":%" PRIu64
		       ",\"match\":%" PRIu64 "}\n", found->epoch, first,
		       match - first, match);
	fputs(text, stdout);
	return write_out(dir, "header", text, len);
}

static int attest(struct args *a, struct tpm_quote *q, struct found *found)
{
	int ret = take_quote(a, q);

	if (!ret)
		ret = find_match(a, q, found);
	if (!found->stale)
		return ret;
	a->no_cache = true;
	ret = take_quote(a, q);
	return ret ? ret : find_match(a, q, found);
}

static int run(struct args *a)
{
	struct tpm_quote q;
	struct found found = { 0 };
	int dir, ret;

	ret = a->attest ? attest(a, &q, &found) : take_quote(a, &q);
	if (ret)
		return ret;
	dir = open_output(a);
	if (dir < 0)
		return EXIT_UNDECIDED;
	ret = write_quote(a, dir, &q);
	if (!ret && a->attest) {
		ret = write_records(a, dir, found.match);
		if (!ret)
			ret = write_header(a, dir, &found);
	}
	close(dir);
	return ret;
}

static int start(int argc, char **argv, bool attest)
{
	struct args a = { .pcr = 10, .attest = attest };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!parse(&a, option))
			return usage_error("see ima-log-attest(1)");
	if (optind < argc)
		return usage_error("no arguments are taken");
	if (attest && (!a.output || !a.nonce_len))
		return usage_error("attest needs --nonce and --output");
	return run(&a);
}

int cmd_quote(int argc, char **argv)
{
	return start(argc, argv, false);
}

int cmd_attest(int argc, char **argv)
{
	return start(argc, argv, true);
}
