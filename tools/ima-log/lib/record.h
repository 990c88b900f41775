/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record of binary_runtime_measurements, in its sha1 form. */
#ifndef IMA_LOG_RECORD_H
#define IMA_LOG_RECORD_H

#include "bytes.h"

#define RECORD_DIGEST_SIZE	20	/* the sha1 form's template digest */
#define RECORD_PCRS		64	/* the kernel's policy takes 0 to 63 */
#define RECORD_FIELDS		15	/* IMA_TEMPLATE_NUM_FIELDS_MAX */

/* 15 field identifiers of 16 characters and the bars between them */
#define RECORD_NAME_MAX		(RECORD_FIELDS * 17 - 1)

/*
 * A field is one kmalloc() of the kernel, 4 MiB at most with 4 KiB pages, and
 * a template has 15 of them at most.
 */
#define RECORD_SIZE_MAX		(64u << 20)

/* template "ima" hashes its name field as this many bytes, zero padded */
#define RECORD_OLD_NAME_SIZE	256

struct field {
	const uint8_t *data;
	uint32_t len;
};

/* What a template's field means, as far as a reader of the list cares. */
enum field_kind {
	FIELD_OTHER,		/* shown as hexadecimal digits */
	FIELD_DIGEST,		/* d: bare digest */
	FIELD_DIGEST_ALGO,	/* d-ng, d-modsig: "algo:\0digest" */
	FIELD_DIGEST_TYPE,	/* d-ngv2: "type:algo:\0digest" */
	FIELD_NAME,		/* n, n-ng */
	FIELD_STRING,		/* xattrnames */
	FIELD_UINT,		/* iuid, igid, imode */
	FIELD_BUF,		/* buf: critical data, keys, ... */
	FIELD_SIG,		/* sig, evmsig: begins with its type */
};

/*
 * Everything points into the buffer the record was parsed from, and lives as
 * long as that.
 */
struct record {
	const uint8_t *bytes;		/* the whole record */
	size_t size;
	uint32_t pcr;
	const uint8_t *digest;		/* RECORD_DIGEST_SIZE bytes */
	const char *template_name;	/* not NUL-terminated */
	uint32_t template_name_len;
	const uint8_t *data;		/* template data */
	uint32_t data_len;
	bool old_template;		/* template "ima": no lengths */
	bool builtin;			/* the template, not a format */
	enum byte_order order;
	unsigned int num_fields;
	struct field fields[RECORD_FIELDS];
	enum field_kind kinds[RECORD_FIELDS];
};

/**
 * record_parse - parse the record at the head of a buffer
 * @buf: bytes of the list
 * @len: how many there are
 * @order: byte order of its numbers
 * @rec: filled in when 0 is returned
 * @need: how many bytes are needed before it is worth to call again
 *
 * Does not split the template data into fields: see record_fields().
 *
 * Return: 0; -EAGAIN if the record goes on after @len; -EBADMSG if these are
 * not bytes that the kernel writes; -EFBIG if it exceeds RECORD_SIZE_MAX.
 */
int record_parse(const uint8_t *buf, size_t len, enum byte_order order,
		 struct record *rec, size_t *need);

/**
 * record_fields - split the template data
 * @rec: a parsed record
 *
 * The template's name is not in the digest that the PCR protects, so the
 * fields are held against it.
 *
 * Return: 0; -EBADMSG if the lengths do not tile the data, or the fields are
 * not what the template has; -ENOTSUP if the template is neither built in nor
 * a format string: it has as many fields as its data holds, of FIELD_OTHER.
 */
int record_fields(struct record *rec);

/*
 * Bytes that record_parse() refused, from the start of a list: which other
 * form of it they are, or NULL.
 */
const char *record_other_form(const uint8_t *buf, size_t len);

/* The order in which @buf is a plausible record's head; 0 needs 28 bytes. */
enum byte_order record_guess_order(const uint8_t *buf, size_t len);

/* Digest all zero: the PCR was extended with ones instead. */
bool record_is_violation(const struct record *rec);

bool record_template_is(const struct record *rec, const char *name);

/* The first field of that kind, or NULL.  After record_fields(). */
const struct field *record_field(const struct record *rec,
				 enum field_kind kind);

/* Is the event's name, up to its NUL, @name? */
bool record_name_is(const struct record *rec, const char *name);

/*
 * The digest that the event carries: algorithm's name ("sha1" for a bare
 * digest of 20 bytes) and bytes.  False if there is none.
 */
bool record_event_digest(const struct record *rec, char algo[32],
			 struct field *digest);

#endif
