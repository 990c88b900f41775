// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that attest writes and verify judges. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attestation.h"

/* One step of a path; a symbolic link is no directory, whatever it points to. */
static int open_step(int at, const char *name)
{
	struct stat st;
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOTDIR && !fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISLNK(st.st_mode))
		return -ELOOP;
	return -errno;
}

/* Step by step, as valgrind does not know openat2(), which would do it at once. */
static int open_dir(int at, const char *path)
{
	char *copy = strdup(path), *rest = copy, *name;
	int dir, next;

	if (!copy)
		return -ENOMEM;
	dir = open_step(at, *path == '/' ? "/" : ".");
	while (dir >= 0 && (name = strsep(&rest, "/"))) {
		if (!*name)
			continue;
		next = open_step(dir, name);
		close(dir);
		dir = next;
	}
	free(copy);
	return dir;
}

int attestation_create(const char *path)
{
	size_t len = strlen(path);
	char *copy, *slash;
	int parent, fd;

	while (len > 1 && path[len - 1] == '/')
		len--;
	copy = strndup(path, len);
	if (!copy)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	if (slash)
		*slash = '\0';
	parent = open_dir(AT_FDCWD, !slash ? "." : *copy ? copy : "/");
	fd = parent;
	if (parent >= 0) {
		slash = slash ? slash + 1 : copy;
		if (mkdirat(parent, *slash ? slash : ".", 0750) &&
		    errno != EEXIST)
			fd = -errno;
		else
			fd = open_dir(parent, *slash ? slash : ".");
		close(parent);
	}
	free(copy);
	return fd;
}

int attestation_put_quote(const struct io *io, int dir,
			  const struct tpm_quote *q)
{
	int ret = io->ops->unlink(io->ctx, dir, "header", 0);

	if (ret && ret != -ENOENT)
		return ret;
	ret = io_write_file(io, dir, "quote.msg", q->attest, q->attest_len);
	if (!ret)
		ret = io_write_file(io, dir, "quote.sig", q->signature,
				    q->signature_len);
	return ret ? ret : io_write_file(io, dir, "quote.pem", q->pem,
					 strlen(q->pem));
}

void attestation_format(const struct attestation *a,
			char text[ATTESTATION_HEADER_SIZE])
{
	snprintf(text, ATTESTATION_HEADER_SIZE,
		 "{\"version\":1,\"epoch\":%u,\"byte_order\":\"%s\","
		 "\"first\":%" PRIu64 ",\"count\":%" PRIu64 "}\n", a->epoch,
		 order_name(a->order), a->first, a->count);
}

int attestation_put_header(const struct io *io, int dir,
			   const struct attestation *a)
{
	char text[ATTESTATION_HEADER_SIZE];

	attestation_format(a, text);
	return io_write_file(io, dir, "header", text, strlen(text));
}

int attestation_parse(const char *text, struct attestation *a)
{
	char again[ATTESTATION_HEADER_SIZE], order[8];

	if (sscanf(text, "{\"version\":1,\"epoch\":%u,\"byte_order\":\"%7[a-z]\","
		   "\"first\":%" SCNu64 ",\"count\":%" SCNu64, &a->epoch,
		   order, &a->first, &a->count) != 4)
		return -EBADMSG;
	a->order = order_by_name(order);
	attestation_format(a, again);
	return strcmp(text, again) ? -EBADMSG : 0;
}
