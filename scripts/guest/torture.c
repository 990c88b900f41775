// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can be done with the measurement list at the same time:
 *
 *   torture DIR OUT SECONDS
 *
 * Adders measure files in DIR, two savers and a user of staging save and remove
 * records, two take snapshots, hostile writers send what has to be refused, and
 * four readers read.  What was saved is the log, and goes to OUT, which begins
 * with the first record.  Every byte that a reader got without a seek or an
 * ESTALE in between has to be in the log, in one piece.  The last line says how
 * often each of them did what it does, and any failure ends in exit status 1.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define IMA "/sys/kernel/security/ima/"
#define LIST IMA "binary_runtime_measurements"
#define LOG_MAX (512UL << 20)
#define CHUNK_MAX (8UL << 20)

static const char *dir;
static time_t end;
static atomic_int failures;

/* Appended to under the lock; bytes below log_size never change. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t log_grew = PTHREAD_COND_INITIALIZER;
static unsigned char *log_bytes;
static atomic_size_t log_size;
static unsigned long log_records;

/*
 * Staging wants that nobody has a list file open: held for reading while one is
 * open.  Readers let go of it soon after staging is wanted.
 */
static pthread_rwlock_t files_open =
	PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static atomic_bool staging_wanted;

static atomic_ulong added, trims, upto, staged, snapshots, refused, runs, stale;

__attribute__((format(printf, 1, 2)))
static void fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	failures++;
}

static bool running(void)
{
	return time(NULL) < end;
}

static unsigned int u32_at(const unsigned char *p)
{
	unsigned int n;

	memcpy(&n, p, sizeof(n));
	return n;
}

/* Length of the record at P, or 0 if SIZE bytes do not hold all of it. */
static size_t record_length(const unsigned char *p, size_t size)
{
	size_t at = 24;

	for (int i = 0; i < 2; i++) {
		if (size < at + 4)
			return 0;
		at += 4 + u32_at(p + at);
	}
	return at <= size ? at : 0;
}

static unsigned long whole_records(const unsigned char *p, size_t *size)
{
	unsigned long n = 0;
	size_t at = 0, length;

	while ((length = record_length(p + at, *size - at))) {
		at += length;
		n++;
	}
	*size = at;
	return n;
}

/* 0, or the errno of a write to a file of IMA. */
static int request(const char *file, const void *data, size_t len)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return errno;
	if (write(fd, data, len) < 0)
		ret = errno;
	close(fd);
	return ret;
}

static unsigned long removed(void)
{
	char text[32] = "";
	int fd = open(IMA "trim", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		err(1, IMA "trim");
	close(fd);
	return strtoul(text, NULL, 10);
}

/* Up to SIZE bytes, from the start. */
static size_t read_list(const char *file, unsigned char *p, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while (have < size && (n = read(fd, p + have, size - have)) > 0)
		have += n;
	close(fd);
	return have;
}

/* Records FIRST and following were removed by this thread, and by no other. */
static void save(unsigned long first, const unsigned char *p, size_t size,
		 unsigned long records)
{
	pthread_mutex_lock(&log_lock);
	while (log_records != first)
		pthread_cond_wait(&log_grew, &log_lock);
	if (log_size + size > LOG_MAX)
		errx(1, "the log is full");
	memcpy(log_bytes + log_size, p, size);
	log_size += size;
	log_records += records;
	pthread_cond_broadcast(&log_grew);
	pthread_mutex_unlock(&log_lock);
}

static void nap(unsigned int *seed, unsigned int max_ms)
{
	usleep(1000 * (rand_r(seed) % max_ms));
}

static void *adder(void *arg)
{
	unsigned long n = 0;
	char name[256], c;
	int fd, writer;

	for (; running(); n++) {
		/* of all lengths, and unique; one in 50 is a violation */
		snprintf(name, sizeof(name), "%s/%ld.%lu.%0*d", dir, (long)arg, n,
			 (int)(n * 7 % 190) + 1, 0);
		writer = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (writer < 0 || write(writer, name, strlen(name)) < 0)
			err(1, "%s", name);
		if (n % 50)
			close(writer);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, &c, 1) != 1)
			err(1, "%s", name);
		close(fd);
		if (n % 50 == 0)
			close(writer);
		unlink(name);
		added++;
	}
	return NULL;
}

static bool is_snapshot(const unsigned char *p, size_t length)
{
	return memmem(p, length, "snapshot_aggregate", 19) &&
	       memmem(p, length, "version=1;digest=", 17);
}

/*
 * The records before the first snapshot that is not the first record, or 0;
 * *K is the how manieth snapshot it is.
 */
static unsigned long before_snapshot(const unsigned char *p, size_t *size,
				     unsigned int *k)
{
	unsigned long n = 0;
	size_t at, length;

	*k = 0;
	for (at = 0; (length = record_length(p + at, *size - at)); at += length) {
		if (is_snapshot(p + at, length)) {
			++*k;
			if (n) {
				*size = at;
				return n;
			}
		}
		n++;
	}
	return 0;
}

/* Save what is there, and remove it if nobody else did. */
static void *saver(void *arg)
{
	unsigned int seed = (long)arg;
	unsigned char *p = malloc(CHUNK_MAX);
	unsigned long first, n;
	char text[80];
	size_t size;
	unsigned int k;
	bool use_upto;
	int ret;

	while (running()) {
		first = removed();
		pthread_rwlock_rdlock(&files_open);
		size = read_list(LIST, p, CHUNK_MAX);
		pthread_rwlock_unlock(&files_open);
		if (removed() != first)
			continue;
		use_upto = rand_r(&seed) % 2;
		if (use_upto)
			n = before_snapshot(p, &size, &k);
		else
			n = whole_records(p, &size);
		if (!n)
			continue;
		if (use_upto)
			snprintf(text, sizeof(text), "%lu:upto snapshot_aggregate %u",
				 first, k);
		else
			snprintf(text, sizeof(text), "%lu:%lu", first, n);
		ret = request(IMA "trim", text, strlen(text));
		if (!ret && use_upto && removed() < first + n)
			fail("\"%s\" removed too few", text);
		if (!ret) {
			save(first, p, size, n);
			use_upto ? upto++ : trims++;
		} else if (ret != ECANCELED && ret != EBUSY) {
			fail("\"%s\": %s", text, strerror(ret));
		}
		nap(&seed, 100);
	}
	free(p);
	return NULL;
}

/* Staged records stay where they are until they are deleted. */
static void *stager(void *arg)
{
	unsigned int seed = (long)arg;
	unsigned char *p = malloc(CHUNK_MAX);
	unsigned long first, n;
	size_t size;
	int ret;

	while (running()) {
		nap(&seed, 1000);
		staging_wanted = true;
		pthread_rwlock_wrlock(&files_open);
		staging_wanted = false;
		ret = request(LIST "_staged", "A\n", 2);
		if (!ret) {
			first = removed();
			size = read_list(LIST "_staged", p, CHUNK_MAX);
			n = whole_records(p, &size);
			ret = request(LIST "_staged", "D\n", 2);
			if (ret)
				fail("delete what is staged: %s", strerror(ret));
		} else if (ret != ENOENT) {
			fail("stage: %s", strerror(ret));
		}
		pthread_rwlock_unlock(&files_open);
		if (!ret) {
			save(first, p, size, n);
			staged++;
		}
	}
	free(p);
	return NULL;
}

static void *taker(void *arg)
{
	unsigned int seed = (long)arg;
	int ret;

	while (running()) {
		ret = request(IMA "snapshot", "1", 1);
		if (ret)
			fail("snapshot: %s", strerror(ret));
		snapshots++;
		nap(&seed, 200);
	}
	return NULL;
}

/* None of these is to remove, or to record, anything. */
static void *hostile(void *arg)
{
	static const char * const texts[] = {
		"0", "-1", "+1", "1 1", "18446744073709551616", "x", "1:", ":1",
		"18446744073709551615:1", "18446744073709551614:upto x last",
		"upto", "upto x", "upto no-such-name first", "18446744073709551615",
		"upto snapshot_aggregate 0", "upto snapshot_aggregate 18446744073709551615",
		"1\n1", "\n", "0x10", "99999999999",
	};
	unsigned int seed = (long)arg, i, len;
	char text[400];
	int ret;

	while (running()) {
		const char *file = rand_r(&seed) % 4 ? IMA "trim" : IMA "snapshot";

		i = rand_r(&seed) % (2 * sizeof(texts) / sizeof(*texts));
		if (i < sizeof(texts) / sizeof(*texts)) {
			len = strlen(strcpy(text, texts[i]));
		} else {
			len = 2 + rand_r(&seed) % (sizeof(text) - 2);
			for (i = 0; i < len; i++)
				text[i] = rand_r(&seed);
			text[0] = 'u';
		}
		ret = request(file, text, len);
		if (!ret)
			fail("taken: \"%.*s\"", len, text);
		else if (ret != EINVAL && ret != ERANGE && ret != ENOENT &&
			 ret != ECANCELED && ret != EBUSY)
			fail("\"%.*s\": %s", len, text, strerror(ret));
		refused++;
		nap(&seed, 3);
	}
	return NULL;
}

/* Wait until the log has all of a run, and look it up there. */
static void check_run(const char *who, const unsigned char *p, size_t size)
{
	time_t limit = time(NULL) + 120;
	const unsigned char *at;
	size_t length;

	whole_records(p, &size);
	length = record_length(p, size);
	if (!length)
		return;
	for (;;) {
		size_t have = log_size;

		at = memmem(log_bytes, have, p, length);
		if (at && (size_t)(log_bytes + have - at) >= size)
			break;
		if (time(NULL) > limit) {
			fail("%s: a run of %zu bytes is not in the log", who, size);
			return;
		}
		usleep(20000);
	}
	if (memcmp(at, p, size))
		fail("%s: a run of %zu bytes differs from the log", who, size);
	runs++;
}

struct habit {
	const char *name;
	size_t piece;		/* bytes a read */
	unsigned int pause_ms;	/* between reads */
	bool rewinds;
};

static int open_list(void)
{
	int fd;

	pthread_rwlock_rdlock(&files_open);
	fd = open(LIST, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, LIST);
	return fd;
}

static void close_list(int fd)
{
	close(fd);
	pthread_rwlock_unlock(&files_open);
}

/* Back to any byte of the run: the same bytes again. */
static void read_again(const struct habit *habit, int fd, const unsigned char *p,
		       size_t have, unsigned int *seed)
{
	size_t back = rand_r(seed) % have;
	unsigned char again[4096];
	ssize_t n;

	n = pread(fd, again, habit->piece, back);
	if (n > (ssize_t)(have - back))
		n = have - back;
	if (n > 0 && memcmp(again, p + back, n))
		fail("%s: other bytes at %zu", habit->name, back);
	if (n < 0 && errno != ESTALE)
		fail("%s: pread: %s", habit->name, strerror(errno));
}

/* Runs are looked up while no list file is open, or savers could not go on. */
struct kept_runs {
	unsigned char *bytes[64];
	size_t size[64];
	int num;
};

static void keep_run(struct kept_runs *kept, const unsigned char *p, size_t size)
{
	kept->bytes[kept->num] = memcpy(malloc(size + 1), p, size);
	kept->size[kept->num++] = size;
}

static void check_runs(const char *who, struct kept_runs *kept)
{
	while (kept->num) {
		kept->num--;
		check_run(who, kept->bytes[kept->num], kept->size[kept->num]);
		free(kept->bytes[kept->num]);
	}
}

static void *reader(void *arg)
{
	const struct habit *habit = arg;
	unsigned char *p = malloc(CHUNK_MAX);
	unsigned int seed = habit->piece;
	struct kept_runs kept = { };
	int fd = open_list();
	size_t have = 0;
	ssize_t n;

	while (running()) {
		n = read(fd, p + have, habit->piece);
		if (n < 0 && errno != ESTALE)
			fail("%s: read: %s", habit->name, strerror(errno));
		if (n > 0) {
			have += n;
			if (habit->pause_ms)
				nap(&seed, habit->pause_ms);
		}
		if (habit->rewinds && have && !(rand_r(&seed) % 8))
			read_again(habit, fd, p, have, &seed);
		if (n < 0 || have + habit->piece > CHUNK_MAX / 8 ||
		    (n == 0 && !(rand_r(&seed) % 50))) {
			stale += n < 0;
			keep_run(&kept, p, have);
			have = 0;
			if (lseek(fd, 0, SEEK_SET))
				fail("%s: lseek: %s", habit->name, strerror(errno));
		} else if (n == 0) {
			nap(&seed, 30);
		}
		if (staging_wanted || kept.num == 60) {
			close_list(fd);
			keep_run(&kept, p, have);
			check_runs(habit->name, &kept);
			have = 0;
			fd = open_list();
		}
	}
	close_list(fd);
	keep_run(&kept, p, have);
	check_runs(habit->name, &kept);
	free(p);
	return NULL;
}

static struct habit habits[] = {
	{ "sequential", 65536, 0, false },
	{ "tiny", 7, 0, false },
	{ "slow", 4096, 300, false },
	{ "rewinding", 2048, 10, true },
};

int main(int argc, char **argv)
{
	pthread_t workers[11], readers[4];
	unsigned char *p;
	size_t size;
	int i, fd;

	if (argc != 4)
		errx(2, "torture DIR OUT SECONDS");
	dir = argv[1];
	end = time(NULL) + atol(argv[3]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_bytes = mmap(NULL, LOG_MAX, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (log_bytes == MAP_FAILED)
		err(1, "mmap");
	for (i = 0; i < 11; i++) {
		void *(*what[11])(void *) = { adder, adder, adder, saver, saver,
			access(LIST "_staged", F_OK) ? saver : stager,
			taker, taker, hostile, hostile, hostile };

		if (pthread_create(&workers[i], NULL, what[i], (void *)(long)(i + 1)))
			errx(1, "pthread_create");
	}
	for (i = 0; i < 4; i++)
		if (pthread_create(&readers[i], NULL, reader, &habits[i]))
			errx(1, "pthread_create");
	for (i = 0; i < 11; i++)
		pthread_join(workers[i], NULL);

	/* what is left belongs to the log, too */
	p = malloc(LOG_MAX / 4);
	size = read_list(LIST, p, LOG_MAX / 4);
	save(removed(), p, size, whole_records(p, &size));
	for (i = 0; i < 4; i++)
		pthread_join(readers[i], NULL);

	fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (size = 0; size < log_size; ) {
		ssize_t n = write(fd, log_bytes + size, log_size - size);

		if (n <= 0)
			err(1, "%s", argv[2]);
		size += n;
	}
	close(fd);
	printf("%s s: %lu files, %lu records in the log, T %lu; %lu trims, %lu upto, %lu staged; %lu snapshots; %lu hostile requests; %lu runs read, %lu ESTALE; %d failures\n",
	       argv[3], added, log_records, removed(), trims, upto, staged,
	       snapshots, refused, runs, stale, failures);
	return failures != 0;
}
