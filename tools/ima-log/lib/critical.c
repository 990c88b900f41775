// SPDX-License-Identifier: GPL-2.0-or-later
/* Critical data that says something about the list itself. */
#include <errno.h>
#include <string.h>

#include "critical.h"

enum critical critical_kind(const struct record *rec)
{
	const struct field *buf = record_field(rec, FIELD_BUF);

	if (!buf || !buf->len || record_is_violation(rec))
		return CRITICAL_NONE;
	if (record_name_is(rec, "snapshot_aggregate"))
		return CRITICAL_SNAPSHOT;
	if (record_name_is(rec, "ima_trim"))
		return CRITICAL_TRIM;
	if (record_name_is(rec, "kexec_load"))
		return CRITICAL_KEXEC_LOAD;
	if (record_name_is(rec, "kexec_execute"))
		return CRITICAL_KEXEC_EXECUTE;
	return CRITICAL_NONE;
}

/* Steps over @text; NULL stays NULL, so that calls can be chained. */
static const char *skip(const char *p, const char *end, const char *text)
{
	size_t len = strlen(text);

	if (!p || (size_t)(end - p) < len || memcmp(p, text, len))
		return NULL;
	return p + len;
}

/* "key=123;" */
static const char *number(const char *p, const char *end, const char *key,
			  uint64_t *value)
{
	p = skip(p, end, key);
	p = p ? dec_decode(p, end, ';', value) : NULL;
	return p ? p + 1 : NULL;
}

/* "sha256:00ff...;" */
static const char *digest(const char *p, const char *end,
			  struct snapshot *snap)
{
	const char *colon = memchr(p, ':', end - p), *semicolon;
	const struct bank_alg *alg;
	size_t size;

	semicolon = colon ? memchr(colon, ';', end - colon) : NULL;
	if (!semicolon || colon == p)
		return NULL;
	alg = digest_alg_by_name(p, colon - p);
	size = (semicolon - colon) / 2;
	if (size > sizeof(snap->digest) || (alg && size != alg->size) ||
	    (size_t)(semicolon - colon - 1) != 2 * size ||
	    !hex_decode(colon + 1, snap->digest, size))
		return NULL;
	snap->alg = alg && !strcmp(alg->name, "sha256") ? alg : NULL;
	return semicolon + 1;
}

/* Numbers as the kernel prints them, and no upper case digits. */
static bool canonical(const char *p, const char *end)
{
	bool start = false;

	for (; p < end; p++) {
		if (start && *p == '0' && p[1] != ';')
			return false;
		if (*p >= 'A' && *p <= 'F')
			return false;
		start = *p == '=';
	}
	return true;
}

int snapshot_parse(const struct record *rec, struct snapshot *snap)
{
	const struct field *buf = record_field(rec, FIELD_BUF);
	const char *start = (const char *)buf->data, *end = start + buf->len;
	const char *p = skip(start, end, "version=");

	if (!p)
		return -EBADMSG;
	p = skip(p, end, "1;digest=");
	p = p ? digest(p, end, snap) : NULL;
	p = number(p, end, "hashed=", &snap->hashed);
	p = number(p, end, "total=", &snap->total);
	p = number(p, end, "trimmed=", &snap->trimmed);
	p = number(p, end, "trims=", &snap->trims);
	if (p != end || !canonical(start, end) || !snap->hashed ||
	    snap->hashed > snap->total || snap->trimmed > snap->total ||
	    snap->total > INT64_MAX)
		return -EPROTO;
	return snap->alg ? 0 : -ENOTSUP;
}

int trim_note_parse(const struct record *rec, struct trim_note *note)
{
	const struct field *buf = record_field(rec, FIELD_BUF);
	const char *start = (const char *)buf->data, *end = start + buf->len;
	const char *p = number(start, end, "records=", &note->records);

	p = number(p, end, "removed=", &note->removed);
	return p == end && canonical(start, end) && note->records &&
	       note->records <= note->removed ? 0 : -EBADMSG;
}
