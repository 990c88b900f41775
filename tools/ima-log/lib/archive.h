/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive on disk: see ima-log-archive(5) for its layout. */
#ifndef IMA_LOG_ARCHIVE_H
#define IMA_LOG_ARCHIVE_H

#include "io.h"
#include "log.h"
#include "tail.h"

#define BOOT_ID_SIZE	37		/* a UUID in text, with its NUL */
#define BOOT_ID_UNKNOWN	"-"		/* is nobody's */
#define BOOTS_MAX	64		/* that an epoch remembers, the latest */
#define SEGMENT_MAX	(16u << 20)

/* One kernel that ran in an epoch; a record's number is T plus delta. */
struct epoch_boot {
	char id[BOOT_ID_SIZE];
	int64_t delta;
};

struct epoch_info {
	bool have_reset_count;
	uint32_t reset_count;		/* of the TPM */
	enum byte_order order;
	bool canonical;			/* ima_canonical_fmt */
	/* without T: all below this were about to be dropped; 0: none */
	uint64_t dropping;
	unsigned int num_boots;
	struct epoch_boot boots[BOOTS_MAX];
};

/* The writer's side.  There is one writer: it holds the lock. */
struct archive {
	struct io io;
	char *path;
	int dir, lock, epoch_dir, segment;	/* descriptors, or -1 */
	unsigned int epoch;			/* 0: there is none yet */
	struct epoch_info info;
	uint64_t next;				/* number to be appended */
	uint64_t durable;			/* all below it are */
	uint64_t segment_first, segment_size, durable_size;
	uint64_t segment_max;
	enum tail tail;				/* of the last segment, and */
	uint64_t tail_bytes;			/* its size, when opened */
	bool failed;				/* roll back first */
	bool dir_dirty;
	uint8_t *buf;
	size_t buffered;
};

/*
 * Take the lock and find the last epoch's end, and change nothing.
 * -EWOULDBLOCK: another process has the lock.  -EBADMSG, -EUCLEAN: what is
 * known of the last epoch is damaged.
 */
int archive_open(struct archive *a, const char *path, struct io io);
void archive_close(struct archive *a);

/* Cut off what archive_open() found behind the last whole record. */
int archive_cut_tail(struct archive *a);

/* Each record that is in it, until @take returns other than 0. */
int archive_walk_tail(struct archive *a,
		      int (*take)(const struct record *rec, void *ctx),
		      void *ctx);

/* End the last epoch and begin one, at record 0.  An error changes nothing. */
int archive_begin_epoch(struct archive *a, const struct epoch_info *info);

/* Write the epoch's file anew; @a->info becomes @info. */
int archive_save_info(struct archive *a, const struct epoch_info *info);

/**
 * archive_append - add a record
 *
 * Not before archive_cut_tail(), if there is a tail.
 * It is durable after archive_sync() only.  After an error of either, what was
 * not durable is given up: @next is @durable again, and the records have to be
 * read from the kernel once more.
 */
int archive_append(struct archive *a, const void *bytes, size_t size);
int archive_sync(struct archive *a);

/* Records @a->next and @count - 1 behind it are lost; durable at once. */
int archive_gap(struct archive *a, uint64_t count, const char *cause);

struct retention {
	uint64_t keep_epochs;		/* 0: no limit, as the others */
	uint64_t max_bytes;
	uint64_t keep_free;
};

/* Remove whole closed epochs, oldest first.  Returns how many, or -errno. */
int archive_prune(struct archive *a, const struct retention *r);

/* The reader's side needs no lock. */

struct archive_usage {
	unsigned int first_epoch, last_epoch, epochs;
	uint64_t bytes;
	uint64_t last_bytes;		/* in the last epoch, and here: */
	uint64_t first_record;		/* not 0 if it was pruned */
	uint64_t gaps, gap_records;
};

/* 0 in @last if there is none. */
int archive_usage(const char *path, struct archive_usage *usage);

/*
 * Read the last segment of an epoch: where do its whole records end, and what
 * lies behind them?
 */
int archive_check_end(const char *path, unsigned int epoch, uint64_t *next,
		      enum tail *tail);

void archive_epoch_name(unsigned int epoch, char name[11]);

/* An epoch's directory. */
int archive_open_epoch(const char *path, unsigned int epoch);

/**
 * archive_log - open an epoch as a log
 * @path: the archive
 * @epoch: which one
 * @number: where to start; the log's first record is the one at or before it
 *	    that a segment starts with
 * @log: to be freed with log_free()
 *
 * The log looks for further segments at its end if it has a live list.
 */
int archive_log(const char *path, unsigned int epoch, uint64_t number,
		struct log *log);

/**
 * archive_add_live - put the kernel's list behind an epoch
 * @log: from archive_log()
 * @boot_id: of the kernel
 * @live: its list
 *
 * Return: 0; -ENOENT if the epoch has nothing of this boot, or -errno.
 */
int archive_add_live(struct log *log, const char *boot_id,
		     struct kernel live);

#endif
