// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ima-log follow: keep an ascii file that stock agents read as the list.
 *
 * An agent takes its quote first and reads afterwards, so what it reads must
 * not be behind what the kernel has at that moment: each read() of the file is
 * held by a fanotify permission event until the file has caught up.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "notify.h"
#include "privileges.h"
#include "program.h"
#include "readers.h"
#include "../lib/format.h"

#define HELD_MAX	READERS_MAX
#define LAG_MS		100
#define STUCK_SECONDS	10

static volatile sig_atomic_t stop;

struct held {
	int fd;
	pid_t tid;
};

struct follow {
	const char *archive, *securityfs, *path, *user;
	bool allow_lag;
	struct live_log source;
	int file, fan;
	struct readers readers;
	unsigned int num_held;
	struct held held[HELD_MAX];
	char *text;		/* lines that are to be written */
	size_t text_len;
	FILE *lines;
};

static const struct option options[] = {
	{ "archive", required_argument, NULL, 'a' },
	{ "securityfs", required_argument, NULL, 's' },
	{ "user", required_argument, NULL, 'u' },
	{ "allow-lag", no_argument, NULL, 'l' },
	{ 0 }
};

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

/* Format up to @max records that came since; how many, or -errno. */
static int collect(struct follow *f, int max)
{
	struct record rec;
	int ret = 0, n;

	rewind(f->lines);
	for (n = 0; n < max; n++) {
		ret = log_next(&f->source.log, &rec);
		if (ret == LOG_GAP)
			return -ENODATA;
		if (ret != LOG_RECORD)
			break;
		record_fields(&rec);
		format_ascii(f->lines, &rec);
	}
	if (fflush(f->lines))
		return -ENOMEM;
	/* an emulated list can end inside a record, the kernel's cannot */
	if (ret == -ENODATA && f->source.log.in_live)
		ret = 0;
	f->text_len = ftell(f->lines);
	return ret < 0 ? ret : n;
}

static int write_lines(struct follow *f)
{
	struct io io = { &io_syscalls, NULL };

	return io_write_all(&io, f->file, f->text, f->text_len);
}

/* Let a thread go on with its read(). */
static void let_go(struct follow *f, const struct held *held)
{
	struct fanotify_response answer = { held->fd, FAN_ALLOW };

	readers_add(&f->readers, held->tid);
	if (write(f->fan, &answer, sizeof(answer)) < 0)
		report("fanotify: %s", strerror(errno));
	close(held->fd);
}

static void take_event(struct follow *f,
		       const struct fanotify_event_metadata *event)
{
	if (event->mask & FAN_ACCESS)
		readers_done(&f->readers, event->pid);
	if (event->mask & FAN_ACCESS_PERM) {
		readers_done(&f->readers, event->pid);
		f->held[f->num_held++] = (struct held){ event->fd,
							event->pid };
	} else if (event->fd >= 0) {
		close(event->fd);
	}
}

/* Take the events that are there, as long as there is room to hold more. */
static int take_events(struct follow *f)
{
	char buf[16 * sizeof(struct fanotify_event_metadata)]
		__attribute__((aligned(8)));
	const struct fanotify_event_metadata *event;
	ssize_t n;

	while (f->num_held + f->readers.num + 16 <= HELD_MAX) {
		n = read(f->fan, buf, sizeof(buf));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		event = (const void *)buf;
		for (; FAN_EVENT_OK(event, n);
		     event = FAN_EVENT_NEXT(event, n))
			take_event(f, event);
	}
	return 0;
}

/*
 * Nobody is to be in a read() while lines are written.  But one whose disk
 * hangs must not keep all others waiting for good.
 */
static int wait_for_readers(struct follow *f)
{
	struct pollfd p = { f->fan, POLLIN, 0 };
	time_t start = time(NULL);
	int ret = 0;

	while (!ret && !readers_gone(&f->readers)) {
		if (time(NULL) > start + STUCK_SECONDS) {
			report("a reader of %s does not come out of its "
			       "read(): going on", f->path);
			f->readers.num = 0;
			break;
		}
		poll(&p, 1, 1);
		ret = take_events(f);
		notify("WATCHDOG=1");
	}
	return ret;
}

static int catch_up(struct follow *f)
{
	int n, ret;

	do {
		n = collect(f, 4096);
		if (n <= 0)
			return n;
		ret = wait_for_readers(f);
		if (!ret)
			ret = write_lines(f);
	} while (!ret);
	return ret;
}

static int serve_held(struct follow *f)
{
	unsigned int i;
	int ret = catch_up(f);

	/* behind or not: a reader is never left hanging */
	for (i = 0; i < f->num_held; i++)
		let_go(f, &f->held[i]);
	f->num_held = 0;
	return ret;
}

static int serve(struct follow *f)
{
	struct pollfd p = { f->fan, POLLIN, 0 };
	int ret = 0;

	while (!stop && !ret) {
		if (f->fan < 0) {
			usleep(LAG_MS * 1000);
			ret = catch_up(f);
			continue;
		}
		if (poll(&p, 1, 1000) > 0)
			ret = take_events(f);
		notify("WATCHDOG=1");
		if (!ret && f->num_held)
			ret = serve_held(f);
	}
	return ret;
}

/*
 * What the file holds already must be the beginning of what it is to hold; a
 * line that was cut off is gone on with.  -EBADMSG if it is something else.
 */
static int compare_old(struct follow *f, off_t size)
{
	char *old = NULL, *bigger;
	size_t want, have = 0;
	int n = 1, ret = 0;

	while (!ret && n > 0 && (off_t)have < size) {
		n = collect(f, 4096);
		if (n <= 0)
			break;
		want = f->text_len;
		if ((off_t)(have + want) > size)
			want = size - have;
		bigger = realloc(old, want);
		if (!bigger) {
			ret = -ENOMEM;
			break;
		}
		old = bigger;
		if (pread(f->file, old, want, have) != (ssize_t)want ||
		    memcmp(old, f->text, want))
			ret = -EBADMSG;
		have += want;
		if (!ret && want < f->text_len) {
			memmove(f->text, f->text + want, f->text_len - want);
			f->text_len -= want;
			ret = write_lines(f);
		}
	}
	free(old);
	if (n < 0)
		return n;
	return ret || (off_t)have == size ? ret : -EBADMSG;
}

/* Only a file that nobody else has open may be begun anew. */
static int truncate_unused(struct follow *f)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC), ret = 0;

	close(f->file);
	f->file = -1;
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLEASE, F_WRLCK)) {
		report("%s is of another list, and in use", f->path);
		ret = -EBUSY;
	} else if (fcntl(fd, F_SETLEASE, F_UNLCK) || truncate(f->path, 0)) {
		ret = -errno;
	}
	close(fd);
	return ret;
}

static int open_file(struct follow *f)
{
	f->file = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	return f->file < 0 ? -errno : 0;
}

static int open_source(struct follow *f)
{
	int ret = open_live_log(&f->source, archive_dir(f->archive),
				securityfs_dir(f->securityfs), 0, 0, true);

	if (ret)
		return ret;
	if (!f->source.log.live.ops) {
		report("the archive does not have this boot's list yet");
		close_live_log(&f->source);
		return EXIT_UNDECIDED;
	}
	return EXIT_OK;
}

static int prepare_file(struct follow *f)
{
	struct stat st;
	int ret = open_file(f);

	if (!ret && fstat(f->file, &st))
		ret = -errno;
	if (!ret)
		ret = compare_old(f, st.st_size);
	if (ret == -EBADMSG) {
		ret = truncate_unused(f);
		if (!ret)
			ret = open_file(f);
		close_live_log(&f->source);
		if (!ret && open_source(f))
			ret = -EIO;
	}
	return ret ? ret : catch_up(f);
}

static int watch(struct follow *f)
{
	f->fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK |
			       FAN_REPORT_TID, O_RDONLY | O_LARGEFILE);
	if (f->fan >= 0 &&
	    !fanotify_mark(f->fan, FAN_MARK_ADD, FAN_ACCESS_PERM | FAN_ACCESS,
			   AT_FDCWD, f->path))
		return EXIT_OK;
	if (f->allow_lag) {
		report("reads cannot be held (%s): they may be %d ms behind",
		       strerror(errno), LAG_MS);
		f->fan = -1;
		return EXIT_OK;
	}
	report("reads cannot be held: %s (CONFIG_FANOTIFY_ACCESS_PERMISSIONS "
	       "and CAP_SYS_ADMIN are needed, or --allow-lag)",
	       strerror(errno));
	return EXIT_UNDECIDED;
}

/* Before the first reader is held: nothing may fail behind its back. */
static int give_up_privileges(struct follow *f)
{
	int ret = securityfs_hold(&f->source.fs);

	if (ret)
		return report_error(f->source.fs.dir, ret);
	ret = drop_privileges(f->user, archive_dir(f->archive), false);
	if (!ret && f->fan >= 0 && !readers_visible()) {
		report("/proc hides other processes (hidepid=): it cannot be "
		       "seen who is reading");
		ret = EXIT_UNDECIDED;
	}
	return ret;
}

static int run(struct follow *f)
{
	int ret = open_source(f), error;

	if (ret)
		return ret;
	f->lines = open_memstream(&f->text, &f->text_len);
	error = f->lines ? prepare_file(f) : -ENOMEM;
	if (!error)
		ret = watch(f);
	if (!error && !ret)
		ret = give_up_privileges(f);
	if (!error && !ret) {
		report("%s: %" PRIu64 " records", f->path,
		       f->source.log.next);
		notify("READY=1");
		error = serve(f);
	}
	if (error == -ENODATA)
		report("records %" PRIu64 " and on are missing: an agent "
		       "could not use what follows", f->source.log.gap_first);
	else if (error)
		report("%s: %s", f->path, strerror(-error));
	fclose(f->lines);
	free(f->text);
	close_live_log(&f->source);
	return error ? EXIT_UNDECIDED : ret;
}

int cmd_follow(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct follow f = { .file = -1, .fan = -1 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a': f.archive = optarg; break;
		case 's': f.securityfs = optarg; break;
		case 'u': f.user = optarg; break;
		case 'l': f.allow_lag = true; break;
		default:
			return usage_error("follow: see ima-log-follow(1)");
		}
	}
	if (optind + 1 != argc)
		return usage_error("follow takes one file");
	f.path = argv[optind];
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return run(&f);
}
