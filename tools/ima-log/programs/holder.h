/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holding the reads of a file, by fanotify(7) permission events.
 *
 * This process must not read the file itself once it is watched: nobody would
 * be there to let it go on.
 */
#ifndef IMA_LOG_HOLDER_H
#define IMA_LOG_HOLDER_H

#include "readers.h"

struct held {
	int fd;
	pid_t tid;
};

struct holder {
	int fan;			/* -1: reads are not held */
	const char *path;
	struct readers readers;		/* were let go, may still read */
	unsigned int num_held;
	struct held held[READERS_MAX];
	/* threads that were held, ever; the latest are kept */
	unsigned int num_known;
	pid_t known[READERS_MAX];
	bool settled;
	bool unheld;			/* there are readers that cannot be */
};

/* 0 or -errno, with @h->fan -1. */
int holder_watch(struct holder *h, const char *path);

/* Wait up to @ms milliseconds for readers, and hold those that came. */
int holder_wait(struct holder *h, int ms);

/*
 * Nobody is to be in a read() while lines are written.  But one whose disk
 * hangs must not keep all others waiting for good.
 */
int holder_wait_empty(struct holder *h);

/* Let all go on with their read(). */
void holder_let_go(struct holder *h);

/*
 * No read() is left that began before the file was watched.  From now on one
 * that has read, and was not held, is one that cannot be: newer kernels (6.18
 * and 7.3 are) decide that when the file is opened, by whether it is watched
 * then.
 */
int holder_settle(struct holder *h);

#endif
