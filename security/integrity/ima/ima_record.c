// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the measurement list.
 *
 * A record is in the list for long, unlike the objects that are allocated while
 * a file is measured.  All of it, from the queue entry to the data of its
 * template fields, is one allocation from caches that nothing else uses: when
 * it is freed, its memory is not held by neighbours that live on.
 */

#include <linux/align.h>
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ima.h"

/*
 * Sizes of the caches, in bytes.  A record of a file takes about 300, and 500
 * with the digests of four TPM banks; what its name adds makes for many sizes.
 * Steps of 16 waste 8 on average, where kmalloc() may waste half.  Longer
 * records, with signatures or the data of measured buffers, are rare enough to
 * come from elsewhere.
 */
#define IMA_RECORD_MIN		256
#define IMA_RECORD_MAX		768
#define IMA_RECORD_STEP		16
#define IMA_RECORD_SIZES	((IMA_RECORD_MAX - IMA_RECORD_MIN) / IMA_RECORD_STEP + 1)

static struct kmem_cache *ima_record_caches[IMA_RECORD_SIZES] __ro_after_init;

/**
 * ima_init_records - create the caches of the measurement list
 *
 * Return: zero, or -ENOMEM.
 */
int __init ima_init_records(void)
{
	char name[sizeof("ima_record_") + 10];
	unsigned int size;
	int i;

	for (i = 0; i < IMA_RECORD_SIZES; i++) {
		if (ima_record_caches[i])	/* IMA tries a second time */
			continue;

		size = IMA_RECORD_MIN + i * IMA_RECORD_STEP;
		snprintf(name, sizeof(name), "ima_record_%u", size);
		ima_record_caches[i] = kmem_cache_create(name, size, 0,
							 SLAB_NO_MERGE, NULL);
		if (!ima_record_caches[i])
			return -ENOMEM;
	}
	return 0;
}

static void *ima_record_zalloc(size_t size)
{
	size_t i = 0;

	if (size > IMA_RECORD_MAX)
		return kvzalloc(size, GFP_KERNEL);

	if (size > IMA_RECORD_MIN)
		i = DIV_ROUND_UP(size - IMA_RECORD_MIN, IMA_RECORD_STEP);
	return kmem_cache_zalloc(ima_record_caches[i], GFP_KERNEL);
}

/*
 * What a field's data takes: aligned, as it may be a user's number, and
 * followed by a NUL, as it may be shown as a string.
 */
static size_t ima_record_data_size(u32 len)
{
	return ALIGN((size_t)len + 1, sizeof(u32));
}

/**
 * ima_record_alloc - make the queue entry of a record
 * @entry: the template entry, which is copied
 *
 * Context: may sleep.
 * Return: the queue entry, or NULL if there is no memory.
 */
struct ima_queue_entry *ima_record_alloc(const struct ima_template_entry *entry)
{
	int i, num_fields = entry->template_desc->num_fields;
	size_t entry_size = struct_size(entry, template_data, num_fields);
	size_t digests_size = (NR_BANKS(ima_tpm_chip) + ima_extra_slots) *
			      sizeof(struct tpm_digest);
	struct ima_template_entry *copy;
	struct ima_queue_entry *qe;
	size_t size;
	u8 *p;

	size = sizeof(*qe) + entry_size + ALIGN(digests_size, sizeof(u32));
	for (i = 0; i < num_fields; i++)
		size += ima_record_data_size(entry->template_data[i].len);

	qe = ima_record_zalloc(size);
	if (!qe)
		return NULL;

	copy = (void *)(qe + 1);
	memcpy(copy, entry, entry_size);
	qe->entry = copy;

	p = (u8 *)copy + entry_size;
	copy->digests = memcpy(p, entry->digests, digests_size);
	p += ALIGN(digests_size, sizeof(u32));

	for (i = 0; i < num_fields; i++) {
		u32 len = entry->template_data[i].len;

		copy->template_data[i].data = p;
		memcpy(p, entry->template_data[i].data, len);
		p += ima_record_data_size(len);
	}
	return qe;
}

/**
 * ima_record_free - free a record
 * @qe: its queue entry
 */
void ima_record_free(struct ima_queue_entry *qe)
{
	kvfree(qe);
}

/**
 * ima_records_shrink - give empty slabs back
 *
 * After many records were freed, the caches still hold some of the memory for
 * allocations to come.  May sleep.
 */
void ima_records_shrink(void)
{
	int i;

	for (i = 0; i < IMA_RECORD_SIZES; i++)
		kmem_cache_shrink(ima_record_caches[i]);
}
