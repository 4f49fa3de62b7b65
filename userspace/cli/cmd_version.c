/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/version.h"
#include "bpf/abi.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"

static int run(const struct cf_command *command, int n_arguments, char *arguments[])
{
	const struct cf_options known = {};
	int n_operands;
	int status = cf_options_read(command, &known, n_arguments, arguments, &n_operands);

	if (status >= 0)
		return status;
	if (n_operands > 0) {
		cf_say("version: takes no operand, found '%s'", arguments[0]);
		return CF_EXIT_USAGE;
	}
	(void)printf("cofferdam %s (abi %d.%d)\n", CF_VERSION, CF_ABI_MAJOR, CF_ABI_MINOR);
	return CF_EXIT_OK;
}

const struct cf_command cf_command_version = {
	.name = "version",
	.usage = "",
	.summary = "print the version",
	.help = "",
	.run = run,
};
