// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive on disk, the writer's side. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "epoch.h"
#include "replay.h"

#define BUFFER_SIZE	(256u << 10)
#define INFO_SIZE	(BOOTS_MAX * 64 + 256)

static void close_fd(struct archive *a, int *fd)
{
	if (*fd >= 0)
		a->io.ops->close(a->io.ctx, *fd);
	*fd = -1;
}

/*
 * What a power cut left behind the last whole record was never durable, so
 * the kernel never dropped it.  Keep a copy all the same; only the beginning
 * of one record may go without, when the disk is full.
 */
static int cut_torn(struct archive *a, const char *name, uint64_t whole,
		    bool partial)
{
	char torn[PART_NAME_SIZE + 16], *text;
	unsigned int i = 0;
	size_t len;
	int ret = io_read_tail(a->epoch_dir, name, whole, &text, &len);

	if (ret)
		return ret;
	do {
		snprintf(torn, sizeof(torn), "%.20s.torn.%u", name, i++);
	} while (!faccessat(a->epoch_dir, torn, F_OK, 0));
	ret = io_write_file(&a->io, a->epoch_dir, torn, text, len);
	free(text);
	if (!ret || partial)
		ret = a->io.ops->truncate(a->io.ctx, a->segment, whole);
	a->torn = len;
	return ret;
}

/* A power cut can leave a whole head before data that never came. */
static int check_record(struct hasher *sha1, const struct record *rec)
{
	uint8_t digest[RECORD_DIGEST_SIZE];
	int ret;

	if (record_is_violation(rec))
		return 0;
	ret = template_digest(sha1, rec, digest);
	if (ret)
		return ret;
	return memcmp(digest, rec->digest, sizeof(digest)) ? -EBADMSG : 0;
}

/*
 * Count the records of a segment, and the bytes they take.  -ENODATA or
 * -EBADMSG: what follows is the beginning of a record, or no record.
 */
static int count_records(const struct archive *a, const char *name,
			 uint64_t *count, uint64_t *whole)
{
	int fd = openat(a->epoch_dir, name, O_RDONLY | O_CLOEXEC), ret;
	struct hasher sha1;
	struct record rec;
	struct reader r;

	if (fd < 0)
		return -errno;
	*count = *whole = 0;
	reader_init(&r, fd_source(&fd), a->info.order);
	ret = hasher_init(&sha1, bank_alg_by_name("sha1", 4));
	while (!ret && (ret = reader_next(&r, &rec)) == 1) {
		ret = check_record(&sha1, &rec);
		if (!ret) {
			*whole = r.offset;
			(*count)++;
		}
	}
	hasher_free(&sha1);
	reader_free(&r);
	close(fd);
	return ret == -EFBIG ? -EBADMSG : ret;
}

/* Continue the last segment; what it holds is made durable. */
static int load_segment(struct archive *a, uint64_t first)
{
	char name[PART_NAME_SIZE];
	uint64_t count = 0, whole = 0;
	int ret;

	part_name(name, first, false);
	a->segment = a->io.ops->open(a->io.ctx, a->epoch_dir, name,
				     O_WRONLY | O_APPEND, 0);
	if (a->segment < 0)
		return a->segment;
	ret = count_records(a, name, &count, &whole);
	if (ret == -ENODATA || ret == -EBADMSG)
		ret = cut_torn(a, name, whole, ret == -ENODATA);
	if (ret)
		return ret;
	a->next = first + count;
	a->segment_first = first;
	a->segment_size = a->durable_size = whole;
	ret = a->io.ops->sync(a->io.ctx, a->segment);
	return ret ? ret : a->io.ops->sync(a->io.ctx, a->epoch_dir);
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
	free(parts);
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
	char name[11], *text;
	size_t len;
	int ret;

	archive_epoch_name(epoch, name);
	a->epoch_dir = a->io.ops->open(a->io.ctx, a->dir, name,
				       O_RDONLY | O_DIRECTORY, 0);
	if (a->epoch_dir < 0)
		return a->epoch_dir;
	a->epoch = epoch;
	ret = io_read_file(a->epoch_dir, "epoch", &text, &len);
	if (ret)
		return ret;
	ret = epoch_info_parse(text, &a->info);
	free(text);
	return ret ? ret : load_parts(a);
}

static int take_lock(struct archive *a)
{
	a->lock = a->io.ops->open(a->io.ctx, a->dir, "lock",
				  O_RDWR | O_CREAT, 0640);
	if (a->lock < 0)
		return a->lock;
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

int archive_save_info(struct archive *a)
{
	char text[INFO_SIZE];
	int len = epoch_info_format(&a->info, text, sizeof(text));

	return io_write_file(&a->io, a->epoch_dir, "epoch", text, len);
}

int archive_begin_epoch(struct archive *a, const struct epoch_info *info)
{
	char name[11];
	int ret = archive_sync(a);

	if (ret)
		return ret;
	archive_epoch_name(a->epoch + 1, name);
	ret = a->io.ops->mkdir(a->io.ctx, a->dir, name, 0750);
	if (ret && ret != -EEXIST)	/* left by a crash, without its file */
		return ret;
	close_fd(a, &a->segment);
	close_fd(a, &a->epoch_dir);
	a->epoch_dir = a->io.ops->open(a->io.ctx, a->dir, name,
				       O_RDONLY | O_DIRECTORY, 0);
	if (a->epoch_dir < 0)
		return a->epoch_dir;
	a->info = *info;
	a->next = a->durable = 0;
	a->segment_size = a->durable_size = 0;
	ret = archive_save_info(a);
	if (!ret)
		ret = a->io.ops->sync(a->io.ctx, a->dir);
	if (!ret)
		a->epoch++;
	return ret;
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
	if (a->segment >= 0)
		a->closed++;
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

	if (a->failed)
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
