/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of an epoch, from wherever they are: plain files, the archive's
 * segments, the kernel's list, one after the other with their numbers.
 */
#ifndef IMA_LOG_LOG_H
#define IMA_LOG_LOG_H

#include <sys/stat.h>

#include "kernel.h"
#include "reader.h"

enum part_kind { PART_FILE, PART_SEGMENT, PART_GAP };

struct log_part {
	enum part_kind kind;
	char *path;
	bool first_known;	/* segments and gaps carry their number */
	uint64_t first;
	uint64_t count;		/* of a gap */
};

#define LOG_LIVE	SIZE_MAX	/* behind the parts, however many */

struct log_pos {
	size_t part;
	uint64_t offset;
	uint64_t number;
};

enum { LOG_END = 0, LOG_RECORD = 1, LOG_GAP = 2 };

struct log {
	struct log_part *parts;
	size_t num_parts, current;
	int fd;
	struct stat file;	/* of the current part, before it was read */
	bool is_open;		/* the current part, or the live list */
	bool in_live;
	struct reader reader;
	struct log_pos pos;	/* of the record last returned */
	uint64_t next;		/* number of the record to come */
	uint64_t torn;		/* bytes behind the last segment's end */
	uint64_t gap_first, gap_count;
	struct log_pos ended;	/* where the last segment did */

	/* the live list behind the parts; ops NULL: none */
	struct kernel live;
	int64_t live_delta;	/* number of a record: trimmed + delta */
	bool live_release;	/* close the list where it ends: see below */
	unsigned int live_tries;
	/* find segments that were added since; 0, or -errno */
	int (*rescan)(struct log *log, void *ctx);
	/*
	 * Where there is no T: set @live_delta for the list that was just
	 * opened.  -EAGAIN: it cannot be told at this moment.
	 */
	int (*locate)(struct log *log, void *ctx);
	void *ctx;		/* freed with the log */
};

/*
 * The kernel's list stays open, and with staging nobody can drop records while
 * it is.  With @live_release it is closed at LOG_END, and opened and skipped
 * through at each call that follows.
 */
void log_init(struct log *log, enum byte_order order);
void log_free(struct log *log);

/* A file of records; "-" is standard input.  -ENOMEM. */
int log_add(struct log *log, enum part_kind kind, const char *path,
	    uint64_t first, uint64_t count);

/**
 * log_next - the next record, or the next gap
 * @log: the log
 * @rec: the record, valid until the next call
 *
 * Return: LOG_RECORD, with its number in @log->pos; LOG_GAP, with the missing
 * range in @log->gap_first and @log->gap_count; LOG_END, after which more may
 * come if the log has a live list; or -errno, with the place in @log->pos:
 * -ENODATA for a part that ends inside a record, -EBADMSG and -EFBIG as
 * record_parse(), -EUCLEAN for segments that overlap, -EBUSY if somebody else
 * does not let the list go, or drops records faster than they are read.
 */
int log_next(struct log *log, struct record *rec);

/* Go to the first record, @number, of a part, forwards or backwards. */
void log_jump(struct log *log, size_t part, uint64_t number);

/* After -EBADMSG: which other form of a list it is, or NULL. */
const char *log_other_form(const struct log *log);

/* Where the error in @log->pos is: a path, or "the kernel's list". */
const char *log_place(const struct log *log);

#endif
