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
	const struct trim_note *trim = &s->chain.trim;
	char digits[2 * DIGEST_SIZE_MAX + 1];

	fprintf(out, "ima-log-state 1\n");
	if (s->epoch[0])
		fprintf(out, "epoch %s\n", s->epoch);
	fprintf(out, "order %s\nnext %" PRIu64 "\ntouched %" PRIx64 "\n",
		order_name(s->order), s->next, s->touched);
	if (s->have_window)
		fprintf(out, "window %" PRIu64 "\n", s->window);
	if (s->chain.have_snapshot) {
		hex_encode(snap->digest, snap->alg->size, digits);
		fprintf(out, "snapshot %" PRIu64 " %" PRIu64 " %" PRIu64
			" %s %s\n", snap->total, snap->trimmed, snap->trims,
			snap->alg->name, digits);
	}
	if (s->chain.new_kernel)
		fprintf(out, "new_kernel\n");
	if (s->chain.kexec)
		fprintf(out, "kexec\n");
	if (s->chain.aggregate.len) {
		hex_encode(s->chain.aggregate.digest, s->chain.aggregate.len,
			   digits);
		fprintf(out, "boot_aggregate %s %s\n",
			s->chain.aggregate.algo, digits);
	}
	if (s->chain.have_trim)
		fprintf(out, "trim %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			trim->records, trim->total, trim->trims);
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

static bool read_snapshot(struct verify_state *s, const char *line)
{
	struct snapshot *snap = &s->chain.snapshot;
	char name[16], digits[2 * DIGEST_SIZE_MAX + 1];

	if (sscanf(line, "snapshot %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %15s %128s", &snap->total, &snap->trimmed, &snap->trims,
		   name, digits) != 5)
		return false;
	snap->alg = digest_alg_by_name(name, strlen(name));
	s->chain.have_snapshot = snap->alg &&
		strlen(digits) == 2u * snap->alg->size &&
		hex_decode(digits, snap->digest, snap->alg->size);
	return s->chain.have_snapshot;
}

static bool read_aggregate(struct aggregate *a, const char *line)
{
	char digits[2 * DIGEST_SIZE_MAX + 1];

	if (sscanf(line, "boot_aggregate %31s %128s", a->algo, digits) != 2)
		return false;
	a->len = strlen(digits) / 2;
	return a->len && strlen(digits) % 2 == 0 &&
	       hex_decode(digits, a->digest, a->len);
}

static bool read_line(struct verify_state *s, const char *line)
{
	struct trim_note *trim = &s->chain.trim;
	char order[8];

	if (!strncmp(line, "pcr ", 4))
		return read_pcr(s, line);
	if (sscanf(line, "order %7s", order) == 1) {
		s->order = order_by_name(order);
		return s->order != ORDER_UNKNOWN;
	}
	if (!strncmp(line, "snapshot ", 9))
		return read_snapshot(s, line);
	if (!strncmp(line, "boot_aggregate ", 15))
		return read_aggregate(&s->chain.aggregate, line);
	if (!strcmp(line, "new_kernel")) {
		s->chain.new_kernel = true;
		return true;
	}
	if (!strcmp(line, "kexec")) {
		s->chain.kexec = true;
		return true;
	}
	if (sscanf(line, "trim %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &trim->records, &trim->total, &trim->trims) == 3) {
		s->chain.have_trim = true;
		return true;
	}
	if (sscanf(line, "window %" SCNu64, &s->window) == 1) {
		s->have_window = true;
		return true;
	}
	return sscanf(line, "epoch %31s", s->epoch) == 1 ||
	       sscanf(line, "next %" SCNu64, &s->next) == 1 ||
	       sscanf(line, "touched %" SCNx64, &s->touched) == 1;
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
	if (line && !strcmp(line, "ima-log-state 1"))
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
