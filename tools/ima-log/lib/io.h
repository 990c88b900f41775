/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls by which the archive changes the disk, behind an ops
 * struct: a test puts itself in between, stops at each of them, and loses what
 * was not synced.
 */
#ifndef IMA_LOG_IO_H
#define IMA_LOG_IO_H

#include <sys/types.h>

/* As the system calls, but -errno for an error. */
struct io_ops {
	int (*open)(void *ctx, int dir, const char *name, int flags,
		    mode_t mode);
	ssize_t (*write)(void *ctx, int fd, const void *buf, size_t len);
	int (*sync)(void *ctx, int fd);
	int (*truncate)(void *ctx, int fd, off_t size);
	int (*mkdir)(void *ctx, int dir, const char *name, mode_t mode);
	int (*rename)(void *ctx, int dir, const char *from, const char *to);
	int (*unlink)(void *ctx, int dir, const char *name, int flags);
	int (*close)(void *ctx, int fd);
};

struct io {
	const struct io_ops *ops;
	void *ctx;
};

extern const struct io_ops io_syscalls;

/* All of it, or -errno. */
int io_write_all(const struct io *io, int fd, const void *buf, size_t len);

/*
 * A new file, in the place of one that was there, or of a link that somebody
 * put there to have another file written.
 */
int io_open_new(const struct io *io, int dir, const char *name);

/*
 * Put a small file in place, whole or not at all, and durable: written beside
 * under a name with ".tmp" added, synced, renamed, directory synced.  It
 * belongs to whom the directory belongs to.
 */
int io_write_file(const struct io *io, int dir, const char *name,
		  const void *buf, size_t len);
int io_write_path(const char *path, const void *buf, size_t len);

/* Call @take for each name of a directory, until it returns other than 0. */
int io_walk(int dir, int (*take)(const char *name, void *ctx), void *ctx);

/*
 * Open a file to read it.  -EBADMSG for what is none, like a link or a pipe:
 * somebody else may have put it there, to have root open it.
 */
int io_open_regular(int dir, const char *name);

/*
 * The whole of a small file, NUL-terminated; the caller frees it.  Anything
 * that can be read, if @dir is AT_FDCWD, else as io_open_regular().
 */
int io_read_file(int dir, const char *name, char **text, size_t *len);

/* As io_open_regular(). */
int io_read_path(const char *path, char **text, size_t *len);

/* The same from an offset on. */
int io_read_tail(int dir, const char *name, off_t from, char **text,
		 size_t *len);

#endif
