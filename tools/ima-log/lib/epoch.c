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
#include "sum.h"

#define EPOCH_VERSION	1

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

/* "name 123": digits only, and nothing behind them. */
static bool number_line(const char *line, const char *name, uint64_t max,
			uint64_t *value)
{
	size_t len = strlen(name);

	return !strncmp(line, name, len) && line[len] == ' ' &&
	       dec_parse(line + len + 1, value) && *value <= max;
}

static bool boot_line(const char *line, struct epoch_info *info)
{
	struct epoch_boot *boot = &info->boots[info->num_boots];
	int end = 0;

	if (info->num_boots == BOOTS_MAX ||
	    sscanf(line, "boot %36s %" SCNd64 "%n", boot->id, &boot->delta,
		   &end) != 2 || line[end])
		return false;
	info->num_boots++;
	return true;
}

/* The lines that there are once, in their order. */
static bool head_line(const char *line, unsigned int number,
		      unsigned int epoch, struct epoch_info *info)
{
	uint64_t value;

	switch (number) {
	case 0:
		return number_line(line, "ima-log-epoch", EPOCH_VERSION,
				   &value) && value == EPOCH_VERSION;
	case 1:
		return number_line(line, "epoch", UINT32_MAX, &value) &&
		       value == epoch;
	case 2:
		info->have_reset_count = strcmp(line, "reset_count none");
		if (!info->have_reset_count)
			return true;
		if (!number_line(line, "reset_count", UINT32_MAX, &value))
			return false;
		info->reset_count = value;
		return true;
	case 3:
		info->order = !strncmp(line, "order ", 6) ?
			      order_by_name(line + 6) : ORDER_UNKNOWN;
		return info->order != ORDER_UNKNOWN;
	default:
		if (!number_line(line, "canonical", 1, &value))
			return false;
		info->canonical = value;
		return !info->canonical || info->order == ORDER_LITTLE;
	}
}

#define HEAD_LINES	5

static bool info_line(const char *line, unsigned int number,
		      unsigned int epoch, struct epoch_info *info)
{
	if (number < HEAD_LINES)
		return head_line(line, number, epoch, info);
	if (number == HEAD_LINES &&
	    number_line(line, "dropping", UINT64_MAX, &info->dropping))
		return info->dropping;
	return boot_line(line, info);
}

int epoch_info_parse(const char *text, unsigned int epoch,
		     struct epoch_info *info)
{
	char *copy = strdup(text), *line, *next;
	unsigned int number = 0;
	bool ok = true;

	if (!copy)
		return -ENOMEM;
	memset(info, 0, sizeof(*info));
	for (line = copy; ok && *line; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		ok = info_line(line, number++, epoch, info);
	}
	free(copy);
	return ok && number >= HEAD_LINES ? 0 : -EBADMSG;
}

int epoch_info_format(const struct epoch_info *info, unsigned int epoch,
		      char text[EPOCH_INFO_SIZE])
{
	const size_t size = EPOCH_INFO_SIZE;
	unsigned int i;
	size_t n;

	n = snprintf(text, size, "ima-log-epoch %d\nepoch %u\nreset_count ",
		     EPOCH_VERSION, epoch);
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

/* Even the sum may be another one there: nothing is told of it but this. */
static bool is_newer(const char *text)
{
	static const char head[] = "ima-log-epoch ";
	const size_t len = sizeof(head) - 1;
	uint64_t version;

	return !strncmp(text, head, len) &&
	       dec_decode(text + len, strchrnul(text, '\n') + 1, '\n',
			  &version) && version > EPOCH_VERSION;
}

int epoch_info_read(int dir, unsigned int epoch, struct epoch_info *info)
{
	char *text;
	size_t len;
	int ret = io_read_file(dir, "epoch", &text, &len);

	if (ret)
		return ret;
	ret = is_newer(text) ? -EPROTONOSUPPORT : sum_check(text, len);
	if (!ret)
		ret = epoch_info_parse(text, epoch, info);
	free(text);
	return ret;
}

int epoch_info_write(const struct io *io, int dir, unsigned int epoch,
		     const struct epoch_info *info)
{
	char text[EPOCH_INFO_SIZE + SUM_LINE_SIZE];
	int len = epoch_info_format(info, epoch, text);
	int ret = sum_line(text, len, text + len);

	return ret ? ret : io_write_file(io, dir, "epoch", text,
					 len + SUM_LINE_SIZE - 1);
}

struct number_list {
	int dir;
	unsigned int *numbers;
	size_t num;
};

/* Segments without what is known of them are damage, not a beginning. */
static int check_not_begun(int archive_dir, const char *name)
{
	int dir = openat(archive_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct part_name *parts;
	size_t num;
	int ret;

	if (dir < 0)
		return errno == ENOTDIR ? 0 : -errno;
	ret = epoch_parts(dir, &parts, &num);
	close(dir);
	if (ret)
		return ret;
	free(parts);
	return num ? -EUCLEAN : 0;
}

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
		return errno == ENOENT || errno == ENOTDIR ?
		       check_not_begun(list->dir, name) : -errno;
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
