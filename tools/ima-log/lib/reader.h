/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records one after the other out of a stream of bytes. */
#ifndef IMA_LOG_READER_H
#define IMA_LOG_READER_H

#include <sys/types.h>

#include "record.h"

/*
 * Where the bytes come from: as read(2), but -errno for an error.  A result of
 * 0 is an end that may move: a later call may give more.
 */
struct byte_source {
	ssize_t (*read)(void *ctx, void *buf, size_t len);
	void *ctx;
};

struct reader {
	struct byte_source source;
	enum byte_order order;
	uint8_t *buf;
	size_t size, start, end;	/* of the buffer; what is unread in it */
	uint64_t offset;		/* of the next record, in the stream */
};

void reader_init(struct reader *r, struct byte_source source,
		 enum byte_order order);
void reader_free(struct reader *r);

/* A source on a file descriptor, which the caller keeps and closes. */
struct byte_source fd_source(const int *fd);

/**
 * reader_next - the next record of the stream
 * @r: the reader
 * @rec: filled in when 1 is returned, valid until the next call
 *
 * The buffer grows with what has really been read, never with what a record
 * claims to be.
 *
 * Return: 1; 0 at the end; -ENODATA if the stream ends inside a record, at
 * @r->offset; -EBADMSG or -EFBIG as record_parse(); or the source's error.
 * After 0, -ENODATA or the source's error, the call can be repeated.
 */
int reader_next(struct reader *r, struct record *rec);

/* Forget what is buffered: the source has been moved to a record's start. */
void reader_reset(struct reader *r, uint64_t offset);

/* Bytes that were read and belong to no record returned so far. */
size_t reader_pending(const struct reader *r);

#endif
