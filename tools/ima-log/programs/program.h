/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sub-commands share. */
#ifndef IMA_LOG_PROGRAM_H
#define IMA_LOG_PROGRAM_H

#include <getopt.h>

#include "options.h"
#include "../lib/ima-log.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_MALFORMED = 3,
	EXIT_UNDECIDED = 4,
};

#define DEFAULT_ARCHIVE		"/var/lib/ima-log"
#define DEFAULT_SECURITYFS	"/sys/kernel/security/ima"
/* OLD_CONFIG, which is not read any more, is the Makefile's */

extern const struct opt archive_options[], attest_options[], export_options[],
			follow_options[], prune_options[], status_options[],
			verify_options[];

int cmd_archive(int argc, char **argv);
int cmd_attest(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_follow(int argc, char **argv);
int cmd_prune(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_verify(int argc, char **argv);

/* To standard error, with the program's name and a line end. */
__attribute__((format(printf, 1, 2)))
void report(const char *format, ...);

/* "what: reason", and the exit code that goes with it. */
int report_error(const char *what, int error);

/* The same for a TPM, which is NULL if it could not be opened. */
int report_tpm(const char *tcti, const struct tpm *tpm, int error);

/* Says so and returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2)))
int usage_error(const char *format, ...);

/* Where things are: the option, the environment, or the default. */
const char *securityfs_dir(const char *option);
const char *archive_dir(const char *option);

/* The whole of a file, NUL-terminated, or NULL after a report. */
char *read_text(const char *path, size_t *len);

/* Of this boot, from /proc or $IMA_LOG_BOOT_ID; "-" if unknown. */
void read_boot_id(char id[BOOT_ID_SIZE]);
bool canonical_fmt(void);

/*
 * A log of the archive's epoch (0: the last) with the live list behind it if
 * that belongs to it.
 */
struct live_log {
	struct log log;
	struct securityfs fs;
	unsigned int epoch;
};

int open_live_log(struct live_log *l, const char *archive,
		  const char *securityfs, unsigned int epoch, uint64_t number,
		  bool with_live);
void close_live_log(struct live_log *l);

#endif
