// SPDX-License-Identifier: GPL-2.0-only
/*
 * <securityfs>/ima/trim: drop the records at the head of the measurement list.
 *
 * The interface is described in Documentation/security/IMA-trim.rst.
 */

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ima.h"
#include "ima_trim.h"

/* The longest request is two numbers, a colon and a newline. */
#define IMA_TRIM_REQUEST_MAX	64

/* Digits only: kstrtoul() alone would take a sign, and a newline. */
static int ima_trim_parse_number(const char *str, unsigned long *number)
{
	if (str[strspn(str, "0123456789")])
		return -EINVAL;

	return kstrtoul(str, 10, number);
}

/**
 * ima_trim_parse - parse what was written to the trim file
 * @str: the request, NUL-terminated; changed
 * @len: number of bytes that were written
 * @req: where to store the result
 *
 * Return: zero, -EINVAL if it is not a request, and -ERANGE if a number in it
 * does not fit.
 */
int ima_trim_parse(char *str, size_t len, struct ima_trim_request *req)
{
	char *number;
	int ret;

	*req = (struct ima_trim_request){};

	if (strlen(str) != len)		/* an embedded NUL */
		return -EINVAL;
	if (len && str[len - 1] == '\n')
		str[len - 1] = '\0';

	number = strchr(str, ':');
	if (number) {
		*number++ = '\0';
		ret = ima_trim_parse_number(str, &req->total);
		if (ret)
			return ret;
		req->has_total = true;
	} else {
		number = str;
	}

	ret = ima_trim_parse_number(number, &req->num_records);
	if (ret)
		return ret;

	return req->num_records ? 0 : -EINVAL;
}

/*
 * errno of a write:
 *
 * %-EINVAL	not a request, or zero records
 * %-ERANGE	a number does not fit
 * %-ENOENT	the list has fewer records; none was dropped
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
	kfree(str);
	if (ret)
		return ret;

	ret = ima_queue_trim(&req);
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
