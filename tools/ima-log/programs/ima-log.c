// SPDX-License-Identifier: GPL-2.0-or-later
/* ima-log: save, trim, serve and judge the IMA measurement list. */
#include <stdio.h>
#include <string.h>

#include "program.h"

#ifndef IMA_LOG_VERSION
#define IMA_LOG_VERSION "0"
#endif

static const struct command {
	const char *name;
	int (*func)(int argc, char **argv);
	const char *usage;
	const char *what;
	const char *options;	/* for --help; NULL: see the manual page */
} commands[] = {
	{ "archive", cmd_archive, "[--daemon] [--dry-run] [OPTION...]",
	  "save the list's records, then drop them from the kernel", NULL },
	{ "attest", cmd_attest, "--nonce HEX --output DIR [--from N]",
	  "quote the PCRs, and write exactly the records up to the quote",
	  attest_help },
	{ "export", cmd_export, "[--from N] [--count M] [--format F]",
	  "write records of archive and list, from any one on",
	  export_help },
	{ "follow", cmd_follow, "FILE",
	  "keep an ascii file that stock agents can read as the list", NULL },
	{ "status", cmd_status, "[--json | --prometheus]",
	  "say how archive and kernel stand", NULL },
	{ "verify", cmd_verify, "[OPTION...] [FILE...]",
	  "judge records against PCR values", verify_help },
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void show_help(FILE *out)
{
	size_t i;

	fputs("Usage: ima-log COMMAND [OPTION...]\n\n", out);
	for (i = 0; i < NUM_COMMANDS; i++)
		fprintf(out, "  %-8s %-40s\n           %s\n", commands[i].name,
			commands[i].usage, commands[i].what);
	fputs("\nExit status: 0 verified or done, 1 does not verify, 2 usage,"
	      "\n3 malformed input, 4 could not be judged or done.\n"
	      "See ima-log(1) and ima-log-COMMAND(1).\n", out);
}

static int show_command_help(const struct command *c)
{
	printf("Usage: ima-log %s %s\n\n%s\n\n", c->name, c->usage, c->what);
	if (c->options)
		puts(c->options);
	printf("See ima-log-%s(1).\n", c->name);
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

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	if (argc < 2)
		return usage_error("a command is missing");
	if (is_help(name) || (argc == 2 && !strcmp(name, "help"))) {
		show_help(stdout);
		return EXIT_OK;
	}
	if (!strcmp(name, "--version")) {
		puts("ima-log " IMA_LOG_VERSION);
		return EXIT_OK;
	}
	if (!strcmp(name, "help"))
		name = argv[2];
	for (i = 0; i < NUM_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return asks_for_help(argc, argv) ?
				show_command_help(&commands[i]) :
				commands[i].func(argc - 1, argv + 1);
	return usage_error("no such command: %s", name);
}
