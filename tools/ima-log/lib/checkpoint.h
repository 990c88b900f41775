/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay of an archive had found where a segment begins, so that the
 * next one need not begin at record 0.
 *
 * A cache: it tells nothing that the archive does not, and is trusted as far
 * as who writes the one may write the other.  It is tied to the files that
 * were read and to what they were held against; only a result that verifies
 * is taken from it, any other is computed anew.
 */
#ifndef IMA_LOG_CHECKPOINT_H
#define IMA_LOG_CHECKPOINT_H

#include "verify.h"

#define CHECKPOINT_ID	32	/* SHA-256 */

struct checkpoint {
	uint64_t part;			/* the log's part that comes next */
	uint8_t parts[CHECKPOINT_ID];	/* the files of those before it */
	uint8_t given[CHECKPOINT_ID];	/* what records were held against */
	uint64_t first;
	bool have_window;
	struct log_pos window;
	struct verify_counts counts;
	struct verify_state state;	/* next: the first record of @part */
};

/* Takes checkpoints as a replay goes on. */
struct checkpoint_taker {
	bool usable;			/* nothing was wrong up to here */
	uint64_t part;			/* that is being read */
	uint8_t before[CHECKPOINT_ID];	/* the files of those before it */
	uint8_t current[CHECKPOINT_ID];	/* and that of @part */
	struct checkpoint latest, at_match;
};

/* Before the first record.  @c: where the replay goes on, or NULL. */
void checkpoint_begin(struct verify *v, const struct checkpoint *c);
/* A record was read, but not yet judged. */
int checkpoint_step(struct verify *v);
/* All records up to the last one match. */
void checkpoint_matched(struct verify *v);

/* Have @v go on from @c; -ESTALE if it is not for this log and these values. */
int checkpoint_resume(struct verify *v, const struct checkpoint *c);

/* Are the files before @c->part those that were read then? */
bool checkpoint_fits(const struct checkpoint *c, const struct log *log);

/* All but the sum at its end. */
bool checkpoint_parse(const char *text, struct checkpoint *c);

/* -EBADMSG if it is damaged, -ENOENT. */
int checkpoint_read(const char *path, struct checkpoint *c);
int checkpoint_write(const char *path, const struct checkpoint *c);

/**
 * verify_run_cached - as verify_run(), faster
 * @v: as for verify_run(); @v->log begins with record 0 of an archive, and
 *	@v->resume, @v->records and @v->allow are NULL
 * @path: of the checkpoint, which is replaced by a later one
 * @stale: set if there was one that was of no use
 *
 * The result is the same, whatever is in that file.
 */
int verify_run_cached(struct verify *v, const char *path, bool *stale);

#endif
