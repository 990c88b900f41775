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
} commands[] = {
	{ "archive", cmd_archive, "[--daemon] [--dry-run] [OPTION...]",
	  "save the list's records, then drop them from the kernel" },
	{ "attest", cmd_attest, "--nonce HEX --from N --output DIR",
	  "quote the PCRs, and give exactly the records up to there" },
	{ "export", cmd_export, "[--from N] [--count M] [--format F]",
	  "write records of archive and list, from any one on" },
	{ "follow", cmd_follow, "FILE",
	  "keep an ascii file that stock agents can read as the list" },
	{ "quote", cmd_quote, "[--nonce HEX]",
	  "have the TPM sign the PCR, and store that with the archive" },
	{ "status", cmd_status, "[--json | --prometheus]",
	  "say how archive and kernel stand" },
	{ "verify", cmd_verify, "[OPTION...] [FILE...]",
	  "judge records against PCR values" },
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

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return usage_error("a command is missing");
	if (!strcmp(argv[1], "--help")) {
		show_help(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("ima-log " IMA_LOG_VERSION);
		return EXIT_OK;
	}
	for (i = 0; i < NUM_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].func(argc - 1, argv + 1);
	return usage_error("no such command: %s", argv[1]);
}
