/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/policy_source.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"

/* Compiles a named policy for this user and place, and says what is wrong with it. */
static int compile(const char *name, bool is_file, const char *workspace,
		   struct cf_layer **ret_layer)
{
	CF_CLEANUP(cf_library_done)
	struct cf_library library = {.data_directory = cf_command_data_directory()};
	cf_auto_free char *text = NULL;
	struct cf_policy_source source = {};
	struct cf_policy_variables variables;
	struct cf_diag diag = {};
	struct cf_surroundings place;
	int r;

	r = cf_policy_source_read(name, is_file, &source, &text, &diag);
	if (r == 0)
		r = cf_surroundings_find(workspace, &place, &diag);
	if (r == 0) {
		cf_surroundings_variables(&place, "agent", &variables);
		r = cf_library_compile(&library, &source, &variables, ret_layer, &diag);
	}
	if (r == 0)
		return 0;
	cf_say_diag(&diag);
	if (text && strcmp(diag.file, name) == 0)
		cf_say_source_line(&diag, text, source.size);
	return r;
}

static int check(int n_files, char *files[], const char *workspace)
{
	int status = CF_EXIT_OK;

	if (n_files == 0) {
		cf_say("policy check: no file; see 'cofferdam policy --help'");
		return CF_EXIT_USAGE;
	}
	for (int i = 0; i < n_files; i++) {
		cf_auto_free struct cf_layer *layer = NULL;

		if (compile(files[i], true, workspace, &layer) < 0) {
			status = CF_EXIT_NO;
			continue;
		}
		cf_print_text(files[i]);
		(void)printf(": ok, %u rules\n", layer->n_sources - 1);
	}
	return status;
}

static int show(int n_names, char *names[], const char *workspace)
{
	cf_auto_free struct cf_layer *layer = NULL;
	cf_auto_free char *text = NULL;

	if (n_names != 1) {
		cf_say("policy show: expected one name or file; see 'cofferdam policy --help'");
		return CF_EXIT_USAGE;
	}
	if (compile(names[0], cf_policy_source_is_file(names[0]), workspace, &layer) < 0)
		return CF_EXIT_NO;
	if (cf_policy_print(layer, &text) < 0) {
		cf_say("no memory");
		return CF_EXIT_NO;
	}
	(void)fputs(text, stdout);
	return CF_EXIT_OK;
}

static int run(const struct cf_command *command, int n_arguments, char *arguments[])
{
	const char *workspace = NULL;
	const struct cf_option options[] = {{"workspace", 'w', NULL, &workspace}};
	const struct cf_options known = {options, 1, false};
	int n_operands;
	int status = cf_options_read(command, &known, n_arguments, arguments, &n_operands);

	if (status >= 0)
		return status;
	if (n_operands > 0 && strcmp(arguments[0], "check") == 0)
		return check(n_operands - 1, arguments + 1, workspace);
	if (n_operands > 0 && strcmp(arguments[0], "show") == 0)
		return show(n_operands - 1, arguments + 1, workspace);
	cf_say("policy: expected 'check' or 'show'%s%s%s; see 'cofferdam policy --help'",
	       n_operands > 0 ? ", found '" : "", n_operands > 0 ? arguments[0] : "",
	       n_operands > 0 ? "'" : "");
	return CF_EXIT_USAGE;
}

const struct cf_command cf_command_policy = {
	.name = "policy",
	.usage = "check FILE... | show NAME|FILE [-w DIR]",
	.summary = "check policies, or show one merged with all that it extends",
	.help = "  check FILE...      say whether each is sound; needs no daemon\n"
		"  show NAME|FILE     print the policy as it would be in force here\n"
		"  -w, --workspace DIR  the workspace (default: the current folder)\n",
	.run = run,
};
