// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long it takes to add a record, measured inside the kernel: no files, no
 * TPM. Not part of a series: scripts/bench-snapshot adds it to a copy of the
 * tree. It works on any tree, and fills the list of the running kernel.
 */

#include <kunit/test.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include "../ima.h"

#define BATCH	1000
#define BATCHES	10

static unsigned long added;

static void add_record(struct kunit *test)
{
	struct ima_max_digest_data hash = {
		.hdr = { .algo = HASH_ALGO_SHA256, .length = 32 },
	};
	struct ima_iint_cache iint = {
		.ima_hash = container_of(&hash.hdr, struct ima_digest_data, hdr),
	};
	char name[48];
	struct ima_event_data event_data = { .iint = &iint, .filename = name };
	struct ima_template_entry *entry;

	added++;
	memcpy(hash.digest, &added, sizeof(added));
	snprintf(name, sizeof(name), "/usr/lib/a/directory/with/files/%lu", added);
	KUNIT_ASSERT_EQ(test, 0,
			ima_alloc_init_template(&event_data, &entry, NULL));
	KUNIT_ASSERT_EQ(test, 0,
			ima_store_template(entry, 0, NULL, name,
					   CONFIG_IMA_MEASURE_PCR_IDX));
}

/* The least of BATCHES means: everything else only makes it longer. */
static u64 ns_per_record(struct kunit *test)
{
	u64 start, ns, least = U64_MAX;
	int i, j;

	for (i = 0; i < BATCHES; i++) {
		start = ktime_get_ns();
		for (j = 0; j < BATCH; j++)
			add_record(test);
		ns = ktime_get_ns() - start;
		least = min(least, ns / BATCH);
		cond_resched();
	}
	return least;
}

#ifdef CONFIG_IMA_SNAPSHOT
/* The copy of the tree has it without "static". */
int ima_snapshot_take(unsigned long min_records, bool *suspended);

static void snapshots(struct kunit *test, unsigned long records)
{
	u64 start, least = U64_MAX;
	int i;

	for (i = 0; i < 1000; i++) {
		start = ktime_get_ns();
		if (ima_snapshot_take(0, NULL) == -ENOENT)
			return;
		least = min(least, ktime_get_ns() - start);
	}
	kunit_info(test, "snapshot at %lu: %llu ns\n", records, least);
}
#else
static void snapshots(struct kunit *test, unsigned long records) {}
#endif

static void bench(struct kunit *test)
{
	static const unsigned long lengths[] = { 1000, 20000, 100000, 500000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		while (added < lengths[i])
			add_record(test);
		kunit_info(test, "record at %lu: %llu ns\n", lengths[i],
			   ns_per_record(test));
		snapshots(test, lengths[i]);
	}
}

static struct kunit_case bench_cases[] = {
	KUNIT_CASE_SLOW(bench),
	{}
};

static struct kunit_suite bench_suite = {
	.name = "ima_bench",
	.test_cases = bench_cases,
};
kunit_test_suite(bench_suite);

MODULE_DESCRIPTION("Time to add a record to the IMA measurement list");
MODULE_LICENSE("GPL");
