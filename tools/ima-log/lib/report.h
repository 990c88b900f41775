/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the saver tells status, in the archive's file "status". */
#ifndef IMA_LOG_REPORT_H
#define IMA_LOG_REPORT_H

#include "saver.h"

struct save_report {
	uint64_t durable;
	uint64_t trimmed;		/* T when last looked */
	uint64_t interval;		/* seconds between cycles, 0: none */
	int64_t last_success;		/* seconds since 1970, 0: never */
	int64_t last_error_time;
	/* in all, since the archive was begun */
	uint64_t saved, removed, cycles, errors;
	/* since the epoch was begun */
	uint64_t tpm_resets;		/* under a running kernel */
	uint64_t not_carried;		/* 1: a kexec may have lost records */
	uint64_t foreign_trims, foreign_records;
	int64_t last_foreign_trim;
	uint64_t snapshot;		/* number of the last snapshot's record */
	bool have_snapshot;
	char snapshot_digest[160];
	char last_error[160];		/* empty: none */
	char mode[16];
};

/*
 * In its place, not beside it and renamed, so that it can be said that the
 * disk is full.  Not synced: it says nothing that a restart could not find
 * out, but for what others trimmed.
 */
int save_report_write(const struct archive *a, const struct save_report *r);

/* -ENOENT if nothing was ever saved, -EBADMSG if the file was damaged. */
int save_report_read(const char *archive, struct save_report *r);

#endif
