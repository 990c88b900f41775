// SPDX-License-Identifier: GPL-2.0-or-later
/* Talking to the service manager, and finding who is in the way. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

void notify(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len;
	int fd;

	len = path ? strlen(path) : 0;
	if (!len || len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	       (struct sockaddr *)&address,
	       offsetof(struct sockaddr_un, sun_path) + len);
	close(fd);
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
