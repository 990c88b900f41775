/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record in other forms than the kernel's binary one. */
#ifndef IMA_LOG_FORMAT_H
#define IMA_LOG_FORMAT_H

#include <stdio.h>

#include "record.h"

/*
 * As ascii_runtime_measurements shows it, with its line end.  After
 * record_fields(), whose failure makes the fields print as one of digits.
 */
void format_ascii(FILE *out, const struct record *rec);

/* The same without control characters. */
void format_terminal(FILE *out, const struct record *rec);

#endif
