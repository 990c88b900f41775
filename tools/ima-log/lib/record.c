// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One record of binary_runtime_measurements, in its sha1 form:
 *
 *	u32 PCR, template digest[20], u32 length, template name,
 *	u32 length, template data
 *
 * Template data is a u32 length and the bytes for each field.  Template "ima"
 * is older than that: it has no length of its data, none of its digest, and a
 * name without the NUL that all other names carry.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "record.h"

#define HEAD_SIZE	(4 + RECORD_DIGEST_SIZE + 4)

static const struct {
	const char *name;
	const char *format;
} templates[] = {
	{ "ima", "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|"
		     "iuid|igid|imode" },
};

static const struct {
	const char *id;
	enum field_kind kind;
} field_ids[] = {
	{ "d", FIELD_DIGEST },
	{ "n", FIELD_NAME },
	{ "d-ng", FIELD_DIGEST_ALGO },
	{ "d-ngv2", FIELD_DIGEST_TYPE },
	{ "n-ng", FIELD_NAME },
	{ "sig", FIELD_SIG },
	{ "buf", FIELD_BUF },
	{ "d-modsig", FIELD_DIGEST_ALGO },
	{ "modsig", FIELD_OTHER },
	{ "evmsig", FIELD_SIG },
	{ "iuid", FIELD_UINT },
	{ "igid", FIELD_UINT },
	{ "imode", FIELD_UINT },
	{ "xattrnames", FIELD_STRING },
	{ "xattrlengths", FIELD_OTHER },
	{ "xattrvalues", FIELD_OTHER },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool record_template_is(const struct record *rec, const char *name)
{
	return strlen(name) == rec->template_name_len &&
	       !memcmp(name, rec->template_name, rec->template_name_len);
}

/* Names are field identifiers and bars, or a built-in name: printable. */
static bool name_ok(const uint8_t *name, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

/*
 * The digest has no length: 20 bytes, or 16 with ima_hash=md5.  Only the
 * length of the name behind it can tell.
 */
static int parse_old_data(const uint8_t *buf, size_t len, size_t at,
			  struct record *rec, size_t *need)
{
	static const uint32_t sizes[] = { 20, 16 };
	uint32_t size, name_len;
	unsigned int i;

	*need = at + 24;
	if (len < *need)
		return -EAGAIN;
	for (i = 0; i < COUNT(sizes); i++) {
		size = sizes[i];
		name_len = get_u32(buf + at + size, rec->order);
		if (name_len && name_len < RECORD_OLD_NAME_SIZE)
			break;
	}
	if (i == COUNT(sizes))
		return -EBADMSG;
	rec->data = buf + at;
	rec->data_len = size + 4 + name_len;
	rec->fields[0] = (struct field){ buf + at, size };
	rec->fields[1] = (struct field){ buf + at + size + 4, name_len };
	return 0;
}

static int parse_data(const uint8_t *buf, size_t len, size_t at,
		      struct record *rec, size_t *need)
{
	*need = at + 4;
	if (len < *need)
		return -EAGAIN;
	rec->data = buf + at + 4;
	rec->data_len = get_u32(buf + at, rec->order);
	return 0;
}

int record_parse(const uint8_t *buf, size_t len, enum byte_order order,
		 struct record *rec, size_t *need)
{
	size_t at = HEAD_SIZE;
	int ret;

	*need = HEAD_SIZE;
	if (len < *need)
		return -EAGAIN;
	rec->order = order;
	rec->bytes = buf;
	rec->pcr = get_u32(buf, order);
	rec->digest = buf + 4;
	rec->template_name = (const char *)buf + at;
	rec->template_name_len = get_u32(buf + 4 + RECORD_DIGEST_SIZE, order);
	rec->num_fields = 0;
	if (rec->pcr >= RECORD_PCRS || !rec->template_name_len ||
	    rec->template_name_len > RECORD_NAME_MAX)
		return -EBADMSG;

	*need = at + rec->template_name_len;
	if (len < *need)
		return -EAGAIN;
	if (!name_ok(buf + at, rec->template_name_len))
		return -EBADMSG;
	at += rec->template_name_len;

	rec->old_template = record_template_is(rec, "ima");
	ret = rec->old_template ? parse_old_data(buf, len, at, rec, need) :
				  parse_data(buf, len, at, rec, need);
	if (ret)
		return ret;
	rec->size = (size_t)(rec->data - buf) + rec->data_len;
	if (rec->size > RECORD_SIZE_MAX)
		return -EFBIG;
	*need = rec->size;
	return len < rec->size ? -EAGAIN : 0;
}

static bool kind_of(const char *id, size_t len, enum field_kind *kind)
{
	size_t i;

	for (i = 0; i < COUNT(field_ids); i++)
		if (strlen(field_ids[i].id) == len &&
		    !memcmp(field_ids[i].id, id, len)) {
			*kind = field_ids[i].kind;
			return true;
		}
	return false;
}

/* Fills in the kinds; how many fields it has, 0 if this is no format. */
static unsigned int format_kinds(const char *format, size_t len,
				 enum field_kind *kinds)
{
	const char *end = format + len, *bar;
	unsigned int n = 0;

	for (;; format = bar + 1) {
		bar = memchr(format, '|', end - format);
		if (n == RECORD_FIELDS ||
		    !kind_of(format, (bar ? bar : end) - format, &kinds[n]))
			return 0;
		n++;
		if (!bar)
			return n;
	}
}

static unsigned int template_kinds(struct record *rec)
{
	size_t i;

	rec->builtin = true;
	for (i = 0; i < COUNT(templates); i++)
		if (record_template_is(rec, templates[i].name))
			return format_kinds(templates[i].format,
					    strlen(templates[i].format),
					    rec->kinds);
	rec->builtin = false;
	return format_kinds(rec->template_name, rec->template_name_len,
			    rec->kinds);
}

/* "algo:" or "type:algo:", then a NUL; a field may be empty */
static bool digest_form_ok(const struct field *f, unsigned int colons)
{
	const uint8_t *nul = memchr(f->data, '\0', f->len), *p;

	if (!f->len)
		return true;
	if (!nul || nul == f->data || nul[-1] != ':')
		return false;
	for (p = f->data; p < nul; p++)
		colons -= *p == ':';
	return colons == 0;
}

/* One NUL, at its end */
static bool name_form_ok(const struct field *f)
{
	return f->len && memchr(f->data, '\0', f->len) == f->data + f->len - 1;
}

/* A signature's first byte is its type in enum evm_ima_xattr_type. */
static bool sig_form_ok(const struct field *f)
{
	return !f->len || f->data[0] == 3 || f->data[0] == 5 ||
	       f->data[0] == 6;
}

/*
 * A field of one kind must not pass as one of another, or a template's name,
 * which nothing protects, could be changed to hide a digest, a name or a buffer.
 */
static bool forms_ok(const struct record *rec)
{
	const struct field *f = rec->fields;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < rec->num_fields && ok; i++, f++) {
		if (rec->kinds[i] == FIELD_DIGEST)
			ok = f->len == 0 || f->len == 16 || f->len == 20;
		else if (rec->kinds[i] == FIELD_DIGEST_ALGO)
			ok = digest_form_ok(f, 1);
		else if (rec->kinds[i] == FIELD_DIGEST_TYPE)
			ok = digest_form_ok(f, 2);
		else if (rec->kinds[i] == FIELD_NAME)
			ok = name_form_ok(f);
		else if (rec->kinds[i] == FIELD_SIG)
			ok = sig_form_ok(f);
	}
	return ok;
}

static int split_data(struct record *rec)
{
	uint32_t at = 0, len;
	unsigned int n = 0;

	while (at < rec->data_len) {
		if (n == RECORD_FIELDS || rec->data_len - at < 4)
			return -EBADMSG;
		len = get_u32(rec->data + at, rec->order);
		at += 4;
		if (len > rec->data_len - at)
			return -EBADMSG;
		rec->fields[n++] = (struct field){ rec->data + at, len };
		at += len;
	}
	rec->num_fields = n;
	return 0;
}

int record_fields(struct record *rec)
{
	unsigned int expected = template_kinds(rec), i;
	int ret;

	if (rec->old_template) {	/* record_parse() split it */
		rec->num_fields = 2;
		return 0;
	}
	rec->num_fields = 0;
	ret = split_data(rec);
	if (ret)
		return ret;
	if (!expected) {
		for (i = 0; i < rec->num_fields; i++)
			rec->kinds[i] = FIELD_OTHER;
		return -ENOTSUP;
	}
	return rec->num_fields == expected && forms_ok(rec) ? 0 : -EBADMSG;
}

/* Blanks, a number, a blank, 40 digits or more */
static bool is_ascii(const uint8_t *buf, size_t len)
{
	size_t at = 0, start;

	while (at < len && buf[at] == ' ')
		at++;
	for (start = at; at < len && buf[at] >= '0' && buf[at] <= '9'; at++)
		;
	if (at == start || at == len || buf[at++] != ' ')
		return false;
	for (start = at; at < len && isxdigit(buf[at]); at++)
		;
	return at - start >= 40;
}

const char *record_other_form(const uint8_t *buf, size_t len)
{
	static const struct {
		uint32_t size;
		const char *what;
	} forms[] = {
		{ 32, "a list with SHA-256 digests: give the one without "
		      "_sha256 in its name" },
		{ 48, "a list with SHA-384 digests: give the one without "
		      "_sha384 in its name" },
		{ 64, "a list with SHA-512 digests: give the one without "
		      "_sha512 in its name" },
	};
	uint32_t little, big, name;
	size_t i, at;

	if (is_ascii(buf, len))
		return "an ascii list: give binary_runtime_measurements";
	for (i = 0; i < COUNT(forms); i++) {
		at = 4 + forms[i].size;
		if (len < at + 4)
			break;
		little = get_u32(buf + at, ORDER_LITTLE);
		big = get_u32(buf + at, ORDER_BIG);
		name = little < big ? little : big;
		if (name && name <= RECORD_NAME_MAX && name <= len - at - 4 &&
		    name_ok(buf + at + 4, name))
			return forms[i].what;
	}
	return NULL;
}

static bool plausible(const uint8_t *buf, enum byte_order order)
{
	uint32_t name_len = get_u32(buf + 4 + RECORD_DIGEST_SIZE, order);

	return get_u32(buf, order) < RECORD_PCRS && name_len &&
	       name_len <= RECORD_NAME_MAX;
}

enum byte_order record_guess_order(const uint8_t *buf, size_t len)
{
	if (len < HEAD_SIZE)
		return ORDER_UNKNOWN;
	if (plausible(buf, ORDER_LITTLE))
		return ORDER_LITTLE;
	if (plausible(buf, ORDER_BIG))
		return ORDER_BIG;
	return ORDER_UNKNOWN;
}

bool record_is_violation(const struct record *rec)
{
	static const uint8_t zero[RECORD_DIGEST_SIZE];

	return !memcmp(rec->digest, zero, sizeof(zero));
}

const struct field *record_field(const struct record *rec,
				 enum field_kind kind)
{
	unsigned int i;

	for (i = 0; i < rec->num_fields; i++)
		if (rec->kinds[i] == kind)
			return &rec->fields[i];
	return NULL;
}

bool record_name_is(const struct record *rec, const char *name)
{
	const struct field *f = record_field(rec, FIELD_NAME);
	size_t len = strlen(name);

	if (!f || f->len < len || memcmp(f->data, name, len))
		return false;
	return f->len == len || f->data[len] == '\0';
}

/* "algo:\0digest", or "type:algo:\0digest" */
static bool split_digest(const struct field *f, char algo[32],
			 struct field *digest)
{
	const uint8_t *nul = memchr(f->data, '\0', f->len);
	const uint8_t *start;
	size_t len;

	if (!nul || nul - f->data < 2 || nul[-1] != ':')
		return false;
	for (start = nul - 1; start > f->data && start[-1] != ':'; start--)
		;
	len = nul - 1 - start;
	if (!len || len >= 32)
		return false;
	memcpy(algo, start, len);
	algo[len] = '\0';
	digest->data = nul + 1;
	digest->len = f->data + f->len - digest->data;
	return true;
}

bool record_event_digest(const struct record *rec, char algo[32],
			 struct field *digest)
{
	const struct field *f = record_field(rec, FIELD_DIGEST_ALGO);

	if (!f)
		f = record_field(rec, FIELD_DIGEST_TYPE);
	if (f)
		return split_digest(f, algo, digest);
	f = record_field(rec, FIELD_DIGEST);
	if (!f)
		return false;
	strcpy(algo, f->len == 16 ? "md5" : "sha1");
	*digest = *f;
	return true;
}
