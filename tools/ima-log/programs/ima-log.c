// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log: save, trim, serve and verify the IMA measurement list. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#ifndef IMA_LOG_VERSION
#define IMA_LOG_VERSION "0"
#endif

static const struct command {
	const char *name;
	int (*func)(int argc, char **argv);
	const char *usage;
	const char *what;
	const struct opt *options;
} commands[] = {
	{ "archive", cmd_archive, "[--daemon] [--dry-run] [OPTION...]",
	  "save the list's records, then remove them from the kernel",
	  archive_options },
	{ "attest", cmd_attest, "--nonce HEX --output DIR [--from N]",
	  "quote the PCRs, and write exactly the records up to the quote",
	  attest_options },
	{ "export", cmd_export, "[--from N] [--count M] [--format F]",
	  "write records of archive and list, from any one on",
	  export_options },
	{ "follow", cmd_follow, "[OPTION...] FILE",
	  "keep an ascii file that stock agents can read as the list",
	  follow_options },
	{ "prune", cmd_prune, "--state FILE [--dry-run] [--archive DIR]",
	  "remove old records up to a state that a verifier has kept",
	  prune_options },
	{ "status", cmd_status, "[--json | --prometheus] [OPTION...]",
	  "show the state of the archive and the kernel", status_options },
	{ "verify", cmd_verify, "[OPTION...] [FILE...]",
	  "judge records against PCR values", verify_options },
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int show_help(void)
{
	size_t i;

	puts("Usage: ima-log COMMAND [OPTION...]\n");
	for (i = 0; i < NUM_COMMANDS; i++)
		printf("  %-8s %-40s\n           %s\n", commands[i].name,
		       commands[i].usage, commands[i].what);
	puts("\nExit status: 0 verified or done, 1 does not verify, 2 usage,"
	     "\n3 malformed input, 4 could not be judged or done; status has"
	     "\nothers.  See ima-log(1), and ima-log COMMAND --help.");
	return EXIT_OK;
}

static int show_command_help(const struct command *c)
{
	printf("Usage: ima-log %s %s\n\n%s:\n\n", c->name, c->usage, c->what);
	options_help(c->options);
	printf("\nSee ima-log-%s(1).\n", c->name);
	return EXIT_OK;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "-h") || !strcmp(word, "--help");
}

/* Anywhere, so that nothing is done if somebody only asks. */
static bool asks_for_help(int argc, char **argv)
{
	int i;

	for (i = 2; i < argc && strcmp(argv[i], "--"); i++)
		if (is_help(argv[i]))
			return true;
	return !strcmp(argv[1], "help");
}

/*
 * A daemon that silently forgot its limits, or saved to another place, would
 * be found out late.
 */
static int refuse_old_config(void)
{
	if (access(OLD_CONFIG, F_OK))
		return EXIT_OK;
	report(OLD_CONFIG " is not read any more: move its settings to "
	       DEFAULTS_FILE " as options (\"interval = 60\" is "
	       "ARCHIVE_OPTIONS=--interval=60 there), then remove it");
	return EXIT_USAGE;
}

static int run(const struct command *c, int argc, char **argv)
{
	if (asks_for_help(argc, argv))
		return show_command_help(c);
	if (refuse_old_config())
		return EXIT_USAGE;
	/* a limit of a file's size is an error like a full disk, no death */
	signal(SIGXFSZ, SIG_IGN);
	return c->func(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	if (argc < 2)
		return usage_error("a command is missing");
	if (is_help(name) || (argc == 2 && !strcmp(name, "help")))
		return show_help();
	if (!strcmp(name, "--version")) {
		puts("ima-log " IMA_LOG_VERSION);
		return EXIT_OK;
	}
	if (!strcmp(name, "help"))
		name = argv[2];
	for (i = 0; i < NUM_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return run(&commands[i], argc, argv);
	return usage_error("no such command: %s", name);
}
