// SPDX-License-Identifier: GPL-2.0-or-later
/* What the sub-commands share. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "../lib/checkpoint.h"

void report(const char *format, ...)
{
	va_list args;

	fputs("ima-log: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int report_error(const char *what, int error)
{
	switch (error) {
	case -EBADMSG:
	case -EFBIG:
	case -EUCLEAN:
	case -ENODATA:
		report("%s: malformed", what);
		return EXIT_MALFORMED;
	case -EWOULDBLOCK:
		report("%s: another ima-log has the lock", what);
		return EXIT_UNDECIDED;
	default:
		report("%s: %s", what, strerror(-error));
		return EXIT_UNDECIDED;
	}
}

int usage_error(const char *format, ...)
{
	va_list args;

	fputs("ima-log: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'ima-log --help'.\n", stderr);
	return EXIT_USAGE;
}

static const char *choose(const char *option, const char *variable,
			  const char *otherwise)
{
	const char *value = getenv(variable);

	if (option)
		return option;
	return value && *value ? value : otherwise;
}

const char *securityfs_dir(const char *option)
{
	return choose(option, "IMA_LOG_SECURITYFS", DEFAULT_SECURITYFS);
}

const char *archive_dir(const char *option)
{
	return choose(option, "IMA_LOG_ARCHIVE", DEFAULT_ARCHIVE);
}

bool parse_size(const char *text, uint64_t *value)
{
	static const char units[] = "kMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	char digits[24];

	if (!len || len >= sizeof(digits))
		return false;
	strcpy(digits, text);
	if (unit)
		digits[len - 1] = '\0';
	if (!dec_parse(digits, value))
		return false;
	return !unit || !__builtin_mul_overflow(
		*value, UINT64_C(1) << 10 * (unit - units + 1), value);
}

bool parse_handle(const char *text, uint32_t *handle)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 16);
	*handle = value;
	return isxdigit((unsigned char)*text) && !*end && !errno &&
	       value <= UINT32_MAX;
}

bool parse_epoch(const char *text, uint64_t *epoch)
{
	return dec_parse(text, epoch) && *epoch && *epoch <= UINT32_MAX;
}

char *read_text(const char *path, size_t *len)
{
	char *text;
	int ret = io_read_file(AT_FDCWD, path, &text, len);

	if (!ret)
		return text;
	report("%s: %s", path, strerror(-ret));
	return NULL;
}

void read_boot_id(char id[BOOT_ID_SIZE])
{
	const char *given = getenv("IMA_LOG_BOOT_ID");
	char *text;
	size_t len;

	strcpy(id, BOOT_ID_UNKNOWN);
	if (given && *given && !given[strcspn(given, " \t\n")]) {
		snprintf(id, BOOT_ID_SIZE, "%s", given);
	} else if (!given && !io_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id",
				 &text, &len)) {
		text[strcspn(text, "\n")] = '\0';
		snprintf(id, BOOT_ID_SIZE, "%s", text);
		free(text);
	}
}

bool canonical_fmt(void)
{
	char *text, *word, *save = NULL;
	bool found = false;
	size_t len;

	if (io_read_file(AT_FDCWD, "/proc/cmdline", &text, &len))
		return false;
	for (word = strtok_r(text, " \n", &save); word && !found;
	     word = strtok_r(NULL, " \n", &save))
		found = !strcmp(word, "ima_canonical_fmt");
	free(text);
	return found;
}

static int add_live(struct live_log *l, const char *securityfs)
{
	char boot_id[BOOT_ID_SIZE];
	int ret;

	ret = securityfs_init(&l->fs, securityfs);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = securityfs_init(&l->again, securityfs);
	if (ret)
		return ret;
	read_boot_id(boot_id);
	ret = archive_add_live(&l->log, boot_id, securityfs_kernel(&l->fs),
			       securityfs_kernel(&l->again));
	return ret == -ENOENT ? 0 : ret;
}

int open_live_log(struct live_log *l, const char *archive,
		  const char *securityfs, unsigned int epoch, uint64_t number,
		  bool with_live)
{
	struct archive_usage usage;
	int ret;

	memset(l, 0, sizeof(*l));
	ret = archive_usage(archive, &usage);
	if (!ret && !usage.epochs)
		ret = -ENOENT;
	if (ret)
		return report_error(archive, ret);
	l->epoch = epoch ? epoch : usage.last_epoch;
	ret = archive_log(archive, l->epoch, number, &l->log);
	if (ret)
		return report_error(archive, ret);
	if (with_live && l->epoch == usage.last_epoch)
		ret = add_live(l, securityfs);
	if (ret)
		close_live_log(l);
	return ret ? report_error(securityfs, ret) : EXIT_OK;
}

void close_live_log(struct live_log *l)
{
	log_free(&l->log);
	if (l->fs.dir)
		securityfs_free(&l->fs);
	if (l->again.dir)
		securityfs_free(&l->again);
}

char *checkpoint_path(const char *archive, unsigned int epoch)
{
	char name[11], *path;

	archive_epoch_name(epoch, name);
	if (asprintf(&path, "%s/%s/checkpoint", archive, name) < 0)
		return NULL;
	return path;
}

/* Skip what a checkpoint tells of, if there is one that fits. */
static void start_at_checkpoint(struct live_log *l, const char *archive,
				struct snapshot *snap, bool *found)
{
	struct checkpoint *c = malloc(sizeof(*c));
	char *path = checkpoint_path(archive, l->epoch);
	bool ok = c && path && !checkpoint_read(path, c) &&
		  checkpoint_fits(c, &l->log);

	if (ok) {
		*found = c->state.chain.have_snapshot;
		*snap = c->state.chain.snapshot;
		log_jump(&l->log, c->part, c->state.next);
	}
	free(path);
	free(c);
}

int last_snapshot(const char *archive, const char *securityfs, bool with_live,
		  bool fast, struct snapshot *snap, bool *found)
{
	struct live_log l;
	struct record rec;
	int ret;

	*found = false;
	ret = open_live_log(&l, archive_dir(archive),
			    securityfs_dir(securityfs), 0, 0, with_live);
	if (ret)
		return ret;
	if (fast)
		start_at_checkpoint(&l, archive_dir(archive), snap, found);
	while ((ret = log_next(&l.log, &rec)) > 0)
		if (ret == LOG_RECORD && !record_fields(&rec) &&
		    critical_kind(&rec) == CRITICAL_SNAPSHOT &&
		    !snapshot_parse(&rec, snap))
			*found = true;
	if (ret)
		ret = report_error(log_place(&l.log), ret);
	close_live_log(&l);
	return ret;
}
