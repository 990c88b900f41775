// SPDX-License-Identifier: GPL-2.0-or-later
/* Holding the reads of a file, by fanotify(7) permission events. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/fanotify.h>
#include <time.h>
#include <unistd.h>

#include "holder.h"
#include "notify.h"
#include "program.h"

#define EVENTS		16	/* that are read at once */
#define STUCK_SECONDS	10

/* A queue with a limit would let those pass that it has no room for. */
int holder_watch(struct holder *h, const char *path)
{
	int ret = 0;

	h->path = path;
	h->fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK |
			       FAN_REPORT_TID | FAN_UNLIMITED_QUEUE,
			       O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (h->fan >= 0 &&
	    !fanotify_mark(h->fan, FAN_MARK_ADD, FAN_ACCESS_PERM | FAN_ACCESS,
			   AT_FDCWD, path))
		return 0;
	ret = -errno;
	if (h->fan >= 0)
		close(h->fan);
	h->fan = -1;
	return ret;
}

static void let_go(struct holder *h, const struct held *held)
{
	struct fanotify_response answer = { held->fd, FAN_ALLOW };

	readers_add(&h->readers, held->tid);
	if (write(h->fan, &answer, sizeof(answer)) < 0)
		report("fanotify: %s", strerror(errno));
	close(held->fd);
}

static bool is_known(const struct holder *h, pid_t tid)
{
	unsigned int i;

	for (i = 0; i < READERS_MAX; i++)
		if (h->known[i] == tid)
			return true;
	return false;
}

/* It was held, or it has read. */
static void see(struct holder *h, pid_t tid, bool held)
{
	if (is_known(h, tid))
		return;
	if (held) {
		h->known[h->num_known++ % READERS_MAX] = tid;
	} else if (h->settled && !h->unheld) {
		h->unheld = true;
		report("%s: thread %d has it open since before reads were "
		       "held, and its own cannot be: begin that process again",
		       h->path, tid);
	}
}

static void take_event(struct holder *h,
		       const struct fanotify_event_metadata *event)
{
	if (event->mask & FAN_Q_OVERFLOW)
		report("fanotify: events were lost");
	if (event->mask & (FAN_ACCESS | FAN_ACCESS_PERM)) {
		readers_done(&h->readers, event->pid);
		see(h, event->pid, event->mask & FAN_ACCESS_PERM);
	}
	if (event->mask & FAN_ACCESS_PERM)
		h->held[h->num_held++] = (struct held){ event->fd,
							event->pid };
	else if (event->fd >= 0)
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

void holder_let_go(struct holder *h)
{
	unsigned int i;

	for (i = 0; i < h->num_held; i++)
		let_go(h, &h->held[i]);
	h->num_held = 0;
}

int holder_settle(struct holder *h)
{
	int ret = h->fan < 0 ? 0 : take_events(h);

	h->settled = true;
	return ret;
}
