// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of archive, from the command line and the configuration file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "program.h"

static const struct option options[] = {
	{ "archive", required_argument, NULL, 'a' },
	{ "securityfs", required_argument, NULL, 's' },
	{ "tcti", required_argument, NULL, 't' },
	{ "user", required_argument, NULL, 'u' },
	{ "interval", required_argument, NULL, 'i' },
	{ "records", required_argument, NULL, 'r' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "segment-size", required_argument, NULL, 'S' },
	{ "keep-epochs", required_argument, NULL, 'k' },
	{ "max-bytes", required_argument, NULL, 'm' },
	{ "keep-free", required_argument, NULL, 'f' },
	{ "archive-only", no_argument, NULL, 'o' },
	{ "once", no_argument, NULL, '1' },
	{ "daemon", no_argument, NULL, 'd' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "config", required_argument, NULL, 'c' },
	{ 0 }
};

static bool set_text(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
	return *text != NULL;
}

static bool set_epochs(struct config *c, const char *value)
{
	uint64_t number;

	if (!dec_parse(value, &number) || number > UINT32_MAX)
		return false;
	c->retention.keep_epochs = number;
	return true;
}

static bool set(struct config *c, int option, const char *value)
{
	switch (option) {
	case 'a': return set_text(&c->archive, value);
	case 's': return set_text(&c->securityfs, value);
	case 't': return set_text(&c->tcti, value);
	case 'u': return set_text(&c->user, value);
	case 'i': return dec_parse(value, &c->interval) && c->interval;
	case 'r': return dec_parse(value, &c->records);
	case 'b': return parse_size(value, &c->bytes);
	case 'S': return parse_size(value, &c->segment) && c->segment;
	case 'k': return set_epochs(c, value);
	case 'm': return parse_size(value, &c->retention.max_bytes);
	case 'f': return parse_size(value, &c->retention.keep_free);
	case 'o': c->only_save = true; return true;
	case '1': c->daemon = false; return true;
	case 'd': c->daemon = true; return true;
	case 'n': c->dry_run = true; return true;
	default: return false;
	}
}

/* "name = value"; "#" starts a comment.  False if there is nothing else. */
static bool split_line(char *line, char **name, char **value)
{
	size_t len;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, " \t");
	len = strlen(line);
	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	len = strcspn(line, " \t=");
	*name = line;
	*value = line + len + strspn(line + len, " \t=");
	line[len] = '\0';
	return *line;
}

/* The names are the long options. */
static bool config_line(struct config *c, char *line)
{
	const struct option *o;
	char *name, *value;

	if (!split_line(line, &name, &value))
		return true;
	for (o = options; o->name; o++)
		if (!strcmp(o->name, name) && o->val != 'c' && o->val != 'n')
			return (o->has_arg || !*value) &&
			       set(c, o->val, value);
	return false;
}

static const char *config_path(void)
{
	const char *path = getenv("IMA_LOG_CONFIG");

	return path ? path : DEFAULT_CONFIG;
}

char *config_value(const char *wanted)
{
	const char *path = config_path();
	char *text, *line, *name, *value, *found = NULL, *save = NULL;
	size_t len;
	int ret = io_read_file(AT_FDCWD, path, &text, &len);

	if (ret) {
		if (ret != -ENOENT)
			report("%s: %s", path, strerror(-ret));
		return NULL;
	}
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (split_line(line, &name, &value) && !strcmp(name, wanted))
			set_text(&found, value);
	free(text);
	return found;
}

static int read_file(struct config *c, const char *path, bool must)
{
	char *text, *line, *next;
	unsigned int number = 0;
	int ret = EXIT_OK, error;
	size_t len;

	error = io_read_file(AT_FDCWD, path, &text, &len);
	if (error == -ENOENT && !must)
		return EXIT_OK;
	if (error)
		return report_error(path, error);
	for (line = text; line && !ret; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (!config_line(c, line))
			ret = usage_error("%s: line %u is not understood",
					  path, number);
	}
	free(text);
	return ret;
}

static void prefer_environment(char **text, const char *variable)
{
	if (!getenv(variable))
		return;
	free(*text);
	*text = NULL;
}

int config_read(struct config *c, int argc, char **argv)
{
	const char *path = NULL;
	int option, i, ret;

	*c = (struct config){ .interval = 60, .segment = SEGMENT_MAX };
	for (i = 1; i < argc; i++) {	/* it goes first, options override */
		if (!strncmp(argv[i], "--config=", 9))
			path = argv[i] + 9;
		else if (!strcmp(argv[i], "--config") && i + 1 < argc)
			path = argv[i + 1];
	}
	if (path)			/* for config_value(), too */
		setenv("IMA_LOG_CONFIG", path, 1);
	ret = read_file(c, config_path(), path);
	if (!path) {			/* as for the other commands */
		prefer_environment(&c->archive, "IMA_LOG_ARCHIVE");
		prefer_environment(&c->securityfs, "IMA_LOG_SECURITYFS");
	}
	while (!ret &&
	       (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c' ? optarg != path : !set(c, option, optarg))
			ret = usage_error("archive: see ima-log-archive(1)");
	if (!ret && optind < argc)
		ret = usage_error("archive takes no arguments");
	return ret;
}
