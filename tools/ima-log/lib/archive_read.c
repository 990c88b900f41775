// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive on disk: reading, counting, and removing old epochs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "epoch.h"

#define REMOVED	"removed."

static int open_dir(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
			(dir == AT_FDCWD ? 0 : O_NOFOLLOW));

	return fd < 0 ? -errno : fd;
}

int archive_open_epoch(const char *path, unsigned int epoch)
{
	char name[11];
	int dir = open_dir(AT_FDCWD, path), fd;

	if (dir < 0)
		return dir;
	archive_epoch_name(epoch, name);
	fd = open_dir(dir, name);
	close(dir);
	return fd;
}

/* What a log of an epoch needs to know of it. */
struct place {
	unsigned int epoch;
	char boot_id[BOOT_ID_SIZE];	/* of the live list */
	char base[];			/* the epoch's directory */
};

static struct place *new_place(const char *path, unsigned int epoch)
{
	size_t size = strlen(path) + 12;
	struct place *place = malloc(sizeof(*place) + size);
	char name[11];

	if (!place)
		return NULL;
	place->epoch = epoch;
	place->boot_id[0] = '\0';
	archive_epoch_name(epoch, name);
	snprintf(place->base, size, "%s/%s", path, name);
	return place;
}

static int read_info(const struct place *place, struct epoch_info *info)
{
	int dir = open_dir(AT_FDCWD, place->base), ret;

	if (dir < 0)
		return dir;
	ret = epoch_info_read(dir, place->epoch, info);
	close(dir);
	return ret;
}

static int add_part(struct log *log, const char *base, int dir,
		    const struct part_name *part)
{
	char name[PART_NAME_SIZE], path[4096];
	uint64_t count = 0;
	int ret;

	part_name(name, part->first, part->gap);
	if (snprintf(path, sizeof(path), "%s/%s", base, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	if (part->gap) {
		ret = gap_read(dir, part->first, &count);
		if (ret)
			return ret;
	}
	return log_add(log, part->gap ? PART_GAP : PART_SEGMENT, path,
		       part->first, count);
}

/* Add the parts from the one with record @number on, but none below @above. */
static int add_parts(struct log *log, const char *base, uint64_t number,
		     uint64_t above)
{
	struct part_name *parts;
	size_t i, num, start = 0;
	int dir = open_dir(AT_FDCWD, base), ret;

	if (dir < 0)
		return dir;
	ret = epoch_parts(dir, &parts, &num);
	if (ret) {
		close(dir);
		return ret;
	}
	for (i = 0; i < num; i++)
		if (parts[i].first <= number)
			start = i;
	for (i = start; i < num && !ret; i++)
		if (parts[i].first >= above)
			ret = add_part(log, base, dir, &parts[i]);
	free(parts);
	close(dir);
	return ret;
}

/* What was added behind the parts that the log has; ctx is the directory. */
static int rescan(struct log *log, void *ctx)
{
	uint64_t above = 0;

	if (log->num_parts)
		above = log->parts[log->num_parts - 1].first + 1;
	return add_parts(log, ((struct place *)ctx)->base, log->next, above);
}

/*
 * The epoch's file says where the list begins, but while records are being
 * dropped, or if the saver was killed at that moment.
 */
static int locate(struct log *log, void *ctx)
{
	const struct place *place = ctx;
	struct epoch_info info;
	unsigned int i;
	int ret = read_info(place, &info);

	if (ret)
		return ret;
	if (!strcmp(place->boot_id, BOOT_ID_UNKNOWN))
		return -ENOENT;
	for (i = info.num_boots; i; i--)
		if (!strcmp(info.boots[i - 1].id, place->boot_id)) {
			log->live_delta = info.boots[i - 1].delta;
			return info.dropping ? -EAGAIN : 0;
		}
	return -ENOENT;
}

int archive_add_live(struct log *log, const char *boot_id, struct kernel live)
{
	struct place *place = log->ctx;
	int ret;

	snprintf(place->boot_id, sizeof(place->boot_id), "%s", boot_id);
	ret = locate(log, place);
	if (ret && ret != -EAGAIN)
		return ret;
	log->live = live;
	return 0;
}

int archive_log(const char *path, unsigned int epoch, uint64_t number,
		struct log *log)
{
	struct place *place = new_place(path, epoch);
	struct epoch_info info;
	int ret = place ? read_info(place, &info) : -ENOMEM;

	if (ret) {
		free(place);
		return ret;
	}
	log_init(log, info.order);
	log->rescan = rescan;
	log->locate = locate;
	log->ctx = place;		/* log_free() frees it */
	ret = add_parts(log, place->base, number, 0);
	if (!ret && log->num_parts && log->parts[0].first <= number)
		log->next = log->parts[0].first;
	if (ret)
		log_free(log);
	return ret;
}

struct sum {
	const struct io *io;	/* to unlink all of it, or NULL */
	int dir;
	uint64_t bytes;
};

static int sum_entry(const char *name, void *ctx)
{
	struct sum *sum = ctx;
	struct stat st;

	if (fstatat(sum->dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(st.st_mode))
		return 0;
	sum->bytes += st.st_size;
	if (!sum->io)
		return 0;
	return sum->io->ops->unlink(sum->io->ctx, sum->dir, name, 0);
}

static int epoch_bytes(int dir, unsigned int epoch, uint64_t *bytes)
{
	struct sum sum = { .io = NULL };
	char name[11];
	int fd, ret;

	archive_epoch_name(epoch, name);
	fd = open_dir(dir, name);
	if (fd < 0)
		return fd;
	sum.dir = fd;
	ret = io_walk(fd, sum_entry, &sum);
	*bytes += sum.bytes;
	close(fd);
	return ret;
}

static int count_gaps(int dir, struct archive_usage *usage)
{
	struct part_name *parts;
	uint64_t count;
	size_t i, num;
	int ret = epoch_parts(dir, &parts, &num);

	if (ret)
		return ret;
	if (num)
		usage->first_record = parts[0].first;
	for (i = 0; i < num && !ret; i++) {
		if (!parts[i].gap)
			continue;
		ret = gap_read(dir, parts[i].first, &count);
		usage->gaps++;
		usage->gap_records += ret ? 0 : count;
	}
	free(parts);
	return ret;
}

int archive_usage(const char *path, struct archive_usage *usage)
{
	int dir = open_dir(AT_FDCWD, path), fd, ret;
	unsigned int *numbers;
	size_t i, num;

	memset(usage, 0, sizeof(*usage));
	if (dir < 0)
		return dir;
	ret = epoch_numbers(dir, &numbers, &num);
	if (ret) {
		close(dir);
		return ret;
	}
	for (i = 0; i < num && !ret; i++) {
		usage->last_bytes = 0;
		ret = epoch_bytes(dir, numbers[i], &usage->last_bytes);
		usage->bytes += usage->last_bytes;
	}
	usage->epochs = num;
	if (num && !ret) {
		usage->first_epoch = numbers[0];
		usage->last_epoch = numbers[num - 1];
		fd = archive_open_epoch(path, usage->last_epoch);
		ret = fd < 0 ? fd : count_gaps(fd, usage);
		if (fd >= 0)
			close(fd);
	}
	free(numbers);
	close(dir);
	return ret;
}

static int check_part(int dir, unsigned int epoch, const struct part_name *part,
		      uint64_t *next, enum tail *tail)
{
	struct segment_end end = { 0 };
	char name[PART_NAME_SIZE];
	struct epoch_info info;
	int ret;

	if (part->gap) {
		ret = gap_read(dir, part->first, &end.records);
	} else {
		part_name(name, part->first, false);
		ret = epoch_info_read(dir, epoch, &info);
		if (!ret)
			ret = segment_find_end(dir, name, info.order, &end);
	}
	*next = part->first + end.records;
	*tail = end.tail;
	return ret;
}

int archive_check_end(const char *path, unsigned int epoch, uint64_t *next,
		      enum tail *tail)
{
	int dir = archive_open_epoch(path, epoch), ret;
	struct part_name *parts;
	size_t num;

	*next = 0;
	*tail = TAIL_NONE;
	if (dir < 0)
		return dir;
	ret = epoch_parts(dir, &parts, &num);
	if (!ret) {
		if (num)
			ret = check_part(dir, epoch, &parts[num - 1], next,
					 tail);
		free(parts);
	}
	close(dir);
	return ret;
}

static int empty_removed(struct archive *a, const char *name)
{
	int fd = open_dir(a->dir, name), ret;
	struct sum all = { .io = &a->io, .dir = fd };

	if (fd < 0)
		return fd;
	ret = io_walk(fd, sum_entry, &all);
	close(fd);
	if (ret)
		return ret;
	ret = a->io.ops->unlink(a->io.ctx, a->dir, name, AT_REMOVEDIR);
	return ret ? ret : a->io.ops->sync(a->io.ctx, a->dir);
}

/* Out of sight first: a half removed epoch must not look like a gap. */
static int remove_epoch(struct archive *a, unsigned int epoch)
{
	char name[11], gone[20];
	int ret;

	archive_epoch_name(epoch, name);
	snprintf(gone, sizeof(gone), REMOVED "%s", name);
	ret = a->io.ops->rename(a->io.ctx, a->dir, name, gone);
	return ret ? ret : empty_removed(a, gone);
}

/* Those that a crash left half removed. */
static int remove_leftover(const char *name, void *ctx)
{
	if (strncmp(name, REMOVED, strlen(REMOVED)))
		return 0;
	return empty_removed(ctx, name);
}

static bool exceeds(struct archive *a, const struct retention *r,
		    unsigned int epochs)
{
	struct archive_usage usage;
	struct statvfs fs;

	if (r->keep_epochs && epochs > r->keep_epochs)
		return true;
	if (r->max_bytes && !archive_usage(a->path, &usage) &&
	    usage.bytes > r->max_bytes)
		return true;
	return r->keep_free && !fstatvfs(a->dir, &fs) &&
	       (uint64_t)fs.f_bavail * fs.f_frsize < r->keep_free;
}

int archive_prune(struct archive *a, const struct retention *r)
{
	unsigned int *numbers, removed = 0;
	size_t num;
	int ret = io_walk(a->dir, remove_leftover, a);

	if (!ret)
		ret = epoch_numbers(a->dir, &numbers, &num);
	if (ret)
		return ret;
	while (!ret && removed + 1 < num && exceeds(a, r, num - removed)) {
		ret = remove_epoch(a, numbers[removed]);
		removed += ret == 0;
	}
	free(numbers);
	return ret ? ret : (int)removed;
}
