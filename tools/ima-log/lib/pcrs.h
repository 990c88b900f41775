/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCR values that were given, read or quoted. */
#ifndef IMA_LOG_PCRS_H
#define IMA_LOG_PCRS_H

#include "bank.h"
#include "record.h"

#define PCRS_MAX	24
#define IMA_PCR		10

/*
 * PCRs that keep what they were extended with until the machine is reset.  16
 * and 23 can be reset by any user of the TPM, 17 to 22 by a dynamic launch.
 */
#define PCRS_LASTING	0xffffu

struct pcr_bank {
	const struct bank_alg *alg;
	uint32_t present;		/* a bit for each value */
	uint8_t value[PCRS_MAX][DIGEST_SIZE_MAX];
};

struct pcrs {
	unsigned int num_banks;
	struct pcr_bank banks[BANKS_MAX];
};

/* The bank, made if need be; NULL if there are too many. */
struct pcr_bank *pcrs_bank(struct pcrs *pcrs, const struct bank_alg *alg);

const uint8_t *pcrs_get(const struct pcrs *pcrs, const struct bank_alg *alg,
			unsigned int pcr);

/* -EEXIST if there is another value already. */
int pcrs_set(struct pcrs *pcrs, const struct bank_alg *alg, unsigned int pcr,
	     const uint8_t *value);

/* Add those values of @a that @b has as well. */
int pcrs_add_equal(struct pcrs *pcrs, const struct pcrs *a,
		   const struct pcrs *b);

/**
 * pcrs_parse - read PCR values from text
 * @pcrs: where they are added
 * @text: NUL-terminated
 * @alg: the bank, for values that do not follow the name of one
 * @line: the line in error
 *
 * Understands what tpm2_pcrread prints, and "PCR-10: 00 11 ..." as in
 * sysfs and as evmctl takes it.
 *
 * Return: 0, -EBADMSG, -EEXIST as pcrs_set(), -ENOTSUP for an unknown bank.
 */
int pcrs_parse(struct pcrs *pcrs, const char *text,
	       const struct bank_alg *alg, unsigned int *line);

/*
 * The values under a directory like /sys/class/tpm/tpm0, as they were at one
 * moment: those that did not stand still are left out.  -ENOENT if there are
 * none, -EAGAIN if PCR 10 does not stand still.
 */
int pcrs_read_sysfs(struct pcrs *pcrs, const char *dir);

#endif
