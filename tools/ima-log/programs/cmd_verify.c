// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log verify: judge records against PCR values. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "../lib/allow.h"
#include "../lib/archive_quote.h"
#include "../lib/checkpoint.h"
#include "../lib/quote.h"
#include "../lib/verify.h"

#define BAR_WIDTH	24

struct args {
	const char *archive, *securityfs, *tcti, *allow, *save, *resume;
	const char *quote, *signature, *key, *nonce, *snapshot, *cache;
	unsigned int num_padded;
	const struct bank_alg *padded[BANKS_MAX];
	uint64_t epoch, first;
	bool tpm, json, records, quiet, no_live, fail_on_violation, given;
	bool numbered;
	bool stored, bulk;
	uint32_t accountable;
	struct quote *quotes;
	bool use_archive;
	enum byte_order order;
	struct pcrs pcrs;
};

enum { O_PCRS = 256, O_SYSFS, O_TPM, O_TCTI, O_ARCHIVE, O_EPOCH, O_SECFS,
       O_NO_LIVE, O_JSON, O_RECORDS, O_ALLOW, O_SAVE, O_RESUME, O_FIRST,
       O_ORDER, O_FAIL, O_QUOTE, O_SIG, O_KEY, O_NONCE, O_SNAP, O_PADDED,
       O_QUIET, O_STORED, O_CACHE, O_PCR };

static const struct option options[] = {
	{ "pcrs", required_argument, NULL, O_PCRS },
	{ "sysfs-pcrs", required_argument, NULL, O_SYSFS },
	{ "tpm", no_argument, NULL, O_TPM },
	{ "tcti", required_argument, NULL, O_TCTI },
	{ "archive", optional_argument, NULL, O_ARCHIVE },
	{ "epoch", required_argument, NULL, O_EPOCH },
	{ "securityfs", required_argument, NULL, O_SECFS },
	{ "no-live", no_argument, NULL, O_NO_LIVE },
	{ "json", no_argument, NULL, O_JSON },
	{ "records", no_argument, NULL, O_RECORDS },
	{ "allow", required_argument, NULL, O_ALLOW },
	{ "save-state", required_argument, NULL, O_SAVE },
	{ "resume", required_argument, NULL, O_RESUME },
	{ "first", required_argument, NULL, O_FIRST },
	{ "byte-order", required_argument, NULL, O_ORDER },
	{ "fail-on-violation", no_argument, NULL, O_FAIL },
	{ "quote", required_argument, NULL, O_QUOTE },
	{ "stored-quote", no_argument, NULL, O_STORED },
	{ "signature", required_argument, NULL, O_SIG },
	{ "key", required_argument, NULL, O_KEY },
	{ "nonce", required_argument, NULL, O_NONCE },
	{ "snapshot-digest", required_argument, NULL, O_SNAP },
	{ "padded", required_argument, NULL, O_PADDED },
	{ "cache", required_argument, NULL, O_CACHE },
	{ "pcr", required_argument, NULL, O_PCR },
	{ "quiet", no_argument, NULL, O_QUIET },
	{ 0 }
};

/* FILE, or BANK,FILE as evmctl takes it */
static int read_pcr_file(struct args *a, const char *arg)
{
	const char *comma = strchr(arg, ','), *path = comma ? comma + 1 : arg;
	const struct bank_alg *alg = bank_alg_by_name("sha1", 4);
	unsigned int line;
	char *text;
	size_t len;
	int ret;

	if (comma)
		alg = bank_alg_by_name(arg, comma - arg);
	if (!alg)
		return usage_error("no such bank: %s", arg);
	text = read_text(path, &len);
	if (!text)
		return EXIT_UNDECIDED;
	ret = pcrs_parse(&a->pcrs, text, alg, &line);
	if (!ret && (strlen(text) != len || !a->pcrs.num_banks))
		ret = -EBADMSG;
	free(text);
	if (!ret)
		return EXIT_OK;
	report("%s: line %u: %s", path, line,
	       ret == -EEXIST ? "another value than given before" :
	       ret == -ENOTSUP ? "no such bank" : "no PCR value");
	return EXIT_MALFORMED;
}

static int read_sysfs(struct args *a, const char *dir)
{
	int ret = pcrs_read_sysfs(&a->pcrs, dir);

	return ret ? report_error(dir, ret) : EXIT_OK;
}

static int add_padded(struct args *a, const char *bank)
{
	const struct bank_alg *alg = bank_alg_by_name(bank, strlen(bank));

	if (!alg || a->num_padded == BANKS_MAX)
		return usage_error("no such bank: %s", bank);
	a->padded[a->num_padded++] = alg;
	return EXIT_OK;
}

static int add_pcr(struct args *a, const char *number)
{
	uint64_t pcr;

	if (!dec_parse(number, &pcr) || pcr >= PCRS_MAX)
		return usage_error("no such PCR: %s", number);
	a->accountable |= 1u << pcr;
	return EXIT_OK;
}

/* Hexadecimal digits to bytes; false if they are none or too many. */
static bool hex_arg(const char *text, uint8_t *bytes, size_t max, size_t *len)
{
	size_t digits = text ? strlen(text) : 0;

	*len = digits / 2;
	return digits % 2 == 0 && *len <= max &&
	       (!digits || hex_decode(text, bytes, *len));
}

static int check_hex(const char *text)
{
	uint8_t bytes[64];
	size_t len;

	return hex_arg(text, bytes, sizeof(bytes), &len) ? EXIT_OK :
		usage_error("%s: not hexadecimal digits", text);
}

static int parse_option(struct args *a, int option)
{
	a->given |= option == O_PCRS || option == O_SYSFS;
	a->bulk |= option == O_SYSFS || option == O_TPM || option == O_TCTI;
	switch (option) {
	case O_PCRS: return read_pcr_file(a, optarg);
	case O_SYSFS: return read_sysfs(a, optarg);
	case O_TPM: a->tpm = true; return EXIT_OK;
	case O_TCTI: a->tcti = optarg; a->tpm = true; return EXIT_OK;
	case O_ARCHIVE:
		a->archive = optarg; a->use_archive = true; return EXIT_OK;
	case O_EPOCH:
		return parse_epoch(optarg, &a->epoch) ? EXIT_OK :
			usage_error("--epoch takes a number from 1 on");
	case O_SECFS: a->securityfs = optarg; return EXIT_OK;
	case O_NO_LIVE: a->no_live = true; return EXIT_OK;
	case O_JSON: a->json = true; return EXIT_OK;
	case O_RECORDS: a->records = true; return EXIT_OK;
	case O_ALLOW: a->allow = optarg; return EXIT_OK;
	case O_SAVE: a->save = optarg; return EXIT_OK;
	case O_RESUME: a->resume = optarg; return EXIT_OK;
	case O_FIRST:
		a->numbered = true;
		return dec_parse(optarg, &a->first) ? EXIT_OK :
			usage_error("--first takes a number");
	case O_ORDER:
		a->order = order_by_name(optarg);
		return a->order ? EXIT_OK :
			usage_error("--byte-order takes little or big");
	case O_FAIL: a->fail_on_violation = true; return EXIT_OK;
	case O_QUOTE: a->quote = optarg; return EXIT_OK;
	case O_STORED: a->stored = true; return EXIT_OK;
	case O_SIG: a->signature = optarg; return EXIT_OK;
	case O_KEY: a->key = optarg; return EXIT_OK;
	case O_NONCE: a->nonce = optarg; return check_hex(optarg);
	case O_SNAP: a->snapshot = optarg; return check_hex(optarg);
	case O_PADDED: return add_padded(a, optarg);
	case O_PCR: return add_pcr(a, optarg);
	case O_CACHE: a->cache = optarg; return EXIT_OK;
	case O_QUIET: a->quiet = true; return EXIT_OK;
	default: return usage_error("verify: see ima-log-verify(1)");
	}
}

static int read_tpm(struct args *a)
{
	struct pcrs pcrs;
	struct tpm *tpm;
	int ret = tpm_open(&tpm, a->tcti);

	if (ret)
		return report_error("TPM", ret);
	ret = tpm_read_pcrs(tpm, &pcrs);
	tpm_close(tpm);
	if (ret)
		return report_error("TPM", ret);
	a->pcrs = pcrs;
	a->given = true;
	return EXIT_OK;
}

/* The quote answers this nonce, alone or with the last snapshot's digest. */
static bool answers(const struct args *a, const struct quote *quote)
{
	uint8_t nonce[64], snap[DIGEST_SIZE_MAX], expected[32];
	size_t nonce_len, snap_len;

	if (!hex_arg(a->nonce, nonce, sizeof(nonce), &nonce_len) ||
	    !hex_arg(a->snapshot, snap, sizeof(snap), &snap_len))
		return false;
	if (nonce_len == quote->extra_len && !snap_len &&
	    !memcmp(nonce, quote->extra, nonce_len))
		return true;
	return !quote_qualifying_data(nonce, nonce_len, snap, snap_len,
				      expected) &&
	       quote->extra_len == sizeof(expected) &&
	       !memcmp(quote->extra, expected, sizeof(expected));
}

static int check_quote(const struct args *a, const char *pem,
		       struct quote *quote, const char *att, size_t att_len,
		       const char *sig, size_t sig_len)
{
	int ret = quote_parse(quote, (const uint8_t *)att, att_len,
			      (const uint8_t *)sig, sig_len);

	if (!ret)
		ret = quote_check_signature((const uint8_t *)att, att_len,
					    (const uint8_t *)sig, sig_len, pem);
	if (!ret && (a->nonce || a->snapshot) && !answers(a, quote))
		ret = -ENOMSG;
	return ret;
}

static int quote_error(const struct args *a, int error)
{
	const char *name = a->quote ? a->quote : "stored quote";

	switch (error) {
	case -EKEYREJECTED:
		report("%s: not signed by %s", name, a->key);
		return EXIT_FAILED;
	case -ENOMSG:
		report("%s: does not answer the nonce or the snapshot", name);
		return EXIT_FAILED;
	case -ENOKEY:
		report("%s: not a public key", a->key);
		return EXIT_MALFORMED;
	default:
		return report_error(name, error);
	}
}

static int load_quote(const struct args *a, const char *pem,
		      struct quote *quote)
{
	size_t att_len, sig_len;
	char *att = read_text(a->quote, &att_len), *sig;
	int ret = EXIT_UNDECIDED;

	sig = att ? read_text(a->signature, &sig_len) : NULL;
	if (sig) {
		ret = check_quote(a, pem, quote, att, att_len, sig, sig_len);
		ret = ret ? quote_error(a, ret) : EXIT_OK;
	}
	free(att);
	free(sig);
	return ret;
}

static int load_stored(const struct args *a, const char *pem,
		       const struct quote_list *list, size_t i,
		       struct quote *quote)
{
	size_t att_len, sig_len;
	char *att, *sig;
	int ret = archive_quote_read(list, i, &att, &att_len, &sig, &sig_len);

	if (ret)
		return ret;
	ret = check_quote(a, pem, quote, att, att_len, sig, sig_len);
	free(att);
	free(sig);
	return ret;
}

/*
 * What the saver stored; the key must come from elsewhere.  The last quotes
 * may tell of records that did not come into the archive, so others that are
 * signed by that key are tried, too.
 */
static int load_all_stored(struct args *a, const char *pem, struct verify *v)
{
	const char *dir = archive_dir(a->archive);
	struct archive_usage usage;
	struct quote_list list;
	unsigned int num = 0, epoch = a->epoch;
	int ret = 0, error = 0;
	size_t i;

	if (!epoch) {
		ret = archive_usage(dir, &usage);
		epoch = usage.last_epoch;
	}
	if (!ret)
		ret = archive_quotes(dir, epoch, &list);
	if (ret)
		return report_error("stored quote", ret);
	a->quotes = calloc(list.num, sizeof(*a->quotes));
	for (i = 0; i < list.num && a->quotes; i++) {
		ret = load_stored(a, pem, &list, i, &a->quotes[num]);
		if (!ret && quote_alike(&a->quotes[0], &a->quotes[num]))
			num++;
		if (!error || ret == -ENOMSG)
			error = ret;
	}
	archive_quotes_free(&list);
	if (!num)
		return quote_error(a, a->quotes ? error : -ENOMEM);
	v->quote = a->quotes;
	v->older = num - 1;
	return EXIT_OK;
}

static int load_quotes(struct args *a, struct verify *v)
{
	size_t len;
	char *pem;
	int ret;

	if (!a->quote && !a->stored)
		return EXIT_OK;
	pem = read_text(a->key, &len);
	if (!pem)
		return EXIT_UNDECIDED;
	if (a->stored) {
		ret = load_all_stored(a, pem, v);
	} else {
		a->quotes = calloc(1, sizeof(*a->quotes));
		v->quote = a->quotes;
		ret = a->quotes ? load_quote(a, pem, a->quotes) :
				  report_error(a->quote, -ENOMEM);
	}
	free(pem);
	return ret;
}

static int load_state(const char *path, struct verify_state *state)
{
	size_t len;
	char *text = read_text(path, &len);
	int ret;

	if (!text)
		return EXIT_UNDECIDED;
	ret = verify_state_read(state, text);
	free(text);
	return ret ? report_error(path, ret) : EXIT_OK;
}

static int load_allow(const char *path, char **text, struct allow_list **list)
{
	unsigned int line;
	size_t len;
	int ret;

	*text = read_text(path, &len);
	if (!*text)
		return EXIT_UNDECIDED;
	ret = allow_parse(*text, list, &line);
	if (!ret)
		return EXIT_OK;
	report("%s: line %u: not in the format of sha256sum", path, line);
	return EXIT_MALFORMED;
}

static int save_state(const struct args *a, const struct verify_state *state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int ret = out ? verify_state_write(state, out) : -ENOMEM;

	if (out)
		fclose(out);
	if (!ret)
		ret = io_write_path(a->save, text, len);
	free(text);
	return ret ? report_error(a->save, ret) : EXIT_OK;
}

static void progress(const struct verify *v)
{
	static const char full[BAR_WIDTH + 1] = "########################";
	uint64_t done, all;
	int width;

	log_progress(v->log, &done, &all);
	if (done > all)			/* it grows meanwhile */
		done = all;
	width = all ? (double)done / all * BAR_WIDTH : 0;
	if (all)
		fprintf(stderr, "\r[%.*s%*s] %3.0f %%, %" PRIu64 " records",
			width, full, BAR_WIDTH - width, "",
			(double)done / all * 100, v->counts.records);
	else
		fprintf(stderr, "\r%" PRIu64 " records", v->counts.records);
}

static int judge(struct args *a, struct verify *v)
{
	bool stale;
	int ret;

	v->pcrs = a->given ? &a->pcrs : NULL;
	/* a TPM shows the PCRs of others, too */
	v->accountable = a->accountable || !a->bulk ? a->accountable : 1 << 10;
	v->fail_on_violation = a->fail_on_violation;
	v->records = a->records ? stdout : NULL;
	v->num_padded = a->num_padded;
	memcpy(v->padded, a->padded, sizeof(v->padded));
	if (!a->quiet && isatty(STDERR_FILENO))
		v->progress = progress;
	ret = a->cache ? verify_run_cached(v, a->cache, &stale) : verify_run(v);
	if (v->progress && v->counts.records >= 65536)
		fputs("\r\033[K", stderr);
	if (ret)
		return report_error(log_place(v->log), ret);
	if (a->json)
		verify_print_json(v, stdout);
	else if (!a->quiet)
		verify_print_text(v, stdout);
	if (a->save && v->found.verdict == VERDICT_VERIFIED) {
		ret = save_state(a, &v->state);
		if (ret)
			return ret;
	}
	return fflush(stdout) ? report_error("standard output", -errno) :
				(int)v->found.verdict;
}

static int run_files(struct args *a, struct verify *v, char **files)
{
	struct log log;
	int ret = 0;

	log_init(&log, a->order);
	log.next = a->first;
	for (; *files && !ret; files++)
		ret = log_add(&log, PART_FILE, *files, 0, 0);
	v->log = &log;
	ret = ret ? report_error("files", ret) : judge(a, v);
	log_free(&log);
	return ret;
}

/*
 * Records that were judged in an earlier run; the next snapshot may cover
 * some of them.
 */
static int skip_judged(struct verify *v)
{
	const struct verify_state *state = v->resume;
	struct log *log = v->log;
	struct record rec;
	int ret = LOG_RECORD;

	while (state && log->next < state->next && ret > 0) {
		ret = log_next(log, &rec);
		if (ret == LOG_GAP)
			v->have_window = false;
		if (ret != LOG_RECORD || !state->have_window ||
		    log->pos.number != state->window)
			continue;
		v->window = log->pos;
		v->have_window = true;
	}
	return ret;
}

static int run_archive(struct args *a, struct verify *v)
{
	const struct verify_state *state = v->resume;
	uint64_t number = state ? state->next : 0;
	struct live_log l;
	int ret;

	if (state && state->have_window && state->window < number)
		number = state->window;

	ret = open_live_log(&l, archive_dir(a->archive),
			    securityfs_dir(a->securityfs), a->epoch, number,
			    !a->no_live);
	if (ret)
		return ret;
	archive_epoch_name(l.epoch, v->state.epoch);
	if (v->resume && strcmp(v->resume->epoch, v->state.epoch)) {
		report("the state is of epoch %s, the archive is at %s",
		       v->resume->epoch, v->state.epoch);
		close_live_log(&l);
		return EXIT_UNDECIDED;
	}
	v->log = &l.log;
	ret = skip_judged(v);
	ret = ret < 0 ? report_error(log_place(&l.log), ret) : judge(a, v);
	close_live_log(&l);
	return ret;
}

static int run(struct args *a, char **files)
{
	struct allow_list *allow = NULL;
	struct verify_state state;
	struct verify v = { 0 };
	char *text = NULL;
	int ret = EXIT_OK;

	if (a->tpm)
		ret = read_tpm(a);
	if (!ret)
		ret = load_quotes(a, &v);
	if (!ret && a->resume)
		ret = load_state(a->resume, &state);
	if (!ret && a->resume) {
		v.resume = &state;
		a->first = state.next;
		a->order = state.order;
	}
	if (!ret && a->allow) {
		ret = load_allow(a->allow, &text, &allow);
		v.allow = allow;
	}
	if (!ret)
		ret = a->use_archive ? run_archive(a, &v) :
				       run_files(a, &v, files);
	allow_free(allow);
	free(text);
	free(a->quotes);
	return ret;
}

/* An option that would be without effect is a mistake. */
static int check_usage(const struct args *a, bool files)
{
	if (a->use_archive == files)
		return usage_error("verify takes files, or --archive");
	if (a->cache &&
	    (!a->use_archive || a->resume || a->records || a->allow))
		return usage_error("--cache goes with --archive, and not with "
				   "--resume, --records, --allow");
	if (!a->use_archive && (a->epoch || a->no_live || a->securityfs))
		return usage_error("this goes with --archive: --epoch, "
				   "--no-live, --securityfs");
	if (a->use_archive && (a->numbered || a->order))
		return usage_error("this goes with files: --first, "
				   "--byte-order");
	if (a->resume && (a->numbered || a->order))
		return usage_error("the state tells --first and --byte-order");
	if (a->tpm && a->given)
		return usage_error("--tpm, and --pcrs or --sysfs-pcrs, "
				   "exclude each other");
	if (a->stored && (!a->use_archive || a->quote || a->signature))
		return usage_error("--stored-quote goes with --archive");
	if (a->stored ? !a->key : a->quote && (!a->signature || !a->key))
		return usage_error("--quote needs --signature and --key");
	if (!a->quote && !a->stored &&
	    (a->signature || a->key || a->nonce || a->snapshot))
		return usage_error("this goes with a quote: --signature, "
				   "--key, --nonce, --snapshot-digest");
	return EXIT_OK;
}

int cmd_verify(int argc, char **argv)
{
	struct args a = { 0 };
	int option, ret;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		ret = parse_option(&a, option);
		if (ret)
			return ret;
	}
	ret = check_usage(&a, optind < argc);
	return ret ? ret : run(&a, argv + optind);
}
