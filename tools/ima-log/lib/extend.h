/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the PCRs of each bank hold after the records seen so far. */
#ifndef IMA_LOG_EXTEND_H
#define IMA_LOG_EXTEND_H

#include "pcrs.h"

struct replay {
	uint64_t touched;	/* a bit for each PCR that was extended */
	struct hasher sha1;	/* the list's own digest */
	struct pcrs values;	/* all of each bank's PCRs */
	struct replay_bank {	/* of the same banks */
		struct hasher hasher;
		/* the kernel has no crypto for it: it pads SHA-1 digests */
		bool padded;
	} banks[BANKS_MAX];
};

/*
 * From where a reset leaves the PCRs.  -ENOTSUP: @bad names the bank that
 * libcrypto cannot do.
 */
int replay_init(struct replay *r, const struct bank_list *banks,
		const struct bank_list *padded, const struct bank_alg **bad);
void replay_free(struct replay *r);

/**
 * replay_extend - recompute a record's digests and extend its PCR
 * @r: the replay
 * @rec: a record; its fields are not needed
 * @digest_ok: is the digest that the list shows the one of the data
 *
 * The PCRs are extended with what was computed, not with what the list says.
 * Those that no TPM has are only noted in @r->touched.
 *
 * Return: 0, or -EIO if libcrypto fails.
 */
int replay_extend(struct replay *r, const struct record *rec,
		  bool *digest_ok);

/* The digest of a record's template data, as IMA computes it. */
int template_digest(struct hasher *h, const struct record *rec,
		    uint8_t *digest);

/* From these values on; a bank that they do not have, or NULL. */
const struct bank_alg *replay_load(struct replay *r, const struct pcrs *values,
				   uint64_t touched);

#endif
