/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that attest writes and verify judges: quote.msg, quote.sig,
 * quote.pem, records, and a header with the numbers of those records.
 */
#ifndef IMA_LOG_ATTESTATION_H
#define IMA_LOG_ATTESTATION_H

#include "io.h"
#include "quote.h"
#include "tpm.h"

struct attestation {
	unsigned int epoch;		/* of the archive */
	enum byte_order order;
	uint64_t first;			/* number of the first record */
	uint64_t count;			/* how many there are */
};

/*
 * Open the directory, and make it if it is not there.  No part of the path may
 * be a symbolic link (-ELOOP): in a directory of another user, that user could
 * have root write anywhere.
 */
int attestation_create(const char *path);

/* Write the quote; the header of an earlier attestation is removed first. */
int attestation_put_quote(const struct io *io, int dir,
			  const struct tpm_quote *q);

/* The header is written last: a set that has one is complete. */
int attestation_put_header(const struct io *io, int dir,
			   const struct attestation *a);

#define ATTESTATION_HEADER_SIZE	160

void attestation_format(const struct attestation *a,
			char text[ATTESTATION_HEADER_SIZE]);

/* -EBADMSG if it is not exactly what attestation_format() writes. */
int attestation_parse(const char *text, struct attestation *a);

#endif
