// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records in the measurement list with a hash of the records before them
 *
 * Every record is hashed as it is added, so that taking a snapshot does not
 * depend on how many there are, and needs no record that was removed. See
 * Documentation/security/IMA-snapshot.rst.
 */

#include <linux/cred.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>

#include "ima.h"

/* All of these are protected by ima_extend_list_mutex. */
static struct ima_snapshot ima_snapshot_state;
/* Payload of the last snapshot, and of the one that is being taken. */
static char ima_snapshot_payload[IMA_SNAPSHOT_PAYLOAD_MAX];
static char ima_snapshot_new_payload[IMA_SNAPSHOT_PAYLOAD_MAX];

/* Take a snapshot after so many records, or never if it is zero. */
static unsigned long ima_snapshot_records __ro_after_init;

static int __init ima_snapshot_records_setup(char *str)
{
	if (kstrtoul(str, 10, &ima_snapshot_records))
		pr_warn("ima_snapshot_records=%s: not a number\n", str);
	return 1;
}
__setup("ima_snapshot_records=", ima_snapshot_records_setup);

static u64 ima_snapshot_present(void)
{
	lockdep_assert_held(&ima_extend_list_mutex);
	return atomic_long_read(&ima_num_records[BINARY]) +
	       atomic_long_read(&ima_num_records[BINARY_STAGED]);
}

/**
 * ima_snapshot_record_added - cover a record that was added to the list
 * @entry: the record
 *
 * Context: Process context. The caller holds ima_extend_list_mutex.
 */
void ima_snapshot_record_added(const struct ima_template_entry *entry)
{
	ima_snapshot_add(&ima_snapshot_state, entry, ima_snapshot_present());
}

/**
 * ima_snapshot_record_restored - continue from a record that was carried
 * @entry: the record, for which ima_snapshot_record_added() was called
 *
 * Context: Process context. The caller holds ima_extend_list_mutex.
 */
void ima_snapshot_record_restored(const struct ima_template_entry *entry)
{
	ima_snapshot_restore(&ima_snapshot_state, entry,
			     ima_snapshot_present());
}

/**
 * ima_snapshot_store - add the record of a snapshot
 * @entry: the record, without its digests
 * @pcr: PCR to extend
 * @outcome: see ima_add_template_entry_locked()
 *
 * The record is the first one that the next snapshot covers.
 *
 * Context: Process context. The caller holds ima_extend_list_mutex.
 * Return: 0 if the record is in the list, %-ENOENT if the template of the rule
 * has no field for the event name or none for the payload, or the error of
 * ima_calc_field_array_hash() or ima_add_template_entry_locked().
 */
int ima_snapshot_store(struct ima_template_entry *entry, int pcr,
		       struct ima_add_outcome *outcome)
{
	struct ima_snapshot_counts *counts = &ima_snapshot_state.counts;
	struct ima_snapshot_counts unused;
	u64 hashed = counts->hashed;
	int ret;

	ret = ima_calc_field_array_hash(entry->template_data, entry);
	if (ret < 0)
		return ret;

	/* The next kernel has to find it, as has anyone who verifies it. */
	if (!ima_snapshot_parse(entry, &unused))
		return -ENOENT;

	entry->pcr = pcr;
	counts->hashed = 0;
	ret = ima_add_template_entry_locked(entry, 0, outcome);
	/* Nothing was hashed then: the window is still what it was. */
	if (ret < 0)
		counts->hashed = hashed;
	return ret;
}

/*
 * Calculate and add the record in one hold of the mutex, so that the snapshot
 * covers everything up to the record right before it. Allocate without I/O, as
 * device mapper measures while devices are suspended, and add the record in
 * the name of the kernel, whoever asked for it: a rule may name a user.
 */
static int ima_snapshot_take_locked(struct ima_add_outcome *outcome)
{
	struct ima_snapshot *s = &ima_snapshot_state;
	char *payload = ima_snapshot_new_payload;
	unsigned int noio;
	int len, ret;

	ima_snapshot_account(s, ima_snapshot_present());
	len = ima_snapshot_format(s, payload);

	noio = memalloc_noio_save();
	scoped_with_kernel_creds()
		ret = process_buffer_measurement(&nop_mnt_idmap, NULL, payload,
						 len, IMA_SNAPSHOT_EVENT,
						 CRITICAL_DATA, 0, "ima_snapshot",
						 false, NULL, 0, outcome);
	memalloc_noio_restore(noio);

	s->since = 0;
	if (!ret)
		memcpy(ima_snapshot_payload, payload, len + 1);
	return ret;
}

/*
 * Take a snapshot, if at least @min_records were added since the last one or
 * the last attempt. Set @suspended in the same hold, if it is not NULL.
 */
static int ima_snapshot_take(unsigned long min_records, bool *suspended)
{
	struct ima_add_outcome outcome = { .audit_cause = "alloc_entry" };
	int ret = -ENOENT;	/* nothing to audit */

	mutex_lock(&ima_extend_list_mutex);
	if (ima_snapshot_state.since >= min_records)
		ret = ima_snapshot_take_locked(&outcome);
	if (suspended)
		*suspended = true;
	mutex_unlock(&ima_extend_list_mutex);

	if (ret != -ENOENT)
		ima_audit_template_entry(&outcome, ret, "add_template_measure",
					 NULL, IMA_SNAPSHOT_EVENT);
	if (!ret && outcome.tpm_result)
		ret = -EIO;
	return ret;
}

/**
 * ima_snapshot_every - take a snapshot if enough records were added
 * @outcome: how adding the last record went
 *
 * If the TPM failed for the last record it would fail again. If there is no
 * rule, or the snapshot fails, as many records have to be added again.
 *
 * Context: Process context. Takes ima_extend_list_mutex.
 */
void ima_snapshot_every(const struct ima_add_outcome *outcome)
{
	if (ima_snapshot_records && !outcome->tpm_result &&
	    /* looked at again under the mutex */
	    data_race(ima_snapshot_state.since) >= ima_snapshot_records)
		ima_snapshot_take(ima_snapshot_records, NULL);
}

/**
 * ima_snapshot_suspend - take the last snapshot and suspend measurement
 * @suspended: set while ima_extend_list_mutex is held
 *
 * No record can be added between the two, so that the snapshot is the last
 * record that this kernel hands over to the next one.
 *
 * Context: Process context. Takes ima_extend_list_mutex.
 */
void ima_snapshot_suspend(bool *suspended)
{
	int ret = ima_snapshot_take(0, suspended);

	if (ret && ret != -ENOENT)
		pr_err("snapshot before kexec failed: %d\n", ret);
}

static int ima_snapshot_show(struct seq_file *m, void *v)
{
	guard(mutex)(&ima_extend_list_mutex);
	if (*ima_snapshot_payload)
		seq_printf(m, "%s\n", ima_snapshot_payload);
	return 0;
}

/* Checked here, as the program may give up the capability once it is open. */
static int ima_snapshot_open(struct inode *inode, struct file *file)
{
	if ((file->f_mode & FMODE_WRITE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;

	return single_open(file, ima_snapshot_show, NULL);
}

/*
 * Return: @len, or
 * * %-EINVAL	- the request is not "1"
 * * %-EFAULT	- the request cannot be read
 * * %-ENOENT	- the policy has no rule for snapshots
 * * %-ENODEV	- measurement is suspended for a reboot
 * * %-EIO	- the TPM failed; the record is in the list
 * * %-ENOMEM	- out of memory, nothing has changed
 */
static ssize_t ima_snapshot_write(struct file *file, const char __user *buf,
				  size_t len, loff_t *ppos)
{
	char request[2];
	int ret;

	if (!len || len > sizeof(request))
		return -EINVAL;
	if (copy_from_user(request, buf, len))
		return -EFAULT;
	if (request[0] != '1' || (len == 2 && request[1] != '\n'))
		return -EINVAL;

	ret = ima_snapshot_take(0, NULL);
	return ret ?: len;
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
 * @dir: IMA's directory in securityfs
 *
 * Return: 0, or the error of securityfs_create_file().
 */
int __init ima_snapshot_fs_init(struct dentry *dir)
{
	struct dentry *dentry;

	dentry = securityfs_create_file("snapshot", 0640, dir, NULL,
					&ima_snapshot_ops);
	return PTR_ERR_OR_ZERO(dentry);
}
