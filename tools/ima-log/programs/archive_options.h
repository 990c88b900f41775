/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMA_LOG_ARCHIVE_OPTIONS_H
#define IMA_LOG_ARCHIVE_OPTIONS_H

#include "../lib/archive.h"

struct archive_options {
	const char *archive, *securityfs, *tcti, *user;
	bool daemon, dry_run, only_save;
	uint64_t interval;		/* seconds between cycles */
	uint64_t records;		/* in the list; 0: no threshold */
	uint64_t bytes;			/* of the list; 0: no threshold */
	uint64_t segment;
	struct retention retention;
};

/* EXIT_OK, or EXIT_USAGE after a report. */
int archive_options_read(struct archive_options *o, int argc, char **argv);

#endif
