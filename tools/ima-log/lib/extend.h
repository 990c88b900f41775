/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the PCRs of each bank hold after the records seen so far. */
#ifndef IMA_LOG_EXTEND_H
#define IMA_LOG_EXTEND_H

#include "bank.h"
#include "record.h"

struct replay_bank {
	struct hasher hasher;
	/* no crypto in the kernel for it: extended with a padded SHA-1 digest */
	bool padded;
	uint8_t pcr[RECORD_PCRS][DIGEST_SIZE_MAX];
};

struct replay {
	unsigned int num_banks;
	uint64_t touched;	/* a bit for each PCR that was extended */
	struct hasher sha1;	/* the list's own digest */
	struct replay_bank banks[BANKS_MAX];
};

/* -ENOTSUP: @bad names the bank that libcrypto cannot do. */
int replay_init(struct replay *r, const struct bank_alg *const *algs,
		unsigned int num, const struct bank_alg **bad);
void replay_free(struct replay *r);

/**
 * replay_extend - recompute a record's digests and extend its PCR
 * @r: the replay
 * @rec: a record; its fields are not needed
 * @digest_ok: is the digest that the list shows the one of the data
 *
 * The PCRs are extended with what was computed, not with what the list says.
 *
 * Return: 0, or -EIO if libcrypto fails.
 */
int replay_extend(struct replay *r, const struct record *rec,
		  bool *digest_ok);

/* The digest of a record's template data, as IMA computes it. */
int template_digest(struct hasher *h, const struct record *rec,
		    uint8_t *digest);

struct replay_bank *replay_find(struct replay *r,
				const struct bank_alg *alg);

#endif
