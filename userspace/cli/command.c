/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"

int cf_command_print_help(const struct cf_command *command)
{
	(void)printf("usage: cofferdam %s %s\n\n%s\n", command->name, command->usage,
		     command->summary);
	if (command->help[0])
		(void)printf("\n%s", command->help);
	return CF_EXIT_OK;
}

const char *cf_command_data_directory(void)
{
	const char *directory = getenv("COFFERDAM_DATA_DIR");

	return directory && directory[0] ? directory : CF_DATA_DIR;
}

int cf_options_read(const struct cf_command *command, const struct cf_options *options,
		    int n_arguments, char *arguments[], int *ret_operands)
{
	const char *bad;

	switch (cf_options_parse(options, n_arguments, arguments, ret_operands, &bad)) {
	case CF_OPTIONS_OK:
		return -1;
	case CF_OPTIONS_HELP:
		return cf_command_print_help(command);
	case CF_OPTIONS_UNKNOWN:
		cf_say("%s: unknown option '%s'; see 'cofferdam %s --help'", command->name, bad,
		       command->name);
		break;
	case CF_OPTIONS_NO_VALUE:
		cf_say("%s: option '%s' needs a value; see 'cofferdam %s --help'", command->name,
		       bad, command->name);
		break;
	case CF_OPTIONS_EXTRA_VALUE:
		cf_say("%s: option '%s' takes no value; see 'cofferdam %s --help'", command->name,
		       bad, command->name);
		break;
	}
	return CF_EXIT_USAGE;
}
