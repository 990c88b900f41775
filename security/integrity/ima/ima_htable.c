// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detection of duplicate records: one with the digest and PCR of an earlier one
 * is not added to the measurement list. The digests are kept apart from the
 * records, so that a record can be freed and its digest still be known.
 */

#include <kunit/visibility.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "ima.h"

/*
 * The key is the start of the digest of the default algorithm, padded with zeros
 * and with the PCR folded in. 32 bytes are all of a SHA-256 digest; of a longer
 * one, they are as hard to collide. Records of two PCRs have the same key only if
 * their digests differ in the bits of the PCR and in no other.
 */
struct ima_htable_entry {
	struct rhash_head node;
	u8 key[SHA256_DIGEST_SIZE];
};

VISIBLE_IF_KUNIT struct rhashtable ima_htable;
static struct kmem_cache *ima_htable_cache __ro_after_init;
static const struct rhashtable_params ima_htable_params = {
	.head_offset = offsetof(struct ima_htable_entry, node),
	.key_offset = offsetof(struct ima_htable_entry, key),
	.key_len = SHA256_DIGEST_SIZE,
	.automatic_shrinking = true,
};

static void ima_htable_fill_key(u8 *key, const u8 *digest, int pcr)
{
	unsigned int size = min(SHA256_DIGEST_SIZE,
				hash_digest_size[ima_hash_algo]);

	memcpy(key, digest, size);
	memset(key + size, 0, SHA256_DIGEST_SIZE - size);
	key[0] ^= pcr;	/* less than 64: see INVALID_PCR() */
}

int __init ima_init_htable(void)
{
	if (IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		return 0;

	/* Not merged, so that ima_flush_htable frees whole pages. */
	ima_htable_cache = KMEM_CACHE(ima_htable_entry, SLAB_NO_MERGE);
	if (!ima_htable_cache)
		return -ENOMEM;

	return rhashtable_init(&ima_htable, &ima_htable_params);
}

/*
 * Remember the digest of a record that will be added: 0, or -EEXIST if it is a
 * duplicate. On other errors, add the record all the same, and a duplicate of
 * it later, too. Called with ima_extend_list_mutex held.
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

/* Forget a digest that ima_htable_add() added. May wait for a grace period. */
void ima_htable_remove(const u8 *digest, int pcr)
{
	u8 key[SHA256_DIGEST_SIZE] __aligned(sizeof(u32));	/* for jhash2() */
	struct ima_htable_entry *he;

	ima_htable_fill_key(key, digest, pcr);
	he = rhashtable_lookup_fast(&ima_htable, key, ima_htable_params);
	if (he && !rhashtable_remove_fast(&ima_htable, &he->node,
					  ima_htable_params))
		kfree_rcu_mightsleep(he);
}
