// SPDX-License-Identifier: GPL-2.0-or-later
/* What a replay of an archive had found where a segment begins. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "io.h"
#include "sum.h"

static int sha256_start(struct hasher *h)
{
	int ret = hasher_init(h, bank_alg_by_name("sha256", 6));

	return ret ? ret : hasher_start(h);
}

static int sha256_end(struct hasher *h, int ret, uint8_t id[CHECKPOINT_ID])
{
	if (!ret)
		ret = hasher_end(h, id);
	hasher_free(h);
	return ret;
}

/*
 * One file more.  A change of its content changes its ctime, which cannot be
 * set; a copy of it is another inode.
 */
static int add_file(uint8_t id[CHECKPOINT_ID], const struct log_part *part,
		    const struct stat *st)
{
	char text[256];
	struct hasher h;
	int ret = sha256_start(&h), len;

	len = snprintf(text, sizeof(text), "%" PRIu64 " %ju %jd %jd.%09ld "
		       "%jd.%09ld\n", part->first, (uintmax_t)st->st_ino,
		       (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		       st->st_mtim.tv_nsec, (intmax_t)st->st_ctim.tv_sec,
		       st->st_ctim.tv_nsec);
	if (!ret)
		ret = hasher_add(&h, id, CHECKPOINT_ID);
	if (!ret)
		ret = hasher_add(&h, text, len);
	return sha256_end(&h, ret, id);
}

bool checkpoint_fits(const struct checkpoint *c, const struct log *log)
{
	uint8_t id[CHECKPOINT_ID] = { 0 };
	struct stat st;
	uint64_t i;

	if (c->part >= log->num_parts ||
	    log->parts[c->part].kind != PART_SEGMENT ||
	    log->parts[c->part].first != c->state.next)
		return false;
	for (i = 0; i < c->part; i++)
		if (log->parts[i].kind != PART_SEGMENT ||
		    stat(log->parts[i].path, &st) ||
		    add_file(id, &log->parts[i], &st))
			return false;
	return !memcmp(id, c->parts, sizeof(id));
}

/* Whatever but the records themselves could change what is found in them. */
static int describe_given(const struct verify *v, uint8_t id[CHECKPOINT_ID])
{
	const struct replay_bank *bank;
	const uint8_t *value;
	struct hasher h;
	unsigned int i, pcr;
	uint8_t word[4];
	int ret = sha256_start(&h);

	for (i = 0; i < v->replay.num_banks && !ret; i++) {
		bank = &v->replay.banks[i];
		word[0] = bank->hasher.alg->tpm_id;
		word[1] = bank->hasher.alg->tpm_id >> 8;
		word[2] = bank->padded;
		word[3] = v->fail_on_violation;
		ret = hasher_add(&h, word, sizeof(word));
		/* boot_aggregate is held against these */
		for (pcr = 0; v->pcrs && pcr < 10 && !ret; pcr++) {
			value = pcrs_get(v->pcrs, bank->hasher.alg, pcr);
			word[0] = value != NULL;
			ret = hasher_add(&h, word, 1);
			if (!ret && value)
				ret = hasher_add(&h, value,
						 bank->hasher.alg->size);
		}
	}
	return sha256_end(&h, ret, id);
}

void checkpoint_begin(struct verify *v, const struct checkpoint *c)
{
	struct checkpoint_taker *t = v->taker;

	t->usable = true;
	t->part = c ? c->part : 0;
	memset(t->current, 0, sizeof(t->current));
	if (c)
		memcpy(t->current, c->parts, sizeof(t->current));
	memcpy(t->before, t->current, sizeof(t->before));
}

static int take(struct verify *v, struct checkpoint *c)
{
	int ret = describe_given(v, c->given);

	c->part = v->log->pos.part;
	memcpy(c->parts, v->taker->before, sizeof(c->parts));
	c->first = v->first;
	c->have_window = v->have_window;
	c->window = v->window;
	c->counts = v->counts;
	c->state = v->state;		/* for its epoch */
	verify_keep_state(v, v->log->pos.number, &c->state);
	return ret;
}

int checkpoint_step(struct verify *v)
{
	struct checkpoint_taker *t = v->taker;
	const struct log_pos *pos = &v->log->pos;
	const struct log_part *part;
	int ret;

	if (!t->usable || pos->offset || pos->part >= v->log->num_parts)
		return 0;
	part = &v->log->parts[pos->part];
	t->usable = part->kind == PART_SEGMENT && !v->counts.gaps &&
		    v->found.verdict == VERDICT_VERIFIED &&
		    pos->part <= t->part + 1;
	if (!t->usable)
		return 0;
	memcpy(t->before, t->current, sizeof(t->before));
	ret = add_file(t->current, part, &v->log->file);
	/* not where this replay began */
	if (!ret && pos->part == t->part + 1)
		ret = take(v, &t->latest);
	t->part = pos->part;
	return ret;
}

void checkpoint_matched(struct verify *v)
{
	struct checkpoint_taker *t = v->taker;

	if (t->latest.part != t->at_match.part)
		t->at_match = t->latest;
}

int checkpoint_resume(struct verify *v, const struct checkpoint *c)
{
	uint8_t given[CHECKPOINT_ID];
	int ret = describe_given(v, given);

	if (ret)
		return ret;
	if (memcmp(given, c->given, sizeof(given)))
		return -ESTALE;
	v->first = c->first;
	v->from_part = c->part;
	v->counts = c->counts;
	v->have_window = c->have_window;
	v->window = c->window;
	log_jump(v->log, c->part, c->state.next);
	return 0;
}

static void write_hex(FILE *out, const char *name, const uint8_t *id)
{
	char digits[2 * CHECKPOINT_ID + 1];

	hex_encode(id, CHECKPOINT_ID, digits);
	fprintf(out, "%s %s\n", name, digits);
}

/* All members are numbers of 64 bits. */
#define COUNTS	(sizeof(struct verify_counts) / sizeof(uint64_t))

static int print(const struct checkpoint *c, FILE *out)
{
	uint64_t counts[COUNTS];
	size_t i;

	memcpy(counts, &c->counts, sizeof(counts));
	fprintf(out, "ima-log-checkpoint 1\npart %" PRIu64 "\n", c->part);
	write_hex(out, "files", c->parts);
	write_hex(out, "given", c->given);
	fprintf(out, "first %" PRIu64 "\nwindow %d %zu %" PRIu64 " %" PRIu64
		"\ncounts", c->first, c->have_window, c->window.part,
		c->window.offset, c->window.number);
	for (i = 0; i < COUNTS; i++)
		fprintf(out, " %" PRIu64, counts[i]);
	fputc('\n', out);
	return verify_state_write(&c->state, out);
}

int checkpoint_write(const char *path, const struct checkpoint *c)
{
	char *text = NULL, sum[SUM_LINE_SIZE];
	size_t len = 0, all;
	FILE *out = open_memstream(&text, &len);
	int ret = out ? print(c, out) : -ENOMEM;

	if (!ret)
		ret = sum_line(text, len, sum);
	if (!ret && (fputs(sum, out) < 0 || fflush(out)))
		ret = -ENOMEM;
	all = len;
	if (out)
		fclose(out);
	if (!ret)
		ret = io_write_path(path, text, all);
	free(text);
	return ret;
}

static bool read_hex(const char **p, const char *name, uint8_t *id)
{
	size_t len = strlen(name);

	if (strncmp(*p, name, len) || (*p)[len] != ' ' ||
	    strnlen(*p, len + 2 + 2 * CHECKPOINT_ID) <
		    len + 2 + 2 * CHECKPOINT_ID ||
	    !hex_decode(*p + len + 1, id, CHECKPOINT_ID))
		return false;
	*p += len + 2 + 2 * CHECKPOINT_ID;
	return true;
}

static bool read_counts(const char **p, struct verify_counts *counts)
{
	uint64_t numbers[COUNTS];
	size_t i;
	int n;

	for (i = 0; i < COUNTS; i++) {
		if (sscanf(*p, " %" SCNu64 "%n", &numbers[i], &n) != 1)
			return false;
		*p += n;
	}
	memcpy(counts, numbers, sizeof(numbers));
	return *(*p)++ == '\n';
}

bool checkpoint_parse(const char *p, struct checkpoint *c)
{
	int window, n = 0;

	memset(c, 0, sizeof(*c));
	if (sscanf(p, "ima-log-checkpoint 1\npart %" SCNu64 "\n%n", &c->part,
		   &n) != 1 || !n)
		return false;
	p += n;
	if (!read_hex(&p, "files", c->parts) ||
	    !read_hex(&p, "given", c->given))
		return false;
	n = 0;
	if (sscanf(p, "first %" SCNu64 "\nwindow %d %zu %" SCNu64 " %" SCNu64
		   "\ncounts%n", &c->first, &window, &c->window.part,
		   &c->window.offset, &c->window.number, &n) != 5 || !n)
		return false;
	p += n;
	c->have_window = window;
	return read_counts(&p, &c->counts) &&
	       !verify_state_read(&c->state, p) &&
	       (!c->have_window || c->window.part < c->part);
}

int checkpoint_read(const char *path, struct checkpoint *c)
{
	char *text;
	size_t len;
	int ret = io_read_path(path, &text, &len);

	if (ret)
		return ret;
	ret = sum_check(text, len);
	if (!ret && !checkpoint_parse(text, c))
		ret = -EBADMSG;
	free(text);
	return ret;
}

static int run_from(struct verify *v, const struct checkpoint *c,
		    const struct verify *fresh, bool *done)
{
	int ret;

	v->from = c;
	ret = verify_run(v);
	*done = !ret && v->found.verdict == VERDICT_VERIFIED;
	if (*done)
		return 0;
	*v = *fresh;			/* no other answer is taken from it */
	memset(v->taker, 0, sizeof(*v->taker));
	log_jump(v->log, 0, 0);
	return 0;
}

int verify_run_cached(struct verify *v, const char *path, bool *stale)
{
	struct checkpoint_taker *taker = calloc(1, sizeof(*taker));
	struct checkpoint *old = calloc(1, sizeof(*old));
	struct verify *fresh = malloc(sizeof(*fresh));
	bool done = false;
	int ret = -ENOMEM;

	*stale = false;
	if (taker && old && fresh) {
		v->taker = taker;
		*fresh = *v;
		ret = checkpoint_read(path, old);
		if (!ret && checkpoint_fits(old, v->log) &&
		    !strcmp(old->state.epoch, v->state.epoch))
			ret = run_from(v, old, fresh, &done);
		*stale = ret != -ENOENT && !done;
		ret = done ? 0 : verify_run(v);
		if (!ret && v->found.verdict == VERDICT_VERIFIED &&
		    taker->at_match.part)
			checkpoint_write(path, &taker->at_match);
		v->taker = NULL;
		v->from = NULL;
	}
	free(taker);
	free(old);
	free(fresh);
	return ret;
}
