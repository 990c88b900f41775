// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a segment's whole records end, and what lies behind them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "reader.h"
#include "extend.h"
#include "tail.h"

/* A power cut can leave a whole head before data that never came. */
static int check_digest(struct hasher *sha1, const struct record *rec)
{
	uint8_t digest[RECORD_DIGEST_SIZE];
	int ret;

	if (record_is_violation(rec))
		return 0;
	ret = template_digest(sha1, rec, digest);
	if (ret)
		return ret;
	return memcmp(digest, rec->digest, sizeof(digest)) ? -EBADMSG : 0;
}

/* Is there a whole record at @buf?  What has no digest must have fields. */
static bool record_at(struct hasher *sha1, const uint8_t *buf, size_t len,
		      enum byte_order order, struct record *rec)
{
	size_t need;

	if (record_parse(buf, len, order, rec, &need))
		return false;
	if (record_is_violation(rec))
		return !record_fields(rec);
	return !check_digest(sha1, rec);
}

/* In either order: it is not for the caller's to be the wrong one. */
static int walk(struct hasher *sha1, const uint8_t *buf, size_t len,
		int (*take)(const struct record *rec, void *ctx), void *ctx)
{
	struct record rec;
	size_t at = 0;
	int ret = 0;

	while (at < len && !ret) {
		if (record_at(sha1, buf + at, len - at, ORDER_LITTLE, &rec) ||
		    record_at(sha1, buf + at, len - at, ORDER_BIG, &rec)) {
			ret = take(&rec, ctx);
			at += rec.size;
		} else {
			at++;
		}
	}
	return ret;
}

int segment_walk_tail(int dir, const char *name, uint64_t whole,
		      int (*take)(const struct record *rec, void *ctx),
		      void *ctx)
{
	struct hasher sha1;
	size_t len;
	char *text;
	int ret = io_read_tail(dir, name, whole, &text, &len);

	if (ret)
		return ret;
	ret = hasher_init(&sha1, bank_alg_by_name("sha1", 4));
	if (!ret)
		ret = walk(&sha1, (const uint8_t *)text, len, take, ctx);
	hasher_free(&sha1);
	free(text);
	return ret;
}

static int take_any(const struct record *rec, void *ctx)
{
	(void)rec;
	(void)ctx;
	return 1;
}

static int judge_tail(int dir, const char *name, uint64_t size,
		      struct segment_end *end)
{
	int ret = segment_walk_tail(dir, name, end->whole, take_any, NULL);

	end->tail_bytes = size - end->whole;
	if (ret > 0)
		end->tail = TAIL_RECORDS;
	return ret < 0 ? ret : 0;
}

static int count_records(int fd, struct hasher *sha1, enum byte_order order,
			 struct segment_end *end)
{
	struct record rec;
	struct reader r;
	int ret;

	reader_init(&r, fd_source(&fd), order);
	while ((ret = reader_next(&r, &rec)) == 1) {
		ret = check_digest(sha1, &rec);
		if (ret)
			break;
		end->whole = r.offset;
		end->records++;
	}
	reader_free(&r);
	if (ret == -ENODATA)
		end->tail = TAIL_CUT_OFF;
	else if (ret == -EBADMSG || ret == -EFBIG)
		end->tail = TAIL_NO_RECORD;
	return end->tail ? 0 : ret;
}

int segment_find_end(int dir, const char *name, enum byte_order order,
		     struct segment_end *end)
{
	int fd = io_open_regular(dir, name), ret;
	struct hasher sha1;
	struct stat st;

	memset(end, 0, sizeof(*end));
	if (fd < 0)
		return fd;
	ret = hasher_init(&sha1, bank_alg_by_name("sha1", 4));
	if (!ret)
		ret = count_records(fd, &sha1, order, end);
	hasher_free(&sha1);
	if (!ret && fstat(fd, &st))
		ret = -errno;
	if (!ret && end->tail)
		ret = judge_tail(dir, name, st.st_size, end);
	close(fd);
	return ret;
}
