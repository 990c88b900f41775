/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of the measurement list, see
 * Documentation/security/IMA-snapshot.rst.
 */

#ifndef __IMA_SNAPSHOT_H
#define __IMA_SNAPSHOT_H

#include <crypto/sha2.h>

struct ima_add_outcome;
struct ima_template_entry;

#define IMA_SNAPSHOT_EVENT	"snapshot_aggregate"

/* Longest payload: names, a SHA-256 digest, four numbers of 20 digits, NUL. */
#define IMA_SNAPSHOT_PAYLOAD_MAX	208

/**
 * struct ima_snapshot_counts - the numbers in a snapshot
 * @hashed: records covered
 * @total: records measured, up to the last one covered
 * @trimmed: of these, records that are no longer in memory
 * @trims: how often the list was found shorter when a record was added
 */
struct ima_snapshot_counts {
	u64 hashed;
	u64 total;
	u64 trimmed;
	u64 trims;
};

/**
 * struct ima_snapshot - what a snapshot taken now would say
 * @window: hash of the records since the last snapshot, that one included;
 *	initialised when the first of them is added
 * @counts: the numbers, @counts.hashed being the records in @window
 * @since: records added since a snapshot was last taken or tried
 *
 * It changes in the same hold of ima_extend_list_mutex that adds a record to
 * the list, and nothing in it can fail. So whenever the mutex is free, it
 * describes the list up to its last record.
 */
struct ima_snapshot {
	struct sha256_ctx window;
	struct ima_snapshot_counts counts;
	unsigned long since;
};

/* ima_snapshot.c, called only if CONFIG_IMA_SNAPSHOT is enabled */
void ima_snapshot_record_added(const struct ima_template_entry *entry);
void ima_snapshot_record_restored(const struct ima_template_entry *entry);
int ima_snapshot_store(struct ima_template_entry *entry, int pcr,
		       struct ima_add_outcome *outcome);
void ima_snapshot_every(const struct ima_add_outcome *outcome);
void ima_snapshot_suspend(bool *suspended);
int ima_snapshot_fs_init(struct dentry *dir);

/* ima_snapshot_window.c */
void ima_snapshot_hash(struct sha256_ctx *ctx,
		       const struct ima_template_entry *entry);
void ima_snapshot_account(struct ima_snapshot *s, u64 present);
void ima_snapshot_add(struct ima_snapshot *s,
		      const struct ima_template_entry *entry, u64 present);
void ima_snapshot_restore(struct ima_snapshot *s,
			  const struct ima_template_entry *entry, u64 present);
int ima_snapshot_format(const struct ima_snapshot *s, char *payload);
bool ima_snapshot_parse(const struct ima_template_entry *entry,
			struct ima_snapshot_counts *counts);

#endif /* __IMA_SNAPSHOT_H */
