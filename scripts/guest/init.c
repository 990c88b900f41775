// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of a test boot: mounts what a scenario needs, runs the scenario's
 * stage, and powers off.  Whatever happens to the scenario, its verdict is
 * written on the result channel here, or by nobody, which is a failure too.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The result channel is the second serial port; the first is the console.  On a
 * machine that has none, it is the name of a virtio console.
 */
#define RESULTS "/dev/ttyS1"

static const struct {
	const char *what, *where, *type, *options;
} mounts[] = {
	{ "proc", "/proc", "proc", "" },
	{ "sys", "/sys", "sysfs", "" },
	{ "dev", "/dev", "devtmpfs", "" },
	{ "pts", "/dev/pts", "devpts", "" },
	{ "security", "/sys/kernel/security", "securityfs", "" },
	{ "debug", "/sys/kernel/debug", "debugfs", "" },
	{ "tracing", "/sys/kernel/tracing", "tracefs", "" },
	/* the only tmpfs: a rule with fsname=tmpfs measures just its files */
	{ "measured", "/measured", "tmpfs", "mode=0755" },
	{ "host", "/host", "9p", "trans=virtio,version=9p2000.L,msize=262144" },
};

static int results = -1;

static void report(const char *line)
{
	dprintf(results, "%s\n", line);
	tcdrain(results);
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	err(1, "power off");
}

static void die(const char *what)
{
	warn("init: %s", what);
	if (results >= 0)
		dprintf(results, "Bail out! init: %s\n", what);
	power_off();
}

static void mount_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		if (mkdir(mounts[i].where, 0755) && errno != EEXIST)
			die(mounts[i].where);
		if (mount(mounts[i].what, mounts[i].where, mounts[i].type, 0,
			  mounts[i].options))
			die(mounts[i].where);
	}
}

/* Lines travel as they are written: no echo, no CR before LF. */
static void open_results(void)
{
	struct termios t;

	if (access(RESULTS, F_OK) && symlink("hvc0", RESULTS))
		die(RESULTS);
	results = open(RESULTS, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (results < 0 || tcgetattr(results, &t))
		die(RESULTS);
	cfmakeraw(&t);
	if (tcsetattr(results, TCSANOW, &t))
		die(RESULTS);
}

/* The value of ima_test.NAME on the command line, or NULL. */
static const char *parameter(const char *name)
{
	static char line[4096];
	char key[64], *word, *save;
	ssize_t n;
	int fd;

	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (n < 0)
		die("/proc/cmdline");
	close(fd);
	line[n] = '\0';
	snprintf(key, sizeof(key), "ima_test.%s=", name);
	for (word = strtok_r(line, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, key, strlen(key)))
			return word + strlen(key);
	return NULL;
}

/* Run a program in a session of its own, and reap orphans while it runs. */
static int run(char *const argv[], int with_terminal)
{
	pid_t pid, ended;
	int status;

	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		setsid();
		if (with_terminal) {
			/* /dev/console itself cannot be a controlling tty */
			int fd = open("/dev/ttyS0", O_RDWR);

			if (fd >= 0) {
				ioctl(fd, TIOCSCTTY, 1);
				dup2(fd, 0);
				dup2(fd, 1);
				dup2(fd, 2);
			}
		}
		execv(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	do {
		ended = wait(&status);
		if (ended < 0 && errno != EINTR)
			die("wait");
	} while (ended != pid);
	return status;
}

static void run_scenario(void)
{
	const char *stage = parameter("stage");
	char name[16], line[64];
	char *const argv[] = { "/bin/sh", "/guest/run.sh", name, NULL };
	int status;

	snprintf(name, sizeof(name), "%s", stage ? stage : "1");
	status = run(argv, 0);
	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		report("# end of scenario");
		return;
	}
	if (WIFEXITED(status))
		snprintf(line, sizeof(line), "stage %s exited with status %d",
			 name, WEXITSTATUS(status));
	else
		snprintf(line, sizeof(line), "stage %s was killed by signal %d",
			 name, WTERMSIG(status));
	dprintf(results, "Bail out! %s\n", line);
}

int main(void)
{
	char *const install[] = { "/bin/busybox", "--install", "-s", "/bin", NULL };
	char *const shell[] = { "/bin/sh", "-l", NULL };
	const char *with_shell;

	setenv("PATH", "/bin", 1);
	setenv("HOME", "/", 1);
	umask(022);
	mount_all();
	open_results();
	if (run(install, 0))
		die("busybox --install");
	with_shell = parameter("shell");
	if (!with_shell || strcmp(with_shell, "only"))
		run_scenario();
	if (parameter("shell"))
		run(shell, 1);
	tcdrain(results);
	power_off();
}
