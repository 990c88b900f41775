// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for snapshots of the measurement list
 *
 * Each test has a snapshot state of its own. Records are made by hand, so that
 * neither the measurement list nor the TPM nor the state of the running kernel
 * is touched.
 */

#include <kunit/test.h>
#include <linux/hex.h>
#include <linux/prandom.h>
#include "../ima.h"

/* Bytes as binary_runtime_measurements shows them, written by hand. */
struct bytes {
	size_t len;
	u8 data[2048];
};

static void put(struct bytes *b, const void *data, size_t len)
{
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put_u32(struct bytes *b, u32 value)
{
	if (ima_canonical_fmt)
		value = (__force u32)cpu_to_le32(value);
	put(b, &value, sizeof(value));
}

static void put_string(struct bytes *b, const char *s)
{
	put_u32(b, strlen(s));
	put(b, s, strlen(s));
}

static void sha256_hex(const struct bytes *b, char hex[65])
{
	u8 digest[SHA256_DIGEST_SIZE];

	sha256(b->data, b->len, digest);
	bin2hex(hex, digest, sizeof(digest));
	hex[64] = 0;
}

struct field {
	const void *data;
	u32 len;
};

KUNIT_DEFINE_ACTION_WRAPPER(free_fields, kfree, const void *);

/* A record of a template, with a digest of 0x01 to 0x14. */
static struct ima_template_entry *make_entry(struct kunit *test,
					     const char *name, const char *fmt,
					     const struct field *fields)
{
	struct ima_template_entry *entry;
	struct ima_template_desc *desc;
	int i;

	desc = kunit_kzalloc(test, sizeof(*desc), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, desc);
	desc->name = (char *)name;
	desc->fmt = (char *)fmt;
	KUNIT_ASSERT_EQ(test, 0,
			template_desc_init_fields(fmt, &desc->fields,
						  &desc->num_fields));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_fields,
						  desc->fields));

	entry = kunit_kzalloc(test, struct_size(entry, template_data,
						desc->num_fields), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	entry->digests = kunit_kcalloc(test,
				       NR_BANKS(ima_tpm_chip) + ima_extra_slots,
				       sizeof(*entry->digests), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, entry->digests);
	for (i = 0; i < TPM_DIGEST_SIZE; i++)
		entry->digests[ima_sha1_idx].digest[i] = i + 1;

	entry->pcr = 10;
	entry->template_desc = desc;
	for (i = 0; i < desc->num_fields; i++) {
		entry->template_data[i].data = kunit_kzalloc(test,
							     fields[i].len + 1,
							     GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, entry->template_data[i].data);
		memcpy(entry->template_data[i].data, fields[i].data,
		       fields[i].len);
		entry->template_data[i].len = fields[i].len;
		entry->template_data_len += sizeof(u32) + fields[i].len;
	}
	return entry;
}

/* What comes before the template data, in every template. */
static void put_header(struct bytes *b, const char *name)
{
	int i;

	put_u32(b, 10);
	for (i = 1; i <= TPM_DIGEST_SIZE; i++)
		put(b, &(u8){ i }, 1);
	put_string(b, name);
}

static void expect_hash(struct kunit *test, const struct bytes *want,
			const struct ima_template_entry *entry)
{
	struct sha256_ctx ctx;
	u8 digest[SHA256_DIGEST_SIZE];
	char have_hex[65] = { };
	char want_hex[65];

	sha256_init(&ctx);
	ima_snapshot_hash(&ctx, entry);
	sha256_final(&ctx, digest);
	bin2hex(have_hex, digest, sizeof(digest));
	sha256_hex(want, want_hex);
	KUNIT_EXPECT_STREQ(test, want_hex, have_hex);
}

static struct bytes *new_bytes(struct kunit *test)
{
	struct bytes *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

static const u8 digest20[20] = "abcdefghijklmnopqrst";
static const u8 digest_ng[] = "sha1:\0abcdefghijklmnopqrst";

struct hash_case {
	const char *desc;
	const char *name;
	const char *fmt;
	struct field fields[4];
};

static const struct hash_case hash_cases[] = {
	{ "ima-ng", "ima-ng", "d-ng|n-ng",
	  { { digest_ng, 26 }, { "/bin/sh", 8 } } },
	{ "ima-ng, file name of one byte", "ima-ng", "d-ng|n-ng",
	  { { digest_ng, 26 }, { "/", 2 } } },
	{ "ima-sig, no signature", "ima-sig", "d-ng|n-ng|sig",
	  { { digest_ng, 26 }, { "/bin/sh", 8 }, { "", 0 } } },
	{ "ima-sig, with NUL bytes", "ima-sig", "d-ng|n-ng|sig",
	  { { digest_ng, 26 }, { "/bin/sh", 8 }, { "\3\0\0\0x", 5 } } },
	{ "ima-buf", "ima-buf", "d-ng|n-ng|buf",
	  { { digest_ng, 26 }, { "name", 5 }, { "payload", 7 } } },
	{ "custom format with the fields of ima-ng", "", "d-ng|n-ng",
	  { { digest_ng, 26 }, { "/bin/sh", 8 } } },
	{ "custom format with the fields of ima", "", "d|n",
	  { { digest20, 20 }, { "/bin/sh", 8 } } },
};

KUNIT_ARRAY_PARAM_DESC(hash, hash_cases, desc);

static void hash_fields(struct kunit *test)
{
	const struct hash_case *c = test->param_value;
	struct ima_template_entry *entry;
	struct bytes *want = new_bytes(test);
	int i;

	entry = make_entry(test, c->name, c->fmt, c->fields);
	put_header(want, *c->name ? c->name : c->fmt);
	put_u32(want, entry->template_data_len);
	for (i = 0; i < entry->template_desc->num_fields; i++) {
		put_u32(want, c->fields[i].len);
		put(want, c->fields[i].data, c->fields[i].len);
	}
	expect_hash(test, want, entry);
}

/* No length of the data, none of the digest, no NUL behind the name. */
static void hash_template_ima(struct kunit *test)
{
	const struct field fields[] = { { digest20, 20 }, { "/bin/sh", 8 } };
	struct bytes *want = new_bytes(test);

	put_header(want, "ima");
	put(want, digest20, 20);
	put_string(want, "/bin/sh");
	expect_hash(test, want, make_entry(test, "ima", "d|n", fields));
}

static void hash_violation(struct kunit *test)
{
	const struct field fields[] = { { digest_ng, 26 }, { "/bin/sh", 8 } };
	struct ima_template_entry *entry;
	struct bytes *want = new_bytes(test);

	entry = make_entry(test, "ima-ng", "d-ng|n-ng", fields);
	memset(entry->digests[ima_sha1_idx].digest, 0, TPM_DIGEST_SIZE);
	put_header(want, "ima-ng");
	memset(want->data + 4, 0, TPM_DIGEST_SIZE);
	put_u32(want, entry->template_data_len);
	put_u32(want, 26);
	put(want, digest_ng, 26);
	put_u32(want, 8);
	put(want, "/bin/sh", 8);
	expect_hash(test, want, entry);
}

/* Numbers are little-endian with ima_canonical_fmt. */
static void hash_canonical(struct kunit *test)
{
	static const u8 head[] = "\x0a\0\0\0";
	static const u8 name[] = "\6\0\0\0ima-ng\x2a\0\0\0\x1a\0\0\0";
	const struct field fields[] = { { digest_ng, 26 }, { "/bin/sh", 8 } };
	struct ima_template_entry *entry;
	struct bytes *want = new_bytes(test);
	bool before = ima_canonical_fmt;

	entry = make_entry(test, "ima-ng", "d-ng|n-ng", fields);
	put(want, head, 4);
	put(want, entry->digests[ima_sha1_idx].digest, TPM_DIGEST_SIZE);
	put(want, name, 18);
	put(want, digest_ng, 26);
	put(want, "\x08\0\0\0/bin/sh", 12);

	ima_canonical_fmt = true;
	expect_hash(test, want, entry);
	ima_canonical_fmt = before;
}

/* A critical-data record with a payload, as the list would have it. */
static struct ima_template_entry *make_buf(struct kunit *test,
					   const char *name,
					   const char *payload)
{
	const struct field fields[] = {
		{ digest_ng, 26 },
		{ name, strlen(name) + 1 },
		{ payload, strlen(payload) },
	};

	return make_entry(test, "ima-buf", "d-ng|n-ng|buf", fields);
}

static struct ima_template_entry *make_snapshot(struct kunit *test,
						const char *numbers)
{
	char payload[IMA_SNAPSHOT_PAYLOAD_MAX];

	snprintf(payload, sizeof(payload), "version=1;digest=sha256:%064d;%s",
		 0, numbers);
	return make_buf(test, IMA_SNAPSHOT_EVENT, payload);
}

static struct ima_snapshot *new_state(struct kunit *test)
{
	struct ima_snapshot *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	return s;
}

static void expect_counts(struct kunit *test, const struct ima_snapshot *s,
			  u64 hashed, u64 total, u64 trimmed, u64 trims)
{
	KUNIT_EXPECT_EQ(test, hashed, s->counts.hashed);
	KUNIT_EXPECT_EQ(test, total, s->counts.total);
	KUNIT_EXPECT_EQ(test, trimmed, s->counts.trimmed);
	KUNIT_EXPECT_EQ(test, trims, s->counts.trims);
}

/* What a snapshot taken now would say, if nothing was removed. */
static void expect_payload(struct kunit *test, const struct ima_snapshot *s,
			   const struct bytes *window, u64 hashed, u64 total)
{
	char payload[IMA_SNAPSHOT_PAYLOAD_MAX];
	char want[IMA_SNAPSHOT_PAYLOAD_MAX];
	char hex[65];

	sha256_hex(window, hex);
	snprintf(want, sizeof(want),
		 "version=1;digest=sha256:%s;hashed=%llu;total=%llu;trimmed=0;trims=0;",
		 hex, hashed, total);
	KUNIT_EXPECT_EQ(test, strlen(want), ima_snapshot_format(s, payload));
	KUNIT_EXPECT_STREQ(test, want, payload);
}

/* Records of all lengths, a snapshot after any number: one-shot hashes agree. */
static void window_is_the_bytes(struct kunit *test)
{
	struct ima_snapshot *s = new_state(test);
	struct bytes *window = new_bytes(test);
	struct rnd_state rnd;
	u64 total = 0, n = 0;
	u8 buf[64];
	int i;

	/* nothing was measured yet */
	expect_payload(test, s, window, 0, 0);

	prandom_seed_state(&rnd, 7);
	for (i = 0; i < 200; i++) {
		struct field fields[3] = { { digest_ng, 26 }, { "name", 5 },
					   { buf } };
		struct ima_template_entry *entry;

		fields[2].len = prandom_u32_state(&rnd) % sizeof(buf);
		prandom_bytes_state(&rnd, buf, sizeof(buf));
		entry = make_entry(test, "ima-buf", "d-ng|n-ng|buf", fields);

		put_header(window, "ima-buf");
		put_u32(window, entry->template_data_len);
		put_u32(window, 26);
		put(window, digest_ng, 26);
		put_u32(window, 5);
		put(window, "name", 5);
		put_u32(window, fields[2].len);
		put(window, buf, fields[2].len);

		ima_snapshot_add(s, entry, ++total);
		n++;
		expect_payload(test, s, window, n, total);

		if (n == 9 || !(prandom_u32_state(&rnd) % 5)) {
			/* as when a snapshot is taken */
			s->counts.hashed = 0;
			window->len = 0;
			n = 0;
		}
	}
}

/* Removals between two records count once, and never what is in memory. */
static void counts_removals(struct kunit *test)
{
	struct ima_template_entry *entry = make_buf(test, "name", "payload");
	struct ima_snapshot *s = new_state(test);

	ima_snapshot_add(s, entry, 1);
	ima_snapshot_add(s, entry, 2);
	ima_snapshot_add(s, entry, 3);
	expect_counts(test, s, 3, 3, 0, 0);
	/* two removed, one added */
	ima_snapshot_add(s, entry, 2);
	expect_counts(test, s, 4, 4, 2, 1);
	ima_snapshot_add(s, entry, 3);
	expect_counts(test, s, 5, 5, 2, 1);
	/* all removed, seen when a snapshot is taken and not again after it */
	ima_snapshot_account(s, 0);
	expect_counts(test, s, 5, 5, 5, 2);
	ima_snapshot_add(s, entry, 1);
	expect_counts(test, s, 6, 6, 5, 2);
}

static void writes_what_it_reads(struct kunit *test)
{
	struct ima_template_entry *entry = make_buf(test, "name", "payload");
	struct ima_snapshot *s = new_state(test);
	char payload[IMA_SNAPSHOT_PAYLOAD_MAX];
	struct ima_snapshot_counts counts;

	ima_snapshot_add(s, entry, 1);
	s->counts = (struct ima_snapshot_counts){
		.hashed = S64_MAX, .total = S64_MAX,
		.trimmed = S64_MAX, .trims = S64_MAX,
	};
	/* the longest payload there can be, but for one digit each */
	KUNIT_EXPECT_LT(test, ima_snapshot_format(s, payload) + 4,
			IMA_SNAPSHOT_PAYLOAD_MAX);
	entry = make_buf(test, IMA_SNAPSHOT_EVENT, payload);
	KUNIT_ASSERT_TRUE(test, ima_snapshot_parse(entry, &counts));
	KUNIT_EXPECT_MEMEQ(test, &s->counts, &counts, sizeof(counts));
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GOOD "version=1;digest=sha256:" HEX64 ";hashed=3;total=9;trimmed=2;trims=1;"

struct parse_case {
	const char *desc;
	const char *payload;
};

static const struct parse_case refused[] = {
	{ "nothing", "" },
	{ "another version",
	  "version=2;digest=sha256:" HEX64 ";hashed=3;total=9;trimmed=2;trims=1;" },
	{ "another algorithm",
	  "version=1;digest=sha512:" HEX64 ";hashed=3;total=9;trimmed=2;trims=1;" },
	{ "short digest",
	  "version=1;digest=sha256:0123;hashed=3;total=9;trimmed=2;trims=1;" },
	{ "long digest",
	  "version=1;digest=sha256:" HEX64 "0;hashed=3;total=9;trimmed=2;trims=1;" },
	{ "no hexadecimal digit",
	  "version=1;digest=sha256:X" HEX64 ";hashed=3;total=9;trimmed=2;trims=1;" },
	{ "something before it", " " GOOD },
	{ "something after it", GOOD "x" },
	{ "a newline after it", GOOD "\n" },
	{ "no semicolon at the end",
	  "version=1;digest=sha256:" HEX64 ";hashed=3;total=9;trimmed=2;trims=1" },
	{ "a key is missing",
	  "version=1;digest=sha256:" HEX64 ";hashed=3;total=9;trimmed=2;" },
	{ "other order",
	  "version=1;digest=sha256:" HEX64 ";total=9;hashed=3;trimmed=2;trims=1;" },
	{ "leading zero",
	  "version=1;digest=sha256:" HEX64 ";hashed=03;total=9;trimmed=2;trims=1;" },
	{ "leading space",
	  "version=1;digest=sha256:" HEX64 ";hashed= 3;total=9;trimmed=2;trims=1;" },
	{ "sign",
	  "version=1;digest=sha256:" HEX64 ";hashed=+3;total=9;trimmed=2;trims=1;" },
	{ "negative",
	  "version=1;digest=sha256:" HEX64 ";hashed=-3;total=9;trimmed=2;trims=1;" },
	{ "hexadecimal number",
	  "version=1;digest=sha256:" HEX64 ";hashed=0x3;total=9;trimmed=2;trims=1;" },
	{ "number that wraps",
	  "version=1;digest=sha256:" HEX64
	  ";hashed=18446744073709551619;total=9;trimmed=2;trims=1;" },
	{ "more than S64_MAX",
	  "version=1;digest=sha256:" HEX64
	  ";hashed=3;total=9223372036854775808;trimmed=2;trims=1;" },
	{ "more hashed than there are",
	  "version=1;digest=sha256:" HEX64 ";hashed=10;total=9;trimmed=2;trims=1;" },
	{ "more trimmed than there are",
	  "version=1;digest=sha256:" HEX64 ";hashed=3;total=9;trimmed=10;trims=1;" },
	{ "more trims than trimmed",
	  "version=1;digest=sha256:" HEX64 ";hashed=3;total=9;trimmed=2;trims=3;" },
};

KUNIT_ARRAY_PARAM_DESC(refused, refused, desc);

static void refuses_payload(struct kunit *test)
{
	const struct parse_case *c = test->param_value;
	struct ima_snapshot_counts counts;

	KUNIT_EXPECT_FALSE(test,
			   ima_snapshot_parse(make_buf(test, IMA_SNAPSHOT_EVENT,
						       c->payload), &counts));
}

static void refuses_record(struct kunit *test)
{
	const struct field no_buf[] = {
		{ digest_ng, 26 }, { IMA_SNAPSHOT_EVENT, 19 },
	};
	const struct field no_name[] = {
		{ digest_ng, 26 }, { GOOD, sizeof(GOOD) - 1 },
	};
	const struct field longer_name[] = {
		{ digest_ng, 26 }, { IMA_SNAPSHOT_EVENT "\0x", 21 },
		{ GOOD, sizeof(GOOD) - 1 },
	};
	const struct field nul_behind[] = {
		{ digest_ng, 26 }, { IMA_SNAPSHOT_EVENT, 19 },
		{ GOOD, sizeof(GOOD) },
	};
	const struct field old_name[] = {
		{ IMA_SNAPSHOT_EVENT, 19 }, { GOOD, sizeof(GOOD) - 1 },
	};
	struct ima_snapshot_counts counts;
	struct ima_template_entry *entry;

	entry = make_buf(test, IMA_SNAPSHOT_EVENT, GOOD);
	KUNIT_EXPECT_TRUE(test, ima_snapshot_parse(entry, &counts));
	/* nothing covers the data of a violation: it can be changed at will */
	memset(entry->digests[ima_sha1_idx].digest, 0, TPM_DIGEST_SIZE);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));

	entry = make_buf(test, "snapshot_aggregat", GOOD);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));
	entry = make_buf(test, "/snapshot_aggregate", GOOD);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));
	entry = make_entry(test, "ima-ng", "d-ng|n-ng", no_buf);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));
	entry = make_entry(test, "", "d-ng|buf", no_name);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));
	entry = make_entry(test, "ima-buf", "d-ng|n-ng|buf", longer_name);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));
	entry = make_entry(test, "ima-buf", "d-ng|n-ng|buf", nul_behind);
	KUNIT_EXPECT_FALSE(test, ima_snapshot_parse(entry, &counts));
	/* field n will do */
	entry = make_entry(test, "", "n|buf", old_name);
	KUNIT_EXPECT_TRUE(test, ima_snapshot_parse(entry, &counts));
}

/* What ima_restore_measurement_entry() does with each record. */
static void carry(struct ima_snapshot *s, const struct ima_template_entry *entry,
		  u64 *present)
{
	ima_snapshot_add(s, entry, ++*present);
	ima_snapshot_restore(s, entry, *present);
}

/* The last snapshot that was carried begins the window, and sets the numbers. */
static void continues_from_carried(struct kunit *test)
{
	struct ima_template_entry *other = make_buf(test, "name", "payload");
	struct ima_template_entry *first, *second;
	struct ima_snapshot *want = new_state(test);
	struct ima_snapshot *s = new_state(test);
	char want_payload[IMA_SNAPSHOT_PAYLOAD_MAX];
	char payload[IMA_SNAPSHOT_PAYLOAD_MAX];
	u64 present = 0;

	first = make_snapshot(test, "hashed=20;total=100;trimmed=90;trims=4;");
	second = make_snapshot(test, "hashed=12;total=112;trimmed=110;trims=6;");

	carry(s, other, &present);
	expect_counts(test, s, 1, 1, 0, 0);
	/* only one of ten is left: the list was trimmed after the snapshot */
	carry(s, first, &present);
	expect_counts(test, s, 1, 101, 99, 5);
	/* it counts what the next one says, not both */
	carry(s, second, &present);
	expect_counts(test, s, 1, 113, 110, 6);
	KUNIT_EXPECT_EQ(test, 0, s->since);
	carry(s, other, &present);
	expect_counts(test, s, 2, 114, 110, 6);

	/* the window is the second snapshot and the record after it */
	ima_snapshot_add(want, second, 1);
	ima_snapshot_add(want, other, 2);
	want->counts = s->counts;
	ima_snapshot_format(want, want_payload);
	ima_snapshot_format(s, payload);
	KUNIT_EXPECT_STREQ(test, want_payload, payload);
}

struct restore_case {
	const char *desc;
	const char *numbers;
};

/* Five records were carried before it. */
static const struct restore_case not_fitting[] = {
	{ "it counts fewer records than were carried",
	  "hashed=4;total=4;trimmed=0;trims=0;" },
	{ "more were removed than are missing",
	  "hashed=4;total=9;trimmed=5;trims=1;" },
	{ "all were removed", "hashed=4;total=9;trimmed=9;trims=1;" },
	{ "all were removed, and there were many",
	  "hashed=1;total=9223372036854775807;trimmed=9223372036854775807;trims=1;" },
};

KUNIT_ARRAY_PARAM_DESC(not_fitting, not_fitting, desc);

static void ignores_what_does_not_fit(struct kunit *test)
{
	const struct restore_case *c = test->param_value;
	struct ima_template_entry *other = make_buf(test, "name", "payload");
	struct ima_snapshot *s = new_state(test);
	u64 present = 0;
	int i;

	for (i = 0; i < 5; i++)
		carry(s, other, &present);
	carry(s, make_snapshot(test, c->numbers), &present);
	expect_counts(test, s, 6, 6, 0, 0);
}

static void accepts_what_just_fits(struct kunit *test)
{
	struct ima_template_entry *other = make_buf(test, "name", "payload");
	struct ima_snapshot *s = new_state(test);
	u64 present = 0;
	int i;

	for (i = 0; i < 5; i++)
		carry(s, other, &present);
	carry(s, make_snapshot(test, "hashed=5;total=5;trimmed=0;trims=0;"),
	      &present);
	expect_counts(test, s, 1, 6, 0, 0);
	carry(s, make_snapshot(test, "hashed=1;total=10;trimmed=4;trims=4;"),
	      &present);
	expect_counts(test, s, 1, 11, 4, 4);
	/* a violation with a payload that would fit */
	other = make_snapshot(test, "hashed=1;total=99;trimmed=4;trims=4;");
	memset(other->digests[ima_sha1_idx].digest, 0, TPM_DIGEST_SIZE);
	carry(s, other, &present);
	expect_counts(test, s, 2, 12, 4, 4);
}

static struct kunit_case snapshot_cases[] = {
	KUNIT_CASE_PARAM(hash_fields, hash_gen_params),
	KUNIT_CASE(hash_template_ima),
	KUNIT_CASE(hash_violation),
	KUNIT_CASE(hash_canonical),
	KUNIT_CASE(window_is_the_bytes),
	KUNIT_CASE(counts_removals),
	KUNIT_CASE(writes_what_it_reads),
	KUNIT_CASE_PARAM(refuses_payload, refused_gen_params),
	KUNIT_CASE(refuses_record),
	KUNIT_CASE(continues_from_carried),
	KUNIT_CASE_PARAM(ignores_what_does_not_fit, not_fitting_gen_params),
	KUNIT_CASE(accepts_what_just_fits),
	{}
};

static struct kunit_suite snapshot_suite = {
	.name = "ima_snapshot",
	.test_cases = snapshot_cases,
};

kunit_test_suite(snapshot_suite);

MODULE_DESCRIPTION("KUnit tests for snapshots of the IMA measurement list");
MODULE_LICENSE("GPL");
