// SPDX-License-Identifier: GPL-2.0-or-later
/* Text as JSON, and a record as one JSON line. */
#include <inttypes.h>
#include <string.h>

#include "json.h"

/* Length of the UTF-8 sequence at @p, 0 if it is none or too long. */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	size_t len = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 :
		     *p >= 0xe0 && *p < 0xf0 ? 3 :
		     *p >= 0xf0 && *p < 0xf5 ? 4 : 0;
	size_t i;

	if (!len || len > left)
		return 0;
	for (i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

void json_string(FILE *out, const void *text, size_t len)
{
	const uint8_t *p = text, *end = p + len;
	size_t n;

	putc('"', out);
	for (; p < end; p += n) {
		n = utf8_len(p, end - p);
		if (!n || *p < ' ' || *p == 0x7f) {
			fprintf(out, "\\u%04x", *p);
			n = 1;
		} else if (*p == '"' || *p == '\\') {
			fprintf(out, "\\%c", *p);
		} else {
			fwrite(p, 1, n, out);
		}
	}
	putc('"', out);
}

void json_hex(FILE *out, const uint8_t *bytes, size_t len)
{
	char digits[129];
	size_t n;

	putc('"', out);
	for (; len; len -= n, bytes += n) {
		n = len < 64 ? len : 64;
		hex_encode(bytes, n, digits);
		fwrite(digits, 1, 2 * n, out);
	}
	putc('"', out);
}

static size_t name_len(const struct field *f)
{
	return f->len && !f->data[f->len - 1] ? f->len - 1 : f->len;
}

static void json_fields(FILE *out, const struct record *rec)
{
	const struct field *f;
	struct field digest;
	char algo[32];

	f = record_field(rec, FIELD_NAME);
	if (f) {
		fputs(",\"name\":", out);
		json_string(out, f->data, name_len(f));
	}
	if (record_event_digest(rec, algo, &digest)) {
		fputs(",\"algorithm\":", out);
		json_string(out, algo, strlen(algo));
		fputs(",\"event_digest\":", out);
		json_hex(out, digest.data, digest.len);
	}
	f = record_field(rec, FIELD_BUF);
	if (f) {
		fputs(",\"buf\":", out);
		json_hex(out, f->data, f->len);
	}
}

void json_record(FILE *out, const struct record *rec, uint64_t number,
		 bool digest_ok)
{
	fprintf(out, "{\"record\":%" PRIu64 ",\"pcr\":%u,\"template\":",
		number, rec->pcr);
	json_string(out, rec->template_name, rec->template_name_len);
	fputs(",\"digest\":", out);
	json_hex(out, rec->digest, RECORD_DIGEST_SIZE);
	fprintf(out, ",\"digest_ok\":%s,\"violation\":%s,\"size\":%zu",
		digest_ok ? "true" : "false",
		record_is_violation(rec) ? "true" : "false", rec->size);
	json_fields(out, rec);
	fputs("}\n", out);
}
