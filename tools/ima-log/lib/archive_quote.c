// SPDX-License-Identifier: GPL-2.0-or-later
/* Quotes that lie in an epoch's directory, beside its segments. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_quote.h"
#include "bytes.h"

#define DIGITS	20

static const char *const suffixes[] = { ".quote", ".signature", ".pem" };

int archive_put_quote(struct archive *a, uint64_t number,
		      const struct tpm_quote *q)
{
	const void *data[] = { q->signature, q->pem, q->attest };
	size_t len[] = { q->signature_len, strlen(q->pem), q->attest_len };
	/* the quote goes last: where it is, the others are */
	static const unsigned int order[] = { 1, 2, 0 };
	char name[DIGITS + 16];
	unsigned int i;
	int ret;

	/* one of the same number must not lie beside another's signature */
	snprintf(name, sizeof(name), "%020" PRIu64 "%s", number, suffixes[0]);
	ret = a->io.ops->unlink(a->io.ctx, a->epoch_dir, name, 0);
	ret = ret == -ENOENT ? 0 : ret;
	for (i = 0; i < 3 && !ret; i++) {
		snprintf(name, sizeof(name), "%020" PRIu64 "%s", number,
			 suffixes[order[i]]);
		ret = io_write_file(&a->io, a->epoch_dir, name, data[i],
				    len[i]);
	}
	return ret;
}

static int take_quote(const char *name, void *ctx)
{
	struct quote_list *list = ctx;
	uint64_t number, *numbers;

	if (strlen(name) != DIGITS + strlen(suffixes[0]) ||
	    strcmp(name + DIGITS, suffixes[0]) ||
	    dec_decode(name, name + DIGITS + 1, '.', &number) !=
		    name + DIGITS)
		return 0;
	numbers = reallocarray(list->numbers, list->num + 1, sizeof(number));
	if (!numbers)
		return -ENOMEM;
	list->numbers = numbers;
	numbers[list->num++] = number;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

int archive_quotes(const char *path, unsigned int epoch,
		   struct quote_list *list)
{
	int ret;

	memset(list, 0, sizeof(*list));
	list->dir = archive_open_epoch(path, epoch);
	if (list->dir < 0)
		return list->dir;
	ret = io_walk(list->dir, take_quote, list);
	if (!ret && !list->num)
		ret = -ENOENT;
	if (ret)
		archive_quotes_free(list);
	else
		qsort(list->numbers, list->num, sizeof(*list->numbers),
		      newest_first);
	return ret;
}

void archive_quotes_free(struct quote_list *list)
{
	free(list->numbers);
	close(list->dir);
}

int archive_quote_read(const struct quote_list *list, size_t i, char **attest,
		       size_t *attest_len, char **signature,
		       size_t *signature_len)
{
	char name[DIGITS + 16];
	int ret;

	snprintf(name, sizeof(name), "%020" PRIu64 "%s", list->numbers[i],
		 suffixes[0]);
	ret = io_read_file(list->dir, name, attest, attest_len);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "%020" PRIu64 "%s", list->numbers[i],
		 suffixes[1]);
	ret = io_read_file(list->dir, name, signature, signature_len);
	if (ret)
		free(*attest);
	return ret;
}
