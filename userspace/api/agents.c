/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/agents.h"
#include "api/timestamp.h"
#include "base/cleanup.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "wire/sealed.h"

static void agent_free(struct cf_api_agent **agent)
{
	if (!*agent)
		return;
	for (size_t i = 0; i < (*agent)->n_layers; i++)
		free((*agent)->layers[i]);
	free(*agent);
	*agent = NULL;
}

struct cf_api_agent *cf_api_agents_find(struct cf_api_agents *agents, uint32_t id)
{
	struct cf_api_agent *agent;

	HASH_FIND(hh, agents->by_id, &id, sizeof(id), agent);
	return agent;
}

int cf_api_agents_add(struct cf_api_agents *agents, const struct cf_packet *packet)
{
	const struct cf_message_agent *message = &packet->message.agent;
	struct cf_api_agent *known = cf_api_agents_find(agents, message->agent);
	CF_CLEANUP(agent_free) struct cf_api_agent *agent = NULL;

	if (known) {
		cf_text_copy(known->cgroup, sizeof(known->cgroup), message->cgroup);
		return 0;
	}
	agent = calloc(1, sizeof(*agent));
	if (!agent)
		return -ENOMEM;
	agent->id = message->agent;
	agent->uid = message->uid;
	agent->gid = message->gid;
	agent->since_us = message->since_us;
	cf_text_copy(agent->name, sizeof(agent->name), message->name);
	cf_text_copy(agent->cgroup, sizeof(agent->cgroup), message->cgroup);
	for (size_t i = 0; i < packet->n_fds; i++) {
		int r = cf_sealed_read_layer(packet->fds[i], &agent->layers[i], NULL);

		if (r < 0)
			return r;
		agent->n_layers++;
	}
	HASH_ADD(hh, agents->by_id, id, sizeof(agent->id), agent);
	(void)cf_steal_ptr(agent);
	return 0;
}

static void forget(struct cf_api_agents *agents, struct cf_api_agent *agent)
{
	HASH_DEL(agents->by_id, agent);
	agent_free(&agent);
}

void cf_api_agents_end(struct cf_api_agents *agents, const struct cf_message_status *last)
{
	struct cf_api_agent *agent = cf_api_agents_find(agents, last->agent);

	if (!agent)
		return;
	agent->is_gone = true;
	agent->status = *last;
	if (agent->n_events == 0)
		forget(agents, agent);
}

void cf_api_agents_release(struct cf_api_agents *agents, struct cf_api_agent *agent)
{
	agent->n_events--;
	if (agent->is_gone && agent->n_events == 0)
		forget(agents, agent);
}

void cf_api_agents_done(struct cf_api_agents *agents)
{
	struct cf_api_agent *agent, *next;

	HASH_ITER(hh, agents->by_id, agent, next)
		forget(agents, agent);
}

bool cf_api_agent_is_visible(const struct cf_api_agent *agent, uint32_t uid)
{
	return uid == 0 || agent->uid == uid;
}

const char *cf_api_agent_mode(const struct cf_api_agent *agent)
{
	/* As in cf_domain_build(): audit only if every layer says so. */
	for (size_t i = 0; i < agent->n_layers; i++) {
		if (!(agent->layers[i]->flags & CF_LAYER_AUDIT))
			return "enforce";
	}
	return "audit";
}

json_t *cf_api_agent_to_json(const struct cf_api_agent *agent)
{
	const struct cf_message_status *status = &agent->status;
	char since[CF_TIME_TEXT_SIZE];

	return json_pack(
		"{s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "id",
		(json_int_t)agent->id, "name", agent->name, "policy",
		agent->n_layers > 0 ? agent->layers[agent->n_layers - 1]->name : "", "mode",
		cf_api_agent_mode(agent), "uid", (json_int_t)agent->uid, "since",
		cf_time_format(agent->since_us, since), "cgroup", agent->cgroup, "pids",
		(json_int_t)status->n_tasks, "denials", (json_int_t)status->decided, "delivered",
		(json_int_t)status->delivered, "dropped", (json_int_t)status->dropped, "unknown",
		(json_int_t)status->unknown, "observed", (json_int_t)status->observed,
		"observed_dropped", (json_int_t)status->observed_dropped, "lost",
		(json_int_t)status->lost);
}
