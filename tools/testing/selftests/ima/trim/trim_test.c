// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of <securityfs>/ima/trim and of reading the measurement list while
 * records are removed. Needs root, and removes records: not for a machine that
 * will be attested.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../kselftest_harness.h"

#define IMA "/sys/kernel/security/ima/"
#define LIST IMA "binary_runtime_measurements"
#define STAGED LIST "_staged"

/* The largest number that the kernel takes */
#if __SIZEOF_LONG__ == 8
#define LARGEST "18446744073709551615"
#else
#define LARGEST "4294967295"
#endif

/* Files of this user are measured, which no distribution assigns. */
#define OWNER 48879
#define RULE "measure func=FILE_CHECK mask=MAY_READ fowner=48879\n"

static unsigned long get_number(const char *path)
{
	char buf[32] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0)
		ksft_exit_fail_msg("cannot read %s: %m\n", path);
	close(fd);
	return strtoul(buf, NULL, 10);
}

static unsigned long count(void)
{
	return get_number(IMA "runtime_measurements_count");
}

static unsigned long total(void)
{
	return get_number(IMA "trim");
}

/* 0 or the errno of writing @len bytes */
static int write_errno(int fd, const void *buf, size_t len)
{
	ssize_t n = write(fd, buf, len);

	if (n < 0)
		return errno;
	return (size_t)n == len ? 0 : EIO;
}

static int trim(const char *fmt, ...)
{
	char buf[128];
	va_list ap;
	int fd, n, ret;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	fd = open(IMA "trim", O_WRONLY);
	if (fd < 0)
		return errno;
	ret = write_errno(fd, buf, n);
	close(fd);
	return ret;
}

static void add_rule(const char *rule)
{
	int fd = open(IMA "policy", O_WRONLY);

	if (fd < 0 || write(fd, rule, strlen(rule)) < 0 || close(fd))
		ksft_exit_fail_msg("cannot load '%s': %m\n", rule);
}

/* Have @n files measured that were never measured before. */
static void measure(unsigned int n)
{
	static unsigned int serial;
	char path[64], text[96];
	unsigned long before = count();
	int fd;

	while (n--) {
		snprintf(path, sizeof(path), "/tmp/ima_trim.%d.%u", getpid(),
			 serial++);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		snprintf(text, sizeof(text), "%s %lu\n", path, before);
		if (fd < 0 || write(fd, text, strlen(text)) < 0 ||
		    fchown(fd, OWNER, 0))
			ksft_exit_fail_msg("cannot make %s: %m\n", path);
		close(fd);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			ksft_exit_fail_msg("cannot read %s: %m\n", path);
		close(fd);
		unlink(path);
		before++;
	}
	if (count() < before)
		ksft_exit_fail_msg("files were not measured\n");
}

/* Read up to @size bytes, at most @chunk at a time; -1 on error. */
static ssize_t read_upto(int fd, char *buf, size_t size, size_t chunk)
{
	size_t have = 0;
	ssize_t n;

	while (have < size) {
		n = read(fd, buf + have,
			 size - have < chunk ? size - have : chunk);
		if (n < 0)
			return -1;
		if (!n)
			break;
		have += n;
	}
	return have;
}

FIXTURE(trim)
{
	char *copy;		/* of the list, before the test */
	size_t size;
	unsigned long count;
};

#define COPY_MAX (16 << 20)

FIXTURE_SETUP(trim)
{
	ssize_t n;
	int fd;

	if (geteuid())
		SKIP(return, "needs root");
	if (access(IMA "trim", F_OK))
		SKIP(return, "needs CONFIG_IMA_TRIM");
	add_rule(RULE);
	measure(40);

	self->copy = malloc(COPY_MAX);
	ASSERT_TRUE(!!self->copy);
	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	n = read_upto(fd, self->copy, COPY_MAX, COPY_MAX);
	ASSERT_LT(0, n);
	close(fd);
	self->size = n;
	self->count = count();
}

FIXTURE_TEARDOWN(trim)
{
	free(self->copy);
}

/*
 * A length is of the machine's order, or little-endian with ima_canonical_fmt;
 * that of a name, less than 256, tells which.
 */
static unsigned int length_at(const char *copy, size_t pos)
{
	unsigned int name_len, len;

	memcpy(&name_len, copy + 24, sizeof(name_len));
	memcpy(&len, copy + pos, sizeof(len));
	return name_len < 256 ? len : le32toh(len);
}

/* Offset of record @n in the copy; the header of a record is 28 bytes. */
static size_t offset_of(const char *copy, unsigned long n)
{
	size_t pos = 0;

	while (n--) {
		pos += 28 + length_at(copy, pos + 24);
		pos += 4 + length_at(copy, pos);
	}
	return pos;
}

TEST_F(trim, bad_requests)
{
	static const struct {
		const char *buf;
		size_t len;
		int err;
	} bad[] = {
#define REQ(s, err) { s, sizeof(s) - 1, err }
		REQ("\n", EINVAL), REQ("0", EINVAL), REQ("0\n", EINVAL),
		REQ("-1", EINVAL), REQ("+1", EINVAL), REQ(" 1", EINVAL),
		REQ("1 ", EINVAL), REQ("1\n\n", EINVAL), REQ("0x1", EINVAL),
		REQ("1x", EINVAL), REQ("x", EINVAL), REQ("all", EINVAL),
		REQ("1\0", EINVAL), REQ("1\0zz\n", EINVAL), REQ("\0", EINVAL),
		REQ(":", EINVAL), REQ(":1", EINVAL), REQ("0:", EINVAL),
		REQ("0:0", EINVAL), REQ("0:-1", EINVAL), REQ("0:1:1", EINVAL),
		REQ("-0:1", EINVAL), REQ("0 :1", EINVAL),
		REQ("18446744073709551616", ERANGE),
		REQ("99999999999999999999999999", ERANGE),
		REQ("18446744073709551616:1", ERANGE),
		REQ(LARGEST, ENOENT),
		REQ("upto", EINVAL), REQ("upto x", EINVAL),
		REQ("upto x ", EINVAL), REQ("upto x 0", EINVAL),
		REQ("upto  first", EINVAL), REQ("upto x 1 1", EINVAL),
		REQ("upto x middle", EINVAL), REQ("upto x\0y first", EINVAL),
		REQ("upto x 18446744073709551616", ERANGE),
		REQ("upto x first\n", ENOENT), REQ("upto x last", ENOENT),
		REQ(LARGEST ":upto x 1", ECANCELED),
	};
	unsigned long before = total();
	char large[8192];
	size_t i;
	int fd;

	fd = open(IMA "trim", O_RDWR);
	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(bad[i].err, write_errno(fd, bad[i].buf, bad[i].len))
			TH_LOG("request %zu", i);
	}
	/* longer than any request, and yet a number */
	memset(large, '0', sizeof(large));
	large[320] = '1';
	EXPECT_EQ(EINVAL, write_errno(fd, large, 321));
	EXPECT_EQ(EINVAL, write_errno(fd, large, sizeof(large)));
	EXPECT_EQ(-1, syscall(SYS_write, fd, 8L, 4L));
	EXPECT_EQ(EFAULT, errno);
	close(fd);
	EXPECT_EQ(before, total());
	EXPECT_EQ(self->count, count());
}

TEST_F(trim, one_some_all_but_one_all)
{
	unsigned long before = total(), n = self->count;
	char buf[32] = "";
	int fd;

	fd = open(IMA "trim", O_RDWR);
	ASSERT_LE(0, fd);
	/* one descriptor serves many requests, with and without newline */
	EXPECT_EQ(0, write_errno(fd, "1", 1));
	EXPECT_EQ(0, write_errno(fd, "2\n", 2));
	EXPECT_EQ(n - 3, count());
	EXPECT_LT(0, read(fd, buf, sizeof(buf) - 1));
	EXPECT_EQ(before + 3, strtoul(buf, NULL, 10));
	close(fd);

	EXPECT_EQ(ENOENT, trim("%lu", n - 2));
	EXPECT_EQ(n - 3, count());
	EXPECT_EQ(0, trim("%lu", n - 4));
	EXPECT_EQ(1, count());
	EXPECT_EQ(ENOENT, trim("2"));
	EXPECT_EQ(0, trim("1"));
	EXPECT_EQ(0, count());
	EXPECT_EQ(ENOENT, trim("1"));
	EXPECT_EQ(before + n, total());

	/* an empty list reads as empty, and grows again */
	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, read(fd, buf, sizeof(buf)));
	measure(1);
	EXPECT_LT(0, read(fd, buf, sizeof(buf)));
	close(fd);
	EXPECT_EQ(1, count());
}

TEST_F(trim, compare_and_trim)
{
	unsigned long before = total(), n = self->count;

	EXPECT_EQ(ECANCELED, trim("%lu:1", before + 1));
	EXPECT_EQ(n, count());
	EXPECT_EQ(0, trim("%lu:5", before));
	EXPECT_EQ(n - 5, count());
	EXPECT_EQ(ECANCELED, trim("%lu:5\n", before));
	EXPECT_EQ(n - 5, count());
	EXPECT_EQ(0, trim("%lu:5\n", before + 5));
	EXPECT_EQ(ENOENT, trim("%lu:%lu", before + 10, n));
	EXPECT_EQ(n - 10, count());
	EXPECT_EQ(before + 10, total());
}

/* Have the kernel make a critical-data record that was never there before. */
#define CRITICAL "ima_policy_loaded"

static void measure_policy(void)
{
	static unsigned int serial;
	unsigned long before = count();
	char rule[96];

	snprintf(rule, sizeof(rule),
		 "measure func=FILE_CHECK mask=MAY_READ fowner=%u\n",
		 OWNER + 1 + serial++);
	add_rule(rule);
	if (count() != before + 1)
		ksft_exit_fail_msg("the policy was not measured\n");
}

/* Whether the first record in the list is the one of @copy at @offset. */
static bool first_is(const char *copy, size_t offset)
{
	size_t len = offset_of(copy + offset, 1);
	char buf[16384];
	int fd = open(LIST, O_RDONLY);
	ssize_t n;

	n = len <= sizeof(buf) ? read_upto(fd, buf, len, len) : -1;
	close(fd);
	return n == (ssize_t)len && !memcmp(buf, copy + offset, len);
}

TEST_F(trim, upto_critical_data)
{
	unsigned long before;
	ssize_t size;
	int fd;

	add_rule("measure func=CRITICAL_DATA label=ima_policy\n");
	ASSERT_EQ(0, trim("%lu", count()));
	before = total();
	measure(3);
	measure_policy();
	measure(2);
	measure_policy();
	measure_policy();
	measure(1);

	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	size = read_upto(fd, self->copy, COPY_MAX, COPY_MAX);
	ASSERT_LT(0, size);

	EXPECT_EQ(ENOENT, trim("upto " CRITICAL " 4"));
	EXPECT_EQ(ENOENT, trim("upto ima_policy first"));
	EXPECT_EQ(ENOENT, trim("upto " CRITICAL "_ last\n"));
	EXPECT_EQ(ECANCELED, trim("%lu:upto " CRITICAL " first", before + 1));
	EXPECT_EQ(before, total());

	EXPECT_EQ(0, trim("%lu:upto " CRITICAL " first\n", before));
	EXPECT_EQ(before + 3, total());
	EXPECT_TRUE(first_is(self->copy, offset_of(self->copy, 3)));
	/* nothing is before it now: success, and nothing is removed */
	EXPECT_EQ(0, trim("upto " CRITICAL " first"));
	EXPECT_EQ(0, trim("%lu:upto " CRITICAL " 1", before + 3));
	EXPECT_EQ(before + 3, total());

	EXPECT_EQ(0, trim("upto " CRITICAL " 2"));
	EXPECT_EQ(before + 6, total());
	EXPECT_TRUE(first_is(self->copy, offset_of(self->copy, 6)));
	EXPECT_EQ(0, trim("%lu:upto " CRITICAL " last", before + 6));
	EXPECT_EQ(before + 7, total());
	EXPECT_TRUE(first_is(self->copy, offset_of(self->copy, 7)));
	EXPECT_EQ(2, count());
	close(fd);
}

/* A file on a mount that is attached nowhere is stored with its bare name. */
static void measure_bare_name(const char *name)
{
	int fs, mnt, fd;

	fs = syscall(SYS_fsopen, "tmpfs", 0);
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		ksft_exit_fail_msg("cannot make a tmpfs: %m\n");
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	fd = openat(mnt, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, name, strlen(name)) < 0 || fchown(fd, OWNER + 1000, 0))
		ksft_exit_fail_msg("cannot make %s: %m\n", name);
	close(fd);
	fd = openat(mnt, name, O_RDONLY);
	close(fd);
	close(mnt);
	close(fs);
}

/* Names that a user chooses move no cut. */
TEST_F(trim, upto_and_names_of_users)
{
	unsigned long n;

	add_rule("measure func=FILE_CHECK mask=MAY_READ fowner=49879 template=ima-buf\n");
	add_rule("measure func=POLICY_CHECK\n");
	n = count();
	measure_bare_name("kexec_execute");
	ASSERT_EQ(n + 1, count());
	EXPECT_EQ(ENOENT, trim("upto kexec_execute first"));
	EXPECT_EQ(ENOENT, trim("upto kexec_execute last"));

	/* this one has a buffer that the writer chose */
	add_rule("dont_measure fowner=49880\n");
	ASSERT_LE(n + 2, count());
	EXPECT_EQ(ENOENT, trim("upto ima_policy_written first"));
	EXPECT_EQ(ENOENT, trim("upto ima_policy_written last"));
}

static int in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(fn());
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int open_errno(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int child_without_capabilities(void)
{
	struct __user_cap_header_struct hdr = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {};
	int fd = open(IMA "trim", O_WRONLY);

	if (fd < 0 || syscall(SYS_capset, &hdr, data))
		return 1;
	if (write_errno(fd, "1", 1))
		return 2;
	if (open_errno(IMA "trim", O_WRONLY) != EPERM ||
	    open_errno(IMA "trim", O_RDWR) != EPERM)
		return 3;
	return 0;
}

static int child_as_user(void)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return 1;
	if (open_errno(IMA "trim", O_RDONLY) != EACCES ||
	    open_errno(IMA "trim", O_WRONLY) != EACCES)
		return 2;
	return 0;
}

TEST_F(trim, privilege_is_checked_at_open)
{
	EXPECT_EQ(0, in_child(child_without_capabilities));
	EXPECT_EQ(0, in_child(child_as_user));
	EXPECT_EQ(self->count - 1, count());
}

/* A reader that is always ahead of the trimmer notices nothing. */
TEST_F(trim, slow_reader_resumes)
{
	char *buf = malloc(self->size);
	size_t pos = 0, end;
	unsigned long n;
	int fd;

	ASSERT_TRUE(!!buf);
	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	for (n = 1; n <= self->count; n++) {
		end = offset_of(self->copy, n);
		ASSERT_EQ((ssize_t)(end - pos),
			  read_upto(fd, buf + pos, end - pos, 7));
		pos = end;
		if (n % 3 == 0)
			ASSERT_EQ(0, trim("3"));
	}
	EXPECT_EQ(self->size, pos);
	EXPECT_EQ(0, memcmp(buf, self->copy, pos));
	EXPECT_EQ(0, read(fd, buf, 1));

	/* everything was read: whatever is trimmed, it goes on */
	if (count())
		EXPECT_EQ(0, trim("%lu", count()));
	EXPECT_EQ(0, read(fd, buf, 1));
	measure(2);
	EXPECT_EQ(0, trim("1"));
	measure(1);
	EXPECT_EQ(-1, read(fd, buf, 1));
	EXPECT_EQ(ESTALE, errno);
	close(fd);
	free(buf);
}

/* A reader that was overtaken gets ESTALE, never other bytes. */
TEST_F(trim, overtaken_reader_gets_estale)
{
	size_t buffered = offset_of(self->copy, 3);
	char *buf = malloc(self->size);
	ssize_t n;
	int fd;

	ASSERT_TRUE(!!buf);
	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)buffered, read_upto(fd, buf, buffered, buffered));
	ASSERT_EQ(0, trim("%lu", self->count - 1));

	/* what was buffered may come, in sequence, before the error */
	n = read(fd, buf + buffered, self->size - buffered);
	if (n > 0) {
		EXPECT_EQ(0, memcmp(buf, self->copy, buffered + n));
		n = read(fd, buf, 1);
	}
	EXPECT_EQ(-1, n);
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(-1, read(fd, buf, 1));
	EXPECT_EQ(ESTALE, errno);
	/* another offset does not help */
	EXPECT_EQ(-1, lseek(fd, 10, SEEK_SET));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(-1, pread(fd, buf, 1, 10));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(-1, read(fd, buf, 1));
	EXPECT_EQ(ESTALE, errno);

	/* a rewind starts at the first record in memory */
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	buffered = offset_of(self->copy, self->count - 1);
	n = read_upto(fd, buf, self->size, self->size);
	EXPECT_EQ((ssize_t)(self->size - buffered), n);
	EXPECT_EQ(0, memcmp(buf, self->copy + buffered, n));
	close(fd);
	free(buf);
}

/* A reader that found the list empty; somebody else may have files measured. */
static int open_at_empty(void)
{
	int fd = open(LIST, O_RDONLY);
	ssize_t n = 1;
	char byte;

	while (fd >= 0 && n > 0) {
		trim("%lu", count());
		n = lseek(fd, 0, SEEK_SET) ? -1 : read(fd, &byte, 1);
	}
	if (fd < 0 || n < 0)
		ksft_exit_fail_msg("cannot read an empty list: %m\n");
	return fd;
}

/* An empty list is a place: it can be gone on from, and be overtaken. */
TEST_F(trim, reader_of_an_empty_list)
{
	int fd = open_at_empty();
	char byte;

	measure(1);
	EXPECT_EQ(1, read(fd, &byte, 1));
	close(fd);

	fd = open_at_empty();
	measure(2);
	ASSERT_EQ(0, trim("2"));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(ESTALE, errno);
	measure(1);
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(-1, pread(fd, &byte, 1, 0));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(1, read(fd, &byte, 1));
	close(fd);
}

/*
 * Programs ask for the offset by seeking nowhere: Python's tell(), Rust's
 * stream_position(). That does not start anew.
 */
TEST_F(trim, asking_for_the_offset)
{
	int fd = open_at_empty();
	char byte;

	measure(2);
	ASSERT_EQ(0, trim("2"));
	measure(1);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(ESTALE, errno);
	close(fd);

	/* the first read, by pread(), leaves the offset at 0 */
	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, pread(fd, &byte, 1, 0));
	measure(1);
	ASSERT_EQ(0, trim("1"));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(1, read(fd, &byte, 1));
	/* elsewhere, too: the offset is told whatever was removed */
	ASSERT_EQ(0, trim("1"));
	EXPECT_EQ(1, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, lseek(fd, -1, SEEK_CUR));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(1, lseek(fd, 0, SEEK_CUR));
	close(fd);
}

/* What is staged may have any number: removals before it are no gap. */
TEST_F(trim, reader_of_an_empty_staged_list)
{
	char byte;
	int fd;

	if (access(STAGED, F_OK))
		SKIP(return, "needs CONFIG_IMA_STAGING");
	fd = open(STAGED, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, trim("3"));
	EXPECT_EQ(0, read(fd, &byte, 1));
	ASSERT_EQ(0, write_errno(fd, "A\n", 2));
	EXPECT_EQ(1, read(fd, &byte, 1));
	ASSERT_EQ(0, write_errno(fd, "D\n", 2));
	close(fd);
}

/* A Keylime agent seeks to offsets that it remembers, on one descriptor. */
TEST_F(trim, remembered_offsets)
{
	size_t offset = offset_of(self->copy, 10), len;
	char *buf = malloc(self->size);
	ssize_t n;
	int fd;

	ASSERT_TRUE(!!buf);
	len = self->size - offset;
	fd = open(LIST, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)self->size,
		  read_upto(fd, buf, self->size, self->size));
	/* honoured while nothing was removed */
	EXPECT_EQ((off_t)offset, lseek(fd, offset, SEEK_SET));
	EXPECT_EQ((ssize_t)len, read_upto(fd, buf, len, len));
	EXPECT_EQ(0, memcmp(buf, self->copy + offset, len));
	EXPECT_EQ(16, pread(fd, buf, 16, offset));
	EXPECT_EQ(0, memcmp(buf, self->copy + offset, 16));
	/* in the middle of a record as well */
	EXPECT_EQ(16, pread(fd, buf, 16, offset + 5));
	EXPECT_EQ(0, memcmp(buf, self->copy + offset + 5, 16));

	/* read() goes on where it was, after pread() as well */
	EXPECT_EQ((off_t)offset, lseek(fd, offset, SEEK_SET));
	EXPECT_EQ(5, read(fd, buf, 5));
	EXPECT_EQ(0, pread(fd, buf, 0, 0));
	EXPECT_EQ(16, pread(fd, buf, 16, 0));
	EXPECT_EQ(0, memcmp(buf, self->copy, 16));
	EXPECT_EQ(16, read(fd, buf, 16));
	EXPECT_EQ(0, memcmp(buf, self->copy + offset + 5, 16));

	EXPECT_EQ(0, trim("1"));
	EXPECT_EQ(-1, pread(fd, buf, 16, 0));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(0, pread(fd, buf, 0, offset + 21));
	n = read_upto(fd, buf, len - 21, len - 21);
	EXPECT_EQ((ssize_t)len - 21, n);
	EXPECT_EQ(0, memcmp(buf, self->copy + offset + 21, len - 21));
	EXPECT_EQ(-1, lseek(fd, offset, SEEK_SET));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	close(fd);
	free(buf);
}

struct trimmer {
	pthread_t thread;
	unsigned long success;
	int err;
};

static void *trimmer(void *arg)
{
	struct trimmer *t = arg;
	int ret;

	for (;;) {
		ret = trim("%lu:1", total());
		if (!ret) {
			t->success++;
		} else if (ret != ECANCELED) {
			t->err = ret;
			return NULL;
		}
	}
}

static void *reader(void *arg)
{
	int *stop = arg;
	char buf[512];
	ssize_t n;
	int fd;

	fd = open(LIST, O_RDONLY);
	while (fd >= 0 && !__atomic_load_n(stop, __ATOMIC_ACQUIRE)) {
		n = read(fd, buf, sizeof(buf));
		if ((n < 0 && errno != ESTALE))
			return (void *)1;
		if (n <= 0 && lseek(fd, 0, SEEK_SET))
			return (void *)2;
	}
	close(fd);
	return fd < 0 ? (void *)3 : NULL;
}

/* Nothing is removed twice, and no reader is in the way. */
TEST_F(trim, racing_trimmers)
{
	unsigned long before = total();
	struct trimmer t[3] = {};
	pthread_t r[2];
	int i, stop = 0;
	void *ret;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&r[i], NULL, reader, &stop));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&t[i].thread, NULL, trimmer, &t[i]));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_join(t[i].thread, NULL));
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(r[i], &ret));
		EXPECT_TRUE(!ret);
	}
	for (i = 0; i < 3; i++)
		EXPECT_EQ(ENOENT, t[i].err);
	EXPECT_EQ(self->count, t[0].success + t[1].success + t[2].success);
	EXPECT_EQ(before + self->count, total());
	EXPECT_EQ(0, count());
}

TEST_F(trim, staged_records_are_not_trimmed)
{
	unsigned long before = total();
	int fd;

	if (access(STAGED, F_OK))
		SKIP(return, "needs CONFIG_IMA_STAGING");
	fd = open(STAGED, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, write_errno(fd, "A\n", 2));
	measure(3);
	EXPECT_EQ(EBUSY, trim("1"));
	EXPECT_EQ(before, total());
	ASSERT_EQ(0, write_errno(fd, "D\n", 2));
	EXPECT_EQ(before + self->count, total());
	/* this process has the exclusive access itself */
	EXPECT_EQ(0, trim("%lu:1", before + self->count));
	close(fd);
	EXPECT_EQ(2, count());
}

static int child_trim(void)
{
	return trim("1");
}

static int child_open_read(void)
{
	return open_errno(LIST, O_RDONLY);
}

static int child_open_write(void)
{
	return open_errno(LIST, O_WRONLY);
}

/* A reader neither excludes trimming nor is excluded by it. */
TEST_F(trim, readers_and_trim_do_not_exclude)
{
	int list, fd;

	list = open(LIST, O_RDONLY);
	ASSERT_LE(0, list);
	fd = open(IMA "trim", O_WRONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, write_errno(fd, "1", 1));
	EXPECT_EQ(0, in_child(child_open_read));
	close(fd);
	close(list);
}

/* What the list files promise, whether or not there is a trim file. */
FIXTURE(list)
{
	unsigned long count;
	bool staging;
	bool trim;
};

FIXTURE_SETUP(list)
{
	if (geteuid())
		SKIP(return, "needs root");
	add_rule(RULE);
	measure(40);
	self->count = count();
	self->staging = !access(STAGED, F_OK);
	self->trim = !access(IMA "trim", F_OK);
}

FIXTURE_TEARDOWN(list)
{
}

/* Without staging, the list files delete nothing and exclude nobody. */
TEST_F(list, without_staging)
{
	int fd, fd2;

	if (self->staging)
		SKIP(return, "has CONFIG_IMA_STAGING");
	fd = open(LIST, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(EINVAL, write_errno(fd, "1\n", 2));
	fd2 = open(LIST, O_RDONLY);
	EXPECT_LE(0, fd2);
	close(fd2);
	close(fd);
	EXPECT_EQ(self->count, count());
}

TEST_F(list, strict_number)
{
	int fd;

	if (!self->staging)
		SKIP(return, "needs CONFIG_IMA_STAGING");
	fd = open(LIST, O_WRONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(EINVAL, write_errno(fd, "+2\n", 3));
	EXPECT_EQ(EINVAL, write_errno(fd, "1\0zz\n", 5));
	EXPECT_EQ(EINVAL, write_errno(fd, "-1\n", 3));
	EXPECT_EQ(self->count, count());
	EXPECT_EQ(0, write_errno(fd, "2\n", 2));
	EXPECT_EQ(self->count - 2, count());
	close(fd);
}

static void *close_fd(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

/* The exclusive access is the process's, whichever thread opens or closes. */
TEST_F(list, exclusive_access)
{
	pthread_t thread;
	int fd, fd2;

	if (!self->staging)
		SKIP(return, "needs CONFIG_IMA_STAGING");
	fd = open(LIST, O_WRONLY);
	fd2 = open(STAGED, O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, fd2);
	if (self->trim)
		EXPECT_EQ(EBUSY, in_child(child_trim));
	EXPECT_EQ(EBUSY, in_child(child_open_read));
	ASSERT_EQ(0, pthread_create(&thread, NULL, close_fd, &fd));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	/* fd2 is still open */
	EXPECT_EQ(EBUSY, in_child(child_open_read));
	EXPECT_EQ(EBUSY, in_child(child_open_write));
	if (self->trim)
		EXPECT_EQ(EBUSY, in_child(child_trim));
	close(fd2);
	EXPECT_EQ(0, in_child(child_open_write));
	EXPECT_EQ(0, in_child(child_open_read));
	if (self->trim)
		EXPECT_EQ(0, in_child(child_trim));
	EXPECT_EQ(self->count - self->trim, count());
}

#define DELETERS 2
#define ROUNDS 3
#define DELETED 500

struct deleter {
	pthread_t thread;
	int *arrived;
	int fd;
	int success;
};

/* Closer than a barrier, from which the threads wake up one by one. */
static void meet(int *arrived, int round)
{
	__atomic_add_fetch(arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(arrived, __ATOMIC_ACQUIRE) < DELETERS * round)
		sched_yield();
}

static void *deleter(void *arg)
{
	struct deleter *d = arg;
	char request[16];
	int i, n;

	n = snprintf(request, sizeof(request), "%d\n", DELETED);
	for (i = 1; i <= ROUNDS; i++) {
		meet(d->arrived, i);
		d->success += !write_errno(d->fd, request, n);
	}
	return NULL;
}

/*
 * Threads of one process, which is one writer, delete no record twice.  An
 * emulated machine takes long to measure that many files.
 */
TEST_F_TIMEOUT(list, threads_that_delete, 300)
{
	struct deleter d[DELETERS] = {};
	int i, arrived = 0;

	if (!self->staging)
		SKIP(return, "needs CONFIG_IMA_STAGING");
	measure(DELETERS * ROUNDS * DELETED);
	self->count = count();
	/* each its own file, or write() keeps them apart */
	for (i = 0; i < DELETERS; i++) {
		d[i].arrived = &arrived;
		d[i].fd = open(LIST, O_WRONLY);
		ASSERT_LE(0, d[i].fd);
	}
	for (i = 0; i < DELETERS; i++)
		ASSERT_EQ(0, pthread_create(&d[i].thread, NULL, deleter, &d[i]));
	for (i = 0; i < DELETERS; i++) {
		ASSERT_EQ(0, pthread_join(d[i].thread, NULL));
		EXPECT_EQ(ROUNDS, d[i].success);
		close(d[i].fd);
	}
	EXPECT_EQ(self->count - DELETERS * ROUNDS * DELETED, count());
}

/* The data of the last record in the list, if its name is @name. */
static int last_data(const char *name, char *data, size_t size)
{
	char *line = NULL, stored[64] = "", hex[256] = "";
	FILE *list = fopen(IMA "ascii_runtime_measurements", "r");
	size_t line_size = 0, i;
	char byte[3] = "";
	int n = 0;

	while (list && getline(&line, &line_size, list) > 0)
		;
	if (line)
		n = sscanf(line, "%*s %*s %*s %*s %63s %255s", stored, hex);
	if (n != 2)
		ksft_exit_fail_msg("cannot read the last record\n");
	fclose(list);
	free(line);
	for (i = 0; i + 1 < size && hex[2 * i]; i++) {
		memcpy(byte, hex + 2 * i, 2);
		data[i] = strtoul(byte, NULL, 16);
	}
	data[i] = '\0';
	return strcmp(stored, name);
}

/* A saver that has given up root, whatever user the rule names */
static int child_trims_as_user(void)
{
	int fd = open(IMA "trim", O_WRONLY);

	if (fd < 0 || setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return errno;
	return write_errno(fd, "2", 1);
}

/* The last test, as its rule stays in force. */
TEST_F(list, trims_are_measured)
{
	unsigned long before, records, after, i;
	char data[128];
	int n;

	if (!self->trim)
		SKIP(return, "needs CONFIG_IMA_TRIM");
	add_rule("measure func=CRITICAL_DATA label=ima_trim uid=0\n");
	self->count = count();
	EXPECT_EQ(0, in_child(child_trims_as_user));
	EXPECT_EQ(self->count - 2 + 1, count());
	for (i = 1; i <= 3; i++) {
		before = total();
		self->count = count();
		EXPECT_EQ(0, trim("%lu:%lu\n", before, i));
		/* its own record is a new one */
		EXPECT_EQ(self->count - i + 1, count());
		ASSERT_EQ(0, last_data("ima_trim", data, sizeof(data)));
		n = sscanf(data, "records=%lu;removed=%lu;", &records, &after);
		ASSERT_EQ(2, n);
		EXPECT_EQ(i, records);
		EXPECT_EQ(before + i, after);
		EXPECT_EQ(total(), after);
	}

	/* nothing removed, nothing measured */
	self->count = count();
	EXPECT_EQ(ENOENT, trim("%lu", self->count + 1));
	EXPECT_EQ(ECANCELED, trim("%lu:1", total() + 1));
	EXPECT_EQ(EINVAL, trim("0"));
	EXPECT_EQ(self->count, count());

	/* a trim can end at the record of the one before */
	EXPECT_EQ(0, trim("upto ima_trim last"));
	EXPECT_EQ(2, count());
	EXPECT_EQ(0, trim("upto ima_trim first"));
	EXPECT_EQ(2, count());
}

TEST_HARNESS_MAIN
