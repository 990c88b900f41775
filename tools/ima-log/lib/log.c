// SPDX-License-Identifier: GPL-2.0-or-later
/* The records of an epoch, from wherever they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "log.h"

#define LIVE_TRIES	100
#define LIVE_NAP_NS	20000000

void log_init(struct log *log, enum byte_order order)
{
	*log = (struct log){ .fd = -1, .live_tries = LIVE_TRIES,
			     .ended.part = LOG_LIVE };
	reader_init(&log->reader, (struct byte_source){ 0 }, order);
}

static void close_part(struct log *log)
{
	if (log->in_live)
		log->live.ops->close(log->live.ctx);
	else if (log->fd > 0)
		close(log->fd);
	log->fd = -1;
	log->in_live = false;
	log->is_open = false;
}

void log_free(struct log *log)
{
	size_t i;

	close_part(log);
	reader_free(&log->reader);
	for (i = 0; i < log->num_parts; i++)
		free(log->parts[i].path);
	free(log->parts);
	free(log->ctx);
	log->ctx = NULL;
	log->parts = NULL;
	log->num_parts = 0;
}

int log_add(struct log *log, enum part_kind kind, const char *path,
	    uint64_t first, uint64_t count)
{
	struct log_part *parts, *part;

	parts = reallocarray(log->parts, log->num_parts + 1, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	log->parts = parts;
	part = &parts[log->num_parts];
	*part = (struct log_part){ .kind = kind, .first = first,
				   .count = count,
				   .first_known = kind != PART_FILE };
	part->path = strdup(path);
	if (!part->path)
		return -ENOMEM;
	log->num_parts++;
	return 0;
}

const char *log_place(const struct log *log)
{
	if (log->pos.part < log->num_parts)
		return log->parts[log->pos.part].path;
	return "the kernel's list";
}

const char *log_other_form(const struct log *log)
{
	const struct reader *r = &log->reader;

	return log->pos.offset ? NULL :
		record_other_form(r->buf + r->start, reader_pending(r));
}

static int gap(struct log *log, uint64_t until)
{
	log->gap_first = log->next;
	log->gap_count = until - log->next;
	log->next = until;
	return LOG_GAP;
}

/* Open the current part's file at an offset where a record begins. */
static int open_at(struct log *log, uint64_t offset)
{
	const struct log_part *part = &log->parts[log->current];

	if (part->kind == PART_SEGMENT)
		log->fd = io_open_regular(AT_FDCWD, part->path);
	else if (strcmp(part->path, "-"))
		log->fd = open(part->path, O_RDONLY | O_CLOEXEC);
	else
		log->fd = STDIN_FILENO;
	if (log->fd < 0)
		return part->kind == PART_SEGMENT ? log->fd : -errno;
	log->is_open = true;
	if (fstat(log->fd, &log->file))
		return -errno;
	if (offset && lseek(log->fd, offset, SEEK_SET) < 0)
		return -errno;
	log->reader.source = fd_source(&log->fd);
	reader_reset(&log->reader, offset);
	return 0;
}

/* 0 if records of this part come next, LOG_GAP, or an error */
static int open_part(struct log *log)
{
	const struct log_part *part = &log->parts[log->current];

	log->pos = (struct log_pos){ log->current, 0, log->next };
	if (part->first_known && part->first < log->next)
		return -EUCLEAN;
	if (part->first_known && part->first > log->next)
		return gap(log, part->first);
	if (part->kind == PART_GAP) {
		log->current++;
		return gap(log, part->first + part->count);
	}
	return open_at(log, 0);
}

static int read_part(struct log *log, struct record *rec)
{
	const struct log_part *part = &log->parts[log->current];
	int ret;

	log->pos.offset = log->reader.offset;
	log->pos.number = log->next;
	ret = reader_next(&log->reader, rec);
	if (ret == 1)
		log->next++;
	/* A writer at work, or one that was cut off: see ima-log-archive(5). */
	if (ret == -ENODATA && part->kind == PART_SEGMENT &&
	    log->current + 1 == log->num_parts) {
		log->torn = reader_pending(&log->reader);
		ret = LOG_END;
	}
	return ret;
}

static int next_in_parts(struct log *log, struct record *rec)
{
	int ret;

	while (log->current < log->num_parts) {
		if (!log->is_open) {
			ret = open_part(log);
			if (ret)
				return ret;
		}
		ret = read_part(log, rec);
		if (ret)
			return ret;
		if (log->parts[log->current].kind == PART_SEGMENT) {
			log->ended = (struct log_pos){ log->current,
						       log->reader.offset,
						       log->next };
		}
		close_part(log);
		log->current++;
	}
	return LOG_END;
}

/* A saver that goes by staging has the list for itself now and then. */
static void nap(void)
{
	const struct timespec time = { 0, LIVE_NAP_NS };

	nanosleep(&time, NULL);
}

/*
 * T, or 0 if there is none: then the list, while it is open, keeps the place
 * that the archive tells of.
 */
static int live_trimmed(struct log *log, uint64_t *count)
{
	int ret = log->live.ops->trimmed(log->live.ctx, count);

	if (ret != -ENOENT)
		return ret;
	*count = 0;
	return log->locate && log->in_live ? log->locate(log, log->ctx) : 0;
}

/*
 * Number of the list's first record.  The count of trimmed records is read
 * before and after the head was looked at; if it stood still, that head is
 * the one it tells of.  -EAGAIN: try again, -EBUSY: later.
 */
static int try_head(struct log *log, uint64_t *first, struct record *rec,
		    int *have)
{
	uint64_t before, after;
	int ret = live_trimmed(log, &before);

	if (!ret)
		ret = log->live.ops->open(log->live.ctx, LIST_SHARED);
	if (ret)
		return ret;
	log->in_live = log->is_open = true;
	log->reader.source = kernel_source(&log->live);
	reader_reset(&log->reader, 0);
	*have = reader_next(&log->reader, rec);
	if (*have < 0)
		return *have == -ESTALE ? -EAGAIN : *have;
	ret = live_trimmed(log, &after);
	if (ret)
		return ret == -EAGAIN ? -EBUSY : ret;
	*first = after + log->live_delta;
	return before == after ? 0 : -EAGAIN;
}

static int live_head(struct log *log, uint64_t *first, struct record *rec,
		     int *have)
{
	unsigned int i;
	int ret = -EBUSY;

	for (i = 0; i < log->live_tries; i++) {
		ret = try_head(log, first, rec, have);
		if (ret != -EAGAIN && ret != -EBUSY)
			return ret;
		if (log->in_live)
			close_part(log);
		if (ret == -EBUSY)
			nap();
	}
	return -EBUSY;
}

/* Open the live list and stand on record @log->next of it. */
static int live_open(struct log *log, struct record *rec, int *have)
{
	uint64_t first = 0, until;
	int ret;

	ret = live_head(log, &first, rec, have);
	if (ret)
		return ret;
	if (first > log->next) {
		until = first;
		close_part(log);
		return gap(log, until);
	}
	for (; *have == 1 && first < log->next; first++)
		*have = reader_next(&log->reader, rec);
	return 0;
}

void log_jump(struct log *log, size_t part, uint64_t number)
{
	close_part(log);
	log->current = part;
	log->next = number;
}

/*
 * What the live list lacks may have been archived in the meantime: in the
 * segment that was the last one, behind its end of then, or in further ones.
 * The records before it came from the list, and are skipped.
 */
static int look_again(struct log *log)
{
	const uint64_t want = log->gap_first;
	struct record rec;
	size_t i;
	int ret;

	log->next = want;
	ret = log->rescan(log, log->ctx);
	for (i = log->num_parts; i && log->parts[i - 1].first > want; i--)
		;
	if (ret || !i)
		return ret;
	log_jump(log, i - 1, log->parts[i - 1].first);
	if (log->ended.part == i - 1) {
		log->next = log->ended.number;
		ret = open_at(log, log->ended.offset);
	}
	while (!ret && log->next < want) {
		ret = next_in_parts(log, &rec);
		ret = ret == LOG_RECORD ? 0 : ret ? ret : -ENODATA;
	}
	/* not there, or lost: from there on it is as before */
	if (ret == LOG_GAP || ret == -ENODATA) {
		log->next = want;
		ret = 0;
	}
	return ret;
}

static int next_live(struct log *log, struct record *rec)
{
	int have = 0, ret;

	log->pos = (struct log_pos){ LOG_LIVE, log->reader.offset,
				     log->next };
	if (log->in_live) {
		have = reader_next(&log->reader, rec);
	} else {
		ret = live_open(log, rec, &have);
		if (ret)
			return ret;
	}
	if (have == 1)
		log->next++;
	else if (!have && log->live_release)
		close_part(log);
	return have;
}

int log_next(struct log *log, struct record *rec)
{
	uint64_t looked = UINT64_MAX;
	int ret, i;

	for (i = 0; i < LIVE_TRIES; i++) {
		ret = log->in_live ? LOG_END : next_in_parts(log, rec);
		if (ret || !log->live.ops)
			return ret;
		ret = next_live(log, rec);
		if (ret == -ESTALE) {	/* trimmed under the reader */
			close_part(log);
			continue;
		}
		if (ret != LOG_GAP || !log->rescan ||
		    looked == log->gap_first)
			return ret;
		looked = log->gap_first;
		ret = look_again(log);
		if (ret)
			return ret;
	}
	return -EBUSY;
}
