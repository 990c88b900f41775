// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log archive: save the list's records, then drop them. */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "notify.h"
#include "program.h"
#include "../lib/report.h"

static volatile sig_atomic_t stop;

struct run {
	struct config config;
	struct securityfs fs;
	struct archive archive;
	struct saver saver;
	struct save_report report;
};

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static const char *mode_name(enum save_mode mode)
{
	return mode == SAVE_TRIM ? "trim" :
	       mode == SAVE_STAGING ? "staging" : "archive-only";
}

static enum save_mode choose_mode(struct run *run)
{
	int ret;

	if (run->config.only_save)
		return SAVE_ONLY;
	ret = securityfs_open_trim(&run->fs);
	if (!ret)
		return SAVE_TRIM;
	if (ret != -ENOENT)
		report("trim: %s: nothing will be dropped", strerror(-ret));
	else if (run->saver.kernel.ops->staging(&run->fs))
		return SAVE_STAGING;
	return SAVE_ONLY;
}

/*
 * All that needs privileges is open.  Staging opens the list for writing each
 * time, which takes CAP_SYS_ADMIN each time.
 */
static int drop_privileges(const char *user, enum save_mode mode)
{
	struct passwd *pw;

	if (!user || geteuid())
		return EXIT_OK;
	if (mode == SAVE_STAGING) {
		report("staging needs CAP_SYS_ADMIN: privileges are kept");
		return EXIT_OK;
	}
	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		report("no such user: %s", user);
		return EXIT_USAGE;
	}
	if (setgroups(0, NULL) || setresgid(pw->pw_gid, pw->pw_gid,
					    pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return report_error(user, -errno);
	return EXIT_OK;
}

static void tell_error(struct run *run, int error)
{
	struct save_report *r = &run->report;

	switch (error) {
	case -ENOSPC:
	case -EDQUOT:
		snprintf(r->last_error, sizeof(r->last_error),
			 "disk full: nothing is dropped until there is room");
		break;
	case -EBUSY:
		find_list_user(run->fs.dir, r->last_error,
			       sizeof(r->last_error));
		break;
	case -ESTALE:
		snprintf(r->last_error, sizeof(r->last_error),
			 "measurement is suspended, the records travel on");
		break;
	default:
		snprintf(r->last_error, sizeof(r->last_error), "%s",
			 strerror(-error));
	}
	r->last_error_time = time(NULL);
	report("%s", r->last_error);
}

static void fill_report(struct run *run)
{
	struct save_report *r = &run->report;

	r->durable = run->archive.durable;
	r->trimmed = run->saver.seen_trimmed;
	r->foreign_trims = run->saver.foreign_trims;
	r->lost = run->saver.lost;
	snprintf(r->mode, sizeof(r->mode), "%s", mode_name(run->saver.mode));
	save_report_write(&run->archive, r);
}

static int cycle(struct run *run)
{
	uint64_t lost = run->saver.lost;
	int ret = saver_cycle(&run->saver);

	if (run->saver.lost != lost)
		report("%" PRIu64 " records were dropped by somebody else "
		       "before they were saved: a gap is kept",
		       run->saver.lost - lost);
	if (ret) {
		tell_error(run, ret);
	} else {
		run->report.last_success = time(NULL);
		run->report.last_error[0] = '\0';
		archive_prune(&run->archive, &run->config.retention);
	}
	fill_report(run);
	return ret;
}

/* Is there a reason to act before the interval is over? */
static bool threshold(struct run *run)
{
	const struct config *c = &run->config;
	uint64_t count, mean = 110;

	if ((!c->records && !c->bytes) || securityfs_count(&run->fs, &count))
		return false;
	if (c->records && count >= c->records)
		return true;
	if (run->saver.saved && run->archive.segment_size &&
	    run->archive.durable > run->archive.segment_first)
		mean = run->archive.segment_size /
		       (run->archive.durable - run->archive.segment_first);
	return c->bytes && count * mean >= c->bytes;
}

static void serve(struct run *run)
{
	uint64_t waited = 0;
	int ret = cycle(run);

	notify("READY=1");
	while (!stop) {
		sleep(1);
		notify("WATCHDOG=1");
		if (++waited < run->config.interval && !threshold(run))
			continue;
		ret = cycle(run);
		waited = 0;
		if (ret == -ESTALE)	/* a kexec is under way */
			sleep(1);
	}
	notify("STOPPING=1");
	cycle(run);
}

static int start(struct run *run)
{
	struct saver *s = &run->saver;
	struct io io = { &io_syscalls, NULL };
	int ret;

	s->mode = choose_mode(run);
	run->fs.keep_open = s->mode != SAVE_STAGING;
	s->canonical = canonical_fmt();
	read_boot_id(s->boot_id);
	ret = read_reset_count(run->config.tcti, &s->reset_count);
	s->have_reset_count = !ret;
	if (ret && ret != -ENODEV)
		report("TPM's reset count: %s", strerror(-ret));
	if (run->fs.keep_open) {	/* while it is allowed */
		ret = s->kernel.ops->open(&run->fs, LIST_SHARED);
		if (ret)
			return report_error("list", ret);
		s->kernel.ops->close(&run->fs);
	}
	ret = drop_privileges(run->config.user, s->mode);
	if (ret)
		return ret;
	ret = archive_open(&run->archive, archive_dir(run->config.archive),
			   io);
	if (ret)
		return report_error(archive_dir(run->config.archive), ret);
	run->archive.segment_max = run->config.segment;
	return EXIT_OK;
}

static void tell_start(struct run *run)
{
	const struct saver *s = &run->saver;

	if (run->archive.torn)
		report("%" PRIu64 " bytes behind the last whole record were "
		       "cut off", run->archive.torn);
	report("epoch %u%s, record %" PRIu64 " is next, mode %s",
	       run->archive.epoch, s->new_epoch ? " begins" : " goes on",
	       run->archive.next, mode_name(s->mode));
}

static int save(struct run *run)
{
	int ret;

	saver_init(&run->saver, &run->archive, securityfs_kernel(&run->fs));
	ret = start(run);
	if (ret)
		return ret;
	ret = saver_start(&run->saver);
	if (ret) {
		tell_error(run, ret);
	} else {
		tell_start(run);
		if (run->config.daemon)
			serve(run);
		else
			ret = cycle(run);
	}
	saver_free(&run->saver);
	archive_close(&run->archive);
	return ret ? EXIT_UNDECIDED : EXIT_OK;
}

/* Say what would be asked for, were everything in the list saved. */
static int dry_run(struct run *run)
{
	struct kernel k = securityfs_kernel(&run->fs);
	uint64_t trimmed = 0, count = 0;
	struct record rec;
	struct reader r;
	int ret = k.ops->trimmed(k.ctx, &trimmed);
	bool has_trim = ret != -ENOENT;

	if (has_trim && ret)
		return report_error("trim", ret);
	ret = k.ops->open(k.ctx, LIST_SHARED);
	if (ret)
		return report_error("list", ret);
	reader_init(&r, kernel_source(&k), ORDER_UNKNOWN);
	while ((ret = reader_next(&r, &rec)) == 1)
		count++;
	reader_free(&r);
	k.ops->close(k.ctx);
	if (ret)
		return report_error("list", ret);
	if (!count)
		printf("nothing to drop\n");
	else if (has_trim)
		printf("%" PRIu64 ":%" PRIu64 "\n", trimmed, count);
	else if (k.ops->staging(k.ctx))
		printf("%" PRIu64 "\n", count);
	else
		printf("%" PRIu64 " records, the kernel cannot drop any\n",
		       count);
	return EXIT_OK;
}

int cmd_archive(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct run run = { 0 };
	const char *dir;
	int ret = config_read(&run.config, argc, argv);

	if (ret)
		return ret;
	umask(0027);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	dir = securityfs_dir(run.config.securityfs);
	ret = securityfs_init(&run.fs, dir);
	if (ret)
		return report_error(dir, ret);
	ret = run.config.dry_run ? dry_run(&run) : save(&run);
	securityfs_free(&run.fs);
	free(run.config.archive);
	free(run.config.securityfs);
	free(run.config.tcti);
	free(run.config.user);
	return ret;
}
