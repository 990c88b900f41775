// SPDX-License-Identifier: GPL-2.0
/*
 * What a scenario needs and a shell cannot do, as sub-commands.
 * Exit status: 0 done, 1 failed, 2 usage.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kexec.h>
#include <linux/keyctl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static long number(const char *s)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (errno || end == s || *end || n < 0)
		errx(2, "not a number: %s", s);
	return n;
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* A length in the list: of this machine's order, or of the canonical one. */
static unsigned int list_length(unsigned int len)
{
	static char cmdline[4096];

	if (!*cmdline) {
		int fd = open_or_die("/proc/cmdline", O_RDONLY);

		if (read(fd, cmdline, sizeof(cmdline) - 1) <= 0)
			err(1, "/proc/cmdline");
		close(fd);
	}
	return strstr(cmdline, "ima_canonical_fmt") ? le32toh(len) : len;
}

/* "-" for no initrd; "crash" for the kernel that a panic goes to. */
static int kexec_load(int argc, char **argv)
{
	int kernel = open_or_die(argv[0], O_RDONLY), initrd = -1;
	unsigned long flags = 0;

	if (argc == 4 && strcmp(argv[3], "crash"))
		return 2;
	if (argc == 4)
		flags |= KEXEC_FILE_ON_CRASH;
	if (strcmp(argv[1], "-"))
		initrd = open_or_die(argv[1], O_RDONLY);
	else
		flags |= KEXEC_FILE_NO_INITRAMFS;
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[2]) + 1,
		    argv[2], flags))
		err(1, "kexec_file_load");
	if (initrd >= 0)
		close(initrd);
	close(kernel);
	return 0;
}

static int kexec_unload(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, KEXEC_FILE_UNLOAD))
		err(1, "kexec_file_load");
	return 0;
}

/* What was not synced is lost, as in a power cut; the list is not. */
static int kexec_exec(int argc, char **argv)
{
	const char *how = argc ? argv[0] : "synced";

	if (!strcmp(how, "synced"))
		sync();
	else if (strcmp(how, "unsynced"))
		return 2;
	reboot(LINUX_REBOOT_CMD_KEXEC);
	err(1, "reboot into the loaded kernel");
}

static int kexec(int argc, char **argv)
{
	kexec_load(argc, argv);
	return kexec_exec(0, NULL);
}

/*
 * Open a file and keep it open in a child: prints the child's pid once the
 * file is open, so the caller needs no waiting; ends with release.
 */
static int hold(int argc, char **argv)
{
	const char *mode = argc == 2 ? argv[1] : "r";
	int fd, null;
	pid_t pid;

	if (strcmp(mode, "r") && strcmp(mode, "w"))
		return 2;
	fd = open(argv[0], *mode == 'w' ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		err(1, "%s", argv[0]);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid) {
		printf("%d\n", pid);
		return 0;
	}
	/* the caller's $(...) ends when nobody has its pipe */
	null = open_or_die("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	for (;;)
		pause();
}

/* End a process and return when it is gone, its files closed. */
static int release(int argc, char **argv)
{
	int fd = syscall(SYS_pidfd_open, number(argv[0]), 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	(void)argc;
	if (fd < 0)
		err(1, "process %s", argv[0]);
	if (syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0))
		err(1, "signal to %s", argv[0]);
	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			err(1, "poll");
	return 0;
}

static int as(int argc, char **argv)
{
	gid_t gid = number(argv[1]);
	uid_t uid = number(argv[0]);
	int cap;

	(void)argc;
	for (cap = 0; !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); cap++)
		;
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		err(1, "change to %s:%s", argv[0], argv[1]);
	execvp(argv[2], argv + 2);
	err(127, "%s", argv[2]);
}

/* Write fresh files DIR/PREFIX.N and open each for reading, as one process. */
static int measure(int argc, char **argv)
{
	long i, first = number(argv[2]), count = number(argv[3]);
	int keep = argc == 4 || strcmp(argv[4], "unlink");
	char path[4096];
	int fd;

	for (i = first; i < first + count; i++) {
		snprintf(path, sizeof(path), "%s/%s.%ld", argv[0], argv[1], i);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || dprintf(fd, "%s\n", path) < 0 || close(fd))
			err(1, "%s", path);
		close(open_or_die(path, O_RDONLY));
		if (!keep && unlink(path))
			err(1, "%s", path);
	}
	return 0;
}

/* Copy @len bytes of the list, or end if it ends before a record. */
static void copy(long len, int may_end)
{
	char buf[4096];
	size_t n;

	while (len) {
		n = fread(buf, 1, len < (long)sizeof(buf) ? len : (long)sizeof(buf),
			  stdin);
		if (!n && may_end)
			errx(1, "fewer records");
		if (!n || fwrite(buf, 1, n, stdout) != n)
			errx(1, "a record is cut off");
		len -= n;
		may_end = 0;
	}
}

static long copy_length(void)
{
	unsigned int len;

	if (fread(&len, sizeof(len), 1, stdin) != 1 ||
	    fwrite(&len, sizeof(len), 1, stdout) != 1)
		errx(1, "a record is cut off");
	return list_length(len);
}

/* The first COUNT records of the binary list (sha1 form, not template ima). */
static int records(int argc, char **argv)
{
	long count = number(argv[0]);

	(void)argc;
	while (count--) {
		copy(4 + 20, 1);		/* PCR, template digest */
		copy(copy_length(), 0);		/* template name */
		copy(copy_length(), 0);		/* template data */
	}
	if (fflush(stdout))
		err(1, "standard output");
	return 0;
}

/* What is left of the list, and where in the list that is. */
static char *list;
static size_t list_len, list_pos;

static char *take(size_t len)
{
	char *p = list + list_pos;

	if (len > list_len - list_pos)
		errx(1, "the record at %zu is cut off", list_pos);
	list_pos += len;
	return p;
}

static unsigned int take_length(void)
{
	unsigned int len;

	memcpy(&len, take(sizeof(len)), sizeof(len));
	return list_length(len);
}

/* The payload of a snapshot, if the record has one; else nothing. */
static void print_snapshot(size_t end)
{
	static const char head[] = "version=1;digest=";
	static const char name[] = "snapshot_aggregate";
	int named = 0;
	unsigned int len;
	char *field;

	while (list_pos < end) {
		len = take_length();
		field = take(len);
		if (len == sizeof(name) && !memcmp(field, name, len))
			named = 1;
		if (named && len >= sizeof(head) - 1 &&
		    !memcmp(field, head, sizeof(head) - 1))
			printf(" %.*s", (int)len, field);
	}
}

/*
 * One line a record: where it begins in the list, and its payload if it is a
 * snapshot; at last, where the list ends.
 */
static int offsets(int argc, char **argv)
{
	unsigned int len;
	char *name;

	(void)argc;
	(void)argv;
	list = malloc(64 << 20);
	if (!list)
		err(1, "memory");
	list_len = fread(list, 1, 64 << 20, stdin);
	while (list_pos < list_len) {
		printf("%zu", list_pos);
		take(4 + 20);
		len = take_length();
		name = take(len);
		if (len == 3 && !memcmp(name, "ima", 3)) {
			take(20);
			take(take_length());
		} else {
			len = take_length();
			print_snapshot(list_pos + len);
		}
		printf("\n");
	}
	printf("%zu\n", list_pos);
	return 0;
}

static int skip(long len)
{
	while (len--)
		if (getchar() == EOF)
			return -1;
	return 0;
}

static int skip_length(void)
{
	unsigned int len;

	return fread(&len, sizeof(len), 1, stdin) == 1 ?
		skip(list_length(len)) : -1;
}

/* Count the whole records of a binary list (sha1 form, not template ima). */
static int records_in(int argc, char **argv)
{
	long count = 0;

	(void)argc;
	(void)argv;
	while (!skip(4 + 20) && !skip_length() && !skip_length())
		count++;
	printf("%ld\n", count);
	return 0;
}

/* The Nth allocation from here on fails, once; what is left of N, until then. */
static void fail_nth(int fd, long n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%ld", n);

	if (pwrite(fd, text, len, 0) != len)
		err(1, "fail-nth");
}

static long fail_left(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		err(1, "fail-nth");
	return number(strtok(text, "\n"));
}

/*
 * Write DATA to FILE, and let the first, second... allocation of the kernel
 * fail, each in a try of its own, until one goes through.  Prints how many did
 * not, and what they said.
 */
static int write_failing(int argc, char **argv)
{
	int fail = open_or_die("/proc/self/fail-nth", O_RDWR);
	int fd = open_or_die(argv[0], O_WRONLY);
	long n, left, failed = 0;

	(void)argc;
	for (n = 1; n < 1000; n++) {
		fail_nth(fail, n);
		if (write(fd, argv[1], strlen(argv[1])) < 0) {
			failed++;
			fprintf(stderr, "%ld: %s\n", n, strerror(errno));
		}
		left = fail_left(fail);
		if (left > 0)
			break;
	}
	fail_nth(fail, 0);
	printf("%ld %ld\n", n - 1, failed);
	return 0;
}

/*
 * Write fresh files and open each for reading, with the first, second...
 * allocation failing, until one goes through.  Prints how many did not.
 */
static int measure_failing(int argc, char **argv)
{
	int fail = open_or_die("/proc/self/fail-nth", O_RDWR);
	char path[4096];
	long n, left;
	int fd;

	(void)argc;
	for (n = 1; n < 1000; n++) {
		snprintf(path, sizeof(path), "%s/%s.%ld", argv[0], argv[1], n);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || dprintf(fd, "%s\n", path) < 0 || close(fd))
			err(1, "%s", path);
		fail_nth(fail, n);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		left = fail_left(fail);
		fail_nth(fail, 0);
		if (fd >= 0)
			close(fd);
		if (left > 0)
			break;
	}
	printf("%ld\n", n - 1);
	return 0;
}

/* Write from an address where there is no memory; says what the kernel says. */
static int write_bad(int argc, char **argv)
{
	int fd = open_or_die(argv[0], O_WRONLY);

	(void)argc;
	if (syscall(SYS_write, fd, (void *)8, 2UL) < 0)
		err(1, "%s", argv[0]);
	return 0;
}

/*
 * As an agent that keeps one descriptor for life: copy what there is to read,
 * whenever there is something, until STOP exists and all was read.
 */
static int follow(int argc, char **argv)
{
	int list = open_or_die(argv[0], O_RDONLY);
	int out = open_or_die(argv[1], O_WRONLY | O_APPEND);
	struct timespec pause = { .tv_nsec = 1000000 };
	char buf[1000];
	ssize_t n;
	int stop;

	(void)argc;
	for (;;) {
		stop = !access(argv[2], F_OK);
		n = read(list, buf, sizeof(buf));
		if (n < 0)
			err(1, "%s", argv[0]);
		if (n && write(out, buf, n) != n)
			err(1, "%s", argv[1]);
		if (!n && stop)
			return 0;
		if (!n)
			nanosleep(&pause, NULL);
	}
}

/*
 * Have a key measured, if the policy says so: a new keyring, and in it a
 * certificate (DER).
 */
static int add_key_to(int argc, char **argv)
{
	char cert[8192];
	int fd = open_or_die(argv[1], O_RDONLY);
	ssize_t n = read(fd, cert, sizeof(cert));
	long ring;

	(void)argc;
	ring = syscall(SYS_add_key, "keyring", argv[0], NULL, 0UL,
		       KEY_SPEC_PROCESS_KEYRING);
	if (n <= 0 || ring < 0 ||
	    syscall(SYS_add_key, "asymmetric", "", cert, (size_t)n, (int)ring) < 0)
		err(1, "key in keyring %s", argv[0]);
	return 0;
}

/* The error of an open for reading in another process, as text. */
static void print_open(const char *when, const char *path, int flags)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		printf("%s: %s\n", when,
		       open(path, flags) < 0 ? strerror(errno) : "opened");
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void *close_in_thread(void *fd)
{
	close(*(int *)fd);
	return NULL;
}

static void *open_in_thread(void *path)
{
	static int fd;

	fd = open(path, O_WRONLY);
	if (fd < 0)
		printf("another thread: %s\n", strerror(errno));
	return fd < 0 ? NULL : &fd;
}

static void *in_thread(void *(*function)(void *), void *arg)
{
	pthread_t thread;
	void *ret;

	if (pthread_create(&thread, NULL, function, arg) ||
	    pthread_join(thread, &ret))
		errx(1, "thread");
	return ret;
}

/*
 * Open FILE twice for writing, let another thread close one of them, and say
 * what other processes get while the other one is open, and after that.
 */
static int writer(int argc, char **argv)
{
	int first = open_or_die(argv[0], O_WRONLY);
	int second = open_or_die(argv[0], O_WRONLY);
	int *third;
	pid_t pid;

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	in_thread(close_in_thread, &second);
	print_open("reader beside the writer", argv[0], O_RDONLY);
	print_open("writer beside the writer", argv[0], O_WRONLY);
	third = in_thread(open_in_thread, argv[0]);
	if (third) {
		printf("another thread: opened\n");
		close(*third);
	}
	close(first);
	print_open("reader after it", argv[0], O_RDONLY);
	print_open("writer after it", argv[0], O_WRONLY);

	/* a child holds the descriptor longer than this process */
	first = open(argv[0], O_WRONLY);
	if (first < 0) {
		printf("again: %s\n", strerror(errno));
		return 0;
	}
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid)
		for (;;)
			pause();
	close(first);
	print_open("reader beside an inherited file", argv[0], O_RDONLY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	print_open("reader after that", argv[0], O_RDONLY);
	return 0;
}

static struct {
	long arrived;
	const char *number;
	long rounds;
} at_once;

/* To wake the other thread takes longer than the deletion: both wait busily. */
static void *delete_in_thread(void *fd)
{
	long i, done = 0;

	for (i = 0; i < at_once.rounds; i++) {
		__atomic_add_fetch(&at_once.arrived, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&at_once.arrived, __ATOMIC_SEQ_CST) <
		       2 * (i + 1))
			;
		if (write(*(int *)fd, at_once.number,
			  strlen(at_once.number)) > 0)
			done++;
		else if (errno != ENOENT)
			err(1, "delete");
	}
	return (void *)done;
}

/*
 * Two threads, each with a file of its own, delete N records at the same time,
 * ROUNDS times.  Prints how many of these deletions succeeded.
 */
static int delete_at_once(int argc, char **argv)
{
	int fds[2] = { open_or_die(argv[0], O_WRONLY),
		       open_or_die(argv[0], O_WRONLY) };
	pthread_t threads[2];
	long done = 0;
	char line[32];
	void *ret;
	int i;

	(void)argc;
	snprintf(line, sizeof(line), "%ld\n", number(argv[1]));
	at_once.number = line;
	at_once.rounds = number(argv[2]);
	for (i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, delete_in_thread,
				   &fds[i]))
			errx(1, "thread");
	for (i = 0; i < 2; i++) {
		if (pthread_join(threads[i], &ret))
			errx(1, "thread");
		done += (long)ret;
	}
	printf("%ld\n", done);
	return 0;
}

static int run(int argc, char **argv);

/*
 * Run a sub-command and let the Nth allocation that the kernel makes for it
 * fail.  Exit status 3 if it made fewer, else that of the sub-command.
 */
static int failing(int argc, char **argv)
{
	int fail = open_or_die("/proc/self/fail-nth", O_RDWR);
	char left[16] = "";
	int rc;

	if (pwrite(fail, argv[0], strlen(argv[0]), 0) < 0)
		err(1, "fail-nth");
	rc = run(argc - 1, argv + 1);
	if (pread(fail, left, sizeof(left) - 1, 0) < 0)
		err(1, "fail-nth");
	if (pwrite(fail, "0", 1, 0) < 0)
		err(1, "fail-nth");
	return number(strtok(left, "\n")) > 0 ? 3 : rc;
}

static const struct {
	const char *name;
	int min, max;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "kexec", 3, 3, kexec, "IMAGE INITRD CMDLINE" },
	{ "kexec-load", 3, 4, kexec_load, "IMAGE INITRD|- CMDLINE [crash]" },
	{ "kexec-exec", 0, 1, kexec_exec, "[synced|unsynced]" },
	{ "kexec-unload", 0, 0, kexec_unload, "" },
	{ "hold", 1, 2, hold, "FILE [r|w]" },
	{ "release", 1, 1, release, "PID" },
	{ "as", 3, 64, as, "UID GID COMMAND..." },
	{ "records-in", 0, 0, records_in, "< LIST" },
	{ "follow", 3, 3, follow, "LIST OUT STOP" },
	{ "add-key", 2, 2, add_key_to, "KEYRING CERTIFICATE" },
	{ "records", 1, 1, records, "COUNT < LIST" },
	{ "offsets", 0, 0, offsets, "< LIST" },
	{ "write-failing", 2, 2, write_failing, "FILE DATA" },
	{ "measure-failing", 2, 2, measure_failing, "DIR PREFIX" },
	{ "write-bad", 1, 1, write_bad, "FILE" },
	{ "measure", 4, 5, measure, "DIR PREFIX FIRST COUNT [unlink]" },
	{ "writer", 1, 1, writer, "LIST" },
	{ "delete-at-once", 3, 3, delete_at_once, "LIST N ROUNDS" },
	{ "failing", 2, 64, failing, "N COMMAND..." },
};

static int usage(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stderr, "usage: tool %s %s\n", commands[i].name,
			commands[i].usage);
	return 2;
}

static int run(int argc, char **argv)
{
	size_t i;
	int rc;

	for (i = 0; argc && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		argc--;
		argv++;
		if (argc < commands[i].min || argc > commands[i].max)
			return usage();
		rc = commands[i].run(argc, argv);
		return rc == 2 ? usage() : rc;
	}
	return usage();
}

int main(int argc, char **argv)
{
	return run(argc - 1, argv + 1);
}
