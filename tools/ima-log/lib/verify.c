// SPDX-License-Identifier: GPL-2.0-or-later
/* Judge the records of a log against PCR values. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "verify.h"

/* PCRs 0 to 9 are the firmware's and boot loader's. */
#define PCRS_OF_IMA	(PCRS_LASTING & ~0x3ffu)

void verify_judge(struct verify *v, enum verdict verdict, const char *format,
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

void verify_wrong_record(struct verify *v, const char *why)
{
	if (!v->found.wrong) {
		v->found.wrong = true;
		v->found.wrong_record = v->log->pos.number;
	}
	verify_judge(v, VERDICT_FAILED, "record %" PRIu64 " (offset %" PRIu64
		     " of %s): %s", v->log->pos.number, v->log->pos.offset,
		     log_place(v->log), why);
}

static int start_replay(struct verify *v)
{
	const struct pcrs *values = v->pcrs;
	struct bank_list banks = { 0 };
	const struct bank_alg *bad;
	unsigned int i;
	int ret;

	for (i = 0; v->quote && i < v->quote->num_selections; i++)
		bank_list_add(&banks, v->quote->selections[i].alg);
	if (!values && !v->quote && v->resume)
		values = &v->resume->pcrs;
	for (i = 0; values && i < values->num_banks; i++)
		bank_list_add(&banks, values->banks[i].alg);
	if (!banks.num)
		bank_list_add(&banks, bank_alg_by_name("sha256", 6));
	ret = replay_init(&v->replay, &banks, &v->padded, &bad);
	if (ret)
		verify_judge(v, VERDICT_UNDECIDED, "libcrypto has no %s",
			     bad->name);
	return ret;
}

/* PCR values where an earlier run ended; false if a bank is not there. */
static bool load_values(struct verify *v, const struct verify_state *state)
{
	const struct bank_alg *missing = replay_load(&v->replay, &state->pcrs,
						     state->touched);

	if (missing)
		verify_judge(v, VERDICT_UNDECIDED, "the state has no bank %s",
			     missing->name);
	return !missing;
}

uint64_t verify_covered(const struct verify *v, const struct bank_alg *alg)
{
	const struct pcrs *pcrs = v->quote ? NULL : v->pcrs;
	uint64_t covered = 0;
	unsigned int i;

	for (i = 0; pcrs && i < pcrs->num_banks; i++)
		if (!alg || pcrs->banks[i].alg->tpm_id == alg->tpm_id)
			covered |= pcrs->banks[i].present;
	for (i = 0; v->quote && i < v->quote->num_selections; i++)
		if (!alg || v->quote->selections[i].alg->tpm_id == alg->tpm_id)
			covered |= v->quote->selections[i].pcrs;
	return covered & PCRS_LASTING;
}

/* PCRs whose values the records have to account for, extended by them or not. */
static uint32_t accountable(const struct verify *v)
{
	return v->accountable | 1u << IMA_PCR;
}

/* Those PCRs of @set whose given value in a bank is not the one replayed. */
static uint32_t differing(const struct verify *v, uint32_t set)
{
	const struct pcr_bank *given;
	unsigned int i, pcr;
	uint32_t left, found = 0;

	for (i = 0; v->pcrs && i < v->pcrs->num_banks; i++) {
		given = &v->pcrs->banks[i];
		for (left = set & given->present; left; left &= left - 1) {
			pcr = __builtin_ctz(left);
			if (memcmp(pcrs_get(&v->replay.values, given->alg, pcr),
				   given->value[pcr], given->alg->size))
				found |= 1u << pcr;
		}
	}
	return found;
}

/* Do the PCRs that records have to account for have the given values? */
static bool values_match(const struct verify *v)
{
	return !differing(v, ((uint32_t)v->replay.touched | accountable(v)) &
			     PCRS_LASTING);
}

/*
 * What a quoted PCR is taken to be: what records made it; or else, as it is
 * somebody else's, the value that was given.
 */
static const uint8_t *quoted_value(const void *ctx, const struct bank_alg *alg,
				   unsigned int pcr)
{
	const struct verify *v = ctx;
	const uint8_t *given = v->pcrs ? pcrs_get(v->pcrs, alg, pcr) : NULL;
	uint64_t own = (v->replay.touched | accountable(v)) & PCRS_LASTING;

	if (own >> pcr & 1 || (!given && PCRS_OF_IMA >> pcr & 1))
		return pcrs_get(&v->replay.values, alg, pcr);
	return given;
}

static int quote_match(struct verify *v, bool *matches)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	int ret = quote_digest(v->quote, &v->quote_hasher, quoted_value, v,
			       digest);

	if (ret)
		return ret == -ENODATA ? 0 : ret;
	*matches = !memcmp(digest, v->quote->digest,
			   v->quote->digest_alg->size);
	return 0;
}

static void keep_state(const struct verify *v, struct verify_state *s)
{
	s->order = v->log->reader.order;
	s->next = v->log->next;
	s->touched = v->replay.touched;
	s->chain = v->chain.state;
	s->pcrs = v->replay.values;
}

/* PCRs that are to be judged, but vouched for by no value. */
static uint64_t uncovered(const struct verify *v, uint64_t touched)
{
	return (touched | accountable(v)) & ~verify_covered(v, NULL);
}

static struct verify_counts all_counts(const struct verify *v)
{
	struct verify_counts c = v->counts;

	c.snapshots = v->chain.snapshots;
	c.trims = v->chain.trims;
	c.windows_unseen = v->chain.unseen;
	c.restarts = v->chain.restarts;
	c.unrecorded = chain_unrecorded(&v->chain);
	return c;
}

/* Records behind the match are counted as such, and as nothing else. */
static void choose_counts(struct verify *v)
{
	const struct verify_counts all = all_counts(v);

	v->counts = v->matched ? v->counts_at_match : all;
	v->counts.records = all.records;
	v->counts.gaps = all.gaps;
	v->counts.gap_records = all.gap_records;
}

/* Nothing matches without PCR 10: other PCRs say nothing of most records. */
static int look_for_match(struct verify *v)
{
	bool matches = false;
	int ret = 0;

	if (!(verify_covered(v, NULL) >> IMA_PCR & 1))
		return 0;
	if (v->quote)
		ret = quote_match(v, &matches);
	else
		matches = values_match(v);
	if (ret || !matches)
		return ret;
	/* behind a match, a record that is not covered changes nothing */
	if (v->matched && !uncovered(v, v->state.touched) &&
	    uncovered(v, v->replay.touched))
		return 0;
	v->matched = true;
	v->match = v->counts.records;
	v->at_match = v->found;
	v->counts_at_match = all_counts(v);
	keep_state(v, &v->state);
	return 0;
}

/*
 * Whether the PCRs vouch for a record is known at the end only, so its line is
 * kept until then, behind its PCR and number.
 */
static void keep_line(struct verify *v, const struct record *rec,
		      bool digest_ok)
{
	fprintf(v->lines, "%u %" PRIu64 " ", rec->pcr, v->log->pos.number);
	json_record(v->lines, rec, v->log->pos.number, digest_ok);
}

static int print_lines(struct verify *v)
{
	uint64_t number, covered = verify_covered(v, NULL);
	uint64_t match = v->matched ? v->state.next : 0;
	char *line = NULL, *text;
	unsigned long pcr;
	size_t size = 0;
	ssize_t len;

	rewind(v->lines);
	while ((len = getline(&line, &size, v->lines)) > 0) {
		pcr = strtoul(line, &text, 10);
		number = strtoull(text, &text, 10);
		line[len - 2] = '\0';		/* the brace and the line end */
		fprintf(v->records, "%s,\"matched\":%s}\n", text + 1,
			number < match && covered >> pcr & 1 ? "true" :
							       "false");
	}
	free(line);
	return ferror(v->lines) ? -EIO : 0;
}

static int take_record(struct verify *v, struct record *rec)
{
	bool digest_ok;
	int ret;

	if (!v->counts.records++)
		v->first = v->log->pos.number;
	ret = replay_extend(&v->replay, rec, &digest_ok);
	if (ret)
		return ret;
	if (!digest_ok)
		verify_wrong_record(v, "template digest is not that of the "
				    "data");
	ret = verify_meaning(v, rec);
	if (!ret && v->lines)
		keep_line(v, rec, digest_ok);
	return ret ? ret : look_for_match(v);
}

static void take_gap(struct verify *v)
{
	if (!v->counts.gaps++) {
		v->gap_first = v->log->gap_first;
		v->gap_count = v->log->gap_count;
	}
	v->counts.gap_records += v->log->gap_count;
	chain_gap(&v->chain);
}

static int take_error(struct verify *v, int error)
{
	const char *what;

	switch (error) {
	case -ENODATA:
		what = "bytes that end before the record does";
		break;
	case -EBADMSG:
		what = log_other_form(v->log);
		what = what ? what : "bytes that are no record";
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
	verify_judge(v, VERDICT_MALFORMED, "offset %" PRIu64 " of %s, record %"
		     PRIu64 ": %s", v->log->pos.offset, log_place(v->log),
		     v->log->pos.number, what);
	return 0;
}

/* What only a PCR vouches for that is not covered cannot be judged. */
static void check_covered(struct verify *v)
{
	uint64_t left = uncovered(v, v->state.touched);
	unsigned int pcr = left ? __builtin_ctzll(left) : 0;

	if (!left)
		return;
	if (!(v->state.touched >> pcr & 1))
		verify_judge(v, VERDICT_UNDECIDED, "records have to account "
			     "for PCR %u, for which there is no value", pcr);
	else if (pcr >= 16 && pcr < PCRS_MAX)
		verify_judge(v, VERDICT_UNDECIDED, "records extend PCR %u, "
			     "which can be reset: it proves nothing", pcr);
	else
		verify_judge(v, VERDICT_UNDECIDED, "records extend PCR %u, "
			     "for which there is no value", pcr);
}

/* A quoted PCR that neither records nor a given value account for. */
static void find_missing(struct verify *v)
{
	uint64_t known = v->replay.touched | accountable(v);
	const struct quote_selection *sel;
	unsigned int i, pcr;

	for (i = 0; v->quote && i < v->quote->num_selections; i++) {
		sel = &v->quote->selections[i];
		for (pcr = 0; pcr < PCRS_MAX && !v->missing_bank; pcr++) {
			if (!(sel->pcrs >> pcr & 1) ||
			    (known & PCRS_LASTING) >> pcr & 1 ||
			    (v->pcrs && pcrs_get(v->pcrs, sel->alg, pcr)))
				continue;
			v->missing_bank = sel->alg;
			v->missing_pcr = pcr;
		}
	}
}

static void judge_mismatch(struct verify *v)
{
	uint32_t pcrs = v->unexplained & accountable(v);

	find_missing(v);
	if (!v->counts.records)
		verify_judge(v, VERDICT_UNDECIDED, "no records");
	else if (v->missing_bank)
		verify_judge(v, VERDICT_UNDECIDED, "PCR %u is quoted, but "
			     "there is no value for it in bank %s",
			     v->missing_pcr, v->missing_bank->name);
	else if (pcrs)
		verify_judge(v, VERDICT_FAILED, "PCR %u was extended, but by "
			     "no record", __builtin_ctz(pcrs));
	else
		verify_judge(v, VERDICT_FAILED, "the PCRs match after none of "
			     "the records");
}

/*
 * What comes behind the match is not quoted and so not judged, but for bytes
 * that are no records, and records that are missing.
 */
static void conclude(struct verify *v)
{
	choose_counts(v);
	/* was a PCR extended by what is not in the log? */
	v->unexplained = differing(v, PCRS_OF_IMA &
				      ~(uint32_t)v->replay.touched);
	if (v->matched && v->found.verdict != VERDICT_MALFORMED)
		v->found = v->at_match;
	if (!v->pcrs && !v->quote)
		verify_judge(v, VERDICT_UNDECIDED,
			     "no PCR values to compare with");
	else if (!(verify_covered(v, NULL) >> IMA_PCR & 1))
		verify_judge(v, VERDICT_UNDECIDED, v->quote ?
			     "PCR %u is not quoted" :
			     "there is no value for PCR %u", IMA_PCR);
	else if (v->counts.gaps && !v->found.wrong)
		verify_judge(v, VERDICT_UNDECIDED, "records %" PRIu64 " to %"
			     PRIu64 " are missing", v->gap_first,
			     v->gap_first + v->gap_count - 1);
	else if (v->matched)
		check_covered(v);
	else
		judge_mismatch(v);
}

/*
 * Records of an earlier run, from the last snapshot on: the next one covers
 * them.  Then the log goes on where that run ended.
 */
static int skip_judged(struct verify *v, uint64_t next)
{
	struct record rec;
	int ret = LOG_RECORD;

	while (v->log->next < next && ret > 0) {
		ret = log_next(v->log, &rec);
		if (ret == LOG_GAP)
			v->chain.since_snapshot.open =
				v->chain.since_boot.open = false;
		else if (ret == LOG_RECORD &&
			 chain_add(&v->chain, &rec, v->log->pos.number,
				   verify_begins_kernel(&rec)))
			return -EIO;
	}
	v->log->next = next;
	return ret < 0 ? ret : 0;
}

static int read_log(struct verify *v)
{
	struct record rec;
	int found, ret = 0;

	do {
		found = log_next(v->log, &rec);
		if (found == LOG_RECORD)
			ret = take_record(v, &rec);
		else if (found == LOG_GAP)
			take_gap(v);
		else if (found < 0)
			ret = take_error(v, found);
	} while (!ret && found > 0);
	return ret;
}

static int judge_log(struct verify *v)
{
	const struct verify_state *state = v->resume;
	int ret = 0;

	if (state) {
		if (!load_values(v, state))
			return 0;
		v->first = state->next;
		v->chain.state = state->chain;
		ret = skip_judged(v, state->next);
		if (ret)
			return take_error(v, ret);
		if (state->touched)
			ret = look_for_match(v);
	}
	if (!ret)
		ret = read_log(v);
	if (ret)
		return ret;
	conclude(v);
	return v->lines ? print_lines(v) : 0;
}

static int prepare(struct verify *v)
{
	int ret = chain_init(&v->chain);

	if (!ret && v->quote)
		ret = hasher_init(&v->quote_hasher, v->quote->digest_alg);
	if (!ret && v->records) {
		v->lines = tmpfile();
		ret = v->lines ? 0 : -errno;
	}
	return ret;
}

int verify_run(struct verify *v)
{
	int ret = start_replay(v);

	if (ret)
		return ret == -ENOTSUP ? 0 : ret;
	ret = prepare(v);
	if (!ret)
		ret = judge_log(v);
	if (v->lines)
		fclose(v->lines);
	v->lines = NULL;
	hasher_free(&v->quote_hasher);
	chain_free(&v->chain);
	replay_free(&v->replay);
	return ret;
}
