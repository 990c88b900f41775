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
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "epoch.h"
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
		saver_progress(s, log->next);
	}
	if (ret == LOG_GAP)
		*same = false;		/* a gap cannot be a prefix */
	return ret < 0 ? ret : 0;
}

/* The epoch's first record, if it was pruned: the list may begin before it. */
static uint64_t pruned_to(const struct saver *s, const struct log *log)
{
	if (!log->num_parts ||
	    faccessat(s->archive->epoch_dir, PRUNED_STATE, F_OK, 0))
		return 0;
	return log->parts[0].first;
}

/* At record *number, or the first one behind it that was not pruned. */
static int open_archive(struct saver *s, uint64_t *number, struct log *log)
{
	struct record rec;
	uint64_t first;
	int ret = archive_log(s->archive->path, s->archive->epoch, *number,
			      log);

	if (ret)
		return ret;
	first = pruned_to(s, log);
	if (first > *number) {
		*number = first;
		log_jump(log, 0, first);
	}
	while (log->next < *number && ret >= 0) {
		ret = log_next(log, &rec);
		if (ret == LOG_END)
			break;
	}
	if (ret < 0)
		log_free(log);
	return ret < 0 ? ret : 0;
}

/* False if the list ends before. */
static int skip_listed(struct saver *s, uint64_t count, bool *same)
{
	struct record rec;
	int ret = 1;

	for (; count && ret == 1; count--) {
		ret = reader_next(&s->reader, &rec);
		saver_progress(s, count);
	}
	*same = ret == 1;
	return ret < 0 ? ret : 0;
}

int saver_compare(struct saver *s, uint64_t number, bool *same)
{
	uint64_t from = number;
	struct log log;
	int ret;

	reader_reset(&s->reader, 0);
	s->reader.order = s->archive->info.order;
	*same = number == s->archive->next;
	if (number >= s->archive->next)
		return 0;
	ret = open_archive(s, &from, &log);
	if (ret)
		return ret;
	ret = skip_listed(s, from - number, same);
	if (log.next != from)		/* there is a gap at that place */
		*same = false;
	if (!ret && *same)
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

/* Two records with the same mark are the same record. */
struct mark {
	uint8_t bytes[16];
};

/*
 * The list's records, and for each of them how many records at the list's
 * beginning are the same as those up to it, itself not counted: the failure
 * function of Knuth, Morris and Pratt.  Violations may all be equal, so trying
 * each equal record in turn would be quadratic.
 */
struct pattern {
	struct hasher hasher;
	size_t num, room;
	struct mark *marks;
	size_t *same;
};

static int make_mark(struct pattern *p, const struct record *rec,
		     struct mark *mark)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	int ret = hasher_start(&p->hasher);

	if (!ret)
		ret = hasher_add(&p->hasher, rec->bytes, rec->size);
	if (!ret)
		ret = hasher_end(&p->hasher, digest);
	if (!ret)
		memcpy(mark->bytes, digest, sizeof(mark->bytes));
	return ret;
}

/* @len records matched so far: how many do with one more? */
static size_t advance(const struct pattern *p, size_t len,
		      const struct mark *mark)
{
	while (len == p->num || memcmp(&p->marks[len], mark, sizeof(*mark))) {
		if (!len)
			return 0;
		len = p->same[len - 1];
	}
	return len + 1;
}

static int add_to_pattern(struct pattern *p, const struct record *rec)
{
	size_t room = p->room ? 2 * p->room : 1024;
	struct mark mark, *marks = p->marks;
	size_t *same = p->same;
	int ret = make_mark(p, rec, &mark);

	if (ret)
		return ret;
	if (p->num == p->room) {
		marks = reallocarray(marks, room, sizeof(*marks));
		if (marks)
			p->marks = marks;
		same = reallocarray(same, room, sizeof(*same));
		if (same)
			p->same = same;
		if (!marks || !same)
			return -ENOMEM;
		p->room = room;
	}
	same[p->num] = p->num ? advance(p, same[p->num - 1], &mark) : 0;
	marks[p->num++] = mark;
	return 0;
}

static void free_pattern(struct pattern *p)
{
	hasher_free(&p->hasher);
	free(p->marks);
	free(p->same);
}

/* No more of the list than the archive could have. */
static int read_pattern(struct saver *s, struct pattern *p)
{
	struct record rec;
	int ret;

	*p = (struct pattern){ 0 };
	ret = hasher_init(&p->hasher, bank_alg_by_name("sha256", 6));
	if (!ret)
		ret = s->kernel.ops->open(s->kernel.ctx, LIST_SHARED);
	if (ret)
		return ret;
	reader_reset(&s->reader, 0);
	s->reader.order = s->archive->info.order;
	while (p->num < s->archive->next + 1 &&
	       (ret = reader_next(&s->reader, &rec)) == 1) {
		ret = add_to_pattern(p, &rec);
		if (ret)
			break;
		saver_progress(s, p->num);
	}
	s->kernel.ops->close(s->kernel.ctx);
	return ret < 0 ? ret : 0;
}

/* How many records at the archive's end are those that begin the list? */
static int count_common(struct saver *s, struct pattern *p, size_t *len)
{
	struct record rec;
	struct mark mark;
	struct log log;
	int ret = archive_log(s->archive->path, s->archive->epoch, 0, &log);

	*len = 0;
	if (ret)
		return ret;
	while ((ret = next_saved(s, &log, &rec)) > 0) {
		if (ret == LOG_GAP) {	/* a gap is never in the list */
			*len = 0;
			continue;
		}
		ret = make_mark(p, &rec, &mark);
		if (ret)
			break;
		*len = advance(p, *len, &mark);
		saver_progress(s, log.next);
	}
	log_free(&log);
	return ret;
}

/*
 * Where in the archive does the list begin?  -ENODATA if the list is empty,
 * -ESTALE if it changed meanwhile.
 */
static int find_first(struct saver *s, uint64_t *number, bool *found)
{
	struct pattern p;
	size_t len = 0;
	int ret = read_pattern(s, &p);

	if (!ret && !p.num)
		ret = -ENODATA;
	if (!ret)
		ret = count_common(s, &p, &len);
	free_pattern(&p);
	*found = false;
	if (ret || !len)
		return ret;
	*number = s->archive->next - len;
	ret = is_prefix(s, *number, found);
	return ret ? ret : *found ? 0 : -ESTALE;
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
	uint64_t number = 0;
	int ret = find_first(s, &number, same);

	if (ret == -ENODATA) {
		*same = (same_boot || same_reset) && ends_well(s->archive);
		s->delta = s->archive->next - t;
		return 0;
	}
	if (ret)
		return ret;
	if (!*same) {
		number = s->archive->next;
		*same = (same_boot || (same_reset && t == 0)) &&
			ends_well(s->archive);
		s->not_carried = *same && !same_boot;
	}
	s->delta = number - t;
	return 0;
}

/*
 * There is no T.  The archive knows where the list of this boot began when it
 * was last dropped from, and what was about to be dropped: content alone would
 * not do, as two violations may be equal.
 */
static int match_untold(struct saver *s, const struct epoch_boot *boot,
			bool same_reset, bool *same)
{
	uint64_t told = told_dropped(&s->archive->info);
	int ret;

	if (told > s->archive->next)
		return -EUCLEAN;
	if (!boot && told < s->archive->next) {
		ret = is_prefix(s, told, same);
		s->delta = told;
		if (ret || *same)
			return ret;
	}
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
	if (ret && ret != -ENOENT)
		return ret;
	if (!boot && saver_was_reset(s) && (ret == -ENOENT || !t))
		return 0;
	if (ret == -ENOENT)
		return match_untold(s, boot, same_reset, same);
	if (boot)
		return match_number(s, t, boot->delta, true, same);
	if (info->num_boots)
		delta = info->boots[info->num_boots - 1].delta;
	/* the TPM was reset under the kernel before, which nobody noticed */
	if (saver_was_reset(s))
		return match_number(s, t, delta, false, same);
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
