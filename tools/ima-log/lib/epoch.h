/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An epoch's file, and the names in its directory. */
#ifndef IMA_LOG_EPOCH_H
#define IMA_LOG_EPOCH_H

#include "archive.h"

#define PART_NAME_SIZE	25	/* 20 digits, ".ima" or ".gap", NUL */

/* The verifier's state up to which prune removed records of the epoch. */
#define PRUNED_STATE	"pruned.state"

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

#define EPOCH_INFO_SIZE	(BOOTS_MAX * 64 + 320)

/* All but the sum at its end.  -EBADMSG if it is not that of @epoch. */
int epoch_info_parse(const char *text, unsigned int epoch,
		     struct epoch_info *info);
int epoch_info_format(const struct epoch_info *info, unsigned int epoch,
		      char text[EPOCH_INFO_SIZE]);

/*
 * From and to the file.  -EBADMSG if it is damaged, or another epoch's;
 * -EPROTONOSUPPORT if a newer version of this program wrote it.
 */
int epoch_info_read(int dir, unsigned int epoch, struct epoch_info *info);
int epoch_info_write(const struct io *io, int dir, unsigned int epoch,
		     const struct epoch_info *info);

/*
 * The numbers of all epochs, sorted.  A directory that was made and not begun
 * with is left out; -EUCLEAN if there are parts in one that has no file.
 */
int epoch_numbers(int archive_dir, unsigned int **numbers, size_t *num);

#endif
