// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to add a record, measured inside the kernel: no files, no TPM.
 * Not part of a series: scripts/bench adds it to copies of the trees. It works
 * on any tree, and fills the list of the running kernel.
 */

#include <kunit/test.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include "../ima.h"

#define BATCH	1000
#define BATCHES	10

static unsigned long max_records = 1000;
module_param_named(max, max_records, ulong, 0);
MODULE_PARM_DESC(max, "Records to add");

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

	for (i = 0; i < BATCHES && added < max_records; i++) {
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

static void snapshots(unsigned long records)
{
	u64 start, least = U64_MAX;
	int i;

	for (i = 0; i < 1000; i++) {
		start = ktime_get_ns();
		if (ima_snapshot_take(0, NULL) == -ENOENT)
			return;
		least = min(least, ktime_get_ns() - start);
	}
	pr_info("bench snapshot %lu %llu\n", records, least);
}
#else
static void snapshots(unsigned long records) {}
#endif

/* What was allocated once is not a record's. */
static void memory(unsigned long from, unsigned long free)
{
	struct sysinfo info;

	si_meminfo(&info);
	pr_info("bench live %lu %lu\n", max_records,
		((free - info.freeram) << PAGE_SHIFT) / (added - from));
}

static void bench(struct kunit *test)
{
	static const unsigned long lengths[] = { 1000, 20000, 100000, 490000 };
	unsigned long from;
	struct sysinfo info;
	int i;

	while (added < 100)
		add_record(test);
	from = added;
	si_meminfo(&info);
	for (i = 0; i < ARRAY_SIZE(lengths) && lengths[i] < max_records; i++) {
		while (added < lengths[i])
			add_record(test);
		pr_info("bench add %lu %llu\n", lengths[i], ns_per_record(test));
	}
	while (added < max_records)
		add_record(test);
	memory(from, info.freeram);
	snapshots(max_records);
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
