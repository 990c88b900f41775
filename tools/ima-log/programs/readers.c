// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that were let into a read() and may still be in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "readers.h"

/*
 * A read() that finds nothing takes microseconds, one that finds something
 * gives an event when it is done: a thread that has used this much CPU time
 * since and gave none is doing something else.
 */
#define CPU_LIMIT	500000000u

static ssize_t read_proc(pid_t tid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

static uint64_t cpu_time(pid_t tid)
{
	char text[128];

	if (read_proc(tid, "schedstat", text, sizeof(text)) <= 0)
		return 0;
	return strtoull(text, NULL, 10);
}

/*
 * A read() of cached or stored pages runs, or sleeps uninterruptibly.  One
 * that sleeps interruptibly has left it.
 */
static bool is_out(const struct reading *reading)
{
	char text[512], *state;
	ssize_t n = read_proc(reading->tid, "stat", text, sizeof(text));

	if (n <= 0)
		return n == -ENOENT || n == -ESRCH;
	state = strrchr(text, ')');
	if (!state || state[1] != ' ')
		return false;
	/* I is an idle thread of the kernel, P a parked one */
	if (strchr("SZXTtIP", state[2]))
		return true;
	return cpu_time(reading->tid) > reading->cpu + CPU_LIMIT;
}

bool readers_visible(void)
{
	char text[16];

	/* hidepid= answers ENOENT for others' processes */
	return read_proc(1, "stat", text, sizeof(text)) > 0;
}

bool readers_add(struct readers *r, pid_t tid)
{
	readers_done(r, tid);
	if (r->num == READERS_MAX)
		return false;
	r->list[r->num++] = (struct reading){ tid, cpu_time(tid) };
	return true;
}

void readers_done(struct readers *r, pid_t tid)
{
	unsigned int i;

	for (i = 0; i < r->num; i++)
		if (r->list[i].tid == tid)
			r->list[i--] = r->list[--r->num];
}

bool readers_gone(struct readers *r)
{
	unsigned int i;

	for (i = 0; i < r->num; i++)
		if (is_out(&r->list[i]))
			r->list[i--] = r->list[--r->num];
	return r->num == 0;
}

/* Has it the file open?  Yes, if it cannot be seen. */
static bool has_open(pid_t pid, const struct stat *file)
{
	struct dirent *entry;
	bool found = false;
	struct stat st;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return errno == EACCES || errno == EPERM;
	while (!found && (entry = readdir(d)))
		found = !fstatat(dirfd(d), entry->d_name, &st, 0) &&
			st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	closedir(d);
	return found;
}

/*
 * Has a permission event to be answered before it goes on?  A thread that went
 * to sleep just now may not show it yet.
 */
static bool is_held(pid_t tid)
{
	char text[64];

	return read_proc(tid, "wchan", text, sizeof(text)) > 0 &&
	       !strncmp(text, "fanotify_", 9);
}

static void add_threads(pid_t pid, struct readers *running,
			struct readers *waiting)
{
	/* whatever it has used so far, that is not what makes it be out */
	struct reading one = { .cpu = UINT64_MAX - CPU_LIMIT };
	struct dirent *entry;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		one.tid = atoi(entry->d_name);
		if (one.tid <= 0 || is_out(&one))
			continue;
		if (is_held(one.tid)) {
			/* no more than so many were taken from the queue */
			readers_add(waiting, one.tid);
			continue;
		}
		while (!readers_add(running, one.tid)) {
			readers_gone(running);
			poll(NULL, 0, 1);
		}
	}
	if (d)
		closedir(d);
}

void readers_move_held(struct readers *running, struct readers *waiting)
{
	unsigned int i;

	for (i = 0; i < running->num; i++)
		if (is_held(running->list[i].tid) &&
		    readers_add(waiting, running->list[i].tid))
			running->list[i--] = running->list[--running->num];
}

void readers_find(const struct stat *file, struct readers *running,
		  struct readers *waiting)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	pid_t pid;

	while (d && (entry = readdir(d))) {
		pid = atoi(entry->d_name);
		if (pid > 0 && pid != getpid() && has_open(pid, file))
			add_threads(pid, running, waiting);
	}
	if (d)
		closedir(d);
}
