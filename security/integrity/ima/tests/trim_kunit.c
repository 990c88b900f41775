// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of dropping records, of their numbers and of readers.
 *
 * They add records to the measurement list of the kernel they run in, extend
 * the PCR of IMA's with them, and drop them: not for production.
 */

#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/moduleparam.h>
#include <linux/rhashtable.h>
#include <linux/seq_file.h>

#include "../ima.h"
#include "../ima_trim.h"

struct parse_case {
	const char *str;
	size_t len;
	int ret;
	bool has_total;
	unsigned long total;
	unsigned long num_records;
	const char *upto;
	unsigned long nth;
};

#define BAD(s, err)	{ .str = s, .len = sizeof(s) - 1, .ret = err }
#define GOOD(s, n)	{ .str = s, .len = sizeof(s) - 1, .num_records = n }
#define GOOD_T(s, t, n)	{ .str = s, .len = sizeof(s) - 1, .has_total = true, \
			  .total = t, .num_records = n }
#define UPTO(s, u, n)	{ .str = s, .len = sizeof(s) - 1, .upto = u, .nth = n }
#define UPTO_T(s, t, u, n) { .str = s, .len = sizeof(s) - 1, .has_total = true, \
			     .total = t, .upto = u, .nth = n }

static const struct parse_case parse_cases[] = {
	GOOD("1", 1), GOOD("1\n", 1), GOOD("007", 7),
	GOOD("4294967295", 4294967295UL),
	GOOD_T("0:1", 0, 1), GOOD_T("12:34\n", 12, 34),
	BAD("", -EINVAL), BAD("\n", -EINVAL), BAD("0", -EINVAL),
	BAD("+1", -EINVAL), BAD("-1", -EINVAL), BAD(" 1", -EINVAL),
	BAD("1 ", -EINVAL), BAD("1\n\n", -EINVAL), BAD("1\n1", -EINVAL),
	BAD("0x1", -EINVAL), BAD("one", -EINVAL), BAD("1\0", -EINVAL),
	BAD("1\0zz\n", -EINVAL), BAD(":", -EINVAL), BAD(":1", -EINVAL),
	BAD("1:", -EINVAL), BAD("1:0", -EINVAL), BAD("1:+1", -EINVAL),
	BAD("+1:1", -EINVAL), BAD("1:1:1", -EINVAL), BAD("1\n:1", -EINVAL),
	BAD("18446744073709551616", -ERANGE),
	BAD("18446744073709551616:1", -ERANGE),
	UPTO("upto a first", "a", 1), UPTO("upto a last\n", "a", IMA_TRIM_LAST),
	UPTO("upto a-b_c 12", "a-b_c", 12), UPTO("upto a:b 2", "a:b", 2),
	UPTO("upto upto 3\n", "upto", 3), UPTO("upto 1:2 3", "1:2", 3),
	UPTO_T("0:upto a last", 0, "a", IMA_TRIM_LAST),
	UPTO_T("7:upto first first\n", 7, "first", 1),
	BAD("upto", -EINVAL), BAD("upto ", -EINVAL), BAD("upto a", -EINVAL),
	BAD("upto a ", -EINVAL), BAD("upto  first", -EINVAL),
	BAD("upto  a first", -EINVAL), BAD("upto a  first", -EINVAL),
	BAD("upto a first ", -EINVAL), BAD("upto a First", -EINVAL),
	BAD("upto a first\n\n", -EINVAL), BAD("upto a 0", -EINVAL),
	BAD("upto a -1", -EINVAL), BAD("upto a +1", -EINVAL),
	BAD("upto a 1 2", -EINVAL), BAD("upto a 1:2", -EINVAL),
	BAD("upto a\0b first", -EINVAL), BAD("Upto a first", -EINVAL),
	BAD(" upto a first", -EINVAL), BAD(":upto a first", -EINVAL),
	BAD("1: upto a first", -EINVAL), BAD("+1:upto a first", -EINVAL),
	BAD("upto a 18446744073709551616", -ERANGE),
	BAD("18446744073709551616:upto a first", -ERANGE),
};

static void parse_desc(const struct parse_case *c, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%*pE\"", (int)c->len, c->str);
}

KUNIT_ARRAY_PARAM(parse, parse_cases, parse_desc);

static void trim_parse_test(struct kunit *test)
{
	const struct parse_case *c = test->param_value;
	struct ima_trim_request req;
	char *str;

	str = kunit_kzalloc(test, c->len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, str);
	memcpy(str, c->str, c->len);

	KUNIT_ASSERT_EQ(test, c->ret, ima_trim_parse(str, c->len, &req));
	if (c->ret)
		return;
	KUNIT_EXPECT_EQ(test, c->has_total, req.has_total);
	KUNIT_EXPECT_EQ(test, c->total, req.total);
	KUNIT_EXPECT_EQ(test, c->num_records, req.num_records);
	KUNIT_EXPECT_EQ(test, c->nth, req.nth);
	KUNIT_EXPECT_EQ(test, !!c->upto, !!req.upto);
	if (c->upto)
		KUNIT_EXPECT_STREQ(test, c->upto, req.upto);
}

static int record_pcr = CONFIG_IMA_MEASURE_PCR_IDX;

/* Add a record with template @desc and data @buf, 0 or an errno. */
static int add_buf_record(const char *name, int violation, const char *buf,
			  struct ima_template_desc *desc, bool critical_data)
{
	struct ima_max_digest_data hash = {};
	struct ima_iint_cache iint = {
		.ima_hash = container_of(&hash.hdr, struct ima_digest_data, hdr),
	};
	struct ima_event_data event_data = {
		.iint = &iint,
		.filename = name,
		.violation = violation ? "test" : NULL,
		.buf = buf,
		.buf_len = buf ? strlen(buf) : 0,
	};
	struct ima_template_entry *entry;
	int ret;

	iint.ima_hash->algo = ima_hash_algo;
	iint.ima_hash->length = hash_digest_size[ima_hash_algo];
	ret = ima_alloc_init_template(&event_data, &entry, desc);
	if (ret)
		return ret;

	entry->critical_data = critical_data;
	ret = ima_store_template(entry, violation, NULL, name, record_pcr);
	if (ret)
		ima_free_template_entry(entry);
	return ret;
}

/* Add a record as the measurement of a file would; 0 or an errno. */
static int add_record(const char *name, int violation)
{
	return add_buf_record(name, violation, NULL, NULL, false);
}

/* Names must be new in each test, or they are duplicates. */
static void add_records(struct kunit *test, unsigned int num)
{
	static unsigned int serial;
	char name[32];

	while (num--) {
		snprintf(name, sizeof(name), "trim_kunit.%u", serial++);
		KUNIT_ASSERT_EQ(test, 0, add_record(name, 0));
	}
}

static unsigned long num_records(void)
{
	return atomic_long_read(&ima_num_records[BINARY]);
}

static int trim(unsigned long num)
{
	struct ima_trim_request req = { .num_records = num };

	return ima_queue_trim(&req);
}

static void trim_counts_test(struct kunit *test)
{
	unsigned long total = ima_queue_num_removed(), num;
	struct ima_trim_request req = { .num_records = 2, .has_total = true };
	unsigned long size, empty_size;

	add_records(test, 10);
	num = num_records();

	KUNIT_EXPECT_EQ(test, -ENOENT, trim(num + 1));
	KUNIT_EXPECT_EQ(test, num, num_records());

	KUNIT_EXPECT_EQ(test, 0, trim(1));
	KUNIT_EXPECT_EQ(test, num - 1, num_records());
	KUNIT_EXPECT_EQ(test, total + 1, ima_queue_num_removed());
	KUNIT_EXPECT_EQ(test, total + 1, ima_first_number[BINARY]);

	req.total = total;
	KUNIT_EXPECT_EQ(test, -ECANCELED, ima_queue_trim(&req));
	KUNIT_EXPECT_EQ(test, num - 1, num_records());
	req.total = total + 1;
	KUNIT_EXPECT_EQ(test, 0, ima_queue_trim(&req));
	KUNIT_EXPECT_EQ(test, num - 3, num_records());

	KUNIT_EXPECT_EQ(test, 0, trim(num - 3));
	KUNIT_EXPECT_EQ(test, 0, num_records());
	KUNIT_EXPECT_TRUE(test, list_empty(&ima_measurements));
	KUNIT_EXPECT_EQ(test, total + num, ima_first_number[BINARY]);
	KUNIT_EXPECT_EQ(test, -ENOENT, trim(1));

	/* what is to be carried over kexec shrinks and grows with the list */
	empty_size = ima_get_binary_runtime_size(BINARY);
	add_records(test, 3);
	size = ima_get_binary_runtime_size(BINARY);
	KUNIT_EXPECT_EQ(test, 0, trim(3));
	KUNIT_EXPECT_EQ(test, empty_size, ima_get_binary_runtime_size(BINARY));
	if (IS_ENABLED(CONFIG_IMA_KEXEC))
		KUNIT_EXPECT_GT(test, size, empty_size);
}

/* The count that comes with kexec goes on, in either order of bytes. */
static void trim_restored_count_test(struct kunit *test)
{
	u64 count = BITS_PER_LONG == 64 ? 0x123ffffffffULL : 0xfffffff0;
	unsigned long old_count = ima_queue_num_removed();
	bool old_canonical_fmt = ima_canonical_fmt;
	struct ima_kexec_hdr khdr;
	int i;

	add_records(test, 1);	/* or there is nothing to drop */
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));

	for (i = 0; i < 2; i++) {
		ima_canonical_fmt = i;
		khdr = (struct ima_kexec_hdr){
			.removed_hi = i ? (__force u16)cpu_to_le16(count >> 32) :
					  count >> 32,
			.removed_lo = i ? (__force u32)cpu_to_le32(count) : count,
		};
		ima_restore_num_removed(&khdr);
		KUNIT_EXPECT_EQ(test, count, ima_queue_num_removed());
		add_records(test, 2);
		KUNIT_EXPECT_EQ(test, count, ima_first_number[BINARY]);
		KUNIT_EXPECT_EQ(test, count + 1,
				list_last_entry(&ima_measurements,
						struct ima_queue_entry,
						later)->number);

		KUNIT_EXPECT_EQ(test, 0, trim(2));
		count += 2;
		ima_dump_num_removed(&khdr);
		KUNIT_EXPECT_EQ(test, count >> 32,
				i ? le16_to_cpu((__force __le16)khdr.removed_hi) :
				    khdr.removed_hi);
		KUNIT_EXPECT_EQ(test, (u32)count,
				i ? le32_to_cpu((__force __le32)khdr.removed_lo) :
				    khdr.removed_lo);
	}

	/* as if nothing had happened */
	khdr = (struct ima_kexec_hdr){
		.removed_hi = (u64)old_count >> 32,
		.removed_lo = old_count,
	};
	ima_canonical_fmt = false;
	ima_restore_num_removed(&khdr);
	ima_canonical_fmt = old_canonical_fmt;
}

static void trim_duplicates_test(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE) || ima_flush_htable)
		kunit_skip(test, "no detection of duplicates");

	KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.once", 0));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_record("trim_kunit.once", 0));
	KUNIT_EXPECT_EQ(test, 0, trim(num_records()));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_record("trim_kunit.once", 0));
	KUNIT_EXPECT_EQ(test, 0, num_records());

	/* violations are always added */
	KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.violation", 1));
	KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.violation", 1));
	KUNIT_EXPECT_EQ(test, 2, num_records());
}

/* Each PCR has its own duplicates. */
static void trim_pcr_test(struct kunit *test)
{
	static const int pcrs[] = { 0, 1, 7, 8, 9, 10, 11, 12, 23, 31, 32, 63 };
	int i;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		kunit_skip(test, "no detection of duplicates");
	if (ima_tpm_chip)
		kunit_skip(test, "would extend PCRs that are not IMA's");

	for (i = 0; i < ARRAY_SIZE(pcrs); i++) {
		record_pcr = pcrs[i];
		KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.pcr", 0));
		KUNIT_EXPECT_EQ(test, -EEXIST, add_record("trim_kunit.pcr", 0));
	}
	record_pcr = CONFIG_IMA_MEASURE_PCR_IDX;
}

/* A digest that cannot be stored costs one more record, and nothing else. */
static void trim_htable_full_test(struct kunit *test)
{
	unsigned long num, total = ima_queue_num_removed();
	unsigned int max_elems;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		kunit_skip(test, "no hash table");

	num = num_records();
	max_elems = ima_htable.max_elems;
	ima_htable.max_elems = 0;
	KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.full", 0));
	KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.full", 0));
	ima_htable.max_elems = max_elems;

	KUNIT_EXPECT_EQ(test, 0, add_record("trim_kunit.full", 0));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_record("trim_kunit.full", 0));
	KUNIT_EXPECT_EQ(test, num + 3, num_records());

	KUNIT_EXPECT_EQ(test, 0, trim(num + 3));
	KUNIT_EXPECT_EQ(test, total + num + 3, ima_queue_num_removed());
	if (!ima_flush_htable)
		KUNIT_EXPECT_EQ(test, -EEXIST, add_record("trim_kunit.full", 0));
}

static int trim_upto(const char *name, unsigned long nth)
{
	struct ima_trim_request req = { .upto = name, .nth = nth };

	return ima_queue_trim(&req);
}

/* The data must be new each time, or the record is a duplicate. */
static void add_critical_data(struct kunit *test, const char *name)
{
	static unsigned int serial;
	char buf[32];

	snprintf(buf, sizeof(buf), "trim_kunit.%u", serial++);
	KUNIT_ASSERT_EQ(test, 0, add_buf_record(name, 0, buf,
						ima_template_desc_buf(), true));
}

static void trim_upto_test(struct kunit *test)
{
	unsigned long total;

	add_critical_data(test, "tk one");	/* stored as tk_one */
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	total = ima_queue_num_removed();

	add_records(test, 3);
	add_critical_data(test, "tk_one");
	add_records(test, 2);
	add_critical_data(test, "tk_two");
	add_critical_data(test, "tk one");
	add_records(test, 1);
	add_critical_data(test, "tk_one");
	add_records(test, 1);

	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_one", 4));
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_o", 1));
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_one_", IMA_TRIM_LAST));
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("", IMA_TRIM_LAST));
	KUNIT_EXPECT_EQ(test, total, ima_queue_num_removed());

	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", 1));
	KUNIT_EXPECT_EQ(test, total + 3, ima_queue_num_removed());
	/* it is at the head now */
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", 1));
	KUNIT_EXPECT_EQ(test, total + 3, ima_queue_num_removed());
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", 2));
	KUNIT_EXPECT_EQ(test, total + 7, ima_queue_num_removed());
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_two", 1));
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", IMA_TRIM_LAST));
	KUNIT_EXPECT_EQ(test, total + 9, ima_queue_num_removed());
	KUNIT_EXPECT_EQ(test, 2, num_records());
}

/* What a user can have stored does not count, whatever its name. */
static void trim_upto_hostile_test(struct kunit *test)
{
	struct ima_template_desc *buf = ima_template_desc_buf();
	unsigned long num;

	KUNIT_ASSERT_EQ(test, 0, add_record("tk_hostile", 0));
	KUNIT_ASSERT_EQ(test, 0,
			add_buf_record("tk_hostile", 0, NULL, buf, false));
	KUNIT_ASSERT_EQ(test, 0,
			add_buf_record("tk_hostile", 0, "key", buf, false));
	/* critical data that a rule's template stores without a buffer */
	KUNIT_ASSERT_EQ(test, 0, add_buf_record("tk_hostile", 0, "data",
						lookup_template_desc("ima-sig"),
						true));
	num = num_records();
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_hostile", IMA_TRIM_LAST));
	KUNIT_EXPECT_EQ(test, num, num_records());

	KUNIT_ASSERT_EQ(test, 0,
			add_buf_record("tk_hostile", 0, "data", buf, true));
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_hostile", 2));
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_hostile", 1));
	KUNIT_EXPECT_EQ(test, 1, num_records());
}

static unsigned int htable_records = 20000;
module_param(htable_records, uint, 0444);
MODULE_PARM_DESC(htable_records, "records that the test of the hash table adds");

/* The chains do not grow with the number of records. */
static void trim_htable_test(struct kunit *test)
{
	unsigned int i, depth, used = 0, deepest = 0, size;
	const struct bucket_table *tbl;
	struct rhash_head *pos;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		kunit_skip(test, "no hash table");

	add_records(test, htable_records);
	rcu_read_lock();
	tbl = rcu_dereference(ima_htable.tbl);
	size = tbl->size;
	for (i = 0; i < size; i++) {
		depth = 0;
		rht_for_each_rcu(pos, tbl, i)
			depth++;
		used += !!depth;
		deepest = max(deepest, depth);
	}
	rcu_read_unlock();

	kunit_info(test, "%u records: %u of %u slots used, deepest %u\n",
		   atomic_read(&ima_htable.nelems), used, size, deepest);
	KUNIT_EXPECT_GE(test, atomic_read(&ima_htable.nelems), htable_records);
	KUNIT_EXPECT_LE(test, deepest, 16);
	KUNIT_EXPECT_EQ(test, 0, trim(num_records()));
}

static const struct seq_operations reader_ops = {
	.start = ima_reader_start,
	.next = ima_reader_next,
	.stop = ima_reader_stop,
	.show = ima_measurements_show,
};

/*
 * Consume up to @max records as one read() would, from index *@pos; return the
 * errno that ended it, or zero.
 */
static int read_records(struct kunit *test, struct seq_file *m, loff_t *pos,
			unsigned long *number, unsigned int max)
{
	struct ima_queue_entry *qe;
	int ret;

	qe = ima_reader_start(m, pos);
	while (!IS_ERR_OR_NULL(qe) && max--) {
		KUNIT_EXPECT_EQ(test, (*number)++, qe->number);
		qe = ima_reader_next(m, qe, pos);
	}
	ret = PTR_ERR_OR_ZERO(qe);
	ima_reader_stop(m, qe);
	return ret;
}

static void trim_reader_test(struct kunit *test)
{
	unsigned long number;
	struct seq_file *m;
	struct file *file;
	loff_t pos = 0;

	file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0, ima_reader_open(file, &reader_ops, BINARY));
	m = file->private_data;

	add_records(test, 1);	/* or there is nothing to drop */
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	add_records(test, 20);
	number = ima_queue_num_removed();

	/* up to the reader, and not beyond: it goes on */
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 5));
	KUNIT_ASSERT_EQ(test, 0, trim(3));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 5));
	KUNIT_ASSERT_EQ(test, 0, trim(7));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 100));
	KUNIT_EXPECT_EQ(test, 20, pos);

	/* all was read: whatever is dropped, it goes on with the next */
	KUNIT_ASSERT_EQ(test, 0, trim(10));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 100));
	add_records(test, 2);
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 1));
	KUNIT_EXPECT_EQ(test, 21, pos);

	/* overtaken: an error, and it stays */
	add_records(test, 2);
	KUNIT_ASSERT_EQ(test, 0, trim(3));
	KUNIT_EXPECT_EQ(test, -ESTALE,
			read_records(test, m, &pos, &number, 100));
	add_records(test, 1);
	KUNIT_EXPECT_EQ(test, -ESTALE,
			read_records(test, m, &pos, &number, 100));
	seq_release_private(NULL, file);
}

static struct kunit_case trim_test_cases[] = {
	KUNIT_CASE_PARAM(trim_parse_test, parse_gen_params),
	KUNIT_CASE(trim_counts_test),
	KUNIT_CASE(trim_upto_test),
	KUNIT_CASE(trim_upto_hostile_test),
	KUNIT_CASE(trim_restored_count_test),
	KUNIT_CASE(trim_duplicates_test),
	KUNIT_CASE(trim_pcr_test),
	KUNIT_CASE(trim_htable_full_test),
	KUNIT_CASE(trim_reader_test),
	KUNIT_CASE(trim_htable_test),
	{}
};

static struct kunit_suite trim_test_suite = {
	.name = "ima_trim",
	.test_cases = trim_test_cases,
};

kunit_test_suite(trim_test_suite);
