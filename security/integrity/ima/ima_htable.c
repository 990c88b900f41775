// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detection of duplicate records.
 *
 * A record whose digest was measured before, into the same PCR, is not added
 * to the measurement list again.  What has to be known for this is kept in a
 * hash table of its own, so that a record can leave the list and be freed, and
 * its digest still be known.
 *
 * Entries are added with ima_extend_list_mutex held, and removed, if at all,
 * without.
 */

#include <kunit/visibility.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "ima.h"

/*
 * There is one of these for each record that was ever measured, so its size
 * matters.  The key is the digest of IMA's default algorithm with the number of
 * the PCR folded in, which takes no bytes of its own there.  Records of two
 * PCRs get the same key only if their digests differ in those few bits and in
 * no other; that is as hard to achieve as a collision of all other bits.
 *
 * What the digest does not need of the array is neither allocated nor compared.
 */
struct ima_htable_entry {
	struct rhash_head node;
	u8 key[HASH_MAX_DIGESTSIZE];
};

VISIBLE_IF_KUNIT struct rhashtable ima_htable;
static struct kmem_cache *ima_htable_cache __ro_after_init;
static struct rhashtable_params ima_htable_params __ro_after_init = {
	.head_offset = offsetof(struct ima_htable_entry, node),
	.key_offset = offsetof(struct ima_htable_entry, key),
	.automatic_shrinking = true,
};

bool ima_flush_htable;

static int __init ima_flush_htable_setup(char *str)
{
	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE)) {
		pr_warn("Hash table not enabled, ignoring request to flush\n");
		return 1;
	}

	ima_flush_htable = true;
	return 1;
}
__setup("ima_flush_htable", ima_flush_htable_setup);

static void ima_htable_fill_key(u8 *key, const struct ima_template_entry *entry)
{
	memcpy(key, entry->digests[ima_hash_algo_idx].digest,
	       ima_htable_params.key_len);
	key[0] ^= entry->pcr;	/* less than 64: see INVALID_PCR() */
}

/**
 * ima_init_htable - prepare the detection of duplicate records
 *
 * Called again if IMA falls back to another default algorithm.  The length of
 * the key stays as it was then; digests are padded with zeros.
 *
 * Return: zero, or -ENOMEM.
 */
int __init ima_init_htable(void)
{
	unsigned int size;
	int ret;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE) || ima_htable_cache)
		return 0;

	ima_htable_params.key_len = hash_digest_size[ima_hash_algo];
	ret = rhashtable_init(&ima_htable, &ima_htable_params);
	if (ret)
		return ret;

	size = offsetof(struct ima_htable_entry, key) + ima_htable_params.key_len;
	ima_htable_cache = kmem_cache_create("ima_htable_entry", size, 0,
					     SLAB_NO_MERGE, NULL);
	if (!ima_htable_cache) {
		rhashtable_destroy(&ima_htable);
		return -ENOMEM;
	}
	return 0;
}

/**
 * ima_htable_find - tell whether a record was measured before
 * @entry: the record
 *
 * Context: ima_extend_list_mutex is held, so that nobody adds the same between
 * this and ima_htable_add().
 * Return: whether a record with the same digest and PCR was added.
 */
bool ima_htable_find(const struct ima_template_entry *entry)
{
	u8 key[HASH_MAX_DIGESTSIZE] __aligned(sizeof(u32));	/* for jhash2() */

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		return false;

	ima_htable_fill_key(key, entry);
	return rhashtable_lookup_fast(&ima_htable, key, ima_htable_params);
}

/**
 * ima_htable_add - remember the digest of a record
 * @entry: the record, which ima_htable_find() did not find
 *
 * A failure is no reason not to measure: if the same is measured again, there
 * will be two records of it.
 *
 * Context: ima_extend_list_mutex is held; may sleep.
 * Return: what to hand to ima_htable_remove(), or NULL if the digest could not
 * be stored.
 */
struct ima_htable_entry *ima_htable_add(const struct ima_template_entry *entry)
{
	struct ima_htable_entry *he;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		return NULL;

	he = kmem_cache_alloc(ima_htable_cache, GFP_KERNEL);
	if (!he)
		return NULL;

	ima_htable_fill_key(he->key, entry);
	if (rhashtable_insert_fast(&ima_htable, &he->node,
				   ima_htable_params)) {
		kmem_cache_free(ima_htable_cache, he);
		return NULL;
	}
	return he;
}

/**
 * ima_htable_remove - forget the digest of a record
 * @he: what ima_htable_add() returned, or NULL
 *
 * Takes the lock of one hash chain only.  A lookup may still see @he: it must
 * be freed with ima_htable_free() after a grace period.
 */
void ima_htable_remove(struct ima_htable_entry *he)
{
	if (he)
		rhashtable_remove_fast(&ima_htable, &he->node,
				       ima_htable_params);
}

/**
 * ima_htable_free - free what ima_htable_remove() removed
 * @he: the same, or NULL
 */
void ima_htable_free(struct ima_htable_entry *he)
{
	if (he)
		kmem_cache_free(ima_htable_cache, he);
}
