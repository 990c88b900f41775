// SPDX-License-Identifier: GPL-2.0-or-later
/* What the saver tells status, in the archive's file "status". */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

int save_report_write(const struct archive *a, const struct save_report *r)
{
	const struct io *io = &a->io;
	char text[512];
	int fd, ret, len;

	len = snprintf(text, sizeof(text), "durable %" PRIu64 "\ntrimmed %"
		       PRIu64 "\nforeign_trims %" PRIu64 "\nlost %" PRIu64
		       "\nlast_success %" PRId64 "\nlast_error_time %" PRId64
		       "\nmode %s\nlast_error %s\n", r->durable, r->trimmed,
		       r->foreign_trims, r->lost, r->last_success,
		       r->last_error_time, r->mode, r->last_error);
	fd = io->ops->open(io->ctx, a->dir, "status.tmp",
			   O_WRONLY | O_CREAT | O_TRUNC, 0640);
	if (fd < 0)
		return fd;
	ret = io_write_all(io, fd, text, len);
	io->ops->close(io->ctx, fd);
	return ret ? ret : io->ops->rename(io->ctx, a->dir, "status.tmp",
					   "status");
}

static void read_line(const char *line, struct save_report *r)
{
	if (!strncmp(line, "last_error ", 11))
		snprintf(r->last_error, sizeof(r->last_error), "%s",
			 line + 11);
	sscanf(line, "durable %" SCNu64, &r->durable);
	sscanf(line, "trimmed %" SCNu64, &r->trimmed);
	sscanf(line, "foreign_trims %" SCNu64, &r->foreign_trims);
	sscanf(line, "lost %" SCNu64, &r->lost);
	sscanf(line, "last_success %" SCNd64, &r->last_success);
	sscanf(line, "last_error_time %" SCNd64, &r->last_error_time);
	sscanf(line, "mode %15s", r->mode);
}

int save_report_read(const char *archive, struct save_report *r)
{
	char *text, *line, *save = NULL, *path;
	size_t len;
	int ret;

	memset(r, 0, sizeof(*r));
	if (asprintf(&path, "%s/status", archive) < 0)
		return -ENOMEM;
	ret = io_read_file(AT_FDCWD, path, &text, &len);
	free(path);
	if (ret)
		return ret;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		read_line(line, r);
	free(text);
	return 0;
}
