/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One table for each command: its options, and their lines in --help. */
#ifndef IMA_LOG_OPTIONS_H
#define IMA_LOG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opt {
	const char *name;
	const char *arg;		/* NULL: it takes none */
	const char *help;
	/* NULL, or why @value is refused */
	const char *(*set)(void *to, const char *value);
	size_t at;			/* of @to in the command's structure */
};

/* A NUL-terminated table ends with a name of NULL. */
#define OPT(type, member, set, name, arg, help) \
	{ name, arg, help, set, offsetof(struct type, member) }

/*
 * Read the options of command argv[0] into @to; at most @words may follow, the
 * first of which is argv[optind].  EXIT_OK, or EXIT_USAGE after a report.
 */
int options_read(const struct opt *table, void *to, int words, int argc,
		 char **argv);
void options_help(const struct opt *table);

/* Digits to bytes. */
struct hex_option {
	uint8_t bytes[64];
	size_t len;			/* 0: not given */
};

const char *set_text(void *to, const char *value);	/* const char * */
const char *set_flag(void *to, const char *value);	/* bool */
const char *set_number(void *to, const char *value);	/* uint64_t */
const char *set_positive(void *to, const char *value);	/* uint64_t */
const char *set_size(void *to, const char *value);	/* the same; 10k, 5M, 2G */
const char *set_epoch(void *to, const char *value);	/* unsigned int */
const char *set_handle(void *to, const char *value);	/* uint32_t */
const char *set_hex(void *to, const char *value);	/* struct hex_option */
const char *set_order(void *to, const char *value);	/* enum byte_order */
const char *add_pcr(void *to, const char *value);	/* uint32_t, a bit each */

#endif
