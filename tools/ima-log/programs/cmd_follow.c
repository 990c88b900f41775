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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holder.h"
#include "notify.h"
#include "privileges.h"
#include "program.h"
#include "../lib/format.h"

#define LUMP		4096	/* records that are formatted at once */
#define LAG_MS		100
#define DIFFERS		1	/* the file is of another list */

static volatile sig_atomic_t stop;

struct follow {
	const char *archive, *securityfs, *path, *user;
	bool allow_lag;
	struct live_log source;
	const char *failed;	/* what an error is of */
	bool gap;		/* the source cannot give what comes next */
	int file;
	struct holder holder;
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

/*
 * Format up to @max records that came since; how many, or -errno.  What
 * precedes a gap is to be written, and only then it is an end.
 */
static int collect(struct follow *f, int max)
{
	struct record rec;
	int ret = 0, n;

	rewind(f->lines);
	f->failed = log_place(&f->source.log);
	if (f->gap)
		return -ENODATA;
	for (n = 0; n < max; n++) {
		ret = log_next(&f->source.log, &rec);
		f->gap = ret == LOG_GAP;
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
	if (ret == -EBUSY && n)		/* asked again behind these */
		ret = 0;
	f->text_len = ftell(f->lines);
	if (f->gap && !n)
		return -ENODATA;
	if (ret < 0)
		f->failed = log_place(&f->source.log);
	return ret < 0 ? ret : n;
}

/*
 * Whole lines or none: what there was no room for is taken back, as nobody has
 * seen it.
 */
static int write_lines(struct follow *f)
{
	struct io io = { &io_syscalls, NULL };
	struct stat before;
	int ret;

	f->failed = f->path;
	if (fstat(f->file, &before))
		return -errno;
	ret = io_write_all(&io, f->file, f->text, f->text_len);
	if (ret && ftruncate(f->file, before.st_size))
		report("%s: a line that is cut off stays", f->path);
	return ret;
}

/* A saver that goes by staging may have the list for itself, and be slow. */
static int collect_patiently(struct follow *f)
{
	int n;

	do {
		n = collect(f, LUMP);
		notify("WATCHDOG=1");
	} while (n == -EBUSY && !stop);
	return n == -EBUSY ? 0 : n;
}

static int catch_up(struct follow *f)
{
	int n, ret = 0;

	while (!ret) {
		n = collect_patiently(f);
		if (n <= 0)
			return n;
		ret = holder_wait_empty(&f->holder);
		if (!ret)
			ret = write_lines(f);
	}
	return ret;
}

static int serve(struct follow *f)
{
	struct holder *h = &f->holder;
	int ret = 0;

	while (!stop && !ret) {
		notify("WATCHDOG=1");
		if (h->fan < 0) {
			usleep(LAG_MS * 1000);
			ret = catch_up(f);
			continue;
		}
		ret = holder_wait(h, h->unheld ? LAG_MS : 1000);
		if (ret || (!h->num_held && !h->unheld))
			continue;
		ret = catch_up(f);
		/* behind or not: a reader is never left hanging */
		holder_let_go(h);
	}
	return ret;
}

/* Is that part of the file what was collected?  0, -errno, or DIFFERS. */
static int compare_lines(struct follow *f, off_t at, size_t len)
{
	char *old = malloc(len);
	ssize_t got = old ? pread(f->file, old, len, at) : 0;
	int ret = 0;

	f->failed = f->path;
	if (!old)
		ret = -ENOMEM;
	else if (got < 0)
		ret = -errno;
	else if (got != (ssize_t)len || memcmp(old, f->text, len))
		ret = DIFFERS;
	free(old);
	return ret;
}

/*
 * What the file holds already must be the beginning of what it is to hold.  A
 * line that was cut off is gone on with: the rest of it, and what was collected
 * with it, is left in @f->text, to be written when nobody reads.
 */
static int compare_old(struct follow *f, off_t size)
{
	off_t have = 0;
	size_t len;
	int n, ret = 0;

	f->text_len = 0;
	while (!ret && have < size) {
		n = collect_patiently(f);
		if (n < 0)
			return n;
		if (!n)
			return DIFFERS;
		len = f->text_len;
		if (have + (off_t)len > size)
			len = size - have;
		ret = compare_lines(f, have, len);
		have += len;
		f->text_len -= len;
		memmove(f->text, f->text + len, f->text_len);
	}
	return ret;
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
	f->source.log.live_release = true;
	return EXIT_OK;
}

static int prepare_file(struct follow *f)
{
	struct stat st;
	int ret;

	f->failed = f->path;
	ret = open_file(f);
	if (!ret && fstat(f->file, &st))
		ret = -errno;
	if (!ret)
		ret = compare_old(f, st.st_size);
	if (ret != DIFFERS)
		return ret;
	f->failed = f->path;
	f->text_len = 0;
	f->gap = false;
	ret = truncate_unused(f);
	if (!ret)
		ret = open_file(f);
	close_live_log(&f->source);
	return ret ? ret : open_source(f) ? -EIO : 0;
}

/* The first time.  Whoever comes meanwhile is held. */
static int begin_file(struct follow *f)
{
	int ret = holder_wait_empty(&f->holder);

	if (!ret)
		ret = holder_settle(&f->holder);
	f->failed = f->path;
	if (!ret)
		ret = write_lines(f);
	if (!ret)
		ret = catch_up(f);
	holder_let_go(&f->holder);
	return ret;
}

static int watch(struct follow *f)
{
	int ret = holder_watch(&f->holder, f->path);
	struct stat st;

	if (!ret && fstat(f->file, &st))
		return report_error(f->path, -errno);
	if (!ret) {
		readers_add_running(&f->holder.readers, &st);
		return EXIT_OK;
	}
	if (f->allow_lag) {
		report("reads cannot be held (%s): they may be %d ms behind",
		       strerror(-ret), LAG_MS);
		return EXIT_OK;
	}
	report("reads cannot be held: %s (CONFIG_FANOTIFY_ACCESS_PERMISSIONS "
	       "and CAP_SYS_ADMIN are needed, or --allow-lag)",
	       strerror(-ret));
	return EXIT_UNDECIDED;
}

/*
 * Before the first reader is held: nothing may fail behind its back.  With
 * staging the list must not stay open, or nobody could drop records.
 */
static int give_up_privileges(struct follow *f)
{
	struct kernel *live = &f->source.log.live;
	uint64_t unused;
	bool staging;
	int ret = 0;

	staging = live->ops->trimmed(live->ctx, &unused) == -ENOENT &&
		  live->ops->staging(live->ctx);
	if (!staging) {
		ret = securityfs_hold(&f->source.fs);
		f->source.log.live_release = false;
	}
	if (ret)
		return report_error(f->source.fs.dir, ret);
	ret = drop_privileges(f->user, archive_dir(f->archive),
			      staging ? KEEP_READING : KEEP_NOTHING);
	if (!ret && f->holder.fan >= 0 && !readers_visible()) {
		report("/proc hides other processes (hidepid=): it cannot be "
		       "seen who is reading");
		ret = EXIT_UNDECIDED;
	}
	return ret;
}

/* A gap stays until the next epoch: to begin again would be of no use. */
static int tell_error(struct follow *f, int error)
{
	if (!f->gap)
		return report_error(f->failed, error);
	report("records %" PRIu64 " to %" PRIu64 " are missing: an agent could "
	       "not use what follows", f->source.log.gap_first,
	       f->source.log.gap_first + f->source.log.gap_count - 1);
	return EXIT_FAILED;
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
	if (!error && !ret)
		error = begin_file(f);
	if (!error && !ret) {
		report("%s: %" PRIu64 " records", f->path,
		       f->source.log.next);
		notify("READY=1");
		error = serve(f);
	}
	if (error)
		ret = tell_error(f, error);
	if (f->lines)
		fclose(f->lines);
	free(f->text);
	close_live_log(&f->source);
	return ret;
}

int cmd_follow(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct follow f = { .file = -1, .holder.fan = -1 };
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
