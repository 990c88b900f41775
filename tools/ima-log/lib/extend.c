// SPDX-License-Identifier: GPL-2.0-or-later
/* What the PCRs of each bank hold after the records seen so far. */
#include <errno.h>
#include <string.h>

#include "extend.h"

/* The PCRs of a dynamic launch start with ones, all others with zeros. */
static void reset_pcrs(struct replay_bank *bank)
{
	unsigned int i;

	memset(bank->pcr, 0, sizeof(bank->pcr));
	for (i = 17; i <= 22; i++)
		memset(bank->pcr[i], 0xff, bank->hasher.alg->size);
}

int replay_init(struct replay *r, const struct bank_alg *const *algs,
		unsigned int num, const struct bank_alg **bad)
{
	const struct bank_alg *sha1 = bank_alg_by_name("sha1", 4);
	unsigned int i;
	int ret;

	*bad = sha1;
	memset(r, 0, sizeof(*r));
	ret = hasher_init(&r->sha1, sha1);
	for (i = 0; !ret && i < num; i++) {
		*bad = algs[i];
		ret = hasher_init(&r->banks[i].hasher, algs[i]);
		if (ret)
			break;
		r->num_banks++;
		reset_pcrs(&r->banks[i]);
	}
	if (ret)
		replay_free(r);
	return ret;
}

void replay_free(struct replay *r)
{
	unsigned int i;

	for (i = 0; i < r->num_banks; i++)
		hasher_free(&r->banks[i].hasher);
	hasher_free(&r->sha1);
	r->num_banks = 0;
}

struct replay_bank *replay_find(struct replay *r, const struct bank_alg *alg)
{
	unsigned int i;

	for (i = 0; i < r->num_banks; i++)
		if (r->banks[i].hasher.alg->tpm_id == alg->tpm_id)
			return &r->banks[i];
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
static int extend(struct replay_bank *bank, unsigned int pcr,
		  const uint8_t *digest)
{
	uint8_t both[2 * DIGEST_SIZE_MAX];
	struct hasher *h = &bank->hasher;
	unsigned int size = h->alg->size;
	int ret = hasher_start(h);

	memcpy(both, bank->pcr[pcr], size);
	memcpy(both + size, digest, size);
	if (!ret)
		ret = hasher_add(h, both, 2 * size);
	return ret ? ret : hasher_end(h, bank->pcr[pcr]);
}

static int extend_bank(struct replay_bank *bank, const struct record *rec,
		       bool violation, const uint8_t *sha1)
{
	uint8_t digest[DIGEST_SIZE_MAX] = { 0 };
	int ret = 0;

	if (violation)
		memset(digest, 0xff, bank->hasher.alg->size);
	else if (bank->padded || bank->hasher.alg->tpm_id == 0x0004)
		memcpy(digest, sha1, RECORD_DIGEST_SIZE);
	else
		ret = template_digest(&bank->hasher, rec, digest);
	return ret ? ret : extend(bank, rec->pcr, digest);
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
	for (i = 0; i < r->num_banks; i++) {
		ret = extend_bank(&r->banks[i], rec, violation, sha1);
		if (ret)
			return ret;
	}
	r->touched |= UINT64_C(1) << rec->pcr;
	return 0;
}
