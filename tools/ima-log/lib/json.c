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

static uint32_t utf8_code(const uint8_t *p, size_t len)
{
	static const uint8_t first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = *p & first[len];
	size_t i;

	for (i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

/* Control characters, and those that change the direction of text. */
static bool is_control(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

void text_print(FILE *out, const void *text, size_t len)
{
	const uint8_t *p = text, *end = p + len;
	size_t n, i;

	for (; p < end; p += n) {
		n = utf8_len(p, end - p);
		if (n && !is_control(utf8_code(p, n))) {
			fwrite(p, 1, n, out);
			continue;
		}
		n = n ? n : 1;
		for (i = 0; i < n; i++)
			fprintf(out, "\\x%02x", p[i]);
	}
}

static void json_escape(FILE *out, uint32_t code)
{
	if (code > 0xffff) {
		code -= 0x10000;
		fprintf(out, "\\u%04x", 0xd800 + (code >> 10));
		code = 0xdc00 + (code & 0x3ff);
	}
	fprintf(out, "\\u%04x", code);
}

void json_string(FILE *out, const void *text, size_t len)
{
	const uint8_t *p = text, *end = p + len;
	size_t n;

	putc('"', out);
	for (; p < end; p += n) {
		n = utf8_len(p, end - p);
		if (!n) {
			fprintf(out, "\\\\x%02x", *p);
			n = 1;
		} else if (*p == '"') {
			fputs("\\\"", out);
		} else if (*p == '\\') {
			fputs("\\\\\\\\", out);
		} else if (is_control(utf8_code(p, n))) {
			json_escape(out, utf8_code(p, n));
		} else {
			fwrite(p, 1, n, out);
		}
	}
	putc('"', out);
}

void hex_print(FILE *out, const uint8_t *bytes, size_t len)
{
	char digits[129];
	size_t n;

	for (; len; len -= n, bytes += n) {
		n = len < 64 ? len : 64;
		hex_encode(bytes, n, digits);
		fwrite(digits, 1, 2 * n, out);
	}
}

void json_hex(FILE *out, const uint8_t *bytes, size_t len)
{
	putc('"', out);
	hex_print(out, bytes, len);
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
	fputs(",\"name\":", out);
	if (f)
		json_string(out, f->data, name_len(f));
	else
		fputs("null", out);
	if (record_event_digest(rec, algo, &digest)) {
		fputs(",\"algorithm\":", out);
		json_string(out, algo, strlen(algo));
		fputs(",\"event_digest\":", out);
		json_hex(out, digest.data, digest.len);
	} else {
		fputs(",\"event_digest\":null", out);
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
