// SPDX-License-Identifier: GPL-2.0-or-later
/* Save what the kernel has, and drop from it what is saved. */
#include <errno.h>
#include <string.h>

#include "saver.h"
#include "saver_match.h"

#define TRIES		20
#define PROGRESS_STEP	1024

void saver_init(struct saver *s, struct archive *archive, struct kernel kernel)
{
	*s = (struct saver){ .archive = archive, .kernel = kernel };
	reader_init(&s->reader, kernel_source(&s->kernel), ORDER_UNKNOWN);
}

void saver_progress(const struct saver *s, uint64_t done)
{
	if (done % PROGRESS_STEP == 0 && s->progress)
		s->progress();
}

static void stop_standing(struct saver *s)
{
	if (s->standing)
		s->kernel.ops->close(s->kernel.ctx);
	s->standing = false;
}

void saver_free(struct saver *s)
{
	stop_standing(s);
	reader_free(&s->reader);
}

static int trimmed(struct saver *s, uint64_t *count)
{
	int ret = s->kernel.ops->trimmed(s->kernel.ctx, count);

	if (ret == -ENOENT) {
		*count = 0;
		ret = 0;
	}
	return ret;
}

static void count_foreign(struct saver *s, uint64_t records)
{
	s->foreign_trims++;
	s->foreign_records += records;
}

static void watch_foreign(struct saver *s, uint64_t now)
{
	if (now != s->seen_trimmed)
		count_foreign(s, now - s->seen_trimmed);
	s->seen_trimmed = now;
}

/* Records [next, first) were dropped by somebody else, and are lost. */
static int record_gap(struct saver *s, uint64_t first)
{
	uint64_t count = first - s->archive->next;
	int ret = archive_gap(s->archive, count, "foreign-trim");

	if (!ret)
		s->lost += count;
	return ret;
}

static int skip(struct saver *s, uint64_t count)
{
	struct record rec;
	int ret = 1;

	while (count && ret == 1) {
		ret = reader_next(&s->reader, &rec);
		count -= ret == 1;
		saver_progress(s, count);
	}
	if (ret == 0 && count)
		return -ESTALE;		/* shorter than T says: look again */
	return ret < 0 ? ret : 0;
}

/*
 * Open the list at the archive's end.  T is looked at before the head and
 * behind it: if it stood still, the head is record T + delta.
 */
static int stand(struct saver *s)
{
	uint64_t before, after, first;
	int ret = trimmed(s, &before);

	if (ret)
		return ret;
	first = before + s->delta;
	if (first > s->archive->next) {
		if (before == s->seen_trimmed)	/* before this run began */
			count_foreign(s, first - s->archive->next);
		watch_foreign(s, before);
		ret = record_gap(s, first);
		if (ret)
			return ret;
	}
	reader_reset(&s->reader, 0);
	s->reader.order = s->archive->info.order;
	ret = s->kernel.ops->open(s->kernel.ctx, LIST_SHARED);
	if (ret)
		return ret;
	s->standing = true;
	ret = skip(s, s->archive->next - first);
	if (!ret)
		ret = trimmed(s, &after);
	if (!ret && after == before)
		return 0;
	stop_standing(s);
	return ret ? ret : -ESTALE;
}

static void note_critical(struct saver *s, struct record *rec)
{
	struct snapshot snap;
	enum critical kind;

	kind = record_fields(rec) ? CRITICAL_NONE : critical_kind(rec);
	if (kind != CRITICAL_TRIM)
		s->others_end = s->archive->next + 1;
	if (kind != CRITICAL_SNAPSHOT || snapshot_parse(rec, &snap))
		return;
	s->snapshot = snap;
	s->snapshot_record = s->archive->next;
	s->have_snapshot = true;
}

/*
 * Where trims are measured, each adds a record.  To drop nothing but those
 * would go on for ever.
 */
static bool worth_dropping(const struct saver *s, uint64_t head)
{
	return s->archive->durable > head && s->others_end > head;
}

/* Everything that is in the list now; *count of them. */
static int save_records(struct saver *s, uint64_t *count)
{
	struct record rec;
	int ret;

	for (*count = 0; (ret = reader_next(&s->reader, &rec)) == 1;) {
		note_critical(s, &rec);
		ret = archive_append(s->archive, rec.bytes, rec.size);
		if (ret)
			return ret;
		saver_progress(s, ++*count);
	}
	return ret;
}

/* After an error the archive is back at what is durable: so is the reader. */
static int save(struct saver *s)
{
	uint64_t count = 0, before;
	int ret = s->standing ? 0 : stand(s), synced;

	if (ret)
		return ret;
	before = s->archive->durable;
	ret = save_records(s, &count);
	synced = archive_sync(s->archive);
	s->saved += s->archive->durable - before;
	if (ret || synced)
		stop_standing(s);
	return synced ? synced : ret;
}

/* Ask for exactly what is durable; somebody may have been faster. */
static int drop(struct saver *s)
{
	uint64_t t, count;
	int ret = trimmed(s, &t);

	if (ret)
		return ret;
	watch_foreign(s, t);
	if (t + s->delta > s->archive->durable) {
		stop_standing(s);	/* a gap: the next cycle finds it */
		return -ESTALE;
	}
	if (!worth_dropping(s, t + s->delta))
		return 0;
	count = s->archive->durable - (t + s->delta);
	ret = s->kernel.ops->trim(s->kernel.ctx, t, count);
	if (ret == -ECANCELED || ret == -ENOENT)
		return -EAGAIN;
	if (ret)
		return ret;
	s->dropped += count;
	s->seen_trimmed = t + count;
	return 0;
}

static int cycle_trim(struct saver *s)
{
	int ret, i;

	for (i = 0; i < TRIES; i++) {
		ret = save(s);
		if (ret == -ESTALE) {
			stop_standing(s);
			continue;
		}
		if (ret || s->mode == SAVE_ONLY)
			return ret;
		do {
			ret = drop(s);
		} while (ret == -EAGAIN && ++i < TRIES);
		if (!ret || s->standing)
			return ret;
	}
	return ret == -ESTALE ? -EAGAIN : ret;
}

/*
 * The archive's file says where each kernel's list begins, and what the TPM's
 * reset count was when a kernel of this epoch was last seen to run.
 */
static int note_boot(struct saver *s)
{
	struct epoch_info info = s->archive->info;
	struct epoch_boot *last = NULL;
	bool counted = !s->have_reset_count ||
		       (info.have_reset_count &&
			info.reset_count == s->reset_count);

	if (info.num_boots)
		last = &info.boots[info.num_boots - 1];
	if (last && strcmp(last->id, s->boot_id))
		last = NULL;
	if (last && last->delta == s->delta && !info.dropping && counted)
		return 0;
	if (!last) {
		if (info.num_boots == BOOTS_MAX)
			memmove(info.boots, info.boots + 1,
				--info.num_boots * sizeof(*last));
		last = &info.boots[info.num_boots++];
		strcpy(last->id, s->boot_id);
	}
	last->delta = s->delta;
	info.dropping = 0;
	if (s->have_reset_count) {
		info.have_reset_count = true;
		info.reset_count = s->reset_count;
	}
	return archive_save_info(s->archive, &info);
}

int saver_note_reset(struct saver *s, uint32_t reset_count)
{
	s->have_reset_count = true;
	s->reset_count = reset_count;
	return note_boot(s);
}

/* The archive's file says what is about to go, as there is no T to tell. */
static int delete(struct saver *s, uint64_t count)
{
	struct epoch_info info = s->archive->info;
	int ret;

	info.dropping = s->archive->durable;
	ret = archive_save_info(s->archive, &info);
	if (!ret)
		ret = s->kernel.ops->delete(s->kernel.ctx, count);
	if (!ret)
		return 0;
	info.dropping = 0;		/* nothing went */
	archive_save_info(s->archive, &info);
	return ret;
}

/*
 * Read, make durable, drop, with the list open for reading and writing the
 * whole time: nobody else can drop records in between.
 */
static int staging_locked(struct saver *s)
{
	uint64_t count;
	bool same;
	int ret = saver_compare(s, s->delta, &same);

	if (!ret && !same)
		return -ECANCELED;
	if (!ret)
		ret = save_records(s, &count);
	if (!ret) {
		count = s->archive->next - s->archive->durable;
		ret = archive_sync(s->archive);
		s->saved += ret ? 0 : count;
	}
	if (ret)
		return ret;
	if (!worth_dropping(s, s->delta))
		return 0;
	count = s->archive->durable - s->delta;
	ret = delete(s, count);
	if (ret)
		return ret;
	s->dropped += count;
	s->delta = s->archive->durable;
	return note_boot(s);
}

static int try_staging(struct saver *s)
{
	int ret = s->kernel.ops->open(s->kernel.ctx, LIST_EXCLUSIVE);

	if (ret)
		return ret;
	ret = staging_locked(s);
	s->kernel.ops->close(s->kernel.ctx);
	return ret;
}

/*
 * What was saved does not begin the list any more: somebody else dropped
 * records.  Where the list begins now, its content tells, if any of what was
 * saved is left.
 */
static int find_again(struct saver *s)
{
	int64_t before = s->delta;
	bool same;
	int ret = saver_match(s, &same);

	if (!ret && !same)
		ret = -EUCLEAN;
	if (ret) {
		s->delta = before;
		return ret == -ESTALE ? -EAGAIN : ret;
	}
	if (s->delta > before)
		count_foreign(s, s->delta - before);
	return note_boot(s);
}

static int cycle_staging(struct saver *s)
{
	int ret, i;

	for (i = 0; i < TRIES; i++) {
		ret = try_staging(s);
		if (ret != -ECANCELED)
			return ret;
		ret = find_again(s);
		if (ret)
			return ret;
	}
	return -EAGAIN;
}

int saver_cycle(struct saver *s)
{
	int ret;

	if (s->archive->failed) {	/* the disk was full: is it still */
		ret = archive_sync(s->archive);
		if (ret)
			return ret;
	}
	return s->mode == SAVE_STAGING ? cycle_staging(s) : cycle_trim(s);
}

/* That of the kernel's list.  The archive's epochs may be of another. */
static enum byte_order list_order(const struct saver *s)
{
	return s->canonical ? ORDER_LITTLE : order_native();
}

static int begin_epoch(struct saver *s)
{
	struct epoch_info info = {
		.have_reset_count = s->have_reset_count,
		.reset_count = s->reset_count,
		.order = list_order(s),
		.canonical = s->canonical,
		.num_boots = 1,
	};
	int ret;

	strcpy(info.boots[0].id, s->boot_id);
	ret = archive_begin_epoch(s->archive, &info);
	s->new_epoch = !ret;
	s->delta = 0;
	return ret;
}

/*
 * Nothing tells whether the epoch is over, but the list is another one, and
 * nothing was ever dropped from it: an epoch of its own will have all of it.
 */
static bool may_begin_anew(struct saver *s)
{
	bool both = s->have_reset_count && s->archive->info.have_reset_count;
	uint64_t t;

	return !both && !saver_knows_boot(s) &&
	       !s->kernel.ops->trimmed(s->kernel.ctx, &t) && t == 0;
}

/*
 * May what lies behind the archive's last whole record be cut off?  It may be
 * what the kernel was told to drop.  Not so where the list begins before it,
 * and has the records that are in it.  The beginning of one record is nothing
 * that could be missed.  Without records in it, it goes if the list is another
 * one; with them, it stays in an epoch that is over.
 */
static int settle_tail(struct saver *s, uint64_t t, bool *same)
{
	struct archive *a = s->archive;
	bool records = a->tail == TAIL_RECORDS;

	s->tail_left = false;
	if (a->tail == TAIL_NONE)
		return 0;
	if (a->tail == TAIL_CUT_OFF)
		return archive_cut_tail(a);
	if (*same && t + s->delta <= a->next && (!records || s->tail_listed))
		return archive_cut_tail(a);
	if (records &&
	    ((!*same && saver_was_reset(s)) || may_begin_anew(s))) {
		s->tail_left = true;
		*same = false;
		return 0;
	}
	return records || *same ? -EUCLEAN : archive_cut_tail(a);
}

/* A list in another order is another list, and no kexec carries it. */
static int match(struct saver *s, uint64_t t, bool *same)
{
	int ret;

	*same = false;
	if (s->archive->info.order != list_order(s))
		return 0;
	ret = saver_match(s, same);
	if (!ret && *same && s->archive->tail == TAIL_RECORDS)
		ret = saver_tail_is_listed(s, t + s->delta, &s->tail_listed);
	return ret;
}

/*
 * A kernel that this epoch is of has no other list: then the archive, or what
 * is known of it, was damaged, and nothing may be changed.
 */
static int find_place(struct saver *s, bool *same)
{
	uint64_t t = 0, after = 0;
	int ret = 0, i;

	for (i = 0; i < TRIES; i++) {
		ret = trimmed(s, &t);
		if (!ret)
			ret = match(s, t, same);
		if (!ret)
			ret = trimmed(s, &after);
		if (!ret && after == t)
			break;
		if (ret && ret != -ESTALE)
			return ret;
		ret = -ESTALE;		/* trimmed meanwhile: look again */
	}
	if (!ret && !*same && saver_knows_boot(s) && !saver_was_reset(s))
		ret = -EUCLEAN;
	return ret ? ret : settle_tail(s, t, same);
}

int saver_start(struct saver *s)
{
	bool same = false;
	int ret = 0;

	s->not_carried = false;
	if (s->archive->epoch)
		ret = find_place(s, &same);
	if (ret)
		return ret;
	s->tpm_was_reset = same && saver_was_reset(s);
	ret = same ? note_boot(s) : begin_epoch(s);
	if (ret)
		return ret;
	return trimmed(s, &s->seen_trimmed);
}
