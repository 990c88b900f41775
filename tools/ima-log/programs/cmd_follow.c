// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ima-log follow: keep an ascii file that stock agents read as the list.
 *
 * An agent takes its quote first and reads afterwards, so what it reads must
 * not be behind what the kernel has at that moment: each read() of the file is
 * held by a fanotify permission event until the file has caught up.  It fails
 * closed: when this process is killed, or fails, reads wait for the next one,
 * which the service manager hands the fanotify group and the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holder.h"
#include "notify.h"
#include "privileges.h"
#include "program.h"
#include "served_file.h"
#include "../lib/format.h"

#define LUMP		4096	/* records that are formatted at once */
#define DIFFERS		1	/* the file is of another list */
#define FILE_NAME	"file"	/* in the service manager's store */

static volatile sig_atomic_t stop;

struct follow {
	const char *archive, *securityfs, *user;
	uint64_t agent_limit;	/* bytes; 0: none was given */
	bool told_limit;
	struct live_log source;
	const char *failed;	/* the object of an error */
	bool gap;		/* the source cannot give what comes next */
	struct served_file file;
	struct holder holder;
	char *text;		/* lines that are to be written */
	size_t text_len;
	FILE *lines;
};

const struct opt follow_options[] = {
	OPT(follow, agent_limit, set_size, "agent-limit", "SIZE",
	    "say so when FILE comes near SIZE bytes, the most\n"
	    "that the agent can send"),
	OPT(follow, archive, set_text, "archive", "DIR",
	    "the archive, for records removed from the kernel"),
	OPT(follow, user, set_text, "user", "NAME",
	    "the user to become (owner of the archive)"),
	OPT(follow, securityfs, set_text, "securityfs", "DIR",
	    "IMA's directory in securityfs"),
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

/* Some time before an agent's report becomes too large, and not again. */
static void watch_limit(struct follow *f, uint64_t size)
{
	if (!f->agent_limit || f->told_limit ||
	    size < f->agent_limit / 5 * 4)
		return;
	f->told_limit = true;
	report("%s has %" PRIu64 " bytes: an agent that sends all of it can "
	       "send %" PRIu64, f->file.path, size, f->agent_limit);
}

/*
 * Whole lines or none: a part of them that there was room for is taken back,
 * as nobody has seen it.
 */
static int write_lines(struct follow *f)
{
	struct io io = { &io_syscalls, NULL };
	struct stat before;
	int ret;

	f->failed = f->file.path;
	if (fstat(f->file.fd, &before))
		return -errno;
	ret = io_write_all(&io, f->file.fd, f->text, f->text_len);
	if (ret && ftruncate(f->file.fd, before.st_size))
		report("%s: a line that is cut off stays", f->file.path);
	if (!ret)
		watch_limit(f, before.st_size + f->text_len);
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

/*
 * Readers are let go when the file has caught up, and not otherwise: they wait
 * for the process that is started next.
 */
static int serve(struct follow *f)
{
	struct holder *h = &f->holder;
	int ret = 0;

	while (!stop && !ret) {
		notify("WATCHDOG=1");
		ret = holder_wait(h, 1000);
		f->failed = "fanotify";
		if (!ret && !served_in_place(&f->file)) {
			report("%s was renamed or removed", f->file.path);
			return -EIDRM;
		}
		if (ret || !h->num_held)
			continue;
		ret = catch_up(f);
		if (!ret)
			holder_answer(h, FAN_ALLOW);
	}
	return ret;
}

/*
 * The file's lines so far must be the beginning of the list's.  A line that was
 * cut off is gone on with: the rest of it, and what was collected with it, is
 * left in @f->text, to be written when nobody reads.  0, -errno, or DIFFERS.
 */
static int compare_lines(struct follow *f, const char *old, size_t size)
{
	size_t have = 0, len;
	int n;

	while (have < size) {
		n = collect_patiently(f);
		if (n < 0)
			return n;
		len = f->text_len < size - have ? f->text_len : size - have;
		if (!n || memcmp(old + have, f->text, len))
			return DIFFERS;
		have += len;
		f->text_len -= len;
		memmove(f->text, f->text + len, f->text_len);
	}
	return 0;
}

/* By mmap(2): a read() would be held, and only this process could end that. */
static int compare_file(struct follow *f)
{
	struct stat st;
	char *old;
	int ret;

	f->failed = f->file.path;
	f->text_len = 0;
	if (fstat(f->file.fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EPERM;
	if (!st.st_size)
		return 0;
	old = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, f->file.fd, 0);
	if (old == MAP_FAILED)
		return -errno;
	ret = compare_lines(f, old, st.st_size);
	munmap(old, st.st_size);
	return ret;
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

/*
 * Write what there is into a file that nobody can open yet.  It is stored
 * before it has its name: a process that has the group but not the file would
 * have to begin another.
 */
static int begin_file(struct follow *f)
{
	int ret = served_create(&f->file);

	f->failed = f->file.path;
	if (!ret)
		ret = holder_watch(&f->holder, f->file.fd);
	if (ret)
		return ret;
	store_fd(FILE_NAME, f->file.fd);
	f->text_len = 0;
	return catch_up(f);
}

/* Those who have the old one open have to open the new one. */
static int begin_anew(struct follow *f, const char *why)
{
	report("%s %s: it is begun anew", f->file.path, why);
	unstore_fd(FILE_NAME);
	holder_answer_left(&f->holder, FAN_DENY);
	close_live_log(&f->source);
	f->gap = false;
	return open_source(f) ? -EIO : begin_file(f);
}

/* The file of the process before this one. */
static int take_over_file(struct follow *f)
{
	struct stat st;
	int ret;

	if (!fstat(f->file.fd, &st) && !st.st_nlink)
		return begin_anew(f, "was removed");
	ret = compare_file(f);
	if (ret == DIFFERS)
		return begin_anew(f, "is of another list");
	if (!ret)
		ret = holder_watch(&f->holder, f->file.fd);
	return ret ? ret : holder_find_readers(&f->holder, f->file.fd);
}

/* A file that was there before, and that this process cannot take over. */
static int look_at_other(struct follow *f)
{
	int fd = served_find_other(&f->file), ret = 0;

	if (fd == -ENOENT)
		return EXIT_OK;
	if (fd == -EPERM) {
		report("%s is no ascii measurement list: it is left as it is",
		       f->file.path);
		return EXIT_USAGE;
	}
	if (fd < 0)
		return report_error(f->file.path, fd);
	if (!f->holder.taken_over)
		ret = holder_refuse(&f->holder, fd);
	close(fd);
	return ret ? report_error(f->file.path, ret) : EXIT_OK;
}

static int open_all(struct follow *f, const char *path)
{
	int ret = served_open(&f->file, path);

	if (ret)
		return ret;
	f->holder.path = path;
	ret = holder_open(&f->holder);
	if (ret) {
		report("reads cannot be held: %s "
		       "(CONFIG_FANOTIFY_ACCESS_PERMISSIONS and CAP_SYS_ADMIN "
		       "are needed)", strerror(-ret));
		return EXIT_UNDECIDED;
	}
	if (f->holder.taken_over)
		f->file.fd = stored_fd(FILE_NAME);
	if (!f->holder.stored)
		report("no service manager keeps descriptors: readers are not "
		       "held if this process is killed");
	return look_at_other(f);
}

static int prepare_file(struct follow *f)
{
	int fd, ret = f->file.fd >= 0 ? take_over_file(f) : begin_file(f);

	if (ret)
		return ret;
	fd = f->file.fd;
	f->failed = f->file.path;
	ret = served_show(&f->file);
	if (!ret && f->file.fd != fd) {
		unstore_fd(FILE_NAME);
		store_fd(FILE_NAME, f->file.fd);
	}
	return ret;
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
	if (!ret && !readers_visible()) {
		report("/proc hides other processes (hidepid=): it cannot be "
		       "seen who is reading");
		ret = EXIT_UNDECIDED;
	}
	return ret;
}

/* Whoever waits goes on with their read, or with that of the one before. */
static int begin_serving(struct follow *f)
{
	int ret = holder_wait_empty(&f->holder);

	f->failed = f->file.path;
	if (!ret && f->text_len)
		ret = write_lines(f);
	if (!ret)
		ret = catch_up(f);
	if (ret)
		return ret;
	holder_answer(&f->holder, FAN_ALLOW);
	holder_answer_left(&f->holder, FAN_ALLOW);
	report("%s: %" PRIu64 " records", f->file.path, f->source.log.next);
	notify("READY=1");
	return serve(f);
}

/* A gap stays until the next epoch: to begin again would be of no use. */
static int tell_error(struct follow *f, int error)
{
	if (error == -EIDRM)		/* it was said */
		return EXIT_UNDECIDED;
	if (!f->gap)
		return report_error(f->failed, error);
	report("records %" PRIu64 " to %" PRIu64 " are missing: an agent could "
	       "not use what follows", f->source.log.gap_first,
	       f->source.log.gap_first + f->source.log.gap_count - 1);
	return EXIT_FAILED;
}

/*
 * Where the service manager keeps the group, readers wait for the process that
 * is started next, unless that could not do better.  Where nothing keeps it,
 * the file goes, and reads fail: without this process all would go through.
 */
static void end_serving(struct follow *f, int code)
{
	struct holder *h = &f->holder;
	int ret;

	if (h->fan < 0 ||
	    (h->stored && code != EXIT_FAILED && code != EXIT_MALFORMED))
		return;
	if (!h->stored && f->file.fd >= 0) {
		ret = served_remove(&f->file);
		if (ret)
			report("%s cannot be removed (%s): do not read it",
			       f->file.path, strerror(-ret));
	}
	holder_wait(h, 0);
	holder_answer(h, FAN_DENY);
	if (h->taken_over)
		holder_answer_left(h, FAN_DENY);
}

static int run(struct follow *f, const char *path)
{
	int ret = open_all(f, path), error;

	if (!ret)
		ret = open_source(f);
	if (ret)
		return ret;
	f->lines = open_memstream(&f->text, &f->text_len);
	error = f->lines ? prepare_file(f) : -ENOMEM;
	if (!error)
		ret = give_up_privileges(f);
	if (!error && !ret)
		error = begin_serving(f);
	if (error)
		ret = tell_error(f, error);
	end_serving(f, ret);
	if (f->lines)
		fclose(f->lines);
	free(f->text);
	close_live_log(&f->source);
	served_close(&f->file);
	return ret;
}

int cmd_follow(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct follow f = { .file.fd = -1, .holder.fan = -1 };
	int ret = options_read(follow_options, &f, 1, argc, argv);

	if (ret)
		return ret;
	if (optind == argc)
		return usage_error("follow: FILE is missing");
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return run(&f, argv[optind]);
}
