/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/options.h"

const char cf_daemon_usage[] =
	"usage: cofferdamd [--api PROGRAM] [--data-dir DIRECTORY]\n"
	"       cofferdamd --probe | --release-all | --version | --help\n"
	"\n"
	"The privileged part of Cofferdam: loads the kernel part, confines agents, and\n"
	"serves '/run/cofferdam/api.sock' through cofferdam-api. Runs in the foreground.\n"
	"\n"
	"  --api PROGRAM         the unprivileged part (default: installed one)\n"
	"  --data-dir DIRECTORY  where profiles/ and packs/ are (default: installed ones)\n"
	"  --probe               tell what this host lacks, one finding a line with tabs\n"
	"                        between its fields, and leave; status 1 if it cannot enforce\n"
	"  --release-all         take down all that a former daemon left in force, and leave\n"
	"  --version             print the version and leave\n"
	"  --help                print this and leave\n";

struct option_action {
	const char *name;
	enum cf_daemon_action action;
};

static const struct option_action actions[] = {
	{"--probe", CF_DAEMON_PROBE},	  {"--release-all", CF_DAEMON_RELEASE_ALL},
	{"--version", CF_DAEMON_VERSION}, {"--help", CF_DAEMON_HELP},
	{"-h", CF_DAEMON_HELP},
};

static const struct option_action *find_action(const char *argument)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].name, argument) == 0)
			return &actions[i];
	}
	return NULL;
}

/* "--name VALUE" and "--name=VALUE". */
static bool take_value(char *const arguments[], int *i, const char *name, const char **ret_value)
{
	size_t length = strlen(name);

	if (strncmp(arguments[*i], name, length) != 0)
		return false;
	if (arguments[*i][length] == '=' && arguments[*i][length + 1]) {
		*ret_value = arguments[*i] + length + 1;
		return true;
	}
	if (arguments[*i][length] || !arguments[*i + 1])
		return false;
	*ret_value = arguments[++*i];
	return true;
}

int cf_daemon_options_parse(int n_arguments, char *const arguments[],
			    struct cf_daemon_options *ret_options, const char **ret_bad)
{
	struct cf_daemon_options options = {
		.api = CF_LIBEXEC_DIR "/cofferdam-api",
		.data_directory = CF_DATA_DIR,
	};

	for (int i = 1; i < n_arguments; i++) {
		const struct option_action *action = find_action(arguments[i]);

		if (action && options.action == CF_DAEMON_RUN) {
			options.action = action->action;
		} else if (action ||
			   (!take_value(arguments, &i, "--api", &options.api) &&
			    !take_value(arguments, &i, "--data-dir", &options.data_directory))) {
			*ret_bad = arguments[i];
			return -EINVAL;
		}
	}
	*ret_options = options;
	return 0;
}
