// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every byte of a list that holds each template is changed in turn, and every
 * prefix of it is cut off, each record and all records of a PCR are left out:
 * none of that verifies.  The exception is IMA's own: a violation's PCR is
 * extended with ones, whatever its data says.
 */
#include <fcntl.h>
#include <unistd.h>

#include "test.h"
#include "../lib/io.h"
#include "../lib/verify.h"

static const char *const path = "list";

static void put(const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static enum verdict judge(const struct pcrs *pcrs, enum byte_order order)
{
	struct verify v = { .pcrs = pcrs };
	struct log log;

	log_init(&log, order);
	CHECK(!log_add(&log, PART_FILE, path, 0, 0));
	v.log = &log;
	CHECK_EQ(verify_run(&v), 0);
	log_free(&log);
	return v.found.verdict;
}

static char *load(const char *name, const char *suffix, size_t *len)
{
	char file[512], *bytes;

	snprintf(file, sizeof(file), "%s/%s%s", getenv("DATA"), name, suffix);
	CHECK_EQ(io_read_file(AT_FDCWD, file, &bytes, len), 0);
	return bytes;
}

/* Is this byte in the name or the data of a violation? */
static bool unprotected(const char *bytes, size_t len, size_t at,
			enum byte_order order)
{
	struct record rec;
	size_t start, need;

	for (start = 0; start < len; start += rec.size) {
		CHECK_EQ(record_parse((const uint8_t *)bytes + start,
				      len - start, order, &rec, &need), 0);
		if (at < start + rec.size)
			break;
	}
	return record_is_violation(&rec) && at >= start + 24;
}

/* Leave out a record, or all that extend a PCR. */
static void leave_out(const struct pcrs *pcrs, const char *bytes, size_t len,
		      enum byte_order order)
{
	size_t start, need, at, left[PCRS_MAX] = { 0 };
	char *rest = malloc(len), *others[PCRS_MAX];
	unsigned int pcr, pcrs_used = 0;
	struct record rec;

	for (pcr = 0; pcr < PCRS_MAX; pcr++)
		CHECK(others[pcr] = malloc(len));
	for (start = 0; start < len; start += rec.size) {
		CHECK_EQ(record_parse((const uint8_t *)bytes + start,
				      len - start, order, &rec, &need), 0);
		at = start + rec.size;
		memcpy(rest, bytes, start);
		memcpy(rest + start, bytes + at, len - at);
		put(rest, len - rec.size);
		CHECK(judge(pcrs, order) == VERDICT_FAILED);
		pcrs_used |= 1u << rec.pcr;
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			if (pcr == rec.pcr)
				continue;
			memcpy(others[pcr] + left[pcr], bytes + start,
			       rec.size);
			left[pcr] += rec.size;
		}
	}
	for (pcr = 0; pcr < PCRS_MAX; pcr++) {
		put(others[pcr], left[pcr]);
		if (pcrs_used >> pcr & 1 && left[pcr])
			CHECK_EQ(judge(pcrs, order), VERDICT_FAILED);
		free(others[pcr]);
	}
	free(rest);
}

static void tamper(const char *name, enum byte_order order)
{
	struct pcrs pcrs = { 0 };
	unsigned int line, failed = 0, malformed = 0;
	enum verdict verdict;
	size_t len, i, unused;
	char *bytes = load(name, "", &len);
	char *text = load(name, ".pcrs", &unused);

	CHECK_EQ(pcrs_parse(&pcrs, text, NULL, &line), 0);
	put(bytes, len);
	CHECK_EQ(judge(&pcrs, order), VERDICT_VERIFIED);
	for (i = 0; i < len; i++) {
		if (unprotected(bytes, len, i, order))
			continue;
		bytes[i] ^= 1 << i % 8;
		put(bytes, len);
		bytes[i] ^= 1 << i % 8;
		verdict = judge(&pcrs, order);
		if (verdict == VERDICT_VERIFIED)
			printf("%s: byte %zu: %s\n", name, i,
			       verdict_name(verdict));
		CHECK(verdict != VERDICT_VERIFIED);
		failed += verdict == VERDICT_FAILED;
		malformed += verdict == VERDICT_MALFORMED;
	}
	for (i = 0; i < len; i++) {
		put(bytes, i);
		verdict = judge(&pcrs, order);
		CHECK(verdict != VERDICT_VERIFIED);
	}
	printf("%s: %u failed, %u malformed\n", name, failed, malformed);
	leave_out(&pcrs, bytes, len, order);
	free(bytes);
	free(text);
}

int main(void)
{
	tamper("templates-little", ORDER_LITTLE);
	tamper("templates-big", ORDER_BIG);
	tamper("snapshots-little", ORDER_LITTLE);
	return 0;
}
