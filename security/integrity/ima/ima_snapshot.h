/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of the measurement list, see
 * Documentation/security/IMA-snapshot.rst.
 */

#ifndef __LINUX_IMA_SNAPSHOT_H
#define __LINUX_IMA_SNAPSHOT_H

#include <linux/sizes.h>
#include <linux/types.h>
#include <crypto/hash.h>

/* ima_queue.c: the lock that the measurement list is changed under */
void ima_extend_list_lock(void);
void ima_extend_list_unlock(void);
void ima_extend_list_assert_held(void);
void ima_measurements_suspend_locked(void);

#ifdef CONFIG_IMA_SNAPSHOT

#define IMA_SNAPSHOT_LABEL	"ima_snapshot"
#define IMA_SNAPSHOT_EVENT	"snapshot_aggregate"

/* Longest payload: a 64 byte digest, 4 numbers of 20 digits, and the names. */
#define IMA_SNAPSHOT_PAYLOAD_MAX	320

/* Longest record around it: PCR, digest, template name and three fields. */
#define IMA_SNAPSHOT_RECORD_MAX		(IMA_SNAPSHOT_PAYLOAD_MAX + 192)

/* A record has these bits of its number, see struct ima_template_entry. */
#define IMA_SNAPSHOT_SEQ_MASK	0x7fffffffU

/* Hashed in one hold of the lock: records, about 0.1 ms, and bytes of long ones */
#define IMA_SNAPSHOT_BATCH		64
#define IMA_SNAPSHOT_BATCH_BYTES	SZ_64K

/* More than this and the oldest are merged, see ima_snapshot_add_run(). */
#define IMA_SNAPSHOT_MAX_RUNS	4

/**
 * struct ima_snapshot_window - records that one snapshot will cover
 * @desc: hash of the records so far
 * @hashed: number of these records
 * @own: number of snapshot records among them or still to come, 0 or 1
 */
struct ima_snapshot_window {
	struct shash_desc *desc;
	u64 hashed;
	unsigned int own;
};

/* Consecutive records in the list that is carried across kexec. */
struct ima_snapshot_run {
	u64 first;
	u64 count;
};

/**
 * struct ima_snapshot - state of the snapshots of one measurement list
 * @live: list to which records are added
 * @staged: list of records that wait to be deleted; they are older
 * @num_records: numbers of records in these lists
 * @added: number of records added since the machine booted
 * @removed: number of records not in the lists, when a record was last added
 * @trims: how often @removed was found to have grown
 * @enabled: the policy has a rule for snapshots
 * @broken: the hash failed, the window has to be hashed again
 * @taker: takes a snapshot, if not NULL: @next is fed as well as @cur
 * @recorded: @taker has added the record of the snapshot
 * @done: number of the last record that was hashed or given up
 * @pos: number of the record that the walk of the lists has reached
 * @pos_qe: this record; may only be used while ima_snapshot_present(@pos)
 * @cur: the window that the next snapshot covers
 * @next: the window that begins where the snapshot being taken ends
 * @algo: algorithm of the windows
 * @state: buffer for copying a hash
 * @runs: numbers of the records that are carried across kexec
 * @num_runs: number of these runs
 * @run: the run that the next record to be restored belongs to
 */
struct ima_snapshot {
	struct list_head *live;
	struct list_head *staged;
	atomic_long_t *num_records;
	u64 added;
	u64 removed;
	u64 trims;
	bool enabled;
	bool broken;
	struct task_struct *taker;
	bool recorded;
	u64 done;
	u64 pos;
	struct ima_queue_entry *pos_qe;
	struct ima_snapshot_window cur;
	struct ima_snapshot_window next;
	enum hash_algo algo;
	void *state;
	struct ima_snapshot_run runs[IMA_SNAPSHOT_MAX_RUNS];
	unsigned int num_runs;
	unsigned int run;
};

/**
 * struct ima_snapshot_values - what a snapshot says
 * @digest: hash of the records covered
 * @hashed: number of these records
 * @total: number of records up to and including the last one covered
 * @trimmed: number of records no longer in the list
 * @trims: how often the list was found to have been shortened
 */
struct ima_snapshot_values {
	u8 digest[HASH_MAX_DIGESTSIZE];
	u64 hashed;
	u64 total;
	u64 trimmed;
	u64 trims;
};

enum ima_snapshot_step {
	IMA_SNAPSHOT_MORE,	/* there are more records to hash */
	IMA_SNAPSHOT_END,	/* everything is hashed, or nothing can be */
	IMA_SNAPSHOT_GAP,	/* records are missing after the last one */
};

void ima_snapshot_record_added(void);
void ima_snapshot_record_restored(void);
void ima_snapshot_update_rule(void);
int ima_snapshot_fs_init(struct dentry *dir);
void ima_snapshot_kexec(void);
bool ima_snapshot_is_last(void);
size_t ima_snapshot_kexec_reserve(void);
size_t ima_snapshot_trailer_size(void);
size_t ima_snapshot_save(void *buf, size_t size, u64 count);
void ima_snapshot_restore(const void *buf, size_t size);

extern struct ima_snapshot ima_snapshot_state;

/* ima_snapshot_window.c */
u64 ima_snapshot_number(const struct ima_snapshot *s,
			const struct ima_queue_entry *qe);
struct ima_queue_entry *ima_snapshot_last(struct list_head *head);
int ima_snapshot_buf_field(const struct ima_template_desc *desc);
int ima_snapshot_alloc(struct ima_snapshot *s, struct crypto_shash *tfm,
		       enum hash_algo algo);
void ima_snapshot_free(struct ima_snapshot *s);
bool ima_snapshot_account(struct ima_snapshot *s);
enum ima_snapshot_step ima_snapshot_step(struct ima_snapshot *s,
					 unsigned int limit);
int ima_snapshot_begin(struct ima_snapshot *s,
		       struct ima_snapshot_values *values);
void ima_snapshot_commit(struct ima_snapshot *s, bool success);
int ima_snapshot_format(const struct ima_snapshot *s,
			const struct ima_snapshot_values *values,
			char *buf, size_t size);

/* ima_snapshot_kexec.c */
size_t ima_snapshot_write_trailer(struct ima_snapshot *s, void *buf,
				  size_t size, u64 count);
bool ima_snapshot_read_trailer(struct ima_snapshot *s, const void *buf,
			       size_t size);
void ima_snapshot_number_restored(struct ima_snapshot *s);

#else /* CONFIG_IMA_SNAPSHOT */

static inline void ima_snapshot_record_added(void) {}
static inline void ima_snapshot_record_restored(void) {}
static inline void ima_snapshot_update_rule(void) {}
static inline int ima_snapshot_fs_init(struct dentry *dir) { return 0; }
static inline void ima_snapshot_kexec(void) {}
static inline bool ima_snapshot_is_last(void) { return false; }
static inline size_t ima_snapshot_kexec_reserve(void) { return 0; }
static inline size_t ima_snapshot_trailer_size(void) { return 0; }
static inline size_t ima_snapshot_save(void *buf, size_t size, u64 count)
{
	return 0;
}

static inline void ima_snapshot_restore(const void *buf, size_t size) {}

#endif /* CONFIG_IMA_SNAPSHOT */

#endif /* __LINUX_IMA_SNAPSHOT_H */
