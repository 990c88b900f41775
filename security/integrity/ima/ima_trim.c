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
#include <linux/uaccess.h>

#include "ima.h"

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
	req->nth = IMA_TRIM_LAST;
	if (!strcmp(nth, "last"))
		return 0;

	ret = ima_trim_parse_number(strcmp(nth, "first") ? nth : "1",
				    &req->nth);
	return ret ?: req->nth ? 0 : -EINVAL;
}

/* Parse a request of @len bytes, which is changed, and which @req may point into. */
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
	return ret ?: req->num_records ? 0 : -EINVAL;
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
 * Users choose the names of files and keyrings, which a policy rule may store
 * with a buffer, so a record must have been made as critical data. After kexec
 * this is not known, and a buffer has to do. The PCR does not protect the data
 * of a violation, whose digest is zero.
 */
static bool ima_trim_matches(const struct ima_trim_request *req,
			     const struct ima_record *rec)
{
	const u8 *digest = ima_record_digest(rec, ima_sha1_idx);
	size_t len = strlen(req->upto) + 1;	/* a stored name ends in a NUL */
	struct ima_field_data field;

	return rec->critical_data && memchr_inv(digest, 0, TPM_DIGEST_SIZE) &&
	       ima_trim_field(rec, "buf", &field) && field.len &&
	       (ima_trim_field(rec, "n-ng", &field) ||
		ima_trim_field(rec, "n", &field)) &&
	       field.len == len && !memcmp(field.data, req->upto, len);
}

/*
 * Find the record that a request names, and the number of records before it. If
 * @first is not the first record anymore, the result is worthless.
 */
static int ima_trim_find(const struct ima_trim_request *req,
			 unsigned long *first, unsigned long *num)
{
	struct ima_record_range *live = &ima_ranges[BINARY];
	bool last = req->nth == IMA_TRIM_LAST;
	unsigned long i, size, found = 0;
	const struct ima_record *rec;

	*first = smp_load_acquire(&live->first);	/* before @next, or */
	size = smp_load_acquire(&live->next) - *first;	/* it is negative */
	for (i = 0; i < size; i++) {
		if (!(i % IMA_WALK_RECORDS)) {
			if (signal_pending(current))
				return -EINTR;
			cond_resched();
		}

		guard(rcu)();
		*num = last ? size - 1 - i : i;
		rec = ima_find_record(BINARY, *first + *num);
		if (IS_ERR(rec))
			return -EAGAIN;
		if (ima_trim_matches(req, rec) && (last || ++found == req->nth))
			return 0;
	}
	return -ENOENT;
}

/* If the record of a trim cannot be added, @removed of the next tells that. */
static void ima_trim_measure(unsigned long num, unsigned long removed)
{
	char buf[64];
	int len;

	len = scnprintf(buf, sizeof(buf), "records=%lu;removed=%lu;", num,
			removed);
	/* A rule that names a user must not leave out a saver of another one. */
	scoped_with_kernel_creds()
		ima_measure_critical_data("ima_trim", "ima_trim", buf, len,
					  false, NULL, 0);
}

/* Search the record that @req may name, and remove @num records. */
static int ima_trim_try(const struct ima_trim_request *req,
			unsigned long *first, unsigned long *num,
			unsigned long *removed)
{
	struct ima_record_range *staged = &ima_ranges[BINARY_STAGED];
	int ret = req->upto ? ima_trim_find(req, first, num) : 0;

	if (ret == -EINTR)
		return ret;
	/* Until the records are removed, no process gets exclusive access. */
	scoped_cond_guard(mutex_intr, return -EINTR, &ima_measure_mutex) {
		guard(mutex)(&ima_extend_list_mutex);
		if (staged->first != staged->next || ima_measure_excluded())
			return -EBUSY;
		if (req->has_total && req->total != ima_num_removed)
			return -ECANCELED;
		if (req->upto && *first != ima_ranges[BINARY].first)
			return -EAGAIN;

		ret = ret ?: ima_remove_records(BINARY, *num, first);
		*removed = ima_num_removed;
	}
	return ret;
}

/* Carry out a request. IMA-trim.rst explains the errors. */
int ima_trim(const struct ima_trim_request *req)
{
	unsigned long first, num = req->num_records, removed;
	int ret;

	do {	/* again if records were removed during the search */
		ret = ima_trim_try(req, &first, &num, &removed);
	} while (ret == -EAGAIN);

	if (!ret && num) {
		ima_trim_measure(num, removed);
		ima_free_records(first, num);
	}
	return ret;
}

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
		ret = ima_trim(&req);
	kfree(str);
	return ret ?: datalen;
}

static ssize_t ima_trim_read(struct file *file, char __user *buf, size_t size,
			     loff_t *ppos)
{
	char str[sizeof("18446744073709551615\n")];
	int len;

	/* A removal changes the list and the number one after the other. */
	scoped_guard(mutex, &ima_extend_list_mutex)
		len = scnprintf(str, sizeof(str), "%lu\n", ima_num_removed);
	return simple_read_from_buffer(buf, size, ppos, str, len);
}

static int ima_trim_open(struct inode *inode, struct file *file)
{
	if ((file->f_mode & FMODE_WRITE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;

	return 0;
}

const struct file_operations ima_trim_ops = {
	.open = ima_trim_open,
	.read = ima_trim_read,
	.write = ima_trim_write,
	.llseek = generic_file_llseek,
};
