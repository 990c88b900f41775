// SPDX-License-Identifier: GPL-2.0-or-later
/* Records one after the other out of a stream of bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

#define FIRST_SIZE	(128u << 10)

void reader_init(struct reader *r, struct byte_source source,
		 enum byte_order order)
{
	*r = (struct reader){ .source = source, .order = order };
}

void reader_free(struct reader *r)
{
	free(r->buf);
	r->buf = NULL;
	r->size = r->start = r->end = 0;
}

void reader_reset(struct reader *r, uint64_t offset)
{
	r->start = r->end = 0;
	r->offset = offset;
}

size_t reader_pending(const struct reader *r)
{
	return r->end - r->start;
}

static ssize_t read_fd(void *ctx, void *buf, size_t len)
{
	ssize_t n;

	do {
		n = read(*(const int *)ctx, buf, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

struct byte_source fd_source(const int *fd)
{
	return (struct byte_source){ read_fd, (void *)fd };
}

/* Make room behind what is buffered: move it down, or double the buffer. */
static int make_room(struct reader *r)
{
	size_t size;
	uint8_t *buf;

	if (r->start) {
		memmove(r->buf, r->buf + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	if (r->end < r->size)
		return 0;
	size = r->size ? 2 * r->size : FIRST_SIZE;
	buf = realloc(r->buf, size);
	if (!buf)
		return -ENOMEM;
	r->buf = buf;
	r->size = size;
	return 0;
}

static ssize_t fill(struct reader *r)
{
	ssize_t n = make_room(r);

	if (n)
		return n;
	n = r->source.read(r->source.ctx, r->buf + r->end, r->size - r->end);
	if (n > 0)
		r->end += n;
	return n;
}

int reader_next(struct reader *r, struct record *rec)
{
	size_t have, need = 0;
	ssize_t n;
	int ret;

	for (;;) {
		have = r->end - r->start;
		if (have && r->order == ORDER_UNKNOWN)
			r->order = record_guess_order(r->buf + r->start, have);
		ret = -EAGAIN;
		if (have)
			ret = record_parse(r->buf + r->start, have, r->order,
					   rec, &need);
		if (ret != -EAGAIN)
			break;
		while (ret == -EAGAIN && have < (need ? need : 1)) {
			n = fill(r);
			if (n < 0)
				return n;
			if (!n)
				return have ? -ENODATA : 0;
			have = r->end - r->start;
		}
	}
	if (ret)
		return ret;
	r->start += rec->size;
	r->offset += rec->size;
	return 1;
}
