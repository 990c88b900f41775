/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMA_LOG_NOTIFY_H
#define IMA_LOG_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

/* Tell the service manager, if there is one; sd_notify(3)'s protocol. */
void notify(const char *state);

/*
 * Have the service manager keep @fd, and hand it to the process that it starts
 * next in the place of this one; see FileDescriptorStoreMax= in
 * systemd.service(5).  False if there is no service manager.
 */
bool store_fd(const char *name, int fd);

/* It need not keep those of that name any longer. */
void unstore_fd(const char *name);

/* What a process before this one stored under @name, or -1. */
int stored_fd(const char *name);

/* "the list is held open by PID (name)", found in /proc. */
void find_list_user(const char *dir, char *text, size_t size);

#endif
