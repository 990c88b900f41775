// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for snapshots of the measurement list
 *
 * Most tests have a measurement list of their own, in which they play those
 * who add and remove records. A copy of the bytes of every record ever added
 * is kept to tell what a snapshot has to say.
 */

#include <kunit/test.h>
#include <linux/ktime.h>
#include <linux/prandom.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "../ima.h"

#define MAX_RECORDS	4000

struct bytes {
	u8 *data;
	size_t len;
	bool removed_unhashed;
};

struct snapshot_ctx {
	struct ima_snapshot s;
	struct list_head live;
	struct list_head staged;
	atomic_long_t num_records[BINARY__LAST];
	struct crypto_shash *tfm;
	struct ima_template_desc *desc;
	struct rnd_state rnd;
	struct bytes *log;
	u64 added;
	u64 covered;
	u64 removed;
};

/* One field has the length and the content of its neighbour in no record. */
static struct ima_template_entry *make_entry(struct snapshot_ctx *ctx,
					     struct ima_template_desc *desc)
{
	struct ima_template_entry *entry;
	struct ima_field_data *field;
	int i;

	entry = kzalloc(struct_size(entry, template_data, desc->num_fields),
			GFP_KERNEL);
	if (!entry)
		return NULL;
	entry->digests = kcalloc(NR_BANKS(ima_tpm_chip) + ima_extra_slots,
				 sizeof(*entry->digests), GFP_KERNEL);
	entry->template_desc = desc;
	entry->pcr = 10;
	prandom_bytes_state(&ctx->rnd, entry->digests[ima_sha1_idx].digest,
			    SHA1_DIGEST_SIZE);

	for (i = 0; i < desc->num_fields; i++) {
		field = &entry->template_data[i];
		field->len = 1 + prandom_u32_state(&ctx->rnd) % 90;
		if (!strcmp(desc->name, "ima") && !i)
			field->len = IMA_DIGEST_SIZE;
		field->data = kzalloc(field->len, GFP_KERNEL);
		prandom_bytes_state(&ctx->rnd, field->data, field->len);
		if (!strcmp(desc->fields[i]->field_id, "n") ||
		    !strcmp(desc->fields[i]->field_id, "n-ng")) {
			memset(field->data, 'a' + field->len % 26, field->len);
			field->data[field->len - 1] = 0;
		}
		entry->template_data_len += sizeof(u32) + field->len;
	}
	return entry;
}

static void free_qe(struct ima_queue_entry *qe)
{
	ima_free_template_entry(qe->entry);
	memset(qe, 0x6b, sizeof(*qe));	/* so that a use of it is noticed */
	kfree(qe);
}

static u8 *put(u8 *p, const void *data, size_t len)
{
	memcpy(p, data, len);
	return p + len;
}

static u8 *put_u32(u8 *p, u32 value)
{
	if (ima_canonical_fmt)
		value = (__force u32)cpu_to_le32(value);
	return put(p, &value, sizeof(value));
}

/* The binary form of a record, written down once more, from its description. */
static size_t expected_bytes(const struct ima_template_entry *entry, u8 *buf)
{
	const struct ima_template_desc *desc = entry->template_desc;
	const char *name = desc->name[0] ? desc->name : desc->fmt;
	bool is_ima = !strcmp(name, "ima");
	u8 *p = put_u32(buf, entry->pcr);
	int i;

	p = put(p, entry->digests[ima_sha1_idx].digest, SHA1_DIGEST_SIZE);
	p = put_u32(p, strlen(name));
	p = put(p, name, strlen(name));
	if (!is_ima)
		p = put_u32(p, entry->template_data_len);
	for (i = 0; i < desc->num_fields; i++) {
		const struct ima_field_data *field = &entry->template_data[i];
		u32 len = field->len;

		if (is_ima && i == 1)
			len = strlen(field->data);
		if (!is_ima || i == 1)
			p = put_u32(p, len);
		p = put(p, field->data, len);
	}
	return p - buf;
}

static struct ima_template_desc *get_desc(struct kunit *test, const char *name,
					  char *fmt)
{
	struct ima_template_desc *desc;

	if (name) {
		desc = lookup_template_desc(name);
	} else {
		desc = kunit_kzalloc(test, sizeof(*desc), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, desc);
		desc->name = "";
		desc->fmt = fmt;
	}
	KUNIT_ASSERT_NOT_NULL(test, desc);
	KUNIT_ASSERT_EQ(test, 0, template_desc_init_fields(desc->fmt,
							   &desc->fields,
							   &desc->num_fields));
	return desc;
}

static int snapshot_init(struct kunit *test)
{
	struct snapshot_ctx *ctx;

	ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->log = vcalloc(MAX_RECORDS, sizeof(*ctx->log));
	KUNIT_ASSERT_NOT_NULL(test, ctx->log);
	ctx->tfm = crypto_alloc_shash("sha256", 0, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ctx->tfm));
	INIT_LIST_HEAD(&ctx->live);
	INIT_LIST_HEAD(&ctx->staged);
	ctx->s.live = &ctx->live;
	ctx->s.staged = &ctx->staged;
	ctx->s.num_records = ctx->num_records;
	ctx->desc = get_desc(test, "ima-ng", NULL);
	prandom_seed_state(&ctx->rnd, 20260719);
	KUNIT_ASSERT_EQ(test, 0, ima_snapshot_alloc(&ctx->s, ctx->tfm,
						    HASH_ALGO_SHA256));
	ctx->s.enabled = true;
	test->priv = ctx;
	return 0;
}

static void free_list(struct list_head *head)
{
	struct ima_queue_entry *qe, *tmp;

	list_for_each_entry_safe(qe, tmp, head, later)
		free_qe(qe);
	INIT_LIST_HEAD(head);
}

static void snapshot_exit(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	u64 i;

	if (!ctx)
		return;
	free_list(&ctx->live);
	free_list(&ctx->staged);
	for (i = 0; i < ctx->added && i < MAX_RECORDS; i++)
		kfree(ctx->log[i].data);
	vfree(ctx->log);
	ima_snapshot_free(&ctx->s);
	crypto_free_shash(ctx->tfm);
}

static void log_record(struct kunit *test, struct snapshot_ctx *ctx,
		       const struct ima_template_entry *entry)
{
	struct bytes *bytes = &ctx->log[ctx->added - 1];
	static u8 buf[1024];

	KUNIT_ASSERT_LE(test, ctx->added, MAX_RECORDS);
	bytes->len = expected_bytes(entry, buf);
	bytes->data = kmemdup(buf, bytes->len, GFP_KERNEL);
}

static void append(struct kunit *test, struct snapshot_ctx *ctx, bool log)
{
	struct ima_queue_entry *qe = kzalloc(sizeof(*qe), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, qe);
	qe->entry = make_entry(ctx, ctx->desc);
	KUNIT_ASSERT_NOT_NULL(test, qe->entry);
	list_add_tail(&qe->later, &ctx->live);
	atomic_long_inc(&ctx->num_records[BINARY]);
	ctx->added++;
	if (log)
		log_record(test, ctx, qe->entry);
}

/* Return: true if there is work for step(). */
static bool add(struct kunit *test, struct snapshot_ctx *ctx)
{
	bool work;

	append(test, ctx, true);
	ima_extend_list_lock();
	work = ima_snapshot_account(&ctx->s);
	ima_extend_list_unlock();
	return work;
}

static void add_many(struct kunit *test, struct snapshot_ctx *ctx, int n)
{
	while (n--)
		add(test, ctx);
}

static void remove_first(struct snapshot_ctx *ctx, struct list_head *head,
			 enum binary_lists list)
{
	struct ima_queue_entry *qe;
	u64 number;

	qe = list_first_entry(head, struct ima_queue_entry, later);
	number = qe->entry->seq;
	if (number > ctx->s.done)
		ctx->log[number - 1].removed_unhashed = true;
	qe->later.next->prev = head;
	head->next = qe->later.next;
	atomic_long_dec(&ctx->num_records[list]);
	ctx->removed++;
	free_qe(qe);
}

static void cut(struct snapshot_ctx *ctx, int n)
{
	while (n-- && !list_empty(&ctx->live))
		remove_first(ctx, &ctx->live, BINARY);
}

static void stage(struct snapshot_ctx *ctx)
{
	if (!list_empty(&ctx->staged) || list_empty(&ctx->live))
		return;
	list_replace_init(&ctx->live, &ctx->staged);
	atomic_long_set(&ctx->num_records[BINARY_STAGED],
			atomic_long_read(&ctx->num_records[BINARY]));
	atomic_long_set(&ctx->num_records[BINARY], 0);
}

static void delete_staged(struct snapshot_ctx *ctx)
{
	while (!list_empty(&ctx->staged))
		remove_first(ctx, &ctx->staged, BINARY_STAGED);
}

static enum ima_snapshot_step step(struct snapshot_ctx *ctx, unsigned int n)
{
	enum ima_snapshot_step ret;

	ima_extend_list_lock();
	ret = ima_snapshot_step(&ctx->s, n);
	ima_extend_list_unlock();
	return ret;
}

static int begin(struct snapshot_ctx *ctx, struct ima_snapshot_values *values)
{
	int ret;

	ima_extend_list_lock();
	ret = ima_snapshot_begin(&ctx->s, values);
	ima_extend_list_unlock();
	return ret;
}

static void commit(struct snapshot_ctx *ctx, bool success)
{
	ima_extend_list_lock();
	ima_snapshot_commit(&ctx->s, success);
	ima_extend_list_unlock();
}

/* What was said must be true of the records, and go on where we were. */
static void check_values(struct kunit *test, struct snapshot_ctx *ctx,
			 const struct ima_snapshot_values *values)
{
	u64 first = values->total - values->hashed;
	SHASH_DESC_ON_STACK(shash, ctx->tfm);
	u8 digest[SHA256_DIGEST_SIZE];
	u64 i;

	KUNIT_ASSERT_LE(test, values->total, ctx->added);
	KUNIT_ASSERT_GE(test, first, ctx->covered);
	for (i = ctx->covered; i < first; i++)
		KUNIT_ASSERT_TRUE(test, ctx->log[i].removed_unhashed);

	shash->tfm = ctx->tfm;
	crypto_shash_init(shash);
	for (i = first; i < values->total; i++)
		crypto_shash_update(shash, ctx->log[i].data, ctx->log[i].len);
	crypto_shash_final(shash, digest);
	KUNIT_ASSERT_MEMEQ(test, digest, values->digest, sizeof(digest));
	KUNIT_ASSERT_EQ(test, values->trimmed, ctx->removed);
}

/* Take a snapshot; others add and remove records while it is being taken. */
static void take(struct kunit *test, struct snapshot_ctx *ctx, bool success,
		 int slip_in, int removed)
{
	struct ima_snapshot_values values;

	if (begin(ctx, &values))
		return;
	check_values(test, ctx, &values);
	ctx->s.taker = &init_task;	/* others do this */
	add_many(test, ctx, slip_in);
	cut(ctx, removed);
	ctx->s.taker = current;
	if (success)
		add(test, ctx);
	commit(ctx, success);
	if (success)
		ctx->covered = values.total;
}

static void catch_up(struct kunit *test, struct snapshot_ctx *ctx)
{
	enum ima_snapshot_step ret;
	int i;

	for (i = 0; i < MAX_RECORDS; i++) {
		ret = step(ctx, 7);
		if (ret == IMA_SNAPSHOT_END)
			break;
		if (ret == IMA_SNAPSHOT_GAP)
			take(test, ctx, true, 0, 0);
	}
	KUNIT_ASSERT_EQ(test, ret, IMA_SNAPSHOT_END);
	KUNIT_ASSERT_EQ(test, ctx->s.done, ctx->added);
}

static void ima_snapshot_inline(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;
	int i;

	KUNIT_EXPECT_EQ(test, -ENODATA, begin(ctx, &values));
	for (i = 0; i < 60; i++) {
		add_many(test, ctx, prandom_u32_state(&ctx->rnd) % 20);
		take(test, ctx, true, 0, 0);
		KUNIT_EXPECT_EQ(test, ctx->covered, ctx->added - 1);
	}
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 1);
	KUNIT_EXPECT_EQ(test, values.total, ctx->added);
}

static void ima_snapshot_two_windows(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;
	int i;

	for (i = 0; i < 60; i++) {
		add_many(test, ctx, 1 + prandom_u32_state(&ctx->rnd) % 20);
		take(test, ctx, i % 3, prandom_u32_state(&ctx->rnd) % 5, 0);
	}
	/* A snapshot that fails leaves the next one everything. */
	take(test, ctx, true, 0, 0);
	add_many(test, ctx, 5);
	take(test, ctx, false, 3, 0);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 9);
	check_values(test, ctx, &values);
}

static void ima_snapshot_no_rule(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;

	ctx->s.enabled = false;
	add_many(test, ctx, 150);
	KUNIT_EXPECT_EQ(test, ctx->s.cur.hashed, 0);
	KUNIT_EXPECT_EQ(test, -ENOENT, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, step(ctx, 1000), IMA_SNAPSHOT_END);

	ctx->s.enabled = true;
	KUNIT_EXPECT_TRUE(test, add(test, ctx));
	KUNIT_EXPECT_EQ(test, step(ctx, 64), IMA_SNAPSHOT_MORE);
	KUNIT_EXPECT_EQ(test, ctx->s.done, 64);
	catch_up(test, ctx);
	KUNIT_EXPECT_FALSE(test, add(test, ctx));

	/* The rule is lost, and comes back. */
	ctx->s.enabled = false;
	add_many(test, ctx, 10);
	ctx->s.enabled = true;
	catch_up(test, ctx);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 162);
	check_values(test, ctx, &values);
}

static void ima_snapshot_long_records(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_queue_entry *qe;

	ctx->s.enabled = false;
	add_many(test, ctx, 5);
	list_for_each_entry(qe, &ctx->live, later)
		qe->entry->template_data_len = IMA_SNAPSHOT_BATCH_BYTES / 2;

	ctx->s.enabled = true;
	KUNIT_EXPECT_EQ(test, step(ctx, IMA_SNAPSHOT_BATCH), IMA_SNAPSHOT_MORE);
	KUNIT_EXPECT_EQ(test, ctx->s.done, 2);
	KUNIT_EXPECT_EQ(test, step(ctx, IMA_SNAPSHOT_BATCH), IMA_SNAPSHOT_MORE);
	KUNIT_EXPECT_EQ(test, step(ctx, IMA_SNAPSHOT_BATCH), IMA_SNAPSHOT_END);
	KUNIT_EXPECT_EQ(test, ctx->s.done, 5);
}

static void ima_snapshot_gap(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;

	/* Removed before anything was hashed: the first window starts later. */
	ctx->s.enabled = false;
	add_many(test, ctx, 100);
	cut(ctx, 30);
	ctx->s.enabled = true;
	step(ctx, 20);
	KUNIT_ASSERT_EQ(test, ctx->s.done, 50);

	/* Removed after 20 of them were hashed: they must not be lost. */
	cut(ctx, 40);
	KUNIT_EXPECT_EQ(test, step(ctx, 64), IMA_SNAPSHOT_GAP);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 20);
	KUNIT_EXPECT_EQ(test, values.total, 50);
	check_values(test, ctx, &values);
	commit(ctx, false);
	take(test, ctx, true, 0, 0);
	catch_up(test, ctx);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 31);
	KUNIT_EXPECT_EQ(test, values.total, 101);
	check_values(test, ctx, &values);
}

static void ima_snapshot_staged_not_prefix(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;

	ctx->s.enabled = false;
	add_many(test, ctx, 40);
	stage(ctx);
	add_many(test, ctx, 40);
	ctx->s.enabled = true;
	step(ctx, 10);
	cut(ctx, 15);		/* behind the cursor's back, after the staged */
	KUNIT_EXPECT_EQ(test, step(ctx, 64), IMA_SNAPSHOT_GAP);
	KUNIT_EXPECT_EQ(test, ctx->s.done, 40);
	catch_up(test, ctx);

	/* The same numbers of records, but other records. */
	stage(ctx);
	delete_staged(ctx);
	stage(ctx);
	add_many(test, ctx, 3);
	take(test, ctx, true, 2, 1);
	take(test, ctx, true, 0, 0);
}

static void ima_snapshot_random(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	u32 i, r;

	for (i = 0; i < 6000 && ctx->added < MAX_RECORDS - 200; i++) {
		r = prandom_u32_state(&ctx->rnd);
		switch (r % 16) {
		case 0 ... 4:
			add_many(test, ctx, 1 + (r >> 8) % 2);
			break;
		case 5 ... 8:
			if (step(ctx, 1 + (r >> 8) % 9) == IMA_SNAPSHOT_GAP)
				take(test, ctx, r & BIT(20), 0, 0);
			break;
		case 9:
			take(test, ctx, r & BIT(20), (r >> 8) % 3,
			     (r >> 16) % 3);
			break;
		case 10:
			cut(ctx, (r >> 8) % 6);
			break;
		case 11:
			stage(ctx);
			break;
		case 12:
			if (r & BIT(20))
				delete_staged(ctx);
			break;
		case 13:
			ctx->s.enabled = !!((r >> 8) % 4);
			break;
		}
	}
	KUNIT_EXPECT_GT(test, ctx->added, 1000);
	ctx->s.enabled = true;
	catch_up(test, ctx);
	take(test, ctx, true, 0, 0);
	KUNIT_EXPECT_EQ(test, ctx->covered, ctx->added - 1);
}

static void ima_snapshot_trims(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;

	add_many(test, ctx, 20);
	cut(ctx, 2);
	cut(ctx, 3);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.trims, 1);
	KUNIT_EXPECT_EQ(test, values.trimmed, 5);
	commit(ctx, false);
	add(test, ctx);
	KUNIT_EXPECT_EQ(test, ctx->s.trims, 1);
	stage(ctx);
	add(test, ctx);
	KUNIT_EXPECT_EQ(test, ctx->s.trims, 1);
	delete_staged(ctx);
	add(test, ctx);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.trims, 2);
	KUNIT_EXPECT_EQ(test, values.trimmed, 21);
}

static void ima_snapshot_hash_fails(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;

	add_many(test, ctx, 100);
	take(test, ctx, true, 0, 0);
	add_many(test, ctx, 20);
	ctx->s.broken = true;
	KUNIT_EXPECT_EQ(test, -EAGAIN, begin(ctx, &values));
	KUNIT_EXPECT_TRUE(test, add(test, ctx));
	catch_up(test, ctx);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 22);
	check_values(test, ctx, &values);
}

static void ima_snapshot_payload_format(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values = {
		.hashed = U64_MAX, .total = U64_MAX,
		.trimmed = U64_MAX, .trims = U64_MAX,
	};
	char buf[IMA_SNAPSHOT_PAYLOAD_MAX];
	int len;

	ctx->s.algo = HASH_ALGO_SHA512;
	len = ima_snapshot_format(&ctx->s, &values, buf, sizeof(buf));
	KUNIT_EXPECT_EQ(test, buf[len - 1], ';');
	KUNIT_EXPECT_LT(test, len, (int)sizeof(buf) - 1);

	ctx->s.algo = HASH_ALGO_SHA256;
	memset(values.digest, 0xab, sizeof(values.digest));
	values.hashed = 3;
	values.total = 10;
	values.trimmed = 2;
	values.trims = 1;
	ima_snapshot_format(&ctx->s, &values, buf, sizeof(buf));
	KUNIT_EXPECT_STREQ(test, buf,
			   "version=1;digest=sha256:abababababababababababababababababababababababababababababababab;hashed=3;total=10;trimmed=2;trims=1;");
}

/* What is carried: @count records of those present, @lost left behind. */
static void carry(struct kunit *test, struct snapshot_ctx *ctx, int lost)
{
	u64 present = ctx->num_records[BINARY].counter +
		      ctx->num_records[BINARY_STAGED].counter;
	struct ima_queue_entry *qe;
	u64 i = 0, count = present - lost;
	u8 buf[256] = {};
	LIST_HEAD(old);
	size_t len;

	ima_extend_list_lock();
	len = ima_snapshot_write_trailer(&ctx->s, buf, sizeof(buf), count);
	ima_extend_list_unlock();
	KUNIT_ASSERT_EQ(test, len, ima_snapshot_trailer_size());

	list_splice_init(&ctx->staged, &ctx->live);
	atomic_long_set(&ctx->num_records[BINARY], 0);
	atomic_long_set(&ctx->num_records[BINARY_STAGED], 0);
	list_for_each_entry(qe, &ctx->live, later)
		if (++i > count)
			ctx->log[qe->entry->seq - 1].removed_unhashed = true;

	/* A kernel that knows nothing yet. */
	ima_snapshot_free(&ctx->s);
	memset(&ctx->s, 0, sizeof(ctx->s));
	ctx->s.live = &ctx->live;
	ctx->s.staged = &ctx->staged;
	ctx->s.num_records = ctx->num_records;

	ima_extend_list_lock();
	KUNIT_EXPECT_TRUE(test, ima_snapshot_read_trailer(&ctx->s, buf, len));
	list_splice_init(&ctx->live, &old);
	for (i = 0; i < count; i++) {
		u32 seq;

		qe = list_first_entry(&old, struct ima_queue_entry, later);
		seq = qe->entry->seq;
		qe->entry->seq = 0;
		list_move_tail(&qe->later, &ctx->live);
		atomic_long_inc(&ctx->num_records[BINARY]);
		ima_snapshot_number_restored(&ctx->s);
		KUNIT_EXPECT_EQ(test, (u32)qe->entry->seq, seq);
	}
	ima_extend_list_unlock();
	free_list(&old);
	ctx->removed += lost;
	KUNIT_ASSERT_EQ(test, 0, ima_snapshot_alloc(&ctx->s, ctx->tfm,
						    HASH_ALGO_SHA256));
}

static void ima_snapshot_carried(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;

	add_many(test, ctx, 50);
	cut(ctx, 10);
	take(test, ctx, true, 0, 0);
	carry(test, ctx, 0);
	KUNIT_EXPECT_EQ(test, ctx->s.added, 51);

	/* The rule comes later; the last record of the old kernel is covered. */
	add_many(test, ctx, 5);
	ctx->s.enabled = true;
	catch_up(test, ctx);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 6);
	KUNIT_EXPECT_EQ(test, values.trimmed, 10);
	KUNIT_EXPECT_EQ(test, values.trims, 1);
	check_values(test, ctx, &values);
	commit(ctx, false);
	take(test, ctx, true, 0, 0);

	/* The segment is too short, and staging has passed over records. */
	ctx->s.enabled = false;
	stage(ctx);
	add_many(test, ctx, 20);
	cut(ctx, 4);
	carry(test, ctx, 5);
	add_many(test, ctx, 9);
	ctx->s.enabled = true;
	catch_up(test, ctx);
	take(test, ctx, true, 0, 0);
	carry(test, ctx, 0);
	add(test, ctx);
	ctx->s.enabled = true;
	catch_up(test, ctx);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 2);
	check_values(test, ctx, &values);
}

/* The record of a snapshot, with its payload, as the one who takes it adds it. */
static void add_snapshot(struct kunit *test, struct snapshot_ctx *ctx)
{
	struct ima_template_desc *desc = ctx->desc;
	struct ima_snapshot_values values;
	char buf[IMA_SNAPSHOT_PAYLOAD_MAX];
	struct ima_queue_entry *qe;
	struct ima_field_data *field;

	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	check_values(test, ctx, &values);
	ctx->desc = get_desc(test, "ima-buf", NULL);
	append(test, ctx, false);
	ctx->desc = desc;
	qe = list_last_entry(&ctx->live, struct ima_queue_entry, later);
	field = &qe->entry->template_data[2];
	kfree(field->data);
	field->len = ima_snapshot_format(&ctx->s, &values, buf, sizeof(buf));
	field->data = kmemdup(buf, field->len, GFP_KERNEL);
	log_record(test, ctx, qe->entry);
	ima_extend_list_lock();
	KUNIT_EXPECT_FALSE(test, ima_snapshot_account(&ctx->s));
	ima_extend_list_unlock();
	KUNIT_EXPECT_TRUE(test, ctx->s.recorded);
	KUNIT_EXPECT_TRUE(test, qe->entry->is_snapshot);
	commit(ctx, true);
	ctx->covered = values.total;
}

/* What a snapshot covers that is left behind is covered once more. */
static void ima_snapshot_left_behind(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot_values values;
	u64 covered;
	int i;

	add_many(test, ctx, 10);
	add_snapshot(test, ctx);
	covered = ctx->covered;
	for (i = 0; i < 3; i++) {
		add_many(test, ctx, 10);
		add_snapshot(test, ctx);
	}
	/* The first of the three is number 22. */
	ctx->covered = covered;
	carry(test, ctx, 44 - 20);
	KUNIT_EXPECT_EQ(test, ctx->s.done, covered);
	KUNIT_EXPECT_EQ(test, ctx->s.added, 44);

	ctx->s.enabled = true;
	add_many(test, ctx, 5);
	KUNIT_EXPECT_EQ(test, step(ctx, 64), IMA_SNAPSHOT_GAP);
	KUNIT_ASSERT_EQ(test, 0, begin(ctx, &values));
	KUNIT_EXPECT_EQ(test, values.hashed, 10);
	KUNIT_EXPECT_EQ(test, values.total, 20);
	KUNIT_EXPECT_EQ(test, values.trimmed, 24);
	check_values(test, ctx, &values);
	commit(ctx, false);
	take(test, ctx, true, 0, 0);
	catch_up(test, ctx);
	take(test, ctx, true, 0, 0);
}

static void ima_snapshot_bad_trailer(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;
	struct ima_snapshot s = ctx->s;
	u8 buf[256] = {};
	size_t len, i;

	ima_extend_list_lock();
	KUNIT_EXPECT_FALSE(test, ima_snapshot_read_trailer(&s, buf, 256));
	ima_extend_list_unlock();
	add_many(test, ctx, 10);
	take(test, ctx, true, 0, 0);
	ima_extend_list_lock();
	len = ima_snapshot_write_trailer(&ctx->s, buf, sizeof(buf), 11);
	KUNIT_EXPECT_TRUE(test, ima_snapshot_read_trailer(&s, buf, len));
	KUNIT_EXPECT_FALSE(test, ima_snapshot_read_trailer(&s, buf, len - 1));
	/* magic, covered, number of runs, first and count of the first run */
	for (i = 0; i < 64; i += 8) {
		u8 bad[256];

		if (i == 8 || i == 24 || i == 32)
			continue;
		memcpy(bad, buf, len);
		memset(bad + i, 0xee, 8);
		KUNIT_EXPECT_FALSE_MSG(test,
				       ima_snapshot_read_trailer(&s, bad, len),
				       "bytes at %zu", i);
	}
	ima_extend_list_unlock();
}

struct template_case {
	const char *name;
	char *fmt;
};

static const struct template_case template_cases[] = {
	{ "ima", NULL }, { "ima-ng", NULL }, { "ima-ngv2", NULL },
	{ "ima-sig", NULL }, { "ima-buf", NULL }, { "evm-sig", NULL },
	{ NULL, "d-ng|n-ng" }, { NULL, "d|n" }, { NULL, "n-ng|sig|buf" },
};

static void template_case_desc(const struct template_case *c, char *desc)
{
	strscpy(desc, c->name ?: c->fmt, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(template, template_cases, template_case_desc);

struct collect {
	u8 *buf;
	size_t len;
};

static void collect_emit(void *arg, const void *data, size_t len)
{
	struct collect *c = arg;

	memcpy(c->buf + c->len, data, len);
	c->len += len;
}

static void check_record_bytes(struct kunit *test, struct snapshot_ctx *ctx,
			       struct ima_template_desc *desc)
{
	u8 *expected = kunit_kzalloc(test, 2048, GFP_KERNEL);
	struct collect c = { kunit_kzalloc(test, 2048, GFP_KERNEL) };
	struct ima_queue_entry qe = {};
	struct seq_file m = { .size = 2048 };
	size_t len;

	qe.entry = make_entry(ctx, desc);
	KUNIT_ASSERT_NOT_NULL(test, qe.entry);
	len = expected_bytes(qe.entry, expected);
	ima_emit_record(qe.entry, ima_template_name(desc), ima_sha1_idx,
			collect_emit, &c);
	KUNIT_ASSERT_EQ(test, c.len, len);
	KUNIT_EXPECT_MEMEQ(test, c.buf, expected, len);

	m.buf = kunit_kzalloc(test, 2048, GFP_KERNEL);
	ima_measurements_show(&m, &qe);
	KUNIT_ASSERT_EQ(test, m.count, len);
	KUNIT_EXPECT_MEMEQ(test, m.buf, expected, len);
	ima_free_template_entry(qe.entry);
}

static void ima_snapshot_record_bytes(struct kunit *test)
{
	const struct template_case *c = test->param_value;
	struct snapshot_ctx *ctx = test->priv;
	struct ima_template_desc *desc = get_desc(test, c->name, c->fmt);

	check_record_bytes(test, ctx, desc);
	ima_canonical_fmt = !ima_canonical_fmt;
	check_record_bytes(test, ctx, desc);
	ima_canonical_fmt = !ima_canonical_fmt;
}

/* A list of two records, the second of which is a violation, goes and comes. */
static void ima_snapshot_restore_list(struct kunit *test)
{
	const struct template_case *c = test->param_value;
	struct snapshot_ctx *ctx = test->priv;
	struct ima_template_desc *desc = get_desc(test, c->name, c->fmt);
	u8 *buf = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct seq_file m = { .size = 4096 };
	struct ima_kexec_hdr *khdr = (void *)buf;
	u8 *p = buf + sizeof(*khdr);
	struct ima_template_entry *entry;
	struct ima_queue_entry *qe;
	unsigned long size;
	u32 data_len[2];
	long count;
	int i;

	for (i = 0; i < 2; i++) {
		entry = make_entry(ctx, desc);
		KUNIT_ASSERT_NOT_NULL(test, entry);
		if (i)
			memset(entry->digests[ima_sha1_idx].digest, 0, 20);
		else
			ima_calc_field_array_hash(entry->template_data, entry);
		p += expected_bytes(entry, p);
		data_len[i] = entry->template_data_len;
		ima_free_template_entry(entry);
	}
	khdr->version = 1;
	khdr->count = 2;
	khdr->buffer_size = p - buf;
	if (ima_canonical_fmt) {
		khdr->version = (__force u16)cpu_to_le16(khdr->version);
		khdr->count = (__force u64)cpu_to_le64(khdr->count);
		khdr->buffer_size = (__force u64)cpu_to_le64(khdr->buffer_size);
	}

	count = atomic_long_read(&ima_num_records[BINARY]);
	size = ima_get_binary_runtime_size(BINARY);
	KUNIT_ASSERT_EQ(test, 0, ima_restore_measurement_list(p - buf, buf));
	KUNIT_ASSERT_EQ(test, count + 2,
			atomic_long_read(&ima_num_records[BINARY]));

	/* The two last records read as they were written. */
	m.buf = kunit_kzalloc(test, 4096, GFP_KERNEL);
	m.count = sizeof(*khdr);
	qe = list_last_entry(&ima_measurements, struct ima_queue_entry, later);
	qe = list_prev_entry(qe, later);
	ima_measurements_show(&m, qe);
	KUNIT_EXPECT_EQ(test, qe->entry->template_data_len, data_len[0]);
	qe = list_next_entry(qe, later);
	ima_measurements_show(&m, qe);
	KUNIT_EXPECT_EQ(test, qe->entry->template_data_len, data_len[1]);
	KUNIT_ASSERT_EQ(test, m.count, p - buf);
	KUNIT_EXPECT_MEMEQ(test, m.buf + sizeof(*khdr), buf + sizeof(*khdr),
			   p - buf - sizeof(*khdr));

	/* Only kernels that carry the list keep its size. */
	if (size != ULONG_MAX)
		KUNIT_EXPECT_GE(test, ima_get_binary_runtime_size(BINARY) -
				size, p - buf - sizeof(*khdr));
}

static void bench_one(struct kunit *test, struct snapshot_ctx *ctx, u64 n)
{
	struct ima_snapshot_values values;
	u64 start, hold, longest = 0, sum = 0, least = U64_MAX;
	enum ima_snapshot_step ret;
	int i;

	ctx->s.enabled = false;
	while (ctx->added < n) {
		append(test, ctx, false);
		ima_extend_list_lock();
		ima_snapshot_account(&ctx->s);
		ima_extend_list_unlock();
		cond_resched();
	}
	ctx->s.enabled = true;
	do {
		ima_extend_list_lock();
		start = ktime_get_ns();
		ret = ima_snapshot_step(&ctx->s, IMA_SNAPSHOT_BATCH);
		hold = ktime_get_ns() - start;
		ima_extend_list_unlock();
		longest = max(longest, hold);
		sum += hold;
		cond_resched();
	} while (ret == IMA_SNAPSHOT_MORE);
	KUNIT_EXPECT_EQ(test, ctx->s.done, n);

	/* The first one meets cold caches, others meet an interrupt. */
	for (i = 0; i < 100; i++) {
		start = ktime_get_ns();
		KUNIT_EXPECT_EQ(test, 0, begin(ctx, &values));
		commit(ctx, false);
		least = min(least, ktime_get_ns() - start);
	}
	kunit_info(test, "%llu records: longest hold %llu ns, all %llu ns, snapshot %llu ns\n",
		   n, longest, sum, least);
}

static void ima_snapshot_bench(struct kunit *test)
{
	struct snapshot_ctx *ctx = test->priv;

	bench_one(test, ctx, 1000);
	ima_extend_list_lock();
	ctx->s.cur.hashed = 0;
	ctx->s.done = 0;
	ctx->s.pos = 0;
	ctx->s.pos_qe = NULL;
	ima_extend_list_unlock();
	bench_one(test, ctx, 500000);
}

static struct kunit_case ima_snapshot_test_cases[] = {
	KUNIT_CASE(ima_snapshot_inline),
	KUNIT_CASE(ima_snapshot_two_windows),
	KUNIT_CASE(ima_snapshot_no_rule),
	KUNIT_CASE(ima_snapshot_long_records),
	KUNIT_CASE(ima_snapshot_gap),
	KUNIT_CASE(ima_snapshot_staged_not_prefix),
	KUNIT_CASE(ima_snapshot_random),
	KUNIT_CASE(ima_snapshot_trims),
	KUNIT_CASE(ima_snapshot_hash_fails),
	KUNIT_CASE(ima_snapshot_payload_format),
	KUNIT_CASE(ima_snapshot_carried),
	KUNIT_CASE(ima_snapshot_left_behind),
	KUNIT_CASE(ima_snapshot_bad_trailer),
	KUNIT_CASE_PARAM(ima_snapshot_record_bytes, template_gen_params),
	KUNIT_CASE_PARAM(ima_snapshot_restore_list, template_gen_params),
	KUNIT_CASE_SLOW(ima_snapshot_bench),
	{}
};

static struct kunit_suite ima_snapshot_test_suite = {
	.name = "ima_snapshot",
	.init = snapshot_init,
	.exit = snapshot_exit,
	.test_cases = ima_snapshot_test_cases,
};

kunit_test_suite(ima_snapshot_test_suite);
