// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detection of duplicate records.
 *
 * A record with the digest and PCR of an earlier one is not added to the
 * measurement list. The digests are kept apart from the records, so that a
 * record can be freed and its digest still be known.
 */

#include <kunit/visibility.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "ima.h"

/*
 * Each record that was ever measured has one of these, so its size matters. The
 * key is the start of the digest, with the number of the PCR folded in. 32 bytes
 * are all of a SHA-256 digest. Of a longer one, they are as hard to collide as
 * SHA-256 is; a shorter one is padded with zeros. Records of two PCRs have the
 * same key only if their digests differ in the bits of the PCR and in no other.
 */
#define IMA_HTABLE_KEY_SIZE 32

struct ima_htable_entry {
	struct rhash_head node;
	u8 key[IMA_HTABLE_KEY_SIZE];
};

VISIBLE_IF_KUNIT struct rhashtable ima_htable;
static struct kmem_cache *ima_htable_cache __ro_after_init;
static const struct rhashtable_params ima_htable_params = {
	.head_offset = offsetof(struct ima_htable_entry, node),
	.key_offset = offsetof(struct ima_htable_entry, key),
	.key_len = IMA_HTABLE_KEY_SIZE,
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

static void ima_htable_fill_key(u8 *key, const u8 *digest, int pcr)
{
	unsigned int size = min_t(unsigned int, IMA_HTABLE_KEY_SIZE,
				  hash_digest_size[ima_hash_algo]);

	memcpy(key, digest, size);
	memset(key + size, 0, IMA_HTABLE_KEY_SIZE - size);
	key[0] ^= pcr;	/* less than 64: see INVALID_PCR() */
}

/**
 * ima_init_htable - prepare the detection of duplicate records
 *
 * Return: zero, or -ENOMEM.
 */
int __init ima_init_htable(void)
{
	int ret;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		return 0;

	/* Not merged, so that ima_flush_htable frees whole pages. */
	ima_htable_cache = KMEM_CACHE(ima_htable_entry, SLAB_NO_MERGE);
	if (!ima_htable_cache)
		return -ENOMEM;

	ret = rhashtable_init(&ima_htable, &ima_htable_params);
	if (ret)
		kmem_cache_destroy(ima_htable_cache);
	return ret;
}

/**
 * ima_htable_add - remember the digest of a record
 * @digest: digest of the default algorithm
 * @pcr: PCR that will be extended
 *
 * Without memory the record is added to the list all the same. A duplicate of
 * it will then be added, too.
 *
 * Context: Process context. The caller holds ima_extend_list_mutex.
 * Return:
 * * %0 - The digest was added
 * * %-EEXIST - The digest was added before
 * * %-EOPNOTSUPP - Duplicates are not detected
 * * other - The digest could not be added
 */
int ima_htable_add(const u8 *digest, int pcr)
{
	struct ima_htable_entry *he, *old;

	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		return -EOPNOTSUPP;

	he = kmem_cache_alloc(ima_htable_cache, GFP_KERNEL);
	if (!he)
		return -ENOMEM;

	ima_htable_fill_key(he->key, digest, pcr);
	old = rhashtable_lookup_get_insert_fast(&ima_htable, &he->node,
						ima_htable_params);
	if (!old)
		return 0;

	kmem_cache_free(ima_htable_cache, he);
	return IS_ERR(old) ? PTR_ERR(old) : -EEXIST;
}

/**
 * ima_htable_remove - forget the digest of a record
 * @digest: digest that ima_htable_add() added
 * @pcr: its PCR
 *
 * Context: Process context. May wait for a grace period.
 */
void ima_htable_remove(const u8 *digest, int pcr)
{
	u8 key[IMA_HTABLE_KEY_SIZE] __aligned(sizeof(u32));	/* for jhash2() */
	struct ima_htable_entry *he;

	ima_htable_fill_key(key, digest, pcr);
	scoped_guard(rcu) {
		he = rhashtable_lookup(&ima_htable, key, ima_htable_params);
		if (he && rhashtable_remove_fast(&ima_htable, &he->node,
						 ima_htable_params))
			he = NULL;
	}
	if (he)
		kfree_rcu_mightsleep(he);
}
