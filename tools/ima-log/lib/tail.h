/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a segment's whole records end, and what lies behind them.
 *
 * A writer that was stopped leaves the beginning of one record.  A power cut
 * may leave bytes that are none.  Records behind such bytes are no tail: then
 * something in the midst of the segment was damaged.
 */
#ifndef IMA_LOG_TAIL_H
#define IMA_LOG_TAIL_H

#include "record.h"

enum tail {
	TAIL_NONE,
	TAIL_CUT_OFF,		/* the beginning of a record */
	TAIL_NO_RECORD,		/* bytes that are no record */
	TAIL_RECORDS,		/* with at least one record among them */
};

struct segment_end {
	uint64_t records;	/* that are whole and have their digest */
	uint64_t whole;		/* bytes of these */
	enum tail tail;
	uint64_t tail_bytes;
};

/* 0, or -errno if the segment cannot be read. */
int segment_find_end(int dir, const char *name, enum byte_order order,
		     struct segment_end *end);

/*
 * Each record that is in what lies behind the first @whole bytes, until @take
 * returns other than 0, which is returned.
 */
int segment_walk_tail(int dir, const char *name, uint64_t whole,
		      int (*take)(const struct record *rec, void *ctx),
		      void *ctx);

#endif
