// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Agents that quote and then read the ascii list, with their verifier.
 *
 *	agent-model pull|push LIST PCR ROUNDS
 *
 * LIST is the file under test, PCR a file with PCR 10 of bank sha1 as sysfs has
 * it: reading that is the quote.  "pull" opens LIST once, remembers where some
 * lines began, and seeks back to the nearest of them strictly before the line
 * that its verifier asks for; "push" opens and reads all of it each time.  The
 * verifier replays what it gets, and the quoted value has to be among what comes
 * out.  With 0 rounds it goes on until SIGTERM.  Ends with 1 if the value once
 * was not among them, or a line was torn.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "../lib/bytes.h"

#define MARKS_MAX	512
#define MARK_EVERY	64
#define SHA1		20

struct mark {
	unsigned long line;
	off_t offset;
};

struct agent {
	const char *list, *pcr;
	bool push;
	int fd;
	unsigned int num_marks;
	struct mark marks[MARKS_MAX];
	char *text;
	size_t len, size;
	/* the verifier's */
	unsigned long next;		/* line that it asks for */
	uint8_t value[SHA1];
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	unsigned long mismatches, torn;
	uint64_t longest;		/* ms that the list took to be read */
};

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return UINT64_C(1000) * now.tv_sec + now.tv_nsec / 1000000;
}

static void quote(const struct agent *a, uint8_t value[SHA1])
{
	int fd = open(a->pcr, O_RDONLY);
	char text[64] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 2 * SHA1 ||
	    !hex_decode(text, value, SHA1))
		errx(2, "%s: no PCR value", a->pcr);
	close(fd);
}

static void read_from(struct agent *a, int fd, off_t offset)
{
	size_t piece = a->push ? 65536 : 8192;
	ssize_t n;

	if (lseek(fd, offset, SEEK_SET) < 0)
		err(2, "%s", a->list);
	for (a->len = 0;; a->len += n) {
		if (a->len + piece > a->size) {
			a->size = 2 * (a->size + piece);
			a->text = realloc(a->text, a->size);
			if (!a->text)
				errx(2, "no memory");
		}
		n = read(fd, a->text + a->len, piece);
		if (n < 0)
			err(2, "%s", a->list);
		if (!n)
			return;
	}
}

/* Leaves in @a->text what begins with line *first. */
static void read_list(struct agent *a, unsigned long *first, off_t *offset)
{
	unsigned int i;
	int fd = a->fd;

	*first = *offset = 0;
	for (i = 0; i < a->num_marks && !a->push; i++) {
		if (a->marks[i].line >= a->next)
			break;
		*first = a->marks[i].line;
		*offset = a->marks[i].offset;
	}
	if (a->push) {
		fd = open(a->list, O_RDONLY);
		if (fd < 0)
			err(2, "%s", a->list);
	}
	read_from(a, fd, *offset);
	if (a->push)
		close(fd);
}

static void remember(struct agent *a, unsigned long line, off_t offset)
{
	const struct mark *last = &a->marks[a->num_marks - 1];

	if (a->num_marks && line < last->line + MARK_EVERY)
		return;
	if (a->num_marks < MARKS_MAX)
		a->marks[a->num_marks++] = (struct mark){ line, offset };
}

static bool extend(struct agent *a, uint8_t value[SHA1], const char *line)
{
	static const uint8_t zero[SHA1];
	uint8_t digest[SHA1];
	const char *digits = strchr(line + (*line == ' '), ' ');

	if (!digits || !hex_decode(digits + 1, digest, SHA1))
		return false;
	if (!memcmp(digest, zero, SHA1))
		memset(digest, 0xff, SHA1);
	return EVP_DigestInit_ex2(a->ctx, a->md, NULL) == 1 &&
	       EVP_DigestUpdate(a->ctx, value, SHA1) == 1 &&
	       EVP_DigestUpdate(a->ctx, digest, SHA1) == 1 &&
	       EVP_DigestFinal_ex(a->ctx, value, NULL) == 1;
}

static void attest(struct agent *a)
{
	uint8_t quoted[SHA1], value[SHA1];
	unsigned long line;
	uint64_t begin;
	char *p, *end;
	off_t offset;
	bool found;

	quote(a, quoted);
	begin = now_ms();
	read_list(a, &line, &offset);
	if (now_ms() - begin > a->longest)
		a->longest = now_ms() - begin;
	a->torn += a->len && a->text[a->len - 1] != '\n';
	memcpy(value, a->value, SHA1);
	found = !memcmp(value, quoted, SHA1);
	for (p = a->text; !found && p < a->text + a->len; p = end + 1, line++) {
		end = memchr(p, '\n', a->text + a->len - p);
		if (!end)
			break;
		if (!a->push)
			remember(a, line, offset + (p - a->text));
		if (line < a->next)
			continue;
		if (!extend(a, value, p))
			break;
		found = !memcmp(value, quoted, SHA1);
		if (found) {
			memcpy(a->value, value, SHA1);
			a->next = line + 1;
		}
	}
	a->mismatches += !found;
}

int main(int argc, char **argv)
{
	struct agent a = { .md = EVP_MD_fetch(NULL, "SHA1", NULL),
			   .ctx = EVP_MD_CTX_new() };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART };
	uint64_t rounds, i;

	if (argc != 5 || !dec_parse(argv[4], &rounds) || !a.md || !a.ctx)
		errx(2, "usage: agent-model pull|push LIST PCR ROUNDS");
	a.push = !strcmp(argv[1], "push");
	a.list = argv[2];
	a.pcr = argv[3];
	a.fd = open(a.list, O_RDONLY);
	if (a.fd < 0)
		err(2, "%s", a.list);
	/* a read that waits goes on after it */
	sigaction(SIGTERM, &action, NULL);
	for (i = 0; (!rounds || i < rounds) && !stop; i++)
		attest(&a);
	printf("%s: %llu rounds, %lu lines, %lu mismatches, %lu torn, "
	       "longest %llu ms\n", argv[1], (unsigned long long)i, a.next,
	       a.mismatches, a.torn, (unsigned long long)a.longest);
	return a.mismatches || a.torn;
}
