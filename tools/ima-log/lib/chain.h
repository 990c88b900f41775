/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What snapshot_aggregate and ima_trim records say, held against the log.
 *
 * A snapshot covers the records since the snapshot before it, that one
 * included, up to the record right before itself.
 */
#ifndef IMA_LOG_CHAIN_H
#define IMA_LOG_CHAIN_H

#include "critical.h"

/* Trims that were recorded: each is a range that ends at its @removed. */
struct trim_notes {
	uint64_t begin, end;	/* of the first range, and of the last */
	uint64_t records;	/* in all of them; may come out of order */
};

/* What is carried from one run to the next. */
struct chain_state {
	bool have_snapshot, have_trim;
	bool new_kernel;	/* since the last snapshot */
	uint64_t window;	/* number of its first record */
	struct snapshot snapshot;
	struct trim_notes trims;
};

/* The hash of all records since some record. */
struct window {
	struct hasher hasher;
	bool open;		/* all of them were seen */
	uint64_t count;
};

struct chain {
	struct chain_state state;
	struct window since_snapshot;	/* or since the first record */
	struct window since_boot;	/* of the last kernel, if it is new */

	/* found */
	uint64_t snapshots, trims;
	uint64_t unseen;	/* snapshots whose records were not there */
	uint64_t restarts;	/* snapshots of kernels that counted anew */
	uint64_t unrecorded;	/* of kernels before: see chain_unrecorded() */
};

int chain_init(struct chain *c);
void chain_free(struct chain *c);

/*
 * Check a record, before chain_add().  Returns 0 or -errno, or with the
 * reason in @why 1 if what it says is wrong, 2 if it cannot be judged.
 */
enum { CHAIN_WRONG = 1, CHAIN_UNKNOWN = 2 };
int chain_check(struct chain *c, const struct record *rec, uint64_t number,
		char *why, size_t why_len);

/*
 * A kernel begins.  It may count trims and snapshots anew, if no snapshot was
 * carried to it: its first snapshot then covers its own records only.
 */
void chain_boot(struct chain *c);

/*
 * Add a record to the windows; @boot: a kernel begins with it.  For records of
 * an earlier run, from @state.window on, this is all that is called.
 */
int chain_add(struct chain *c, const struct record *rec, uint64_t number,
	      bool boot);

/* Records are missing here. */
void chain_gap(struct chain *c);

/* Records removed up to now, but by no ima_trim. */
uint64_t chain_unrecorded(const struct chain *c);

#endif
