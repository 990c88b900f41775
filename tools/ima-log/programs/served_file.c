// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of ima-log follow, by its name in a directory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "program.h"
#include "served_file.h"

#define FILE_FLAGS	(O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC)

static int other_name(const struct served_file *f, const char *suffix,
		      char name[NAME_MAX + 1])
{
	int n = snprintf(name, NAME_MAX + 1, ".%s.%s", f->name, suffix);

	return n > NAME_MAX ? -ENAMETOOLONG : 0;
}

/* Nobody else may open it, or flock(2) would let anyone keep us out. */
static int take_lock(struct served_file *f)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int ret = other_name(f, "lock", name);

	if (ret)
		return ret;
	f->lock = openat(f->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW |
			 O_NONBLOCK | O_CLOEXEC, 0600);
	if (f->lock < 0 || fstat(f->lock, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return -EPERM;
	return flock(f->lock, LOCK_EX | LOCK_NB) ? -errno : 0;
}

int served_open(struct served_file *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash ? strndup(path, slash - path + 1) : strdup(".");
	int ret;

	*f = (struct served_file){ .path = path, .dir = -1, .lock = -1,
				   .fd = -1,
				   .name = slash ? slash + 1 : path };
	if (!parent)
		return report_error(path, -ENOMEM);
	f->dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = f->dir < 0 ? -errno : take_lock(f);
	free(parent);
	if (ret == -EWOULDBLOCK)
		report("%s: another ima-log follow writes it", path);
	else if (ret)
		report("%s: its directory, or the lock there: %s", path,
		       strerror(-ret));
	return ret ? EXIT_UNDECIDED : EXIT_OK;
}

void served_close(struct served_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->lock >= 0)
		close(f->lock);
	if (f->dir >= 0)
		close(f->dir);
}

/*
 * "10 <40 digits> ima-": more is not needed to tell it from anything else.  By
 * mmap(2), as it may be one whose reads are held.
 */
static bool is_list(int fd, off_t size)
{
	char line[64] = "", digits[41], name[8];
	unsigned int pcr;
	void *text;

	if (!size)
		return true;
	text = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (text == MAP_FAILED)
		return false;
	memcpy(line, text, size < 63 ? size : 63);
	munmap(text, size);
	return sscanf(line, "%2u %40[0-9a-f] %7s", &pcr, digits, name) == 3 &&
	       strlen(digits) == 40 && pcr < RECORD_PCRS &&
	       !strncmp(name, "ima", 3);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int served_find_other(const struct served_file *f)
{
	struct stat st, own;
	int fd;

	if (fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (f->fd >= 0 && !fstat(f->fd, &own) && same_file(&st, &own))
		return -ENOENT;
	if (!S_ISREG(st.st_mode))
		return -EPERM;
	fd = openat(f->dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &own) && same_file(&st, &own) &&
	    is_list(fd, own.st_size))
		return fd;
	close(fd);
	return -EPERM;
}

/* Where the kernel says that a descriptor leads. */
static void find_place(int fd, char *place, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, place, size - 1);
	place[n > 0 ? n : 0] = '\0';
}

int served_create(struct served_file *f)
{
	char name[NAME_MAX + 1];
	int ret = other_name(f, "new", name);

	if (ret)
		return ret;
	if (f->fd >= 0)
		close(f->fd);
	unlinkat(f->dir, name, 0);
	f->fd = openat(f->dir, name, FILE_FLAGS | O_CREAT | O_EXCL, 0640);
	f->hidden = true;
	return f->fd < 0 ? -errno : 0;
}

/* By its descriptor: its own name may be anything by now. */
static int link_again(struct served_file *f)
{
	char path[64];
	struct stat st, own;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	if (linkat(AT_FDCWD, path, f->dir, f->name, AT_SYMLINK_FOLLOW))
		return -errno;
	fd = openat(f->dir, f->name, FILE_FLAGS);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || fstat(f->fd, &own) || !same_file(&st, &own)) {
		close(fd);
		return -EAGAIN;
	}
	close(f->fd);
	f->fd = fd;
	return 0;
}

int served_show(struct served_file *f)
{
	char name[NAME_MAX + 1];
	struct stat st, own;
	int ret = 0;

	find_place(f->fd, f->place, sizeof(f->place));
	if (!f->hidden && !fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW) &&
	    !fstat(f->fd, &own) && same_file(&st, &own))
		return 0;
	if (snprintf(name, sizeof(name), "%s.old", f->name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (!renameat(f->dir, f->name, f->dir, name))
		report("%s: what was there is %s.old now, and cannot be read "
		       "before this process ends", f->path, f->path);
	else if (errno != ENOENT)
		return -errno;
	if (!f->hidden) {
		ret = link_again(f);
	} else {
		ret = other_name(f, "new", name);
		if (!ret && renameat(f->dir, name, f->dir, f->name))
			ret = -errno;
	}
	if (ret)
		return ret;
	f->hidden = false;
	find_place(f->fd, f->place, sizeof(f->place));
	return 0;
}

bool served_in_place(const struct served_file *f)
{
	char place[sizeof(f->place)];

	find_place(f->fd, place, sizeof(place));
	return !strcmp(place, f->place);
}

int served_remove(const struct served_file *f)
{
	char other[NAME_MAX + 1];
	const char *name = f->hidden ? other : f->name;
	struct stat st, own;

	if (f->hidden && other_name(f, "new", other))
		return -ENAMETOOLONG;
	if (fstat(f->fd, &own) || fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (!same_file(&st, &own))	/* it was replaced by another */
		return 0;
	return unlinkat(f->dir, name, 0) ? -errno : 0;
}
