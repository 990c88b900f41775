/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of archive, from the command line and the configuration file. */
#ifndef IMA_LOG_CONFIG_H
#define IMA_LOG_CONFIG_H

#include "../lib/archive.h"

struct config {
	char *archive, *securityfs, *tcti, *user;
	bool daemon, dry_run, only_save;
	uint64_t interval;		/* seconds between cycles */
	uint64_t records;		/* in the list; 0: no threshold */
	uint64_t bytes;			/* of the list; 0: no threshold */
	uint64_t segment;
	struct retention retention;
};

/*
 * What the file at the well-known place says, or NULL: for the commands that
 * take no more than one value from it.  The caller frees it.
 */
char *config_value(const char *name);

/* EXIT_OK, or an exit code after a report. */
int config_read(struct config *c, int argc, char **argv);

#endif
