// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the measurement list.
 *
 * A record is one object of the size that its content needs. Records leave in the
 * order in which they came, so page_frag_cache packs them into pages that are
 * freed when the last record in them is.
 */

#include <linux/page_frag_cache.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "ima.h"

static struct page_frag_cache ima_record_pages;

#define IMA_NUM_DIGESTS (NR_BANKS(ima_tpm_chip) + ima_extra_slots)

/* Each digest has its own length. */
static size_t ima_digests_size(int num)
{
	size_t size = 0;

	while (num--)
		size += ima_algo_array[num].digest_size;
	return size;
}

/* The digest of a bank, zeros for a violation */
const u8 *ima_record_digest(const struct ima_record *rec, int bank)
{
	return rec->data + ima_digests_size(bank);
}

/* The fields, each after its length as it is shown and hashed, unaligned */
const u8 *ima_record_template_data(const struct ima_record *rec)
{
	return ima_record_digest(rec, IMA_NUM_DIGESTS);
}

/* Get a field and, as the result, the place of the next one. */
const u8 *ima_next_field(const u8 *p, struct ima_field_data *field)
{
	field->len = ima_canonical_fmt ? get_unaligned_le32(p) :
					 get_unaligned((u32 *)p);
	field->data = (u8 *)p + sizeof(field->len);
	return field->data + field->len;
}

/* Large records waste too much at the end of a page. KASAN sees slab objects. */
static bool ima_record_is_frag(size_t size)
{
	return !IS_ENABLED(CONFIG_KASAN) && size <= PAGE_SIZE / 2;
}

static size_t ima_record_size(u32 template_data_len)
{
	return offsetof(struct ima_record, data) +
	       ima_digests_size(IMA_NUM_DIGESTS) + template_data_len;
}

struct ima_record *ima_record_alloc(const struct ima_template_entry *entry)
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

	*rec = (struct ima_record){
		.template_desc = entry->template_desc,
		.pcr = entry->pcr,
		.template_data_len = entry->template_data_len,
		.critical_data = entry->critical_data,
	};
	p = rec->data;
	for (i = 0; i < IMA_NUM_DIGESTS; i++) {
		memcpy(p, entry->digests[i].digest,
		       ima_algo_array[i].digest_size);
		p += ima_algo_array[i].digest_size;
	}
	for (i = 0; i < entry->template_desc->num_fields; i++, field++)
		p = ima_put_field(p, field->data, field->len, field->len);
	return rec;
}

void ima_record_free(struct ima_record *rec)
{
	if (ima_record_is_frag(ima_record_size(rec->template_data_len)))
		page_frag_free(rec);
	else
		kvfree(rec);
}
