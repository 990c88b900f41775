/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IMA_TRIM_H
#define __IMA_TRIM_H

#include <linux/types.h>

struct dentry;

/**
 * struct ima_trim_request - what user space wants to be dropped
 * @num_records: number of records
 * @total: how many records must have been dropped before
 * @has_total: whether @total was given
 */
struct ima_trim_request {
	unsigned long num_records;
	unsigned long total;
	bool has_total;
};

#ifdef CONFIG_IMA_TRIM
int ima_trim_parse(char *str, size_t len, struct ima_trim_request *req);
int ima_trim_fs_init(struct dentry *dir);
#else
static inline int ima_trim_fs_init(struct dentry *dir)
{
	return 0;
}
#endif

#endif /* __IMA_TRIM_H */
