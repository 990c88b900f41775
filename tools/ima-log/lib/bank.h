/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests and PCR banks: their names, sizes and EVP objects. */
#ifndef IMA_LOG_BANK_H
#define IMA_LOG_BANK_H

#include <openssl/evp.h>

#include "bytes.h"

#define DIGEST_SIZE_MAX	64
#define BANKS_MAX	8

struct bank_alg {
	const char *name;	/* the kernel's and tpm2-tools' name */
	const char *evp_name;
	uint16_t tpm_id;
	uint8_t size;
};

/* NULL if unknown; the others know only what TPMs have banks of. */
const struct bank_alg *digest_alg_by_name(const char *name, size_t len);
const struct bank_alg *bank_alg_by_name(const char *name, size_t len);
const struct bank_alg *bank_alg_by_id(uint16_t tpm_id);

struct bank_list {
	unsigned int num;
	const struct bank_alg *algs[BANKS_MAX];
};

/* If it is not in it; false if there is no room. */
bool bank_list_add(struct bank_list *list, const struct bank_alg *alg);

/* Of one piece.  -ENOTSUP if libcrypto has no such digest. */
int digest_of(const struct bank_alg *alg, const void *data, size_t len,
	      uint8_t *digest);

/* A digest fetched once, with a context that is used again and again. */
struct hasher {
	const struct bank_alg *alg;
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

/* -ENOTSUP if libcrypto has no such digest. */
int hasher_init(struct hasher *h, const struct bank_alg *alg);
void hasher_free(struct hasher *h);

int hasher_start(struct hasher *h);
int hasher_add(struct hasher *h, const void *data, size_t len);
int hasher_end(struct hasher *h, uint8_t *digest);

#endif
