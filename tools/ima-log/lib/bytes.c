// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and hexadecimal text in byte strings. */
#include <string.h>

#include "bytes.h"

const char *order_name(enum byte_order order)
{
	return order == ORDER_LITTLE ? "little" :
	       order == ORDER_BIG ? "big" : "unknown";
}

enum byte_order order_by_name(const char *name)
{
	if (!strcmp(name, "little"))
		return ORDER_LITTLE;
	if (!strcmp(name, "big"))
		return ORDER_BIG;
	return ORDER_UNKNOWN;
}

void hex_encode(const uint8_t *bytes, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(const char *text, uint8_t *bytes, size_t len)
{
	size_t i;
	int high, low;

	for (i = 0; i < len; i++) {
		high = hex_digit(text[2 * i]);
		low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);
		if (low < 0)
			return false;
		bytes[i] = high << 4 | low;
	}
	return true;
}

const char *dec_decode(const char *text, const char *end, char stop,
		       uint64_t *value)
{
	const char *p = text;
	uint64_t v = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return NULL;
	}
	if (p == text || p == end || *p != stop)
		return NULL;
	*value = v;
	return p;
}

bool dec_parse(const char *text, uint64_t *value)
{
	return dec_decode(text, text + strlen(text) + 1, '\0', value);
}
