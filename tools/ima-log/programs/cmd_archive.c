// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log archive: save the list's records, then drop them. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "notify.h"
#include "privileges.h"
#include "program.h"
#include "../lib/report.h"

#define BUSY_TRIES	20
#define BUSY_NAP_US	100000
#define FIRST_NAP_MAX	30		/* seconds */

static volatile sig_atomic_t stop;

struct run {
	struct config config;
	struct securityfs fs;
	struct archive archive;
	struct saver saver;
	struct save_report report;
	bool begun;			/* archive and list have met */
};

static bool extend = true;		/* it was worth the time that it took */

/* Busy, not stuck: the first catch-up may take longer than it may to start. */
static void progress(void)
{
	static time_t last;
	time_t now = time(NULL);

	if (now == last)
		return;
	last = now;
	notify(extend ? "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000" :
			"WATCHDOG=1");
}

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

/* For whoever asks the service manager. */
static void tell_state(const struct run *run)
{
	const char *error = run->report.last_error;
	char text[sizeof(run->report.last_error) + 64];

	if (error[0])
		snprintf(text, sizeof(text), "STATUS=%s", error);
	else
		snprintf(text, sizeof(text), "STATUS=epoch %u, %" PRIu64
			 " records are saved, mode %s", run->archive.epoch,
			 run->archive.durable, mode_name(run->saver.mode));
	notify(text);
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
	case -EAGAIN:
		snprintf(r->last_error, sizeof(r->last_error),
			 "somebody else drops records all the time");
		break;
	case -EINVAL:
		snprintf(r->last_error, sizeof(r->last_error),
			 "the kernel drops nothing: is it booted with "
			 "ima_flush_htable?");
		break;
	default:
		snprintf(r->last_error, sizeof(r->last_error), "%s",
			 strerror(-error));
	}
	r->last_error_time = time(NULL);
	report("%s", r->last_error);
	tell_state(run);
}

static bool is_damage(int error)
{
	return error == -EBADMSG || error == -EUCLEAN || error == -EFBIG ||
	       error == -ENODATA;
}

/*
 * Found before the first cycle, it is the archive's: nothing was changed, and
 * nothing is, not even what status reads.
 */
static int report_damage(const char *dir)
{
	report("%s: the last epoch is damaged, or does not fit to the list; "
	       "it is left as it is: see ima-log-archive(5)", dir);
	return EXIT_MALFORMED;
}

/* What was counted before this run is in the report that was read. */
static void count_foreign(struct run *run, uint64_t trims, uint64_t records)
{
	struct save_report *r = &run->report;
	const struct saver *s = &run->saver;

	if (s->foreign_trims == trims)
		return;
	r->foreign_trims += s->foreign_trims - trims;
	r->foreign_records += s->foreign_records - records;
	r->last_foreign_trim = time(NULL);
	report("%" PRIu64 " records were dropped by somebody else",
	       s->foreign_records - records);
}

static void fill_report(struct run *run)
{
	struct save_report *r = &run->report;
	const struct saver *s = &run->saver;

	r->durable = run->archive.durable;
	r->trimmed = s->seen_trimmed;
	r->interval = run->config.daemon ? run->config.interval : 0;
	snprintf(r->mode, sizeof(r->mode), "%s", mode_name(s->mode));
	if (s->snapshot_record) {
		r->have_snapshot = true;
		r->snapshot = s->snapshot_record;
		snprintf(r->snapshot_digest, sizeof(r->snapshot_digest), "%s:",
			 s->snapshot.alg->name);
		hex_encode(s->snapshot.digest, s->snapshot.alg->size,
			   r->snapshot_digest + strlen(r->snapshot_digest));
	}
	if (save_report_write(&run->archive, r))
		report("the status file cannot be written");
}

/* Whoever reads the list of a staging kernel is in the way for a moment. */
static int patient_cycle(struct run *run)
{
	struct saver *s = &run->saver;
	int ret, i;

	for (i = 0; i < BUSY_TRIES; i++) {
		ret = saver_cycle(s);
		if (ret != -EBUSY || s->mode != SAVE_STAGING || stop)
			break;
		usleep(BUSY_NAP_US);
	}
	return ret;
}

static int cycle(struct run *run)
{
	struct saver *s = &run->saver;
	uint64_t lost = s->lost, trims = s->foreign_trims;
	uint64_t records = s->foreign_records;
	int ret = patient_cycle(run), pruned;

	count_foreign(run, trims, records);
	if (s->lost != lost)
		report("%" PRIu64 " records were dropped by somebody else "
		       "before they were saved: a gap is kept",
		       s->lost - lost);
	if (ret) {
		tell_error(run, ret);
	} else {
		run->report.last_success = time(NULL);
		run->report.last_error[0] = '\0';
		tell_state(run);
	}
	pruned = archive_prune(&run->archive, &run->config.retention);
	if (pruned < 0)
		report("retention: %s", strerror(-pruned));
	else if (pruned)
		report("%d old epochs were removed", pruned);
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

static void tell_start(struct run *run)
{
	const struct saver *s = &run->saver;

	if (run->archive.tail_bytes)
		report("%" PRIu64 " bytes behind the last whole record were "
		       "%s", run->archive.tail_bytes, s->tail_left ?
		       "left, as there are records among them" : "cut off");
	report("epoch %u%s, record %" PRIu64 " is next, mode %s",
	       run->archive.epoch, s->new_epoch ? " begins" : " goes on",
	       run->archive.next, mode_name(s->mode));
}

static int begin(struct run *run)
{
	struct saver *s = &run->saver;
	int ret = saver_start(s);

	if (ret) {
		if (!is_damage(ret)) {
			tell_error(run, ret);
			fill_report(run);
		}
		return ret;
	}
	run->begun = true;
	if (s->new_epoch) {
		struct save_report *r = &run->report;

		r->have_snapshot = false;
		r->foreign_trims = r->foreign_records = 0;
		r->last_foreign_trim = 0;
	}
	tell_start(run);
	return 0;
}

static int begin_and_cycle(struct run *run)
{
	int ret = run->begun ? 0 : begin(run);

	return ret ? ret : cycle(run);
}

static void nap(unsigned int seconds)
{
	for (; seconds && !stop; seconds--) {
		sleep(1);
		notify("WATCHDOG=1");
	}
}

/*
 * To be ready is to have caught up.  Until then the service manager hears why
 * not, and its limit for a start goes on: only what was of use extends it.
 */
static int catch_up(struct run *run)
{
	unsigned int wait = 1;
	uint64_t before;
	int ret;

	for (;;) {
		before = run->archive.durable;
		ret = begin_and_cycle(run);
		if (!ret || stop || (!run->begun && is_damage(ret)))
			return ret;
		extend = run->archive.durable > before;
		nap(wait);
		wait = wait < FIRST_NAP_MAX / 2 ? 2 * wait : FIRST_NAP_MAX;
	}
}

/*
 * A threshold that a cycle could not get the list below (nothing can be
 * dropped, or not now) is no reason for one each second.
 */
static int serve(struct run *run)
{
	const uint64_t interval = run->config.interval;
	uint64_t waited = 0, pause = 1;
	int ret = catch_up(run);

	if (ret) {
		notify("STOPPING=1");
		return ret;
	}
	notify("READY=1");
	while (!stop) {
		nap(1);
		if (++waited < interval &&
		    (waited < pause || !threshold(run)))
			continue;
		ret = cycle(run);
		waited = 0;
		pause = !threshold(run) ? 1 :
			pause < interval / 2 ? 2 * pause : interval;
		if (ret == -ESTALE)	/* a kexec is under way */
			nap(1);
	}
	notify("STOPPING=1");
	cycle(run);
	return 0;
}

/* All that takes privileges: to be done before they are dropped. */
static int open_all(struct run *run)
{
	struct saver *s = &run->saver;
	int ret;

	s->mode = choose_mode(run);
	s->canonical = canonical_fmt();
	s->progress = progress;
	read_boot_id(s->boot_id);
	ret = read_reset_count(run->config.tcti, &s->reset_count);
	s->have_reset_count = !ret;
	if (ret && ret != -ENODEV)
		report("TPM's reset count: %s", strerror(-ret));
	if (s->mode == SAVE_STAGING)
		return EXIT_OK;
	ret = securityfs_hold(&run->fs);
	return ret ? report_error("list", ret) : EXIT_OK;
}

static int start(struct run *run)
{
	const char *dir = archive_dir(run->config.archive);
	struct io io = { &io_syscalls, NULL };
	int ret = open_all(run);

	if (!ret)
		ret = make_archive_dir(dir, run->config.user);
	if (!ret)
		ret = drop_privileges(run->config.user, dir,
				      run->saver.mode == SAVE_STAGING ?
				      KEEP_STAGING : KEEP_NOTHING);
	if (ret)
		return ret;
	ret = archive_open(&run->archive, dir, io);
	if (ret)
		return is_damage(ret) ? report_damage(dir) :
					report_error(dir, ret);
	run->archive.segment_max = run->config.segment;
	ret = save_report_read(dir, &run->report);
	if (ret && ret != -ENOENT)
		report("status: %s", strerror(-ret));
	return EXIT_OK;
}

static int save(struct run *run)
{
	int ret;

	saver_init(&run->saver, &run->archive, securityfs_kernel(&run->fs));
	ret = start(run);
	if (ret) {
		saver_free(&run->saver);
		return ret;
	}
	ret = run->config.daemon ? serve(run) : begin_and_cycle(run);
	saver_free(&run->saver);
	archive_close(&run->archive);
	if (!run->begun && is_damage(ret))
		return report_damage(archive_dir(run->config.archive));
	if (!ret)
		return EXIT_OK;
	return is_damage(ret) ? EXIT_MALFORMED : EXIT_UNDECIDED;
}

/* Say what would be asked for, were everything in the list saved. */
static int dry_run(struct run *run)
{
	struct kernel k = securityfs_kernel(&run->fs);
	uint64_t trimmed = 0, count = 0;
	struct record rec;
	struct reader r;
	int ret = k.ops->trimmed(k.ctx, &trimmed);
	bool has_trim = ret != -ENOENT, others = false;

	if (has_trim && ret)
		return report_error("trim", ret);
	ret = k.ops->open(k.ctx, LIST_SHARED);
	if (ret)
		return report_error("list", ret);
	reader_init(&r, kernel_source(&k), ORDER_UNKNOWN);
	while ((ret = reader_next(&r, &rec)) == 1) {
		count++;
		others |= record_fields(&rec) ||
			  critical_kind(&rec) != CRITICAL_TRIM;
	}
	reader_free(&r);
	k.ops->close(k.ctx);
	if (ret)
		return report_error("list", ret);
	if (!others)			/* no more than ima_trim's own */
		printf("nothing to drop\n");
	else if (run->config.only_save)
		printf("%" PRIu64 " records, nothing is to be dropped\n",
		       count);
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
