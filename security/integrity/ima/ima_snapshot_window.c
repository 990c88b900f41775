// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records that a snapshot covers: their hash, their numbers, and the
 * payload that says both.
 */

#include <linux/hex.h>

#include "ima.h"

static void ima_snapshot_hash_u32(struct sha256_ctx *ctx, u32 value)
{
	if (ima_canonical_fmt)
		value = (__force u32)cpu_to_le32(value);
	sha256_update(ctx, (u8 *)&value, sizeof(value));
}

/**
 * ima_snapshot_hash - hash a record as binary_runtime_measurements shows it
 * @ctx: hash to update
 * @entry: the record
 *
 * Every field is stored as it is shown. Only template "ima" is shown in
 * another way: without the length of the template data, without the length of
 * the digest, and with an event name that has no NUL.
 *
 * See ima_measurements_show() for the format.
 */
void ima_snapshot_hash(struct sha256_ctx *ctx,
		       const struct ima_template_entry *entry)
{
	const struct ima_template_desc *desc = entry->template_desc;
	const char *name = ima_template_name(desc);
	bool is_ima = !strcmp(name, IMA_TEMPLATE_IMA_NAME);
	int i;

	ima_snapshot_hash_u32(ctx, entry->pcr);
	sha256_update(ctx, entry->digests[ima_sha1_idx].digest,
		      TPM_DIGEST_SIZE);
	ima_snapshot_hash_u32(ctx, strlen(name));
	sha256_update(ctx, name, strlen(name));
	if (!is_ima)
		ima_snapshot_hash_u32(ctx, entry->template_data_len);

	for (i = 0; i < desc->num_fields; i++) {
		const struct ima_field_data *field = &entry->template_data[i];
		const char *id = desc->fields[i]->field_id;
		u32 len = field->len;

		if (is_ima && !strcmp(id, "n"))
			len = strlen(field->data);
		if (!is_ima || strcmp(id, "d"))
			ima_snapshot_hash_u32(ctx, len);
		sha256_update(ctx, field->data, len);
	}
}

/**
 * ima_snapshot_account - find out how many records have left the list
 * @s: snapshot state
 * @present: number of records in the list, staged ones included
 */
void ima_snapshot_account(struct ima_snapshot *s, u64 present)
{
	u64 trimmed = s->counts.total - present;

	if (trimmed > s->counts.trimmed) {
		s->counts.trimmed = trimmed;
		s->counts.trims++;
	}
}

/**
 * ima_snapshot_add - cover one more record
 * @s: snapshot state
 * @entry: the record that was added to the list
 * @present: number of records in the list, this and staged ones included
 */
void ima_snapshot_add(struct ima_snapshot *s,
		      const struct ima_template_entry *entry, u64 present)
{
	if (!s->counts.hashed)
		sha256_init(&s->window);
	ima_snapshot_hash(&s->window, entry);
	s->counts.hashed++;
	s->counts.total++;
	s->since++;
	ima_snapshot_account(s, present);
}

/**
 * ima_snapshot_restore - continue from a snapshot of the previous kernel
 * @s: snapshot state
 * @entry: the record that was restored and added last
 * @present: number of records in the list, this one included
 *
 * If @entry is a snapshot, the next one covers it and the records after it,
 * and its numbers continue. A snapshot that does not fit the records restored
 * before it is taken for an ordinary record: it has to count at least these,
 * and no more can have been removed than are missing.
 */
void ima_snapshot_restore(struct ima_snapshot *s,
			  const struct ima_template_entry *entry, u64 present)
{
	struct ima_snapshot_counts counts;

	if (!ima_snapshot_parse(entry, &counts) ||
	    counts.total < s->counts.total - 1 ||
	    counts.trimmed > counts.total - (present - 1))
		return;

	s->counts = counts;
	s->counts.hashed = 0;
	ima_snapshot_add(s, entry, present);
	s->since = 0;
}

/* One grammar for writing and reading; @hex is a conversion for the digest. */
#define IMA_SNAPSHOT_GRAMMAR(hex)					\
	"version=1;digest=sha256:" hex ";hashed=%llu;total=%llu;"	\
	"trimmed=%llu;trims=%llu;"

static int ima_snapshot_print(char *payload, const u8 *digest,
			      const struct ima_snapshot_counts *counts)
{
	return scnprintf(payload, IMA_SNAPSHOT_PAYLOAD_MAX,
			 IMA_SNAPSHOT_GRAMMAR("%*phN"), SHA256_DIGEST_SIZE,
			 digest, counts->hashed, counts->total,
			 counts->trimmed, counts->trims);
}

/**
 * ima_snapshot_format - write the payload of a snapshot
 * @s: snapshot state, not changed
 * @payload: IMA_SNAPSHOT_PAYLOAD_MAX bytes
 *
 * The format is described in Documentation/security/IMA-snapshot.rst.
 *
 * Return: length of the payload in bytes, without the NUL behind it.
 */
int ima_snapshot_format(const struct ima_snapshot *s, char *payload)
{
	struct sha256_ctx window = s->window;
	u8 digest[SHA256_DIGEST_SIZE];

	if (!s->counts.hashed)
		sha256_init(&window);	/* nothing was measured yet */
	sha256_final(&window, digest);
	return ima_snapshot_print(payload, digest, &s->counts);
}

/**
 * ima_snapshot_parse - find out if a record is a snapshot
 * @entry: the record, with its digests
 * @counts: the numbers in the snapshot
 *
 * A violation is none, as nothing covers the data of a violation.
 *
 * Return: true if @entry is a snapshot, byte for byte as it would be written.
 */
bool ima_snapshot_parse(const struct ima_template_entry *entry,
			struct ima_snapshot_counts *counts)
{
	const struct ima_template_desc *desc = entry->template_desc;
	const struct ima_field_data *name = NULL, *buf = NULL;
	char again[IMA_SNAPSHOT_PAYLOAD_MAX];
	char text[IMA_SNAPSHOT_PAYLOAD_MAX];
	char hex[2 * SHA256_DIGEST_SIZE + 1] = { };
	u8 digest[SHA256_DIGEST_SIZE];
	int i;

	for (i = 0; i < desc->num_fields; i++) {
		const char *id = desc->fields[i]->field_id;

		if (!strcmp(id, "n-ng") || !strcmp(id, "n"))
			name = &entry->template_data[i];
		else if (!strcmp(id, "buf"))
			buf = &entry->template_data[i];
	}
	if (!name || !buf || buf->len >= sizeof(text) ||
	    name->len != sizeof(IMA_SNAPSHOT_EVENT) ||
	    memcmp(name->data, IMA_SNAPSHOT_EVENT, name->len))
		return false;

	if (!memchr_inv(entry->digests[ima_sha1_idx].digest, 0,
			TPM_DIGEST_SIZE))
		return false;

	memcpy(text, buf->data, buf->len);
	text[buf->len] = 0;
	if (sscanf(text, IMA_SNAPSHOT_GRAMMAR("%64[0123456789abcdef]"), hex,
		   &counts->hashed, &counts->total, &counts->trimmed,
		   &counts->trims) != 5)
		return false;

	return !hex2bin(digest, hex, sizeof(digest)) &&
	       ima_snapshot_print(again, digest, counts) == buf->len &&
	       !memcmp(again, buf->data, buf->len) &&
	       counts->hashed <= counts->total &&
	       counts->trims <= counts->trimmed &&
	       counts->trimmed <= counts->total && counts->total <= S64_MAX;
}
