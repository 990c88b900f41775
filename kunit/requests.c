// SPDX-License-Identifier: GPL-2.0
/*
 * For scripts/requests, inside user-mode Linux: several tasks write random requests
 * to the files of IMA in securityfs, and read the measurement list. Each request
 * has to succeed or fail with an errno that its document has for it: EINVAL or
 * ERANGE exactly for those that are none. After each thousand, the list has to be
 * well-formed, and all counts have to agree.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMA "/sys/kernel/security/ima/"
#define LIST IMA "binary_runtime_measurements"
#define STAGED LIST "_staged"
#define TASKS 4
#define ROUND 1000
#define OWNER "48876"

static struct shared {
	pthread_barrier_t barrier;
	unsigned long success[8], failed[8][140];
} *shared;

enum kind { TRIM, SNAPSHOT, POLICY, LIVE, STAGE, MEASURE, READ };
static const char * const kinds[] = {
	"trim", "snapshot", "policy", "list", "staged", "measure", "read",
};

static uint64_t state;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}

static bool one_in(unsigned int n)
{
	return !(rnd() % n);
}

static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("not ok ");
	vprintf(fmt, ap);
	printf("\n");
	kill(0, SIGKILL);	/* the tasks wait for each other */
	_exit(1);
}

/* printable form of a request */
static const char *shown(const char *s, size_t len)
{
	static char out[4096];
	size_t i, n = 0;

	for (i = 0; i < len && n < sizeof(out) - 8; i++)
		n += snprintf(out + n, 8, s[i] >= ' ' && s[i] < 127 ? "%c" : "\\x%02x",
			      (unsigned char)s[i]);
	out[n] = 0;
	return out;
}

static unsigned long long number_in(const char *path)
{
	char buf[32] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0)
		die("cannot read %s: %m", path);
	close(fd);
	return strtoull(buf, NULL, 10);
}

static void outcome(enum kind kind, int err)
{
	if (err)
		__atomic_add_fetch(&shared->failed[kind][err < 140 ? err : 139],
				   1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&shared->success[kind], 1, __ATOMIC_RELAXED);
}

static void expect(enum kind kind, int err, const int *allowed, const char *req,
		   size_t len)
{
	outcome(kind, err);
	if (!err)
		return;
	while (*allowed && *allowed != err)
		allowed++;
	if (!*allowed)
		die("%s, request \"%s\": %s", kinds[kind], shown(req, len),
		    strerror(err));
}

/* 0 or the errno of writing a request to a file that is opened for it */
static int request(const char *path, const char *req, size_t len, bool *opened)
{
	int fd = open(path, O_WRONLY), err = 0;
	ssize_t n;

	*opened = fd >= 0;
	if (fd < 0)
		return errno;
	n = write(fd, req, len);
	if (n < 0)
		err = errno;
	else if ((size_t)n != len)
		die("%s: %zd of %zu bytes written", path, n, len);
	close(fd);
	return err;
}

/* A number, most of the time */
static size_t put_number(char *p)
{
	static const char * const odd[] = {
		"0", "00", "18446744073709551615", "18446744073709551616", "-1",
		"+1", "0x1", "", " 1", "1 ", "99999999999999999999999", "1e3",
		"4294967296", "9223372036854775808", "\xb2",
	};

	switch (rnd() % 8) {
	case 0:
		return sprintf(p, "%s", odd[rnd() % (sizeof(odd) / sizeof(*odd))]);
	case 1:
		return sprintf(p, "%llu", number_in(IMA "trim"));
	case 2:
		return sprintf(p, "%llu", number_in(IMA "runtime_measurements_count") +
			       rnd() % 3 - 1);
	case 3:
		return sprintf(p, "%0*d", (int)(rnd() % 30), (int)(rnd() % 4));
	default:
		return sprintf(p, "%d", (int)(1 + rnd() % 4));
	}
}

static size_t put_name(char *p)
{
	static const char * const names[] = {
		"ima_trim", "snapshot_aggregate", "ima_policy_loaded", "x", "",
		"kexec_execute", "first", "upto", "1:1", "boot_aggregate",
	};
	size_t n = rnd() % 300;

	if (!one_in(20))
		return sprintf(p, "%s", names[rnd() % (sizeof(names) / sizeof(*names))]);
	memset(p, 'n', n);
	return n;
}

/* Change some bytes at random. */
static size_t spoil(char *req, size_t len)
{
	size_t at;

	while (one_in(4) && len) {
		at = rnd() % len;
		switch (rnd() % 3) {
		case 0:
			req[at] = "\0\n :019ab+-\xff"[rnd() % 12];
			break;
		case 1:
			memmove(req + at, req + at + 1, --len - at);
			break;
		case 2:
			memmove(req + at + 1, req + at, len++ - at);
			req[at] = "\0\n :019"[rnd() % 7];
		}
	}
	return len;
}

/* Digits at @p, up to @end: 0, or EINVAL if there are none, or ERANGE */
static int parse_number(const char *p, const char *end, uint64_t *value)
{
	const char *q;

	*value = 0;
	if (p == end)
		return EINVAL;
	for (q = p; q < end; q++)
		if (*q < '0' || *q > '9')
			return EINVAL;
	for (; p < end; p++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*p - '0'), value))
			return ERANGE;
	return 0;
}

/* What IMA-trim.rst says of a request: 0, EINVAL or ERANGE */
static int trim_grammar(const char *p, size_t len)
{
	const char *end = p + len, *q;
	uint64_t value;
	int err;

	if (len > 320 || memchr(p, 0, len))
		return EINVAL;
	if (len && end[-1] == '\n')
		end--;
	for (q = p; q < end && *q >= '0' && *q <= '9'; q++)
		;
	if (q < end && *q == ':') {
		err = parse_number(p, q, &value);
		if (err)
			return err;
		p = q + 1;
	}
	if (end - p >= 5 && !memcmp(p, "upto ", 5)) {
		p += 5;
		q = memchr(p, ' ', end - p);
		if (!q || q == p)
			return EINVAL;
		q++;
		if ((end - q == 5 && !memcmp(q, "first", 5)) ||
		    (end - q == 4 && !memcmp(q, "last", 4)))
			return 0;
		p = q;
	}
	err = parse_number(p, end, &value);
	return err ? err : value ? 0 : EINVAL;
}

static void do_trim(void)
{
	static const int allowed[] = { ENOENT, ECANCELED, EBUSY, 0 };
	char req[2048];
	size_t len = 0;
	bool opened;
	int want, err;

	if (one_in(3))
		len += sprintf(req, "%llu:", number_in(IMA "trim"));
	else if (one_in(5)) {
		len += put_number(req);
		req[len++] = ':';
	}
	if (one_in(3)) {
		len += sprintf(req + len, "upto ");
		len += put_name(req + len);
		req[len++] = ' ';
		if (one_in(2))
			len += put_number(req + len);
		else
			len += sprintf(req + len, one_in(2) ? "first" : "last");
	} else {
		len += put_number(req + len);
	}
	if (one_in(2))
		req[len++] = '\n';
	len = spoil(req, len);
	want = trim_grammar(req, len);
	err = request(IMA "trim", req, len, &opened);
	if (!opened || (err == EINVAL || err == ERANGE ? err : 0) != want)
		die("trim, request \"%s\": %s instead of %s", shown(req, len),
		    strerror(err), strerror(want));
	if (want)
		outcome(TRIM, err);
	else
		expect(TRIM, err, allowed, req, len);
}

static void do_snapshot(void)
{
	char req[16] = "1\n";
	size_t len = 1 + rnd() % 2;
	bool opened, good;
	int err;

	if (one_in(2))
		len = spoil(req, len);
	good = len && req[0] == '1' && (len == 1 || (len == 2 && req[1] == '\n'));
	err = request(IMA "snapshot", req, len, &opened);
	if (!opened || err != (good ? 0 : EINVAL))
		die("snapshot, request \"%s\": %s", shown(req, len), strerror(err));
	outcome(SNAPSHOT, err);
}

/* Rules that measure nothing here, as they stay, and others that are none */
static void do_policy(void)
{
	static const int allowed[] = { EINVAL, EBUSY, ENOENT, EACCES, EISDIR, 0 };
	static const char * const words[] = {
		"measure", "dont_measure", "audit", "func=CRITICAL_DATA",
		"func=FILE_CHECK", "label=ima_snapshot", "label=", "label=x|y",
		"uid=", "uid=1", "uid=-1", "template=ima-ng", "template=none",
		"pcr=64", "pcr=11", "mask=MAY_READ", "fowner=1", "fowner=x",
		"/no/such/file", "#",
	};
	size_t len = 0;
	char req[2048];
	bool opened;
	int err, n = 1 + rnd() % 5;

	/* none of the words "measure func=CRITICAL_DATA" alone may stay */
	while (n--)
		len += sprintf(req + len, "%s%s", len ? " " : "",
			       words[rnd() % (sizeof(words) / sizeof(*words))]);
	if (memmem(req, len, "measure", 7))
		len += sprintf(req + len, " fowner=48875 pcr=64");
	req[len++] = '\n';
	len = spoil(req, len);
	err = request(IMA "policy", req, len, &opened);
	expect(POLICY, err, allowed, req, len);
}

static void do_live(void)
{
	static const int allowed[] = { EINVAL, ERANGE, ENOENT, EBUSY, 0 };
	char req[64];
	size_t len;
	bool opened;
	int err;

	len = put_number(req);
	req[len++] = '\n';
	len = spoil(req, len);
	err = request(LIST, req, len, &opened);
	expect(LIVE, err, allowed, req, len);
}

static void do_staged(void)
{
	static const int allowed[] = { EINVAL, ENOENT, EBUSY, EEXIST, 0 };
	char req[16] = "A\n";
	size_t len = 2;
	bool opened;
	int err;

	if (one_in(2))
		req[0] = 'D';
	if (one_in(4))
		len = spoil(req, len);
	err = request(STAGED, req, len, &opened);
	expect(STAGE, err, allowed, req, len);
}

static void do_measure(int task)
{
	static unsigned long serial;
	char path[64];
	int fd;

	/* now and then, the same contents under the same name */
	serial += !one_in(10);
	snprintf(path, sizeof(path), "/tmp/%d.%lu", task, serial);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, path, strlen(path)) < 0 ||
	    fchown(fd, atoi(OWNER), 0))
		die("cannot make %s: %m", path);
	close(fd);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die("cannot read %s: %m", path);
	close(fd);
	unlink(path);
	outcome(MEASURE, 0);
}

static void do_read(void)
{
	static const int allowed[] = { ESTALE, EBUSY, EINVAL, 0 };
	static int fd = -1;
	char buf[4096];
	off_t offset;
	int err = 0;

	if (fd < 0) {
		fd = open(one_in(3) ? STAGED : one_in(2) ? LIST :
			  IMA "ascii_runtime_measurements", O_RDONLY);
		err = fd < 0 ? errno : 0;
		expect(READ, err, (const int[]){ EBUSY, 0 }, "open", 4);
		return;
	}
	offset = one_in(2) ? 0 : rnd() % 3000;
	switch (rnd() % 5) {
	case 0:
		err = lseek(fd, offset, rnd() % 3) < 0 ? errno : 0;
		break;
	case 1:
		err = pread(fd, buf, rnd() % sizeof(buf), offset) < 0 ? errno : 0;
		break;
	case 2:
		if (one_in(4)) {
			close(fd);	/* nobody can write while it is open */
			fd = -1;
			break;
		}
		/* fallthrough */
	default:
		err = read(fd, buf, rnd() % sizeof(buf)) < 0 ? errno : 0;
	}
	expect(READ, err, allowed, "read", 4);
	if (fd >= 0 && one_in(3)) {
		close(fd);
		fd = -1;
	}
}

static void task(int number, unsigned long rounds)
{
	unsigned long i, n;

	state = 88172645463325252ULL + 7919 * number;
	for (i = 0; i < rounds; i++) {
		for (n = 0; n < ROUND / TASKS; n++) {
			switch (rnd() % 100) {
			case 0 ... 54:
				do_trim();
				break;
			case 55 ... 64:
				do_snapshot();
				break;
			case 65:
				do_policy();
				break;
			case 66 ... 69:
				do_live();
				break;
			case 70 ... 75:
				do_staged();
				break;
			case 76 ... 83:
				do_measure(number);
				break;
			default:
				do_read();
			}
		}
		pthread_barrier_wait(&shared->barrier);
		/* the list is checked */
		pthread_barrier_wait(&shared->barrier);
	}
	_exit(0);
}

/* SHA-1 of @len bytes, which have space for 72 more behind them */
static void sha1(uint8_t *p, size_t len, uint8_t *digest)
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint32_t w[80], a, b, c, d, e, f, k, t;
	size_t total = (len + 8) / 64 * 64 + 64, at;
	int i;

	memset(p + len, 0, total - len);
	p[len] = 0x80;
	for (i = 0; i < 8; i++)
		p[total - 1 - i] = (uint64_t)len * 8 >> 8 * i;
	for (at = 0; at < total; at += 64) {
		for (i = 0; i < 16; i++) {
			memcpy(&w[i], p + at + 4 * i, 4);
			w[i] = __builtin_bswap32(w[i]);
		}
		for (; i < 80; i++) {
			t = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
			w[i] = t << 1 | t >> 31;
		}
		a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
		for (i = 0; i < 80; i++) {
			if (i < 20)
				f = (b & c) | (~b & d), k = 0x5a827999;
			else if (i < 40)
				f = b ^ c ^ d, k = 0x6ed9eba1;
			else if (i < 60)
				f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
			else
				f = b ^ c ^ d, k = 0xca62c1d6;
			t = (a << 5 | a >> 27) + f + e + k + w[i];
			e = d, d = c, c = b << 30 | b >> 2, b = a, a = t;
		}
		h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
	}
	for (i = 0; i < 20; i++)
		digest[i] = h[i / 4] >> 8 * (3 - i % 4);
}

/* Records in a list file, each with the digest of its data */
static unsigned long check_list(const char *path)
{
	static uint8_t list[16 << 20], data[1 << 20];
	int fd = open(path, O_RDONLY);
	size_t size = 0, pos = 0;
	unsigned long records = 0;
	uint8_t digest[20], have[20];
	uint32_t len;
	ssize_t n;

	if (fd < 0)
		die("cannot open %s: %m", path);
	while ((n = read(fd, list + size, sizeof(list) - size)) > 0)
		size += n;
	if (n < 0 || size == sizeof(list))
		die("cannot read %s: %m", path);
	close(fd);
	while (pos < size) {
		memcpy(&len, list + pos + 24, 4);
		if (len > 32)
			die("%s: a name of %u bytes in record %lu", path, len, records);
		memcpy(digest, list + pos + 4, 20);
		pos += 28 + len;
		memcpy(&len, list + pos, 4);
		pos += 4;
		if (pos + len > size || len > sizeof(data) - 128)
			die("%s: %u bytes of data in record %lu", path, len, records);
		memcpy(data, list + pos, len);
		pos += len;
		sha1(data, len, have);
		if (memcmp(digest, have, 20))
			die("%s: digest of record %lu", path, records);
		records++;
	}
	return records;
}

static void check(unsigned long round)
{
	static unsigned long long before;
	unsigned long long total, snapshot, t;
	unsigned long live, staged;
	char buf[256] = "";
	bool opened;
	int err, fd;

	live = check_list(LIST);
	staged = check_list(STAGED);
	t = number_in(IMA "trim");
	total = t + staged + live;
	if (live != number_in(IMA "runtime_measurements_count"))
		die("round %lu: %lu records are not the count", round, live);
	if (total < before)
		die("round %lu: %llu records were measured, and now %llu", round,
		    before, total);
	before = total;
	err = request(IMA "snapshot", "1", 1, &opened);
	if (err)
		die("round %lu: snapshot: %s", round, strerror(err));
	fd = open(IMA "snapshot", O_RDONLY);
	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0)
		die("round %lu: cannot read the snapshot: %m", round);
	close(fd);
	if (!strstr(buf, ";total=") ||
	    sscanf(strstr(buf, ";total="), ";total=%llu;trimmed=%llu;", &snapshot,
		   &t) != 2)
		die("round %lu: snapshot %s", round, buf);
	if (snapshot != total || total - t != live + staged)
		die("round %lu: %llu removed, %lu staged, %lu in the list: %s", round,
		    total - live - staged, staged, live, buf);
}

static void add_rule(const char *rule)
{
	bool opened;
	int err = request(IMA "policy", rule, strlen(rule), &opened);

	if (err)
		die("rule %s: %s", rule, strerror(err));
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) / ROUND : 1, i;
	pthread_barrierattr_t attr;
	int status, k, e;

	setpgid(0, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("no memory");
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->barrier, &attr, TASKS + 1);
	add_rule("measure func=FILE_CHECK mask=MAY_READ fowner=" OWNER "\n");
	add_rule("measure func=CRITICAL_DATA label=ima_snapshot\n");
	add_rule("measure func=CRITICAL_DATA label=ima_trim\n");
	for (k = 0; k < TASKS; k++)
		if (!fork())
			task(k, rounds);
	for (i = 0; i < rounds; i++) {
		pthread_barrier_wait(&shared->barrier);
		check(i);
		if (!(i % 100))
			printf("# %lu requests\n", (i + 1) * ROUND);
		pthread_barrier_wait(&shared->barrier);
	}
	while (wait(&status) > 0)
		if (status)
			die("a task has failed");
	for (k = TRIM; k <= READ; k++) {
		printf("# %s: %lu succeeded", kinds[k], shared->success[k]);
		for (e = 1; e < 140; e++)
			if (shared->failed[k][e])
				printf(", %lu %s", shared->failed[k][e],
				       strerrorname_np(e));
		printf("\n");
	}
	printf("ok %lu requests\n", rounds * ROUND);
	return 0;
}
