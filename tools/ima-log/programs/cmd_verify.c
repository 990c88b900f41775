// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log verify: judge records against PCR values. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define PCR_FILES_MAX	BANKS_MAX

struct args {
	const char *archive, *securityfs, *tcti, *save, *resume, *sysfs;
	const char *attested, *quote, *signature, *key;
	struct pcr_files {
		unsigned int num;
		const char *path[PCR_FILES_MAX];
	} pcr_files;
	struct bank_list padded;
	struct hex_option nonce;
	unsigned int epoch;
	bool tpm, json, records, quiet, no_live, fail_on_violation;
	uint32_t accountable;
	enum byte_order order;
	/* what the files hold that these name */
	struct pcrs pcrs;
	struct verify_state state;
	struct quote parsed_quote;
};

static const char *add_pcr_file(void *to, const char *value)
{
	struct pcr_files *files = to;

	if (files->num == PCR_FILES_MAX)
		return "too many of them";
	files->path[files->num++] = value;
	return NULL;
}

static const char *add_bank(void *to, const char *value)
{
	const struct bank_alg *alg = bank_alg_by_name(value, strlen(value));

	return alg && bank_list_add(to, alg) ? NULL : "no such bank";
}

const struct opt verify_options[] = {
	OPT(args, pcr_files, add_pcr_file, "pcrs", "FILE",
	    "values as tpm2_pcrread prints them; BANK,FILE"),
	OPT(args, sysfs, set_text, "sysfs-pcrs", "DIR",
	    "values under /sys/class/tpm/tpm0 or the like"),
	OPT(args, tpm, set_flag, "tpm", NULL, "values of the kernel's TPM"),
	OPT(args, tcti, set_text, "tcti", "CONF",
	    "values of the TPM that CONF names"),
	OPT(args, attested, set_text, "attested", "DIR",
	    "what ima-log attest wrote; needs --key"),
	OPT(args, quote, set_text, "quote", "FILE",
	    "a quote; needs --signature and --key"),
	OPT(args, signature, set_text, "signature", "FILE",
	    "the quote's signature"),
	OPT(args, key, set_text, "key", "PEM",
	    "the public key that signed the quote"),
	OPT(args, nonce, set_hex, "nonce", "HEX",
	    "what the quote has to answer"),
	OPT(args, accountable, add_pcr, "pcr", "N",
	    "records have to account for this PCR, too"),
	OPT(args, padded, add_bank, "padded", "BANK",
	    "the kernel has no crypto for this bank"),
	OPT(args, archive, set_text, "archive", "DIR",
	    "the archive, if no files are given"),
	OPT(args, epoch, set_epoch, "epoch", "N", "of the archive (the last)"),
	OPT(args, no_live, set_flag, "no-live", NULL,
	    "without the kernel's list"),
	OPT(args, securityfs, set_text, "securityfs", "DIR",
	    "IMA's directory in securityfs"),
	OPT(args, order, set_order, "byte-order", "ORDER",
	    "little or big, if the first record does not tell"),
	OPT(args, save, set_text, "save-state", "FILE",
	    "keep what was verified, for"),
	OPT(args, resume, set_text, "resume", "FILE", "to go on from there"),
	OPT(args, fail_on_violation, set_flag, "fail-on-violation", NULL,
	    "violations are wrong records"),
	OPT(args, json, set_flag, "json", NULL, "the verdict as JSON"),
	OPT(args, records, set_flag, "records", NULL,
	    "and a line for each record"),
	OPT(args, quiet, set_flag, "quiet", NULL, "the exit code only"),
	{ 0 }
};

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
	if (a->tpm && (a->pcr_files.num || a->sysfs))
		return usage_error("--tpm, and --pcrs or --sysfs-pcrs, "
				   "exclude each other");
	if (a->attested && (a->quote || a->signature))
		return usage_error("--attested, and --quote and --signature, "
				   "exclude each other");
	if (!!a->quote != !!a->signature ||
	    !!(a->quote || a->attested) != !!a->key)
		return usage_error("a quote needs --quote and --signature, or "
				   "--attested, and --key");
	if (a->nonce.len && !a->key)
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

	for (i = 0; !ret && i < a->pcr_files.num; i++)
		ret = read_pcr_file(a, a->pcr_files.path[i]);
	if (!ret && a->sysfs)
		ret = read_sysfs(a);
	if (!ret && a->tpm)
		ret = read_tpm(a);
	if (a->pcr_files.num || a->sysfs || a->tpm)
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
	int ret = quote_parse(quote, (const uint8_t *)att, att_len,
			      (const uint8_t *)sig, sig_len);

	if (!ret)
		ret = quote_check_signature((const uint8_t *)att, att_len,
					    (const uint8_t *)sig, sig_len, pem);
	if (ret || !a->nonce.len)
		return ret;
	if (a->nonce.len != quote->extra_len ||
	    memcmp(a->nonce.bytes, quote->extra, a->nonce.len))
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
	v->padded = a->padded;
	ret = verify_run(v);
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
	struct args a = { 0 };
	int ret = options_read(verify_options, &a, argc, argc, argv);

	a.tpm |= a.tcti != NULL;
	if (!ret)
		ret = check_usage(&a, optind < argc);
	return ret ? ret : run(&a, argv + optind);
}
