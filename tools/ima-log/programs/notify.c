// SPDX-License-Identifier: GPL-2.0-or-later
/* Talking to the service manager; finding the process that is in the way. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

#define FIRST_STORED	3	/* descriptor; as sd_listen_fds(3) has it */

static bool send_state(const char *state, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET,
				SCM_RIGHTS } };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct iovec text = { (void *)state, strlen(state) };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	struct msghdr message = {
		.msg_name = &address, .msg_iov = &text, .msg_iovlen = 1,
		.msg_namelen = offsetof(struct sockaddr_un, sun_path) + len,
	};
	bool sent;
	int sock;

	if (!len || len >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
	}
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return false;
	sent = sendmsg(sock, &message, MSG_NOSIGNAL) >= 0;
	close(sock);
	return sent;
}

void notify(const char *state)
{
	send_state(state, -1);
}

bool store_fd(const char *name, int fd)
{
	char text[64];

	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	return send_state(text, fd);
}

void unstore_fd(const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	send_state(text, -1);
}

static long number_from(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : -1;
}

int stored_fd(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	long i, count = number_from("LISTEN_FDS");
	int found = -1;
	size_t len;

	if (!names || number_from("LISTEN_PID") != getpid())
		return -1;
	for (i = 0; i < count; i++) {
		len = strcspn(names, ":");
		if (len == strlen(name) && !memcmp(names, name, len))
			found = FIRST_STORED + i;
		names += len + (names[len] == ':');
	}
	if (found >= 0 && fcntl(found, F_SETFD, FD_CLOEXEC))
		return -1;
	return found;
}

/* Does one of the process's descriptors lead to a list below @dir? */
static int holds_list(const char *pid, const char *dir)
{
	char path[64], link[300], target[PATH_MAX];
	struct dirent *entry;
	ssize_t n;
	int found = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	d = opendir(path);
	while (d && !found && (entry = readdir(d))) {
		snprintf(link, sizeof(link), "%s/%.200s", path,
			 entry->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found = !strncmp(target, dir, strlen(dir)) &&
			strstr(target, "runtime_measurements");
	}
	if (d)
		closedir(d);
	return found;
}

static void process_name(const char *pid, char *name, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, size, f))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
}

void find_list_user(const char *dir, char *text, size_t size)
{
	char list[PATH_MAX], real[PATH_MAX], name[32], *end;
	struct dirent *entry;
	DIR *d = opendir("/proc");

	snprintf(text, size, "the list is in use by another process");
	snprintf(list, sizeof(list), "%s/binary_runtime_measurements", dir);
	if (!realpath(list, real))
		snprintf(real, sizeof(real), "%s", list);
	end = strrchr(real, '/');
	end[1] = '\0';			/* of this directory, any form */
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    atoi(entry->d_name) == getpid() ||
		    !holds_list(entry->d_name, real))
			continue;
		process_name(entry->d_name, name, sizeof(name));
		snprintf(text, size, "the list is held open by process %.20s "
			 "(%s)", entry->d_name, name);
		break;
	}
	if (d)
		closedir(d);
}
