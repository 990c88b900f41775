// SPDX-License-Identifier: GPL-2.0-or-later
/* A record in other forms than the kernel's binary one. */
#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "json.h"

typedef void print_func(FILE *out, const void *text, size_t len);

static void print_raw(FILE *out, const void *text, size_t len)
{
	fwrite(text, 1, len, out);
}

/* The text up to the NUL as it is, then digits: "sha256:00ff..." */
static void print_digest(FILE *out, const struct field *f, print_func *print)
{
	const uint8_t *nul = memchr(f->data, '\0', f->len);

	if (!nul || nul == f->data || nul[-1] != ':') {
		hex_print(out, f->data, f->len);
		return;
	}
	if (nul - f->data > 1)
		print(out, f->data, nul - f->data);
	hex_print(out, nul + 1, f->data + f->len - nul - 1);
}

static void print_uint(FILE *out, const struct field *f,
		       enum byte_order order)
{
	uint64_t value = 0;
	uint32_t i;

	if (f->len > 8 || (f->len & (f->len - 1)))
		return;
	for (i = 0; i < f->len; i++)
		value |= (uint64_t)f->data[i] <<
			 8 * (order == ORDER_BIG ? f->len - 1 - i : i);
	fprintf(out, "%" PRIu64, value);
}

static void print_field(FILE *out, const struct field *f,
			enum field_kind kind, enum byte_order order,
			print_func *print)
{
	switch (kind) {
	case FIELD_DIGEST_ALGO:
	case FIELD_DIGEST_TYPE:
		print_digest(out, f, print);
		break;
	case FIELD_NAME:
	case FIELD_STRING:
		print(out, f->data, strnlen((const char *)f->data, f->len));
		break;
	case FIELD_UINT:
		print_uint(out, f, order);
		break;
	default:
		hex_print(out, f->data, f->len);
	}
}

static void print_ascii(FILE *out, const struct record *rec,
			print_func *print)
{
	unsigned int i;

	fprintf(out, "%2u ", rec->pcr);
	hex_print(out, rec->digest, RECORD_DIGEST_SIZE);
	fprintf(out, " %.*s", (int)rec->template_name_len,
		rec->template_name);
	for (i = 0; i < rec->num_fields; i++) {
		putc(' ', out);
		if (rec->fields[i].len)
			print_field(out, &rec->fields[i], rec->kinds[i],
				    rec->order, print);
	}
	putc('\n', out);
}

void format_ascii(FILE *out, const struct record *rec)
{
	print_ascii(out, rec, print_raw);
}

void format_terminal(FILE *out, const struct record *rec)
{
	print_ascii(out, rec, text_print);
}
