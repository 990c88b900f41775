// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log archive: save the list's records, then remove them. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "notify.h"
#include "privileges.h"
#include "program.h"
#include "../lib/report.h"

#define BUSY_TRIES	20
#define BUSY_NAP_US	100000
#define FIRST_NAP_MAX	30		/* seconds */

struct archive_options {
	const char *archive, *securityfs, *tcti, *user;
	bool daemon, dry_run, only_save;
	uint64_t interval;		/* seconds between cycles */
	uint64_t records;		/* in the list; 0: no threshold */
	uint64_t bytes;			/* of the list; 0: no threshold */
	uint64_t segment;
	struct retention retention;
};

const struct opt archive_options[] = {
	OPT(archive_options, daemon, set_flag, "daemon", NULL,
	    "save again and again, until SIGTERM"),
	OPT(archive_options, interval, set_positive, "interval", "SECONDS",
	    "with --daemon: this often (60)"),
	OPT(archive_options, records, set_number, "records", "N",
	    "and as soon as the list has N records"),
	OPT(archive_options, bytes, set_size, "bytes", "SIZE",
	    "or shows about SIZE bytes"),
	OPT(archive_options, archive, set_text, "archive", "DIR",
	    "the archive"),
	OPT(archive_options, user, set_text, "user", "NAME",
	    "the user to become, who owns the archive"),
	OPT(archive_options, only_save, set_flag, "archive-only", NULL,
	    "remove nothing from the kernel's list"),
	OPT(archive_options, dry_run, set_flag, "dry-run", NULL,
	    "print the request to the kernel, do nothing"),
	OPT(archive_options, segment, set_size, "segment-size", "SIZE",
	    "begin a new file at about SIZE bytes (16M)"),
	OPT(archive_options, retention.keep_epochs, set_number, "keep-epochs",
	    "N", "remove the oldest closed epochs beyond N,"),
	OPT(archive_options, retention.max_bytes, set_size, "max-bytes", "SIZE",
	    "or while the archive is larger than SIZE,"),
	OPT(archive_options, retention.keep_free, set_size, "keep-free", "SIZE",
	    "or while less than SIZE is free"),
	OPT(archive_options, tcti, set_text, "tcti", "CONF",
	    "the TPM whose reset count tells epochs apart"),
	OPT(archive_options, securityfs, set_text, "securityfs", "DIR",
	    "IMA's directory in securityfs"),
	{ 0 }
};

static volatile sig_atomic_t stop;

struct run {
	struct archive_options options;
	struct securityfs fs;
	struct archive archive;
	struct saver saver;
	struct save_report report;
	struct tpm *tpm;		/* for its reset count; NULL: none */
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

	if (run->options.only_save)
		return SAVE_ONLY;
	ret = securityfs_open_trim(&run->fs);
	if (!ret)
		return SAVE_TRIM;
	if (ret != -ENOENT)
		report("trim: %s: nothing will be removed", strerror(-ret));
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

/* What is wrong, and with what: it is all that status and the journal have. */
static const char *error_text(const struct run *run, int error, char *text,
			      size_t size)
{
	switch (error) {
	case -ENOSPC:
	case -EDQUOT:
		return "disk full: nothing is removed until there is room";
	case -EBUSY:
		find_list_user(run->fs.dir, text, size);
		return text;
	case -ESTALE:
		return "measurement is suspended for a kexec: the records "
		       "travel on";
	case -EAGAIN:
		return "another process removes records all the time";
	case -EINVAL:
		return "the kernel removes nothing: is it booted with "
		       "ima_flush_htable?";
	case -EPROTO:
		snprintf(text, size, "%s/trim does not hold a number",
			 run->fs.dir);
		return text;
	case -EBADMSG:
	case -EFBIG:
	case -ENODATA:
		return "the kernel's list has bytes that are no record";
	case -EUCLEAN:
		return "the kernel's list does not go on where the archive "
		       "ends";
	default:
		snprintf(text, size, "list or archive: %s", strerror(-error));
		return text;
	}
}

static void tell_error(struct run *run, int error)
{
	struct save_report *r = &run->report;
	char text[sizeof(r->last_error)];

	snprintf(r->last_error, sizeof(r->last_error), "%s",
		 error_text(run, error, text, sizeof(text)));
	r->last_error_time = time(NULL);
	r->errors++;
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
	report("%" PRIu64 " records were removed by another process",
	       s->foreign_records - records);
}

static void fill_report(struct run *run)
{
	struct save_report *r = &run->report;
	const struct saver *s = &run->saver;

	r->durable = run->archive.durable;
	r->trimmed = s->seen_trimmed;
	r->interval = run->options.daemon ? run->options.interval : 0;
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

/*
 * It stays open: the TPM may be reset under this kernel, by a hibernation or a
 * resume that failed, and nothing can be opened later.
 */
static int open_tpm(struct run *run)
{
	const char *tcti = run->options.tcti;
	struct tpm_clock clock;
	int ret;

	if (tcti ? !strcmp(tcti, "none") : !tpm_device())
		return EXIT_OK;
	ret = tpm_open(&run->tpm, tcti);
	if (!ret)
		ret = tpm_read_clock(run->tpm, &clock);
	if (ret) {
		report_tpm(tcti, run->tpm, ret);
		return tcti ? EXIT_UNDECIDED : EXIT_OK;
	}
	run->saver.have_reset_count = true;
	run->saver.reset_count = clock.reset_count;
	return EXIT_OK;
}

static void tell_reset(struct run *run)
{
	run->report.tpm_resets++;
	report("the TPM was reset while this kernel runs (a hibernation, or a "
	       "resume that failed): the records in the list are saved as "
	       "before, but no PCR covers them until the machine is booted");
}

static void watch_tpm(struct run *run)
{
	struct saver *s = &run->saver;
	struct tpm_clock clock;
	int ret;

	if (!run->tpm || !s->have_reset_count ||
	    tpm_read_clock(run->tpm, &clock) ||
	    clock.reset_count == s->reset_count)
		return;
	tell_reset(run);
	ret = saver_note_reset(s, clock.reset_count);
	if (ret)
		report("the epoch's file: %s", strerror(-ret));
}

/* With staging, a reader of the list is in the way for a moment. */
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
	uint64_t records = s->foreign_records, saved = s->saved;
	uint64_t dropped = s->dropped;
	int ret, pruned;

	watch_tpm(run);
	ret = patient_cycle(run);
	run->report.cycles++;
	run->report.saved += s->saved - saved;
	run->report.removed += s->dropped - dropped;
	count_foreign(run, trims, records);
	if (s->lost != lost)
		report("%" PRIu64 " records were removed by another process "
		       "before they were saved: a gap is kept",
		       s->lost - lost);
	if (ret) {
		tell_error(run, ret);
	} else {
		run->report.last_success = time(NULL);
		run->report.last_error[0] = '\0';
		tell_state(run);
	}
	pruned = archive_prune(&run->archive, &run->options.retention);
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
	const struct archive_options *o = &run->options;
	uint64_t count, mean = 110;

	if ((!o->records && !o->bytes) || securityfs_count(&run->fs, &count))
		return false;
	if (o->records && count >= o->records)
		return true;
	if (run->saver.saved && run->archive.segment_size &&
	    run->archive.durable > run->archive.segment_first)
		mean = run->archive.segment_size /
		       (run->archive.durable - run->archive.segment_first);
	return o->bytes && count * mean >= o->bytes;
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
	struct save_report *r = &run->report;
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
		r->have_snapshot = false;
		r->foreign_trims = r->foreign_records = 0;
		r->last_foreign_trim = 0;
		r->tpm_resets = r->not_carried = 0;
	}
	if (s->tpm_was_reset)
		tell_reset(run);
	if (s->not_carried) {
		r->not_carried = 1;
		report("the list has no record that was saved before: if a "
		       "kexec did not carry it, records that were not saved "
		       "are lost; ima-log verify tells");
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
	const uint64_t interval = run->options.interval;
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
	ret = open_tpm(run);
	if (ret || s->mode == SAVE_STAGING)
		return ret;
	ret = securityfs_hold(&run->fs);
	return ret ? report_error("list", ret) : EXIT_OK;
}

static int start(struct run *run)
{
	const char *dir = archive_dir(run->options.archive);
	struct io io = { &io_syscalls, NULL };
	int ret = open_all(run);

	if (!ret)
		ret = make_archive_dir(dir, run->options.user);
	if (!ret)
		ret = drop_privileges(run->options.user, dir,
				      run->saver.mode == SAVE_STAGING ?
				      KEEP_STAGING : KEEP_NOTHING);
	if (ret)
		return ret;
	ret = archive_open(&run->archive, dir, io);
	if (ret)
		return is_damage(ret) ? report_damage(dir) :
					report_error(dir, ret);
	run->archive.segment_max = run->options.segment;
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
		tpm_close(run->tpm);
		return ret;
	}
	ret = run->options.daemon ? serve(run) : begin_and_cycle(run);
	saver_free(&run->saver);
	archive_close(&run->archive);
	tpm_close(run->tpm);
	if (!run->begun && is_damage(ret))
		return report_damage(archive_dir(run->options.archive));
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
		printf("nothing to remove\n");
	else if (run->options.only_save)
		printf("%" PRIu64 " records, none is to be removed\n",
		       count);
	else if (has_trim)
		printf("%" PRIu64 ":%" PRIu64 "\n", trimmed, count);
	else if (k.ops->staging(k.ctx))
		printf("%" PRIu64 "\n", count);
	else
		printf("%" PRIu64 " records, the kernel cannot remove any\n",
		       count);
	return EXIT_OK;
}

int cmd_archive(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct run run = { .options = { .interval = 60,
					.segment = SEGMENT_MAX } };
	const char *dir;
	int ret = options_read(archive_options, &run.options, 0, argc, argv);

	if (ret)
		return ret;
	if (!run.options.segment)
		return usage_error("archive: --segment-size cannot be 0");
	umask(0027);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	dir = securityfs_dir(run.options.securityfs);
	ret = securityfs_init(&run.fs, dir);
	if (ret)
		return report_error(dir, ret);
	ret = run.options.dry_run ? dry_run(&run) : save(&run);
	securityfs_free(&run.fs);
	return ret;
}
