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

static volatile sig_atomic_t stop;

struct follow {
	const char *archive, *securityfs, *path, *user;
	bool allow_lag;
	struct live_log source;
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
	if (ret == -EBUSY && n)		/* asked again behind these */
		ret = 0;
	f->text_len = ftell(f->lines);
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
		ret = holder_wait(h, 1000);
		if (ret || !h->num_held)
			continue;
		ret = catch_up(f);
		/* behind or not: a reader is never left hanging */
		holder_let_go(h);
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
	ssize_t got;
	int n = 1, ret = 0;

	while (!ret && n > 0 && (off_t)have < size) {
		n = collect_patiently(f);
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
		got = pread(f->file, old, want, have);
		if (got < 0)
			ret = -errno;
		else if (got != (ssize_t)want || memcmp(old, f->text, want))
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
	f->source.log.live_release = true;
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
	int ret = holder_watch(&f->holder, f->path);

	if (!ret)
		return EXIT_OK;
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
