// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the measurement list: numbers, readers, memory and removal.
 *
 * They add records to the measurement list of the kernel they run in, extend
 * IMA's PCR with them, and remove them: not for production.
 */

#include <crypto/hash.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/vmstat.h>

#include "../ima.h"

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
	/* The digest of other data is another one. */
	if (buf)
		memcpy(hash.digest, buf, min(strlen(buf), SHA1_DIGEST_SIZE));
	event_data.critical_data = critical_data;
	ret = ima_alloc_init_template(&event_data, &entry, desc);
	if (ret)
		return ret;

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

	return ima_trim(&req);
}

static void trim_counts_test(struct kunit *test)
{
	unsigned long total = ima_num_removed, num;
	struct ima_trim_request req = { .num_records = 2, .has_total = true };
	unsigned long size, empty_size, first;

	add_records(test, 10);
	num = num_records();
	first = ima_ranges[BINARY].first;

	KUNIT_EXPECT_EQ(test, -ENOENT, trim(num + 1));
	KUNIT_EXPECT_EQ(test, num, num_records());

	KUNIT_EXPECT_EQ(test, 0, trim(1));
	KUNIT_EXPECT_EQ(test, num - 1, num_records());
	KUNIT_EXPECT_EQ(test, total + 1, ima_num_removed);
	KUNIT_EXPECT_EQ(test, first + 1, ima_ranges[BINARY].first);

	req.total = total;
	KUNIT_EXPECT_EQ(test, -ECANCELED, ima_trim(&req));
	KUNIT_EXPECT_EQ(test, num - 1, num_records());
	req.total = total + 1;
	KUNIT_EXPECT_EQ(test, 0, ima_trim(&req));
	KUNIT_EXPECT_EQ(test, num - 3, num_records());

	KUNIT_EXPECT_EQ(test, 0, trim(num - 3));
	KUNIT_EXPECT_EQ(test, 0, num_records());
	KUNIT_EXPECT_EQ(test, total + num, ima_num_removed);
	KUNIT_EXPECT_EQ(test, first + num, ima_ranges[BINARY].first);
	KUNIT_EXPECT_EQ(test, first + num, ima_ranges[BINARY].next);
	KUNIT_EXPECT_EQ(test, -ENOENT, trim(1));
	/* nothing wraps around */
	KUNIT_EXPECT_EQ(test, -ENOENT, trim(ULONG_MAX));

	/* what will be carried over kexec shrinks and grows with the list */
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
	struct ima_record_range old_live, old_staged;
	bool old_canonical_fmt = ima_canonical_fmt;
	struct ima_kexec_hdr khdr;
	unsigned long old_count;
	int i;

	add_records(test, 1);	/* or there is nothing to remove */
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	old_count = ima_num_removed;
	old_live = ima_ranges[BINARY];
	old_staged = ima_ranges[BINARY_STAGED];

	for (i = 0; i < 2; i++) {
		ima_canonical_fmt = i;
		khdr = (struct ima_kexec_hdr){
			.version = 1,
			.removed_hi = count >> 32,
			.removed_lo = count,
			.buffer_size = sizeof(khdr),
		};
		if (i) {
			khdr.version = (__force u16)cpu_to_le16(khdr.version);
			khdr.removed_hi = (__force u16)cpu_to_le16(khdr.removed_hi);
			khdr.removed_lo = (__force u32)cpu_to_le32(khdr.removed_lo);
			khdr.buffer_size = (__force u64)cpu_to_le64(khdr.buffer_size);
		}
		KUNIT_EXPECT_EQ(test, 0,
				ima_restore_measurement_list(sizeof(khdr),
							     &khdr));
		KUNIT_EXPECT_EQ(test, count, ima_num_removed);
		add_records(test, 2);
		KUNIT_EXPECT_EQ(test, count, ima_ranges[BINARY].first);
		KUNIT_EXPECT_EQ(test, count + 2, ima_ranges[BINARY].next);
		KUNIT_EXPECT_EQ(test, 0, trim(2));
		count += 2;
		KUNIT_EXPECT_EQ(test, count, ima_num_removed);
	}

	/* as if nothing had happened */
	ima_canonical_fmt = old_canonical_fmt;
	scoped_guard(mutex, &ima_extend_list_mutex) {
		ima_num_removed = old_count;
		ima_ranges[BINARY] = old_live;
		ima_ranges[BINARY_STAGED] = old_staged;
	}
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
	unsigned long num, total = ima_num_removed;
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
	KUNIT_EXPECT_EQ(test, total + num + 3, ima_num_removed);
	if (!ima_flush_htable)
		KUNIT_EXPECT_EQ(test, -EEXIST, add_record("trim_kunit.full", 0));
}

static int trim_upto(const char *name, unsigned long nth)
{
	struct ima_trim_request req = { .upto = name, .nth = nth };

	return ima_trim(&req);
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
	total = ima_num_removed;

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
	KUNIT_EXPECT_EQ(test, total, ima_num_removed);

	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", 1));
	KUNIT_EXPECT_EQ(test, total + 3, ima_num_removed);
	/* it is at the head now */
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", 1));
	KUNIT_EXPECT_EQ(test, total + 3, ima_num_removed);
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", 2));
	KUNIT_EXPECT_EQ(test, total + 7, ima_num_removed);
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_two", 1));
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_one", IMA_TRIM_LAST));
	KUNIT_EXPECT_EQ(test, total + 9, ima_num_removed);
	KUNIT_EXPECT_EQ(test, 2, num_records());
}

/* What a user can have stored does not count, whatever its name. */
static void trim_upto_hostile_test(struct kunit *test)
{
	struct ima_template_desc *sig = lookup_template_desc("ima-sig");
	struct ima_template_desc *buf = ima_template_desc_buf();
	unsigned long num;

	/* without its fields, a record would have no name */
	KUNIT_ASSERT_EQ(test, 0, template_desc_init_fields(sig->fmt,
							   &sig->fields,
							   &sig->num_fields));
	KUNIT_ASSERT_EQ(test, 0, add_record("tk_hostile", 0));
	KUNIT_ASSERT_EQ(test, 0,
			add_buf_record("tk_hostile", 0, NULL, buf, false));
	KUNIT_ASSERT_EQ(test, 0,
			add_buf_record("tk_hostile", 0, "key", buf, false));
	/* critical data that a rule's template stores without a buffer */
	KUNIT_ASSERT_EQ(test, 0, add_buf_record("tk_hostile", 0, "data",
						sig, true));
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
	struct ima_record *rec;
	int ret;

	rec = ima_reader_start(m, pos);
	while (!IS_ERR_OR_NULL(rec) && max--) {
		KUNIT_EXPECT_PTR_EQ(test, rec,
				    ima_find_record(BINARY, (*number)++));
		rec = ima_reader_next(m, rec, pos);
	}
	ret = PTR_ERR_OR_ZERO(rec);
	ima_reader_stop(m, rec);
	return ret;
}

static struct file *open_reader(struct kunit *test)
{
	struct file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0, ima_reader_open(file, &reader_ops, BINARY));
	return file;
}

static void trim_reader_test(struct kunit *test)
{
	struct file *file = open_reader(test);
	struct seq_file *m = file->private_data;
	unsigned long number;
	loff_t pos = 0;

	add_records(test, 1);	/* or there is nothing to remove */
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	add_records(test, 20);
	number = ima_ranges[BINARY].first;

	/* up to the reader, and not beyond: it goes on */
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 5));
	KUNIT_ASSERT_EQ(test, 0, trim(3));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 5));
	KUNIT_ASSERT_EQ(test, 0, trim(7));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, m, &pos, &number, 100));
	KUNIT_EXPECT_EQ(test, 20, pos);

	/* all was read: whatever is removed, it goes on with the next */
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

/* A reader that was rewound in the middle of a walk does not go on with it. */
static void trim_reader_rewound_test(struct kunit *test)
{
	struct file *file = open_reader(test);
	unsigned long number = 0;
	loff_t pos = 1;

	KUNIT_EXPECT_EQ(test, -ESTALE,
			read_records(test, file->private_data, &pos, &number,
				     1));
	seq_release_private(NULL, file);
}

/* lseek() that only asks for the offset does not give a reader another base. */
static void trim_reader_tell_test(struct kunit *test)
{
	struct file *file = open_reader(test);
	unsigned long number;
	loff_t pos = 0;

	add_records(test, 1);
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	number = ima_ranges[BINARY].first;
	KUNIT_EXPECT_EQ(test, 0, read_records(test, file->private_data, &pos,
					      &number, 1));
	add_records(test, 2);
	KUNIT_ASSERT_EQ(test, 0, trim(2));
	KUNIT_EXPECT_EQ(test, 0, ima_reader_llseek(file, 0, SEEK_CUR));
	KUNIT_EXPECT_EQ(test, -ESTALE,
			read_records(test, file->private_data, &pos, &number,
				     1));
	KUNIT_EXPECT_EQ(test, 0, ima_reader_llseek(file, 0, SEEK_SET));
	add_records(test, 1);
	number += 2;
	KUNIT_EXPECT_EQ(test, 0, read_records(test, file->private_data, &pos,
					      &number, 1));
	KUNIT_EXPECT_EQ(test, 1, pos);
	seq_release_private(NULL, file);
}

enum found { GONE, FOUND, END };

static enum found find(enum binary_lists list, unsigned long number)
{
	struct ima_record *rec;

	guard(rcu)();
	rec = ima_find_record(list, number);
	return IS_ERR(rec) ? GONE : rec ? FOUND : END;
}

#define MOVED 4

/* The first and the last record that moves, and the place behind it */
static void expect_found(struct kunit *test, enum binary_lists list,
			 unsigned long first, enum found records,
			 enum found behind)
{
	KUNIT_EXPECT_EQ(test, records, find(list, first));
	KUNIT_EXPECT_EQ(test, records, find(list, first + MOVED - 1));
	KUNIT_EXPECT_EQ(test, behind, find(list, first + MOVED));
}

/*
 * Whenever a reader looks while records are staged or removed, it gets the
 * record, or is told that it is gone, but never that the list ends there.
 */
static void trim_reader_states_test(struct kunit *test)
{
	struct ima_record_range *staged = &ima_ranges[BINARY_STAGED];
	struct ima_record_range *live = &ima_ranges[BINARY];
	struct ima_trim_request other_total = {
		.num_records = 1,
		.has_total = true,
		.total = ima_num_removed - 1,
	};
	unsigned long first;

	KUNIT_ASSERT_EQ(test, staged->first, staged->next);
	add_records(test, 1);	/* the staged range is behind the live one */
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	add_records(test, MOVED);
	first = live->first;
	KUNIT_ASSERT_NE(test, first, staged->next);

	expect_found(test, BINARY, first, FOUND, END);
	expect_found(test, BINARY_STAGED, first, END, END);

	/* the three stores of ima_queue_stage(), one at a time */
	WRITE_ONCE(staged->first, first);
	expect_found(test, BINARY, first, FOUND, END);
	expect_found(test, BINARY_STAGED, first, END, END);
	WRITE_ONCE(staged->next, live->next);
	expect_found(test, BINARY, first, FOUND, END);
	expect_found(test, BINARY_STAGED, first, FOUND, END);
	WRITE_ONCE(live->first, live->next);
	expect_found(test, BINARY, first, GONE, END);
	expect_found(test, BINARY_STAGED, first, FOUND, END);

	/* undo it, and let the real ones do it */
	WRITE_ONCE(live->first, first);
	WRITE_ONCE(staged->next, first);
	KUNIT_ASSERT_EQ(test, 0, ima_queue_stage());
	expect_found(test, BINARY, first, GONE, END);
	expect_found(test, BINARY_STAGED, first, FOUND, END);
	KUNIT_EXPECT_EQ(test, 0, num_records());
	KUNIT_EXPECT_EQ(test, MOVED,
			atomic_long_read(&ima_num_records[BINARY_STAGED]));
	KUNIT_EXPECT_EQ(test, -EBUSY, trim(1));
	/* whatever T is */
	KUNIT_EXPECT_EQ(test, -EBUSY, ima_trim(&other_total));
	KUNIT_EXPECT_EQ(test, -EEXIST, ima_queue_stage());

	/* a removal that empties a list is one store */
	KUNIT_ASSERT_EQ(test, 0, ima_queue_staged_delete_all());
	KUNIT_EXPECT_EQ(test, -ENOENT, ima_queue_stage());
	KUNIT_EXPECT_EQ(test, 0,
			atomic_long_read(&ima_num_records[BINARY_STAGED]));
	expect_found(test, BINARY_STAGED, first, GONE, END);
	expect_found(test, BINARY, first, GONE, END);
	KUNIT_EXPECT_EQ(test, -ENOENT, ima_queue_staged_delete_all());
}

/* Numbers wrap around after 4 G records on 32 bits. */
static void trim_numbers_wrap_test(struct kunit *test)
{
	struct ima_record_range old_live, old_staged;
	struct file *file = open_reader(test);
	unsigned long number = ULONG_MAX - 1;
	loff_t pos = 0;

	add_records(test, 1);
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	scoped_guard(mutex, &ima_extend_list_mutex) {
		old_live = ima_ranges[BINARY];
		old_staged = ima_ranges[BINARY_STAGED];
		ima_ranges[BINARY].first = number;
		ima_ranges[BINARY].next = number;
		ima_ranges[BINARY_STAGED].first = number;
		ima_ranges[BINARY_STAGED].next = number;
	}

	add_records(test, 5);
	KUNIT_EXPECT_EQ(test, 3, ima_ranges[BINARY].next);
	KUNIT_EXPECT_EQ(test, -ENOENT, trim(6));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, file->private_data, &pos,
					      &number, 4));
	KUNIT_EXPECT_EQ(test, 0, trim(3));
	KUNIT_EXPECT_EQ(test, 0, read_records(test, file->private_data, &pos,
					      &number, 4));
	KUNIT_EXPECT_EQ(test, 3, number);
	KUNIT_EXPECT_EQ(test, 0, ima_queue_stage());
	KUNIT_EXPECT_EQ(test, 0, ima_queue_staged_delete_all());
	add_records(test, 2);
	KUNIT_EXPECT_EQ(test, 0, trim(2));
	seq_release_private(NULL, file);

	scoped_guard(mutex, &ima_extend_list_mutex) {
		ima_ranges[BINARY] = old_live;
		ima_ranges[BINARY_STAGED] = old_staged;
	}
}

struct freeing {
	struct completion reader_entered;
	struct completion deleted;
	bool leave;
	bool left_early;
};

static int rcu_reader(void *arg)
{
	struct freeing *f = arg;
	int i;

	rcu_read_lock();
	complete(&f->reader_entered);
	for (i = 0; i < 20000 && !READ_ONCE(f->leave); i++)
		mdelay(1);
	f->left_early = !READ_ONCE(f->leave);
	rcu_read_unlock();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int staged_deleter(void *arg)
{
	struct freeing *f = arg;

	ima_queue_staged_delete_all();
	complete(&f->deleted);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* While removed records wait to be freed, requests are answered. */
static void trim_during_free_test(struct kunit *test)
{
	struct task_struct *reader, *deleter;
	struct freeing f = {};

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");

	init_completion(&f.reader_entered);
	init_completion(&f.deleted);
	add_records(test, 5);
	KUNIT_ASSERT_EQ(test, 0, ima_queue_stage());
	add_records(test, 5);

	reader = kthread_run(rcu_reader, &f, "trim_reader");
	KUNIT_ASSERT_FALSE(test, IS_ERR(reader));
	get_task_struct(reader);
	wait_for_completion(&f.reader_entered);
	deleter = kthread_run(staged_deleter, &f, "trim_deleter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(deleter));
	get_task_struct(deleter);
	while (READ_ONCE(ima_ranges[BINARY_STAGED].first) !=
	       READ_ONCE(ima_ranges[BINARY_STAGED].next))
		cond_resched();

	KUNIT_EXPECT_EQ(test, -ENOENT, trim(ULONG_MAX));
	add_records(test, 1);
	KUNIT_EXPECT_EQ(test, 0, ima_queue_stage());
	KUNIT_EXPECT_EQ(test, -EBUSY, trim(1));
	KUNIT_EXPECT_FALSE(test, completion_done(&f.deleted));

	WRITE_ONCE(f.leave, true);
	wait_for_completion(&f.deleted);
	KUNIT_EXPECT_FALSE(test, f.left_early);
	kthread_stop_put(reader);
	kthread_stop_put(deleter);
	KUNIT_EXPECT_EQ(test, 0, ima_queue_staged_delete_all());
}

static const char * const record_templates[] = {
	"ima", "ima-ng", "ima-sig", "ima-ngv2", "ima-sigv2", "ima-buf",
	"ima-modsig", "evm-sig",
};

static void record_desc(const char * const *name, char *desc)
{
	strscpy(desc, *name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(record, record_templates, record_desc);

static void append(u8 **p, const void *data, size_t len)
{
	memcpy(*p, data, len);
	*p += len;
}

/* The binary form of a record, made from the template entry */
static size_t expected_record(const struct ima_template_entry *entry, u8 *buf)
{
	const char *name = ima_template_name(entry->template_desc);
	u32 len = strlen(name), pcr = entry->pcr;
	bool is_ima = !strcmp(name, "ima");
	u8 *p = buf;
	int i;

	append(&p, &pcr, sizeof(pcr));
	append(&p, entry->digests[ima_sha1_idx].digest, TPM_DIGEST_SIZE);
	append(&p, &len, sizeof(len));
	append(&p, name, len);
	if (!is_ima)
		append(&p, &entry->template_data_len, sizeof(u32));
	for (i = 0; i < entry->template_desc->num_fields; i++) {
		len = entry->template_data[i].len;
		if (is_ima && i == 1)
			len--;		/* the name without its NUL */
		if (!is_ima || i == 1)
			append(&p, &len, sizeof(len));
		append(&p, entry->template_data[i].data, len);
	}
	return p - buf;
}

/* What is hashed: in template "ima" no lengths, and 256 bytes for the name */
static size_t expected_data(const struct ima_template_entry *entry, u8 *buf)
{
	bool is_ima = !strcmp(entry->template_desc->name, "ima");
	u8 *p = buf;
	u32 len;
	int i;

	for (i = 0; i < entry->template_desc->num_fields; i++) {
		len = entry->template_data[i].len;
		if (!is_ima)
			append(&p, &len, sizeof(len));
		append(&p, entry->template_data[i].data, len);
		if (is_ima && i == 1) {
			memset(p, 0, IMA_EVENT_NAME_LEN_MAX + 1 - len);
			p += IMA_EVENT_NAME_LEN_MAX + 1 - len;
		}
	}
	return p - buf;
}

/* Each bank has its own digest, and the file of a bank shows that. */
static void expect_digests(struct kunit *test, struct ima_record *rec,
			   const u8 *data, size_t len)
{
	struct inode *inode = kunit_kzalloc(test, sizeof(*inode), GFP_KERNEL);
	struct file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);
	u8 *buf = kunit_kzalloc(test, 1024, GFP_KERNEL);
	u8 digest[HASH_MAX_DIGESTSIZE];
	struct crypto_shash *tfm;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, inode);
	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	file->f_inode = inode;
	for (i = 0; i < NR_BANKS(ima_tpm_chip) + ima_extra_slots; i++) {
		struct seq_file m = {
			.buf = buf, .size = 1024, .file = file,
		};

		if (!ima_algo_array[i].tfm)
			continue;
		tfm = crypto_alloc_shash(hash_algo_name[ima_algo_array[i].algo],
					 0, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(tfm));
		KUNIT_EXPECT_EQ(test, 0, crypto_shash_tfm_digest(tfm, data, len,
								 digest));
		crypto_free_shash(tfm);
		KUNIT_EXPECT_MEMEQ(test, ima_record_digest(rec, i), digest,
				   ima_algo_array[i].digest_size);
		inode->i_private = (void *)(unsigned long)i;
		ima_measurements_show(&m, rec);
		KUNIT_EXPECT_MEMEQ(test, buf + sizeof(u32), digest,
				   ima_algo_array[i].digest_size);
	}
}

/* What is packed into a record is shown as it was, for each template. */
static void trim_record_test(struct kunit *test)
{
	struct ima_max_digest_data hash = {};
	struct ima_iint_cache iint = {
		.ima_hash = container_of(&hash.hdr, struct ima_digest_data, hdr),
	};
	struct ima_event_data event_data = {
		.iint = &iint,
		.filename = "trim_kunit.record",
		.buf = "record",
		.buf_len = 6,
	};
	const char *name = *(const char * const *)test->param_value;
	struct ima_template_desc *desc = lookup_template_desc(name);
	struct seq_file m = { .size = 8192 };
	struct ima_template_entry *entry;
	struct ima_record *rec;
	size_t size;
	u8 *buf;

	if (ima_canonical_fmt && IS_ENABLED(CONFIG_CPU_BIG_ENDIAN))
		kunit_skip(test, "the expectation is of the machine's order");

	KUNIT_ASSERT_NOT_NULL(test, desc);
	KUNIT_ASSERT_EQ(test, 0, template_desc_init_fields(desc->fmt,
							   &desc->fields,
							   &desc->num_fields));
	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	KUNIT_ASSERT_NOT_NULL(test, buf);

	/* template "ima" takes digests of these algorithms only */
	iint.ima_hash->algo = HASH_ALGO_SHA1;
	iint.ima_hash->length = SHA1_DIGEST_SIZE;
	memset(iint.ima_hash->digest, 0x5a, SHA1_DIGEST_SIZE);
	KUNIT_ASSERT_EQ(test, 0,
			ima_alloc_init_template(&event_data, &entry, desc));
	entry->pcr = CONFIG_IMA_MEASURE_PCR_IDX;
	KUNIT_EXPECT_EQ(test, 0,
			ima_calc_field_array_hash(entry->template_data, entry));
	size = expected_record(entry, buf);
	KUNIT_ASSERT_EQ(test, 0, ima_restore_measurement_entry(entry));

	/* nothing else removes it, and what follows may sleep */
	rcu_read_lock();
	rec = ima_find_record(BINARY, ima_ranges[BINARY].next - 1);
	rcu_read_unlock();
	ima_measurements_show(&m, rec);
	KUNIT_ASSERT_EQ(test, size, m.count);
	KUNIT_EXPECT_MEMEQ(test, m.buf, buf, size);
	expect_digests(test, rec, buf, expected_data(entry, buf));
	ima_free_template_entry(entry);
}

/* Small records share pages, up to half a page; larger ones have their own. */
static void trim_record_memory_test(struct kunit *test)
{
	struct ima_record *rec;
	unsigned int len;
	char *buf;

	buf = kunit_kzalloc(test, PAGE_SIZE + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (len = 1; len <= PAGE_SIZE; len *= 2) {
		memset(buf, 'x', len);
		KUNIT_ASSERT_EQ(test, 0,
				add_buf_record("trim_kunit.memory", 0, buf,
					       ima_template_desc_buf(), false));
		rcu_read_lock();
		rec = ima_find_record(BINARY, ima_ranges[BINARY].next - 1);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)rec,
						   sizeof(long)));
		if (!IS_ENABLED(CONFIG_KASAN) && len <= PAGE_SIZE / 4)
			KUNIT_EXPECT_FALSE(test,
					   folio_test_slab(virt_to_folio(rec)));
		rcu_read_unlock();
	}
	KUNIT_EXPECT_EQ(test, 0, trim(num_records()));
}

/* Fields of a carried record may lack a NUL or a prefix, and be unaligned. */
static void trim_unterminated_test(struct kunit *test)
{
	static const struct {
		const char *template;
		int index;
		enum ima_show_type show;
		const char *data;
		u32 len;
		const char *shown;
	} cases[] = {
		{ "ima-ng", 1, IMA_SHOW_ASCII, "abcdef", 3, "abc" },
		{ "ima-ng", 1, IMA_SHOW_ASCII, "ab\0def", 6, "ab" },
		{ "ima-ng", 0, IMA_SHOW_ASCII, "sha256:X", 6,
		  "736861323536" },
		{ "ima-ng", 0, IMA_SHOW_ASCII, "sha256:X", 7,
		  "7368613235363a" },
		{ "ima-ng", 0, IMA_SHOW_ASCII, "md5:XYZ", 6, "md5:XY59" },
		{ "ima-ng", 0, IMA_SHOW_ASCII, "md5:\0Z", 6, "md5:5a" },
		{ "ima-ng", 0, IMA_SHOW_ASCII, ":\0Z", 3, "5a" },
		{ "ima", 0, IMA_SHOW_BINARY_NO_FIELD_LEN, "abcdef", 3, "abc" },
	};
	static const u8 unaligned[] = { 0, 7, 7, 7, 7, 7, 7, 7, 7 };
	struct ima_template_desc *desc;
	struct ima_field_data field;
	char buf[64];
	u32 len;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seq_file m = { .buf = buf, .size = sizeof(buf) };

		desc = lookup_template_desc(cases[i].template);
		KUNIT_ASSERT_EQ(test, 0,
				template_desc_init_fields(desc->fmt,
							  &desc->fields,
							  &desc->num_fields));
		field.data = (u8 *)cases[i].data;
		field.len = cases[i].len;
		memset(buf, 0, sizeof(buf));
		desc->fields[cases[i].index]->field_show(&m, cases[i].show,
							 &field);
		KUNIT_EXPECT_STREQ(test, buf, cases[i].shown);
	}

	for (len = 1; len <= sizeof(u64); len *= 2) {
		struct seq_file m = { .buf = buf, .size = sizeof(buf) };
		u64 value = 0x0707070707070707ULL >> (64 - 8 * len);
		char shown[32];

		desc = lookup_template_desc("evm-sig");
		KUNIT_ASSERT_EQ(test, 0,
				template_desc_init_fields(desc->fmt,
							  &desc->fields,
							  &desc->num_fields));
		field.data = (u8 *)unaligned + 1;
		field.len = len;
		memset(buf, 0, sizeof(buf));
		desc->fields[desc->num_fields - 1]->field_show(&m,
							       IMA_SHOW_ASCII,
							       &field);
		snprintf(shown, sizeof(shown), "%llu", value);
		KUNIT_EXPECT_STREQ(test, buf, shown);
	}

	/* the name of template "ima", with its length */
	desc = lookup_template_desc("ima");
	struct seq_file m = { .buf = buf, .size = sizeof(buf) };

	field.data = (u8 *)"abcdef";
	field.len = 3;
	desc->fields[1]->field_show(&m, IMA_SHOW_BINARY_OLD_STRING_FMT, &field);
	KUNIT_EXPECT_EQ(test, sizeof(u32) + 3, m.count);
	KUNIT_EXPECT_MEMEQ(test, buf + sizeof(u32), "abc", 3);
}

/* As if it came over kexec; a violation has no digest. */
static int restore_buf_record(const char *name, const char *buf, bool violation)
{
	struct ima_max_digest_data hash = {};
	struct ima_iint_cache iint = {
		.ima_hash = container_of(&hash.hdr, struct ima_digest_data, hdr),
	};
	struct ima_event_data event_data = {
		.iint = &iint,
		.filename = name,
		.buf = buf,
		.buf_len = strlen(buf),
		.critical_data = true,
	};
	struct ima_template_entry *entry;
	int ret;

	iint.ima_hash->algo = ima_hash_algo;
	iint.ima_hash->length = hash_digest_size[ima_hash_algo];
	ret = ima_alloc_init_template(&event_data, &entry,
				      ima_template_desc_buf());
	if (ret)
		return ret;

	entry->pcr = CONFIG_IMA_MEASURE_PCR_IDX;
	if (!violation)
		ret = ima_calc_field_array_hash(entry->template_data, entry);
	ret = ret ?: ima_restore_measurement_entry(entry);
	ima_free_template_entry(entry);
	return ret;
}

/* A violation's data can be forged without disturbing the PCR. */
static void trim_upto_restored_test(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, restore_buf_record("tk_restored", "x", true));
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_restored", 1));
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_restored", IMA_TRIM_LAST));
	KUNIT_ASSERT_EQ(test, 0, restore_buf_record("tk_restored", "x", false));
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_restored", 1));
	KUNIT_EXPECT_EQ(test, 1, num_records());
	KUNIT_EXPECT_EQ(test, -ENOENT, trim_upto("tk_restored", 2));
}

/*
 * With ima_flush_htable, the digest of a removed record is forgotten, but not
 * that of a record which has the same and is still in the list.
 */
static void trim_flush_test(struct kunit *test)
{
	struct ima_template_desc *desc = ima_template_desc_buf();
	bool old_flush = ima_flush_htable;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		kunit_skip(test, "no hash table");

	ima_flush_htable = true;
	add_records(test, 1);
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	KUNIT_ASSERT_EQ(test, 0, restore_buf_record("tk_flush", "x", false));
	KUNIT_ASSERT_EQ(test, 0, add_buf_record("tk_flush", 0, "x", desc, true));
	KUNIT_EXPECT_EQ(test, 0, trim(1));
	KUNIT_EXPECT_EQ(test, -EEXIST,
			add_buf_record("tk_flush", 0, "x", desc, true));
	KUNIT_EXPECT_EQ(test, 0, trim(1));
	KUNIT_EXPECT_EQ(test, 0, add_buf_record("tk_flush", 0, "x", desc, true));
	/* through staging, both flavors */
	KUNIT_EXPECT_EQ(test, 0, ima_queue_stage());
	KUNIT_EXPECT_EQ(test, 0, ima_queue_staged_delete_all());
	KUNIT_EXPECT_EQ(test, 0, add_buf_record("tk_flush", 0, "x", desc, true));
	KUNIT_EXPECT_EQ(test, 0, ima_queue_delete_partial(1));
	KUNIT_EXPECT_EQ(test, 0, add_buf_record("tk_flush", 0, "x", desc, true));
	ima_flush_htable = old_flush;
}

/* A field "n" will do, where a template has no "n-ng". */
static void trim_upto_old_name_test(struct kunit *test)
{
	static struct ima_template_desc desc = { .name = "", .fmt = "d-ng|n|buf" };

	KUNIT_ASSERT_EQ(test, 0, template_desc_init_fields(desc.fmt,
							   &desc.fields,
							   &desc.num_fields));
	add_records(test, 1);
	KUNIT_ASSERT_EQ(test, 0,
			add_buf_record("tk_old", 0, "data", &desc, true));
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_old", 1));
	KUNIT_EXPECT_EQ(test, 1, num_records());
	/* the description is not one of those that stay */
	KUNIT_EXPECT_EQ(test, 0, trim(1));
	kfree(desc.fields);
	desc.num_fields = 0;	/* for another run */
}

/* A search ends when the task is interrupted, and removes nothing. */
static void trim_upto_signal_test(struct kunit *test)
{
	unsigned long num;

	add_records(test, 1);
	add_critical_data(test, "tk_signal");
	num = num_records();
	set_thread_flag(TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, -EINTR, trim_upto("tk_signal", 1));
	clear_thread_flag(TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, num, num_records());
	KUNIT_EXPECT_EQ(test, 0, trim_upto("tk_signal", 1));
}

#define LARGE SZ_64K
#define LARGE_RECORDS 64

/* All that adding a record has allocated is freed after its removal. */
static void trim_memory_test(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, LARGE, GFP_KERNEL);
	unsigned long before = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 'x', LARGE - 1);
	for (i = 0; i <= LARGE_RECORDS; i++) {
		scnprintf(buf, 32, "trim_kunit.memory.%d", i);
		buf[strlen(buf)] = 'x';
		KUNIT_ASSERT_EQ(test, 0,
				add_buf_record("trim_kunit.memory", 0, buf,
					       ima_template_desc_buf(), false));
		KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
		if (!i)		/* what is kept of the first is not counted */
			before = global_zone_page_state(NR_FREE_PAGES);
	}
	KUNIT_EXPECT_GT(test, global_zone_page_state(NR_FREE_PAGES) +
			LARGE_RECORDS * LARGE / PAGE_SIZE / 2, before);
}

/* A walk over a long list loses no record. */
static void trim_reader_long_test(struct kunit *test)
{
	const unsigned int num = 3 * IMA_WALK_RECORDS + 1;
	struct file *file = open_reader(test);
	unsigned long number;
	loff_t pos = 0;

	add_records(test, 1);
	KUNIT_ASSERT_EQ(test, 0, trim(num_records()));
	add_records(test, num);
	number = ima_ranges[BINARY].first;
	KUNIT_EXPECT_EQ(test, 0, read_records(test, file->private_data, &pos,
					      &number, num + 1));
	KUNIT_EXPECT_EQ(test, num, pos);
	KUNIT_EXPECT_EQ(test, ima_ranges[BINARY].next, number);
	seq_release_private(NULL, file);
	KUNIT_EXPECT_EQ(test, 0, trim(num_records()));
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
	KUNIT_CASE(trim_reader_rewound_test),
	KUNIT_CASE(trim_reader_tell_test),
	KUNIT_CASE(trim_reader_states_test),
	KUNIT_CASE(trim_numbers_wrap_test),
	KUNIT_CASE(trim_during_free_test),
	KUNIT_CASE_PARAM(trim_record_test, record_gen_params),
	KUNIT_CASE(trim_record_memory_test),
	KUNIT_CASE(trim_unterminated_test),
	KUNIT_CASE(trim_upto_restored_test),
	KUNIT_CASE(trim_flush_test),
	KUNIT_CASE(trim_upto_old_name_test),
	KUNIT_CASE(trim_upto_signal_test),
	KUNIT_CASE(trim_memory_test),
	KUNIT_CASE(trim_reader_long_test),
	KUNIT_CASE(trim_htable_test),
	{}
};

static struct kunit_suite trim_test_suite = {
	.name = "ima_trim",
	.test_cases = trim_test_cases,
};

kunit_test_suite(trim_test_suite);
