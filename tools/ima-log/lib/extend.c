// SPDX-License-Identifier: GPL-2.0-or-later
/* What the PCRs of each bank hold after the records seen so far. */
#include <errno.h>
#include <string.h>

#include "extend.h"

/* The PCRs of a dynamic launch start with ones, all others with zeros. */
static int reset_pcrs(struct pcrs *values, const struct bank_alg *alg)
{
	uint8_t value[DIGEST_SIZE_MAX];
	unsigned int pcr;
	int ret = 0;

	for (pcr = 0; pcr < PCRS_MAX && !ret; pcr++) {
		memset(value, pcr >= 17 && pcr <= 22 ? 0xff : 0, sizeof(value));
		ret = pcrs_set(values, alg, pcr, value);
	}
	return ret;
}

static bool is_in(const struct bank_list *list, const struct bank_alg *alg)
{
	unsigned int i;

	for (i = 0; list && i < list->num; i++)
		if (list->algs[i]->tpm_id == alg->tpm_id)
			return true;
	return false;
}

int replay_init(struct replay *r, const struct bank_list *banks,
		const struct bank_list *padded, const struct bank_alg **bad)
{
	const struct bank_alg *sha1 = bank_alg_by_name("sha1", 4);
	unsigned int i;
	int ret;

	*bad = sha1;
	memset(r, 0, sizeof(*r));
	ret = hasher_init(&r->sha1, sha1);
	for (i = 0; !ret && i < banks->num; i++) {
		*bad = banks->algs[i];
		r->banks[i].padded = is_in(padded, *bad);
		ret = hasher_init(&r->banks[i].hasher, *bad);
		if (!ret)
			ret = reset_pcrs(&r->values, *bad);
	}
	if (ret)
		replay_free(r);
	return ret;
}

void replay_free(struct replay *r)
{
	unsigned int i;

	for (i = 0; i < BANKS_MAX; i++)
		hasher_free(&r->banks[i].hasher);
	hasher_free(&r->sha1);
}

const struct bank_alg *replay_load(struct replay *r, const struct pcrs *values,
				   uint64_t touched)
{
	struct pcr_bank *bank;
	const uint8_t *value;
	unsigned int i, pcr;

	r->touched = touched;
	for (i = 0; i < r->values.num_banks; i++) {
		bank = &r->values.banks[i];
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			value = pcrs_get(values, bank->alg, pcr);
			if (!value)
				return bank->alg;
			memcpy(bank->value[pcr], value, bank->alg->size);
		}
	}
	return NULL;
}

/*
 * Template data is hashed as the list shows it, lengths and all, but for
 * template "ima": the digest, and the name padded with zeros.
 */
int template_digest(struct hasher *h, const struct record *rec,
		    uint8_t *digest)
{
	static const uint8_t zero[RECORD_OLD_NAME_SIZE];
	const struct field *name = &rec->fields[1];
	int ret = hasher_start(h);

	if (ret)
		return ret;
	if (!rec->old_template) {
		ret = hasher_add(h, rec->data, rec->data_len);
	} else {
		ret = hasher_add(h, rec->fields[0].data, rec->fields[0].len);
		if (!ret)
			ret = hasher_add(h, name->data, name->len);
		if (!ret)
			ret = hasher_add(h, zero, sizeof(zero) - name->len);
	}
	return ret ? ret : hasher_end(h, digest);
}

/* In one piece: a call more would cost as much as copying ten digests. */
static int extend(struct hasher *h, uint8_t *value, const uint8_t *digest)
{
	uint8_t both[2 * DIGEST_SIZE_MAX];
	unsigned int size = h->alg->size;
	int ret = hasher_start(h);

	memcpy(both, value, size);
	memcpy(both + size, digest, size);
	if (!ret)
		ret = hasher_add(h, both, 2 * size);
	return ret ? ret : hasher_end(h, value);
}

static int extend_bank(struct replay_bank *bank, const struct record *rec,
		       bool violation, const uint8_t *sha1, uint8_t *value)
{
	uint8_t digest[DIGEST_SIZE_MAX] = { 0 };
	int ret = 0;

	if (violation)
		memset(digest, 0xff, bank->hasher.alg->size);
	else if (bank->padded || bank->hasher.alg->tpm_id == 0x0004)
		memcpy(digest, sha1, RECORD_DIGEST_SIZE);
	else
		ret = template_digest(&bank->hasher, rec, digest);
	return ret ? ret : extend(&bank->hasher, value, digest);
}

int replay_extend(struct replay *r, const struct record *rec, bool *digest_ok)
{
	uint8_t sha1[RECORD_DIGEST_SIZE];
	bool violation = record_is_violation(rec);
	unsigned int i;
	int ret;

	*digest_ok = true;
	if (!violation) {
		ret = template_digest(&r->sha1, rec, sha1);
		if (ret)
			return ret;
		*digest_ok = !memcmp(sha1, rec->digest, sizeof(sha1));
	}
	r->touched |= UINT64_C(1) << rec->pcr;
	for (i = 0; i < r->values.num_banks && rec->pcr < PCRS_MAX; i++) {
		ret = extend_bank(&r->banks[i], rec, violation, sha1,
				  r->values.banks[i].value[rec->pcr]);
		if (ret)
			return ret;
	}
	return 0;
}
