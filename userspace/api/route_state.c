/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/event_json.h"
#include "api/http.h"
#include "api/timestamp.h"
#include "api/words.h"
#include "policy/diag.h"

/* The rows of the answer as they come. */
struct state {
	struct cf_request *request;
	json_t *findings;
	json_t *hooks;
	json_t *groups;
};

static void add_finding(struct state *state, const struct cf_message_finding *row)
{
	(void)json_array_append_new(state->findings,
				    json_pack("{s:s, s:s, s:s, s:s}", "name", row->name, "state",
					      cf_word_finding(row->state), "found", row->found,
					      "hint", row->hint));
}

static void add_hook(struct state *state, const struct cf_message_hook *row)
{
	(void)json_array_append_new(state->hooks,
				    json_pack("{s:s, s:s, s:b, s:b, s:b, s:b}", "name", row->name,
					      "program", row->program, "on_demand",
					      (row->flags & CF_HOOK_ON_DEMAND) != 0, "optional",
					      (row->flags & CF_HOOK_OPTIONAL) != 0, "present",
					      (row->flags & CF_HOOK_PRESENT) != 0, "attached",
					      (row->flags & CF_HOOK_ATTACHED) != 0));
}

static void add_group(struct state *state, const struct cf_message_group *row)
{
	(void)json_array_append_new(state->groups,
				    json_pack("{s:s, s:s, s:b, s:s}", "name", row->name, "state",
					      cf_word_group_state(row->state), "needed",
					      (int)row->is_needed, "reason", row->reason));
}

static void finish(struct state *state, const struct cf_message_state *end)
{
	char since[CF_TIME_TEXT_SIZE];
	json_t *abi = json_pack("{s:I, s:I}", "major", (json_int_t)end->abi_major, "minor",
				(json_int_t)end->abi_minor);

	cf_request_reply(
		state->request, MHD_HTTP_OK,
		json_pack("{s:i, s:s, s:I, s:s, s:s, s:o, s:b, s:b, s:I, s:I, s:I, s:o, s:o, s:o}",
			  "version", CF_API_VERSION, "cofferdam", end->version, "pid",
			  (json_int_t)end->pid, "since", cf_time_format(end->since_us, since),
			  "kernel", end->kernel, "abi", abi, "can_enforce", (int)end->can_enforce,
			  "armed", (int)end->is_armed, "agents", (json_int_t)end->n_agents,
			  "mounts_denied", (json_int_t)end->n_mounts_denied, "events_invalid",
			  (json_int_t)end->n_events_invalid, "findings", state->findings, "groups",
			  state->groups, "hooks", state->hooks));
	free(state);
}

static void on_row(const union cf_message *message, void *userdata)
{
	struct state *state = userdata;

	switch (message->header.type) {
	case CF_MESSAGE_FINDING:
		add_finding(state, &message->finding);
		break;
	case CF_MESSAGE_HOOK:
		add_hook(state, &message->hook);
		break;
	case CF_MESSAGE_GROUP:
		add_group(state, &message->group);
		break;
	case CF_MESSAGE_STATE:
		finish(state, &message->state);
		break;
	default:
		break; /* not a row of this answer */
	}
}

void cf_api_get_state(struct cf_request *request)
{
	struct state *state = calloc(1, sizeof(*state));
	struct cf_message_plain message;
	struct cf_diag diag = {};
	int r = -ENOMEM;

	if (state) {
		state->request = request;
		state->findings = json_array();
		state->hooks = json_array();
		state->groups = json_array();
		cf_message_init(&message, CF_MESSAGE_STATE_GET, 1);
		r = cf_link_ask(&request->api->link, &message, NULL, 0, on_row, state);
	}
	if (r == 0) {
		cf_request_wait(request);
		return;
	}
	if (state) {
		json_decref(state->findings);
		json_decref(state->hooks);
		json_decref(state->groups);
		free(state);
	}
	(void)cf_diag_set(&diag, r, "CF-A007", "", 0, 0, "see 'systemctl status cofferdamd'",
			  "cofferdamd does not answer: %s", strerror(-r));
	cf_request_fail(request, MHD_HTTP_SERVICE_UNAVAILABLE, &diag);
}
