/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last events, in memory. When it is full, the agent that has most of it
 * gives up its oldest: one agent's flood does not cost another's events.
 *
 * Layer 3 (api).
 */
#ifndef CF_API_HISTORY_H
#define CF_API_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "api/agents.h"

#define CF_HISTORY_MAX 8192U /* events */

/* An event or a loss, as the daemon sent it. */
struct cf_record {
	struct cf_record *prev, *next; /* in the order of their stream numbers */
	uint64_t stream;
	uint64_t time_us; /* CLOCK_REALTIME */
	struct cf_api_agent *agent;
	struct cf_message_header message[]; /* and the rest of it */
};

/* Told of each record that is given up. */
typedef void (*cf_evicted_fn)(const struct cf_record *record, void *userdata);

struct cf_history {
	struct cf_api_agents *agents; /* borrowed */
	cf_evicted_fn evicted;
	void *userdata;
	struct cf_record *records; /* a utlist of n_records */
	size_t n_records;
};

/**
 * cf_history_add() - keep a CF_MESSAGE_EVENT or CF_MESSAGE_LOST
 * @agent:   whose it is
 * @message: copied
 *
 * Return: 0; -ENOMEM
 */
int cf_history_add(struct cf_history *history, struct cf_api_agent *agent,
		   const struct cf_message_header *message);

/* The first record with a stream number above @after, or NULL. */
const struct cf_record *cf_history_find_after(const struct cf_history *history, uint64_t after);

/* The stream number of the newest record; 0: there is none. */
uint64_t cf_history_last(const struct cf_history *history);

void cf_history_done(struct cf_history *history);

/* The record as a JSON object; a new reference, or NULL if memory ran out. */
json_t *cf_record_to_json(const struct cf_record *record);

#endif /* CF_API_HISTORY_H */
