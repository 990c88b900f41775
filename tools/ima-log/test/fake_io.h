/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disk, with faults: the process dies at the Nth change, or the change
 * fails.  What was not synced is remembered, and fake_io_power_cut() takes it
 * away, as far as a disk may.
 */
#ifndef IMA_LOG_FAKE_IO_H
#define IMA_LOG_FAKE_IO_H

#include "../lib/io.h"

#define FAKE_KILLED	42

struct fake_io;

struct fake_io *fake_io_new(void);
void fake_io_reset(struct fake_io *f);
struct io fake_io_ops(struct fake_io *f);

/* Die at change number @at, counted from 1; 0: never. */
void fake_io_kill_at(struct fake_io *f, long at);

/* Let changes @from to @to fail with @error. */
void fake_io_fail(struct fake_io *f, long from, long to, int error);
long fake_io_changes(const struct fake_io *f);

/* Nobody has a descriptor any more.  @seed decides what survives. */
void fake_io_power_cut(struct fake_io *f, unsigned int seed);

#endif
