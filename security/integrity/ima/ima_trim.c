// SPDX-License-Identifier: GPL-2.0-only
/*
 * <securityfs>/ima/trim: remove records from the start of the measurement list.
 *
 * The interface is described in Documentation/security/IMA-trim.rst.
 */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/ima.h>
#include <linux/kstrtox.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ima.h"
#include "ima_trim.h"

/* "T:upto NAME K\n": two numbers, and a name as long as that of a file */
#define IMA_TRIM_REQUEST_MAX	320

/* Digits only: kstrtoul() alone would take a sign and a newline. */
static int ima_trim_parse_number(const char *str, unsigned long *number)
{
	if (str[strspn(str, "0123456789")])
		return -EINVAL;

	return kstrtoul(str, 10, number);
}

/* "NAME first", "NAME last" or "NAME K" */
static int ima_trim_parse_upto(char *str, struct ima_trim_request *req)
{
	char *nth = strchr(str, ' ');
	int ret;

	if (!nth || nth == str)
		return -EINVAL;
	*nth++ = '\0';
	req->upto = str;

	if (!strcmp(nth, "last")) {
		req->nth = IMA_TRIM_LAST;
		return 0;
	}
	if (!strcmp(nth, "first")) {
		req->nth = 1;
		return 0;
	}
	ret = ima_trim_parse_number(nth, &req->nth);
	if (ret)
		return ret;

	return req->nth ? 0 : -EINVAL;
}

/**
 * ima_trim_parse - parse a request that was written to the trim file
 * @str: the request, NUL-terminated; changed
 * @len: number of bytes that were written
 * @req: where to store the result, which may point into @str
 *
 * Return: zero, -EINVAL if it is not a request, and -ERANGE if a number in it
 * does not fit.
 */
int ima_trim_parse(char *str, size_t len, struct ima_trim_request *req)
{
	char *rest;
	int ret;

	*req = (struct ima_trim_request){};

	if (strlen(str) != len)		/* an embedded NUL */
		return -EINVAL;
	if (len && str[len - 1] == '\n')
		str[len - 1] = '\0';

	rest = str + strspn(str, "0123456789");
	if (*rest == ':') {
		*rest++ = '\0';
		ret = ima_trim_parse_number(str, &req->total);
		if (ret)
			return ret;
		req->has_total = true;
		str = rest;
	}

	if (str_has_prefix(str, "upto "))
		return ima_trim_parse_upto(str + strlen("upto "), req);

	ret = ima_trim_parse_number(str, &req->num_records);
	if (ret)
		return ret;

	return req->num_records ? 0 : -EINVAL;
}

static bool ima_trim_field(const struct ima_record *rec, const char *id,
			   struct ima_field_data *field)
{
	const struct ima_template_desc *desc = rec->template_desc;
	const u8 *p = ima_record_template_data(rec);
	int i;

	for (i = 0; i < desc->num_fields; i++) {
		p = ima_next_field(p, field);
		if (!strcmp(desc->fields[i]->field_id, id))
			return true;
	}
	return false;
}

/*
 * Users choose the names of files and keyrings, and the template of a policy
 * rule may store these with a buffer. So a record counts only if it was made as
 * critical data. For a record that was restored over kexec this is not known;
 * there, a buffer and a digest have to do. The data of a violation, whose
 * digest is zero, is not protected by the PCR.
 */
static bool ima_trim_matches(const struct ima_trim_request *req,
			     const struct ima_record *rec)
{
	size_t len = strlen(req->upto);
	struct ima_field_data field;

	if (!rec->critical_data ||
	    !memchr_inv(ima_record_digest(rec, ima_sha1_idx), 0,
			TPM_DIGEST_SIZE))
		return false;

	if (!ima_trim_field(rec, "buf", &field) || !field.len)
		return false;

	/* A stored name ends in a NUL. */
	return (ima_trim_field(rec, "n-ng", &field) ||
		ima_trim_field(rec, "n", &field)) &&
	       field.len == len + 1 && !memcmp(field.data, req->upto, field.len);
}

/**
 * ima_trim_find - find the record that a request names
 * @req: the request, with a name
 * @first: set to the number of the first record of the list
 * @num: set to the number of records before the one that was found
 *
 * Records may be removed meanwhile. If @first is not the first record of the
 * list anymore, the result is worthless.
 *
 * Context: Process context.
 * Return: zero, -ENOENT if there is no such record, -EAGAIN if a record was
 * removed before it was looked at, and -EINTR.
 */
int ima_trim_find(const struct ima_trim_request *req, unsigned long *first,
		  unsigned long *num)
{
	struct ima_record_range *live = &ima_ranges[BINARY];
	unsigned long i, size, left = req->nth;
	bool last = req->nth == IMA_TRIM_LAST;
	const struct ima_record *rec;
	int ret = -ENOENT;

	*first = smp_load_acquire(&live->first);
	size = smp_load_acquire(&live->next) - *first;

	rcu_read_lock();
	for (i = 0; i < size; i++) {
		if (i && !(i % IMA_WALK_RECORDS)) {
			rcu_read_unlock();
			if (signal_pending(current))
				return -EINTR;
			cond_resched();
			rcu_read_lock();
		}

		*num = last ? size - 1 - i : i;
		rec = ima_find_record(BINARY, *first + *num);
		if (IS_ERR_OR_NULL(rec)) {
			ret = -EAGAIN;
			break;
		}
		if (ima_trim_matches(req, rec) && (last || !--left)) {
			ret = 0;
			break;
		}
	}
	rcu_read_unlock();
	return ret;
}

/**
 * ima_trim_measure - measure a trim, if the policy has a rule for it
 * @num_records: number of records that it removed
 * @removed: number of records removed since boot, these included
 *
 * The records are gone already, so failing would not help. If a record is
 * missing, @removed of the next one does not follow.
 *
 * Context: Process context. Takes ima_extend_list_mutex.
 */
void ima_trim_measure(unsigned long num_records, unsigned long removed)
{
	char buf[64];
	int len;

	len = scnprintf(buf, sizeof(buf), "records=%lu;removed=%lu;",
			num_records, removed);
	/* A rule that names a user must not leave out a saver of another one. */
	scoped_with_kernel_creds()
		ima_measure_critical_data("ima_trim", "ima_trim", buf, len,
					  false, NULL, 0);
}

/*
 * errno of a write; in each case no record was removed:
 *
 * %-EINVAL	not a request, or zero records
 * %-ERANGE	a number does not fit
 * %-ENOENT	the list has fewer records, or fewer with this name
 * %-ECANCELED	the number of records that were removed before differs
 * %-EBUSY	records are staged, or another process has a list file open for
 *		writing
 * %-ESTALE	measurement is suspended, kexec carries the records over
 * %-EFAULT	the request could not be read
 * %-EINTR	interrupted by a signal
 * %-ENOMEM	no memory for the request
 */
static ssize_t ima_trim_write(struct file *file, const char __user *buf,
			      size_t datalen, loff_t *ppos)
{
	struct ima_trim_request req;
	char *str;
	int ret;

	if (datalen > IMA_TRIM_REQUEST_MAX)
		return -EINVAL;

	str = memdup_user_nul(buf, datalen);
	if (IS_ERR(str))
		return PTR_ERR(str);

	ret = ima_trim_parse(str, datalen, &req);
	if (!ret)
		ret = ima_queue_trim(&req);
	kfree(str);
	return ret ?: datalen;
}

static ssize_t ima_trim_read(struct file *file, char __user *buf, size_t size,
			     loff_t *ppos)
{
	char str[sizeof("18446744073709551615\n")];
	int len;

	len = scnprintf(str, sizeof(str), "%lu\n", ima_queue_num_removed());
	return simple_read_from_buffer(buf, size, ppos, str, len);
}

static int ima_trim_open(struct inode *inode, struct file *file)
{
	if ((file->f_mode & FMODE_WRITE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;

	return 0;
}

static const struct file_operations ima_trim_ops = {
	.open = ima_trim_open,
	.read = ima_trim_read,
	.write = ima_trim_write,
	.llseek = generic_file_llseek,
};

/**
 * ima_trim_fs_init - create the trim file
 * @dir: IMA's directory in securityfs
 *
 * Return: zero, or the error of securityfs_create_file().
 */
int __init ima_trim_fs_init(struct dentry *dir)
{
	struct dentry *dentry;

	dentry = securityfs_create_file("trim", 0640, dir, NULL, &ima_trim_ops);
	return PTR_ERR_OR_ZERO(dentry);
}
