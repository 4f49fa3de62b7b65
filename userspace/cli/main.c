/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"

static const struct cf_command *const commands[] = {
	&cf_command_run,    &cf_command_ps,	&cf_command_events,
	&cf_command_policy, &cf_command_doctor, &cf_command_version,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct cf_command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static int print_help(void)
{
	(void)printf("usage: cofferdam COMMAND [ARGUMENT...]\n\n"
		     "Caps what an AI agent can reach on this machine, in the kernel.\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	(void)printf("  %-8s %s\n\n", "help", "print this, or the help of a command");
	(void)printf("Begin with: cofferdam run -- COMMAND\n"
		     "'cofferdam COMMAND --help' tells more; so does cofferdam(1).\n");
	return CF_EXIT_OK;
}

static int help(int n_arguments, char *arguments[])
{
	const struct cf_command *command;

	if (n_arguments == 0)
		return print_help();
	command = find_command(arguments[0]);
	if (command)
		return cf_command_print_help(command);
	cf_say("no command '%s'; see 'cofferdam help'", arguments[0]);
	return CF_EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	const struct cf_command *command;

	if (argc < 2) {
		cf_say("no command; see 'cofferdam help'");
		return CF_EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(argc - 2, argv + 2);
	command = find_command(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
	if (command)
		return command->run(command, argc - 2, argv + 2);
	if (argv[1][0] == '-')
		cf_say("unknown option '%s'; see 'cofferdam help'", argv[1]);
	else
		cf_say("no command '%s'; see 'cofferdam help'", argv[1]);
	return CF_EXIT_USAGE;
}
