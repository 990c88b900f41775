/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TPM's quote: what it says, and whether it was signed. */
#ifndef IMA_LOG_QUOTE_H
#define IMA_LOG_QUOTE_H

#include "pcrs.h"

struct quote_selection {
	const struct bank_alg *alg;
	uint32_t pcrs;
};

struct quote {
	uint8_t extra[64];		/* qualifying data */
	size_t extra_len;
	uint64_t clock;
	uint32_t reset_count, restart_count;
	unsigned int num_selections;
	struct quote_selection selections[BANKS_MAX];
	const struct bank_alg *digest_alg;	/* of the signing scheme */
	uint8_t digest[DIGEST_SIZE_MAX];
};

/**
 * quote_parse - parse a TPMS_ATTEST with a quote, and its signature's scheme
 * @quote: the result
 * @attest: as the TPM marshalled it
 * @signature: a TPMT_SIGNATURE, which names the digest of the PCRs
 *
 * Return: 0; -EBADMSG; -ENOTSUP for a bank or scheme that is not known.
 */
int quote_parse(struct quote *quote, const uint8_t *attest, size_t attest_len,
		const uint8_t *signature, size_t signature_len);

/* -EKEYREJECTED if @pem did not sign it, -ENOKEY if it is none; -ENOTSUP. */
int quote_check_signature(const uint8_t *attest, size_t attest_len,
			  const uint8_t *signature, size_t signature_len,
			  const char *pem);

/*
 * The digest of these values, as it would be quoted.  -ENODATA if one of them
 * is not there, -EIO if libcrypto fails.
 */
int quote_digest(const struct quote *quote, struct hasher *h,
		 const uint8_t *(*value)(const void *ctx,
					 const struct bank_alg *alg,
					 unsigned int pcr),
		 const void *ctx, uint8_t *digest);

#endif
