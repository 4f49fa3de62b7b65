/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/number.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/event_text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "policy/diag.h"

struct watch {
	struct cf_event_text format;
	const char *agent; /* name, or name#id; NULL: all */
	bool is_json;
	bool denials_only;
	uint64_t after;
};

static bool is_wanted(const struct watch *watch, const json_t *event)
{
	const json_t *agent = json_object_get(event, "agent");
	const char *name = json_string_value(json_object_get(agent, "name"));
	char full[128];

	if (watch->denials_only && cf_event_is_observed(event))
		return false;
	if (!watch->agent || !name)
		return true;
	(void)snprintf(full, sizeof(full), "%.64s#%" PRId64, name,
		       (int64_t)json_integer_value(json_object_get(agent, "id")));
	return strcmp(watch->agent, name) == 0 || strcmp(watch->agent, full) == 0;
}

static bool print_event(const char *line, void *userdata)
{
	struct watch *watch = userdata;
	CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};
	json_t *event = json_loads(line, 0, NULL);

	if (!event)
		return true; /* not an event: a newer daemon's, perhaps */
	if (is_wanted(watch, event)) {
		if (watch->is_json)
			(void)puts(line);
		else
			cf_event_text_append(&watch->format, event, &text);
		if (text.data)
			(void)fputs(text.data, stdout);
	}
	json_decref(event);
	/* One by one, as somebody waits for them; the end of a pipe ends it. */
	return fflush(stdout) == 0;
}

static int run(const struct cf_command *command, int n_arguments, char *arguments[])
{
	struct watch watch = {};
	const char *after = NULL;
	bool follows = false;
	const struct cf_option options[] = {
		{"follow", 'f', &follows, NULL},
		{"json", 0, &watch.is_json, NULL},
		{"explain", 0, &watch.format.explains, NULL},
		{"denials", 0, &watch.denials_only, NULL},
		{"agent", 0, NULL, &watch.agent},
		{"after", 0, NULL, &after},
	};
	const struct cf_options known = {options, sizeof(options) / sizeof(options[0]), false};
	struct cf_diag diag = {};
	uint64_t id = 0;
	char path[128];
	int n_operands;
	int status = cf_options_read(command, &known, n_arguments, arguments, &n_operands);

	if (status >= 0)
		return status;
	if (n_operands > 0) {
		cf_say("events: takes no operand, found '%s'; see 'cofferdam events --help'",
		       arguments[0]);
		return CF_EXIT_USAGE;
	}
	if (after && cf_number_parse(after, 0, UINT64_MAX, &watch.after) < 0) {
		cf_say("events: '--after %s': expected a number", after);
		return CF_EXIT_USAGE;
	}
	if (watch.agent && cf_number_parse(watch.agent, 1, UINT32_MAX, &id) == 0)
		watch.agent = NULL; /* the daemon chooses by number */
	watch.format.width = cf_output_width();
	(void)snprintf(path, sizeof(path), "/v1/events?follow=%d&after=%" PRIu64 "&agent=%" PRIu64,
		       follows, watch.after, id);
	if (cf_client_stream(path, print_event, &watch, &diag) < 0) {
		cf_say_diag(&diag);
		return CF_EXIT_NO;
	}
	return CF_EXIT_OK;
}

const struct cf_command cf_command_events = {
	.name = "events",
	.usage = "[-f] [--denials] [--json] [--explain] [--agent AGENT] [--after ID]",
	.summary = "show what agents were denied, and what is observed of them",
	.help = "  -f, --follow       go on with new events as they come\n"
		"  --denials          only what was denied, or would have been; losses as well\n"
		"  --json             JSON lines, one object for each event\n"
		"  --explain          say why, and the rule that would have allowed it\n"
		"  --agent AGENT      only this agent's: its id, its name, or NAME#ID\n"
		"  --after ID         only events after the one with this id (see --json)\n",
	.run = run,
};
