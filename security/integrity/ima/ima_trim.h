/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IMA_TRIM_H
#define __IMA_TRIM_H

#include <linux/types.h>

struct dentry;
struct ima_record;

#define IMA_TRIM_LAST	0

/**
 * struct ima_trim_request - a request to remove records
 * @num_records: number of records, if @upto is NULL
 * @upto: name of critical-data records
 * @nth: the one of these that will be the first record of the list, counted
 *	from 1, or IMA_TRIM_LAST
 * @total: number of records that must have been removed before
 * @has_total: whether @total was given
 */
struct ima_trim_request {
	unsigned long num_records;
	const char *upto;
	unsigned long nth;
	unsigned long total;
	bool has_total;
};

#ifdef CONFIG_IMA_TRIM
int ima_trim_parse(char *str, size_t len, struct ima_trim_request *req);
int ima_trim_find(const struct ima_trim_request *req, unsigned long *first,
		  unsigned long *num);
void ima_trim_measure(unsigned long num_records, unsigned long removed);
int ima_trim_fs_init(struct dentry *dir);
#else
static inline int ima_trim_find(const struct ima_trim_request *req,
				unsigned long *first, unsigned long *num)
{
	return -ENOENT;
}

static inline void ima_trim_measure(unsigned long num_records,
				    unsigned long removed)
{
}

static inline int ima_trim_fs_init(struct dentry *dir)
{
	return 0;
}
#endif

#endif /* __IMA_TRIM_H */
