// SPDX-License-Identifier: GPL-2.0-or-later
/* Judge the records of a log against PCR values. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "allow.h"
#include "chain.h"
#include "checkpoint.h"
#include "json.h"
#include "quote.h"

#define PROGRESS_STEP	(1u << 16)

/* The first reason stays; a graver verdict replaces a milder one. */
__attribute__((format(printf, 3, 4)))
static void judge(struct verify *v, enum verdict verdict, const char *format,
		  ...)
{
	static const int weight[] = { [VERDICT_VERIFIED] = 0,
				      [VERDICT_UNDECIDED] = 1,
				      [VERDICT_FAILED] = 2,
				      [VERDICT_MALFORMED] = 3 };
	va_list args;

	if (weight[verdict] <= weight[v->found.verdict])
		return;
	v->found.verdict = verdict;
	va_start(args, format);
	vsnprintf(v->found.reason, sizeof(v->found.reason), format, args);
	va_end(args);
}

static void wrong_record(struct verify *v, const char *why)
{
	if (!v->found.wrong) {
		v->found.wrong = true;
		v->found.wrong_record = v->log->pos.number;
	}
	judge(v, VERDICT_FAILED, "record %" PRIu64 " (offset %" PRIu64
	      " of %s): %s", v->log->pos.number, v->log->pos.offset,
	      log_place(v->log), why);
}

static void add_bank(const struct bank_alg **algs, unsigned int *num,
		     const struct bank_alg *alg)
{
	unsigned int i;

	for (i = 0; i < *num; i++)
		if (algs[i]->tpm_id == alg->tpm_id)
			return;
	if (*num < BANKS_MAX)
		algs[(*num)++] = alg;
}

static void set_padded(struct verify *v, const struct bank_alg *alg)
{
	struct replay_bank *bank = replay_find(&v->replay, alg);

	if (bank)
		bank->padded = true;
}

static int start_replay(struct verify *v)
{
	const struct bank_alg *algs[BANKS_MAX], *bad;
	unsigned int i, num = 0;
	int ret;

	for (i = 0; v->pcrs && i < v->pcrs->num_banks; i++)
		add_bank(algs, &num, v->pcrs->banks[i].alg);
	for (i = 0; v->quote && i < v->quote->num_selections; i++)
		add_bank(algs, &num, v->quote->selections[i].alg);
	if (!num && v->resume)
		for (i = 0; i < v->resume->pcrs.num_banks; i++)
			add_bank(algs, &num, v->resume->pcrs.banks[i].alg);
	if (!num)
		algs[num++] = bank_alg_by_name("sha256", 6);
	ret = replay_init(&v->replay, algs, num, &bad);
	if (ret)
		judge(v, VERDICT_UNDECIDED, "libcrypto has no %s", bad->name);
	for (i = 0; !ret && i < v->num_padded; i++)
		set_padded(v, v->padded[i]);
	return ret;
}

static int resume(struct verify *v, const struct verify_state *state)
{
	struct replay_bank *bank;
	const uint8_t *value;
	unsigned int i, pcr;

	v->log->next = state->next;
	v->replay.touched = state->touched;
	v->chain = state->chain;
	for (i = 0; i < v->replay.num_banks; i++) {
		bank = &v->replay.banks[i];
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			value = pcrs_get(&state->pcrs, bank->hasher.alg, pcr);
			if (!value) {
				judge(v, VERDICT_UNDECIDED,
				      "the state has no bank %s",
				      bank->hasher.alg->name);
				return -ENODATA;
			}
			memcpy(bank->pcr[pcr], value, bank->hasher.alg->size);
		}
	}
	return 0;
}

static uint32_t pcrs_given(const struct verify *v)
{
	uint32_t given = 0;
	unsigned int i;

	for (i = 0; v->pcrs && i < v->pcrs->num_banks; i++)
		given |= v->pcrs->banks[i].present;
	for (i = 0; v->quote && i < v->quote->num_selections; i++)
		given |= v->quote->selections[i].pcrs;
	return given;
}

/* PCRs whose values the records have to account for, extended by them or not. */
static uint32_t accountable(const struct verify *v)
{
	return v->accountable ? v->accountable : PCRS_OF_IMA;
}

/*
 * Do the PCRs that records extended, or have to account for, have the given
 * values, in all banks?  One that no record extended has that of a reset.
 */
static bool values_match(const struct verify *v)
{
	const struct replay_bank *bank;
	const struct pcr_bank *given;
	unsigned int i, pcr;
	uint32_t left;

	for (i = 0; i < v->pcrs->num_banks; i++) {
		given = &v->pcrs->banks[i];
		bank = replay_find((struct replay *)&v->replay, given->alg);
		left = (v->replay.touched | accountable(v)) & given->present;
		for (; left; left &= left - 1) {
			pcr = __builtin_ctz(left);
			if (memcmp(bank->pcr[pcr], given->value[pcr],
				   given->alg->size))
				return false;
		}
	}
	return pcrs_given(v) & v->replay.touched;
}

static const uint8_t *replayed_value(const void *ctx,
				     const struct bank_alg *alg,
				     unsigned int pcr)
{
	const struct verify *v = ctx;
	struct replay_bank *bank = replay_find((struct replay *)&v->replay,
					       alg);

	if ((v->replay.touched | accountable(v)) >> pcr & 1)
		return bank ? bank->pcr[pcr] : NULL;
	return v->pcrs ? pcrs_get(v->pcrs, alg, pcr) : NULL;
}

/* Of several, one that is newer than those which matched so far counts. */
static int quote_match(struct verify *v, bool *matches)
{
	unsigned int i, last = v->matched ? v->matched_quote : v->older;
	uint8_t digest[DIGEST_SIZE_MAX];
	int ret = quote_digest(v->quote, &v->quote_hasher, replayed_value, v,
			       digest);

	if (ret)
		return ret == -ENODATA ? 0 : ret;
	for (i = 0; i <= last && !*matches; i++)
		*matches = !memcmp(digest, v->quote[i].digest,
				   v->quote->digest_alg->size);
	if (*matches)
		v->matched_quote = i - 1;
	return 0;
}

void verify_keep_state(const struct verify *v, uint64_t next,
		       struct verify_state *s)
{
	const struct replay_bank *bank;
	unsigned int i, pcr;

	s->order = v->log->reader.order;
	s->next = next;
	s->touched = v->replay.touched;
	s->have_window = v->have_window;
	s->window = v->window.number;
	s->chain = v->chain;
	memset(&s->pcrs, 0, sizeof(s->pcrs));
	for (i = 0; i < v->replay.num_banks; i++) {
		bank = &v->replay.banks[i];
		for (pcr = 0; pcr < PCRS_MAX; pcr++)
			pcrs_set(&s->pcrs, bank->hasher.alg, pcr,
				 bank->pcr[pcr]);
	}
}

static int look_for_match(struct verify *v)
{
	bool matches = false;
	int ret;

	if (v->quote) {
		ret = quote_match(v, &matches);
		if (ret)
			return ret;
	} else if (v->pcrs) {
		matches = values_match(v);
	}
	if (!matches)
		return 0;
	v->matched = true;
	v->match = v->counts.records;
	v->at_match = v->found;
	verify_keep_state(v, v->log->next, &v->state);
	if (v->taker)
		checkpoint_matched(v);
	return 0;
}

/* PCRs 0 to 9, but only to 7 with SHA-1, hashed one after the other. */
static int aggregate(struct verify *v, const struct bank_alg *alg,
		     uint8_t *digest, bool *known)
{
	unsigned int pcr, num = alg->tpm_id == 0x0004 ? 8 : 10;
	const uint8_t *value;
	struct hasher h;
	int ret;

	*known = v->pcrs != NULL;
	for (pcr = 0; *known && pcr < num; pcr++)
		*known = pcrs_get(v->pcrs, alg, pcr) != NULL;
	if (!*known)
		return 0;
	ret = hasher_init(&h, alg);
	if (ret)
		return ret;
	ret = hasher_start(&h);
	for (pcr = 0; !ret && pcr < num; pcr++) {
		value = pcrs_get(v->pcrs, alg, pcr);
		ret = hasher_add(&h, value, alg->size);
	}
	if (!ret)
		ret = hasher_end(&h, digest);
	hasher_free(&h);
	return ret;
}

/* With ima_template=ima-buf it has a buffer as well, an empty one. */
static bool is_boot_aggregate(const struct record *rec)
{
	const struct field *buf = record_field(rec, FIELD_BUF);

	return (!buf || !buf->len) &&
	       (record_name_is(rec, "boot_aggregate") ||
		record_name_is(rec, "boot_aggregate_late"));
}

static bool all_zero(const struct field *f)
{
	uint32_t i;

	for (i = 0; i < f->len; i++)
		if (f->data[i])
			return false;
	return true;
}

static bool same_aggregate(const struct aggregate *a, const char *algo,
			   const struct field *digest)
{
	return a->len && !strcmp(a->algo, algo) && a->len == digest->len &&
	       !memcmp(a->digest, digest->data, a->len);
}

/* Zeros, where there is no TPM, prove nothing: an unreadable file has them. */
static void keep_aggregate(struct aggregate *a, const char *algo,
			   const struct field *digest)
{
	if (digest->len > sizeof(a->digest) || all_zero(digest))
		return;
	strcpy(a->algo, algo);
	a->len = digest->len;
	memcpy(a->digest, digest->data, digest->len);
}

/*
 * A file may be named like this, too.  The kernel's own record is the first of
 * the log, or comes right behind a kexec, or carries the digest of such a one:
 * what a file of that digest holds is known.
 */
static bool is_own(const struct verify *v, bool behind_kexec,
		   const char *algo, const struct field *digest)
{
	return !v->log->pos.number || behind_kexec ||
	       same_aggregate(&v->chain.aggregate, algo, digest);
}

static int check_boot_aggregate(struct verify *v, const struct record *rec,
				bool behind_kexec, bool *own)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	const struct bank_alg *alg;
	struct field event;
	char name[32];
	bool known = false;
	int ret = 0;

	if (v->counts.boot_aggregates++ || v->log->pos.number)
		chain_new_kernel(v);
	if (!record_event_digest(rec, name, &event))
		return 0;
	*own = is_own(v, behind_kexec, name, &event);
	alg = bank_alg_by_name(name, strlen(name));
	if (alg && event.len == alg->size)
		ret = aggregate(v, alg, digest, &known);
	if (ret)
		return ret;
	if (known)
		*own = !memcmp(digest, event.data, alg->size);
	if (known && !*own)
		wrong_record(v, "boot_aggregate is not the digest of the "
				"boot's PCRs");
	if (*own)
		keep_aggregate(&v->chain.aggregate, name, &event);
	return 0;
}

/*
 * What carries a buffer carries its digest.  As the template's name is not
 * protected, this is what keeps a file with a signature from being passed off
 * as critical data, which is the kernel's @own.
 */
static int check_buffer(struct verify *v, const struct record *rec, bool *own)
{
	const struct field *buf = record_field(rec, FIELD_BUF);
	uint8_t digest[EVP_MAX_MD_SIZE];
	const struct bank_alg *alg = NULL;
	struct field event;
	char name[32] = "";
	struct hasher h;
	int ret;

	if (!buf || !buf->len)
		return 0;
	if (record_event_digest(rec, name, &event))
		alg = digest_alg_by_name(name, strlen(name));
	if (!alg || hasher_init(&h, alg)) {
		judge(v, VERDICT_UNDECIDED, "record %" PRIu64 ": a buffer "
		      "whose digest%s%s is not known", v->log->pos.number,
		      *name ? " " : "", name);
		*own = *name;		/* undecided is enough */
		return 0;
	}
	ret = hasher_start(&h);
	if (!ret)
		ret = hasher_add(&h, buf->data, buf->len);
	if (!ret)
		ret = hasher_end(&h, digest);
	hasher_free(&h);
	*own = !ret && event.len == alg->size &&
	       !memcmp(digest, event.data, alg->size);
	if (!ret && !*own)
		wrong_record(v, "digest is not that of the buffer");
	return ret;
}

/*
 * The list does not say what the violation was; the audit log does.  But the
 * kernel gives it a digest of zeros, if it has one at all: a record with a
 * digest was made a violation by somebody else.
 */
static void check_violation(struct verify *v, const struct record *rec)
{
	struct field digest;
	char name[32];

	v->counts.violations++;
	if (record_event_digest(rec, name, &digest) && !all_zero(&digest)) {
		v->counts.odd_violations++;
		wrong_record(v, "violation with a digest");
		return;
	}
	v->counts.file_violations++;
	if (v->fail_on_violation)
		wrong_record(v, "violation");
}

static int check_own(struct verify *v, const struct record *rec, bool *own)
{
	bool behind_kexec = v->chain.kexec;
	enum critical kind = critical_kind(rec);
	int ret = check_buffer(v, rec, own);

	/* the last snapshot of the old kernel may come in between */
	v->chain.kexec = *own && (kind == CRITICAL_KEXEC_EXECUTE ||
		(behind_kexec && kind == CRITICAL_SNAPSHOT));
	if (!ret && is_boot_aggregate(rec))
		ret = check_boot_aggregate(v, rec, behind_kexec, own);
	return ret;
}

static int check_meaning(struct verify *v, const struct record *rec)
{
	bool own = false;		/* the kernel's, not of a file */
	char why[256];
	int ret;

	if (record_is_violation(rec)) {
		v->chain.kexec = false;
		check_violation(v, rec);
		return 0;
	}
	ret = check_own(v, rec, &own);
	if (ret)
		return ret;
	if (v->allow && !own && !allow_check(v->allow, rec)) {
		v->counts.not_allowed++;
		wrong_record(v, "digest is not in the list of allowed ones");
	}
	ret = own ? chain_check(v, rec, why, sizeof(why)) : 0;
	if (ret == VERDICT_FAILED)
		wrong_record(v, why);
	else if (ret == VERDICT_UNDECIDED)
		judge(v, VERDICT_UNDECIDED, "record %" PRIu64 ": %s",
		      v->log->pos.number, why);
	return ret < 0 ? ret : 0;
}

static int take_record(struct verify *v, struct record *rec)
{
	bool digest_ok;
	int ret = v->taker ? checkpoint_step(v) : 0;

	if (ret)
		return ret;
	if (!v->counts.records++) {
		v->first = v->log->pos.number;
		if (!v->have_window)
			v->window = v->log->pos;
		v->have_window = true;
	}
	ret = replay_extend(&v->replay, rec, &digest_ok);
	if (ret)
		return ret;
	if (!digest_ok)
		wrong_record(v, "template digest is not that of the data");
	ret = record_fields(rec);
	if (ret == -ENOTSUP)
		judge(v, VERDICT_UNDECIDED, "record %" PRIu64 ": template "
		      "%.*s is not known", v->log->pos.number,
		      (int)rec->template_name_len, rec->template_name);
	else if (ret)
		wrong_record(v, "template data is not what its template "
				"holds");
	ret = ret ? 0 : check_meaning(v, rec);
	if (!ret && v->records)
		json_record(v->records, rec, v->log->pos.number, digest_ok);
	return ret ? ret : look_for_match(v);
}

static void take_gap(struct verify *v)
{
	if (!v->counts.gaps++) {
		v->gap_first = v->log->gap_first;
		v->gap_count = v->log->gap_count;
	}
	v->counts.gap_records += v->log->gap_count;
	v->have_window = false;
}

static int take_error(struct verify *v, int error)
{
	const char *what;

	switch (error) {
	case -ENODATA:
		what = "bytes that end before the record does";
		break;
	case -EBADMSG:
		what = "bytes that are no record";
		break;
	case -EFBIG:
		what = "a record larger than the kernel can write";
		break;
	case -EUCLEAN:
		what = "a segment that overlaps the one before";
		break;
	default:
		return error;
	}
	judge(v, VERDICT_MALFORMED, "offset %" PRIu64 " of %s, record %" PRIu64
	      ": %s", v->log->pos.offset, log_place(v->log),
	      v->log->pos.number, what);
	return 0;
}

/* What only a PCR without a value vouches for cannot be judged. */
static void check_covered(struct verify *v)
{
	uint64_t left = (v->state.touched | v->accountable) & ~pcrs_given(v);

	if (left)
		judge(v, VERDICT_UNDECIDED, "%s PCR %u, for which there is no "
		      "value", left & v->state.touched ? "records extend" :
		      "records have to account for", __builtin_ctzll(left));
}

/* Was a PCR extended by what is not in the log? */
static void find_unexplained(struct verify *v)
{
	const struct replay_bank *bank;
	const struct pcr_bank *given;
	unsigned int i, pcr;
	uint32_t left;

	for (i = 0; v->pcrs && i < v->pcrs->num_banks; i++) {
		given = &v->pcrs->banks[i];
		bank = replay_find(&v->replay, given->alg);
		left = PCRS_OF_IMA & given->present & ~v->replay.touched;
		for (; left; left &= left - 1) {
			pcr = __builtin_ctz(left);
			if (memcmp(bank->pcr[pcr], given->value[pcr],
				   given->alg->size))
				v->unexplained |= 1u << pcr;
		}
	}
}

static void judge_mismatch(struct verify *v)
{
	uint32_t pcrs = v->unexplained & accountable(v);

	if (!v->counts.records)
		judge(v, VERDICT_UNDECIDED, "no records");
	else if (pcrs)
		judge(v, VERDICT_FAILED, "PCR %u was extended, but by no record",
		      __builtin_ctz(pcrs));
	else
		judge(v, VERDICT_FAILED,
		      "the PCRs match after none of the records");
}

static void judge_gap(struct verify *v)
{
	judge(v, VERDICT_UNDECIDED, "records %" PRIu64 " to %" PRIu64
	      " are missing", v->gap_first, v->gap_first + v->gap_count - 1);
}

/*
 * What comes behind the match is not quoted and so not judged, but for bytes
 * that are no records, and records that are missing.
 */
static void conclude(struct verify *v)
{
	find_unexplained(v);
	if (v->matched && v->found.verdict != VERDICT_MALFORMED)
		v->found = v->at_match;
	if (!v->pcrs && !v->quote)
		judge(v, VERDICT_UNDECIDED, "no PCR values to compare with");
	else if (v->counts.gaps && !v->found.wrong)
		judge_gap(v);
	else if (v->matched)
		check_covered(v);
	else
		judge_mismatch(v);
}

static int run(struct verify *v)
{
	struct record rec;
	int ret;

	/* a checkpoint's values count only if records lead on from them */
	if (v->resume && v->resume->touched) {
		ret = look_for_match(v);
		if (ret)
			return ret;
	}
	for (;;) {
		ret = log_next(v->log, &rec);
		if (ret == LOG_RECORD)
			ret = take_record(v, &rec);
		else if (ret == LOG_GAP)
			take_gap(v), ret = 0;
		else
			return ret ? take_error(v, ret) : 0;
		if (ret)
			return ret;
		if (v->progress && v->counts.records % PROGRESS_STEP == 0)
			v->progress(v);
	}
}

/* Where a run before ended; -ENODATA if it did not replay all banks. */
static int go_on(struct verify *v)
{
	int ret = 0;

	if (v->taker)
		checkpoint_begin(v, v->from);
	if (v->resume) {
		v->first = v->resume->next;
		ret = resume(v, v->resume);
	} else if (v->from) {
		ret = checkpoint_resume(v, v->from);
		if (!ret)
			ret = resume(v, &v->from->state);
	}
	return ret;
}

int verify_run(struct verify *v)
{
	int ret = start_replay(v);

	if (ret == -ENOTSUP)
		return 0;
	if (!ret)
		ret = go_on(v);
	if (ret == -ENODATA) {
		replay_free(&v->replay);
		return 0;
	}
	if (!ret && v->quote)
		ret = hasher_init(&v->quote_hasher, v->quote->digest_alg);
	if (!ret)
		ret = run(v);
	if (!ret)
		conclude(v);
	hasher_free(&v->quote_hasher);
	replay_free(&v->replay);
	return ret;
}
