/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What snapshot_aggregate and ima_trim records say, held against the log. */
#ifndef IMA_LOG_CHAIN_H
#define IMA_LOG_CHAIN_H

#include "verify.h"

/*
 * Check the record that was just read.  Returns 0, -errno, or with the reason
 * in @why VERDICT_FAILED, if it is wrong, or VERDICT_UNDECIDED.
 */
int chain_check(struct verify *v, const struct record *rec, char *why,
		size_t why_len);

/* Another kernel took over: counts may start again. */
void chain_new_kernel(struct verify *v);

#endif
