// SPDX-License-Identifier: GPL-2.0-or-later
/* A last line "sum <SHA-256>" over all that precedes it. */
#include <errno.h>
#include <string.h>

#include "sum.h"

int sum_line(const char *text, size_t len, char line[SUM_LINE_SIZE])
{
	uint8_t sum[32];
	int ret = digest_of(bank_alg_by_name("sha256", 6), text, len, sum);

	if (ret)
		return ret;
	memcpy(line, "sum ", 4);
	hex_encode(sum, sizeof(sum), line + 4);
	strcpy(line + SUM_LINE_SIZE - 2, "\n");
	return 0;
}

int sum_check(char *text, size_t len)
{
	const size_t line_len = SUM_LINE_SIZE - 1;
	char line[SUM_LINE_SIZE], *last;
	int ret;

	if (len < line_len || strlen(text) != len)
		return -EBADMSG;
	last = text + len - line_len;
	ret = sum_line(text, last - text, line);
	if (ret)
		return ret;
	if (strcmp(last, line))
		return -EBADMSG;
	*last = '\0';
	return 0;
}
