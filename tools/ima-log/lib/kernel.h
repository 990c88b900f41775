/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's side: the list, how much of it was trimmed, trimming. */
#ifndef IMA_LOG_KERNEL_H
#define IMA_LOG_KERNEL_H

#include <sys/types.h>

#include "reader.h"

enum list_access {
	LIST_SHARED,
	LIST_EXCLUSIVE,		/* staging's writer: nobody else trims */
};

/*
 * Everything returns 0 or more, or -errno.  An ops struct, so that tests can
 * put a list of their own in the place of securityfs.
 */
struct kernel_ops {
	int (*open)(void *ctx, enum list_access access);
	ssize_t (*read)(void *ctx, void *buf, size_t len);
	int (*rewind)(void *ctx);
	void (*close)(void *ctx);
	/* records dropped since the machine booted; -ENOENT: not offered */
	int (*trimmed)(void *ctx, uint64_t *count);
	/* drop @count records if @trimmed were dropped so far */
	int (*trim)(void *ctx, uint64_t trimmed, uint64_t count);
	/* staging: drop @count records; the list is open exclusively */
	int (*delete)(void *ctx, uint64_t count);
	/* can the list be opened exclusively at all */
	bool (*staging)(void *ctx);
};

struct kernel {
	const struct kernel_ops *ops;
	void *ctx;
};

/* The list as a source for a reader; it must be open. */
struct byte_source kernel_source(struct kernel *k);

/* securityfs, at its directory for IMA */
struct securityfs {
	char *dir;
	int list;		/* descriptors, or -1 */
	int trim, count;	/* stay open: privileges may be gone */
	int held;		/* shared list that close() left open */
	bool keep_open;		/* do leave it open */
};

/* -ENOMEM; -ENOENT if there is no list there. */
int securityfs_init(struct securityfs *fs, const char *dir);
void securityfs_free(struct securityfs *fs);
struct kernel securityfs_kernel(struct securityfs *fs);

/* Open what needs privileges: 0, or -errno of the trim file's open. */
int securityfs_open_trim(struct securityfs *fs);

/* Keep open what is read, to read it without privileges. */
int securityfs_hold(struct securityfs *fs);

/* Records in the list. */
int securityfs_count(const struct securityfs *fs, uint64_t *value);

/* A small number file: runtime_measurements_count, violations. */
int securityfs_number(const struct securityfs *fs, const char *name,
		      uint64_t *value);

#endif
