/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMA_LOG_PRIVILEGES_H
#define IMA_LOG_PRIVILEGES_H

/*
 * Make the archive's directory if @user is given and it is not there: it
 * belongs to that user.  EXIT_OK, or an exit code after a report.
 */
int make_archive_dir(const char *dir, const char *user);

enum keep {
	KEEP_NOTHING,
	KEEP_READING,		/* to open the list for reading again */
	KEEP_STAGING,		/* for writing, and to say who has it open */
};

/*
 * Give up everything that descriptors already open do not need: become @user,
 * or, if NULL, the one whom @dir belongs to, and keep no capability but those
 * that it takes for @keep.  EXIT_OK, or an exit code after a report.
 */
int drop_privileges(const char *user, const char *dir, enum keep keep);

#endif
