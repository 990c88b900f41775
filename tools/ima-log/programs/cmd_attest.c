// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ima-log attest: have the TPM sign the PCR, and write the quote with exactly
 * the records from N up to it.
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

struct args {
	const char *archive, *securityfs, *tcti, *output;
	uint64_t from;
	uint32_t handle, pcrs;
	struct hex_option nonce;
};

const struct opt attest_options[] = {
	OPT(args, nonce, set_hex, "nonce", "HEX", "what the quote answers"),
	OPT(args, output, set_text, "output", "DIR",
	    "where the files are written"),
	OPT(args, from, set_number, "from", "N",
	    "number of the first record (0)"),
	OPT(args, pcrs, add_pcr, "pcr", "N",
	    "quote this PCR as well as PCR 10"),
	OPT(args, handle, set_handle, "key", "HANDLE",
	    "a persistent signing key of the TPM"),
	OPT(args, tcti, set_text, "tcti", "CONF",
	    "another TPM than the kernel's device"),
	OPT(args, archive, set_text, "archive", "DIR", "the archive"),
	OPT(args, securityfs, set_text, "securityfs", "DIR",
	    "IMA's directory in securityfs"),
	{ 0 }
};

static int take_quote(const struct args *a, struct tpm_quote *q)
{
	struct tpm *tpm;
	int ret = tpm_open(&tpm, a->tcti);

	if (ret)
		return report_tpm(a->tcti, NULL, ret);
	ret = tpm_quote(tpm, a->handle, a->pcrs, a->nonce.bytes,
			a->nonce.len, q);
	if (ret)
		ret = report_tpm(a->tcti, tpm, ret);
	tpm_close(tpm);
	return ret;
}

/* Replay all records of the epoch, up to the one that the quote matches. */
static int replay(struct live_log *l, const struct quote *quote,
		  struct attestation *set)
{
	struct verify v = { .log = &l->log, .quote = quote };
	int ret = verify_run(&v);

	if (ret)
		return report_error(log_place(&l->log), ret);
	if (!v.matched || v.found.verdict == VERDICT_MALFORMED) {
		report("the records do not match the quote: %s",
		       v.found.reason);
		return v.found.verdict;
	}
	set->epoch = l->epoch;
	set->order = v.state.order;
	set->count = v.first + v.match;		/* for now: all of them */
	return EXIT_OK;
}

static int find_match(const struct args *a, const struct tpm_quote *q,
		      struct attestation *set)
{
	struct quote quote;
	struct live_log l;
	int ret = quote_parse(&quote, q->attest, q->attest_len, q->signature,
			      q->signature_len);

	if (ret)
		return report_error("quote", ret);
	ret = open_live_log(&l, archive_dir(a->archive),
			    securityfs_dir(a->securityfs), 0, 0, true);
	if (ret)
		return ret;
	ret = replay(&l, &quote, set);
	close_live_log(&l);
	if (ret)
		return ret;
	if (a->from > set->count) {
		report("there is no record %" PRIu64 " to begin with: the "
		       "quote covers records 0 to %" PRIu64, a->from,
		       set->count - 1);
		return EXIT_UNDECIDED;
	}
	set->first = a->from;
	set->count -= a->from;
	return EXIT_OK;
}

static int copy_records(struct live_log *l, const struct attestation *set,
			const struct io *io, int fd)
{
	uint64_t until = set->first + set->count;
	struct record rec;
	int ret = 0;

	while (!ret && l->log.next < until) {
		ret = log_next(&l->log, &rec);
		if (ret != LOG_RECORD)	/* they were there a moment ago */
			return ret < 0 ? ret : -ESTALE;
		ret = 0;
		if (l->log.pos.number >= set->first)
			ret = io_write_all(io, fd, rec.bytes, rec.size);
	}
	return ret ? ret : io->ops->sync(io->ctx, fd);
}

static int write_records(const struct args *a, const struct attestation *set,
			 const struct io *io, int dir)
{
	struct live_log l;
	int fd, ret, closed;

	ret = open_live_log(&l, archive_dir(a->archive),
			    securityfs_dir(a->securityfs), set->epoch,
			    set->first, true);
	if (ret)
		return ret;
	fd = io_open_new(io, dir, "records");
	ret = fd < 0 ? fd : copy_records(&l, set, io, fd);
	if (fd >= 0) {
		closed = io->ops->close(io->ctx, fd);
		ret = ret ? ret : closed;
	}
	close_live_log(&l);
	return ret ? report_error("records", ret) : EXIT_OK;
}

static int write_set(const struct args *a, const struct tpm_quote *q,
		     const struct attestation *set)
{
	const struct io io = { &io_syscalls, NULL };
	char text[ATTESTATION_HEADER_SIZE];
	int dir = attestation_create(a->output), ret;

	if (dir < 0)
		return report_error(a->output, dir);
	ret = attestation_put_quote(&io, dir, q);
	if (ret)
		ret = report_error(a->output, ret);
	if (!ret)
		ret = write_records(a, set, &io, dir);
	if (!ret) {
		ret = attestation_put_header(&io, dir, set);
		ret = ret ? report_error(a->output, ret) : EXIT_OK;
	}
	close(dir);
	if (!ret) {
		attestation_format(set, text);
		fputs(text, stdout);
	}
	return ret;
}

int cmd_attest(int argc, char **argv)
{
	struct args a = { .pcrs = 1u << IMA_PCR };
	struct attestation set;
	struct tpm_quote q;
	int ret = options_read(attest_options, &a, 0, argc, argv);

	if (ret)
		return ret;
	if (!a.output || !a.nonce.len)
		return usage_error("attest needs --nonce and --output");
	ret = take_quote(&a, &q);
	if (!ret)
		ret = find_match(&a, &q, &set);
	return ret ? ret : write_set(&a, &q, &set);
}
