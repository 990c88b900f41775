// SPDX-License-Identifier: GPL-2.0-only
/*
 * File: ima_snapshot_window.c
 *	Which records a snapshot covers, and their hash
 *
 * Everything here works on a struct ima_snapshot and the lists that it points
 * to, with ima_extend_list_mutex held.
 */

#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <crypto/hash.h>
#include "ima.h"

static u64 ima_snapshot_num_present(const struct ima_snapshot *s)
{
	return atomic_long_read(&s->num_records[BINARY]) +
	       atomic_long_read(&s->num_records[BINARY_STAGED]);
}

/*
 * A remover does not tell what it removed. Records are added by one function
 * and removed by others, but all of them keep the number of records.
 */
static u64 ima_snapshot_num_removed(const struct ima_snapshot *s)
{
	u64 present = ima_snapshot_num_present(s);

	return s->added > present ? s->added - present : 0;
}

/* Several removals with no record in between are seen as one. */
static void ima_snapshot_note_removals(struct ima_snapshot *s)
{
	u64 removed = ima_snapshot_num_removed(s);

	if (removed > s->removed)
		s->trims++;

	s->removed = removed;
}

/* A record has the low bits of its number, and is never 2^31 records old. */
u64 ima_snapshot_number(const struct ima_snapshot *s,
			const struct ima_queue_entry *qe)
{
	return s->added - ((s->added - qe->entry->seq) & IMA_SNAPSHOT_SEQ_MASK);
}

static struct ima_queue_entry *ima_snapshot_first(struct list_head *head)
{
	return list_first_entry_or_null(head, struct ima_queue_entry, later);
}

/* The last record of a list, or NULL. */
struct ima_queue_entry *ima_snapshot_last(struct list_head *head)
{
	return list_empty(head) ? NULL :
	       list_last_entry(head, struct ima_queue_entry, later);
}

/*
 * Is the record that had this number still in a list?
 *
 * Records leave a list at its head only, but either list can be shortened
 * first. The numbers at the ends of the lists tell, without a look at the
 * record itself, which may have been freed.
 */
static bool ima_snapshot_present(const struct ima_snapshot *s, u64 number)
{
	const struct ima_queue_entry *first = ima_snapshot_first(s->live);

	if (first && number >= ima_snapshot_number(s, first))
		return true;

	first = ima_snapshot_first(s->staged);
	return first && number >= ima_snapshot_number(s, first) &&
	       number <= ima_snapshot_number(s, ima_snapshot_last(s->staged));
}

/* The first record after the one that the walk has reached, or NULL. */
static struct ima_queue_entry *ima_snapshot_next(const struct ima_snapshot *s)
{
	const struct ima_queue_entry *last = ima_snapshot_last(s->staged);
	struct list_head *next;

	if (s->pos_qe && ima_snapshot_present(s, s->pos)) {
		next = s->pos_qe->later.next;
		if (next == s->live)
			return NULL;
		if (next == s->staged)
			return ima_snapshot_first(s->live);
		return list_entry(next, struct ima_queue_entry, later);
	}

	if (last && ima_snapshot_number(s, last) > s->pos)
		return ima_snapshot_first(s->staged);

	return ima_snapshot_first(s->live);
}

static void ima_snapshot_free_window(struct ima_snapshot_window *window)
{
	kfree_sensitive(window->desc);
	window->desc = NULL;
}

/**
 * ima_snapshot_free - free what ima_snapshot_alloc() has allocated
 * @s: state of the snapshots
 */
void ima_snapshot_free(struct ima_snapshot *s)
{
	ima_snapshot_free_window(&s->cur);
	ima_snapshot_free_window(&s->next);
	kfree_sensitive(s->state);
	s->state = NULL;
}

static int ima_snapshot_alloc_window(struct ima_snapshot_window *window,
				     struct crypto_shash *tfm)
{
	window->desc = kzalloc(sizeof(*window->desc) +
			       crypto_shash_descsize(tfm), GFP_KERNEL);
	if (!window->desc)
		return -ENOMEM;

	window->desc->tfm = tfm;
	return crypto_shash_init(window->desc);
}

/**
 * ima_snapshot_alloc - allocate all that taking a snapshot will need
 * @s: state of the snapshots
 * @tfm: hash algorithm of the windows
 * @algo: its identifier
 *
 * Nothing is left to be allocated where records are added.
 *
 * Return: zero on success, a negative errno otherwise.
 */
int ima_snapshot_alloc(struct ima_snapshot *s, struct crypto_shash *tfm,
		       enum hash_algo algo)
{
	int err;

	if (s->state)
		return 0;

	s->algo = algo;
	err = ima_snapshot_alloc_window(&s->cur, tfm) ?:
	      ima_snapshot_alloc_window(&s->next, tfm);
	if (!err) {
		s->state = kzalloc(crypto_shash_statesize(tfm), GFP_KERNEL);
		if (!s->state)
			err = -ENOMEM;
	}

	if (err)
		ima_snapshot_free(s);
	return err;
}

static int ima_snapshot_clear_window(struct ima_snapshot_window *window,
				     unsigned int own)
{
	window->hashed = 0;
	window->own = own;
	return crypto_shash_init(window->desc);
}

/* Hash the window again from its first record, as far as it is still there. */
static int ima_snapshot_restart(struct ima_snapshot *s)
{
	s->done -= s->cur.hashed;
	s->pos = 0;
	s->pos_qe = NULL;
	s->broken = ima_snapshot_clear_window(&s->cur, s->cur.own);
	return s->broken ? -EIO : 0;
}

struct ima_snapshot_feed {
	struct ima_snapshot *s;
	int err;
};

static void ima_snapshot_emit(void *arg, const void *data, size_t len)
{
	struct ima_snapshot_feed *feed = arg;
	struct ima_snapshot *s = feed->s;

	if (!feed->err)
		feed->err = crypto_shash_update(s->cur.desc, data, len);
	if (!feed->err && s->taker)
		feed->err = crypto_shash_update(s->next.desc, data, len);
}

/* Hash a record, as binary_runtime_measurements shows it. */
static int ima_snapshot_hash(struct ima_snapshot *s,
			     const struct ima_queue_entry *qe)
{
	const struct ima_template_entry *entry = qe->entry;
	struct ima_snapshot_feed feed = { .s = s };

	ima_emit_record(entry, ima_template_name(entry->template_desc),
			ima_sha1_idx, ima_snapshot_emit, &feed);
	if (feed.err) {
		s->broken = true;
		return feed.err;
	}

	s->cur.hashed++;
	if (s->taker)
		s->next.hashed++;
	return 0;
}

/**
 * ima_snapshot_buf_field - find the field that holds the payload
 * @desc: template of a record
 *
 * Return: index of the field, -ENOENT if the template has none.
 */
int ima_snapshot_buf_field(const struct ima_template_desc *desc)
{
	int i;

	for (i = 0; i < desc->num_fields; i++)
		if (!strcmp(desc->fields[i]->field_id, "buf"))
			return i;

	return -ENOENT;
}

/*
 * The task that takes a snapshot adds one record while it does so. It is the
 * snapshot, unless the policy has come to give it a template with no payload.
 */
static void ima_snapshot_mark(struct ima_snapshot *s,
			      struct ima_template_entry *entry)
{
	if (s->taker != current ||
	    ima_snapshot_buf_field(entry->template_desc) < 0)
		return;

	entry->is_snapshot = 1;
	s->recorded = true;
}

/**
 * ima_snapshot_account - count the record that was added last, and hash it
 * @s: state of the snapshots
 *
 * The record is hashed here if all before it are. If not, it has to wait for
 * its turn.
 *
 * Context: ima_extend_list_mutex is held.
 * Return: true if there is something to be done for ima_snapshot_step().
 */
bool ima_snapshot_account(struct ima_snapshot *s)
{
	struct ima_queue_entry *qe = ima_snapshot_last(s->live);

	ima_extend_list_assert_held();

	s->added++;
	qe->entry->seq = s->added & IMA_SNAPSHOT_SEQ_MASK;
	ima_snapshot_mark(s, qe->entry);
	ima_snapshot_note_removals(s);

	if (!s->enabled)
		return false;

	if (s->broken || s->done + 1 != s->added || ima_snapshot_hash(s, qe))
		return true;

	s->done = s->added;
	s->pos = s->added;
	s->pos_qe = qe;
	return false;
}

/**
 * ima_snapshot_step - hash records that were not hashed when they were added
 * @s: state of the snapshots
 * @limit: maximum number of records to look at; long ones are fewer
 *
 * A window covers consecutive records. If records were removed before they
 * were hashed, the window that ends before them has to be closed by a snapshot
 * first, and that is up to the caller.
 *
 * Context: ima_extend_list_mutex is held.
 * Return: whether there is more to do, see enum ima_snapshot_step.
 */
enum ima_snapshot_step ima_snapshot_step(struct ima_snapshot *s,
					 unsigned int limit)
{
	struct ima_queue_entry *qe;
	size_t bytes = 0;
	u64 number;

	ima_extend_list_assert_held();

	if (!s->enabled || s->done == s->added)
		return IMA_SNAPSHOT_END;

	if (s->broken && (s->taker || ima_snapshot_restart(s)))
		return IMA_SNAPSHOT_END;

	while (limit-- && bytes < IMA_SNAPSHOT_BATCH_BYTES) {
		qe = ima_snapshot_next(s);
		number = qe ? ima_snapshot_number(s, qe) : s->added + 1;
		if (number > s->done + 1 && s->cur.hashed)
			return IMA_SNAPSHOT_GAP;

		if (!qe) {
			s->done = s->added;
			return IMA_SNAPSHOT_END;
		}

		if (number > s->done) {
			if (ima_snapshot_hash(s, qe))
				return IMA_SNAPSHOT_END;
			s->done = number;
			bytes += qe->entry->template_data_len;
		}
		s->pos = number;
		s->pos_qe = qe;
	}

	return s->done == s->added ? IMA_SNAPSHOT_END : IMA_SNAPSHOT_MORE;
}

/**
 * ima_snapshot_begin - close the current window
 * @s: state of the snapshots
 * @values: filled with what the snapshot has to say
 *
 * Whether the snapshot gets into the list is not known yet. Until
 * ima_snapshot_commit() is told, records belong to two windows: to the current
 * one, in case it does not, and to the next one, in case it does.
 *
 * Context: ima_extend_list_mutex is held.
 * Return: zero on success, -ENOENT if the policy has no rule for it, -ENODATA
 * if there is nothing to cover, -EAGAIN if the records have to be hashed
 * again, or another negative errno.
 */
int ima_snapshot_begin(struct ima_snapshot *s,
		       struct ima_snapshot_values *values)
{
	int err;

	ima_extend_list_assert_held();

	if (!s->enabled)
		return -ENOENT;
	if (s->broken)
		return -EAGAIN;
	if (!s->cur.hashed)
		return -ENODATA;

	err = crypto_shash_export(s->cur.desc, s->state) ?:
	      crypto_shash_import(s->next.desc, s->state) ?:
	      crypto_shash_final(s->next.desc, values->digest) ?:
	      ima_snapshot_clear_window(&s->next, 1);
	if (err)
		return err;

	values->hashed = s->cur.hashed;
	values->total = s->done;
	values->trimmed = ima_snapshot_num_removed(s);
	values->trims = s->trims + (values->trimmed > s->removed);
	s->taker = current;
	s->recorded = false;
	return 0;
}

/**
 * ima_snapshot_commit - keep one of two windows
 * @s: state of the snapshots
 * @success: the record of the snapshot is in the list
 *
 * Context: ima_extend_list_mutex is held, not necessarily since
 * ima_snapshot_begin().
 */
void ima_snapshot_commit(struct ima_snapshot *s, bool success)
{
	ima_extend_list_assert_held();

	s->taker = NULL;
	if (success)
		swap(s->cur, s->next);
}

/**
 * ima_snapshot_format - write the payload of a snapshot
 * @s: state of the snapshots
 * @values: what the snapshot has to say
 * @buf: buffer for the payload
 * @size: its size
 *
 * Return: the length of the payload.
 */
int ima_snapshot_format(const struct ima_snapshot *s,
			const struct ima_snapshot_values *values,
			char *buf, size_t size)
{
	return scnprintf(buf, size,
			 "version=1;digest=%s:%*phN;hashed=%llu;total=%llu;trimmed=%llu;trims=%llu;",
			 hash_algo_name[s->algo], hash_digest_size[s->algo],
			 values->digest, values->hashed, values->total,
			 values->trimmed, values->trims);
}
