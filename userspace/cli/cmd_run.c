/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/child.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/policy_source.h"
#include "cli/supervise.h"
#include "policy/diag.h"

#define DEFAULT_POLICY "coding-agent"

struct run_options {
	const char *policy;
	const char *workspace;
	const char *name;
	bool is_audit;
};

/* The body of POST /v1/agents; NULL: no memory. */
static json_t *build_request(const struct run_options *options, const struct cf_surroundings *place,
			     const struct cf_policy_source *source, pid_t pid)
{
	json_t *policy;

	if (source->name)
		policy = json_pack("{s:s}", "name", source->name);
	else
		policy = json_pack("{s:s, s:s%}", "file", source->file, "text", source->text,
				   source->size);
	return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s*, s:b, s:I}", "policy", policy, "workspace",
			 place->workspace, "home", place->home, "user", place->user, "tmp",
			 place->tmp, "name", options->name, "audit", options->is_audit, "pid",
			 (json_int_t)pid);
}

/* Has the child confined, and tells it to go on. */
static int confine(const struct run_options *options, const struct cf_surroundings *place,
		   const struct cf_policy_source *source, pid_t pid, int fd, struct cf_diag *diag)
{
	json_t *request = build_request(options, place, source, pid);
	json_t *reply = NULL;
	const json_t *agent;
	const char *name;
	int r;

	if (!request)
		return cf_diag_set(diag, -EINVAL, "", "", 0, 0, "write the policy in UTF-8",
				   "the policy '%s' is not UTF-8 text", options->policy);
	r = cf_client_call("POST", "/v1/agents", request, &reply, diag);
	json_decref(request);
	if (r < 0)
		return r;
	agent = json_object_get(reply, "agent");
	name = json_string_value(json_object_get(agent, "name"));
	/* Only the daemon's clear word that the child is confined lets it go on. */
	if (!name || json_integer_value(json_object_get(agent, "id")) <= 0)
		r = cf_diag_set(diag, -EPROTO, "", "", 0, 0, "see 'cofferdam doctor'",
				"the answer of cofferdamd names no agent");
	if (r == 0) {
		const struct cf_child_orders orders = {
			.agent = (uint32_t)json_integer_value(json_object_get(agent, "id")),
			.name = name,
			.no_new_privs = !json_is_false(json_object_get(reply, "no_new_privs")),
			.needs_filter = !json_is_false(json_object_get(reply, "needs_filter")),
			.sets_tmpdir = json_is_true(json_object_get(reply, "tmp_writable")),
		};

		cf_supervise_prepare();
		r = cf_child_go(fd, &orders);
		if (r < 0)
			(void)cf_diag_set(diag, r, "", "", 0, 0, "",
					  "the command's process is gone");
	}
	json_decref(reply);
	return r;
}

static int start(const struct run_options *options, const struct cf_child_plan *plan)
{
	cf_auto_free char *text = NULL;
	struct cf_policy_source source = {};
	struct cf_ending ending;
	struct cf_diag diag = {};
	struct cf_surroundings place;
	cf_auto_fd int fd = -1;
	pid_t pid = -1;
	int r;

	r = cf_surroundings_find(options->workspace, &place, &diag);
	if (r == 0)
		r = cf_policy_source_read(options->policy,
					  cf_policy_source_is_file(options->policy), &source, &text,
					  &diag);
	if (r == 0) {
		const struct cf_child_plan real = {
			.arguments = plan->arguments,
			.directory = options->workspace ? place.workspace : NULL,
			.tmpdir = cf_tmpdir_is_usable(getenv("TMPDIR")) ? NULL : place.tmp,
		};

		r = cf_child_start(&real, &pid, &fd);
		if (r < 0)
			(void)cf_diag_set(&diag, r, "", "", 0, 0, "", "cannot fork: %s",
					  strerror(-r));
	}
	if (r == 0) {
		r = confine(options, &place, &source, pid, fd, &diag);
		if (r < 0)
			cf_child_abort(pid);
	}
	if (r < 0) {
		cf_say_diag(&diag);
		if (text && strcmp(diag.file, options->policy) == 0)
			cf_say_source_line(&diag, text, source.size);
		return CF_EXIT_RUN_FAILED;
	}
	cf_fd_close(&fd);
	ending = cf_supervise(pid);
	return cf_end_like(&ending);
}

static int run(const struct cf_command *command, int n_arguments, char *arguments[])
{
	struct run_options run_options = {.policy = DEFAULT_POLICY};
	const struct cf_option options[] = {
		{"policy", 'p', NULL, &run_options.policy},
		{"workspace", 'w', NULL, &run_options.workspace},
		{"name", 0, NULL, &run_options.name},
		{"audit", 0, &run_options.is_audit, NULL},
	};
	const struct cf_options known = {options, sizeof(options) / sizeof(options[0]), true};
	struct cf_child_plan plan = {};
	int n_operands;
	int status = cf_options_read(command, &known, n_arguments, arguments, &n_operands);

	if (status >= 0)
		return status;
	if (n_operands == 0) {
		cf_say("run: no command; see 'cofferdam run --help'");
		return CF_EXIT_USAGE;
	}
	if (run_options.name && !cf_agent_name_is_valid(run_options.name)) {
		cf_say("run: '--name %s': expected up to 63 letters, digits, '.', '_' and '-', a letter or digit first",
		       run_options.name);
		return CF_EXIT_USAGE;
	}
	/* The vector ends with the operands: main's argv has a NULL behind its last, options were in front. */
	arguments[n_operands] = NULL;
	plan.arguments = arguments;
	return start(&run_options, &plan);
}

const struct cf_command cf_command_run = {
	.name = "run",
	.usage = "[-p POLICY] [-w DIR] [--audit] [--name NAME] -- COMMAND [ARGUMENT...]",
	.summary = "run a command as an agent, confined by a policy",
	.help = "  -p, --policy POLICY  an installed policy, or a file (with a '/' or '.yaml');\n"
		"                       default: " DEFAULT_POLICY "\n"
		"  -w, --workspace DIR  the folder it works in, and starts in\n"
		"                       (default: the current one)\n"
		"      --name NAME      of the agent (default: the policy's)\n"
		"      --audit          report what the policy would deny, and deny nothing\n"
		"\n"
		"The command keeps its terminal, its signals and its exit status. Status 125:\n"
		"it was not started, with the reason; 126: it cannot be executed; 127: there is\n"
		"no such command; 128+n: it ended by signal n.\n",
	.run = run,
};
