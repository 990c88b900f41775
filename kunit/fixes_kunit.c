// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of patches/fixes: restoring a carried measurement list, showing
 * its records, and the audit message of a measured buffer.
 *
 * They are part of no series. They add records to the measurement list that no
 * kernel measured, and read it through securityfs, so that they do not depend
 * on how the list is kept. scripts/kunit runs them in a kernel of their own,
 * with the command line "integrity_audit=1 ima_policy=critical_data".
 */

#include <kunit/test.h>
#include <crypto/sha1.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/ima.h>
#include <linux/kmsg_dump.h>
#include <linux/mount.h>
#include <linux/panic.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>
#include "ima.h"

/* fixes.patch has them in mm/slub.c. */
extern unsigned int ima_fixes_fail_nth;
extern struct task_struct *ima_fixes_fail_task;

#define SEGMENT_SIZE	SZ_256K
#define FILE_SIZE	SZ_4M

struct fixes_ctx {
	struct vfsmount *securityfs;
	char *file;
	u8 *segment;		/* pages, which kfree() complains about */
	u8 *end;
	u8 *body;		/* of the last record: its template data */
};

/* The list of the previous kernel */

static void begin_list(struct fixes_ctx *ctx)
{
	memset(ctx->segment, 0, SEGMENT_SIZE);
	ctx->end = ctx->segment + sizeof(struct ima_kexec_hdr);
}

static void put_bytes(struct fixes_ctx *ctx, const void *data, size_t len)
{
	memcpy(ctx->end, data, len);
	ctx->end += len;
}

static void put_u32(struct fixes_ctx *ctx, u32 value)
{
	if (ima_canonical_fmt)
		value = (__force u32)cpu_to_le32(value);
	put_bytes(ctx, &value, sizeof(value));
}

static void put_field(struct fixes_ctx *ctx, const void *data, u32 len)
{
	put_u32(ctx, len);
	put_bytes(ctx, data, len);
}

/* Everything up to the fields, which are @data_len bytes. */
static u8 *begin_record(struct fixes_ctx *ctx, const char *template,
			u32 data_len)
{
	u8 *digest;

	put_u32(ctx, CONFIG_IMA_MEASURE_PCR_IDX);
	digest = ctx->end;
	ctx->end += SHA1_DIGEST_SIZE;
	put_field(ctx, template, strlen(template));
	if (strcmp(template, IMA_TEMPLATE_IMA_NAME))
		put_u32(ctx, data_len);
	ctx->body = ctx->end;
	return digest;
}

/* The digest of a violation stays zero. */
static void end_record(struct fixes_ctx *ctx, u8 *digest, bool violation)
{
	if (!violation)
		sha1(ctx->body, ctx->end - ctx->body, digest);
}

static int restore(struct fixes_ctx *ctx, u64 count, u64 list_size,
		   size_t segment_size)
{
	struct ima_kexec_hdr *khdr = (void *)ctx->segment;

	khdr->version = 1;
	khdr->count = count;
	khdr->buffer_size = list_size;
	if (ima_canonical_fmt) {
		khdr->version = (__force u16)cpu_to_le16(khdr->version);
		khdr->count = (__force u64)cpu_to_le64(khdr->count);
		khdr->buffer_size =
			(__force u64)cpu_to_le64(khdr->buffer_size);
	}
	return ima_restore_measurement_list(segment_size, ctx->segment);
}

/* What user space sees */

static size_t read_file(struct kunit *test, const char *name)
{
	struct fixes_ctx *ctx = test->priv;
	struct kiocb kiocb;
	struct iov_iter iter;
	struct kvec kvec;
	struct file *file;
	size_t size = 0;
	ssize_t n;

	file = file_open_root_mnt(ctx->securityfs, name, O_RDONLY, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = 0;
	do {
		kvec.iov_base = ctx->file + size;
		kvec.iov_len = FILE_SIZE - 1 - size;
		iov_iter_kvec(&iter, ITER_DEST, &kvec, 1, kvec.iov_len);
		n = seq_read_iter(&kiocb, &iter);
		if (n > 0)
			size += n;
	} while (n > 0);
	__fput_sync(file);
	KUNIT_ASSERT_EQ(test, 0, n);
	ctx->file[size] = '\0';
	return size;
}

static long list_size(struct kunit *test)
{
	return read_file(test, "integrity/ima/binary_runtime_measurements");
}

/* The size in the header, and the size of the segment */

static const struct size_case {
	const char *name;
	int list;	/* beyond the first record, or from 0 if negative */
	int segment;	/* beyond the first record */
	int ret;
	int restored;
} size_cases[] = {
	{ "exact", 0, 0, 0, 1 },
	{ "segment is larger", 0, 1000, 0, 1 },
	{ "list is larger than the segment by one record", 1, 0, -EINVAL, 0 },
	{ "list is larger than the segment by far", 1, -1, -EINVAL, 0 },
	{ "list is shorter than its header", -8, 0, -EINVAL, 0 },
	{ "list is empty", -(int)sizeof(struct ima_kexec_hdr), 0, 0, 0 },
};
KUNIT_ARRAY_PARAM_DESC(size, size_cases, name);

static void put_ima_ng(struct fixes_ctx *ctx, const char *name)
{
	u8 *digest = begin_record(ctx, "ima-ng",
				  4 + 10 + 4 + strlen(name) + 1);

	put_field(ctx, "sha1:\0abcd", 10);
	put_field(ctx, name, strlen(name) + 1);
	end_record(ctx, digest, false);
}

static void fixes_size(struct kunit *test)
{
	const struct size_case *c = test->param_value;
	struct fixes_ctx *ctx = test->priv;
	size_t list, segment, one;
	long before;

	/* the second record is beyond the list, or beyond the segment */
	begin_list(ctx);
	put_ima_ng(ctx, "first");
	one = ctx->end - ctx->segment;
	put_ima_ng(ctx, "second");
	list = c->list > 0 ? ctx->end - ctx->segment :
	       c->list < 0 ? -c->list : one;
	segment = one + c->segment;

	before = list_size(test);
	KUNIT_EXPECT_EQ(test, c->ret,
			restore(ctx, c->list > 0 ? 2 : 1, list, segment));
	KUNIT_EXPECT_EQ(test, list_size(test) - before,
			c->restored * (one - sizeof(struct ima_kexec_hdr)));
}

/* Records of every template come back as they were. */

static const struct template_case {
	const char *name;
	int ret;
} template_cases[] = {
	{ "ima", 0 },
	{ "ima-ng", 0 },
	{ "ima-buf", 0 },
	{ "d-ng|n-ng", 0 },		/* the format of ima-ng */
	{ "d-ng|n-ng|sig", 0 },		/* ima-sig */
	{ "d|n", 0 },			/* ima, whose digest is another */
	{ "n-ng|d-ng", 0 },
	{ "d-ng|n-ng|no-such", -EINVAL },
	{ "no-such-template", -EINVAL },
	{ "d-ng||n-ng", -EINVAL },
	{ "", -EINVAL },
};
KUNIT_ARRAY_PARAM_DESC(template, template_cases, name);

static void put_record(struct fixes_ctx *ctx, const char *template,
		       bool violation)
{
	u8 padded[SHA1_DIGEST_SIZE + IMA_EVENT_NAME_LEN_MAX + 1] = { 0 };
	const char *name = violation ? "a-violation" : "a-file";
	u8 content[SHA1_DIGEST_SIZE] = { 0 };
	u8 *digest, *data_len;

	if (!violation)
		memset(content, 0x5a, sizeof(content));
	digest = begin_record(ctx, template, 0);
	if (!strcmp(template, IMA_TEMPLATE_IMA_NAME)) {
		put_bytes(ctx, content, sizeof(content));
		put_field(ctx, name, strlen(name));
		memcpy(padded, content, sizeof(content));
		strscpy(padded + sizeof(content), name,
			IMA_EVENT_NAME_LEN_MAX);
		if (!violation)
			sha1(padded, sizeof(padded), digest);
		return;
	}
	if (!strcmp(template, "d|n")) {
		put_field(ctx, content, sizeof(content));
		put_field(ctx, name, strlen(name) + 1);
	} else if (!strcmp(template, "n-ng|d-ng")) {
		put_field(ctx, name, strlen(name) + 1);
		put_field(ctx, "sha1:\0abcd", 10);
	} else {
		put_field(ctx, "sha1:\0abcd", 10);
		put_field(ctx, name, strlen(name) + 1);
	}
	if (strstr(template, "sig") || strstr(template, "buf"))
		put_field(ctx, "\x03\x02", 2);
	data_len = ctx->body - sizeof(u32);
	*(u32 *)data_len = ctx->end - ctx->body;
	if (ima_canonical_fmt)
		*(u32 *)data_len = (__force u32)cpu_to_le32(*(u32 *)data_len);
	end_record(ctx, digest, violation);
}

static void fixes_template(struct kunit *test)
{
	const struct template_case *c = test->param_value;
	struct fixes_ctx *ctx = test->priv;
	const u8 *records = ctx->segment + sizeof(struct ima_kexec_hdr);
	long before = list_size(test), size;

	begin_list(ctx);
	put_record(ctx, c->name, false);
	put_record(ctx, c->name, true);
	size = ctx->end - records;
	KUNIT_EXPECT_EQ(test, c->ret, restore(ctx, 2, ctx->end - ctx->segment,
					      ctx->end - ctx->segment));
	if (c->ret)
		size = 0;
	KUNIT_ASSERT_EQ(test, list_size(test), before + size);
	KUNIT_EXPECT_MEMEQ(test, ctx->file + before, records, size);
}

/* Digests as a previous kernel can have written them, in the ascii list */

static const struct ascii_case {
	const char *name;
	const char *data;
	u32 len;
	const char *shown;
} ascii_cases[] = {
	{ "complete", "sha1:\0\x12\x34", 8, "sha1:1234" },
	{ "with a type", "verity:sha1:\0\x12\x34", 15, "verity:sha1:1234" },
	{ "prefix alone", "sha1:", 6, "sha1:" },
	{ "colon alone", ":", 2, "" },
	{ "no colon", "\x12\x34", 2, "1234" },
	{ "colon is the last byte", "sha1:", 5, "736861313a" },
	{ "colon is the only byte", ":", 1, "3a" },
	{ "NUL before the colon", "\0sha1:", 6, "00736861313a" },
	{ "NUL alone", "", 1, "00" },
	{ "empty", "", 0, "" },
};
KUNIT_ARRAY_PARAM_DESC(ascii, ascii_cases, name);

static void fixes_ascii(struct kunit *test)
{
	static const char * const templates[] = { "ima-ng", "ima-ngv2" };
	const struct ascii_case *c = test->param_value;
	struct fixes_ctx *ctx = test->priv;
	char want[100];
	u8 *digest;
	char *line;
	int i;

	for (i = 0; i < ARRAY_SIZE(templates); i++) {
		begin_list(ctx);
		digest = begin_record(ctx, templates[i],
				      4 + c->len + 4 + sizeof("name"));
		put_field(ctx, c->data, c->len);
		put_field(ctx, "name", sizeof("name"));
		end_record(ctx, digest, false);
		KUNIT_ASSERT_EQ(test, 0,
				restore(ctx, 1, ctx->end - ctx->segment,
					ctx->end - ctx->segment));

		read_file(test, "integrity/ima/ascii_runtime_measurements");
		scnprintf(want, sizeof(want), " %s %s name\n", templates[i],
			  c->shown);
		/* the last line, behind the PCR and the digest */
		line = ctx->file + strlen(ctx->file) - 1;
		while (line > ctx->file && line[-1] != '\n')
			line--;
		KUNIT_ASSERT_GT(test, strlen(line), 3 + 2 * SHA1_DIGEST_SIZE);
		KUNIT_EXPECT_STREQ(test, want,
				   line + 3 + 2 * SHA1_DIGEST_SIZE);
	}
}

/*
 * Every allocation fails once, and then all the others: an error, no record,
 * nothing lost, and nothing freed that was not allocated, which kfree() would
 * complain about. The second field is large, so that a record that is lost is
 * told from the noise.
 */
#define LARGE		SZ_64K
#define ROUNDS		64

static void fixes_no_memory(struct kunit *test)
{
	struct fixes_ctx *ctx = test->priv;
	int n, i, ret, failed = 0;
	bool warned = test_taint(TAINT_WARN);
	u32 data_len = 4 + 5 + 4 + LARGE + 4 + 2;
	long before, free, used;
	u8 *digest;

	before = list_size(test);
	for (n = 1; n < 100; n++) {
		free = global_zone_page_state(NR_FREE_PAGES);
		for (i = 0; i < ROUNDS; i++) {
			/* a format that no kernel has seen, until it is made */
			begin_list(ctx);
			digest = begin_record(ctx, "n-ng|buf|sig", data_len);
			put_field(ctx, "name", 5);
			put_u32(ctx, LARGE);
			ctx->end += LARGE;
			put_field(ctx, "\x03\x02", 2);
			end_record(ctx, digest, false);

			ima_fixes_fail_task = current;
			ima_fixes_fail_nth = n;
			ret = restore(ctx, 1, ctx->end - ctx->segment,
				      ctx->end - ctx->segment);
			failed = !ima_fixes_fail_nth;
			ima_fixes_fail_nth = 0;
			if (!failed)
				break;
			KUNIT_EXPECT_LT_MSG(test, ret, 0, "allocation %d", n);
			if (ret >= 0)
				break;
		}
		if (!failed)
			break;
		used = free - (long)global_zone_page_state(NR_FREE_PAGES);
		KUNIT_EXPECT_LT_MSG(test, used,
				    ROUNDS * (LARGE / (long)PAGE_SIZE) / 4,
				    "allocation %d", n);
		KUNIT_EXPECT_EQ_MSG(test, warned, test_taint(TAINT_WARN),
				    "allocation %d", n);
		warned = test_taint(TAINT_WARN);
		KUNIT_EXPECT_EQ_MSG(test, before, list_size(test),
				    "allocation %d", n);
	}
	kunit_info(test, "%d allocations\n", n - 1);
	KUNIT_EXPECT_GT(test, n, 5);
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_GT(test, list_size(test), before);
}

/* The audit message of critical data has its name, and nothing of the buffer. */

static const struct audit_case {
	const char *name;
	bool hash;
} audit_cases[] = {
	{ "audit-buffer", false },
	{ "audit-hash", true },
};
KUNIT_ARRAY_PARAM_DESC(audit, audit_cases, name);

static void fixes_audit(struct kunit *test)
{
	const struct audit_case *c = test->param_value;
	static const char secret[] = { 's', 'e', 'c', 'r', 'e', 't' };
	struct kmsg_dump_iter iter;
	char want[64], *last = NULL;
	static char line[1024];
	int tries;
	size_t len;

	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, true, line, sizeof(line), &len))
		;
	KUNIT_ASSERT_EQ(test, 0,
			ima_measure_critical_data("fixes", c->name, secret,
						  sizeof(secret), c->hash,
						  NULL, 0));
	/* kauditd prints it */
	for (tries = 0; tries < 50 && !last; tries++) {
		msleep(100);
		while (kmsg_dump_get_line(&iter, true, line, sizeof(line) - 1,
					  &len)) {
			line[len] = '\0';
			last = strstr(line, " op=add_template_measure ");
			if (last)
				break;
		}
	}
	KUNIT_ASSERT_NOT_NULL_MSG(test, last,
				  "no message: is integrity_audit=1 given?");
	scnprintf(want, sizeof(want), " name=\"%s\" ", c->name);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(last, want), "%s", last);
}

static int fixes_init(struct kunit *test)
{
	struct file_system_type *type = get_fs_type("securityfs");
	struct fixes_ctx *ctx;

	ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	if (!ctx || !type)
		return -ENOMEM;
	ctx->securityfs = kern_mount(type);
	put_filesystem(type);
	if (IS_ERR(ctx->securityfs))
		return PTR_ERR(ctx->securityfs);
	ctx->file = vmalloc(FILE_SIZE);
	ctx->segment = alloc_pages_exact(SEGMENT_SIZE, GFP_KERNEL);
	test->priv = ctx;
	return ctx->file && ctx->segment ? 0 : -ENOMEM;
}

static void fixes_exit(struct kunit *test)
{
	struct fixes_ctx *ctx = test->priv;

	if (!ctx)
		return;
	free_pages_exact(ctx->segment, SEGMENT_SIZE);
	vfree(ctx->file);
	kern_unmount(ctx->securityfs);
}

static struct kunit_case fixes_cases[] = {
	KUNIT_CASE_PARAM(fixes_size, size_gen_params),
	KUNIT_CASE_PARAM(fixes_template, template_gen_params),
	KUNIT_CASE_PARAM(fixes_audit, audit_gen_params),
	KUNIT_CASE(fixes_no_memory),
	/* last, as a kernel without the fix does not survive it */
	KUNIT_CASE_PARAM(fixes_ascii, ascii_gen_params),
	{}
};

static struct kunit_suite fixes_suite = {
	.name = "ima_fixes",
	.init = fixes_init,
	.exit = fixes_exit,
	.test_cases = fixes_cases,
};

kunit_test_suite(fixes_suite);

MODULE_LICENSE("GPL");
