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
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>
#include "ima.h"

/* Protected by ima_extend_list_mutex, as are all that take a pointer to it. */
struct ima_snapshot ima_snapshot_state = {
	.live = &ima_measurements,
	.staged = &ima_measurements_staged,
	.num_records = ima_num_records,
};

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
	       s->cur.hashed > s->cur.own &&
	       s->cur.hashed - s->cur.own >= ima_snapshot_records;
}

/**
 * ima_snapshot_record_added - take note of the record that was added last
 *
 * Context: ima_extend_list_mutex is held.
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
	if (!err && !s->recorded)
		err = -ENOENT;
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
 * the end is reached, records that are added are hashed at once. If others add
 * them faster than that, do not run after them for ever: they wake the worker.
 */
static int ima_snapshot_catch_up(void)
{
	struct ima_snapshot *s = &ima_snapshot_state;
	enum ima_snapshot_step step;
	u64 until = 0;
	bool more;
	int err = 0;

	lockdep_assert_held(&ima_snapshot_mutex);

	do {
		if (fatal_signal_pending(current))
			return -EINTR;

		ima_extend_list_lock();
		until = until ?: s->added;
		step = ima_snapshot_step(s, IMA_SNAPSHOT_BATCH);
		more = step == IMA_SNAPSHOT_GAP ||
		       (step == IMA_SNAPSHOT_MORE && s->done < until);
		ima_extend_list_unlock();

		if (step == IMA_SNAPSHOT_GAP)
			err = ima_snapshot_take();
		cond_resched();
	} while (!err && more);

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

/* Ask the policy what process_buffer_measurement() will ask for a snapshot. */
static bool ima_snapshot_has_rule(void)
{
	struct ima_template_desc *template = ima_template_desc_buf();
	struct lsm_prop prop;
	int action, pcr = 0;

	scoped_with_kernel_creds() {
		security_current_getlsmprop_subj(&prop);
		action = ima_get_action(&nop_mnt_idmap, NULL, current_cred(),
					&prop, 0, CRITICAL_DATA, &pcr,
					&template, IMA_SNAPSHOT_LABEL, NULL);
	}

	return (action & IMA_MEASURE) && template &&
	       ima_snapshot_buf_field(template) >= 0;
}

/**
 * ima_snapshot_update_rule - find out if the policy wants snapshots
 *
 * Called when the policy has changed, and first when the kernel boots: then the
 * memory is allocated, so that no rule that comes later lacks it. What was
 * hashed is kept if there is no rule any more; a later rule goes on from there.
 *
 * Context: may sleep; takes ima_extend_list_mutex.
 */
void ima_snapshot_update_rule(void)
{
	struct ima_snapshot *s = &ima_snapshot_state;
	int err;

	ima_extend_list_lock();
	err = ima_snapshot_alloc(s, ima_algo_array[ima_hash_algo_idx].tfm,
				 ima_hash_algo);
	s->enabled = !err && ima_snapshot_has_rule();
	if (s->enabled)
		queue_work(system_dfl_wq, &ima_snapshot_work);
	ima_extend_list_unlock();

	if (err)
		pr_err("snapshots are off, allocation failed: %d\n", err);
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
 * snapshots, -ENODATA if there is no record to cover, -EAGAIN if hashing has
 * failed and is to be begun again, -ENODEV if measurement is suspended, -EINTR,
 * or what adding a record can fail with.
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
 * The snapshot is to cover all records: most are hashed while others may still
 * add some, and the rest when nobody may. Measurement is suspended in any case.
 * What a failing hash, a fatal signal to the task or a snapshot that cannot be
 * taken leaves out, the next kernel goes on with.
 *
 * Context: Process context, may sleep. Takes ima_snapshot_mutex and, for short
 * times, ima_extend_list_mutex.
 */
void ima_snapshot_kexec(void)
{
	int err;

	mutex_lock(&ima_snapshot_mutex);
	ima_snapshot_catch_up();

	ima_extend_list_lock();
	ima_measurements_suspend_locked();
	ima_snapshot_last_task = current;
	ima_extend_list_unlock();

	ima_snapshot_catch_up();
	err = ima_snapshot_take();
	if (err && err != -ENOENT && err != -ENODATA)
		pr_err("no snapshot before kexec: %d\n", err);

	ima_extend_list_lock();
	ima_snapshot_last_task = NULL;
	ima_extend_list_unlock();
	mutex_unlock(&ima_snapshot_mutex);
}
