// SPDX-License-Identifier: GPL-2.0-or-later
#include "archive_options.h"
#include "program.h"

const char archive_help[] =
	"  --daemon             save again and again, until SIGTERM\n"
	"  --interval SECONDS   with --daemon: this often (60)\n"
	"  --records N          and as soon as the list has N records\n"
	"  --bytes SIZE         or shows about SIZE bytes\n"
	"  --archive DIR        the archive\n"
	"  --user NAME          the user to become, who owns the archive\n"
	"  --archive-only       remove nothing from the kernel's list\n"
	"  --dry-run            print the request to the kernel, do nothing\n"
	"  --segment-size SIZE  begin a new file at about SIZE bytes (16M)\n"
	"  --keep-epochs N      remove the oldest closed epochs beyond N,\n"
	"  --max-bytes SIZE     or while the archive is larger than SIZE,\n"
	"  --keep-free SIZE     or while less than SIZE is free\n"
	"  --tcti CONF          the TPM whose reset count tells epochs apart\n"
	"  --securityfs DIR     IMA's directory in securityfs\n";

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
	{ "daemon", no_argument, NULL, 'd' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ 0 }
};

static bool set_epochs(struct archive_options *o, const char *value)
{
	uint64_t number;

	if (!dec_parse(value, &number) || number > UINT32_MAX)
		return false;
	o->retention.keep_epochs = number;
	return true;
}

static bool set(struct archive_options *o, int option, const char *value)
{
	switch (option) {
	case 'a': o->archive = value; return true;
	case 's': o->securityfs = value; return true;
	case 't': o->tcti = value; return true;
	case 'u': o->user = value; return true;
	case 'i': return dec_parse(value, &o->interval) && o->interval;
	case 'r': return dec_parse(value, &o->records);
	case 'b': return parse_size(value, &o->bytes);
	case 'S': return parse_size(value, &o->segment) && o->segment;
	case 'k': return set_epochs(o, value);
	case 'm': return parse_size(value, &o->retention.max_bytes);
	case 'f': return parse_size(value, &o->retention.keep_free);
	case 'o': o->only_save = true; return true;
	case 'd': o->daemon = true; return true;
	case 'n': o->dry_run = true; return true;
	default: return false;
	}
}

int archive_options_read(struct archive_options *o, int argc, char **argv)
{
	int option, index = 0;

	*o = (struct archive_options){ .interval = 60,
				       .segment = SEGMENT_MAX };
	while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (option == '?')
			return usage_error("archive: see ima-log-archive(1)");
		if (!set(o, option, optarg))
			return usage_error("archive: --%s cannot be \"%s\"",
					   options[index].name, optarg);
	}
	if (optind < argc)
		return usage_error("archive: \"%s\" is not an option",
				   argv[optind]);
	return EXIT_OK;
}
