/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which digests files may have, in the format of sha256sum. */
#ifndef IMA_LOG_ALLOW_H
#define IMA_LOG_ALLOW_H

#include "record.h"

struct allow_list;

/* Lines "digest  path"; -EBADMSG with the line in @line, or -ENOMEM. */
int allow_parse(char *text, struct allow_list **list, unsigned int *line);
void allow_free(struct allow_list *list);

/* Is it of a file with a listed digest? */
bool allow_check(const struct allow_list *list, const struct record *rec);

#endif
