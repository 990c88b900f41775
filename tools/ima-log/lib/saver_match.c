// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the kernel's list the one that the archive's last epoch is of?
 *
 * The epoch lasts from TPM reset to TPM reset, across kexecs.  The boot's
 * identifier changes with a kexec and so proves only that nothing happened.
 * What decides is the content: the archive's records from T to its end have to
 * be a prefix of the list.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "saver_match.h"

static const struct epoch_boot *find_boot(const struct saver *s)
{
	const struct epoch_info *info = &s->archive->info;
	unsigned int i;

	if (!strcmp(s->boot_id, BOOT_ID_UNKNOWN))
		return NULL;
	for (i = info->num_boots; i; i--)
		if (!strcmp(info->boots[i - 1].id, s->boot_id))
			return &info->boots[i - 1];
	return NULL;
}

bool saver_knows_boot(const struct saver *s)
{
	return find_boot(s);
}

bool saver_was_reset(const struct saver *s)
{
	const struct epoch_info *info = &s->archive->info;

	return s->have_reset_count && info->have_reset_count &&
	       s->reset_count != info->reset_count;
}

static bool same_record(const struct record *a, const struct record *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/* The archive's next record, but none of a tail that is still to be judged. */
static int next_saved(const struct saver *s, struct log *log,
		      struct record *rec)
{
	return log->next < s->archive->next ? log_next(log, rec) : LOG_END;
}

/* Walk both until the archive ends, and count what saver.c wants to know. */
static int compare(struct log *log, struct saver *s, bool *same)
{
	struct record saved, listed;
	int ret;

	*same = true;
	while ((ret = next_saved(s, log, &saved)) == LOG_RECORD) {
		if (record_fields(&saved) ||
		    critical_kind(&saved) != CRITICAL_TRIM)
			s->others_end = log->pos.number + 1;
		ret = reader_next(&s->reader, &listed);
		if (ret < 0)
			return ret;
		*same = ret == 1 && same_record(&saved, &listed);
		if (!*same)
			return 0;
	}
	if (ret == LOG_GAP)
		*same = false;		/* a gap cannot be a prefix */
	return ret < 0 ? ret : 0;
}

static int open_archive(struct saver *s, uint64_t number, struct log *log)
{
	struct record rec;
	int ret = archive_log(s->archive->path, s->archive->epoch, number,
			      log);

	if (ret)
		return ret;
	while (log->next < number && ret >= 0) {
		ret = log_next(log, &rec);
		if (ret == LOG_END)
			break;
	}
	if (ret < 0)
		log_free(log);
	return ret < 0 ? ret : 0;
}

int saver_compare(struct saver *s, uint64_t number, bool *same)
{
	struct log log;
	int ret;

	reader_reset(&s->reader, 0);
	s->reader.order = s->archive->info.order;
	*same = number == s->archive->next;
	if (number >= s->archive->next)
		return 0;
	ret = open_archive(s, number, &log);
	if (ret)
		return ret;
	if (log.next == number)		/* or there is a gap at that place */
		ret = compare(&log, s, same);
	log_free(&log);
	return ret;
}

/* The same of the list as it is now. */
static int is_prefix(struct saver *s, uint64_t number, bool *same)
{
	int ret;

	*same = number == s->archive->next;
	if (number >= s->archive->next)
		return 0;
	ret = s->kernel.ops->open(s->kernel.ctx, LIST_SHARED);
	if (ret)
		return ret;
	ret = saver_compare(s, number, same);
	s->kernel.ops->close(s->kernel.ctx);
	return ret;
}

/* A copy of the list's first record; -ENODATA if it is empty. */
static int first_record(struct saver *s, struct record *copy)
{
	struct record rec;
	uint8_t *bytes;
	size_t need;
	int ret = s->kernel.ops->open(s->kernel.ctx, LIST_SHARED);

	if (ret)
		return ret;
	reader_reset(&s->reader, 0);
	s->reader.order = s->archive->info.order;
	ret = reader_next(&s->reader, &rec);
	s->kernel.ops->close(s->kernel.ctx);
	if (ret != 1)
		return ret ? ret : -ENODATA;
	bytes = malloc(rec.size);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, rec.bytes, rec.size);
	ret = record_parse(bytes, rec.size, rec.order, copy, &need);
	if (ret)
		free(bytes);
	return ret;
}

/* Where in the archive does the list begin?  Tried at each equal record. */
static int find_first(struct saver *s, const struct record *first,
		      uint64_t *number, bool *found)
{
	struct record rec;
	struct log log;
	int ret = archive_log(s->archive->path, s->archive->epoch, 0, &log);

	*found = false;
	while (!ret && !*found) {
		ret = next_saved(s, &log, &rec);
		if (ret == LOG_END || ret < 0)
			break;
		if (ret == LOG_RECORD && same_record(&rec, first)) {
			*number = log.pos.number;
			ret = is_prefix(s, *number, found);
		} else {
			ret = 0;
		}
	}
	log_free(&log);
	return ret < 0 ? ret : 0;
}

/*
 * Without T, the archive says below which number everything was dropped, or
 * was about to be.  (With T it is 0, or of an earlier kernel.)
 */
static uint64_t told_dropped(const struct epoch_info *info)
{
	int64_t delta = info->num_boots ?
			info->boots[info->num_boots - 1].delta : 0;

	if (delta < 0)
		delta = 0;
	return info->dropping > (uint64_t)delta ? info->dropping :
						  (uint64_t)delta;
}

/*
 * May the list begin just where the archive ends?  Not if records may be among
 * the bytes behind that end, unless it is told.
 */
static bool ends_well(const struct archive *a)
{
	return a->tail == TAIL_NONE || a->tail == TAIL_CUT_OFF ||
	       told_dropped(&a->info) == a->next;
}

/*
 * T tells nothing: there is none, or an older kernel in between lost it.  An
 * archive that ends where the list begins is accepted if something else says
 * that the list is the same one: the boot, or the TPM's reset count.
 */
static int match_content(struct saver *s, uint64_t t, bool same_boot,
			 bool same_reset, bool *same)
{
	struct record first;
	uint64_t number = 0;
	int ret = first_record(s, &first);

	*same = false;
	if (ret == -ENODATA) {
		*same = (same_boot || same_reset) && ends_well(s->archive);
		s->delta = s->archive->next - t;
		return 0;
	}
	if (ret)
		return ret;
	ret = find_first(s, &first, &number, same);
	if (!ret && !*same) {
		number = s->archive->next;
		*same = (same_boot || (same_reset && t == 0)) &&
			ends_well(s->archive);
	}
	s->delta = number - t;
	free((void *)first.bytes);
	return ret;
}

/*
 * There is no T.  The archive knows where the list of this boot began when it
 * was last dropped from, and what was about to be dropped: content alone would
 * not do, as two violations may be equal.
 */
static int match_untold(struct saver *s, const struct epoch_boot *boot,
			bool same_reset, bool *same)
{
	int ret;

	if (told_dropped(&s->archive->info) > s->archive->next)
		return -EUCLEAN;
	if (!boot)
		return match_content(s, 0, false, same_reset, same);
	ret = is_prefix(s, boot->delta, same);
	s->delta = boot->delta;
	if (ret || *same)
		return ret;
	if (s->archive->info.dropping != s->archive->next)
		return match_content(s, 0, true, same_reset, same);
	s->delta = s->archive->next;
	*same = true;
	return 0;
}

/* T is known, and the list begins at T plus a delta known from before. */
static int match_number(struct saver *s, uint64_t t, int64_t delta, bool sure,
			bool *same)
{
	uint64_t first = t + delta;

	s->delta = delta;
	if (first > s->archive->next) {
		*same = sure;		/* a gap, if it is the same list */
		return 0;
	}
	return is_prefix(s, first, same);
}

int saver_match(struct saver *s, bool *same)
{
	const struct epoch_info *info = &s->archive->info;
	const struct epoch_boot *boot = find_boot(s);
	bool both = s->have_reset_count && info->have_reset_count;
	bool same_reset = both && s->reset_count == info->reset_count;
	int64_t delta = 0;
	uint64_t t;
	int ret = s->kernel.ops->trimmed(s->kernel.ctx, &t);

	*same = false;
	if (!boot && saver_was_reset(s))
		return 0;
	if (ret == -ENOENT)
		return match_untold(s, boot, same_reset, same);
	if (ret)
		return ret;
	if (boot)
		return match_number(s, t, boot->delta, true, same);
	if (info->num_boots)
		delta = info->boots[info->num_boots - 1].delta;
	ret = match_number(s, t, delta, same_reset && t, same);
	if (ret || *same)
		return ret;
	return match_content(s, t, false, same_reset, same);
}

/* Is it among the list's records that come next? */
static int find_listed(const struct record *saved, void *ctx)
{
	struct saver *s = ctx;
	struct record listed;
	int ret;

	while ((ret = reader_next(&s->reader, &listed)) == 1)
		if (same_record(saved, &listed))
			return 0;
	return ret ? ret : 1;
}

int saver_tail_is_listed(struct saver *s, uint64_t first, bool *listed)
{
	struct record rec;
	int ret;

	*listed = false;
	if (first > s->archive->next)
		return 0;
	ret = s->kernel.ops->open(s->kernel.ctx, LIST_SHARED);
	if (ret)
		return ret;
	reader_reset(&s->reader, 0);
	s->reader.order = s->archive->info.order;
	for (ret = 1; ret == 1 && first < s->archive->next; first++)
		ret = reader_next(&s->reader, &rec);
	if (ret == 1)
		ret = archive_walk_tail(s->archive, find_listed, s);
	else if (!ret)
		ret = -ESTALE;
	s->kernel.ops->close(s->kernel.ctx);
	*listed = !ret;
	return ret < 0 ? ret : 0;
}
