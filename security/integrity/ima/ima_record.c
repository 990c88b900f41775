// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the measurement list.
 *
 * A record is in the list for long, unlike the objects that are allocated while
 * a file is measured. It is one object of the size that its content needs, and
 * leaves in the order in which it came. page_frag_cache packs such objects into
 * pages that are freed when the last object in them is.
 */

#include <linux/mm.h>
#include <linux/page_frag_cache.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "ima.h"

static struct page_frag_cache ima_record_pages;

/* Large records waste too much at the end of a page. KASAN sees slab objects. */
static bool ima_record_is_frag(size_t size)
{
	return !IS_ENABLED(CONFIG_KASAN) && size <= PAGE_SIZE / 2;
}

/* The digests of all banks before @bank, each in its own length */
static unsigned int ima_digests_size(int bank)
{
	unsigned int size = 0;

	while (bank--)
		size += ima_algo_array[bank].digest_size;
	return size;
}

static int ima_num_digests(void)
{
	return NR_BANKS(ima_tpm_chip) + ima_extra_slots;
}

/* Without the padding at the end of struct ima_record */
static size_t ima_record_size(u32 template_data_len)
{
	return offsetof(struct ima_record, data) +
	       ima_digests_size(ima_num_digests()) + template_data_len;
}

/**
 * ima_record_alloc - make the record of a template entry
 * @entry: the template entry
 * @hashed: whether ima_htable_add() added the digest
 *
 * Context: Process context. The caller holds ima_extend_list_mutex.
 * Return: the record, or NULL without memory.
 */
struct ima_record *ima_record_alloc(const struct ima_template_entry *entry,
				    bool hashed)
{
	const struct ima_field_data *field = entry->template_data;
	size_t size = ima_record_size(entry->template_data_len);
	struct ima_record *rec;
	void *p;
	int i;

	lockdep_assert_held(&ima_extend_list_mutex);

	if (ima_record_is_frag(size))
		rec = page_frag_alloc_align(&ima_record_pages, size, GFP_KERNEL,
					    sizeof(long));
	else
		rec = kvmalloc(size, GFP_KERNEL);
	if (!rec)
		return NULL;

	rec->template_desc = entry->template_desc;
	rec->pcr = entry->pcr;
	rec->template_data_len = entry->template_data_len;
	rec->hashed = hashed;
	rec->critical_data = entry->critical_data;

	p = rec->data;
	for (i = 0; i < ima_num_digests(); i++) {
		memcpy(p, entry->digests[i].digest,
		       ima_algo_array[i].digest_size);
		p += ima_algo_array[i].digest_size;
	}
	for (i = 0; i < entry->template_desc->num_fields; i++, field++)
		p = ima_put_field(p, field->data, field->len, field->len);
	return rec;
}

/**
 * ima_record_free - free a record
 * @rec: the record, which no reader can find anymore
 */
void ima_record_free(struct ima_record *rec)
{
	if (ima_record_is_frag(ima_record_size(rec->template_data_len)))
		page_frag_free(rec);
	else
		kvfree(rec);
}

/**
 * ima_record_digest - find a digest of a record
 * @rec: the record
 * @bank: index in ima_algo_array
 *
 * Return: the digest, zeros if the record is a violation.
 */
const u8 *ima_record_digest(const struct ima_record *rec, int bank)
{
	return rec->data + ima_digests_size(bank);
}

/**
 * ima_record_template_data - find the template data of a record
 * @rec: the record
 *
 * Return: the fields, each after its length, as every template but "ima" shows
 * them. The lengths are not aligned.
 */
const u8 *ima_record_template_data(const struct ima_record *rec)
{
	return ima_record_digest(rec, ima_num_digests());
}

/**
 * ima_next_field - walk the fields of a record
 * @p: the template data, or the end of the field before
 * @field: filled in, pointing into the record
 *
 * Return: the end of the field.
 */
const u8 *ima_next_field(const u8 *p, struct ima_field_data *field)
{
	field->len = ima_canonical_fmt ? get_unaligned_le32(p) :
					 get_unaligned((const u32 *)p);
	field->data = (u8 *)p + sizeof(field->len);
	return field->data + field->len;
}
