// SPDX-License-Identifier: GPL-2.0-or-later
/* What a verifier remembers from one run to the next, as text. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

static void write_pcrs(const struct verify_state *s, FILE *out)
{
	char digits[2 * DIGEST_SIZE_MAX + 1];
	const struct pcr_bank *bank;
	unsigned int i, pcr;

	for (i = 0; i < s->pcrs.num_banks; i++) {
		bank = &s->pcrs.banks[i];
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			if (!(bank->present >> pcr & 1))
				continue;
			hex_encode(bank->value[pcr], bank->alg->size, digits);
			fprintf(out, "pcr %s %u %s\n", bank->alg->name, pcr,
				digits);
		}
	}
}

int verify_state_write(const struct verify_state *s, FILE *out)
{
	const struct snapshot *snap = &s->chain.snapshot;
	const struct trim_notes *trims = &s->chain.trims;

	fprintf(out, "ima-log-state 2\n");
	if (s->epoch[0])
		fprintf(out, "epoch %s\n", s->epoch);
	fprintf(out, "order %s\nnext %" PRIu64 "\ntouched %" PRIx64
		"\nwindow %" PRIu64 "\n", order_name(s->order), s->next,
		s->touched, s->chain.window);
	if (s->chain.have_snapshot)
		fprintf(out, "snapshot %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			snap->total, snap->trimmed, snap->trims);
	if (s->chain.new_kernel)
		fprintf(out, "new_kernel\n");
	if (s->chain.have_trim)
		fprintf(out, "trims %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			trims->begin, trims->end, trims->records);
	write_pcrs(s, out);
	fprintf(out, "end\n");
	return fflush(out) || ferror(out) ? -EIO : 0;
}

static bool read_pcr(struct verify_state *s, const char *line)
{
	char name[16], digits[2 * DIGEST_SIZE_MAX + 1];
	uint8_t value[DIGEST_SIZE_MAX];
	const struct bank_alg *alg;
	unsigned int pcr;

	if (sscanf(line, "pcr %15s %u %128s", name, &pcr, digits) != 3)
		return false;
	alg = bank_alg_by_name(name, strlen(name));
	if (!alg || strlen(digits) != 2u * alg->size)
		return false;
	return hex_decode(digits, value, alg->size) &&
	       !pcrs_set(&s->pcrs, alg, pcr, value);
}

static bool read_chain(struct chain_state *c, const char *line)
{
	struct snapshot *snap = &c->snapshot;
	struct trim_notes *trims = &c->trims;

	if (!strcmp(line, "new_kernel")) {
		c->new_kernel = true;
		return true;
	}
	if (sscanf(line, "snapshot %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &snap->total, &snap->trimmed, &snap->trims) == 3) {
		c->have_snapshot = true;
		return true;
	}
	if (sscanf(line, "trims %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &trims->begin, &trims->end, &trims->records) == 3) {
		c->have_trim = true;
		return trims->begin <= trims->end &&
		       trims->records <= trims->end - trims->begin;
	}
	return sscanf(line, "window %" SCNu64, &c->window) == 1;
}

static bool read_line(struct verify_state *s, const char *line)
{
	char order[8];

	if (!strncmp(line, "pcr ", 4))
		return read_pcr(s, line);
	if (sscanf(line, "order %7s", order) == 1) {
		s->order = order_by_name(order);
		return s->order != ORDER_UNKNOWN;
	}
	return sscanf(line, "epoch %31s", s->epoch) == 1 ||
	       sscanf(line, "next %" SCNu64, &s->next) == 1 ||
	       sscanf(line, "touched %" SCNx64, &s->touched) == 1 ||
	       read_chain(&s->chain, line);
}

/* The last line guards against a file that was cut off. */
int verify_state_read(struct verify_state *s, const char *text)
{
	char *copy = strdup(text), *line, *save = NULL;
	bool ok = false, ended = false;

	if (!copy)
		return -ENOMEM;
	memset(s, 0, sizeof(*s));
	line = strtok_r(copy, "\n", &save);
	if (line && !strcmp(line, "ima-log-state 2"))
		for (ok = true; ok && (line = strtok_r(NULL, "\n", &save));) {
			ok = !ended;
			if (!strcmp(line, "end"))
				ended = true;
			else
				ok = ok && read_line(s, line);
		}
	free(copy);
	return ok && ended ? 0 : -EBADMSG;
}
