// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists, and an archive, that were tampered with do not verify.  Everything is
 * generated: each byte is changed, each prefix cut off, each record left out,
 * and records of each kind are inserted at each place and in each PCR, judged
 * by PCR values and by quotes of all kinds of PCRs.
 *
 * What may verify is what lies behind the match, and is said to; and, as IMA
 * has it, the name and data of a violation, whose PCR is extended with ones
 * whatever they say.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "../lib/archive.h"
#include "../lib/epoch.h"
#include "../lib/verify.h"

static const char *const path = "list";

/* What the records are judged by. */
struct evidence {
	const struct pcrs *pcrs;
	const struct quote *quote;
	uint32_t accountable;
};

static void put_file(const char *name, const void *bytes, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static char *read_file(const char *name, size_t *len)
{
	char *bytes;

	CHECK_EQ(io_read_file(AT_FDCWD, name, &bytes, len), 0);
	return bytes;
}

static char *load(const char *name, const char *suffix, size_t *len)
{
	char file[512];

	snprintf(file, sizeof(file), "%s/%s%s", getenv("DATA"), name, suffix);
	return read_file(file, len);
}

static enum verdict judge_list(const struct evidence *e, enum byte_order order,
			       struct verify *v)
{
	struct log log;

	*v = (struct verify){ .pcrs = e->pcrs, .quote = e->quote,
			      .accountable = e->accountable };
	log_init(&log, order);
	CHECK(!log_add(&log, PART_FILE, path, 0, 0));
	v->log = &log;
	CHECK_EQ(verify_run(v), 0);
	log_free(&log);
	return v->found.verdict;
}

static enum verdict judge(const struct evidence *e, enum byte_order order)
{
	struct verify v;

	return judge_list(e, order, &v);
}

static void parse_at(const char *bytes, size_t len, size_t at,
		     enum byte_order order, struct record *rec)
{
	size_t need;

	CHECK_EQ(record_parse((const uint8_t *)bytes + at, len - at, order,
			      rec, &need), 0);
}

/* Is this byte in the name or the data of a violation? */
static bool unprotected(const char *bytes, size_t len, size_t at,
			enum byte_order order)
{
	struct record rec;
	size_t start;

	for (start = 0; start < len; start += rec.size) {
		parse_at(bytes, len, start, order, &rec);
		if (at < start + rec.size)
			break;
	}
	return record_is_violation(&rec) && at >= start + 24;
}

/* Leave out a record, or all that extend a PCR. */
static void leave_out(const struct evidence *e, const char *bytes, size_t len,
		      enum byte_order order)
{
	char *rest = malloc(len);
	unsigned int pcr, round = 0;
	struct record rec;
	size_t start, at, left;

	CHECK(rest);
	for (start = 0; start < len; start = at) {
		parse_at(bytes, len, start, order, &rec);
		at = start + rec.size;
		if (round++ % sample())
			continue;
		memcpy(rest, bytes, start);
		memcpy(rest + start, bytes + at, len - at);
		put_file(path, rest, len - rec.size);
		CHECK_EQ(judge(e, order), VERDICT_FAILED);
	}
	for (pcr = 0; pcr < RECORD_PCRS; pcr++) {
		for (start = left = 0; start < len; start += rec.size) {
			parse_at(bytes, len, start, order, &rec);
			if (rec.pcr == pcr)
				continue;
			memcpy(rest + left, bytes + start, rec.size);
			left += rec.size;
		}
		put_file(path, rest, left);
		if (left && left < len)
			CHECK_EQ(judge(e, order), VERDICT_FAILED);
	}
	free(rest);
}

static void put_u32(char *p, uint32_t value, enum byte_order order)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		p[order == ORDER_BIG ? 3 - i : i] = value >> 8 * i;
}

/* Put a copy of a record of the list at @at, in another PCR. */
static void insert(const char *bytes, size_t len, size_t at,
		   const struct record *rec, unsigned int pcr, char *out)
{
	memcpy(out, bytes, at);
	memcpy(out + at, rec->bytes, rec->size);
	put_u32(out + at, pcr, rec->order);
	memcpy(out + at + rec->size, bytes + at, len - at);
	put_file(path, out, len + rec->size);
}

/*
 * Is the list up to the match what it was?  It is if the record comes behind
 * all others; if it is the same as the one that it comes in front of, which
 * then is behind the match; and, but for their data, if both are violations.
 */
static bool harmless(const char *bytes, size_t len, size_t at,
		     const struct record *rec, unsigned int pcr,
		     const struct record *there)
{
	if (at == len)
		return true;
	if (pcr != there->pcr)
		return false;
	if (record_is_violation(rec) && record_is_violation(there))
		return true;
	return rec->size == there->size && rec->pcr == pcr &&
	       !memcmp(rec->bytes, bytes + at, rec->size);
}

/*
 * Each record of the list, in each PCR, at each place, or each @step of these.
 * Behind the match it is counted as what it is; anywhere else it must not be
 * verified.
 */
static void insert_all(const struct evidence *e, const char *bytes, size_t len,
		       enum byte_order order, unsigned int step)
{
	char *out = malloc(2 * len);
	struct record rec, there;
	struct verify v;
	unsigned int pcr, round = 0;
	size_t from, at;
	uint64_t all;

	CHECK(out);
	put_file(path, bytes, len);
	CHECK_EQ(judge_list(e, order, &v), VERDICT_VERIFIED);
	CHECK_EQ(v.match, all = v.counts.records);
	for (from = 0; from < len; from += rec.size) {
		parse_at(bytes, len, from, order, &rec);
		for (at = 0; at <= len; at += there.size) {
			if (at < len)
				parse_at(bytes, len, at, order, &there);
			else
				there.size = 1;
			for (pcr = 0; pcr < RECORD_PCRS; pcr++) {
				if (round++ % (step * sample()))
					continue;
				insert(bytes, len, at, &rec, pcr, out);
				if (judge_list(e, order, &v) !=
				    VERDICT_VERIFIED)
					continue;
				if (harmless(bytes, len, at, &rec, pcr,
					     &there) && v.match == all)
					continue;
				printf("record %zu in PCR %u at %zu\n", from,
				       pcr, at);
				CHECK(!"inserted and verified");
			}
		}
	}
	free(out);
}

static void change_bytes(const struct evidence *e, const char *name,
			 char *bytes, size_t len, enum byte_order order)
{
	unsigned int failed = 0, malformed = 0;
	enum verdict verdict;
	size_t i;

	for (i = 0; i < len; i += sample()) {
		if (unprotected(bytes, len, i, order))
			continue;
		bytes[i] ^= 1 << i % 8;
		put_file(path, bytes, len);
		bytes[i] ^= 1 << i % 8;
		verdict = judge(e, order);
		if (verdict == VERDICT_VERIFIED)
			printf("%s: byte %zu\n", name, i);
		CHECK(verdict != VERDICT_VERIFIED);
		failed += verdict == VERDICT_FAILED;
		malformed += verdict == VERDICT_MALFORMED;
	}
	for (i = 0; i < len; i += sample()) {
		put_file(path, bytes, i);
		CHECK(judge(e, order) != VERDICT_VERIFIED);
	}
	printf("%s: %u failed, %u malformed\n", name, failed, malformed);
}

/* A quote of these PCRs of SHA-256, as a TPM with these values would make. */
static struct quote quote_of(uint32_t set, const struct pcrs *pcrs)
{
	const struct bank_alg *sha256 = bank_alg_by_name("sha256", 6);
	static const uint8_t zeros[DIGEST_SIZE_MAX];
	struct quote quote = { .num_selections = 1, .digest_alg = sha256 };
	const uint8_t *value;
	struct hasher h;
	unsigned int pcr;

	quote.selections[0] = (struct quote_selection){ sha256, set };
	CHECK_EQ(hasher_init(&h, sha256), 0);
	CHECK_EQ(hasher_start(&h), 0);
	for (pcr = 0; pcr < PCRS_MAX; pcr++) {
		value = pcrs_get(pcrs, sha256, pcr);
		if (set >> pcr & 1)
			CHECK_EQ(hasher_add(&h, value ? value : zeros, 32), 0);
	}
	CHECK_EQ(hasher_end(&h, quote.digest), 0);
	hasher_free(&h);
	return quote;
}

static void tamper(const char *name, enum byte_order order, unsigned int step)
{
	struct pcrs pcrs = { 0 };
	struct evidence e = { .pcrs = &pcrs };
	unsigned int line;
	size_t len, unused;
	char *bytes = load(name, "", &len);
	char *text = load(name, ".pcrs", &unused);

	CHECK_EQ(pcrs_parse(&pcrs, text, NULL, &line), 0);
	/* a rule with pcr=11: else, records left out there are not missed */
	if (pcrs_get(&pcrs, pcrs.banks[0].alg, 11))
		e.accountable = 1 << 11;
	put_file(path, bytes, len);
	CHECK_EQ(judge(&e, order), VERDICT_VERIFIED);
	change_bytes(&e, name, bytes, len, order);
	leave_out(&e, bytes, len, order);
	insert_all(&e, bytes, len, order, step);
	free(bytes);
	free(text);
}

/*
 * Only PCR 10 is extended by this list.  Values or quotes of whatever other
 * PCRs there are must not lead to a record in another one being verified.
 */
static void tamper_quoted(void)
{
	static const uint32_t sets[] = {
		1 << 10, 1 << 10 | 1 << 11, 1 << 10 | 1 << 16, 1 << 10 | 1 << 23,
		0xfc00, 0xfffc00, 0xff | 1 << 10, 0xffffff,
	};
	struct pcrs pcrs = { 0 }, all;
	const struct bank_alg *sha256 = bank_alg_by_name("sha256", 6);
	static const uint8_t zeros[DIGEST_SIZE_MAX];
	struct quote quote;
	struct evidence e;
	unsigned int line, pcr;
	size_t i, len, unused;
	char *bytes = load("few-little", "", &len);
	char *text = load("few-little", ".pcrs", &unused);

	CHECK_EQ(pcrs_parse(&pcrs, text, NULL, &line), 0);
	all = pcrs;
	for (pcr = 0; pcr < PCRS_MAX; pcr++)
		if (!pcrs_get(&all, sha256, pcr))
			CHECK_EQ(pcrs_set(&all, sha256, pcr, zeros), 0);
	e = (struct evidence){ .pcrs = &pcrs };
	insert_all(&e, bytes, len, ORDER_LITTLE, 1);
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		quote = quote_of(sets[i], &pcrs);
		e = (struct evidence){ .pcrs = &all, .quote = &quote };
		insert_all(&e, bytes, len, ORDER_LITTLE, 3);
	}
	/* what does not have PCR 10 verifies nothing at all */
	put_file(path, bytes, len);
	for (pcr = 0; pcr < PCRS_MAX; pcr++) {
		quote = quote_of(0xffffff & ~(1 << 10) & ~(1u << pcr), &pcrs);
		e = (struct evidence){ .pcrs = &all, .quote = &quote };
		CHECK_EQ(judge(&e, ORDER_LITTLE), VERDICT_UNDECIDED);
	}
	free(bytes);
	free(text);
}

/* Records of a list as an archive of several segments. */
static void make_archive(const char *bytes, size_t len)
{
	struct epoch_info info = { .order = ORDER_LITTLE, .num_boots = 1,
				   .boots = { { "boot-1", 0 } } };
	struct io io = { &io_syscalls, NULL };
	struct archive a;
	struct record rec;
	size_t at;

	CHECK(!mkdir("archive", 0750));
	CHECK_EQ(archive_open(&a, "archive", io), 0);
	a.segment_max = 1000;
	CHECK_EQ(archive_begin_epoch(&a, &info), 0);
	for (at = 0; at < len; at += rec.size) {
		parse_at(bytes, len, at, ORDER_LITTLE, &rec);
		CHECK_EQ(archive_append(&a, rec.bytes, rec.size), 0);
		CHECK_EQ(archive_sync(&a), 0);
	}
	archive_close(&a);
}

/* Detected, or all that was verified is what was there. */
static bool archive_verifies(const struct pcrs *pcrs, struct verify *v)
{
	struct log log;
	int ret = archive_log("archive", 1, 0, &log);

	if (ret)
		return false;
	*v = (struct verify){ .pcrs = pcrs, .log = &log };
	ret = verify_run(v);
	log_free(&log);
	return !ret && v->found.verdict == VERDICT_VERIFIED;
}

struct mutation {
	const struct pcrs *pcrs;
	const char *bytes;	/* of the list */
	size_t len, matched;	/* and how much of it the PCRs vouch for */
	uint64_t match;
	int dir;
	unsigned int files, detected, behind;
};

/* Each byte of a file of the epoch */
static int mutate(const char *name, void *ctx)
{
	struct mutation *m = ctx;
	struct part_name part;
	char file[512], *bytes;
	struct verify v;
	size_t i, len, start = 0;
	bool segment = part_parse(name, &part);
	struct record rec;
	uint64_t n;

	if (name[0] == '.')
		return 0;
	snprintf(file, sizeof(file), "archive/0000000001/%s", name);
	for (n = 0; segment && n < part.first; n++) {
		parse_at(m->bytes, m->len, start, ORDER_LITTLE, &rec);
		start += rec.size;
	}
	bytes = read_file(file, &len);
	m->files++;
	for (i = m->files % sample(); i < len; i += sample()) {
		if (segment && unprotected(m->bytes, m->len, start + i,
					   ORDER_LITTLE))
			continue;
		bytes[i] ^= 1 << i % 8;
		put_file(file, bytes, len);
		bytes[i] ^= 1 << i % 8;
		if (!archive_verifies(m->pcrs, &v)) {
			m->detected++;
			continue;
		}
		if (!segment || start + i < m->matched || v.match != m->match)
			printf("%s: byte %zu\n", name, i);
		CHECK(segment && start + i >= m->matched);
		CHECK_EQ(v.match, m->match);
		m->behind++;
	}
	put_file(file, bytes, len);
	free(bytes);
	return 0;
}

static void tamper_archive(void)
{
	struct pcrs pcrs = { 0 };
	struct mutation m = { .pcrs = &pcrs };
	size_t matched_len, unused;
	unsigned int line;
	struct verify v;
	char *bytes = load("snapshots-little", "", &m.len);
	char *front = load("before-little", "", &matched_len);
	char *text = load("before-little", ".pcrs", &unused);

	CHECK_EQ(pcrs_parse(&pcrs, text, NULL, &line), 0);
	CHECK(matched_len < m.len && !memcmp(bytes, front, matched_len));
	make_archive(bytes, m.len);
	CHECK(archive_verifies(&pcrs, &v));
	m.bytes = bytes;
	m.matched = matched_len;
	m.match = v.match;
	m.dir = archive_open_epoch("archive", 1);
	CHECK(m.dir >= 0);
	CHECK_EQ(io_walk(m.dir, mutate, &m), 0);
	close(m.dir);
	CHECK(archive_verifies(&pcrs, &v));
	CHECK(m.files > 3 && m.behind);
	CHECK(m.detected > matched_len / sample());
	printf("archive: %u files, %u detected, %u behind the match\n",
	       m.files, m.detected, m.behind);
	remove_all("archive");
	free(bytes);
	free(front);
	free(text);
}

int main(void)
{
	tamper("templates-little", ORDER_LITTLE, 7);
	tamper("templates-big", ORDER_BIG, 13);
	tamper("snapshots-little", ORDER_LITTLE, 97);
	tamper_quoted();
	tamper_archive();
	return 0;
}
