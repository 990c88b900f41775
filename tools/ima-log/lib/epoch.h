/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An epoch's file, and the names in its directory. */
#ifndef IMA_LOG_EPOCH_H
#define IMA_LOG_EPOCH_H

#include "archive.h"

#define PART_NAME_SIZE	25	/* 20 digits, ".ima" or ".gap", NUL */

struct part_name {
	uint64_t first;
	bool gap;
};

void part_name(char name[PART_NAME_SIZE], uint64_t first, bool gap);
bool part_parse(const char *name, struct part_name *part);

/*
 * Sorted by number; the caller frees it.  A segment that got no record before
 * a gap was found has the gap's number, and goes first.
 */
int epoch_parts(int dir, struct part_name **parts, size_t *num);

/* Text of a gap's file. */
int gap_read(int dir, uint64_t first, uint64_t *count);

int epoch_info_parse(const char *text, struct epoch_info *info);
int epoch_info_format(const struct epoch_info *info, char *text, size_t size);

/* The numbers of all epochs, sorted; those that have no file are left out. */
int epoch_numbers(int archive_dir, unsigned int **numbers, size_t *num);

#endif
