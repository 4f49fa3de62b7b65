/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/probe_text.h"
#include "policy/diag.h"

#define PROBE_PROGRAM  CF_SBIN_DIR "/cofferdamd"
#define PROBE_TEXT_MAX 65536
#define START_HINT     "start it with 'systemctl start cofferdamd'"

/* What the daemon's program prints, where no daemon is up. */
static int run_probe(char **ret_text)
{
	cf_auto_fd int ours = -1;
	int pipe_fds[2];
	size_t size;
	pid_t pid;
	int r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return cf_errno_negative();
	ours = pipe_fds[0];
	pid = fork();
	if (pid == 0) {
		if (dup2(pipe_fds[1], STDOUT_FILENO) >= 0)
			(void)execl(PROBE_PROGRAM, PROBE_PROGRAM, "--probe", (char *)NULL);
		_exit(CF_EXIT_NOT_FOUND);
	}
	(void)close(pipe_fds[1]); /* the child has its own */
	if (pid < 0)
		return cf_errno_negative();
	r = cf_fd_read_all(ours, PROBE_TEXT_MAX, ret_text, &size);
	/* Its status says what its text says. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

/* The report of the program, with the daemon's absence; NULL with a message said. */
static json_t *probe(const struct cf_diag *why)
{
	cf_auto_free char *text = NULL;
	json_t *report = NULL;
	int r = run_probe(&text);

	if (r == 0)
		report = cf_probe_text_parse(text);
	if (!report) {
		cf_say("doctor: %s, and '%s --probe' gave no report: %s", why->message,
		       PROBE_PROGRAM, r < 0 ? strerror(-r) : "is it installed?");
		return NULL;
	}
	(void)json_object_set_new(report, "version", json_integer(1));
	(void)json_object_set_new(report, "daemon", json_string(why->message));
	(void)json_object_set_new(report, "armed", json_false());
	return report;
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static void print_findings(const json_t *report)
{
	CF_CLEANUP(cf_table_free) struct cf_table *table = cf_table_new(3);
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(report, "findings"), i, finding)
		cf_table_add(table, text_of(finding, "state"), text_of(finding, "name"),
			     text_of(finding, "found"));
	cf_table_print(table);
}

/* The groups of hooks, all armed ones on one line. */
static void print_groups(const json_t *report)
{
	const json_t *groups = json_object_get(report, "groups"), *group;
	size_t n_armed = 0, i;

	if (!groups)
		return;
	json_array_foreach(groups, i, group) n_armed +=
		strcmp(text_of(group, "state"), "armed") == 0;
	(void)printf("\n%zu of %zu hook groups armed:", n_armed, json_array_size(groups));
	json_array_foreach(groups, i, group)
	{
		if (strcmp(text_of(group, "state"), "armed") != 0)
			continue;
		(void)printf(" ");
		cf_print_text(text_of(group, "name"));
	}
	(void)printf("\n");
	json_array_foreach(groups, i, group)
	{
		if (strcmp(text_of(group, "state"), "armed") == 0)
			continue;
		(void)printf("  ");
		cf_print_text(text_of(group, "name"));
		(void)printf(": ");
		cf_print_text(text_of(group, "state"));
		(void)printf("%s: ", json_is_true(json_object_get(group, "needed"))
					     ? ""
					     : " (not needed here)");
		cf_print_text(text_of(group, "reason"));
		(void)printf("\n");
	}
}

static void print_missing_hooks(const json_t *report)
{
	const json_t *hook;
	size_t i;

	json_array_foreach(json_object_get(report, "hooks"), i, hook)
	{
		if (json_is_true(json_object_get(hook, "attached")) ||
		    json_is_true(json_object_get(hook, "on_demand")))
			continue;
		(void)printf("hook %s: ", text_of(hook, "name"));
		(void)printf("%s\n", json_is_true(json_object_get(hook, "present"))
					     ? "not attached"
					     : "this kernel does not have it");
	}
}

/* What to do, one line for each finding that is not well. */
static void print_hints(const json_t *report)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(report, "findings"), i, finding)
	{
		if (!text_of(finding, "hint")[0])
			continue;
		(void)printf("\n");
		cf_print_text(text_of(finding, "name"));
		(void)printf(": ");
		cf_print_text(text_of(finding, "hint"));
		(void)printf("\n");
	}
}

static void print_report(const json_t *report)
{
	const char *absent = text_of(report, "daemon");
	bool can_enforce = json_is_true(json_object_get(report, "can_enforce"));
	bool is_armed = json_is_true(json_object_get(report, "armed"));

	print_findings(report);
	print_groups(report);
	print_missing_hooks(report);
	print_hints(report);
	(void)printf("\nhost:    %s\n", can_enforce ? "can enforce" : "cannot enforce");
	if (absent[0]) {
		(void)printf("daemon:  ");
		cf_print_text(absent);
		(void)printf("%s\n", can_enforce ? "; " START_HINT : "");
		return;
	}
	(void)printf("daemon:  ");
	cf_print_text(text_of(report, "cofferdam"));
	(void)printf(", %s, %" PRId64 " agents\n", is_armed ? "armed" : "NOT ARMED",
		     (int64_t)json_integer_value(json_object_get(report, "agents")));
}

static int run(const struct cf_command *command, int n_arguments, char *arguments[])
{
	bool is_json = false, is_well;
	const struct cf_option options[] = {{"json", 0, &is_json, NULL}};
	const struct cf_options known = {options, 1, false};
	struct cf_diag diag = {};
	json_t *report = NULL;
	int n_operands;
	int status = cf_options_read(command, &known, n_arguments, arguments, &n_operands);

	if (status >= 0)
		return status;
	if (n_operands > 0) {
		cf_say("doctor: takes no operand, found '%s'", arguments[0]);
		return CF_EXIT_USAGE;
	}
	if (cf_client_call("GET", "/v1/state", NULL, &report, &diag) < 0)
		report = probe(&diag);
	if (!report)
		return CF_EXIT_NO;
	is_well = json_is_true(json_object_get(report, "can_enforce")) &&
		  (json_object_get(report, "daemon") ||
		   json_is_true(json_object_get(report, "armed")));
	if (is_json) {
		(void)cf_print_json(report);
	} else {
		print_report(report);
		json_decref(report);
	}
	return is_well ? CF_EXIT_OK : CF_EXIT_NO;
}

const struct cf_command cf_command_doctor = {
	.name = "doctor",
	.usage = "[--json]",
	.summary = "say whether this host can enforce, and what it lacks",
	.help = "  --json             the same as JSON\n"
		"\n"
		"Status 1 if the host cannot enforce, or a daemon runs that is not armed.\n",
	.run = run,
};
