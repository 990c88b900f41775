// SPDX-License-Identifier: GPL-2.0-or-later
/* What snapshot_aggregate and ima_trim records say, held against the log. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "chain.h"

#define WRONG(...) (snprintf(why, why_len, __VA_ARGS__), VERDICT_FAILED)

/* Hash @snap's records; @seen is false if they cannot be read again. */
static int hash_window(struct log *log, const struct snapshot *snap,
		       struct hasher *h, bool *seen)
{
	uint64_t i, first = snap->total - snap->hashed;
	struct record rec;
	int ret = LOG_RECORD;

	while (log->next < first && ret == LOG_RECORD)
		ret = log_next(log, &rec);
	for (i = 0; i < snap->hashed && ret == LOG_RECORD; i++) {
		ret = log_next(log, &rec);
		if (ret == LOG_RECORD && hasher_add(h, rec.bytes, rec.size))
			return -EIO;
	}
	*seen = ret == LOG_RECORD;
	return 0;
}

/* The next window starts where this one ended. */
static void move_window(struct verify *v, struct log *again, bool seen)
{
	struct record rec;

	v->have_window = seen && log_next(again, &rec) == LOG_RECORD;
	if (!v->have_window)
		return;
	if (again->pos.part != LOG_LIVE)
		again->pos.part += v->window.part;
	v->window = again->pos;
}

static int window_digest(struct verify *v, const struct snapshot *snap,
			 uint8_t *digest, bool *seen)
{
	struct hasher h;
	struct log again;
	int ret;

	*seen = false;
	if (!snap->alg)
		return -ENOTSUP;
	if (!v->have_window || snap->total - snap->hashed < v->window.number)
		return 0;
	ret = log_again(v->log, &v->window, &again);
	if (ret)
		return ret == -ESPIPE ? 0 : ret;
	ret = hasher_init(&h, snap->alg);
	if (!ret) {
		ret = hasher_start(&h);
		if (!ret)
			ret = hash_window(&again, snap, &h, seen);
		if (!ret)
			ret = hasher_end(&h, digest);
		hasher_free(&h);
	}
	if (!ret)
		move_window(v, &again, *seen);
	log_free(&again);
	return ret;
}

/*
 * Windows tile the log.  One that starts late tells of records that left
 * before they were hashed; one that starts early is a lie, unless a kernel
 * that does not know of snapshots ran in between and the count began again.
 */
static int check_tiling(struct verify *v, const struct snapshot *snap,
			char *why, size_t why_len)
{
	const struct snapshot *last = &v->chain.snapshot;
	uint64_t first = snap->total - snap->hashed;

	if (snap->total > v->log->pos.number)
		return WRONG("snapshot covers %" PRIu64 " records, but only %"
			     PRIu64 " precede it", snap->total,
			     v->log->pos.number);
	/* It may not cover the last of them: they went before they were hashed. */
	if (snap->trimmed > v->log->pos.number)
		return WRONG("snapshot counts more records trimmed than "
			     "measured");
	if (!v->chain.have_snapshot)
		return 0;
	if (first >= last->total && snap->trims >= last->trims)
		return 0;
	if (v->chain.new_kernel) {
		v->have_window = false;
		return 0;
	}
	if (first < last->total)
		return WRONG("snapshot starts at record %" PRIu64
			     ", the one before ended at %" PRIu64, first,
			     last->total);
	return WRONG("snapshot counts fewer trims than the one before");
}

/* The next window begins where this one, that was not there, ended. */
static void leave_window(struct verify *v, const struct snapshot *snap)
{
	if (v->have_window && v->window.number <= snap->total)
		return;
	v->window = v->log->pos;
	v->have_window = snap->total == v->log->pos.number;
}

static int check_snapshot(struct verify *v, const struct record *rec,
			  char *why, size_t why_len)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	struct snapshot snap;
	bool seen;
	bool known = true;
	int ret = snapshot_parse(rec, &snap);

	if (ret == -EBADMSG)
		return WRONG("snapshot's payload is not understood");
	v->counts.snapshots++;
	ret = check_tiling(v, &snap, why, why_len);
	if (ret)
		return ret;
	ret = window_digest(v, &snap, digest, &seen);
	if (ret == -ENOTSUP)
		known = false;
	else if (ret)
		return ret;
	v->chain.snapshot = snap;
	v->chain.have_snapshot = true;
	v->chain.new_kernel = false;
	if (!seen) {
		v->counts.windows_unseen++;
		leave_window(v, &snap);
	}
	if (!known) {
		snprintf(why, why_len, "snapshot's digest is of an algorithm "
			 "that is not known");
		return VERDICT_UNDECIDED;
	}
	if (!seen)
		return 0;
	if (memcmp(digest, snap.digest, snap.alg->size))
		return WRONG("snapshot's digest is not that of records %"
			     PRIu64 " to %" PRIu64, snap.total - snap.hashed,
			     snap.total - 1);
	return 0;
}

static int check_trim(struct verify *v, const struct record *rec, char *why,
		      size_t why_len)
{
	const struct trim_note *last = &v->chain.trim;
	struct trim_note note;

	if (trim_note_parse(rec, &note))
		return WRONG("ima_trim's payload is not understood");
	v->counts.trims++;
	if (note.total > v->log->pos.number)
		return WRONG("ima_trim counts %" PRIu64 " records dropped, "
			     "but only %" PRIu64 " precede it", note.total,
			     v->log->pos.number);
	if (v->chain.have_trim &&
	    (note.trims <= last->trims ||
	     note.total < last->total + note.records))
		return WRONG("ima_trim's counts do not follow from the one "
			     "before");
	v->chain.trim = note;
	v->chain.have_trim = true;
	return 0;
}

int chain_check(struct verify *v, const struct record *rec, char *why,
		size_t why_len)
{
	switch (critical_kind(rec)) {
	case CRITICAL_SNAPSHOT:
		return check_snapshot(v, rec, why, why_len);
	case CRITICAL_TRIM:
		return check_trim(v, rec, why, why_len);
	case CRITICAL_KEXEC_EXECUTE:
		if (v->counts.kexecs < KEXECS_MAX)
			v->counts.kexec_at[v->counts.kexecs] =
				v->log->pos.number;
		v->counts.kexecs++;
		return 0;
	default:
		return 0;
	}
}

void chain_new_kernel(struct verify *v)
{
	v->chain.have_trim = false;
	v->chain.new_kernel = true;
}
