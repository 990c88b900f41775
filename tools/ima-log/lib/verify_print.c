// SPDX-License-Identifier: GPL-2.0-or-later
/* A verdict as text and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "quote.h"
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

static uint64_t unquoted(const struct verify *v)
{
	return v->matched ? v->counts.records - v->match : 0;
}

static void print_kexecs(const struct verify_counts *c, FILE *out)
{
	uint64_t i;

	fputs(",\"kexec_records\":[", out);
	for (i = 0; i < c->kexecs && i < KEXECS_MAX; i++)
		fprintf(out, "%s%" PRIu64, i ? "," : "", c->kexec_at[i]);
	putc(']', out);
}

static void print_counts(const struct verify_counts *c, FILE *out)
{
	fprintf(out, ",\"violations\":%" PRIu64
		",\"file_violations\":%" PRIu64
		",\"odd_violations\":%" PRIu64 ",\"boot_aggregates\":%" PRIu64
		",\"kexecs\":%" PRIu64 ",\"snapshots\":%" PRIu64
		",\"snapshot_windows_not_seen\":%" PRIu64
		",\"trims\":%" PRIu64 ",\"not_allowed\":%" PRIu64
		",\"gaps\":%" PRIu64 ",\"gap_records\":%" PRIu64,
		c->violations, c->file_violations, c->odd_violations,
		c->boot_aggregates, c->kexecs, c->snapshots,
		c->windows_unseen, c->trims, c->not_allowed, c->gaps,
		c->gap_records);
}

static void print_pcrs(const struct pcrs *pcrs, uint64_t touched, FILE *out)
{
	unsigned int i, pcr;
	const char *comma;

	fputs(",\"pcrs\":{", out);
	for (i = 0; i < pcrs->num_banks; i++) {
		fprintf(out, "%s\"%s\":{", i ? "," : "",
			pcrs->banks[i].alg->name);
		comma = "";
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			if (!(touched >> pcr & 1))
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

static void print_numbers(uint32_t set, FILE *out)
{
	const char *comma = "";

	for (; set; set &= set - 1) {
		fprintf(out, "%s%d", comma, __builtin_ctz(set));
		comma = ",";
	}
}

void verify_print_json(const struct verify *v, FILE *out)
{
	const struct quote *quote = v->quote ? &v->quote[v->matched_quote] : NULL;

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
	fprintf(out, ",\"unquoted\":%" PRIu64, unquoted(v));
	print_counts(&v->counts, out);
	print_kexecs(&v->counts, out);
	fputs(",\"unexplained_pcrs\":[", out);
	print_numbers(v->unexplained, out);
	putc(']', out);
	if (v->quote)
		fprintf(out, ",\"quote\":{\"clock\":%" PRIu64
			",\"reset_count\":%" PRIu32
			",\"restart_count\":%" PRIu32
			",\"newer_without_match\":%u}", quote->clock,
			quote->reset_count, quote->restart_count,
			v->matched_quote);
	if (v->matched)
		print_pcrs(&v->state.pcrs, v->state.touched, out);
	fputs("}\n", out);
}

void verify_print_text(const struct verify *v, FILE *out)
{
	const struct quote *quote = v->quote ? &v->quote[v->matched_quote] : NULL;
	const struct verify_judgement *found = &v->found;
	const struct verify_counts *c = &v->counts;

	if (found->reason[0])
		fprintf(out, "%s: %s\n", verdict_name(found->verdict),
			found->reason);
	else
		fprintf(out, "verified: %" PRIu64 " records from %" PRIu64
			" on match the PCRs\n", v->match, v->first);
	if (found->wrong)
		fprintf(out, "first wrong record: %" PRIu64 "\n",
			found->wrong_record);
	fprintf(out, "records: %" PRIu64 ", unquoted: %" PRIu64
		", violations: %" PRIu64 ", kernels: %" PRIu64
		", snapshots: %" PRIu64 ", trims: %" PRIu64 ", gaps: %" PRIu64
		"\n", c->records, unquoted(v), c->violations,
		c->boot_aggregates, c->snapshots, c->trims, c->gaps);
	if (v->quote)
		fprintf(out, "quote: TPM's clock %" PRIu64 " ms, reset %" PRIu32
			", restart %" PRIu32 "\n", quote->clock,
			quote->reset_count, quote->restart_count);
	if (v->matched_quote)
		fprintf(out, "newer quotes that match nowhere: %u\n",
			v->matched_quote);
	if (c->windows_unseen)
		fprintf(out, "snapshots whose digest was not judged, as their "
			"records were not there: %" PRIu64 "\n",
			c->windows_unseen);
	if (v->unexplained) {
		fputs("PCRs that were extended, but by no record: ", out);
		print_numbers(v->unexplained, out);
		putc('\n', out);
	}
}
