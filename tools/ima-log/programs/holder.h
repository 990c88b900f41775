/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holding the reads of a file, by fanotify(7) permission events.
 *
 * The service manager keeps the fanotify group while no process is there to
 * answer: reads then wait for the next one.
 *
 * This process must not read() the file itself once it is watched: nobody
 * would be there to let it go on.  What mmap(2) shows is not held.
 */
#ifndef IMA_LOG_HOLDER_H
#define IMA_LOG_HOLDER_H

#include <sys/fanotify.h>

#include "readers.h"

struct held {
	int fd;
	pid_t tid;
};

struct holder {
	int fan;
	const char *path;
	bool taken_over;		/* from a process before this one */
	bool stored;			/* the service manager keeps it */
	dev_t dev;			/* of the file whose reads are held */
	ino_t ino;
	struct readers readers;		/* were let go, may still read */
	struct readers left;		/* the process before took, and left */
	bool left_answered;
	unsigned int num_held;
	struct held held[READERS_MAX];
	bool told_old;
};

/* Take the group over, or begin one: 0 or -errno. */
int holder_open(struct holder *h);

/* Reads of this file are to be held, from now on: 0 or -errno. */
int holder_watch(struct holder *h, int file);

/*
 * Reads of this one are refused: it is an older file, which will not grow any
 * more.
 */
int holder_refuse(struct holder *h, int file);

/*
 * Find who is in a read() of the watched file, or waits for one since before
 * this process was there.  Takes privileges.
 */
int holder_find_readers(struct holder *h, int file);

/* Wait up to @ms milliseconds for readers, and hold those that came. */
int holder_wait(struct holder *h, int ms);

/*
 * Nobody is to be in a read() while lines are written.  But one whose disk
 * hangs must not keep all others waiting for good.
 */
int holder_wait_empty(struct holder *h);

/* Let all go on with their read(), or have it fail: FAN_ALLOW, FAN_DENY. */
void holder_answer(struct holder *h, uint32_t response);

/* The same for those that the process before took, and did not answer. */
void holder_answer_left(struct holder *h, uint32_t response);

#endif
