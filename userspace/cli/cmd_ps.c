/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "policy/diag.h"

#define CELL_SIZE 32

static const char *text_of(const json_t *agent, const char *member)
{
	return json_string_value(json_object_get(agent, member));
}

static const char *number_of(const json_t *agent, const char *member, char cell[CELL_SIZE])
{
	(void)snprintf(cell, CELL_SIZE, "%" PRId64,
		       (int64_t)json_integer_value(json_object_get(agent, member)));
	return cell;
}

static const char *owner_of(const json_t *agent, char cell[CELL_SIZE])
{
	json_int_t uid = json_integer_value(json_object_get(agent, "uid"));
	const struct passwd *entry = getpwuid((uid_t)uid);

	(void)snprintf(cell, CELL_SIZE, "%" PRId64, (int64_t)uid);
	return entry ? entry->pw_name : cell;
}

/* "2026-11-21T14:03:12.000412Z" as local date and minute. */
static const char *since_of(const json_t *agent, char cell[CELL_SIZE])
{
	const char *since = text_of(agent, "since");
	struct tm parts = {}, local;
	time_t seconds;

	(void)snprintf(cell, CELL_SIZE, "-");
	if (!since || !strptime(since, "%Y-%m-%dT%H:%M:%S", &parts))
		return cell;
	seconds = timegm(&parts);
	if (localtime_r(&seconds, &local))
		(void)strftime(cell, CELL_SIZE, "%F %H:%M", &local);
	return cell;
}

/* What was decided but can be read nowhere: lost in the kernel, or on the way to the api. */
static const char *dropped_of(const json_t *agent, char cell[CELL_SIZE])
{
	(void)snprintf(cell, CELL_SIZE, "%" PRId64,
		       (int64_t)(json_integer_value(json_object_get(agent, "dropped")) +
				 json_integer_value(json_object_get(agent, "lost"))));
	return cell;
}

static int print_table(const json_t *agents)
{
	CF_CLEANUP(cf_table_free) struct cf_table *table = cf_table_new(9);
	const json_t *agent;
	size_t i;

	cf_table_add(table, "ID", "NAME", "POLICY", "MODE", "OWNER", "PIDS", "SINCE", "DENIALS",
		     "DROPPED");
	json_array_foreach(agents, i, agent)
	{
		char id[CELL_SIZE], owner[CELL_SIZE], pids[CELL_SIZE], since[CELL_SIZE];
		char denials[CELL_SIZE], dropped[CELL_SIZE];

		cf_table_add(table, number_of(agent, "id", id), text_of(agent, "name"),
			     text_of(agent, "policy"), text_of(agent, "mode"),
			     owner_of(agent, owner), number_of(agent, "pids", pids),
			     since_of(agent, since), number_of(agent, "denials", denials),
			     dropped_of(agent, dropped));
	}
	cf_table_print(table);
	return CF_EXIT_OK;
}

static int run(const struct cf_command *command, int n_arguments, char *arguments[])
{
	bool is_json = false;
	const struct cf_option options[] = {{"json", 0, &is_json, NULL}};
	const struct cf_options known = {options, 1, false};
	struct cf_diag diag = {};
	json_t *reply = NULL;
	int n_operands;
	int status = cf_options_read(command, &known, n_arguments, arguments, &n_operands);

	if (status >= 0)
		return status;
	if (n_operands > 0) {
		cf_say("ps: takes no operand, found '%s'; see 'cofferdam ps --help'", arguments[0]);
		return CF_EXIT_USAGE;
	}
	if (cf_client_call("GET", "/v1/agents", NULL, &reply, &diag) < 0) {
		cf_say_diag(&diag);
		return CF_EXIT_NO;
	}
	if (is_json)
		return cf_print_json(reply);
	status = print_table(json_object_get(reply, "agents"));
	json_decref(reply);
	return status;
}

const struct cf_command cf_command_ps = {
	.name = "ps",
	.usage = "[--json]",
	.summary = "list agents: root sees all, others their own",
	.help = "  --json             the same as JSON\n",
	.run = run,
};
