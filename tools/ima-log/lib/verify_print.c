// SPDX-License-Identifier: GPL-2.0-or-later
/* A verdict as text and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "verify.h"

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_VERIFIED:
		return "verified";
	case VERDICT_FAILED:
		return "failed";
	case VERDICT_MALFORMED:
		return "malformed";
	default:
		return "undecided";
	}
}

/* Records that come after the match; all of them, if there is none. */
static uint64_t unquoted(const struct verify *v)
{
	return v->counts.records - (v->matched ? v->match : 0);
}

/* PCRs that matched: those that records extend or have to account for. */
static uint64_t matched_pcrs(const struct verify *v, const struct bank_alg *alg)
{
	uint64_t own = v->state.touched | v->accountable | 1u << IMA_PCR;

	return v->matched ? own & verify_covered(v, alg) : 0;
}

#define NUM_COUNTS	16

/*
 * What was counted: each of them is a key of the JSON object.  In text there is
 * a line for those that have words here and are not 0.
 */
struct count {
	const char *key;
	uint64_t value;
	const char *words;
};

static void fill_counts(const struct verify *v, struct count all[NUM_COUNTS])
{
	const struct verify_counts *c = &v->counts;
	const struct count found[NUM_COUNTS] = {
		{ "unquoted", unquoted(v), NULL },
		{ "violations", c->violations, NULL },
		{ "file_violations", c->file_violations, NULL },
		{ "odd_violations", c->odd_violations, NULL },
		{ "boot_aggregates", c->boot_aggregates, NULL },
		{ "kexecs", c->kexecs, NULL },
		{ "snapshots", c->snapshots, NULL },
		{ "snapshot_windows_not_seen", c->windows_unseen,
		  "snapshots whose digest was not judged, as their records "
		  "were not there" },
		{ "snapshot_restarts", c->restarts,
		  "snapshots of a kernel that counted anew" },
		{ "trims", c->trims, NULL },
		{ "trims_not_recorded", c->unrecorded,
		  "records removed, but by no ima_trim record" },
		{ "custom_templates", c->custom_templates,
		  "records of templates that are not built in; nothing "
		  "protects a template's name" },
		{ "without_digest", c->without_digest,
		  "records that show no digest" },
		{ "without_name", c->without_name,
		  "records that show no name" },
		{ "gaps", c->gaps, NULL },
		{ "gap_records", c->gap_records, NULL },
	};

	memcpy(all, found, sizeof(found));
}

static void print_numbers(uint64_t set, FILE *out)
{
	const char *comma = "";

	for (; set; set &= set - 1) {
		fprintf(out, "%s%d", comma, __builtin_ctzll(set));
		comma = ",";
	}
}

/* {"sha256":[10,11]} */
static void print_matched(const struct verify *v, FILE *out)
{
	const struct pcrs *pcrs = &v->state.pcrs;
	const char *comma = "";
	unsigned int i;
	uint64_t set;

	fputs(",\"matched\":{", out);
	for (i = 0; i < pcrs->num_banks; i++) {
		set = matched_pcrs(v, pcrs->banks[i].alg);
		if (!set)
			continue;
		fprintf(out, "%s\"%s\":[", comma, pcrs->banks[i].alg->name);
		print_numbers(set, out);
		putc(']', out);
		comma = ",";
	}
	putc('}', out);
}

static void print_pcrs(const struct verify *v, FILE *out)
{
	const struct pcrs *pcrs = &v->state.pcrs;
	unsigned int i, pcr;
	const char *comma;

	fputs(",\"pcrs\":{", out);
	for (i = 0; i < pcrs->num_banks; i++) {
		fprintf(out, "%s\"%s\":{", i ? "," : "",
			pcrs->banks[i].alg->name);
		comma = "";
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			if (!(v->state.touched >> pcr & 1))
				continue;
			fprintf(out, "%s\"%u\":", comma, pcr);
			json_hex(out, pcrs->banks[i].value[pcr],
				 pcrs->banks[i].alg->size);
			comma = ",";
		}
		putc('}', out);
	}
	putc('}', out);
}

void verify_print_json(const struct verify *v, FILE *out)
{
	const struct quote *quote = v->quote;
	struct count counts[NUM_COUNTS];
	unsigned int i;

	fprintf(out, "{\"version\":1,\"verdict\":\"%s\",\"exit\":%d",
		verdict_name(v->found.verdict), v->found.verdict);
	if (v->found.reason[0]) {
		fputs(",\"reason\":", out);
		json_string(out, v->found.reason, strlen(v->found.reason));
	}
	if (v->found.wrong)
		fprintf(out, ",\"wrong_record\":%" PRIu64,
			v->found.wrong_record);
	if (v->state.epoch[0]) {
		fputs(",\"epoch\":", out);
		json_string(out, v->state.epoch, strlen(v->state.epoch));
	}
	fprintf(out, ",\"first\":%" PRIu64 ",\"records\":%" PRIu64, v->first,
		v->counts.records);
	if (v->matched)
		fprintf(out, ",\"match\":%" PRIu64, v->first + v->match);
	print_matched(v, out);
	if (quote)
		fprintf(out, ",\"nonce_checked\":%s",
			v->nonce_checked ? "true" : "false");
	fill_counts(v, counts);
	for (i = 0; i < NUM_COUNTS; i++)
		fprintf(out, ",\"%s\":%" PRIu64, counts[i].key,
			counts[i].value);
	fputs(",\"unexplained_pcrs\":[", out);
	print_numbers(v->unexplained, out);
	putc(']', out);
	if (quote)
		fprintf(out, ",\"quote\":{\"clock\":%" PRIu64
			",\"reset_count\":%" PRIu32
			",\"restart_count\":%" PRIu32 "}", quote->clock,
			quote->reset_count, quote->restart_count);
	if (v->matched)
		print_pcrs(v, out);
	fputs("}\n", out);
}

/* "PCR 10 (sha1, sha256), PCR 11 (sha256)" */
static void print_where(const struct verify *v, FILE *out)
{
	const struct pcrs *pcrs = &v->state.pcrs;
	uint64_t all = matched_pcrs(v, NULL);
	const char *comma = "", *inner;
	unsigned int i, pcr;

	for (; all; all &= all - 1) {
		pcr = __builtin_ctzll(all);
		fprintf(out, "%sPCR %u (", comma, pcr);
		inner = "";
		for (i = 0; i < pcrs->num_banks; i++) {
			if (!(matched_pcrs(v, pcrs->banks[i].alg) >> pcr & 1))
				continue;
			fprintf(out, "%s%s", inner, pcrs->banks[i].alg->name);
			inner = ", ";
		}
		putc(')', out);
		comma = ", ";
	}
}

/* The one line that says it all. */
static void print_verdict(const struct verify *v, FILE *out)
{
	const char *reason = v->found.reason;

	switch (v->found.verdict) {
	case VERDICT_VERIFIED:
		fprintf(out, "verified: %" PRIu64 " records from %" PRIu64
			" on match ", v->match, v->first);
		print_where(v, out);
		break;
	case VERDICT_UNDECIDED:
		fputs("cannot be judged: ", out);
		break;
	case VERDICT_MALFORMED:
		fputs("not verified: malformed: ", out);
		break;
	default:
		fputs("not verified: ", out);
	}
	text_print(out, reason, strlen(reason));
	if (v->quote)
		fprintf(out, "; quoted, nonce %schecked",
			v->nonce_checked ? "" : "not ");
	putc('\n', out);
}

void verify_print_text(const struct verify *v, FILE *out)
{
	const struct verify_counts *c = &v->counts;
	struct count counts[NUM_COUNTS];
	unsigned int i;

	print_verdict(v, out);
	if (v->found.wrong)
		fprintf(out, "first wrong record: %" PRIu64 "\n",
			v->found.wrong_record);
	fprintf(out, "records: %" PRIu64 ", unquoted: %" PRIu64
		", violations: %" PRIu64 ", kernels: %" PRIu64
		", snapshots: %" PRIu64 ", trims: %" PRIu64 ", gaps: %" PRIu64
		"\n", c->records, unquoted(v), c->violations,
		c->boot_aggregates, c->snapshots, c->trims, c->gaps);
	if (v->quote)
		fprintf(out, "quote: TPM's clock %" PRIu64 " ms, reset %" PRIu32
			", restart %" PRIu32 "\n", v->quote->clock,
			v->quote->reset_count, v->quote->restart_count);
	fill_counts(v, counts);
	for (i = 0; i < NUM_COUNTS; i++)
		if (counts[i].words && counts[i].value)
			fprintf(out, "%s: %" PRIu64 "\n", counts[i].words,
				counts[i].value);
	if (v->unexplained) {
		fputs("PCRs that were extended, but by no record: ", out);
		print_numbers(v->unexplained, out);
		putc('\n', out);
	}
}
