/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quotes that lie in an epoch's directory, beside its segments. */
#ifndef IMA_LOG_ARCHIVE_QUOTE_H
#define IMA_LOG_ARCHIVE_QUOTE_H

#include "archive.h"
#include "tpm.h"

/* Store a quote that was taken when records below @number were saved. */
int archive_put_quote(struct archive *a, uint64_t number,
		      const struct tpm_quote *q);

/* Those of an epoch, newest first. */
struct quote_list {
	int dir;
	uint64_t *numbers;
	size_t num;
};

/* -ENOENT if there is none. */
int archive_quotes(const char *path, unsigned int epoch,
		   struct quote_list *list);
void archive_quotes_free(struct quote_list *list);

/* The caller frees both. */
int archive_quote_read(const struct quote_list *list, size_t i, char **attest,
		       size_t *attest_len, char **signature,
		       size_t *signature_len);

#endif
