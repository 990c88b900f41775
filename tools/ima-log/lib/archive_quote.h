/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quotes that lie in an epoch's directory, beside its segments. */
#ifndef IMA_LOG_ARCHIVE_QUOTE_H
#define IMA_LOG_ARCHIVE_QUOTE_H

#include "archive.h"
#include "tpm.h"

/* Paths; the caller frees them with quote_files_free(). */
struct quote_files {
	char *quote, *signature, *pem;
};

/* Store a quote that was taken when records below @number were saved. */
int archive_put_quote(struct archive *a, uint64_t number,
		      const struct tpm_quote *q);

/* The latest; -ENOENT if there is none. */
int archive_last_quote(const char *path, unsigned int epoch,
		       struct quote_files *files);
void quote_files_free(struct quote_files *files);

#endif
