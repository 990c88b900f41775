// SPDX-License-Identifier: GPL-2.0-only
/*
 * File: ima_snapshot.c
 *	Records in the measurement list that vouch for the records before them
 *
 * Records are hashed one by one, as they are added, so that taking a snapshot
 * does not depend on how many there are. See
 * Documentation/security/IMA-snapshot.rst.
 */

#include <linux/cred.h>
#include <linux/ima.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <crypto/hash.h>
#include <kunit/visibility.h>
#include "ima.h"

/* Protected by ima_extend_list_mutex, as are all that take a pointer to it. */
VISIBLE_IF_KUNIT struct ima_snapshot ima_snapshot_state = {
	.live = &ima_measurements,
	.staged = &ima_measurements_staged,
	.num_records = ima_num_records,
};

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

/* A record has the low half of its number, and is never 2^32 records old. */
static u64 ima_snapshot_number(const struct ima_snapshot *s,
			       const struct ima_queue_entry *qe)
{
	return s->added - (lower_32_bits(s->added) - qe->entry->seq);
}

static struct ima_queue_entry *ima_snapshot_first(struct list_head *head)
{
	return list_first_entry_or_null(head, struct ima_queue_entry, later);
}

static struct ima_queue_entry *ima_snapshot_last(struct list_head *head)
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

VISIBLE_IF_KUNIT void ima_snapshot_free(struct ima_snapshot *s)
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
VISIBLE_IF_KUNIT int ima_snapshot_alloc(struct ima_snapshot *s,
					struct crypto_shash *tfm,
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
	if (!feed->err && s->taking)
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
	if (s->taking)
		s->next.hashed++;
	return 0;
}

/**
 * ima_snapshot_account - count the record that was added last, and hash it
 * @s: state of the snapshots
 *
 * The record is hashed here if all before it are. If not, it has to wait for
 * its turn.
 *
 * Return: true if there is something to be done for ima_snapshot_step().
 */
VISIBLE_IF_KUNIT bool ima_snapshot_account(struct ima_snapshot *s)
{
	struct ima_queue_entry *qe = ima_snapshot_last(s->live);

	ima_extend_list_assert_held();

	s->added++;
	qe->entry->seq = lower_32_bits(s->added);
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
 * @limit: maximum number of records to look at
 *
 * A window covers consecutive records. If records were removed before they
 * were hashed, the window that ends before them has to be closed by a snapshot
 * first, and that is up to the caller.
 *
 * Return: whether there is more to do, see enum ima_snapshot_step.
 */
VISIBLE_IF_KUNIT enum ima_snapshot_step
ima_snapshot_step(struct ima_snapshot *s, unsigned int limit)
{
	struct ima_queue_entry *qe;
	u64 number;

	ima_extend_list_assert_held();

	if (!s->enabled || s->done == s->added)
		return IMA_SNAPSHOT_END;

	if (s->broken && (s->taking || ima_snapshot_restart(s)))
		return IMA_SNAPSHOT_END;

	while (limit--) {
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
 * Return: zero on success, -ENOENT if the policy has no rule for it, -ENODATA
 * if there is nothing to cover, -EAGAIN if the records have to be hashed
 * again, or another negative errno.
 */
VISIBLE_IF_KUNIT int ima_snapshot_begin(struct ima_snapshot *s,
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
	s->taking = true;
	return 0;
}

/**
 * ima_snapshot_commit - keep one of two windows
 * @s: state of the snapshots
 * @success: the record of the snapshot is in the list
 */
VISIBLE_IF_KUNIT void ima_snapshot_commit(struct ima_snapshot *s, bool success)
{
	ima_extend_list_assert_held();

	s->taking = false;
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
VISIBLE_IF_KUNIT int
ima_snapshot_format(const struct ima_snapshot *s,
		    const struct ima_snapshot_values *values,
		    char *buf, size_t size)
{
	return scnprintf(buf, size,
			 "version=1;digest=%s:%*phN;hashed=%llu;total=%llu;trimmed=%llu;trims=%llu;",
			 hash_algo_name[s->algo], hash_digest_size[s->algo],
			 values->digest, values->hashed, values->total,
			 values->trimmed, values->trims);
}

static void ima_snapshot_work_fn(struct work_struct *work);
static DECLARE_WORK(ima_snapshot_work, ima_snapshot_work_fn);

/* One snapshot at a time; taken before ima_extend_list_mutex. */
static DEFINE_MUTEX(ima_snapshot_mutex);

/* Payload of the last snapshot, protected by ima_extend_list_mutex. */
static char ima_snapshot_payload[IMA_SNAPSHOT_PAYLOAD_MAX];

/* Take a snapshot after this many records; zero if only when asked to. */
static unsigned long ima_snapshot_records;

static int __init ima_snapshot_records_setup(char *str)
{
	if (kstrtoul(str, 10, &ima_snapshot_records))
		pr_warn("ima_snapshot_records: invalid number, ignored\n");

	return 1;
}
__setup("ima_snapshot_records=", ima_snapshot_records_setup);

/* The record that closed the window before is not worth a snapshot itself. */
static bool ima_snapshot_due(const struct ima_snapshot *s)
{
	return ima_snapshot_records && s->enabled &&
	       s->cur.hashed >= s->cur.own + ima_snapshot_records;
}

/**
 * ima_snapshot_record_added - take note of the record that was added last
 */
void ima_snapshot_record_added(void)
{
	struct ima_snapshot *s = &ima_snapshot_state;

	if (ima_snapshot_account(s) || ima_snapshot_due(s))
		queue_work(system_dfl_wq, &ima_snapshot_work);
}

/*
 * Add the record of a snapshot that was begun, as the kernel itself, whoever
 * asked for it: a rule may say whose data is measured.
 */
static int ima_snapshot_record(const struct ima_snapshot_values *values)
{
	struct ima_snapshot *s = &ima_snapshot_state;
	char payload[IMA_SNAPSHOT_PAYLOAD_MAX];
	int len, err;

	lockdep_assert_held(&ima_snapshot_mutex);

	len = ima_snapshot_format(s, values, payload, sizeof(payload));
	scoped_with_kernel_creds()
		err = ima_measure_critical_data(IMA_SNAPSHOT_LABEL,
						IMA_SNAPSHOT_EVENT, payload,
						len, false, NULL, 0);

	ima_extend_list_lock();
	ima_snapshot_commit(s, !err);
	if (!err)
		memcpy(ima_snapshot_payload, payload, len + 1);
	ima_extend_list_unlock();
	return err;
}

static int ima_snapshot_take(void)
{
	struct ima_snapshot_values values;
	int err;

	ima_extend_list_lock();
	err = ima_snapshot_begin(&ima_snapshot_state, &values);
	ima_extend_list_unlock();

	return err ?: ima_snapshot_record(&values);
}

/*
 * Hash what is not hashed yet, and give way to others after each batch. Once
 * the end is reached, records that are added are hashed at once.
 */
static int ima_snapshot_catch_up(void)
{
	enum ima_snapshot_step step;
	int err = 0;

	lockdep_assert_held(&ima_snapshot_mutex);

	do {
		if (fatal_signal_pending(current))
			return -EINTR;

		ima_extend_list_lock();
		step = ima_snapshot_step(&ima_snapshot_state,
					 IMA_SNAPSHOT_BATCH);
		ima_extend_list_unlock();

		if (step == IMA_SNAPSHOT_GAP)
			err = ima_snapshot_take();
		cond_resched();
	} while (!err && step != IMA_SNAPSHOT_END);

	return err;
}

static void ima_snapshot_work_fn(struct work_struct *work)
{
	bool due;
	int err;

	mutex_lock(&ima_snapshot_mutex);
	err = ima_snapshot_catch_up();

	ima_extend_list_lock();
	due = ima_snapshot_due(&ima_snapshot_state);
	ima_extend_list_unlock();

	/* If it fails, the next record brings us here again. */
	if (!err && due)
		ima_snapshot_take();
	mutex_unlock(&ima_snapshot_mutex);
}

static bool ima_snapshot_has_buf(const struct ima_template_desc *desc)
{
	int i;

	for (i = 0; i < desc->num_fields; i++)
		if (!strcmp(desc->fields[i]->field_id, "buf"))
			return true;

	return false;
}

/* Ask the policy what process_buffer_measurement() will ask for a snapshot. */
static bool ima_snapshot_has_rule(void)
{
	struct ima_template_desc *template = ima_template_desc_buf();
	struct lsm_prop prop = {};
	int pcr = 0;
	int action;

	action = ima_get_action(&nop_mnt_idmap, NULL, kernel_cred(), &prop, 0,
				CRITICAL_DATA, &pcr, &template,
				IMA_SNAPSHOT_LABEL, NULL);

	return (action & IMA_MEASURE) && ima_snapshot_has_buf(template);
}

/**
 * ima_snapshot_update_rule - find out if the policy wants snapshots
 *
 * Called when the policy has changed. What was hashed is kept if there is no
 * rule any more; a later rule goes on from there.
 */
void ima_snapshot_update_rule(void)
{
	struct ima_snapshot *s = &ima_snapshot_state;
	bool rule;
	int err;

	ima_extend_list_lock();
	rule = ima_snapshot_has_rule();
	err = rule ? ima_snapshot_alloc(s,
					ima_algo_array[ima_hash_algo_idx].tfm,
					ima_hash_algo) : 0;
	s->enabled = rule && !err;
	ima_extend_list_unlock();

	if (err)
		pr_err("snapshots are off, allocation failed: %d\n", err);
	else if (rule)
		queue_work(system_dfl_wq, &ima_snapshot_work);
}

static int ima_snapshot_request(void)
{
	int err;

	err = mutex_lock_interruptible(&ima_snapshot_mutex);
	if (err)
		return err;

	err = ima_snapshot_catch_up() ?: ima_snapshot_take();
	mutex_unlock(&ima_snapshot_mutex);
	return err;
}

static int ima_snapshot_show(struct seq_file *m, void *v)
{
	ima_extend_list_lock();
	seq_puts(m, ima_snapshot_payload);
	ima_extend_list_unlock();
	return 0;
}

/*
 * Return: -EPERM if it is opened for writing without CAP_SYS_ADMIN, which may
 * be dropped later.
 */
static int ima_snapshot_open(struct inode *inode, struct file *file)
{
	if ((file->f_mode & FMODE_WRITE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;

	return single_open(file, ima_snapshot_show, NULL);
}

/*
 * Return: -EINVAL if it is not "1", -ENOENT if the policy has no rule for
 * snapshots, -ENODATA if there is no record to cover, -ENODEV if measurement
 * is suspended, -EINTR, or what adding a record can fail with.
 */
static ssize_t ima_snapshot_write(struct file *file, const char __user *buf,
				  size_t len, loff_t *ppos)
{
	char request[2];
	int err;

	if (!len || len > sizeof(request))
		return -EINVAL;
	if (copy_from_user(request, buf, len))
		return -EFAULT;
	if (request[0] != '1' || (len == 2 && request[1] != '\n'))
		return -EINVAL;

	err = ima_snapshot_request();
	return err ?: len;
}

static const struct file_operations ima_snapshot_ops = {
	.open = ima_snapshot_open,
	.read = seq_read,
	.write = ima_snapshot_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/**
 * ima_snapshot_fs_init - create the file "snapshot"
 * @dir: securityfs directory of IMA
 *
 * Return: zero on success, a negative errno otherwise.
 */
int __init ima_snapshot_fs_init(struct dentry *dir)
{
	struct dentry *dentry;

	dentry = securityfs_create_file("snapshot", 0640, dir, NULL,
					&ima_snapshot_ops);
	return PTR_ERR_OR_ZERO(dentry);
}

/* The task that adds the last record before kexec, while no other may. */
static struct task_struct *ima_snapshot_last_task;

/**
 * ima_snapshot_is_last - may the current task add a record for all that?
 *
 * Called with measurement suspended.
 *
 * Return: true if it is adding the last snapshot before kexec.
 */
bool ima_snapshot_is_last(void)
{
	ima_extend_list_assert_held();
	return ima_snapshot_last_task == current;
}

/**
 * ima_snapshot_kexec - take the last snapshot, and suspend measurement
 *
 * No record of another task comes after the last one that the snapshot covers.
 * If there is no snapshot, measurement is suspended all the same, and the next
 * kernel goes on with the records that it was to cover.
 */
void ima_snapshot_kexec(void)
{
	struct ima_snapshot_values values;
	int err;

	mutex_lock(&ima_snapshot_mutex);
	ima_snapshot_catch_up();

	ima_extend_list_lock();
	ima_measurements_suspend_locked();
	err = ima_snapshot_begin(&ima_snapshot_state, &values);
	if (!err)
		ima_snapshot_last_task = current;
	ima_extend_list_unlock();

	if (!err)
		err = ima_snapshot_record(&values);
	if (err && err != -ENOENT)
		pr_err("no snapshot before kexec: %d\n", err);

	ima_extend_list_lock();
	ima_snapshot_last_task = NULL;
	ima_extend_list_unlock();
	mutex_unlock(&ima_snapshot_mutex);
}

#define IMA_SNAPSHOT_MAGIC	0x31504e53414d49ULL	/* "IMASNP1" */

/*
 * What the next kernel has to know, written behind the list in the kexec
 * segment. A kernel that does not know of it does not look there; a kernel
 * that does not write it leaves zeros there.
 */
struct ima_snapshot_trailer {
	__le64 magic;
	__le64 added;
	__le64 covered;
	__le64 removed;
	__le64 trims;
	__le64 num_runs;
	struct {
		__le64 first;
		__le64 count;
	} runs[IMA_SNAPSHOT_MAX_RUNS];
};

/*
 * Note the number of a record that is carried. There is one run of consecutive
 * numbers in general; another one where staged records were passed over by a
 * removal, or where the segment of an earlier kexec was too short. If there are
 * too many, the oldest records are numbered as if they had no gap.
 */
static void ima_snapshot_add_run(struct ima_snapshot *s, u64 number)
{
	struct ima_snapshot_run *runs = s->runs;
	unsigned int n = s->num_runs;

	if (n && number == runs[n - 1].first + runs[n - 1].count) {
		runs[n - 1].count++;
		return;
	}

	if (n == IMA_SNAPSHOT_MAX_RUNS) {
		runs[1].first -= runs[0].count;
		runs[1].count += runs[0].count;
		memmove(&runs[0], &runs[1], --n * sizeof(*runs));
	}

	runs[n].first = number;
	runs[n].count = 1;
	s->num_runs = n + 1;
}

static void ima_snapshot_find_runs(struct ima_snapshot *s, u64 count)
{
	struct ima_queue_entry *qe;

	s->run = 0;
	s->num_runs = 0;

	list_for_each_entry(qe, s->staged, later)
		if (count && count--)
			ima_snapshot_add_run(s, ima_snapshot_number(s, qe));

	list_for_each_entry(qe, s->live, later)
		if (count && count--)
			ima_snapshot_add_run(s, ima_snapshot_number(s, qe));
}

/**
 * ima_snapshot_write_trailer - write what the next kernel has to know
 * @s: state of the snapshots
 * @buf: where to write it
 * @size: number of bytes there
 * @count: number of records that are carried, from the first one on
 *
 * Return: the number of bytes written, zero if there is no room.
 */
VISIBLE_IF_KUNIT size_t
ima_snapshot_write_trailer(struct ima_snapshot *s, void *buf, size_t size,
			   u64 count)
{
	struct ima_snapshot_trailer trailer = {};
	unsigned int i;

	ima_extend_list_assert_held();

	if (size < sizeof(trailer))
		return 0;

	ima_snapshot_find_runs(s, count);
	trailer.magic = cpu_to_le64(IMA_SNAPSHOT_MAGIC);
	trailer.added = cpu_to_le64(s->added);
	trailer.covered = cpu_to_le64(s->done - s->cur.hashed);
	trailer.removed = cpu_to_le64(s->removed);
	trailer.trims = cpu_to_le64(s->trims);
	trailer.num_runs = cpu_to_le64(s->num_runs);
	for (i = 0; i < s->num_runs; i++) {
		trailer.runs[i].first = cpu_to_le64(s->runs[i].first);
		trailer.runs[i].count = cpu_to_le64(s->runs[i].count);
	}

	memcpy(buf, &trailer, sizeof(trailer));
	return sizeof(trailer);
}

static bool ima_snapshot_read_runs(struct ima_snapshot *s, u64 added,
				   const struct ima_snapshot_trailer *trailer)
{
	u64 num_runs = le64_to_cpu(trailer->num_runs);
	u64 first, count, end = 0;
	unsigned int i;

	if (num_runs > IMA_SNAPSHOT_MAX_RUNS)
		return false;

	for (i = 0; i < num_runs; i++) {
		first = le64_to_cpu(trailer->runs[i].first);
		count = le64_to_cpu(trailer->runs[i].count);
		if (first <= end || first > added || !count ||
		    count > added - first + 1)
			return false;
		end = first + count - 1;
		s->runs[i].first = first;
		s->runs[i].count = count;
	}

	s->run = 0;
	s->num_runs = num_runs;
	return true;
}

/**
 * ima_snapshot_read_trailer - go on where the previous kernel stopped
 * @s: state of the snapshots
 * @buf: what follows the list that is carried
 * @size: number of bytes there
 *
 * Return: true if there is a trailer, and it makes sense.
 */
VISIBLE_IF_KUNIT bool
ima_snapshot_read_trailer(struct ima_snapshot *s, const void *buf, size_t size)
{
	struct ima_snapshot_trailer trailer;
	u64 added, covered;

	ima_extend_list_assert_held();

	if (size < sizeof(trailer))
		return false;

	memcpy(&trailer, buf, sizeof(trailer));
	added = le64_to_cpu(trailer.added);
	covered = le64_to_cpu(trailer.covered);
	if (le64_to_cpu(trailer.magic) != IMA_SNAPSHOT_MAGIC ||
	    covered > added || !ima_snapshot_read_runs(s, added, &trailer))
		return false;

	s->added = added;
	s->done = covered;
	s->removed = le64_to_cpu(trailer.removed);
	s->trims = le64_to_cpu(trailer.trims);
	s->cur.own = covered ? 1 : 0;
	return true;
}

/**
 * ima_snapshot_number_restored - number the record that was restored last
 * @s: state of the snapshots
 */
VISIBLE_IF_KUNIT void ima_snapshot_number_restored(struct ima_snapshot *s)
{
	struct ima_queue_entry *qe = ima_snapshot_last(s->live);
	struct ima_snapshot_run *run = &s->runs[s->run];

	ima_extend_list_assert_held();

	if (s->run == s->num_runs) {
		qe->entry->seq = lower_32_bits(++s->added);
		return;
	}

	qe->entry->seq = lower_32_bits(run->first++);
	if (!--run->count)
		s->run++;
}

/**
 * ima_snapshot_save - write what the next kernel has to know
 * @buf: where the list in the kexec segment ends
 * @size: number of bytes there
 * @count: number of records in the segment
 *
 * Return: the number of bytes written.
 */
size_t ima_snapshot_save(void *buf, size_t size, u64 count)
{
	size_t len;

	ima_extend_list_lock();
	len = ima_snapshot_write_trailer(&ima_snapshot_state, buf, size, count);
	ima_extend_list_unlock();
	return len;
}

/**
 * ima_snapshot_restore - go on where the previous kernel stopped
 * @buf: where the list in the kexec segment ends
 * @size: number of bytes there
 *
 * Called before the records are restored. If there is nothing, or the kernel
 * in between knew nothing of snapshots, counting starts again.
 */
void ima_snapshot_restore(const void *buf, size_t size)
{
	ima_extend_list_lock();
	ima_snapshot_read_trailer(&ima_snapshot_state, buf, size);
	ima_extend_list_unlock();
}

/**
 * ima_snapshot_record_restored - take note of the record restored last
 */
void ima_snapshot_record_restored(void)
{
	ima_extend_list_lock();
	ima_snapshot_number_restored(&ima_snapshot_state);
	ima_extend_list_unlock();
}

/**
 * ima_snapshot_trailer_size - room needed behind the list in the segment
 *
 * Return: the number of bytes.
 */
size_t ima_snapshot_trailer_size(void)
{
	return sizeof(struct ima_snapshot_trailer);
}

/**
 * ima_snapshot_kexec_reserve - room needed in the kexec segment in all
 *
 * Return: the number of bytes, for the trailer and the last snapshot.
 */
size_t ima_snapshot_kexec_reserve(void)
{
	return sizeof(struct ima_snapshot_trailer) + IMA_SNAPSHOT_RECORD_MAX;
}
