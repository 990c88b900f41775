// SPDX-License-Identifier: GPL-2.0-or-later
/* What the saver tells status, in the archive's file "status". */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sum.h"

#define STATUS_SIZE	2048	/* always, so that no block is added or freed */
#define READ_TRIES	20

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
#define NUMBER(member)	{ #member, offsetof(struct save_report, member) }
	NUMBER(durable), NUMBER(trimmed), NUMBER(interval),
	NUMBER(last_success), NUMBER(last_error_time),
	NUMBER(saved), NUMBER(removed), NUMBER(cycles), NUMBER(errors),
	NUMBER(tpm_resets), NUMBER(not_carried),
	NUMBER(foreign_trims), NUMBER(foreign_records),
	NUMBER(last_foreign_trim),
#undef NUMBER
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t format(const struct save_report *r, char text[STATUS_SIZE])
{
	size_t i, n = 0;

	for (i = 0; i < COUNT(numbers); i++)
		n += snprintf(text + n, STATUS_SIZE - n, "%s %" PRIu64 "\n",
			      numbers[i].name,
			      *(const uint64_t *)((const char *)r +
						  numbers[i].offset));
	if (r->have_snapshot)
		n += snprintf(text + n, STATUS_SIZE - n, "snapshot %" PRIu64
			      " %s\n", r->snapshot, r->snapshot_digest);
	n += snprintf(text + n, STATUS_SIZE - n, "mode %s\nlast_error %s\n",
		      r->mode, r->last_error);
	return n;
}

int save_report_write(const struct archive *a, const struct save_report *r)
{
	const struct io *io = &a->io;
	char text[STATUS_SIZE];
	size_t len = format(r, text);
	int fd, ret = sum_line(text, len, text + len);

	if (ret)
		return ret;
	len += SUM_LINE_SIZE - 1;
	memset(text + len, '\n', STATUS_SIZE - len);
	fd = io->ops->open(io->ctx, a->dir, "status", O_WRONLY | O_CREAT,
			   0640);
	if (fd < 0)
		return fd;
	ret = io_write_all(io, fd, text, STATUS_SIZE);
	io->ops->close(io->ctx, fd);
	return ret;
}

static void read_line(const char *line, struct save_report *r)
{
	size_t i, len = strcspn(line, " ");
	const char *value = line + len + (line[len] != '\0');

	if (!strncmp(line, "last_error ", 11))
		snprintf(r->last_error, sizeof(r->last_error), "%s", value);
	else if (!strncmp(line, "mode ", 5))
		snprintf(r->mode, sizeof(r->mode), "%.15s", value);
	else if (sscanf(line, "snapshot %" SCNu64 " %159s", &r->snapshot,
			r->snapshot_digest) == 2)
		r->have_snapshot = true;
	for (i = 0; i < COUNT(numbers); i++)
		if (strlen(numbers[i].name) == len &&
		    !memcmp(numbers[i].name, line, len))
			dec_parse(value, (uint64_t *)((char *)r +
						      numbers[i].offset));
}

/* It may be read while it is written: then its sum is not right. */
static int read_whole(const char *path, char **text)
{
	size_t len;
	int ret, i;

	for (i = 0; i < READ_TRIES; i++) {
		ret = io_read_path(path, text, &len);
		if (ret)
			return ret;
		while (len > 1 && (*text)[len - 2] == '\n')
			(*text)[--len] = '\0';
		ret = sum_check(*text, len);
		if (!ret)
			return 0;
		free(*text);
	}
	return ret;
}

int save_report_read(const char *archive, struct save_report *r)
{
	char *text, *line, *save = NULL, *path;
	int ret;

	memset(r, 0, sizeof(*r));
	if (asprintf(&path, "%s/status", archive) < 0)
		return -ENOMEM;
	ret = read_whole(path, &text);
	free(path);
	if (ret)
		return ret;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		read_line(line, r);
	free(text);
	return 0;
}
