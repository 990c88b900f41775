// SPDX-License-Identifier: GPL-2.0-or-later
/* One table for each command: its options, and their lines in --help. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "program.h"

#define OPTIONS_MAX	32
#define HELP_COLUMN	21

int options_read(const struct opt *table, void *to, int words, int argc,
		 char **argv)
{
	struct option options[OPTIONS_MAX] = { { 0 } };
	const struct opt *opt = table;
	const char *why;
	int i, found;

	for (i = 0; table[i].name; i++)
		options[i] = (struct option){ table[i].name,
			table[i].arg ? required_argument : no_argument,
			NULL, 0 };
	while ((found = getopt_long(argc, argv, "", options, &i)) != -1) {
		if (found == '?')
			return usage_error("%s: see ima-log-%s(1)", argv[0],
					   argv[0]);
		opt = &table[i];
		why = opt->set((char *)to + opt->at, optarg);
		if (why)
			return usage_error("%s: --%s cannot be \"%s\": %s",
					   argv[0], opt->name, optarg, why);
	}
	if (argc - optind > words)
		return usage_error("%s takes no \"%s\"", argv[0],
				   argv[optind + words]);
	return EXIT_OK;
}

void options_help(const struct opt *table)
{
	const char *line, *end;
	int used;

	for (; table->name; table++) {
		used = printf("  --%s%s%s", table->name, table->arg ? " " : "",
			      table->arg ? table->arg : "");
		for (line = table->help; *line; line = end + (*end == '\n')) {
			end = strchrnul(line, '\n');
			if (used >= HELP_COLUMN)
				used = printf("\n") - 1;
			printf("%*s  %.*s\n", HELP_COLUMN - used, "",
			       (int)(end - line), line);
			used = 0;
		}
	}
}

const char *set_text(void *to, const char *value)
{
	*(const char **)to = value;
	return NULL;
}

const char *set_flag(void *to, const char *value)
{
	(void)value;
	*(bool *)to = true;
	return NULL;
}

const char *set_number(void *to, const char *value)
{
	return dec_parse(value, to) ? NULL : "not a number";
}

const char *set_positive(void *to, const char *value)
{
	return dec_parse(value, to) && *(uint64_t *)to ? NULL :
		"not a number from 1 on";
}

const char *set_size(void *to, const char *value)
{
	static const char units[] = "kMG";
	size_t len = strlen(value);
	const char *unit = len ? strchr(units, value[len - 1]) : NULL;
	uint64_t *size = to;
	char digits[24];

	snprintf(digits, sizeof(digits), "%s", value);
	if (unit && len < sizeof(digits))
		digits[len - 1] = '\0';
	if (len >= sizeof(digits) || !dec_parse(digits, size) ||
	    (unit && __builtin_mul_overflow(
		*size, UINT64_C(1) << 10 * (unit - units + 1), size)))
		return "not a size";
	return NULL;
}

const char *set_epoch(void *to, const char *value)
{
	uint64_t epoch;

	if (!dec_parse(value, &epoch) || !epoch || epoch > UINT32_MAX)
		return "not an epoch's number";
	*(unsigned int *)to = epoch;
	return NULL;
}

const char *set_handle(void *to, const char *value)
{
	unsigned long handle;
	char *end;

	errno = 0;
	handle = strtoul(value, &end, 16);
	if (!isxdigit((unsigned char)*value) || *end || errno ||
	    handle > UINT32_MAX)
		return "not a handle in hexadecimal digits";
	*(uint32_t *)to = handle;
	return NULL;
}

const char *set_hex(void *to, const char *value)
{
	size_t digits = strlen(value);
	struct hex_option *hex = to;

	hex->len = digits / 2;
	return digits && digits % 2 == 0 && hex->len <= sizeof(hex->bytes) &&
	       hex_decode(value, hex->bytes, hex->len) ? NULL :
		"not 1 to 64 bytes of hexadecimal digits";
}

const char *set_order(void *to, const char *value)
{
	return (*(enum byte_order *)to = order_by_name(value)) ? NULL :
		"neither little nor big";
}

const char *add_pcr(void *to, const char *value)
{
	uint64_t pcr;

	if (!dec_parse(value, &pcr) || pcr >= PCRS_MAX)
		return "no such PCR";
	if (!(PCRS_LASTING >> pcr & 1))
		return "it can be reset, so it proves nothing";
	*(uint32_t *)to |= 1u << pcr;
	return NULL;
}
