/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Critical data that says something about the list itself. */
#ifndef IMA_LOG_CRITICAL_H
#define IMA_LOG_CRITICAL_H

#include "bank.h"
#include "record.h"

/* version=1;digest=sha256:<hex>;hashed=<n>;total=<n>;trimmed=<n>;trims=<n>; */
struct snapshot {
	const struct bank_alg *alg;	/* SHA-256, or NULL */
	uint8_t digest[DIGEST_SIZE_MAX];
	uint64_t hashed, total, trimmed, trims;
};

/* records=<n>;removed=<n>; the first of them are among the second */
struct trim_note {
	uint64_t records, removed;
};

enum critical {
	CRITICAL_NONE,
	CRITICAL_SNAPSHOT,
	CRITICAL_TRIM,
	CRITICAL_KEXEC_LOAD,
	CRITICAL_KEXEC_EXECUTE,
};

/* After record_fields().  A file of that name has no buf field. */
enum critical critical_kind(const struct record *rec);

/*
 * A record may be called so and be none: the kernel's own have exactly that
 * form, without a leading zero.  -EBADMSG: somebody else's; -EPROTO: of another
 * version; -ENOTSUP, @alg NULL: only its digest is of another algorithm.
 */
int snapshot_parse(const struct record *rec, struct snapshot *snap);
int trim_note_parse(const struct record *rec, struct trim_note *note);

#endif
