// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's side: the list, how much of it was trimmed, trimming. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

#define LIST	"binary_runtime_measurements"
#define COUNT	"runtime_measurements_count"

static ssize_t source_read(void *ctx, void *buf, size_t len)
{
	struct kernel *k = ctx;

	return k->ops->read(k->ctx, buf, len);
}

struct byte_source kernel_source(struct kernel *k)
{
	return (struct byte_source){ source_read, k };
}

static int open_in(const char *dir, const char *name, int flags)
{
	char path[512];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int fs_open(void *ctx, enum list_access access)
{
	struct securityfs *fs = ctx;
	int fd;

	if (access == LIST_SHARED && fs->held >= 0) {
		if (lseek(fs->held, 0, SEEK_SET) < 0)
			return -errno;
		fs->list = fs->held;
		fs->held = -1;
		return 0;
	}
	fd = open_in(fs->dir, LIST,
		     access == LIST_EXCLUSIVE ? O_RDWR : O_RDONLY);
	if (fd < 0)
		return fd;
	fs->list = fd;
	return 0;
}

static ssize_t fs_read(void *ctx, void *buf, size_t len)
{
	struct securityfs *fs = ctx;

	return fd_source(&fs->list).read(&fs->list, buf, len);
}

static int fs_rewind(void *ctx)
{
	struct securityfs *fs = ctx;

	return lseek(fs->list, 0, SEEK_SET) < 0 ? -errno : 0;
}

static void fs_close(void *ctx)
{
	struct securityfs *fs = ctx;

	if (fs->list >= 0 && fs->keep_open && fs->held < 0)
		fs->held = fs->list;
	else if (fs->list >= 0)
		close(fs->list);
	fs->list = -1;
}

static int read_number(int fd, uint64_t *value)
{
	char text[32], *newline;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	newline = strchr(text, '\n');
	if (newline)
		*newline = '\0';
	return dec_parse(text, value) ? 0 : -EPROTO;
}

static int fs_trimmed(void *ctx, uint64_t *count)
{
	struct securityfs *fs = ctx;

	if (fs->trim >= 0)
		return read_number(fs->trim, count);
	return securityfs_number(fs, "trim", count);
}

/* One request a write: a short write cannot happen, an error leaves all. */
static int request(int fd, const char *text)
{
	ssize_t n;

	do {
		n = write(fd, text, strlen(text));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == strlen(text) ? 0 : -EPROTO;
}

static int fs_trim(void *ctx, uint64_t trimmed, uint64_t count)
{
	struct securityfs *fs = ctx;
	char text[48];

	if (fs->trim < 0)
		return -EPERM;
	snprintf(text, sizeof(text), "%llu:%llu\n",
		 (unsigned long long)trimmed, (unsigned long long)count);
	return request(fs->trim, text);
}

static int fs_delete(void *ctx, uint64_t count)
{
	struct securityfs *fs = ctx;
	char text[24];

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)count);
	return request(fs->list, text);
}

/*
 * Only CONFIG_IMA_STAGING makes the second set of files: the list itself can
 * be written without it, and must not be.
 */
static bool fs_staging(void *ctx)
{
	struct securityfs *fs = ctx;
	int fd = open_in(fs->dir, LIST "_staged", O_PATH);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static const struct kernel_ops securityfs_ops = {
	.open = fs_open,
	.read = fs_read,
	.rewind = fs_rewind,
	.close = fs_close,
	.trimmed = fs_trimmed,
	.trim = fs_trim,
	.delete = fs_delete,
	.staging = fs_staging,
};

int securityfs_init(struct securityfs *fs, const char *dir)
{
	int fd;

	*fs = (struct securityfs){ .list = -1, .trim = -1, .count = -1,
				   .held = -1 };
	fd = open_in(dir, LIST, O_PATH);
	if (fd < 0)
		return fd;
	close(fd);
	fs->dir = strdup(dir);
	return fs->dir ? 0 : -ENOMEM;
}

void securityfs_free(struct securityfs *fs)
{
	fs->keep_open = false;
	fs_close(fs);
	if (fs->held >= 0)
		close(fs->held);
	if (fs->trim >= 0)
		close(fs->trim);
	if (fs->count >= 0)
		close(fs->count);
	free(fs->dir);
	*fs = (struct securityfs){ .list = -1, .trim = -1, .count = -1,
				   .held = -1 };
}

struct kernel securityfs_kernel(struct securityfs *fs)
{
	return (struct kernel){ &securityfs_ops, fs };
}

int securityfs_open_trim(struct securityfs *fs)
{
	int fd = open_in(fs->dir, "trim", O_RDWR);

	if (fd < 0)
		return fd;
	fs->trim = fd;
	return 0;
}

int securityfs_hold(struct securityfs *fs)
{
	int fd;

	fs->keep_open = true;
	if (fs->list < 0 && fs->held < 0)
		fs->held = open_in(fs->dir, LIST, O_RDONLY);
	if (fs->list < 0 && fs->held < 0)
		return fs->held;
	if (fs->count < 0)
		fs->count = open_in(fs->dir, COUNT, O_RDONLY);
	fd = fs->trim < 0 ? open_in(fs->dir, "trim", O_RDONLY) : fs->trim;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	fs->trim = fd;
	return 0;
}

int securityfs_count(const struct securityfs *fs, uint64_t *value)
{
	if (fs->count >= 0)
		return read_number(fs->count, value);
	return securityfs_number(fs, COUNT, value);
}

int securityfs_number(const struct securityfs *fs, const char *name,
		      uint64_t *value)
{
	int fd = open_in(fs->dir, name, O_RDONLY), ret;

	if (fd < 0)
		return fd;
	ret = read_number(fd, value);
	close(fd);
	return ret;
}
