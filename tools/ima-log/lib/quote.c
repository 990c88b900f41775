// SPDX-License-Identifier: GPL-2.0-or-later
/* A TPM's quote: what it says, and whether it was signed. */
#include <errno.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <tss2/tss2_mu.h>

#include "quote.h"

static int parse_signature(TPMT_SIGNATURE *sig, const uint8_t *bytes,
			   size_t len)
{
	size_t at = 0;

	if (Tss2_MU_TPMT_SIGNATURE_Unmarshal(bytes, len, &at, sig) ||
	    at != len)
		return -EBADMSG;
	return 0;
}

static int take_selections(struct quote *quote,
			   const TPML_PCR_SELECTION *list)
{
	const TPMS_PCR_SELECTION *from;
	struct quote_selection *to;
	unsigned int i, j;

	if (list->count > BANKS_MAX)
		return -ENOTSUP;
	for (i = 0; i < list->count; i++) {
		from = &list->pcrSelections[i];
		to = &quote->selections[i];
		to->alg = bank_alg_by_id(from->hash);
		if (!to->alg || from->sizeofSelect > sizeof(to->pcrs))
			return -ENOTSUP;
		for (j = 0; j < from->sizeofSelect; j++)
			to->pcrs |= (uint32_t)from->pcrSelect[j] << 8 * j;
		if (to->pcrs >> PCRS_MAX)
			return -ENOTSUP;
	}
	quote->num_selections = list->count;
	return 0;
}

int quote_parse(struct quote *quote, const uint8_t *attest, size_t attest_len,
		const uint8_t *signature, size_t signature_len)
{
	const TPM2B_DIGEST *digest;
	TPMT_SIGNATURE sig;
	TPMS_ATTEST att;
	size_t at = 0;
	int ret;

	memset(quote, 0, sizeof(*quote));
	if (Tss2_MU_TPMS_ATTEST_Unmarshal(attest, attest_len, &at, &att) ||
	    at != attest_len || att.magic != TPM2_GENERATED_VALUE ||
	    att.type != TPM2_ST_ATTEST_QUOTE)
		return -EBADMSG;
	ret = parse_signature(&sig, signature, signature_len);
	if (ret)
		return ret;
	if (att.extraData.size > sizeof(quote->extra))
		return -EBADMSG;
	memcpy(quote->extra, att.extraData.buffer, att.extraData.size);
	quote->extra_len = att.extraData.size;
	quote->clock = att.clockInfo.clock;
	quote->reset_count = att.clockInfo.resetCount;
	quote->restart_count = att.clockInfo.restartCount;
	/* every scheme's structure starts with its hash */
	quote->digest_alg = bank_alg_by_id(sig.signature.any.hashAlg);
	if (!quote->digest_alg)
		return -ENOTSUP;
	digest = &att.attested.quote.pcrDigest;
	if (digest->size != quote->digest_alg->size)
		return -EBADMSG;
	memcpy(quote->digest, digest->buffer, digest->size);
	return take_selections(quote, &att.attested.quote.pcrSelect);
}

/* The TPM gives r and s, OpenSSL wants them in DER. */
static int ecdsa_der(const TPMS_SIGNATURE_ECC *ecc, uint8_t *out, size_t *len)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r, *s;
	uint8_t *p = out;
	int n;

	r = BN_bin2bn(ecc->signatureR.buffer, ecc->signatureR.size, NULL);
	s = BN_bin2bn(ecc->signatureS.buffer, ecc->signatureS.size, NULL);
	if (!sig || !r || !s || !ECDSA_SIG_set0(sig, r, s)) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return -ENOMEM;
	}
	n = i2d_ECDSA_SIG(sig, NULL);
	if (n > 0 && (size_t)n <= *len)
		*len = i2d_ECDSA_SIG(sig, &p);
	else
		n = -1;
	ECDSA_SIG_free(sig);
	return n < 0 ? -EBADMSG : 0;
}

static int signature_bytes(const TPMT_SIGNATURE *sig, uint8_t *out,
			   size_t *len)
{
	const TPM2B_PUBLIC_KEY_RSA *rsa = &sig->signature.rsassa.sig;

	if (sig->sigAlg == TPM2_ALG_ECDSA)
		return ecdsa_der(&sig->signature.ecdsa, out, len);
	if (sig->sigAlg != TPM2_ALG_RSASSA && sig->sigAlg != TPM2_ALG_RSAPSS)
		return -ENOTSUP;
	if (rsa->size > *len)
		return -EBADMSG;
	memcpy(out, rsa->buffer, rsa->size);
	*len = rsa->size;
	return 0;
}

static int check(EVP_PKEY *key, const TPMT_SIGNATURE *sig,
		 const uint8_t *attest, size_t attest_len)
{
	const struct bank_alg *alg = bank_alg_by_id(sig->signature.any.hashAlg);
	uint8_t bytes[1024];
	size_t len = sizeof(bytes);
	EVP_PKEY_CTX *pctx;
	EVP_MD_CTX *ctx;
	int ret = signature_bytes(sig, bytes, &len);

	if (ret || !alg)
		return ret ? ret : -ENOTSUP;
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return -ENOMEM;
	ret = EVP_DigestVerifyInit_ex(ctx, &pctx, alg->evp_name, NULL, NULL,
				      key, NULL);
	if (ret == 1 && sig->sigAlg == TPM2_ALG_RSAPSS)
		ret = EVP_PKEY_CTX_set_rsa_padding(pctx,
						   RSA_PKCS1_PSS_PADDING);
	if (ret == 1)
		ret = EVP_DigestVerify(ctx, bytes, len, attest, attest_len);
	EVP_MD_CTX_free(ctx);
	return ret == 1 ? 0 : -EKEYREJECTED;
}

int quote_check_signature(const uint8_t *attest, size_t attest_len,
			  const uint8_t *signature, size_t signature_len,
			  const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	TPMT_SIGNATURE sig;
	int ret;

	BIO_free(bio);
	if (!key)
		return -ENOKEY;
	ret = parse_signature(&sig, signature, signature_len);
	if (!ret)
		ret = check(key, &sig, attest, attest_len);
	EVP_PKEY_free(key);
	return ret;
}

int quote_digest(const struct quote *quote, struct hasher *h,
		 const uint8_t *(*value)(const void *ctx,
					 const struct bank_alg *alg,
					 unsigned int pcr),
		 const void *ctx, uint8_t *digest)
{
	const struct quote_selection *sel;
	const uint8_t *bytes;
	unsigned int i, pcr;

	if (hasher_start(h))
		return -EIO;
	for (i = 0; i < quote->num_selections; i++) {
		sel = &quote->selections[i];
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			if (!(sel->pcrs >> pcr & 1))
				continue;
			bytes = value(ctx, sel->alg, pcr);
			if (!bytes)
				return -ENODATA;
			if (hasher_add(h, bytes, sel->alg->size))
				return -EIO;
		}
	}
	return hasher_end(h, digest);
}
