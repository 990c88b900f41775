/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and hexadecimal text in byte strings. */
#ifndef IMA_LOG_BYTES_H
#define IMA_LOG_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The list is in the machine's own order, or little endian with
 * ima_canonical_fmt; which of them a file has is found from its first record.
 */
enum byte_order { ORDER_UNKNOWN, ORDER_LITTLE, ORDER_BIG };

static inline enum byte_order order_native(void)
{
	const uint16_t one = 1;

	return *(const uint8_t *)&one ? ORDER_LITTLE : ORDER_BIG;
}

static inline uint32_t get_u32(const uint8_t *p, enum byte_order order)
{
	if (order == ORDER_BIG)
		return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
}

const char *order_name(enum byte_order order);
enum byte_order order_by_name(const char *name);

/* Writes 2 * @len digits and a NUL. */
void hex_encode(const uint8_t *bytes, size_t len, char *text);

/* Takes exactly 2 * @len digits; what follows them is the caller's. */
bool hex_decode(const char *text, uint8_t *bytes, size_t len);

/*
 * A decimal number of digits only, no sign, no blank, and nothing after it
 * but @end.  Returns where it ended, or NULL.
 */
const char *dec_decode(const char *text, const char *end, char stop,
		       uint64_t *value);

/* The same for a whole NUL-terminated string. */
bool dec_parse(const char *text, uint64_t *value);

#endif
