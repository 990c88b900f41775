/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that were let into a read() and may still be in it.  Nothing is
 * written to the file while there are any: a reader may see a line half
 * written.
 */
#ifndef IMA_LOG_READERS_H
#define IMA_LOG_READERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define READERS_MAX	256

struct reading {
	pid_t tid;
	uint64_t cpu;		/* ns of CPU time when it was let in */
};

struct readers {
	unsigned int num;
	struct reading list[READERS_MAX];
};

/* Can it be seen at all what other processes do? */
bool readers_visible(void);

/* False if there are too many: let nobody else in. */
bool readers_add(struct readers *r, pid_t tid);
void readers_done(struct readers *r, pid_t tid);

/*
 * Find the threads that have @file open, or cannot be looked at, and may be in
 * a read() that began before this process was there: @running are those that
 * run or wait for a disk, @waiting those that fanotify holds.
 */
void readers_find(const struct stat *file, struct readers *running,
		  struct readers *waiting);

/* Those of the running that turn out to be held: the same, some time later. */
void readers_move_held(struct readers *running, struct readers *waiting);

/*
 * Drop those that have come out without an event for it, which a read() at
 * the end of the file does.  True if none is left.
 */
bool readers_gone(struct readers *r);

#endif
