// SPDX-License-Identifier: GPL-2.0-or-later
/* What the sub-commands share. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

void report(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs("ima-log: ", stderr);
	if (text)
		text_print(stderr, text, strlen(text));
	fputc('\n', stderr);
	free(text);
}

int report_error(const char *what, int error)
{
	switch (error) {
	case -EBADMSG:
		report("%s: malformed", what);
		return EXIT_MALFORMED;
	case -EFBIG:
		report("%s: malformed: larger than it can be", what);
		return EXIT_MALFORMED;
	case -EUCLEAN:
		report("%s: malformed: parts overlap, or one is missing",
		       what);
		return EXIT_MALFORMED;
	case -ENODATA:
		report("%s: malformed: it ends inside a record", what);
		return EXIT_MALFORMED;
	case -EPROTONOSUPPORT:
		report("%s: written by a newer ima-log, which has to read it",
		       what);
		return EXIT_UNDECIDED;
	case -EWOULDBLOCK:
		report("%s: another ima-log has the lock", what);
		return EXIT_UNDECIDED;
	default:
		report("%s: %s", what, strerror(-error));
		return EXIT_UNDECIDED;
	}
}

int report_tpm(const char *tcti, const struct tpm *tpm, int error)
{
	const char *device = tpm_device();
	const char *name = tcti ? tcti : device;

	if (!name)
		report("TPM: there is no device, and --tcti names no other");
	else if (error == -EINVAL)
		report("TPM %s: --tcti has to name one", name);
	else if (error == -ENODEV)
		report("TPM %s: it cannot be opened", name);
	else if (error == -EPROTO && tpm)
		report("TPM %s: it answers with error %#x", name,
		       tpm_response(tpm));
	else if (error == -EAGAIN)
		report("TPM %s: PCR %u is extended faster than it can be read",
		       name, IMA_PCR);
	else
		report("TPM %s: %s", name, strerror(-error));
	return EXIT_UNDECIDED;
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
	read_boot_id(boot_id);
	ret = archive_add_live(&l->log, boot_id, securityfs_kernel(&l->fs));
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
}
