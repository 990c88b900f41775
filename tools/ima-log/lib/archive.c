// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive on disk, the writer's side. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "epoch.h"

#define BUFFER_SIZE	(256u << 10)

static void close_fd(struct archive *a, int *fd)
{
	if (*fd >= 0)
		a->io.ops->close(a->io.ctx, *fd);
	*fd = -1;
}

/*
 * The caller knows that the kernel has it still, or that the kernel that had
 * it is gone.  Keep a copy all the same; only the beginning of one record may
 * go without, when the disk is full.
 */
int archive_cut_tail(struct archive *a)
{
	char name[PART_NAME_SIZE], torn[PART_NAME_SIZE + 16], *text;
	unsigned int i = 0;
	size_t len;
	int ret;

	part_name(name, a->segment_first, false);
	ret = io_read_tail(a->epoch_dir, name, a->segment_size, &text, &len);
	if (ret)
		return ret;
	do {
		snprintf(torn, sizeof(torn), "%.20s.torn.%u", name, i++);
	} while (!faccessat(a->epoch_dir, torn, F_OK, 0));
	ret = io_write_file(&a->io, a->epoch_dir, torn, text, len);
	free(text);
	if (!ret || a->tail == TAIL_CUT_OFF)
		ret = a->io.ops->truncate(a->io.ctx, a->segment,
					  a->segment_size);
	if (!ret)
		ret = a->io.ops->sync(a->io.ctx, a->segment);
	if (!ret)
		a->tail = TAIL_NONE;
	return ret;
}

int archive_walk_tail(struct archive *a,
		      int (*take)(const struct record *rec, void *ctx),
		      void *ctx)
{
	char name[PART_NAME_SIZE];

	part_name(name, a->segment_first, false);
	return segment_walk_tail(a->epoch_dir, name, a->segment_size, take,
				 ctx);
}

/* Continue the last segment; what it holds is made durable. */
static int load_segment(struct archive *a, uint64_t first)
{
	char name[PART_NAME_SIZE];
	struct segment_end end;
	int ret;

	part_name(name, first, false);
	a->segment = a->io.ops->open(a->io.ctx, a->epoch_dir, name,
				     O_WRONLY | O_APPEND, 0);
	if (a->segment < 0)
		return a->segment;
	ret = segment_find_end(a->epoch_dir, name, a->info.order, &end);
	if (ret)
		return ret;
	if (__builtin_add_overflow(first, end.records, &a->next))
		return -EUCLEAN;
	a->segment_first = first;
	a->segment_size = a->durable_size = end.whole;
	a->tail = end.tail;
	a->tail_bytes = end.tail_bytes;
	ret = a->io.ops->sync(a->io.ctx, a->segment);
	return ret ? ret : a->io.ops->sync(a->io.ctx, a->epoch_dir);
}

/* A segment whose name was damaged may begin before its predecessor ends. */
static int check_overlap(const struct archive *a, const struct part_name *part,
			 uint64_t first)
{
	char name[PART_NAME_SIZE];
	struct segment_end end;
	uint64_t count, next;
	int ret;

	if (part->gap) {
		ret = gap_read(a->epoch_dir, part->first, &count);
	} else {
		part_name(name, part->first, false);
		ret = segment_find_end(a->epoch_dir, name, a->info.order,
				       &end);
		count = end.records;
	}
	if (!ret && (__builtin_add_overflow(part->first, count, &next) ||
		     next > first))
		ret = -EUCLEAN;
	return ret;
}

static int load_parts(struct archive *a)
{
	struct part_name *parts, last = { 0, false };
	uint64_t count;
	size_t num;
	int ret = epoch_parts(a->epoch_dir, &parts, &num);

	if (ret)
		return ret;
	if (num)
		last = parts[num - 1];
	if (num > 1)
		ret = check_overlap(a, &parts[num - 2], last.first);
	free(parts);
	if (ret)
		return ret;
	a->next = 0;
	if (num && last.gap) {
		ret = gap_read(a->epoch_dir, last.first, &count);
		a->next = last.first + count;
	} else if (num) {
		ret = load_segment(a, last.first);
	}
	a->durable = a->next;
	return ret;
}

static int load_epoch(struct archive *a, unsigned int epoch)
{
	char name[11];
	int ret;

	archive_epoch_name(epoch, name);
	a->epoch_dir = a->io.ops->open(a->io.ctx, a->dir, name,
				       O_RDONLY | O_DIRECTORY, 0);
	if (a->epoch_dir < 0)
		return a->epoch_dir;
	a->epoch = epoch;
	ret = epoch_info_read(a->epoch_dir, epoch, &a->info);
	return ret ? ret : load_parts(a);
}

/*
 * Anyone who can open a file can lock it with flock(2), even for reading: not
 * the archive's group, then, nor through a file that an older version left.
 */
static int take_lock(struct archive *a)
{
	struct stat st;

	a->lock = a->io.ops->open(a->io.ctx, a->dir, "lock",
				  O_RDWR | O_CREAT, 0600);
	if (a->lock < 0)
		return a->lock;
	if (fstat(a->lock, &st) || ((st.st_mode & 077) && fchmod(a->lock, 0600)))
		return -errno;
	return flock(a->lock, LOCK_EX | LOCK_NB) ? -errno : 0;
}

int archive_open(struct archive *a, const char *path, struct io io)
{
	unsigned int *numbers = NULL;
	size_t num;
	int ret;

	*a = (struct archive){ .io = io, .dir = -1, .lock = -1,
			       .epoch_dir = -1, .segment = -1,
			       .segment_max = SEGMENT_MAX };
	a->path = strdup(path);
	a->buf = malloc(BUFFER_SIZE);
	if (!a->path || !a->buf) {
		archive_close(a);
		return -ENOMEM;
	}
	a->dir = io.ops->open(io.ctx, AT_FDCWD, path, O_RDONLY | O_DIRECTORY,
			      0);
	ret = a->dir < 0 ? a->dir : take_lock(a);
	if (!ret)
		ret = epoch_numbers(a->dir, &numbers, &num);
	if (!ret && num)
		ret = load_epoch(a, numbers[num - 1]);
	free(numbers);
	if (ret)
		archive_close(a);
	return ret;
}

/* Without a sync: whoever wants one has asked for it. */
void archive_close(struct archive *a)
{
	close_fd(a, &a->segment);
	close_fd(a, &a->epoch_dir);
	close_fd(a, &a->dir);
	close_fd(a, &a->lock);
	free(a->path);
	free(a->buf);
	a->path = NULL;
	a->buf = NULL;
}

int archive_save_info(struct archive *a, const struct epoch_info *info)
{
	int ret = epoch_info_write(&a->io, a->epoch_dir, a->epoch, info);

	if (!ret && info != &a->info)
		a->info = *info;
	return ret;
}

/* The directory of epoch @epoch with nothing but the epoch's file. */
static int make_epoch(struct archive *a, unsigned int epoch,
		      const struct epoch_info *info)
{
	char name[11];
	int dir, ret;

	archive_epoch_name(epoch, name);
	ret = a->io.ops->mkdir(a->io.ctx, a->dir, name, 0750);
	if (ret && ret != -EEXIST)	/* left by a crash, without its file */
		return ret;
	dir = a->io.ops->open(a->io.ctx, a->dir, name,
			      O_RDONLY | O_DIRECTORY, 0);
	if (dir < 0)
		return dir;
	ret = epoch_info_write(&a->io, dir, epoch, info);
	if (!ret)
		ret = a->io.ops->sync(a->io.ctx, a->dir);
	if (!ret)
		return dir;
	a->io.ops->close(a->io.ctx, dir);
	return ret;
}

int archive_begin_epoch(struct archive *a, const struct epoch_info *info)
{
	int dir, ret = a->epoch == UINT32_MAX ? -EOVERFLOW : archive_sync(a);

	if (ret)
		return ret;
	dir = make_epoch(a, a->epoch + 1, info);
	if (dir < 0)
		return dir;
	close_fd(a, &a->segment);
	close_fd(a, &a->epoch_dir);
	a->epoch_dir = dir;
	a->epoch++;
	a->info = *info;
	a->next = a->durable = 0;
	a->segment_size = a->durable_size = 0;
	a->tail = TAIL_NONE;
	return 0;
}

/* Give up what is not known to be durable. */
static int roll_back(struct archive *a)
{
	int ret = 0;

	a->failed = true;
	a->buffered = 0;
	a->next = a->durable;
	if (a->segment >= 0)
		ret = a->io.ops->truncate(a->io.ctx, a->segment,
					  a->durable_size);
	if (ret)
		return ret;
	a->segment_size = a->durable_size;
	a->failed = false;
	return 0;
}

static int open_segment(struct archive *a)
{
	char name[PART_NAME_SIZE];
	uint64_t first = a->durable;

	if (a->segment >= 0)
		return 0;
	part_name(name, first, false);
	a->segment = a->io.ops->open(a->io.ctx, a->epoch_dir, name,
				     O_WRONLY | O_APPEND | O_CREAT | O_EXCL,
				     0640);
	if (a->segment < 0)
		return a->segment;
	a->segment_first = first;
	a->segment_size = a->durable_size = 0;
	a->dir_dirty = true;
	return 0;
}

static int flush(struct archive *a)
{
	int ret;

	if (!a->buffered)
		return 0;
	ret = open_segment(a);
	if (!ret)
		ret = io_write_all(&a->io, a->segment, a->buf, a->buffered);
	if (ret)
		return ret;
	a->segment_size += a->buffered;
	a->buffered = 0;
	return 0;
}

static int write_out(struct archive *a)
{
	int ret = flush(a);

	if (!ret && a->next != a->durable)
		ret = a->io.ops->sync(a->io.ctx, a->segment);
	if (!ret && a->dir_dirty) {
		ret = a->io.ops->sync(a->io.ctx, a->epoch_dir);
		a->dir_dirty = ret != 0;
	}
	return ret;
}

static void close_segment(struct archive *a)
{
	close_fd(a, &a->segment);
	a->segment_size = a->durable_size = 0;
}

int archive_sync(struct archive *a)
{
	int ret;

	if (a->failed) {
		ret = roll_back(a);
		if (ret)
			return ret;
	}
	ret = write_out(a);
	if (ret) {
		roll_back(a);
		return ret;
	}
	a->durable = a->next;
	a->durable_size = a->segment_size;
	if (a->segment_size >= a->segment_max)
		close_segment(a);
	return 0;
}

/* A record larger than the buffer goes to the file directly. */
static int append(struct archive *a, const void *bytes, size_t size)
{
	int ret = 0;

	if (a->segment_size + a->buffered >= a->segment_max)
		ret = archive_sync(a);
	if (!ret && a->buffered + size > BUFFER_SIZE)
		ret = flush(a);
	if (ret)
		return ret;
	if (size <= BUFFER_SIZE) {
		memcpy(a->buf + a->buffered, bytes, size);
		a->buffered += size;
		return 0;
	}
	ret = open_segment(a);
	if (!ret)
		ret = io_write_all(&a->io, a->segment, bytes, size);
	if (!ret)
		a->segment_size += size;
	return ret;
}

int archive_append(struct archive *a, const void *bytes, size_t size)
{
	int ret;

	if (a->failed || a->tail)
		return -EIO;
	ret = append(a, bytes, size);
	if (ret) {
		roll_back(a);
		return ret;
	}
	a->next++;
	return 0;
}

int archive_gap(struct archive *a, uint64_t count, const char *cause)
{
	char name[PART_NAME_SIZE], text[128];
	int len, ret = archive_sync(a);

	if (ret)
		return ret;
	part_name(name, a->next, true);
	len = snprintf(text, sizeof(text), "first=%" PRIu64 ";count=%" PRIu64
		       ";cause=%s;\n", a->next, count, cause);
	ret = io_write_file(&a->io, a->epoch_dir, name, text, len);
	if (ret)
		return ret;
	close_segment(a);
	a->next += count;
	a->durable = a->next;
	return 0;
}
