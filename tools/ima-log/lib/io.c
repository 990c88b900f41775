// SPDX-License-Identifier: GPL-2.0-or-later
/* The system calls by which the archive changes the disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

#define SMALL_FILE_MAX	(256u << 20)

static int sys_open(void *ctx, int dir, const char *name, int flags,
		    mode_t mode)
{
	int fd;

	/* below the archive no name is a link, unless somebody put it there */
	if (dir != AT_FDCWD)
		flags |= O_NOFOLLOW;
	fd = openat(dir, name, flags | O_CLOEXEC, mode);
	(void)ctx;
	return fd < 0 ? -errno : fd;
}

static ssize_t sys_write(void *ctx, int fd, const void *buf, size_t len)
{
	ssize_t n;

	(void)ctx;
	do {
		n = write(fd, buf, len);
	} while (n < 0 && errno == EINTR);
	/* a limit of the file's size is no other matter to whoever saves */
	if (n < 0 && errno == EFBIG)
		return -ENOSPC;
	return n < 0 ? -errno : n;
}

static int sys_sync(void *ctx, int fd)
{
	(void)ctx;
	return fsync(fd) ? -errno : 0;
}

static int sys_truncate(void *ctx, int fd, off_t size)
{
	(void)ctx;
	return ftruncate(fd, size) ? -errno : 0;
}

static int sys_mkdir(void *ctx, int dir, const char *name, mode_t mode)
{
	(void)ctx;
	return mkdirat(dir, name, mode) ? -errno : 0;
}

static int sys_rename(void *ctx, int dir, const char *from, const char *to)
{
	(void)ctx;
	return renameat(dir, from, dir, to) ? -errno : 0;
}

static int sys_unlink(void *ctx, int dir, const char *name, int flags)
{
	(void)ctx;
	return unlinkat(dir, name, flags) ? -errno : 0;
}

static int sys_close(void *ctx, int fd)
{
	(void)ctx;
	return close(fd) && errno != EINTR ? -errno : 0;
}

const struct io_ops io_syscalls = {
	.open = sys_open,
	.write = sys_write,
	.sync = sys_sync,
	.truncate = sys_truncate,
	.mkdir = sys_mkdir,
	.rename = sys_rename,
	.unlink = sys_unlink,
	.close = sys_close,
};

int io_write_all(const struct io *io, int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len) {
		n = io->ops->write(io->ctx, fd, p, len);
		if (n <= 0)
			return n ? n : -ENOSPC;
		p += n;
		len -= n;
	}
	return 0;
}

/* What root put into somebody's directory is to be theirs; it may fail. */
static void inherit_owner(int dir, int fd)
{
	struct stat st;

	if (!fstat(dir, &st) && st.st_uid != geteuid())
		(void)!fchown(fd, st.st_uid, st.st_gid);
}

int io_open_new(const struct io *io, int dir, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL;
	int fd = io->ops->open(io->ctx, dir, name, flags, 0640);

	if (fd == -EEXIST) {
		fd = io->ops->unlink(io->ctx, dir, name, 0);
		if (!fd)
			fd = io->ops->open(io->ctx, dir, name, flags, 0640);
	}
	if (fd >= 0)
		inherit_owner(dir, fd);
	return fd;
}

int io_write_file(const struct io *io, int dir, const char *name,
		  const void *buf, size_t len)
{
	char tmp[NAME_MAX + 1];
	int fd, ret, closed;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp", name) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	fd = io_open_new(io, dir, tmp);
	if (fd < 0)
		return fd;
	ret = io_write_all(io, fd, buf, len);
	if (!ret)
		ret = io->ops->sync(io->ctx, fd);
	closed = io->ops->close(io->ctx, fd);
	if (!ret)
		ret = closed;
	if (!ret)
		ret = io->ops->rename(io->ctx, dir, tmp, name);
	return ret ? ret : io->ops->sync(io->ctx, dir);
}

/* The directory that a file is in, and the file's name there. */
static int open_parent(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash ? strndup(path, slash - path + 1) : strdup(".");
	int dir;

	if (!parent)
		return -ENOMEM;
	*name = slash ? slash + 1 : path;
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	return dir < 0 ? -errno : dir;
}

int io_write_path(const char *path, const void *buf, size_t len)
{
	const struct io io = { &io_syscalls, NULL };
	const char *name;
	int dir = open_parent(path, &name), ret;

	if (dir < 0)
		return dir;
	ret = io_write_file(&io, dir, name, buf, len);
	close(dir);
	return ret;
}

int io_open_regular(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP ? -EBADMSG : -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EBADMSG;
}

static int read_all(int fd, char **text, size_t *len)
{
	size_t size = 4096;
	char *buf = malloc(size), *bigger;
	ssize_t n;

	for (*len = 0; buf; *len += n) {
		if (*len + 1 == size) {
			size *= 2;
			bigger = size > SMALL_FILE_MAX ? NULL :
							 realloc(buf, size);
			if (!bigger) {
				free(buf);
				return -EFBIG;
			}
			buf = bigger;
		}
		do {
			n = read(fd, buf + *len, size - *len - 1);
		} while (n < 0 && errno == EINTR);
		if (n < 0) {
			n = -errno;
			free(buf);
			return n;
		}
		if (!n) {
			buf[*len] = '\0';
			*text = buf;
			return 0;
		}
	}
	return -ENOMEM;
}

int io_read_tail(int dir, const char *name, off_t from, char **text,
		 size_t *len)
{
	int fd = io_open_regular(dir, name), ret = 0;

	if (fd < 0)
		return fd;
	if (from && lseek(fd, from, SEEK_SET) < 0)
		ret = -errno;
	if (!ret)
		ret = read_all(fd, text, len);
	close(fd);
	return ret;
}

int io_read_file(int dir, const char *name, char **text, size_t *len)
{
	int fd, ret;

	if (dir != AT_FDCWD)
		return io_read_tail(dir, name, 0, text, len);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_all(fd, text, len);
	close(fd);
	return ret;
}

int io_read_path(const char *path, char **text, size_t *len)
{
	return io_read_tail(AT_FDCWD, path, 0, text, len);
}

int io_walk(int dir, int (*take)(const char *name, void *ctx), void *ctx)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	struct dirent *entry;
	DIR *d;

	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -ENOMEM;
	}
	while (!ret && (errno = 0, entry = readdir(d)))
		ret = take(entry->d_name, ctx);
	if (!ret && errno)
		ret = -errno;
	closedir(d);
	return ret;
}
