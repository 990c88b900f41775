/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IMA_TRIM_H
#define __IMA_TRIM_H

#include <linux/types.h>

struct dentry;
struct ima_template_entry;

#define IMA_TRIM_LAST	0

/**
 * struct ima_trim_request - what user space wants to be dropped
 * @num_records: number of records, if @upto is NULL
 * @upto: name of critical-data records
 * @nth: which of them is to be the first record that stays, counted from 1, or
 *	 IMA_TRIM_LAST
 * @total: how many records must have been dropped before
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
bool ima_trim_matches(const struct ima_trim_request *req,
		      const struct ima_template_entry *entry);
void ima_trim_measure(unsigned long num_records, unsigned long total);
int ima_trim_fs_init(struct dentry *dir);
#else
static inline bool ima_trim_matches(const struct ima_trim_request *req,
				    const struct ima_template_entry *entry)
{
	return false;
}

static inline void ima_trim_measure(unsigned long num_records,
				    unsigned long total)
{
}

static inline int ima_trim_fs_init(struct dentry *dir)
{
	return 0;
}
#endif

#endif /* __IMA_TRIM_H */
