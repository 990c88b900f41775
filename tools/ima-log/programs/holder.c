// SPDX-License-Identifier: GPL-2.0-or-later
/* Holding the reads of a file, by fanotify(7) permission events. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "holder.h"
#include "notify.h"
#include "program.h"

#define EVENTS		16	/* that are read at once */
#define STUCK_SECONDS	10
#define GROUP_NAME	"fanotify"

/* Above any descriptor that a process may have had for an event. */
#define EVENT_FD_MAX	(READERS_MAX + 256)

static bool is_group(int fd)
{
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return !strcmp(target, "anon_inode:[fanotify]");
}

/* A queue with a limit would let those pass that it has no room for. */
int holder_open(struct holder *h)
{
	h->fan = stored_fd(GROUP_NAME);
	h->taken_over = h->fan >= 0 && is_group(h->fan);
	if (h->taken_over) {
		h->stored = true;
		return 0;
	}
	h->fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK |
			       FAN_REPORT_TID | FAN_UNLIMITED_QUEUE,
			       O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (h->fan < 0)
		return -errno;
	h->stored = store_fd(GROUP_NAME, h->fan);
	return 0;
}

static int mark(struct holder *h, int file)
{
	return fanotify_mark(h->fan, FAN_MARK_ADD, FAN_ACCESS_PERM | FAN_ACCESS,
			     file, NULL) ? -errno : 0;
}

int holder_watch(struct holder *h, int file)
{
	struct stat st;

	if (fstat(file, &st))
		return -errno;
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	return mark(h, file);
}

int holder_refuse(struct holder *h, int file)
{
	return mark(h, file);
}

int holder_find_readers(struct holder *h, int file)
{
	struct stat st;

	if (fstat(file, &st))
		return -errno;
	readers_find(&st, &h->readers, &h->left);
	return 0;
}

static void answer(struct holder *h, int fd, uint32_t response)
{
	struct fanotify_response answer = { fd, response };

	if (write(h->fan, &answer, sizeof(answer)) < 0)
		report("fanotify: %s", strerror(errno));
	close(fd);
}

/* Of a file that this one took the place of. */
static void take_old(struct holder *h,
		     const struct fanotify_event_metadata *event)
{
	if (event->mask & FAN_ACCESS_PERM) {
		answer(h, event->fd, FAN_DENY);
		return;
	}
	close(event->fd);
	if (!h->told_old)
		report("%s: thread %d opened an older file of that name while "
		       "its reads could not be held, and reads what does not "
		       "grow any more: restart that process", h->path,
		       event->pid);
	h->told_old = true;
}

static bool is_watched(const struct holder *h, int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_dev == h->dev && st.st_ino == h->ino;
}

static void take_event(struct holder *h,
		       const struct fanotify_event_metadata *event)
{
	if (event->mask & FAN_Q_OVERFLOW)
		report("fanotify: events were lost");
	if (event->fd < 0)
		return;
	if (!is_watched(h, event->fd)) {
		take_old(h, event);
		return;
	}
	readers_done(&h->readers, event->pid);
	if (event->mask & FAN_ACCESS_PERM)
		h->held[h->num_held++] = (struct held){ event->fd,
							event->pid };
	else
		close(event->fd);
}

/* For those that are held, and will be readers when they are let go. */
static bool has_room(const struct holder *h)
{
	return h->num_held + h->readers.num + EVENTS <= READERS_MAX;
}

/* Take the events that are there, as long as there is room to hold more. */
static int take_events(struct holder *h)
{
	char buf[EVENTS * sizeof(struct fanotify_event_metadata)]
		__attribute__((aligned(8)));
	const struct fanotify_event_metadata *event;
	ssize_t n;

	while (has_room(h) || (readers_gone(&h->readers), has_room(h))) {
		n = read(h->fan, buf, sizeof(buf));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		event = (const void *)buf;
		for (; FAN_EVENT_OK(event, n);
		     event = FAN_EVENT_NEXT(event, n))
			take_event(h, event);
	}
	if (!h->num_held)		/* until one of the readers is done */
		poll(NULL, 0, 1);
	return 0;
}

int holder_wait(struct holder *h, int ms)
{
	struct pollfd p = { h->fan, POLLIN, 0 };

	return poll(&p, 1, ms) > 0 ? take_events(h) : 0;
}

/* Whoever sets the clock must not decide who is stuck. */
static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int holder_wait_empty(struct holder *h)
{
	time_t start = seconds();
	int ret = 0;

	while (!ret && !readers_gone(&h->readers)) {
		if (h->taken_over && !h->left_answered)
			readers_move_held(&h->readers, &h->left);
		if (seconds() > start + STUCK_SECONDS) {
			report("a reader of %s does not come out of its "
			       "read(): going on", h->path);
			h->readers.num = 0;
			break;
		}
		ret = holder_wait(h, 1);
		notify("WATCHDOG=1");
	}
	return ret;
}

void holder_answer(struct holder *h, uint32_t response)
{
	unsigned int i;

	for (i = 0; i < h->num_held; i++) {
		if (response == FAN_ALLOW)
			readers_add(&h->readers, h->held[i].tid);
		answer(h, h->held[i].fd, response);
	}
	h->num_held = 0;
}

/*
 * An event is answered by the number of its descriptor, and which numbers the
 * process before had is not known: each one that it may have had, as often as
 * there is an event of that number.
 */
void holder_answer_left(struct holder *h, uint32_t response)
{
	struct fanotify_response answer = { 0, response };
	unsigned int i;

	for (i = 0; i < h->left.num && response == FAN_ALLOW; i++)
		readers_add(&h->readers, h->left.list[i].tid);
	h->left.num = 0;
	h->left_answered = true;
	for (; answer.fd < EVENT_FD_MAX; answer.fd++)
		while (write(h->fan, &answer, sizeof(answer)) > 0)
			;
}
