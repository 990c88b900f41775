// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may still be in a read(): a thread that runs or sleeps uninterruptibly
 * may, one that sleeps interruptibly, has ended, or has used much time since,
 * may not.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "../programs/readers.h"

static int go[2], done[2];

static void wait_byte(int fd)
{
	char byte;

	CHECK(read(fd, &byte, 1) == 1);
}

/* A parent waits for its vfork() child as a read() waits for its disk. */
static void *in_vfork(void *arg)
{
	pid_t pid;
	char byte = 0;

	*(pid_t *)arg = syscall(SYS_gettid);
	CHECK(write(done[1], &byte, 1) == 1);
	pid = vfork();
	if (!pid) {
		CHECK(read(go[0], &byte, 1) == 1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	CHECK(write(done[1], &byte, 1) == 1);
	for (;;)
		pause();
}

static char state_of(pid_t tid)
{
	char path[64], text[256], *state;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	f = fopen(path, "r");
	CHECK(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	state = strrchr(text, ')');
	CHECK(state);
	return state[2];
}

static void wait_state(pid_t tid, char state)
{
	while (state_of(tid) != state)
		usleep(1000);
}

static void test_uninterruptible(void)
{
	struct readers r = { 0 };
	pthread_t thread;
	pid_t tid;

	CHECK(!pthread_create(&thread, NULL, in_vfork, &tid));
	wait_byte(done[0]);
	wait_state(tid, 'D');
	CHECK(readers_add(&r, tid));
	CHECK(!readers_gone(&r));
	CHECK_EQ(r.num, 1);
	CHECK(write(go[1], "", 1) == 1);
	wait_byte(done[0]);
	wait_state(tid, 'S');
	CHECK(readers_gone(&r));
}

static void test_running_and_ended(void)
{
	struct readers r = { 0 };
	pid_t pid = fork();

	if (!pid)
		for (;;)
			;
	CHECK(pid > 0);
	wait_state(pid, 'R');
	CHECK(readers_add(&r, pid));
	CHECK(!readers_gone(&r));
	while (!readers_gone(&r))	/* until it has used its time */
		usleep(10000);
	CHECK(readers_add(&r, pid));
	CHECK(!readers_gone(&r));
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(readers_gone(&r));
}

static void test_list(void)
{
	struct readers r = { 0 };
	int i;

	for (i = 0; i < READERS_MAX; i++)
		CHECK(readers_add(&r, 100000000 + i));
	CHECK(!readers_add(&r, 1));
	readers_done(&r, 100000000);
	CHECK(readers_add(&r, 100000001));	/* it is there already */
	CHECK_EQ(r.num, READERS_MAX - 1);
	CHECK(readers_gone(&r));
	CHECK(readers_visible());
}

int main(void)
{
	CHECK(!pipe(go) && !pipe(done));
	test_list();
	test_running_and_ended();
	test_uninterruptible();
	return 0;
}
