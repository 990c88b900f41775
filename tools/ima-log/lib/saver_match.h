/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the kernel's list the one that the archive's last epoch is of? */
#ifndef IMA_LOG_SAVER_MATCH_H
#define IMA_LOG_SAVER_MATCH_H

#include "saver.h"

/*
 * If so, *same is true and @s->delta is set.  -EUCLEAN if the archive lacks
 * what it says was dropped.
 */
int saver_match(struct saver *s, bool *same);

/* Call s->progress, if it is set, for some of the numbers @done. */
void saver_progress(const struct saver *s, uint64_t done);

/* Is the epoch of this boot? */
bool saver_knows_boot(const struct saver *s);

/*
 * Are the archive's records from @number on a prefix of the list, which is
 * open?  If so, the reader stands behind them.
 */
int saver_compare(struct saver *s, uint64_t number, bool *same);

/* Has the TPM been reset since? */
bool saver_was_reset(const struct saver *s);

/*
 * Are all records that lie behind the archive's last whole one in the list,
 * whose first record is number @first, from that place on?
 */
int saver_tail_is_listed(struct saver *s, uint64_t first, bool *listed);

#endif
