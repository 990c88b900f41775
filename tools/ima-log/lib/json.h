/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as JSON, and a record as one JSON line. */
#ifndef IMA_LOG_JSON_H
#define IMA_LOG_JSON_H

#include <stdio.h>

#include "record.h"

/*
 * Text for a terminal: bytes of control characters, and bytes that are not
 * UTF-8, become \xNN.
 */
void text_print(FILE *out, const void *text, size_t len);

/*
 * A JSON string.  Names of files need not be text at all: a byte that is not
 * UTF-8 becomes the four characters \xNN of the string, and a backslash two,
 * so that no two names are alike.
 */
void json_string(FILE *out, const void *text, size_t len);
void hex_print(FILE *out, const uint8_t *bytes, size_t len);
void json_hex(FILE *out, const uint8_t *bytes, size_t len);

/* After record_fields(). */
void json_record(FILE *out, const struct record *rec, uint64_t number,
		 bool digest_ok);

#endif
