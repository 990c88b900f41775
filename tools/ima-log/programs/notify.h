/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMA_LOG_NOTIFY_H
#define IMA_LOG_NOTIFY_H

#include <stddef.h>

/* Tell the service manager, if there is one; sd_notify(3)'s protocol. */
void notify(const char *state);

/* "the list is held open by PID (name)", found in /proc. */
void find_list_user(const char *dir, char *text, size_t size);

#endif
