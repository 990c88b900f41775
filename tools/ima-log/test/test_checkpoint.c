// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A replay that begins at a checkpoint says what one from record 0 on says,
 * whatever happened to the archive or to the checkpoint meanwhile.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_io.h"
#include "test.h"
#include "../lib/archive.h"
#include "../lib/checkpoint.h"

#define SEGMENT		1500
#define CACHE		"cache"

static struct pcrs given;

static char *load(const char *name, const char *suffix, size_t *len)
{
	char file[512], *bytes;

	snprintf(file, sizeof(file), "%s/%s%s", getenv("DATA"), name, suffix);
	CHECK_EQ(io_read_file(AT_FDCWD, file, &bytes, len), 0);
	return bytes;
}

/* Records of a list in an epoch of many segments. */
static void make_archive(const char *name)
{
	struct epoch_info info = { .order = ORDER_LITTLE, .num_boots = 1,
				   .boots = { { "boot-1", 0 } } };
	struct io io = { &io_syscalls, NULL };
	size_t len, unused, at, need;
	struct archive a;
	struct record rec;
	unsigned int line;
	char *bytes = load(name, "", &len), *text;

	text = load(name, ".pcrs", &unused);
	memset(&given, 0, sizeof(given));
	CHECK_EQ(pcrs_parse(&given, text, NULL, &line), 0);
	remove_all("archive");
	unlink(CACHE);
	CHECK(!mkdir("archive", 0750));
	CHECK_EQ(archive_open(&a, "archive", io), 0);
	a.segment_max = SEGMENT;
	CHECK_EQ(archive_begin_epoch(&a, &info), 0);
	for (at = 0; at < len; at += rec.size) {
		CHECK_EQ(record_parse((uint8_t *)bytes + at, len - at,
				      ORDER_LITTLE, &rec, &need), 0);
		CHECK_EQ(archive_append(&a, rec.bytes, rec.size), 0);
	}
	CHECK_EQ(archive_sync(&a), 0);
	archive_close(&a);
	free(bytes);
	free(text);
}

struct outcome {
	char *json;
	enum verdict verdict;
	bool stale, from_cache;
};

static struct outcome run(const char *cache, const struct pcrs *pcrs,
			  bool fail_on_violation)
{
	struct verify v = { .pcrs = pcrs,
			    .fail_on_violation = fail_on_violation };
	struct outcome out = { 0 };
	struct log log;
	size_t len;
	FILE *text;

	CHECK_EQ(archive_log("archive", 1, 0, &log), 0);
	v.log = &log;
	strcpy(v.state.epoch, "0000000001");
	if (cache)
		CHECK_EQ(verify_run_cached(&v, cache, &out.stale), 0);
	else
		CHECK_EQ(verify_run(&v), 0);
	out.verdict = v.found.verdict;
	out.from_cache = cache && v.from_part;
	text = open_memstream(&out.json, &len);
	CHECK(text);
	verify_print_json(&v, text);
	fclose(text);
	log_free(&log);
	return out;
}

/* With and without it; whether it was of use is the caller's to judge. */
static struct outcome same(const struct pcrs *pcrs, bool fail)
{
	struct outcome with = run(CACHE, pcrs, fail);
	struct outcome without = run(NULL, pcrs, fail);

	if (strcmp(with.json, without.json))
		printf("%s%s", with.json, without.json);
	CHECK(!strcmp(with.json, without.json));
	free(with.json);
	free(without.json);
	return with;
}

static void check_used(bool used)
{
	struct outcome out = same(&given, false);

	CHECK_EQ(out.verdict, VERDICT_VERIFIED);
	CHECK_EQ(out.from_cache, used);
	CHECK_EQ(out.stale, !used);
}

static void begin(const char *name)
{
	struct outcome out;

	make_archive(name);
	out = same(&given, false);
	CHECK_EQ(out.verdict, VERDICT_VERIFIED);
	CHECK(!out.from_cache && !out.stale);
	check_used(true);
}

static const char *segment(unsigned int n)
{
	struct log log;
	static char path[512];

	CHECK_EQ(archive_log("archive", 1, 0, &log), 0);
	CHECK(n < log.num_parts);
	snprintf(path, sizeof(path), "%s", log.parts[n].path);
	log_free(&log);
	return path;
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char byte;

	CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
	byte ^= 1;
	CHECK(pwrite(fd, &byte, 1, at) == 1);
	close(fd);
}

/* A segment that it tells of was changed since. */
static void test_archive_changed(void)
{
	struct outcome out;

	begin("files-little");
	flip(segment(1), 80);
	out = same(&given, false);
	CHECK_EQ(out.verdict, VERDICT_FAILED);
	CHECK(out.stale);
	flip(segment(1), 80);
	check_used(false);		/* the same bytes: yet who knows */
	check_used(true);
	CHECK(!rename(segment(0), "elsewhere"));
	out = same(&given, false);
	CHECK(out.verdict != VERDICT_VERIFIED);
}

/* Other values, or another question. */
static void test_other_values(void)
{
	struct pcrs other;
	struct outcome out;

	begin("snapshots-little");
	other = given;
	pcrs_bank(&other, bank_alg_by_name("sha256", 6))->value[10][0] ^= 1;
	out = same(&other, false);
	CHECK_EQ(out.verdict, VERDICT_FAILED);
	check_used(true);		/* a failure leaves it alone */
	out = same(NULL, false);
	CHECK_EQ(out.verdict, VERDICT_UNDECIDED);
	check_used(true);
	out = same(&given, true);
	CHECK(out.stale);
	check_used(false);		/* it was replaced */

	/* PCRs of the boot: is boot_aggregate theirs? */
	begin("files-little");
	other = given;
	for (int pcr = 0; pcr < 10; pcr++)
		CHECK_EQ(pcrs_set(&other, bank_alg_by_name("sha256", 6), pcr,
				  (const uint8_t *)"thirty-two bytes, all the same.."),
			 0);
	out = same(&other, false);
	CHECK_EQ(out.verdict, VERDICT_FAILED);
	CHECK(out.stale);
}

/* A match before the checkpoint, as with an old quote. */
static void test_old_values(void)
{
	const struct bank_alg *algs[BANKS_MAX], *bad;
	struct pcrs old;
	struct replay replay;
	struct log log;
	struct record rec;
	struct outcome out;
	bool digest_ok;
	unsigned int i;
	int n;

	begin("files-little");
	old = given;
	for (i = 0; i < old.num_banks; i++)
		algs[i] = old.banks[i].alg;
	CHECK_EQ(replay_init(&replay, algs, i, &bad), 0);
	CHECK_EQ(archive_log("archive", 1, 0, &log), 0);
	for (n = 0; n < 7; n++) {
		CHECK_EQ(log_next(&log, &rec), LOG_RECORD);
		CHECK_EQ(replay_extend(&replay, &rec, &digest_ok), 0);
	}
	for (i = 0; i < old.num_banks; i++)
		memcpy(old.banks[i].value[10], replay.banks[i].pcr[10],
		       DIGEST_SIZE_MAX);
	replay_free(&replay);
	log_free(&log);
	out = same(&old, false);
	CHECK_EQ(out.verdict, VERDICT_VERIFIED);
	CHECK(out.stale);
	check_used(true);		/* the later one was not replaced */
}

static void put_cache(const char *text, size_t len)
{
	int fd = open(CACHE, O_WRONLY | O_TRUNC);

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	check_used(false);
}

/* Bytes of it are changed in turn, and prefixes are tried. */
static void test_damaged(void)
{
	char *text, *counts;
	size_t len, i;

	begin("snapshots-little");
	CHECK_EQ(io_read_file(AT_FDCWD, CACHE, &text, &len), 0);
	CHECK(len > 500);
	for (i = 0; i < len; i += 1 + len / 60) {
		text[i] ^= 1;
		put_cache(text, len);
		text[i] ^= 1;
		put_cache(text, i);
	}
	counts = strstr(text, "\ncounts ");	/* only the sum guards these */
	CHECK(counts);
	counts[8] ^= 1;
	put_cache(text, len);
	free(text);
}

/* Whole, and a lie: it may say what it wants. */
static void test_lies(void)
{
	struct checkpoint *c = malloc(2 * sizeof(*c)), *good = c + 1;
	const struct bank_alg *sha1 = bank_alg_by_name("sha1", 4);
	struct outcome out;

	begin("snapshots-little");
	CHECK_EQ(checkpoint_read(CACHE, good), 0);
	*c = *good;			/* another value */
	pcrs_bank(&c->state.pcrs, sha1)->value[10][0] ^= 1;
	CHECK_EQ(checkpoint_write(CACHE, c), 0);
	check_used(false);
	*c = *good;			/* at another record */
	c->part--;
	CHECK_EQ(checkpoint_write(CACHE, c), 0);
	check_used(false);
	*c = *good;			/* of another epoch */
	strcpy(c->state.epoch, "0000000002");
	CHECK_EQ(checkpoint_write(CACHE, c), 0);
	check_used(false);
	*c = *good;			/* a bank is missing */
	c->state.pcrs.num_banks--;
	CHECK_EQ(checkpoint_write(CACHE, c), 0);
	check_used(false);
	*c = *good;			/* a record is skipped */
	c->state.next++;
	CHECK_EQ(checkpoint_write(CACHE, c), 0);
	check_used(false);
	*c = *good;			/* the values to be found, too early */
	for (unsigned int i = 0; i < given.num_banks; i++)
		memcpy(c->state.pcrs.banks[i].value[10],
		       given.banks[i].value[10], DIGEST_SIZE_MAX);
	CHECK_EQ(checkpoint_write(CACHE, c), 0);
	out = same(&given, false);
	CHECK_EQ(out.verdict, VERDICT_VERIFIED);
	CHECK(out.stale);
	free(c);
}

/* Nothing is kept of what is behind a gap, or behind a wrong record. */
static void test_not_kept(void)
{
	struct outcome out;

	begin("files-little");
	unlink(CACHE);
	flip(segment(0), 80);
	out = same(&given, false);
	CHECK_EQ(out.verdict, VERDICT_FAILED);
	CHECK(access(CACHE, F_OK));
	flip(segment(0), 80);
	CHECK(!unlink(segment(1)));
	out = same(&given, false);
	CHECK(out.verdict != VERDICT_VERIFIED);
	CHECK(access(CACHE, F_OK));
}

int main(void)
{
	begin("files-little");
	begin("snapshots-little");
	test_archive_changed();
	test_other_values();
	test_old_values();
	test_damaged();
	test_lies();
	test_not_kept();
	return 0;
}
