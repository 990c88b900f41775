// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests and PCR banks: their names, sizes and EVP objects. */
#include <errno.h>
#include <string.h>

#include "bank.h"

#define NO_BANK	0

static const struct bank_alg algs[] = {
	{ "sha1", "SHA1", 0x0004, 20 },
	{ "sha256", "SHA256", 0x000b, 32 },
	{ "sha384", "SHA384", 0x000c, 48 },
	{ "sha512", "SHA512", 0x000d, 64 },
	{ "sm3", "SM3", 0x0012, 32 },
	{ "sm3_256", "SM3", 0x0012, 32 },
	/* the kernel's names, and those of tpm2-tools */
	{ "sha3-256", "SHA3-256", 0x0027, 32 },
	{ "sha3-384", "SHA3-384", 0x0028, 48 },
	{ "sha3-512", "SHA3-512", 0x0029, 64 },
	{ "sha3_256", "SHA3-256", 0x0027, 32 },
	{ "sha3_384", "SHA3-384", 0x0028, 48 },
	{ "sha3_512", "SHA3-512", 0x0029, 64 },
	/* ima_hash may be one of these, but no bank is */
	{ "md5", "MD5", NO_BANK, 16 },
	{ "rmd160", "RIPEMD160", NO_BANK, 20 },
	{ "sha224", "SHA224", NO_BANK, 28 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct bank_alg *digest_alg_by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(algs); i++)
		if (strlen(algs[i].name) == len &&
		    !memcmp(algs[i].name, name, len))
			return &algs[i];
	return NULL;
}

const struct bank_alg *bank_alg_by_name(const char *name, size_t len)
{
	const struct bank_alg *alg = digest_alg_by_name(name, len);

	return alg && alg->tpm_id != NO_BANK ? alg : NULL;
}

const struct bank_alg *bank_alg_by_id(uint16_t tpm_id)
{
	size_t i;

	for (i = 0; tpm_id != NO_BANK && i < COUNT(algs); i++)
		if (algs[i].tpm_id == tpm_id)
			return &algs[i];
	return NULL;
}

bool bank_list_add(struct bank_list *list, const struct bank_alg *alg)
{
	unsigned int i;

	for (i = 0; i < list->num; i++)
		if (list->algs[i]->tpm_id == alg->tpm_id)
			return true;
	if (list->num == BANKS_MAX)
		return false;
	list->algs[list->num++] = alg;
	return true;
}

int digest_of(const struct bank_alg *alg, const void *data, size_t len,
	      uint8_t *digest)
{
	return EVP_Q_digest(NULL, alg->evp_name, NULL, data, len, digest,
			    NULL) == 1 ? 0 : -ENOTSUP;
}

int hasher_init(struct hasher *h, const struct bank_alg *alg)
{
	h->alg = alg;
	h->md = EVP_MD_fetch(NULL, alg->evp_name, NULL);
	h->ctx = EVP_MD_CTX_new();
	if (!h->md || !h->ctx) {
		hasher_free(h);
		return -ENOTSUP;
	}
	return 0;
}

void hasher_free(struct hasher *h)
{
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	h->ctx = NULL;
	h->md = NULL;
}

int hasher_start(struct hasher *h)
{
	return EVP_DigestInit_ex2(h->ctx, h->md, NULL) == 1 ? 0 : -EIO;
}

int hasher_add(struct hasher *h, const void *data, size_t len)
{
	return EVP_DigestUpdate(h->ctx, data, len) == 1 ? 0 : -EIO;
}

int hasher_end(struct hasher *h, uint8_t *digest)
{
	return EVP_DigestFinal_ex(h->ctx, digest, NULL) == 1 ? 0 : -EIO;
}
