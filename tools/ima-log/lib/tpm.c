// SPDX-License-Identifier: GPL-2.0-or-later
/* What is needed of a TPM 2.0. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include "tpm.h"

#define READ_TRIES	1000	/* where PCR 10 takes more than one command */

static const char *const devices[] = { "/dev/tpmrm0", "/dev/tpm0" };

struct tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	uint32_t response;
};

static int result(struct tpm *tpm, TSS2_RC rc)
{
	tpm->response = rc;
	return rc ? -EPROTO : 0;
}

const char *tpm_device(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (!access(devices[i], F_OK))
			return devices[i];
	return NULL;
}

/*
 * The loader's own default is to try a simulator on localhost as well, where
 * any process may listen and make up what a TPM says.
 */
int tpm_open(struct tpm **tpm, const char *tcti)
{
	const char *device = tpm_device();
	char conf[32];
	struct tpm *t;

	if (!tcti && !device)
		return -ENODEV;
	if (tcti && (!*tcti || *tcti == ':'))	/* the loader's default again */
		return -EINVAL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	if (!tcti) {
		snprintf(conf, sizeof(conf), "device:%s", device);
		tcti = conf;
	}
	if (Tss2_TctiLdr_Initialize(tcti, &t->tcti) ||
	    Esys_Initialize(&t->esys, t->tcti, NULL)) {
		tpm_close(t);
		return -ENODEV;
	}
	*tpm = t;
	return 0;
}

void tpm_close(struct tpm *tpm)
{
	if (!tpm)
		return;
	Esys_Finalize(&tpm->esys);
	Tss2_TctiLdr_Finalize(&tpm->tcti);
	free(tpm);
}

uint32_t tpm_response(const struct tpm *tpm)
{
	return tpm->response;
}

int tpm_read_clock(struct tpm *tpm, struct tpm_clock *clock)
{
	TPMS_TIME_INFO *info = NULL;
	int ret;

	ret = result(tpm, Esys_ReadClock(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
					 ESYS_TR_NONE, &info));
	if (ret)
		return ret;
	clock->clock = info->clockInfo.clock;
	clock->reset_count = info->clockInfo.resetCount;
	clock->restart_count = info->clockInfo.restartCount;
	Esys_Free(info);
	return 0;
}

static bool selects(const TPMS_PCR_SELECTION *sel, unsigned int pcr)
{
	return pcr / 8 < sel->sizeofSelect &&
	       sel->pcrSelect[pcr / 8] >> pcr % 8 & 1;
}

/* The banks in use; a bank without PCRs is allocated but off. */
static int read_banks(struct tpm *tpm, TPML_PCR_SELECTION *banks)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	const TPML_PCR_SELECTION *all;
	unsigned int i, j;
	TPMI_YES_NO more;
	bool used;
	int ret;

	ret = result(tpm, Esys_GetCapability(tpm->esys, ESYS_TR_NONE,
					     ESYS_TR_NONE, ESYS_TR_NONE,
					     TPM2_CAP_PCRS, 0, 1, &more,
					     &data));
	if (ret)
		return ret;
	all = &data->data.assignedPCR;
	banks->count = 0;
	for (i = 0; i < all->count; i++) {
		for (used = false, j = 0; j < PCRS_MAX; j++)
			used |= selects(&all->pcrSelections[i], j);
		if (used && bank_alg_by_id(all->pcrSelections[i].hash))
			banks->pcrSelections[banks->count++] =
				all->pcrSelections[i];
	}
	Esys_Free(data);
	return 0;
}

/* Store what came, and take it off @left; the TPM gives eight at a time. */
static int take_values(const TPML_PCR_SELECTION *got,
		       const TPML_DIGEST *values, TPML_PCR_SELECTION *left,
		       struct pcrs *pcrs)
{
	const struct bank_alg *alg;
	unsigned int i, pcr, n = 0;
	int ret;

	for (i = 0; i < got->count; i++) {
		alg = bank_alg_by_id(got->pcrSelections[i].hash);
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			if (!selects(&got->pcrSelections[i], pcr))
				continue;
			if (!alg || n == values->count ||
			    values->digests[n].size != alg->size)
				return -EPROTO;
			ret = pcrs_set(pcrs, alg, pcr,
				       values->digests[n++].buffer);
			if (ret)
				return ret;
			left->pcrSelections[i].pcrSelect[pcr / 8] &=
				~(1 << pcr % 8);
		}
	}
	return n ? 0 : -ENODATA;
}

static bool any_left(const TPML_PCR_SELECTION *left)
{
	unsigned int i, pcr;

	for (i = 0; i < left->count; i++)
		for (pcr = 0; pcr < PCRS_MAX; pcr++)
			if (selects(&left->pcrSelections[i], pcr))
				return true;
	return false;
}

/*
 * Read these PCRs of all banks.  -EAGAIN if it took several commands and any
 * PCR was extended in between.
 */
static int read_set(struct tpm *tpm, const TPML_PCR_SELECTION *banks,
		    uint32_t set, struct pcrs *pcrs)
{
	TPML_PCR_SELECTION left = *banks, *got;
	uint32_t counter, first = 0;
	TPML_DIGEST *values;
	bool begun = false, moved = false;
	unsigned int i, j;
	int ret;

	for (i = 0; i < left.count; i++)
		for (j = 0; j < left.pcrSelections[i].sizeofSelect; j++)
			left.pcrSelections[i].pcrSelect[j] &= set >> 8 * j;
	while (any_left(&left)) {
		ret = result(tpm, Esys_PCR_Read(tpm->esys, ESYS_TR_NONE,
						ESYS_TR_NONE, ESYS_TR_NONE,
						&left, &counter, &got,
						&values));
		if (ret)
			return ret;
		ret = take_values(got, values, &left, pcrs);
		Esys_Free(got);
		Esys_Free(values);
		if (ret == -ENODATA)	/* no more of them are implemented */
			break;
		if (ret)
			return ret;
		moved |= begun && counter != first;
		first = counter;
		begun = true;
	}
	return moved ? -EAGAIN : 0;
}

/*
 * PCR 10 of eight banks fits one command, so what it says is of one moment,
 * however busy the machine is.  The others are read before and after: those
 * that stood still had that value at that moment, the rest are left out.
 */
int tpm_read_pcrs(struct tpm *tpm, struct pcrs *pcrs)
{
	const uint32_t others = PCRS_LASTING & ~(1u << IMA_PCR);
	struct pcrs before = { 0 }, after = { 0 };
	TPML_PCR_SELECTION banks;
	unsigned int i;
	int ret = read_banks(tpm, &banks);

	if (!ret)
		ret = read_set(tpm, &banks, others, &before);
	if (ret && ret != -EAGAIN)
		return ret;
	for (i = 0, ret = -EAGAIN; ret == -EAGAIN && i < READ_TRIES; i++) {
		memset(pcrs, 0, sizeof(*pcrs));
		ret = read_set(tpm, &banks, 1u << IMA_PCR, pcrs);
	}
	if (ret)
		return ret;
	ret = read_set(tpm, &banks, others, &after);
	if (ret && ret != -EAGAIN)
		return ret;
	return pcrs_add_equal(pcrs, &before, &after);
}

static int derive_key(struct tpm *tpm, ESYS_TR *key, TPM2B_PUBLIC **public)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { .size = 0 };
	const TPM2B_PUBLIC template = { .publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_RESTRICTED |
			TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM |
			TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
			TPMA_OBJECT_SENSITIVEDATAORIGIN,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme.scheme = TPM2_ALG_ECDSA,
			.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		} } };
	const TPM2B_DATA outside = { .size = 0 };
	const TPML_PCR_SELECTION none = { .count = 0 };

	return result(tpm, Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT,
					      ESYS_TR_PASSWORD, ESYS_TR_NONE,
					      ESYS_TR_NONE, &sensitive,
					      &template, &outside, &none, key,
					      public, NULL, NULL, NULL));
}

static int load_key(struct tpm *tpm, uint32_t handle, ESYS_TR *key,
		    TPM2B_PUBLIC **public)
{
	int ret;

	if (!handle)
		return derive_key(tpm, key, public);
	ret = result(tpm, Esys_TR_FromTPMPublic(tpm->esys, handle,
						ESYS_TR_NONE, ESYS_TR_NONE,
						ESYS_TR_NONE, key));
	if (ret)
		return ret;
	return result(tpm, Esys_ReadPublic(tpm->esys, *key, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, public,
					   NULL, NULL));
}

static int push_ecc(OSSL_PARAM_BLD *bld, const TPMT_PUBLIC *pub,
		    uint8_t *point)
{
	const TPMS_ECC_POINT *ecc = &pub->unique.ecc;

	if (pub->parameters.eccDetail.curveID != TPM2_ECC_NIST_P256 ||
	    ecc->x.size > 32 || ecc->y.size > 32)
		return -ENOTSUP;
	memset(point, 0, 65);
	point[0] = 4;
	memcpy(point + 33 - ecc->x.size, ecc->x.buffer, ecc->x.size);
	memcpy(point + 65 - ecc->y.size, ecc->y.buffer, ecc->y.size);
	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
					"prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point,
					 65);
	return 0;
}

static void push_rsa(OSSL_PARAM_BLD *bld, const TPMT_PUBLIC *pub, BIGNUM **n,
		     BIGNUM **e)
{
	uint32_t exponent = pub->parameters.rsaDetail.exponent;

	*n = BN_bin2bn(pub->unique.rsa.buffer, pub->unique.rsa.size, NULL);
	*e = BN_new();
	BN_set_word(*e, exponent ? exponent : 65537);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, *n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, *e);
}

static int write_pem(EVP_PKEY *key, char *pem, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = -1;

	if (bio && PEM_write_bio_PUBKEY(bio, key) == 1)
		n = BIO_read(bio, pem, size - 1);
	BIO_free(bio);
	if (n <= 0)
		return -EIO;
	pem[n] = '\0';
	return 0;
}

static int public_pem(const TPMT_PUBLIC *pub, char *pem, size_t size)
{
	bool ecc = pub->type == TPM2_ALG_ECC;
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, ecc ? "EC" : "RSA",
						       NULL);
	BIGNUM *n = NULL, *e = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	uint8_t point[65];
	int ret = 0;

	if (ecc)
		ret = push_ecc(bld, pub, point);
	else
		push_rsa(bld, pub, &n, &e);
	if (!ret)
		params = OSSL_PARAM_BLD_to_param(bld);
	if (!ret && (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
		     EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
				       params) != 1))
		ret = -EIO;
	if (!ret)
		ret = write_pem(key, pem, size);
	EVP_PKEY_free(key);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return ret;
}

static int sign(struct tpm *tpm, ESYS_TR key, uint32_t pcrs,
		const TPM2B_DATA *extra, struct tpm_quote *out)
{
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	TPML_PCR_SELECTION banks;
	unsigned int i, j;
	size_t at = 0;
	int ret = read_banks(tpm, &banks);

	if (ret)
		return ret;
	for (i = 0; i < banks.count; i++) {
		banks.pcrSelections[i].sizeofSelect = 3;
		for (j = 0; j < 3; j++)
			banks.pcrSelections[i].pcrSelect[j] = pcrs >> 8 * j;
	}
	ret = result(tpm, Esys_Quote(tpm->esys, key, ESYS_TR_PASSWORD,
				     ESYS_TR_NONE, ESYS_TR_NONE, extra,
				     &scheme, &banks, &attest, &signature));
	if (ret)
		return ret;
	memcpy(out->attest, attest->attestationData, attest->size);
	out->attest_len = attest->size;
	ret = result(tpm, Tss2_MU_TPMT_SIGNATURE_Marshal(signature,
							 out->signature,
							 TPM_BLOB_MAX, &at));
	out->signature_len = at;
	Esys_Free(attest);
	Esys_Free(signature);
	return ret;
}

int tpm_quote(struct tpm *tpm, uint32_t handle, uint32_t pcrs,
	      const uint8_t *extra, size_t extra_len, struct tpm_quote *out)
{
	TPM2B_DATA data = { .size = extra_len };
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR key = ESYS_TR_NONE;
	int ret;

	if (extra_len > sizeof(data.buffer))
		return -EINVAL;
	if (extra_len)
		memcpy(data.buffer, extra, extra_len);
	ret = load_key(tpm, handle, &key, &public);
	if (!ret) {
		ret = public_pem(&public->publicArea, out->pem,
				 sizeof(out->pem));
		Esys_Free(public);
	}
	if (!ret)
		ret = sign(tpm, key, pcrs, &data, out);
	if (!handle && key != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, key);
	return ret;
}
