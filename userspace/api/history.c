/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "api/event_json.h"
#include "api/history.h"
#include "api/timestamp.h"

/* Whether the message's own number and time are an event's or a loss's. */
static bool is_event(const struct cf_message_header *message)
{
	return message->type == CF_MESSAGE_EVENT;
}

static void record_free(struct cf_history *history, struct cf_record *record)
{
	struct cf_api_agent *agent = record->agent;

	DL_DELETE(history->records, record);
	history->n_records--;
	free(record);
	cf_api_agents_release(history->agents, agent);
}

static struct cf_api_agent *find_largest(const struct cf_history *history)
{
	struct cf_api_agent *largest = NULL, *agent, *next;

	HASH_ITER(hh, history->agents->by_id, agent, next) {
		if (!largest || agent->n_events > largest->n_events)
			largest = agent;
	}
	return largest;
}

static void evict(struct cf_history *history)
{
	const struct cf_api_agent *largest = find_largest(history);
	struct cf_record *record;

	DL_FOREACH(history->records, record)
	{
		if (record->agent == largest)
			break;
	}
	if (!record)
		record = history->records;
	if (history->evicted)
		history->evicted(record, history->userdata);
	record_free(history, record);
}

int cf_history_add(struct cf_history *history, struct cf_api_agent *agent,
		   const struct cf_message_header *message)
{
	/* Both types begin with their stream number and their time. */
	const struct cf_message_event *event = (const void *)message;
	const struct cf_message_lost *lost = (const void *)message;
	struct cf_record *record = malloc(sizeof(*record) + message->size);

	if (!record)
		return -ENOMEM;
	memcpy(record->message, message, message->size);
	record->stream = is_event(message) ? event->stream : lost->stream;
	record->time_us = cf_time_from_boot(is_event(message) ? event->time_ns : lost->time_ns);
	record->agent = agent;
	agent->n_events++;
	DL_APPEND(history->records, record);
	history->n_records++;
	while (history->n_records > CF_HISTORY_MAX)
		evict(history);
	return 0;
}

const struct cf_record *cf_history_find_after(const struct cf_history *history, uint64_t after)
{
	const struct cf_record *record = history->records ? history->records->prev : NULL;
	const struct cf_record *found = NULL;

	/* From the end, which is near for those who follow; the first one's prev is the last one. */
	while (record && record->stream > after) {
		found = record;
		if (record == history->records)
			break;
		record = record->prev;
	}
	return found;
}

uint64_t cf_history_last(const struct cf_history *history)
{
	return history->records ? history->records->prev->stream : 0;
}

void cf_history_done(struct cf_history *history)
{
	while (history->records)
		record_free(history, history->records);
}

json_t *cf_record_to_json(const struct cf_record *record)
{
	if (is_event(record->message))
		return cf_event_to_json((const void *)record->message, record->agent,
					record->time_us);
	return cf_lost_to_json((const void *)record->message, record->agent, record->time_us);
}
