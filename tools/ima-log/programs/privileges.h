/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMA_LOG_PRIVILEGES_H
#define IMA_LOG_PRIVILEGES_H

#include <stdbool.h>

/*
 * Make the archive's directory if @user is given and it is not there: it
 * belongs to that user.  EXIT_OK, or an exit code after a report.
 */
int make_archive_dir(const char *dir, const char *user);

/*
 * Give up everything that descriptors already open do not need: become @user,
 * or, if NULL, the one whom @dir belongs to, and keep no capability but, with
 * @staging, those that it takes to open the list for writing again and to say
 * who else has it open.  EXIT_OK, or an exit code after a report.
 */
int drop_privileges(const char *user, const char *dir, bool staging);

#endif
