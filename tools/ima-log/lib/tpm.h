/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is needed of a TPM 2.0. */
#ifndef IMA_LOG_TPM_H
#define IMA_LOG_TPM_H

#include "pcrs.h"

struct tpm;

struct tpm_clock {
	uint64_t clock;
	uint32_t reset_count, restart_count;
};

#define TPM_BLOB_MAX	4096

struct tpm_quote {
	uint8_t attest[TPM_BLOB_MAX];		/* TPMS_ATTEST */
	size_t attest_len;
	uint8_t signature[TPM_BLOB_MAX];	/* TPMT_SIGNATURE */
	size_t signature_len;
	char pem[2048];				/* the key's public part */
	uint32_t response;			/* the TPM's or TSS's code */
};

/*
 * @tcti as tpm2-tools take it; NULL: the kernel's device, and nothing else.
 * Errors: -ENODEV if there is no TPM to talk to, -EPROTO if it answers with an
 * error, whose code is in tpm_response(); -EINVAL if @tcti names none.
 */
int tpm_open(struct tpm **tpm, const char *tcti);
void tpm_close(struct tpm *tpm);
uint32_t tpm_response(const struct tpm *tpm);

/* The path of the kernel's device, or NULL. */
const char *tpm_device(void);

/*
 * PCRs 0 to 15 of all banks, as they were at one moment.  Those that were
 * extended while they were read are left out, but for PCR 10.
 */
int tpm_read_pcrs(struct tpm *tpm, struct pcrs *pcrs);

int tpm_read_clock(struct tpm *tpm, struct tpm_clock *clock);

/**
 * tpm_quote - have the TPM sign PCRs
 * @tpm: the TPM
 * @handle: a persistent signing key, or 0 for a P-256 key that the TPM derives
 *	    from its endorsement seed, the same one each time
 * @pcrs: which PCRs, in every bank that the TPM has
 * @extra: qualifying data
 */
int tpm_quote(struct tpm *tpm, uint32_t handle, uint32_t pcrs,
	      const uint8_t *extra, size_t extra_len, struct tpm_quote *out);

#endif
