/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agents as the daemon told of them, with their layers, which say where
 * each rule was written. An agent that ended is kept while the history has
 * events of it.
 *
 * Layer 3 (api).
 */
#ifndef CF_API_AGENTS_H
#define CF_API_AGENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <uthash.h>

#include "wire/channel.h"

struct cf_layer;

/**
 * struct cf_api_agent - one agent
 * @id:        key
 * @uid:       owner
 * @gid:       owner's
 * @since_us:  CLOCK_REALTIME
 * @name:      as the daemon has it
 * @cgroup:    likewise
 * @n_layers:  of @layers
 * @layers:    checked images, outermost first; owned
 * @is_gone:   it has ended
 * @n_events:  events of it in the history
 * @status:    the last one told
 */
struct cf_api_agent {
	uint32_t id;
	uint32_t uid;
	uint32_t gid;
	uint64_t since_us;
	char name[CF_AGENT_NAME_SIZE];
	char cgroup[256];
	size_t n_layers;
	struct cf_layer *layers[CF_MAX_LAYERS];
	bool is_gone;
	size_t n_events;
	struct cf_message_status status;
	UT_hash_handle hh;
};

/* All that are known; start with all zero. */
struct cf_api_agents {
	struct cf_api_agent *by_id;
};

/**
 * cf_api_agents_add() - take note of an agent that the daemon tells of
 * @packet: CF_MESSAGE_AGENT; borrowed
 *
 * Of an agent that is known already only the cgroup is taken: the daemon tells
 * of each agent twice, as it has none at first.
 *
 * Return: 0; negative errno
 */
int cf_api_agents_add(struct cf_api_agents *agents, const struct cf_packet *packet);

struct cf_api_agent *cf_api_agents_find(struct cf_api_agents *agents, uint32_t id);

/* The agent ended; forgets it if no event of it is kept. */
void cf_api_agents_end(struct cf_api_agents *agents, const struct cf_message_status *last);

/* One event less is kept of it. */
void cf_api_agents_release(struct cf_api_agents *agents, struct cf_api_agent *agent);

void cf_api_agents_done(struct cf_api_agents *agents);

/* Whether a user may know of the agent: root all, others their own. */
bool cf_api_agent_is_visible(const struct cf_api_agent *agent, uint32_t uid);

/* "enforce" or "audit" */
const char *cf_api_agent_mode(const struct cf_api_agent *agent);

/* {"id":, "name":, ...} with its last status; a new reference, or NULL if memory ran out. */
json_t *cf_api_agent_to_json(const struct cf_api_agent *agent);

#endif /* CF_API_AGENTS_H */
