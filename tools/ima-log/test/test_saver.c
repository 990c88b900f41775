// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No record is lost and none doubled: the process is killed, or the power is
 * cut, at each change of the disk in turn, and each change fails in turn.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_io.h"
#include "fake_kernel.h"
#include "test.h"
#include "../lib/report.h"

#define SEGMENT	1500

static struct fake_kernel *kernel;
static struct fake_io *disk;
static const char *const dir = "archive";

static void clean(void)
{
	remove_all("archive");
	CHECK(!mkdir("archive", 0750));
	memset(kernel, 0, sizeof(*kernel));
	fake_io_reset(disk);
}

struct run {
	struct archive archive;
	struct saver saver;
};

static void init_saver(struct run *run, const char *boot_id, int reset_count)
{
	kernel->is_open = false;
	saver_init(&run->saver, &run->archive, fake_kernel_ops(kernel));
	strcpy(run->saver.boot_id, boot_id);
	run->saver.mode = kernel->staging ? SAVE_STAGING :
			  kernel->no_trim ? SAVE_ONLY : SAVE_TRIM;
	run->saver.have_reset_count = reset_count >= 0;
	run->saver.reset_count = reset_count;
}

static int begin(struct run *run, const char *boot_id, int reset_count)
{
	int ret = archive_open(&run->archive, dir, fake_io_ops(disk));

	if (ret)
		return ret;
	run->archive.segment_max = SEGMENT;
	init_saver(run, boot_id, reset_count);
	ret = saver_start(&run->saver);
	if (ret) {
		saver_free(&run->saver);
		archive_close(&run->archive);
	}
	return ret;
}

static void end(struct run *run)
{
	saver_free(&run->saver);
	archive_close(&run->archive);
}

/* Records [0, count) of the epoch are there, in order, and right. */
static void check_archive(unsigned int epoch, unsigned int boot,
			  uint64_t count, bool more_allowed)
{
	uint8_t expected[256];
	struct record rec;
	struct log log;
	uint64_t n = 0;
	size_t size;
	int ret;

	ret = archive_log(dir, epoch, 0, &log);
	if (ret == -ENOENT && !count)
		return;
	CHECK_EQ(ret, 0);
	while ((ret = log_next(&log, &rec)) == LOG_RECORD) {
		size = fake_record(boot, n, expected);
		if (rec.size != size || memcmp(rec.bytes, expected, size)) {
			CHECK(n >= count && more_allowed);
			break;
		}
		n++;
	}
	if (ret == LOG_END || n < count)
		CHECK_EQ(ret, LOG_END);
	log_free(&log);
	CHECK(n >= count);
	if (!more_allowed)
		CHECK_EQ(n, count);
}

/* What is done while things go wrong.  Errors end it, or are tried again. */
static int work(bool retry)
{
	struct run run;
	int ret, i, tries;

	for (tries = 0; (ret = begin(&run, "boot-1", 7)); tries++)
		if (!retry || tries == 5)
			return ret;
	for (i = 0; i < 6; i++) {
		kernel->total += 5 + 7 * i;
		tries = 0;
		do {
			ret = saver_cycle(&run.saver);
			CHECK(kernel->trimmed <= run.archive.durable);
		} while (ret && retry && ++tries < 10);
		if (ret)
			break;
	}
	end(&run);
	return ret;
}

/* In a child that dies at change @at; did it? */
static bool work_killed(long at)
{
	pid_t pid;
	int status;

	fake_io_kill_at(disk, at);
	fflush(stderr);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		_exit(work(false) ? 1 : 0);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAKE_KILLED);
	fake_io_kill_at(disk, 0);
	return WEXITSTATUS(status) == FAKE_KILLED;
}

/* Goes on behind a gap. */
static void finish_lost(const char *boot_id, uint64_t total)
{
	struct run run;

	kernel->total = total;
	CHECK_EQ(begin(&run, boot_id, 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 0);
	CHECK_EQ(run.archive.epoch, 1);
	CHECK_EQ(run.archive.durable, total);
	end(&run);
}

/* The archive with the live list behind it, which does not tell a T. */
static int open_untold(struct log *log)
{
	struct kernel live = fake_kernel_ops(kernel);
	int ret = archive_log(dir, 1, 0, log);

	if (ret)
		return ret;
	CHECK_EQ(archive_add_live(log, "boot-1", live), 0);
	log->live_release = true;
	return 0;
}

/* Up to record @until, each of them once, and no more of them. */
static void read_untold(struct log *log, uint64_t until)
{
	uint8_t expected[256];
	struct record rec;
	size_t size;

	while (log->next < until) {
		CHECK_EQ(log_next(log, &rec), LOG_RECORD);
		size = fake_record(kernel->boot, log->pos.number, expected);
		CHECK_EQ(rec.size, size);
		CHECK(!memcmp(rec.bytes, expected, size));
	}
	CHECK_EQ(log_next(log, &rec), LOG_END);
	CHECK(!kernel->is_open);
}

/*
 * Where there is no T, a list is read while another drops records from it:
 * before it is opened, between two reads, and before a segment is looked at.
 */
static void test_read_untold(void)
{
	struct log early, log;
	struct record rec;
	struct run run;
	int i;

	clean();
	kernel->no_trim = kernel->staging = true;
	kernel->total = 20;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(open_untold(&early), 0);
	CHECK_EQ(open_untold(&log), 0);
	read_untold(&log, 20);
	for (i = 1; i < 4; i++) {
		kernel->total += 10;
		kernel->busy = 2;
		read_untold(&log, kernel->total);
		CHECK_EQ(kernel->busy, 0);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		CHECK_EQ(kernel->trimmed, kernel->total);
		kernel->total += 5;
		if (i == 2)		/* dropped before it saw them */
			CHECK_EQ(saver_cycle(&run.saver), 0);
		read_untold(&log, kernel->total);
	}
	read_untold(&early, kernel->total);
	log_free(&early);
	kernel->busy = 10;
	log.live_tries = 2;
	CHECK_EQ(log_next(&log, &rec), -EBUSY);
	kernel->busy = 0;
	read_untold(&log, kernel->total);
	log_free(&log);
	end(&run);
}

/* A saver was killed: what is read is right, or cannot be told yet. */
static void check_untold(void)
{
	uint8_t expected[256];
	struct record rec;
	struct log log;
	size_t size;
	int ret;

	kernel->is_open = false;
	ret = open_untold(&log);
	if (ret == -ENOENT)
		return;
	CHECK_EQ(ret, 0);
	log.live_tries = 1;
	while ((ret = log_next(&log, &rec)) == LOG_RECORD) {
		size = fake_record(kernel->boot, log.pos.number, expected);
		CHECK_EQ(rec.size, size);
		CHECK(!memcmp(rec.bytes, expected, size));
	}
	CHECK(ret == -EBUSY || (!ret && log.next == kernel->total));
	log_free(&log);
}

static void archive_some(uint64_t count, bool no_trim)
{
	struct run run;

	clean();
	kernel->no_trim = no_trim;
	kernel->total = count;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	end(&run);
}

/* After it all is well again: everything is there, and dropped. */
static void finish(const char *boot_id, int reset_count, unsigned int epoch,
		   bool staging)
{
	struct run run;

	kernel->total += 3;
	CHECK_EQ(begin(&run, boot_id, reset_count), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 0);
	CHECK_EQ(run.archive.epoch, epoch);
	CHECK_EQ(run.archive.durable, kernel->total);
	if (!staging)
		CHECK_EQ(kernel->trimmed, kernel->total);
	end(&run);
	check_archive(epoch, kernel->boot, kernel->total, false);
}

/* Where a loop over all changes begins: a sample is another one each time. */
static long first_change(void)
{
	static unsigned int loop;

	return 1 + loop++ * 5 % sample();
}

static void test_kill(bool staging, bool no_trim)
{
	long at;

	for (at = first_change(); ; at += sample()) {
		clean();
		kernel->no_trim = staging || no_trim;
		kernel->staging = staging;
		kernel->total = 10;
		if (!work_killed(at))
			break;
		if (staging && !fake_twins)
			check_untold();
		finish("boot-1", 7, 1, staging || no_trim);
	}
	CHECK(at > 30);
	printf("killed at each of %ld changes\n", (at - 1) / sample());
}

/* The next kernel has the records, T, another boot's identifier. */
static void test_kill_kexec(bool loses_t)
{
	struct run run;
	uint64_t all;
	long at;

	for (at = first_change(); ; at += sample()) {
		clean();
		kernel->total = 10;
		if (!work_killed(at))
			break;
		if (loses_t) {
			kernel->base += kernel->trimmed;
			kernel->total -= kernel->trimmed;
			kernel->trimmed = 0;
		}
		if (!loses_t) {
			finish("boot-2", 7, 1, false);
			continue;
		}
		/* numbers now differ from T by base */
		all = kernel->base + kernel->total;
		CHECK_EQ(begin(&run, "boot-2", 7), 0);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		CHECK_EQ(run.archive.durable, all);
		CHECK_EQ(run.archive.epoch, 1);
		end(&run);
		check_archive(1, 0, all, false);
	}
}

/* Everything that was dropped must be there, and a new epoch begins. */
static void test_power_cut(void)
{
	struct archive_usage usage;
	unsigned int seed, round = 0, cuts = 0;
	uint64_t dropped;
	long at;
	bool killed = true;

	for (at = 1; killed; at++) {
		for (seed = 0; seed < 6; seed++) {
			if (round++ % sample())
				continue;
			clean();
			kernel->total = 10;
			killed = work_killed(at);
			dropped = kernel->trimmed;
			fake_io_power_cut(disk, seed);
			check_archive(1, 0, dropped, true);
			memset(kernel, 0, sizeof(*kernel));
			kernel->boot = 9;
			CHECK_EQ(archive_usage(dir, &usage), 0);
			finish("boot-9", 8, usage.last_epoch + 1, false);
			check_archive(1, usage.last_epoch ? 0 : 9, dropped,
				      true);
			cuts++;
		}
	}
	printf("power cut %u times\n", cuts);
}

/*
 * What was not synced is lost, and the next kernel has the list all the same:
 * a kexec that nothing was synced before.
 */
static void test_kexec_unsynced(bool staging)
{
	unsigned int seed, round = 0;
	bool killed = true;
	long at;

	for (at = 1; killed; at++) {
		for (seed = 0; seed < 2; seed++) {
			if (round++ % sample())
				continue;
			clean();
			kernel->no_trim = kernel->staging = staging;
			kernel->total = 10;
			killed = work_killed(at);
			fake_io_power_cut(disk, 2 * at + seed);
			finish(seed % 2 ? "boot-1" : "boot-2", 7, 1, staging);
		}
	}
}

static void test_error(int error)
{
	long at, changes;

	clean();
	kernel->total = 10;
	CHECK_EQ(work(false), 0);
	changes = fake_io_changes(disk);
	for (at = first_change(); at <= changes; at += sample()) {
		clean();
		kernel->total = 10;
		fake_io_fail(disk, at, at + 2, error);
		CHECK_EQ(work(true), 0);
		fake_io_fail(disk, 0, 0, 0);
		finish("boot-1", 7, 1, false);
	}
	printf("%s at each of %ld changes\n", strerror(-error),
	       changes / sample());
}

/* As long as the disk is full, nothing is dropped. */
static void test_disk_full(void)
{
	struct run run;
	int i;

	clean();
	kernel->total = 10;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	fake_io_fail(disk, 1, 1000000, -ENOSPC);
	for (i = 0; i < 20; i++) {
		kernel->total += 11;
		CHECK_EQ(saver_cycle(&run.saver), -ENOSPC);
		CHECK_EQ(kernel->trimmed, 10);
	}
	fake_io_fail(disk, 0, 0, 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(kernel->trimmed, 230);
	end(&run);
	check_archive(1, 0, 230, false);
}

static void check_gap(unsigned int epoch, uint64_t first, uint64_t count)
{
	struct record rec;
	struct log log;
	int ret;

	CHECK_EQ(archive_log(dir, epoch, 0, &log), 0);
	while ((ret = log_next(&log, &rec)) == LOG_RECORD)
		;
	CHECK_EQ(ret, LOG_GAP);
	CHECK_EQ(log.gap_first, first);
	CHECK_EQ(log.gap_count, count);
	CHECK_EQ(log_next(&log, &rec), LOG_RECORD);
	CHECK_EQ(log.pos.number, first + count);
	log_free(&log);
}

static void test_foreign_trim(void)
{
	struct run run;

	clean();			/* before the first start */
	kernel->total = 50;
	kernel->trimmed = 20;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 20);
	CHECK_EQ(run.saver.foreign_trims, 1);
	CHECK_EQ(run.saver.foreign_records, 20);
	check_gap(1, 0, 20);

	kernel->total = 80;		/* between two cycles */
	kernel->trimmed = 60;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 30);
	CHECK_EQ(run.saver.foreign_trims, 2);
	CHECK_EQ(run.saver.foreign_records, 30);
	CHECK_EQ(run.archive.durable, 80);
	end(&run);

	kernel->total = 100;		/* while nobody ran */
	kernel->trimmed = 90;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.archive.epoch, 1);
	CHECK_EQ(run.saver.lost, 10);
	CHECK_EQ(run.archive.durable, 100);
	end(&run);
}

/* Somebody else drops what was saved: nothing is lost. */
static void test_benign_trim(void)
{
	struct run run;

	clean();
	kernel->total = 50;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	run.saver.mode = SAVE_ONLY;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	run.saver.mode = SAVE_TRIM;
	kernel->trimmed = 30;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.foreign_trims, 1);
	CHECK_EQ(run.saver.lost, 0);
	CHECK_EQ(kernel->trimmed, 50);
	end(&run);
	check_archive(1, 0, 50, false);
}

/*
 * And that between our look at T and our request, as records come in: without
 * T in the request, as many of those would be dropped unsaved.
 */
static void test_trim_in_between(void)
{
	struct run run;

	archive_some(20, true);
	kernel->no_trim = false;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	kernel->total = 30;
	kernel->trim_at_trim = 8;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.foreign_trims, 1);
	CHECK_EQ(run.saver.foreign_records, 8);
	CHECK_EQ(run.saver.dropped, 22);
	CHECK_EQ(kernel->trimmed, 30);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(kernel->trimmed, 38);
	end(&run);
	check_archive(1, 0, 38, false);
}

static void test_epochs(void)
{
	struct retention keep = { .keep_epochs = 2 };
	struct archive_usage usage;
	struct run run;
	unsigned int i;

	clean();
	for (i = 0; i < 5; i++) {
		memset(kernel, 0, sizeof(*kernel));
		kernel->boot = i;
		kernel->total = 30;
		CHECK_EQ(begin(&run, i % 2 ? "odd" : "even", i), 0);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		CHECK_EQ(run.archive.epoch, i + 1);
		if (i == 4)
			CHECK_EQ(archive_prune(&run.archive, &keep), 3);
		end(&run);
	}
	CHECK_EQ(archive_usage(dir, &usage), 0);
	CHECK_EQ(usage.first_epoch, 4);
	CHECK_EQ(usage.last_epoch, 5);
	check_archive(4, 3, 30, false);
	check_archive(5, 4, 30, false);
}

/* Two equal records beside the place where the list was cut. */
static void test_kill_twins(void)
{
	fake_twins = 8;
	test_kill(true, false);
	fake_twins = 0;
}

/* A segment that got no record, and a gap with the same number. */
static void test_gap_on_empty_segment(void)
{
	struct run run;

	clean();
	kernel->total = 20;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	run.archive.segment_max = 1;		/* closed at each sync */
	CHECK_EQ(saver_cycle(&run.saver), 0);
	kernel->total = 40;
	fake_io_fail(disk, 2, 2, -EIO);		/* the first write */
	CHECK_EQ(saver_cycle(&run.saver), -EIO);
	fake_io_fail(disk, 0, 0, 0);
	CHECK_EQ(access("archive/0000000001/00000000000000000020.ima", F_OK),
		 0);
	kernel->trimmed = 35;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 15);
	end(&run);
	check_gap(1, 20, 15);
	finish_lost("boot-1", 43);
	check_gap(1, 20, 15);
}

/* What the reader of a log lacks is archived and trimmed under its hands. */
static void test_read_behind_gap(void)
{
	struct record rec;
	struct log log;
	struct run run;
	int i;

	clean();
	kernel->total = 20;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	kernel->total = kernel->trimmed = 30;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 10);
	end(&run);

	CHECK_EQ(archive_log(dir, 1, 0, &log), 0);
	log.live = fake_kernel_ops(kernel);
	for (i = 0; i < 20; i++)
		CHECK_EQ(log_next(&log, &rec), LOG_RECORD);
	CHECK_EQ(log_next(&log, &rec), LOG_GAP);
	CHECK_EQ(log.gap_count, 10);
	for (i = 30; i < 50; i += 10) {
		kernel->total = i + 10;
		CHECK_EQ(begin(&run, "boot-1", 7), 0);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		CHECK_EQ(kernel->trimmed, i + 10);
		end(&run);
		while (log.next < (uint64_t)i + 10)
			CHECK_EQ(log_next(&log, &rec), LOG_RECORD);
	}
	CHECK_EQ(log_next(&log, &rec), LOG_END);
	log_free(&log);
}

#define FIRST_SEGMENT	"archive/0000000001/00000000000000000000"

static void append_to_first(const void *bytes, size_t len)
{
	FILE *f = fopen(FIRST_SEGMENT ".ima", "a");

	CHECK(f && fwrite(bytes, 1, len, f) == len && !fclose(f));
}

/* A whole head, and data that never reached the disk. */
static void test_half_a_record(void)
{
	uint8_t last[256];
	size_t size;

	archive_some(5, true);
	size = fake_record(0, 5, last);
	memset(last + size - 20, 0, 20);
	append_to_first(last, size);
	finish("boot-1", 7, 1, true);
	CHECK_EQ(access(FIRST_SEGMENT ".torn.0", F_OK), 0);
}

/* What begin() refuses to go on with, or leaves as it is. */
static void check_damaged(const char *boot_id, int reset_count, bool over)
{
	struct stat before, after;
	struct run run;

	CHECK_EQ(stat(FIRST_SEGMENT ".ima", &before), 0);
	CHECK_EQ(begin(&run, boot_id, reset_count), over ? 0 : -EUCLEAN);
	if (over) {
		CHECK(run.saver.tail_left);
		CHECK_EQ(run.archive.epoch, 2);
		end(&run);
	} else {
		CHECK(access("archive/0000000002", F_OK));
	}
	CHECK_EQ(stat(FIRST_SEGMENT ".ima", &after), 0);
	CHECK_EQ(before.st_size, after.st_size);
	CHECK(access(FIRST_SEGMENT ".torn.0", F_OK));
}

/* Zeros where a block never came, and record @number behind them. */
static void append_hole(uint64_t number)
{
	uint8_t bytes[512] = { 0 };
	size_t size = 300;

	size += fake_record(0, number, bytes + size);
	append_to_first(bytes, size);
}

/*
 * Behind bytes that are no record there are records.  If the kernel has those
 * still, they are cut off, and saved once more.
 */
static void check_cut(bool trims, const char *boot_id, int reset_count)
{
	archive_some(5, !trims);
	kernel->no_trim = false;
	kernel->total = 8;
	append_hole(6);
	finish(boot_id, reset_count, 1, false);
	CHECK_EQ(access(FIRST_SEGMENT ".torn.0", F_OK), 0);
}

static void test_hole_in_tail(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		check_cut(i, "boot-1", 7);
		check_cut(i, "boot-2", 7);
		check_cut(i, "boot-2", -1);
	}
}

/*
 * If it does not, nothing is cut.  An epoch that is certainly over is left as
 * it is, and so is one where nothing tells, if the list is another one, and
 * whole.
 */
static void test_records_in_tail(void)
{
	archive_some(5, false);
	kernel->total = 8;
	append_hole(12);		/* no record of this list so far */
	check_damaged("boot-1", 7, false);
	check_damaged("boot-2", 7, false);
	check_damaged("boot-2", -1, false);
	check_damaged("boot-1", 8, false);

	archive_some(5, false);
	append_hole(6);
	kernel->total = 20;		/* it was dropped, maybe as it was saved */
	kernel->trimmed = 7;
	check_damaged("boot-1", 7, false);
	check_damaged("boot-2", 7, false);
	check_damaged("boot-2", -1, false);

	memset(kernel, 0, sizeof(*kernel));
	kernel->boot = 2;
	kernel->total = 3;
	kernel->trimmed = 1;
	check_damaged("boot-2", -1, false);
	kernel->trimmed = 0;
	kernel->no_trim = true;
	check_damaged("boot-2", -1, false);
	kernel->no_trim = false;
	check_damaged("boot-2", 7, false);
	check_damaged("boot-2", 8, true);

	archive_some(5, false);
	append_hole(6);
	memset(kernel, 0, sizeof(*kernel));
	kernel->boot = 2;
	kernel->total = 3;
	check_damaged("boot-2", -1, true);
}

/* Without T, the epoch's file says what the list does not have any more. */
static void test_untold_tail(void)
{
	struct run run;
	uint8_t bytes[256];
	struct stat st;

	clean();
	kernel->no_trim = kernel->staging = true;
	kernel->total = 10;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(kernel->trimmed, 10);
	end(&run);
	CHECK_EQ(stat(FIRST_SEGMENT ".ima", &st), 0);
	CHECK_EQ(truncate(FIRST_SEGMENT ".ima",
			  st.st_size - fake_record(0, 9, bytes)), 0);
	kernel->total = 15;
	check_damaged("boot-1", 7, false);
	append_hole(9);
	check_damaged("boot-1", 7, false);
	check_damaged("boot-2", 7, false);
	check_damaged("boot-2", -1, false);
	kernel->trimmed = kernel->total;	/* an empty list tells nothing */
	check_damaged("boot-1", 7, false);
	check_damaged("boot-2", 7, false);
}

/* The kernel was told to drop what the archive's last bytes were. */
static void test_dropped_tail(void)
{
	uint8_t bytes[256];
	struct stat st;

	archive_some(10, false);
	CHECK_EQ(stat(FIRST_SEGMENT ".ima", &st), 0);
	CHECK_EQ(truncate(FIRST_SEGMENT ".ima",
			  st.st_size - fake_record(0, 9, bytes)), 0);
	memset(bytes, 0, 64);
	append_to_first(bytes, 64);
	check_damaged("boot-1", 7, false);
	check_damaged("boot-2", 7, false);
}

/* The kernel refuses to drop, as with ima_flush_htable: all is saved. */
static void begin_pending(struct run *run, uint64_t count)
{
	clean();
	kernel->no_trim = kernel->staging = true;
	kernel->delete_error = -EINVAL;
	kernel->total = count;
	CHECK_EQ(begin(run, "boot-1", 7), 0);
	CHECK_EQ(saver_cycle(&run->saver), -EINVAL);
	CHECK_EQ(run->archive.durable, count);
	kernel->total += 10;
	CHECK_EQ(saver_cycle(&run->saver), -EINVAL);
	CHECK_EQ(run->archive.durable, count + 10);
}

/*
 * Without T, somebody else drops records that were saved and are still in the
 * list: no number is given twice, and no record is skipped.
 */
static void test_untold_foreign(uint64_t drops, uint64_t more)
{
	struct run run;

	begin_pending(&run, 100);
	kernel->trimmed = drops;
	kernel->total += more;
	kernel->delete_error = 0;
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.foreign_trims, 1);
	CHECK_EQ(run.saver.foreign_records, drops);
	CHECK_EQ(run.archive.durable, kernel->total);
	CHECK_EQ(kernel->trimmed, kernel->total);
	end(&run);
	check_archive(1, 0, kernel->total, false);
	finish("boot-1", 7, 1, true);
}

/* Dropped by another between the look at T and that at the list. */
static void test_trim_at_start(void)
{
	struct run run;

	archive_some(20, true);
	kernel->no_trim = false;
	kernel->trim_at_open = 5;
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(run.archive.epoch, 1);
	CHECK_EQ(kernel->trimmed, 5);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	end(&run);
	check_archive(1, 0, 20, false);
}

/* A start that failed is made again with the same archive. */
static void test_start_again(void)
{
	struct run run;
	long at;

	for (at = 1; ; at++) {
		clean();
		kernel->total = 10;
		CHECK_EQ(begin(&run, "boot-1", 7), 0);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		saver_free(&run.saver);
		memset(kernel, 0, sizeof(*kernel));
		kernel->boot = 2;
		kernel->total = 10;
		init_saver(&run, "boot-2", 8);
		fake_io_fail(disk, at, at, -ENOSPC);
		if (!saver_start(&run.saver))
			break;
		fake_io_fail(disk, 0, 0, 0);
		CHECK_EQ(run.archive.epoch, 1);
		CHECK_EQ(saver_start(&run.saver), 0);
		CHECK_EQ(run.archive.epoch, 2);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		end(&run);
		check_archive(1, 0, 10, false);
		check_archive(2, 2, 10, false);
	}
	CHECK(at > 4);
	fake_io_fail(disk, 0, 0, 0);
	end(&run);
}

/* Closed epochs go, oldest first, by size and by what is left of the disk. */
static void test_retention(void)
{
	struct retention by_size = { 0 }, by_free = { .keep_free = UINT64_MAX };
	struct archive_usage usage;
	struct run run;
	unsigned int i;

	clean();
	for (i = 0; i < 4; i++) {
		memset(kernel, 0, sizeof(*kernel));
		kernel->boot = i;
		kernel->total = 30;
		CHECK_EQ(begin(&run, "boot", i), 0);
		strcpy(run.saver.boot_id, "other");
		CHECK_EQ(saver_cycle(&run.saver), 0);
		if (i < 3)
			end(&run);
	}
	CHECK_EQ(archive_usage(dir, &usage), 0);
	CHECK_EQ(usage.epochs, 4);
	by_size.max_bytes = usage.bytes - 1;
	CHECK_EQ(archive_prune(&run.archive, &by_size), 1);
	CHECK_EQ(archive_prune(&run.archive, &by_size), 0);
	/* one that a crash left half removed */
	CHECK(!system("mkdir archive/removed.0000000001 && "
		      "touch archive/removed.0000000001/x"));
	CHECK_EQ(archive_prune(&run.archive, &by_free), 2);
	CHECK_EQ(archive_prune(&run.archive, &by_free), 0);
	CHECK(access("archive/removed.0000000001", F_OK));
	CHECK_EQ(archive_usage(dir, &usage), 0);
	CHECK_EQ(usage.epochs, 1);
	CHECK_EQ(usage.first_epoch, 4);
	end(&run);
}

static void test_report(void)
{
	struct save_report r = { .durable = 5, .foreign_trims = 2,
				 .last_error = "disk full: so", .mode = "trim",
				 .have_snapshot = true, .snapshot = 7,
				 .snapshot_digest = "sha256:00" }, got;
	struct run run;

	clean();
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK_EQ(save_report_read(dir, &got), -ENOENT);
	CHECK_EQ(save_report_write(&run.archive, &r), 0);
	CHECK_EQ(save_report_read(dir, &got), 0);
	CHECK(!memcmp(&r, &got, sizeof(r)));
	r.last_error[0] = '\0';
	CHECK_EQ(save_report_write(&run.archive, &r), 0);
	CHECK_EQ(save_report_read(dir, &got), 0);
	CHECK_EQ(got.last_error[0], '\0');
	end(&run);
	/* a bit that flipped is no other number */
	CHECK(!system("sed -i 's/^durable 5/durable 4/' archive/status"));
	CHECK_EQ(save_report_read(dir, &got), -EBADMSG);
	CHECK(!system("truncate -s 0 archive/status"));
	CHECK_EQ(save_report_read(dir, &got), -EBADMSG);
}

/* Who can open the lock's file can keep the saver out. */
static void test_lock(void)
{
	struct run run, other;
	struct stat st;
	int left;

	for (left = 0; left < 2; left++) {
		clean();
		if (left)
			CHECK(!system("touch archive/lock && "
				      "chmod 640 archive/lock"));
		CHECK_EQ(begin(&run, "boot-1", 7), 0);
		CHECK_EQ(begin(&other, "boot-1", 7), -EWOULDBLOCK);
		CHECK_EQ(stat("archive/lock", &st), 0);
		CHECK_EQ(st.st_mode & 077, 0);
		end(&run);
	}
}

/* Each record is equal to each other: the place is found all the same. */
static void test_find_among_equal(void)
{
	const uint64_t count = 3000;
	struct run run;

	fake_twins = 2 * count;
	archive_some(count, true);
	kernel->trimmed = count / 2;
	kernel->opens = 0;
	CHECK_EQ(begin(&run, "boot-2", 7), 0);
	CHECK_EQ(run.archive.epoch, 1);
	CHECK_EQ(run.saver.delta, count / 2);
	/* not once for each of them */
	CHECK(kernel->opens < 10);
	end(&run);
	finish("boot-2", 7, 1, true);
	fake_twins = 0;
}

static unsigned int progressed;

static void count_progress(void)
{
	progressed++;
}

/* It takes long in a large archive: the service manager has to be told. */
static void test_find_progress(void)
{
	struct run run;

	archive_some(3000, true);
	kernel->trimmed = 1500;
	CHECK_EQ(archive_open(&run.archive, dir, fake_io_ops(disk)), 0);
	init_saver(&run, "boot-2", 7);
	run.saver.progress = count_progress;
	CHECK_EQ(saver_start(&run.saver), 0);
	CHECK_EQ(run.saver.delta, 1500);
	CHECK(progressed >= 3);
	end(&run);
}

/* Hibernation resets the TPM under a kernel that goes on. */
static void test_tpm_reset(bool seen, bool running)
{
	struct run run;

	archive_some(20, false);
	kernel->total = 25;
	if (seen) {
		CHECK_EQ(begin(&run, "boot-1", running ? 7 : 8), 0);
		if (running)
			CHECK_EQ(saver_note_reset(&run.saver, 8), 0);
		else
			CHECK(run.saver.tpm_was_reset);
		CHECK_EQ(run.archive.info.reset_count, 8);
		CHECK_EQ(saver_cycle(&run.saver), 0);
		end(&run);
	}
	/* a kexec after it: nobody dropped anything */
	kernel->total = 30;
	CHECK_EQ(begin(&run, "boot-2", 8), 0);
	CHECK_EQ(run.saver.tpm_was_reset, !seen);
	CHECK_EQ(run.archive.epoch, 1);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.saver.lost, 0);
	CHECK_EQ(run.saver.foreign_trims, 0);
	end(&run);
	check_archive(1, 0, 30, false);
	/* a boot is an epoch, as ever */
	memset(kernel, 0, sizeof(*kernel));
	kernel->boot = 3;
	kernel->total = 5;
	CHECK_EQ(begin(&run, "boot-3", 9), 0);
	CHECK(!run.saver.tpm_was_reset);
	CHECK_EQ(run.archive.epoch, 2);
	end(&run);
}

static void test_late_tpm(void)
{
	struct run run;

	clean();
	kernel->total = 20;
	CHECK_EQ(begin(&run, "boot-1", -1), 0);
	CHECK(!run.archive.info.have_reset_count);
	end(&run);
	CHECK_EQ(begin(&run, "boot-1", 7), 0);
	CHECK(!run.saver.tpm_was_reset);
	CHECK(run.archive.info.have_reset_count);
	CHECK_EQ(run.archive.info.reset_count, 7);
	end(&run);
}

/* A kexec that does not carry the list: what was not saved is lost with it. */
static void test_not_carried(void)
{
	struct run run;

	archive_some(20, false);
	memset(kernel, 0, sizeof(*kernel));
	kernel->boot = 2;
	kernel->base = 100;
	kernel->total = 5;
	CHECK_EQ(begin(&run, "boot-2", 7), 0);
	CHECK_EQ(run.archive.epoch, 1);
	CHECK(run.saver.not_carried);
	CHECK_EQ(saver_cycle(&run.saver), 0);
	CHECK_EQ(run.archive.durable, 25);
	end(&run);
	CHECK_EQ(begin(&run, "boot-2", 7), 0);
	CHECK(!run.saver.not_carried);
	end(&run);
	/* one that does */
	archive_some(20, true);
	kernel->no_trim = false;
	CHECK_EQ(begin(&run, "boot-2", 7), 0);
	CHECK(!run.saver.not_carried);
	end(&run);
}

int main(void)
{
	kernel = fake_kernel_new();
	disk = fake_io_new();
	test_lock();
	test_find_among_equal();
	test_find_progress();
	test_tpm_reset(true, false);
	test_tpm_reset(true, true);
	test_tpm_reset(false, false);
	test_late_tpm();
	test_not_carried();
	test_report();
	test_half_a_record();
	test_hole_in_tail();
	test_records_in_tail();
	test_untold_tail();
	test_untold_foreign(110, 150);
	test_untold_foreign(110, 30);
	test_untold_foreign(110, 0);
	test_untold_foreign(60, 5);
	test_dropped_tail();
	test_trim_at_start();
	test_start_again();
	test_gap_on_empty_segment();
	test_read_behind_gap();
	test_read_untold();
	test_retention();
	test_kill_twins();
	test_epochs();
	test_benign_trim();
	test_trim_in_between();
	test_disk_full();
	test_error(-EIO);
	test_error(-ENOSPC);
	test_kill(false, false);
	test_kill(true, false);
	test_kill(false, true);
	test_kill_kexec(false);
	test_kill_kexec(true);
	test_power_cut();
	test_kexec_unsynced(false);
	test_kexec_unsynced(true);
	test_foreign_trim();
	return 0;
}
