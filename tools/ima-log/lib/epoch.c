// SPDX-License-Identifier: GPL-2.0-or-later
/* An epoch's file, and the names in its directory. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "epoch.h"

void part_name(char name[PART_NAME_SIZE], uint64_t first, bool gap)
{
	snprintf(name, PART_NAME_SIZE, "%020" PRIu64 "%s", first,
		 gap ? ".gap" : ".ima");
}

bool part_parse(const char *name, struct part_name *part)
{
	if (strlen(name) != PART_NAME_SIZE - 1)
		return false;
	part->gap = !strcmp(name + 20, ".gap");
	if (!part->gap && strcmp(name + 20, ".ima"))
		return false;
	return dec_decode(name, name + 21, '.', &part->first) == name + 20;
}

void archive_epoch_name(unsigned int epoch, char name[11])
{
	snprintf(name, 11, "%010u", epoch);
}

struct part_list {
	struct part_name *parts;
	size_t num;
};

static int take_part(const char *name, void *ctx)
{
	struct part_list *list = ctx;
	struct part_name *parts, part;

	if (!part_parse(name, &part))
		return 0;
	parts = reallocarray(list->parts, list->num + 1, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	list->parts = parts;
	parts[list->num++] = part;
	return 0;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part_name *x = a, *y = b;

	if (x->first == y->first)
		return x->gap - y->gap;
	return x->first < y->first ? -1 : 1;
}

int epoch_parts(int dir, struct part_name **parts, size_t *num)
{
	struct part_list list = { NULL, 0 };
	int ret = io_walk(dir, take_part, &list);

	if (ret) {
		free(list.parts);
		return ret;
	}
	if (list.num)
		qsort(list.parts, list.num, sizeof(*list.parts),
		      compare_parts);
	*parts = list.parts;
	*num = list.num;
	return 0;
}

int gap_read(int dir, uint64_t first, uint64_t *count)
{
	char name[PART_NAME_SIZE], *text;
	uint64_t said, end;
	size_t len;
	int ret;

	part_name(name, first, true);
	ret = io_read_file(dir, name, &text, &len);
	if (ret)
		return ret;
	if (sscanf(text, "first=%" SCNu64 ";count=%" SCNu64 ";", &said,
		   count) != 2 || said != first || !*count ||
	    __builtin_add_overflow(first, *count, &end))
		ret = -EBADMSG;
	free(text);
	return ret;
}

static bool info_line(const char *line, struct epoch_info *info)
{
	struct epoch_boot *boot = &info->boots[info->num_boots];
	unsigned int canonical;
	char order[8];

	if (!strcmp(line, "reset_count none"))
		return true;
	if (sscanf(line, "reset_count %" SCNu32, &info->reset_count) == 1) {
		info->have_reset_count = true;
		return true;
	}
	if (sscanf(line, "order %7s", order) == 1) {
		info->order = order_by_name(order);
		return info->order != ORDER_UNKNOWN;
	}
	if (sscanf(line, "canonical %u", &canonical) == 1) {
		info->canonical = canonical;
		return true;
	}
	if (sscanf(line, "dropping %" SCNu64, &info->dropping) == 1)
		return true;
	if (info->num_boots == BOOTS_MAX ||
	    sscanf(line, "boot %36s %" SCNd64, boot->id, &boot->delta) != 2)
		return false;
	info->num_boots++;
	return true;
}

int epoch_info_parse(const char *text, struct epoch_info *info)
{
	char *copy = strdup(text), *line, *save = NULL;
	bool ok;

	if (!copy)
		return -ENOMEM;
	memset(info, 0, sizeof(*info));
	line = strtok_r(copy, "\n", &save);
	ok = line && !strcmp(line, "ima-log-epoch 1");
	while (ok && (line = strtok_r(NULL, "\n", &save)))
		ok = info_line(line, info);
	free(copy);
	return ok ? 0 : -EBADMSG;
}

int epoch_info_format(const struct epoch_info *info, char *text, size_t size)
{
	unsigned int i;
	size_t n;

	n = snprintf(text, size, "ima-log-epoch 1\nreset_count ");
	if (info->have_reset_count)
		n += snprintf(text + n, size - n, "%" PRIu32 "\n",
			      info->reset_count);
	else
		n += snprintf(text + n, size - n, "none\n");
	n += snprintf(text + n, size - n, "order %s\ncanonical %d\n",
		      order_name(info->order), info->canonical);
	if (info->dropping)
		n += snprintf(text + n, size - n, "dropping %" PRIu64 "\n",
			      info->dropping);
	for (i = 0; i < info->num_boots; i++)
		n += snprintf(text + n, size - n, "boot %s %" PRId64 "\n",
			      info->boots[i].id, info->boots[i].delta);
	return n;
}

struct number_list {
	int dir;
	unsigned int *numbers;
	size_t num;
};

static int take_number(const char *name, void *ctx)
{
	struct number_list *list = ctx;
	unsigned int *numbers;
	uint64_t number;
	char path[32];

	if (strlen(name) != 10 || !dec_parse(name, &number) || !number ||
	    number > UINT32_MAX)
		return 0;
	snprintf(path, sizeof(path), "%s/epoch", name);
	if (faccessat(list->dir, path, F_OK, 0))
		return 0;
	numbers = reallocarray(list->numbers, list->num + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	list->numbers = numbers;
	numbers[list->num++] = number;
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int epoch_numbers(int archive_dir, unsigned int **numbers, size_t *num)
{
	struct number_list list = { archive_dir, NULL, 0 };
	int ret = io_walk(archive_dir, take_number, &list);

	if (ret) {
		free(list.numbers);
		return ret;
	}
	if (list.num)
		qsort(list.numbers, list.num, sizeof(*list.numbers),
		      compare_numbers);
	*numbers = list.numbers;
	*num = list.num;
	return 0;
}
