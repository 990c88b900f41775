// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log verify: judge records against PCR values. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#define BAR_WIDTH	24

const char verify_help[] =
	"  --pcrs FILE          values as tpm2_pcrread prints them; BANK,FILE\n"
	"  --sysfs-pcrs DIR     values under /sys/class/tpm/tpm0 or the like\n"
	"  --tpm, --tcti CONF   values of the TPM\n"
	"  --attested DIR       what ima-log attest wrote; needs --key\n"
	"  --quote FILE         a quote; needs --signature FILE and --key\n"
	"  --key PEM            the public key that signed the quote\n"
	"  --nonce HEX          what the quote has to answer\n"
	"  --pcr N              records have to account for this PCR, too\n"
	"  --padded BANK        the kernel has no crypto for this bank\n"
	"  --archive DIR        the archive, if no files are given\n"
	"  --epoch N, --no-live of the archive; without the kernel's list\n"
	"  --securityfs DIR     IMA's directory in securityfs\n"
	"  --byte-order ORDER   little or big, if the first record does not tell\n"
	"  --save-state FILE    keep what was verified, for\n"
	"  --resume FILE        to go on from there\n"
	"  --fail-on-violation  violations are wrong records\n"
	"  --json, --records    the verdict as JSON; a line for each record\n"
	"  --quiet              the exit code only\n";

struct args {
	const char *archive, *securityfs, *tcti, *save, *resume, *sysfs;
	const char *attested, *quote, *signature, *key, *nonce;
	const char **pcr_files;
	unsigned int num_pcr_files;
	unsigned int num_padded;
	const struct bank_alg *padded[BANKS_MAX];
	uint64_t epoch;
	bool tpm, json, records, quiet, no_live, fail_on_violation;
	uint32_t accountable;
	enum byte_order order;
	/* what the files hold that these name */
	struct pcrs pcrs;
	struct verify_state state;
	struct quote parsed_quote;
};

enum { O_PCRS = 256, O_SYSFS, O_TPM, O_TCTI, O_ARCHIVE, O_EPOCH, O_SECFS,
       O_NO_LIVE, O_JSON, O_RECORDS, O_SAVE, O_RESUME, O_ORDER, O_FAIL,
       O_QUOTE, O_SIG, O_KEY, O_NONCE, O_PADDED, O_QUIET, O_PCR, O_ATTESTED };

static const struct option options[] = {
	{ "pcrs", required_argument, NULL, O_PCRS },
	{ "sysfs-pcrs", required_argument, NULL, O_SYSFS },
	{ "tpm", no_argument, NULL, O_TPM },
	{ "tcti", required_argument, NULL, O_TCTI },
	{ "archive", required_argument, NULL, O_ARCHIVE },
	{ "epoch", required_argument, NULL, O_EPOCH },
	{ "securityfs", required_argument, NULL, O_SECFS },
	{ "no-live", no_argument, NULL, O_NO_LIVE },
	{ "json", no_argument, NULL, O_JSON },
	{ "records", no_argument, NULL, O_RECORDS },
	{ "save-state", required_argument, NULL, O_SAVE },
	{ "resume", required_argument, NULL, O_RESUME },
	{ "byte-order", required_argument, NULL, O_ORDER },
	{ "fail-on-violation", no_argument, NULL, O_FAIL },
	{ "attested", required_argument, NULL, O_ATTESTED },
	{ "quote", required_argument, NULL, O_QUOTE },
	{ "signature", required_argument, NULL, O_SIG },
	{ "key", required_argument, NULL, O_KEY },
	{ "nonce", required_argument, NULL, O_NONCE },
	{ "padded", required_argument, NULL, O_PADDED },
	{ "pcr", required_argument, NULL, O_PCR },
	{ "quiet", no_argument, NULL, O_QUIET },
	{ 0 }
};

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
	if (!(PCRS_LASTING >> pcr & 1))
		return usage_error("PCR %s can be reset, so it proves nothing",
				   number);
	a->accountable |= 1u << pcr;
	return EXIT_OK;
}

/* Hexadecimal digits to bytes; false if they are none or too many. */
static bool hex_arg(const char *text, uint8_t *bytes, size_t max, size_t *len)
{
	size_t digits = strlen(text);

	*len = digits / 2;
	return digits && digits % 2 == 0 && *len <= max &&
	       hex_decode(text, bytes, *len);
}

static int set_nonce(struct args *a, const char *text)
{
	uint8_t bytes[64];
	size_t len;

	a->nonce = text;
	return hex_arg(text, bytes, sizeof(bytes), &len) ? EXIT_OK :
		usage_error("%s: not hexadecimal digits", text);
}

static int parse_option(struct args *a, int option)
{
	switch (option) {
	case O_PCRS:
		a->pcr_files[a->num_pcr_files++] = optarg; return EXIT_OK;
	case O_SYSFS: a->sysfs = optarg; return EXIT_OK;
	case O_TPM: a->tpm = true; return EXIT_OK;
	case O_TCTI: a->tcti = optarg; a->tpm = true; return EXIT_OK;
	case O_ARCHIVE: a->archive = optarg; return EXIT_OK;
	case O_EPOCH:
		return parse_epoch(optarg, &a->epoch) ? EXIT_OK :
			usage_error("--epoch takes a number from 1 on");
	case O_SECFS: a->securityfs = optarg; return EXIT_OK;
	case O_NO_LIVE: a->no_live = true; return EXIT_OK;
	case O_JSON: a->json = true; return EXIT_OK;
	case O_RECORDS: a->records = true; return EXIT_OK;
	case O_SAVE: a->save = optarg; return EXIT_OK;
	case O_RESUME: a->resume = optarg; return EXIT_OK;
	case O_ORDER:
		a->order = order_by_name(optarg);
		return a->order ? EXIT_OK :
			usage_error("--byte-order takes little or big");
	case O_FAIL: a->fail_on_violation = true; return EXIT_OK;
	case O_ATTESTED: a->attested = optarg; return EXIT_OK;
	case O_QUOTE: a->quote = optarg; return EXIT_OK;
	case O_SIG: a->signature = optarg; return EXIT_OK;
	case O_KEY: a->key = optarg; return EXIT_OK;
	case O_NONCE: return set_nonce(a, optarg);
	case O_PADDED: return add_padded(a, optarg);
	case O_PCR: return add_pcr(a, optarg);
	case O_QUIET: a->quiet = true; return EXIT_OK;
	default: return usage_error("verify: see ima-log-verify(1)");
	}
}

/* An option that would be without effect is a mistake. */
static int check_usage(const struct args *a, bool files)
{
	bool given = files || a->attested;

	if (given && (a->archive || a->epoch || a->no_live || a->securityfs))
		return usage_error("this goes with the archive, not with "
				   "files: --archive, --epoch, --no-live, "
				   "--securityfs");
	if (files && a->attested)
		return usage_error("--attested names the files");
	if (!files && a->order)
		return usage_error("--byte-order goes with files");
	if (a->resume && a->order)
		return usage_error("the state tells --byte-order");
	if (a->tpm && (a->num_pcr_files || a->sysfs))
		return usage_error("--tpm, and --pcrs or --sysfs-pcrs, "
				   "exclude each other");
	if (a->attested && (a->quote || a->signature))
		return usage_error("--attested, and --quote and --signature, "
				   "exclude each other");
	if (!!a->quote != !!a->signature ||
	    !!(a->quote || a->attested) != !!a->key)
		return usage_error("a quote needs --quote and --signature, or "
				   "--attested, and --key");
	if (a->nonce && !a->key)
		return usage_error("--nonce goes with a quote");
	return EXIT_OK;
}

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

static int read_sysfs(struct args *a)
{
	int ret = pcrs_read_sysfs(&a->pcrs, a->sysfs);

	switch (ret) {
	case 0:
		return EXIT_OK;
	case -ENOENT:
		report("%s: there are no PCR values", a->sysfs);
		return EXIT_UNDECIDED;
	case -EAGAIN:
		report("%s: PCR %u is extended faster than it can be read",
		       a->sysfs, IMA_PCR);
		return EXIT_UNDECIDED;
	default:
		return report_error(a->sysfs, ret);
	}
}

static int read_tpm(struct args *a)
{
	struct tpm *tpm;
	int ret = tpm_open(&tpm, a->tcti);

	if (ret)
		return report_tpm(a->tcti, NULL, ret);
	ret = tpm_read_pcrs(tpm, &a->pcrs);
	if (ret)
		ret = report_tpm(a->tcti, tpm, ret);
	tpm_close(tpm);
	return ret;
}

static int read_values(struct args *a, struct verify *v)
{
	unsigned int i;
	int ret = EXIT_OK;

	for (i = 0; !ret && i < a->num_pcr_files; i++)
		ret = read_pcr_file(a, a->pcr_files[i]);
	if (!ret && a->sysfs)
		ret = read_sysfs(a);
	if (!ret && a->tpm)
		ret = read_tpm(a);
	if (a->num_pcr_files || a->sysfs || a->tpm)
		v->pcrs = &a->pcrs;
	return ret;
}

/* What is wrong with a quote is a verdict, too. */
static void judge_quote(struct verify *v, const char *name, const char *key,
			int error)
{
	switch (error) {
	case -EKEYREJECTED:
		verify_judge(v, VERDICT_FAILED, "%s: not signed by %s", name,
			     key);
		break;
	case -ENOMSG:
		verify_judge(v, VERDICT_FAILED,
			     "%s: does not answer the nonce", name);
		break;
	case -ENOKEY:
		verify_judge(v, VERDICT_MALFORMED, "%s: not a public key",
			     key);
		break;
	case -EBADMSG:
		verify_judge(v, VERDICT_MALFORMED,
			     "%s: not a quote with a signature", name);
		break;
	case -ENOTSUP:
		verify_judge(v, VERDICT_UNDECIDED, "%s: a bank or signing "
			     "scheme that is not known", name);
		break;
	default:
		verify_judge(v, VERDICT_UNDECIDED, "%s: %s", name,
			     strerror(-error));
	}
}

static int check_quote(const struct args *a, struct verify *v,
		       struct quote *quote, const char *pem, const char *att,
		       size_t att_len, const char *sig, size_t sig_len)
{
	uint8_t nonce[64];
	size_t len;
	int ret = quote_parse(quote, (const uint8_t *)att, att_len,
			      (const uint8_t *)sig, sig_len);

	if (!ret)
		ret = quote_check_signature((const uint8_t *)att, att_len,
					    (const uint8_t *)sig, sig_len, pem);
	if (ret || !a->nonce)
		return ret;
	if (!hex_arg(a->nonce, nonce, sizeof(nonce), &len) ||
	    len != quote->extra_len || memcmp(nonce, quote->extra, len))
		return -ENOMSG;
	v->nonce_checked = true;
	return 0;
}

static int load_quote(struct args *a, struct verify *v, const char *att_path,
		      const char *sig_path)
{
	size_t att_len, sig_len, pem_len;
	char *att = read_text(att_path, &att_len);
	char *sig = att ? read_text(sig_path, &sig_len) : NULL;
	char *pem = sig ? read_text(a->key, &pem_len) : NULL;
	int ret = EXIT_UNDECIDED;

	if (pem) {
		ret = check_quote(a, v, &a->parsed_quote, pem, att, att_len,
				  sig, sig_len);
		if (ret)
			judge_quote(v, att_path, a->key, ret);
		else
			v->quote = &a->parsed_quote;
		ret = EXIT_OK;
	}
	free(att);
	free(sig);
	free(pem);
	return ret;
}

static int load_state(struct args *a, struct verify *v)
{
	size_t len;
	char *text = read_text(a->resume, &len);
	int ret;

	if (!text)
		return EXIT_UNDECIDED;
	ret = verify_state_read(&a->state, text);
	free(text);
	if (ret == -EBADMSG) {
		report("%s: malformed: not a state that this version saved",
		       a->resume);
		return EXIT_MALFORMED;
	}
	v->resume = &a->state;
	a->order = a->state.order;
	return ret ? report_error(a->resume, ret) : EXIT_OK;
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

/* Say what was found, even if that is only that a quote is none. */
static int conclude(const struct args *a, struct verify *v)
{
	int ret;

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

static int judge(const struct args *a, struct verify *v)
{
	int ret;

	v->accountable = a->accountable;
	v->fail_on_violation = a->fail_on_violation;
	v->records = a->records ? stdout : NULL;
	v->num_padded = a->num_padded;
	memcpy(v->padded, a->padded, sizeof(v->padded));
	if (!a->quiet && isatty(STDERR_FILENO))
		v->progress = progress;
	ret = verify_run(v);
	if (v->progress && v->counts.records >= 65536)
		fputs("\r\033[K", stderr);
	return ret ? report_error(log_place(v->log), ret) : conclude(a, v);
}

static int run_files(struct args *a, struct verify *v, char **files)
{
	struct log log;
	int ret = 0;

	log_init(&log, a->order);
	log.next = v->resume ? v->resume->next : 0;
	for (; *files && !ret; files++)
		ret = log_add(&log, PART_FILE, *files, 0, 0);
	v->log = &log;
	ret = ret ? report_error("files", ret) : judge(a, v);
	log_free(&log);
	return ret;
}

static bool same_epoch(const struct args *a, struct verify *v)
{
	if (!v->resume || !strcmp(v->resume->epoch, v->state.epoch))
		return true;
	report("%s: the state is of epoch %s, the records are of %s",
	       a->resume, *v->resume->epoch ? v->resume->epoch : "no archive",
	       v->state.epoch);
	return false;
}

static int run_archive(struct args *a, struct verify *v)
{
	const struct verify_state *state = v->resume;
	uint64_t number = state ? state->next : 0;
	struct live_log l;
	int ret;

	if (state && state->chain.window < number)
		number = state->chain.window;
	ret = open_live_log(&l, archive_dir(a->archive),
			    securityfs_dir(a->securityfs), a->epoch, number,
			    !a->no_live);
	if (ret)
		return ret;
	archive_epoch_name(l.epoch, v->state.epoch);
	v->log = &l.log;
	ret = same_epoch(a, v) ? judge(a, v) : EXIT_UNDECIDED;
	close_live_log(&l);
	return ret;
}

/*
 * Nothing vouches for the header.  It only says which records these are: with
 * other numbers they would not match the quote.
 */
static int read_header(struct args *a, struct verify *v, const char *path)
{
	uint64_t verified = v->resume ? v->resume->next : 0;
	struct attestation set;
	size_t len;
	char *text;
	int ret;

	text = read_text(path, &len);
	if (!text)
		return EXIT_UNDECIDED;
	ret = attestation_parse(text, &set);
	free(text);
	if (ret)
		return report_error(path, ret);
	archive_epoch_name(set.epoch, v->state.epoch);
	if (set.order)
		a->order = set.order;
	if (!same_epoch(a, v))
		return EXIT_UNDECIDED;
	if (set.first != verified)
		verify_judge(v, VERDICT_UNDECIDED, "the records begin with %"
			     PRIu64 ", but %" PRIu64 " are what was verified "
			     "before (--resume)", set.first, verified);
	return EXIT_OK;
}

static int run_attested(struct args *a, struct verify *v)
{
	static const char *const names[] = { "header", "quote.msg",
					     "quote.sig", "records" };
	char *path[4] = { NULL }, *files[2] = { NULL };
	int ret = EXIT_OK, i;

	for (i = 0; i < 4 && !ret; i++)
		if (asprintf(&path[i], "%s/%s", a->attested, names[i]) < 0)
			ret = report_error(a->attested, -ENOMEM);
	if (!ret)
		ret = read_header(a, v, path[0]);
	if (!ret)
		ret = load_quote(a, v, path[1], path[2]);
	files[0] = path[3];
	if (!ret)
		ret = v->found.verdict ? conclude(a, v) :
					 run_files(a, v, files);
	for (i = 0; i < 4; i++)
		free(path[i]);
	return ret;
}

static int run(struct args *a, char **files)
{
	struct verify v = { 0 };
	int ret = read_values(a, &v);

	if (!ret && a->resume)
		ret = load_state(a, &v);
	if (!ret && a->quote)
		ret = load_quote(a, &v, a->quote, a->signature);
	if (ret)
		return ret;
	if (v.found.verdict)
		return conclude(a, &v);
	if (a->attested)
		return run_attested(a, &v);
	return *files ? run_files(a, &v, files) : run_archive(a, &v);
}

int cmd_verify(int argc, char **argv)
{
	struct args a = { .pcr_files = calloc(argc, sizeof(char *)) };
	int option, ret = a.pcr_files ? EXIT_OK :
					report_error("options", -ENOMEM);

	while (!ret &&
	       (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(&a, option);
	if (!ret)
		ret = check_usage(&a, optind < argc);
	if (!ret)
		ret = run(&a, argv + optind);
	free(a.pcr_files);
	return ret;
}
