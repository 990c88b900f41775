// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as one of the small files: the first byte says which. */
#include <stdlib.h>
#include <string.h>

#include "../lib/epoch.h"
#include "../lib/quote.h"
#include "../lib/verify.h"

static void try_pcrs(const char *text)
{
	struct pcrs pcrs = { 0 };
	unsigned int line;

	pcrs_parse(&pcrs, text, bank_alg_by_name("sha256", 6), &line);
}

static void try_state(const char *text)
{
	struct verify_state state;
	FILE *out = fopen("/dev/null", "w");

	if (!verify_state_read(&state, text))
		verify_state_write(&state, out);
	fclose(out);
}

static void try_epoch(const char *text)
{
	char again[EPOCH_INFO_SIZE];
	struct epoch_info info;

	if (!epoch_info_parse(text, 1, &info))
		epoch_info_format(&info, 1, again);
}

/* The quote's length in one byte, quote, signature. */
static void try_quote(const uint8_t *data, size_t size)
{
	struct quote quote;
	size_t len;

	if (size < 1)
		return;
	len = data[0] < size ? data[0] : size - 1;
	quote_parse(&quote, data + 1, len, data + 1 + len, size - 1 - len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	switch (data[0] % 4) {
	case 0: try_pcrs(text); break;
	case 1: try_state(text); break;
	case 2: try_epoch(text); break;
	case 3: try_quote(data + 1, size - 1); break;
	}
	free(text);
	return 0;
}
