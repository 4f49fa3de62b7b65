/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/body.h"
#include "api/event_json.h"
#include "api/http.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/number.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"
#include "profiles/library.h"
#include "wire/sealed.h"

#define DAEMON_HINT "see 'systemctl status cofferdamd'"

static void fail_link(struct cf_request *request, int error)
{
	struct cf_diag diag = {};

	(void)cf_diag_set(&diag, error, "CF-A007", "", 0, 0, DAEMON_HINT,
			  "cofferdamd does not answer: %s", strerror(-error));
	cf_request_fail(request, MHD_HTTP_SERVICE_UNAVAILABLE, &diag);
}

/* ------------------------------------------------------------- GET /v1/agents */

static void reply_list(struct cf_request *request)
{
	struct cf_api_agent *agent, *next;
	json_t *list = json_array();

	HASH_ITER(hh, request->api->agents.by_id, agent, next) {
		if (!agent->is_gone && cf_api_agent_is_visible(agent, request->client->uid))
			(void)json_array_append_new(list, cf_api_agent_to_json(agent));
	}
	cf_request_reply(request, MHD_HTTP_OK,
			 json_pack("{s:i, s:o}", "version", CF_API_VERSION, "agents", list));
}

static void reply_one(struct cf_request *request)
{
	const char *text = request->path + strlen("/v1/agents/");
	struct cf_api_agent *agent = NULL;
	struct cf_diag diag = {};
	uint64_t id;

	if (cf_number_parse(text, 1, UINT32_MAX, &id) == 0)
		agent = cf_api_agents_find(&request->api->agents, (uint32_t)id);
	/* One that is not the caller's is as if it were not there. */
	if (!agent || !cf_api_agent_is_visible(agent, request->client->uid)) {
		(void)cf_diag_set(&diag, -ENOENT, "CF-A005", "", 0, 0, "see 'cofferdam ps'",
				  "no such agent");
		cf_request_fail(request, MHD_HTTP_NOT_FOUND, &diag);
		return;
	}
	cf_request_reply(request, MHD_HTTP_OK,
			 json_pack("{s:i, s:o}", "version", CF_API_VERSION, "agent",
				   cf_api_agent_to_json(agent)));
}

/* Rows update what is known of each agent; the reply is made at the end. */
static void on_status(const union cf_message *message, void *userdata)
{
	struct cf_request *request = userdata;
	struct cf_api_agent *agent;

	if (message->header.type == CF_MESSAGE_STATUS) {
		agent = cf_api_agents_find(&request->api->agents, message->status.agent);
		if (agent)
			agent->status = message->status;
	} else if (strcmp(request->path, "/v1/agents") == 0) {
		reply_list(request);
	} else {
		reply_one(request);
	}
}

void cf_api_list_agents(struct cf_request *request)
{
	struct cf_message_plain message;
	int r;

	cf_message_init(&message, CF_MESSAGE_STATUS_GET, 1);
	r = cf_link_ask(&request->api->link, &message, NULL, 0, on_status, request);
	if (r < 0)
		fail_link(request, r);
	else
		cf_request_wait(request);
}

void cf_api_show_agent(struct cf_request *request)
{
	cf_api_list_agents(request);
}

/* ------------------------------------------------------------ POST /v1/agents */

static unsigned int status_of(uint32_t error)
{
	switch (error) {
	case EPERM:
	case EEXIST:
		return MHD_HTTP_FORBIDDEN;
	case ESRCH:
		return MHD_HTTP_CONFLICT;
	case EAGAIN:
	case ENOSPC:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	case E2BIG:
		return MHD_HTTP_UNPROCESSABLE_CONTENT;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

static void reply_agent(struct cf_request *request, const struct cf_api_agent *agent)
{
	const struct cf_layer *layer = agent->layers[agent->n_layers - 1];
	bool keeps = false;

	for (size_t i = 0; i < agent->n_layers; i++)
		keeps = keeps || cf_layer_keeps(agent->layers[i]);
	cf_request_reply(request, MHD_HTTP_CREATED,
			 json_pack("{s:i, s:o, s:b, s:b, s:b}", "version", CF_API_VERSION, "agent",
				   cf_api_agent_to_json(agent), "no_new_privs",
				   !(layer->flags & CF_LAYER_SETUID_EXEC), "needs_filter", keeps,
				   "tmp_writable", (int)request->is_tmp_writable));
}

static void on_created(const union cf_message *message, void *userdata)
{
	const struct cf_message_agent_created *created = &message->agent_created;
	struct cf_request *request = userdata;
	struct cf_api_agent *agent;
	struct cf_diag diag = {};

	if (created->error == 0) {
		agent = cf_api_agents_find(&request->api->agents, created->agent);
		if (agent) {
			reply_agent(request, agent);
			return;
		}
		/* It was told and ended already, with the child. */
		(void)cf_diag_set(&diag, -ESRCH, "CF-A007", "", 0, 0, "",
				  "the agent ended before it began");
		cf_request_fail(request, MHD_HTTP_CONFLICT, &diag);
		return;
	}
	(void)cf_diag_set(&diag, 0, created->problem.code, "", 0, 0, created->problem.hint, "%s",
			  created->problem.message);
	cf_request_fail(request, status_of(created->error), &diag);
}

static int compile(struct cf_request *request, const struct cf_create_body *body,
		   struct cf_layer **ret_layer, struct cf_diag *diag)
{
	CF_CLEANUP(cf_library_done)
	struct cf_library library = {.data_directory = request->api->data_directory};
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	const struct cf_policy_source source = {
		.name = body->policy_name,
		.file = body->policy_file,
		.text = body->policy_text,
		.size = body->policy_size,
	};
	struct cf_policy_variables variables = {
		.workspace = body->workspace,
		.home = body->home,
		.user = body->user,
		.tmp = body->tmp,
	};
	int r = cf_library_parse(&library, &source, &policy, diag);

	if (r < 0)
		return r;
	/* ${agent} is the agent's name, and that is the policy's unless the caller gave one. */
	variables.agent = body->name ? body->name : cf_policy_name(policy);
	r = cf_policy_compile(policy, &variables, ret_layer, diag);
	if (r == 0 && body->is_audit)
		(*ret_layer)->flags |= CF_LAYER_AUDIT;
	return r;
}

static bool is_writable(const struct cf_layer *layer, const char *path)
{
	const uint16_t wanted = CF_RIGHT_CREATE | CF_RIGHT_WRITE;

	return path && (cf_layer_rights_at(layer, path) & wanted) == wanted;
}

static int ask_daemon(struct cf_request *request, const struct cf_create_body *body,
		      const struct cf_layer *layer)
{
	struct cf_message_agent_create message;
	cf_auto_fd int fd = -1;
	int r = cf_sealed_create("cofferdam-layer", layer, layer->size, &fd);

	if (r < 0)
		return r;
	cf_message_init(&message, CF_MESSAGE_AGENT_CREATE, 1);
	message.connection = request->client->connection;
	message.pid = body->pid;
	cf_text_copy(message.name, sizeof(message.name), body->name ? body->name : layer->name);
	return cf_link_ask(&request->api->link, &message, &fd, 1, on_created, request);
}

void cf_api_create_agent(struct cf_request *request)
{
	CF_CLEANUP(cf_create_body_done) struct cf_create_body body = {};
	cf_auto_free struct cf_layer *layer = NULL;
	struct cf_diag diag = {};
	int r;

	r = cf_create_body_parse(request->body.data, request->body.size, &body, &diag);
	if (r < 0) {
		cf_request_fail(request, MHD_HTTP_BAD_REQUEST, &diag);
		return;
	}
	r = compile(request, &body, &layer, &diag);
	if (r < 0) {
		cf_request_fail(request,
				r == -ENOENT ? MHD_HTTP_NOT_FOUND : MHD_HTTP_UNPROCESSABLE_CONTENT,
				&diag);
		return;
	}
	request->is_tmp_writable = is_writable(layer, body.tmp);
	r = ask_daemon(request, &body, layer);
	if (r < 0)
		fail_link(request, r);
	else
		cf_request_wait(request);
}
