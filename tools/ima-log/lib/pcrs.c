// SPDX-License-Identifier: GPL-2.0-or-later
/* PCR values that were given, read or quoted. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pcrs.h"

#define SYSFS_TRIES	100

struct pcr_bank *pcrs_bank(struct pcrs *pcrs, const struct bank_alg *alg)
{
	unsigned int i;

	for (i = 0; i < pcrs->num_banks; i++)
		if (pcrs->banks[i].alg->tpm_id == alg->tpm_id)
			return &pcrs->banks[i];
	if (i == BANKS_MAX)
		return NULL;
	pcrs->banks[i] = (struct pcr_bank){ .alg = alg };
	pcrs->num_banks++;
	return &pcrs->banks[i];
}

const uint8_t *pcrs_get(const struct pcrs *pcrs, const struct bank_alg *alg,
			unsigned int pcr)
{
	const struct pcr_bank *bank;
	unsigned int i;

	for (i = 0; i < pcrs->num_banks && pcr < PCRS_MAX; i++) {
		bank = &pcrs->banks[i];
		if (bank->alg->tpm_id == alg->tpm_id)
			return bank->present & 1u << pcr ? bank->value[pcr] :
							   NULL;
	}
	return NULL;
}

int pcrs_set(struct pcrs *pcrs, const struct bank_alg *alg, unsigned int pcr,
	     const uint8_t *value)
{
	struct pcr_bank *bank;

	if (pcr >= PCRS_MAX)
		return -EBADMSG;
	bank = pcrs_bank(pcrs, alg);
	if (!bank)
		return -E2BIG;
	if (bank->present & 1u << pcr &&
	    memcmp(bank->value[pcr], value, alg->size))
		return -EEXIST;
	bank->present |= 1u << pcr;
	memcpy(bank->value[pcr], value, alg->size);
	return 0;
}

int pcrs_add_equal(struct pcrs *pcrs, const struct pcrs *a,
		   const struct pcrs *b)
{
	const struct pcr_bank *bank;
	const uint8_t *value;
	unsigned int i, pcr;
	int ret = 0;

	for (i = 0; i < a->num_banks; i++) {
		bank = &a->banks[i];
		for (pcr = 0; pcr < PCRS_MAX && !ret; pcr++) {
			value = pcrs_get(b, bank->alg, pcr);
			if (value && bank->present >> pcr & 1 &&
			    !memcmp(value, bank->value[pcr], bank->alg->size))
				ret = pcrs_set(pcrs, bank->alg, pcr, value);
		}
	}
	return ret;
}

/* Digits in pairs, with blanks between the pairs or none, up to the end. */
static int parse_value(const char *p, const char *end, uint8_t *value,
		       size_t size)
{
	size_t n = 0;

	for (;;) {
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end)
			return n == size ? 0 : -EBADMSG;
		if (end - p < 2 || n == size || !hex_decode(p, value + n, 1))
			return -EBADMSG;
		p += 2;
		n++;
	}
}

/* "10: 0x00ff", "PCR-10: 00 FF": -ENOMSG if the line is no value. */
static int parse_pcr(struct pcrs *pcrs, const struct bank_alg *alg,
		     const char *p, const char *end)
{
	uint8_t value[DIGEST_SIZE_MAX];
	uint64_t pcr;
	char stop;
	int ret;

	if (end - p > 4 && !memcmp(p, "PCR-", 4))
		p += 4;
	if (!isdigit((unsigned char)*p))
		return -ENOMSG;
	stop = end - p > 2 && (p[1] == ' ' || p[2] == ' ') ? ' ' : ':';
	p = dec_decode(p, end, stop, &pcr);
	if (!p || pcr >= PCRS_MAX)
		return -EBADMSG;
	while (p < end && (*p == ' ' || *p == ':'))
		p++;
	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	if (!alg)
		return -ENOTSUP;
	ret = parse_value(p, end, value, alg->size);
	return ret ? ret : pcrs_set(pcrs, alg, pcr, value);
}

/* "sha256:" or "sha256 :", the head of a bank */
static int parse_bank(const char *p, const char *end,
		      const struct bank_alg **alg)
{
	const char *name = p;

	while (p < end && (isalnum((unsigned char)*p) || *p == '_' || *p == '-'))
		p++;
	*alg = bank_alg_by_name(name, p - name);
	while (p < end && (isspace((unsigned char)*p) || *p == ':'))
		p++;
	if (p != end)
		return -EBADMSG;
	return *alg ? 0 : -ENOTSUP;
}

int pcrs_parse(struct pcrs *pcrs, const char *text,
	       const struct bank_alg *alg, unsigned int *line)
{
	const char *end;
	int ret = 0;

	for (*line = 1; *text && !ret; (*line)++) {
		end = strchrnul(text, '\n');
		while (text < end && isspace((unsigned char)*text))
			text++;
		if (text < end) {
			ret = parse_pcr(pcrs, alg, text, end);
			if (ret == -ENOMSG)
				ret = parse_bank(text, end, &alg);
		}
		text = *end ? end + 1 : end;
	}
	(*line)--;
	return ret;
}

static int read_sysfs_pcr(struct pcrs *pcrs, const struct bank_alg *alg,
			  const char *dir, unsigned int pcr)
{
	uint8_t value[DIGEST_SIZE_MAX];
	char path[512], text[2 * DIGEST_SIZE_MAX + 2];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/pcr-%s/%u", dir, alg->name, pcr);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return -errno;
	if (parse_value(text, text + n, value, alg->size))
		return -EBADMSG;
	return pcrs_set(pcrs, alg, pcr, value);
}

static int read_sysfs(struct pcrs *pcrs, const char *dir)
{
	static const char *const names[] = { "sha1", "sha256", "sha384",
					     "sha512", "sm3" };
	const struct bank_alg *alg;
	unsigned int i, pcr;
	int ret;

	memset(pcrs, 0, sizeof(*pcrs));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		alg = bank_alg_by_name(names[i], strlen(names[i]));
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			ret = read_sysfs_pcr(pcrs, alg, dir, pcr);
			if (ret && ret != -ENOENT)
				return ret;
		}
	}
	return pcrs->num_banks ? 0 : -ENOENT;
}

static bool same_pcr(const struct pcrs *a, const struct pcrs *b,
		     unsigned int pcr)
{
	const uint8_t *x, *y;
	unsigned int i;

	for (i = 0; i < a->num_banks; i++) {
		x = pcrs_get(a, a->banks[i].alg, pcr);
		y = pcrs_get(b, a->banks[i].alg, pcr);
		if (x && y && memcmp(x, y, a->banks[i].alg->size))
			return false;
	}
	return true;
}

/* A value is one read of the TPM: two rounds tell which ones moved. */
int pcrs_read_sysfs(struct pcrs *pcrs, const char *dir)
{
	struct pcrs rounds[2], found = *pcrs;
	unsigned int i;
	int ret = read_sysfs(&rounds[0], dir);

	for (i = 1; !ret && i < SYSFS_TRIES; i++) {
		ret = read_sysfs(&rounds[i % 2], dir);
		if (ret || !same_pcr(&rounds[0], &rounds[1], IMA_PCR))
			continue;
		ret = pcrs_add_equal(&found, &rounds[0], &rounds[1]);
		*pcrs = found;
		return ret;
	}
	return ret ? ret : -EAGAIN;
}
