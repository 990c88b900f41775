// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_io.h"
#include "test.h"

#define FILES	512
#define OLD_MAX	8192
#define GARBAGE_MIN	8

/* A name in a directory, and what of it is on the disk for certain. */
struct file {
	char path[256];
	bool entry_durable;	/* its directory was synced since */
	bool replaced;		/* a rename put it in the place of old */
	off_t durable_size;
	ssize_t old_len;
	char old[OLD_MAX];
};

struct fake_io {
	long changes, kill_at, fail_from, fail_to;
	int error;
	int num;
	struct file files[FILES];
};

struct fake_io *fake_io_new(void)
{
	struct fake_io *f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(f != MAP_FAILED);
	return f;
}

/* find() clears an entry when it is taken: 4 MiB at each reset take long. */
void fake_io_reset(struct fake_io *f)
{
	memset(f, 0, offsetof(struct fake_io, files));
}

void fake_io_kill_at(struct fake_io *f, long at)
{
	f->kill_at = at;
	f->changes = 0;
}

void fake_io_fail(struct fake_io *f, long from, long to, int error)
{
	f->changes = 0;
	f->fail_from = from;
	f->fail_to = to;
	f->error = error;
}

long fake_io_changes(const struct fake_io *f)
{
	return f->changes;
}

/* Returns the error to fail with, dies, or returns 0. */
static int change(struct fake_io *f)
{
	f->changes++;
	if (f->changes == f->kill_at)
		_exit(FAKE_KILLED);
	if (f->changes >= f->fail_from && f->changes <= f->fail_to)
		return f->error;
	return 0;
}

static void path_of(int fd, char *path)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, 255);
	CHECK(n > 0);
	path[n] = '\0';
}

static void path_in(int dir, const char *name, char *path)
{
	size_t len;

	if (dir == AT_FDCWD) {
		CHECK(realpath(name, path));
		return;
	}
	path_of(dir, path);
	len = strlen(path);
	snprintf(path + len, 256 - len, "/%s", name);
}

static struct file *find(struct fake_io *f, const char *path)
{
	int i;

	for (i = 0; i < f->num; i++)
		if (!strcmp(f->files[i].path, path))
			return &f->files[i];
	CHECK(f->num < FILES);
	memset(&f->files[f->num], 0, offsetof(struct file, old));
	strcpy(f->files[f->num].path, path);
	return &f->files[f->num++];
}

static void forget(struct fake_io *f, struct file *file)
{
	*file = f->files[--f->num];
}

static int fake_open(void *ctx, int dir, const char *name, int flags,
		     mode_t mode)
{
	struct fake_io *f = ctx;
	char path[PATH_MAX];
	bool create = flags & O_CREAT && faccessat(dir, name, F_OK, 0);
	struct file *file;
	struct stat st;
	int fd, ret = 0;

	if (flags & (O_CREAT | O_TRUNC))
		ret = change(f);
	if (ret)
		return ret;
	fd = io_syscalls.open(NULL, dir, name, flags, mode);
	if (fd < 0 || flags & O_DIRECTORY)
		return fd;
	path_in(dir, name, path);
	if (create) {
		file = find(f, path);
		file->entry_durable = false;
		file->durable_size = 0;
	} else if (!(flags & O_TRUNC)) {
		/* what a run before left behind is on the disk by now */
		CHECK(!fstat(fd, &st));
	}
	return fd;
}

/* Half of it is written when the process dies, or the disk is full. */
static ssize_t fake_write(void *ctx, int fd, const void *buf, size_t len)
{
	struct fake_io *f = ctx;
	char path[256];
	int ret;

	path_of(fd, path);
	find(f, path);
	if (f->changes + 1 == f->kill_at ||
	    (f->changes + 1 >= f->fail_from && f->changes + 1 <= f->fail_to &&
	     f->changes % 2))
		CHECK(write(fd, buf, len / 2) >= 0);
	ret = change(f);
	return ret ? ret : io_syscalls.write(NULL, fd, buf, len);
}

static void sync_dir(struct fake_io *f, const char *path)
{
	size_t len = strlen(path);
	struct file *file;
	int i;

	for (i = 0; i < f->num; i++) {
		file = &f->files[i];
		if (!strncmp(file->path, path, len) &&
		    file->path[len] == '/' &&
		    !strchr(file->path + len + 1, '/')) {
			file->entry_durable = true;
			file->replaced = false;
		}
	}
}

static int fake_sync(void *ctx, int fd)
{
	struct fake_io *f = ctx;
	char path[256];
	struct stat st;
	int ret = change(f);

	if (ret)
		return ret;
	path_of(fd, path);
	CHECK(!fstat(fd, &st));
	if (S_ISDIR(st.st_mode))
		sync_dir(f, path);
	else
		find(f, path)->durable_size = st.st_size;
	return 0;
}

static int fake_truncate(void *ctx, int fd, off_t size)
{
	struct fake_io *f = ctx;
	struct file *file;
	char path[256];
	int ret = change(f);

	if (ret)
		return ret;
	path_of(fd, path);
	file = find(f, path);
	if (file->durable_size > size)
		file->durable_size = size;
	return io_syscalls.truncate(NULL, fd, size);
}

static int fake_mkdir(void *ctx, int dir, const char *name, mode_t mode)
{
	struct fake_io *f = ctx;
	char path[256];
	int ret = change(f);

	if (ret)
		return ret;
	ret = io_syscalls.mkdir(NULL, dir, name, mode);
	if (!ret) {
		path_in(dir, name, path);
		find(f, path);
	}
	return ret;
}

static void read_old(const char *path, struct file *file)
{
	int fd = open(path, O_RDONLY);

	file->old_len = -1;
	if (fd < 0)
		return;
	file->old_len = read(fd, file->old, OLD_MAX);
	CHECK(file->old_len >= 0 && file->old_len < OLD_MAX);
	close(fd);
}

static int fake_rename(void *ctx, int dir, const char *from, const char *to)
{
	struct fake_io *f = ctx;
	char old_path[256], new_path[256];
	struct file *source, *target;
	off_t durable;
	int ret = change(f);

	if (ret)
		return ret;
	path_in(dir, from, old_path);
	path_in(dir, to, new_path);
	source = find(f, old_path);
	durable = source->durable_size;
	forget(f, source);
	target = find(f, new_path);
	if (!target->replaced)
		read_old(new_path, target);
	target->replaced = true;
	target->durable_size = durable;
	return io_syscalls.rename(NULL, dir, from, to);
}

static int fake_unlink(void *ctx, int dir, const char *name, int flags)
{
	int ret = change(ctx);

	return ret ? ret : io_syscalls.unlink(NULL, dir, name, flags);
}

static int fake_close(void *ctx, int fd)
{
	(void)ctx;
	return io_syscalls.close(NULL, fd);
}

struct io fake_io_ops(struct fake_io *f)
{
	static const struct io_ops ops = {
		fake_open, fake_write, fake_sync, fake_truncate, fake_mkdir,
		fake_rename, fake_unlink, fake_close,
	};

	return (struct io){ &ops, f };
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void remove_all(const char *path)
{
	CHECK(!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) ||
	      errno == ENOENT);
}

static void put_old(const struct file *file)
{
	int fd;

	unlink(file->path);
	if (file->old_len < 0)
		return;
	fd = open(file->path, O_WRONLY | O_CREAT, 0640);
	CHECK(fd >= 0 && write(fd, file->old, file->old_len) ==
	      file->old_len);
	close(fd);
}

/*
 * Anything from the durable size on may be there, or garbage: at least so much
 * that more of a record is lost than the number of its PCR, which nothing in a
 * record vouches for.
 */
static void lose_tail(const struct file *file)
{
	off_t size, i;
	struct stat st;
	int fd = open(file->path, O_RDWR);
	char byte;

	if (fd < 0 || fstat(fd, &st))
		return;
	if (S_ISREG(st.st_mode) && st.st_size > file->durable_size) {
		size = file->durable_size +
		       rand() % (st.st_size - file->durable_size + 1);
		CHECK(!ftruncate(fd, size));
		for (i = 0; i < size - file->durable_size &&
		     ((i && i < GARBAGE_MIN) || rand() % 2); i++) {
			byte = rand() % 3 ? 0 : rand();
			CHECK(pwrite(fd, &byte, 1,
				     file->durable_size + i) == 1);
		}
	}
	close(fd);
}

void fake_io_power_cut(struct fake_io *f, unsigned int seed)
{
	struct file *file;
	int i;

	srand(seed);
	for (i = 0; i < f->num; i++) {
		file = &f->files[i];
		if (file->replaced && rand() % 2)
			put_old(file);
		else if (!file->replaced)
			lose_tail(file);
		if (file->entry_durable || file->replaced || rand() % 2)
			continue;
		remove_all(file->path);
	}
	fake_io_reset(f);
}
