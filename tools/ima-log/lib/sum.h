/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A last line "sum <SHA-256>" over all that precedes it, as sha256sum gives. */
#ifndef IMA_LOG_SUM_H
#define IMA_LOG_SUM_H

#include "bank.h"

#define SUM_LINE_SIZE	(4 + 64 + 1 + 1)	/* with its line end and NUL */

int sum_line(const char *text, size_t len, char line[SUM_LINE_SIZE]);

/*
 * Is @text, of @len bytes and with a NUL behind them, what it was when its
 * last line was written?  That line is cut off.  -EBADMSG if not.
 */
int sum_check(char *text, size_t len);

#endif
