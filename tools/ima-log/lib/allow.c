// SPDX-License-Identifier: GPL-2.0-or-later
/* Which digests files may have, in the format of sha256sum. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allow.h"

struct allow_entry {
	const char *digest;	/* digits, in small letters */
	const char *path;
};

struct allow_list {
	size_t num;
	struct allow_entry entries[];
};

static int compare(const void *a, const void *b)
{
	const struct allow_entry *x = a, *y = b;
	int diff = strcmp(x->path, y->path);

	return diff ? diff : strcmp(x->digest, y->digest);
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Event names have an underscore for each blank. */
static void underscore(char *path)
{
	for (; *path; path++)
		if (*path == ' ')
			*path = '_';
}

static bool parse_line(char *line, struct allow_entry *entry)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF"), i;

	if (digits < 32 || digits % 2 || line[digits] != ' ' ||
	    (line[digits + 1] != ' ' && line[digits + 1] != '*') ||
	    !line[digits + 2])
		return false;
	for (i = 0; i < digits; i++)
		if (line[i] >= 'A' && line[i] <= 'F')
			line[i] += 'a' - 'A';
	line[digits] = '\0';
	entry->digest = line;
	entry->path = line + digits + 2;
	underscore(line + digits + 2);
	return true;
}

int allow_parse(char *text, struct allow_list **list, unsigned int *line)
{
	struct allow_list *l;
	char *end;

	l = malloc(sizeof(*l) + count_lines(text) * sizeof(l->entries[0]));
	if (!l)
		return -ENOMEM;
	l->num = 0;
	for (*line = 1; *text; (*line)++, text = end) {
		end = strchrnul(text, '\n');
		if (*end)
			*end++ = '\0';
		if (!*text)
			continue;
		if (!parse_line(text, &l->entries[l->num])) {
			free(l);
			return -EBADMSG;
		}
		l->num++;
	}
	qsort(l->entries, l->num, sizeof(l->entries[0]), compare);
	*list = l;
	return 0;
}

void allow_free(struct allow_list *list)
{
	free(list);
}

bool allow_check(const struct allow_list *list, const struct record *rec)
{
	const struct field *name = record_field(rec, FIELD_NAME);
	struct allow_entry key;
	struct field digest;
	char algo[32], hex[129];
	bool found;

	if (!name || !record_event_digest(rec, algo, &digest) ||
	    digest.len > 64)
		return false;
	hex_encode(digest.data, digest.len, hex);
	key.digest = hex;
	key.path = strndup((const char *)name->data, name->len);
	if (!key.path)
		return false;
	found = bsearch(&key, list->entries, list->num,
			sizeof(list->entries[0]), compare);
	free((char *)key.path);
	return found;
}
