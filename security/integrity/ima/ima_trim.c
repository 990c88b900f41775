// SPDX-License-Identifier: GPL-2.0-only
/*
 * <securityfs>/ima/trim: drop the records at the head of the measurement list.
 *
 * The interface is described in Documentation/security/IMA-trim.rst.
 */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/ima.h>
#include <linux/kstrtox.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ima.h"
#include "ima_trim.h"

/* "T:upto NAME K\n": two numbers, and a name as long as a file's can be */
#define IMA_TRIM_REQUEST_MAX	320

/* Digits only: kstrtoul() alone would take a sign, and a newline. */
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
 * ima_trim_parse - parse what was written to the trim file
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

static const struct ima_field_data *
ima_trim_field(const struct ima_template_entry *entry, const char *id)
{
	const struct ima_template_desc *desc = entry->template_desc;
	int i;

	for (i = 0; i < desc->num_fields; i++) {
		if (!strcmp(desc->fields[i]->field_id, id))
			return &entry->template_data[i];
	}
	return NULL;
}

/**
 * ima_trim_matches - tell whether a record is one of those that are counted
 * @req: a request with a name
 * @entry: the record
 *
 * Users choose the names of files and keyrings, and the template of a policy
 * rule may store them with a buffer.  So a record counts only if it was made
 * as critical data.  Of a record that was restored over kexec this is not
 * known; then a buffer has to do.
 *
 * Return: whether it is a critical-data record with this name.
 */
bool ima_trim_matches(const struct ima_trim_request *req,
		      const struct ima_template_entry *entry)
{
	const struct ima_field_data *buf, *name;
	size_t len = strlen(req->upto);

	if (!entry->critical_data)
		return false;

	buf = ima_trim_field(entry, "buf");
	if (!buf || !buf->len)
		return false;

	name = ima_trim_field(entry, "n-ng") ?: ima_trim_field(entry, "n");
	/* A stored name ends in a NUL. */
	return name && name->len == len + 1 &&
	       !memcmp(name->data, req->upto, name->len);
}

/**
 * ima_trim_measure - have a trim measured, if the policy says so
 * @num_records: number of records that it dropped
 * @total: number of records that were dropped since the machine booted
 *
 * Called with ima_remove_mutex held, after the cut.  It is too late to fail;
 * a record that could not be added is missed by who reads @total, or the
 * number of trims, of the next one.
 */
void ima_trim_measure(unsigned long num_records, unsigned long total)
{
	static unsigned long trims;	/* of this kernel */
	char buf[128];
	int len;

	len = scnprintf(buf, sizeof(buf), "records=%lu;total=%lu;trims=%lu;",
			num_records, total, ++trims);
	/* A rule may name a user, and the writer's is no reason to leave it out */
	scoped_with_kernel_creds()
		ima_measure_critical_data("ima_trim", "ima_trim", buf, len,
					  false, NULL, 0);
}

/*
 * errno of a write:
 *
 * %-EINVAL	not a request, or zero records
 * %-ERANGE	a number does not fit
 * %-ENOENT	the list has fewer records, or fewer with this name; none was
 *		dropped
 * %-ECANCELED	the total of dropped records differs; none was dropped
 * %-EBUSY	staged records wait to be deleted, or another process has a
 *		list file open for writing
 * %-ESTALE	measurement is suspended, kexec carries the records over
 * %-EFAULT	the request could not be read
 * %-EINTR	interrupted while another removal was under way
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
