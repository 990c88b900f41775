// SPDX-License-Identifier: GPL-2.0-or-later
/* Quotes that lie in an epoch's directory, beside its segments. */
#include <errno.h>
#include <fcntl.h>
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

struct latest {
	bool found;
	uint64_t number;
};

static int take_quote(const char *name, void *ctx)
{
	struct latest *last = ctx;
	uint64_t number;

	if (strlen(name) != DIGITS + strlen(suffixes[0]) ||
	    strcmp(name + DIGITS, suffixes[0]) ||
	    dec_decode(name, name + DIGITS + 1, '.', &number) !=
		    name + DIGITS)
		return 0;
	if (!last->found || number > last->number)
		last->number = number;
	last->found = true;
	return 0;
}

static int last_number(const char *path, uint64_t *number)
{
	struct latest last = { false };
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (dir < 0)
		return -errno;
	ret = io_walk(dir, take_quote, &last);
	close(dir);
	*number = last.number;
	return ret ? ret : last.found ? 0 : -ENOENT;
}

int archive_last_quote(const char *path, unsigned int epoch,
		       struct quote_files *files)
{
	char **const names[] = { &files->quote, &files->signature,
				 &files->pem };
	char dir[4096], name[11];
	unsigned int i;
	uint64_t number = 0;
	int ret;

	memset(files, 0, sizeof(*files));
	archive_epoch_name(epoch, name);
	if (snprintf(dir, sizeof(dir), "%s/%s", path, name) >=
	    (int)sizeof(dir))
		return -ENAMETOOLONG;
	ret = last_number(dir, &number);
	for (i = 0; i < 3 && !ret; i++)
		if (asprintf(names[i], "%s/%020" PRIu64 "%s", dir, number,
			     suffixes[i]) < 0) {
			*names[i] = NULL;
			ret = -ENOMEM;
		}
	if (ret)
		quote_files_free(files);
	return ret;
}

void quote_files_free(struct quote_files *files)
{
	free(files->quote);
	free(files->signature);
	free(files->pem);
	memset(files, 0, sizeof(*files));
}
