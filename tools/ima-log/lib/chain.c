// SPDX-License-Identifier: GPL-2.0-or-later
/* What snapshot_aggregate and ima_trim records say, held against the log. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chain.h"

#define WRONG(...) (snprintf(why, why_len, __VA_ARGS__), CHAIN_WRONG)

int chain_init(struct chain *c)
{
	const struct bank_alg *sha256 = bank_alg_by_name("sha256", 6);
	int ret = hasher_init(&c->since_snapshot.hasher, sha256);

	if (!ret)
		ret = hasher_init(&c->since_boot.hasher, sha256);
	if (ret)
		chain_free(c);
	return ret;
}

void chain_free(struct chain *c)
{
	hasher_free(&c->since_snapshot.hasher);
	hasher_free(&c->since_boot.hasher);
}

static int window_open(struct window *w)
{
	w->open = true;
	w->count = 0;
	return hasher_start(&w->hasher);
}

static int window_add(struct window *w, const struct record *rec)
{
	if (!w->open)
		return 0;
	w->count++;
	return hasher_add(&w->hasher, rec->bytes, rec->size);
}

uint64_t chain_unrecorded(const struct chain *c)
{
	const struct trim_notes *t = &c->state.trims;

	return c->unrecorded +
	       (c->state.have_trim ? t->end - t->begin - t->records : 0);
}

static void fold_trims(struct chain *c)
{
	c->unrecorded = chain_unrecorded(c);
	c->state.have_trim = false;
}

void chain_boot(struct chain *c)
{
	fold_trims(c);
	c->state.new_kernel = true;
}

int chain_add(struct chain *c, const struct record *rec, uint64_t number,
	      bool boot)
{
	int ret = 0;

	if (number == c->state.window)
		ret = window_open(&c->since_snapshot);
	else if (boot)
		ret = window_open(&c->since_boot);
	if (!ret)
		ret = window_add(&c->since_snapshot, rec);
	return ret ? ret : window_add(&c->since_boot, rec);
}

void chain_gap(struct chain *c)
{
	c->since_snapshot.open = c->since_boot.open = false;
	c->state.new_kernel = true;	/* for all that is known */
	fold_trims(c);
}

/* The window that @snap says it covers, or NULL. */
static struct window *find_window(struct chain *c, const struct snapshot *snap)
{
	const struct chain_state *s = &c->state;
	uint64_t first = snap->total - snap->hashed;

	if (c->since_snapshot.open &&
	    first == (s->have_snapshot ? s->snapshot.total : 0) &&
	    snap->hashed == c->since_snapshot.count)
		return &c->since_snapshot;
	if (c->since_boot.open && !first &&
	    snap->hashed == c->since_boot.count)
		return &c->since_boot;
	return NULL;
}

/* There is no such window: is that a lie? */
static int explain(struct chain *c, const struct snapshot *snap, char *why,
		   size_t why_len)
{
	const struct chain_state *s = &c->state;
	uint64_t last = s->have_snapshot ? s->snapshot.total : 0;
	uint64_t first = snap->total - snap->hashed;

	if (s->new_kernel || (first == last && !c->since_snapshot.open)) {
		c->unseen++;
		c->restarts += first != last;
		return 0;
	}
	if (first < last)
		return WRONG("overlap: snapshot begins at %" PRIu64
			     ", but the one before it ended at %" PRIu64,
			     first, last);
	if (first > last)
		return WRONG("gap: snapshot begins at %" PRIu64
			     ", but the one before it ended at %" PRIu64,
			     first, last);
	return WRONG("snapshot covers %" PRIu64 " records, but %" PRIu64
		     " are there", snap->hashed, c->since_snapshot.count);
}

static int judge_window(struct chain *c, struct window *w,
			const struct snapshot *snap, char *why, size_t why_len)
{
	const struct chain_state *s = &c->state;
	uint8_t digest[DIGEST_SIZE_MAX];

	c->restarts += w == &c->since_boot;
	if (w == &c->since_snapshot && s->have_snapshot &&
	    (snap->trims < s->snapshot.trims ||
	     snap->trimmed < s->snapshot.trimmed))
		return WRONG("snapshot counts fewer trims than the one before");
	if (!snap->alg)
		return 0;
	if (hasher_end(&w->hasher, digest))
		return -EIO;
	if (memcmp(digest, snap->digest, snap->alg->size))
		return WRONG("snapshot's digest is not that of the %" PRIu64
			     " records before it", snap->hashed);
	return 0;
}

static int check_snapshot(struct chain *c, const struct record *rec,
			  uint64_t number, char *why, size_t why_len)
{
	struct snapshot snap;
	struct window *w;
	int ret = snapshot_parse(rec, &snap);

	if (ret == -EBADMSG)	/* somebody else's record of that name */
		return 0;
	if (ret == -EPROTO) {
		snprintf(why, why_len, "snapshot of a form that is not known");
		return CHAIN_UNKNOWN;
	}
	c->snapshots++;
	w = find_window(c, &snap);
	if (w)
		ret = judge_window(c, w, &snap, why, why_len);
	else
		ret = explain(c, &snap, why, why_len);
	c->state.snapshot = snap;
	c->state.have_snapshot = true;
	c->state.new_kernel = false;
	c->state.window = number;	/* chain_add() opens it */
	c->since_boot.open = false;
	if (!ret && !snap.alg) {
		snprintf(why, why_len, "snapshot's digest is of an algorithm "
			 "that is not known");
		ret = CHAIN_UNKNOWN;
	}
	return ret;
}

/*
 * A record of a trim is added after the trim, so two of them may be in the
 * wrong order; but their ranges do not overlap.
 */
static int check_trim(struct chain *c, const struct record *rec,
		      uint64_t number, char *why, size_t why_len)
{
	struct trim_notes *t = &c->state.trims;
	struct trim_note note;

	if (trim_note_parse(rec, &note))
		return 0;		/* somebody else's */
	c->trims++;
	if (note.removed > number)
		return WRONG("ima_trim counts %" PRIu64 " records removed, "
			     "but only %" PRIu64 " precede it", note.removed,
			     number);
	if (!c->state.have_trim)
		*t = (struct trim_notes){ note.removed - note.records,
					  note.removed, 0 };
	c->state.have_trim = true;
	if (note.removed - note.records < t->begin)
		t->begin = note.removed - note.records;
	if (note.removed > t->end)
		t->end = note.removed;
	t->records += note.records;
	if (t->records <= t->end - t->begin)
		return 0;
	t->records = t->end - t->begin;
	return WRONG("ima_trim counts records that another one counted");
}

int chain_check(struct chain *c, const struct record *rec, uint64_t number,
		char *why, size_t why_len)
{
	switch (critical_kind(rec)) {
	case CRITICAL_SNAPSHOT:
		return check_snapshot(c, rec, number, why, why_len);
	case CRITICAL_TRIM:
		return check_trim(c, rec, number, why, why_len);
	default:
		return 0;
	}
}
