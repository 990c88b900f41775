/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list that is made up: record N of boot B has always the same bytes.  Its
 * state is in shared memory, so it survives a process that is killed.
 */
#ifndef IMA_LOG_FAKE_KERNEL_H
#define IMA_LOG_FAKE_KERNEL_H

#include "../lib/kernel.h"

struct fake_kernel {
	unsigned int boot;	/* what the records' names begin with */
	uint64_t base;		/* number of the record that T counts from */
	uint64_t trimmed, total;	/* as T counts */
	bool no_trim, staging;
	int open_error, delete_error;
	/* dropped by another, once; at a trim as many are added */
	uint64_t trim_at_open, trim_at_trim;
	unsigned int busy;	/* times that the list is somebody else's */
	unsigned int opens;	/* how often it was opened */
	uint64_t at;		/* where the reader is */
	bool is_open, exclusive;
};

struct fake_kernel *fake_kernel_new(void);
struct kernel fake_kernel_ops(struct fake_kernel *f);

/* If not 0, records come in runs of so many equal ones. */
extern unsigned int fake_twins;

/* Returns its size. */
size_t fake_record(unsigned int boot, uint64_t number, uint8_t *out);

#endif
