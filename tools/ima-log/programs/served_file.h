/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of ima-log follow, by its name in a directory.
 *
 * It gets its name when reads of it can be held, and not before: an agent that
 * opened it earlier could not be held later by newer kernels (6.18 and 7.3 are
 * some), which settle that when a file is opened.
 */
#ifndef IMA_LOG_SERVED_FILE_H
#define IMA_LOG_SERVED_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

struct served_file {
	const char *path, *name;	/* the name is a part of the path */
	int dir, lock, fd;		/* descriptors, or -1 */
	bool hidden;			/* it has a name of its own, so far */
	char place[4096];		/* where its descriptor leads */
};

/*
 * Open the directory and take the lock.  EXIT_OK, or an exit code after a
 * report.
 */
int served_open(struct served_file *f, const char *path);
void served_close(struct served_file *f);

/*
 * A descriptor of the file of that name, if it is another one and may be moved
 * away.  -ENOENT if there is none, -EPERM if it is no ascii measurement list.
 */
int served_find_other(const struct served_file *f);

/* Begin a new file, under another name: 0 or -errno. */
int served_create(struct served_file *f);

/*
 * Give it its name.  A file that is there gets ".old" added to its own.  0 or
 * -errno.
 */
int served_show(struct served_file *f);

/* Is it still where it was? */
bool served_in_place(const struct served_file *f);

/* Nobody can open it any longer, under either name: 0 or -errno. */
int served_remove(const struct served_file *f);

#endif
