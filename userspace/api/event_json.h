/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as the API gives them: one JSON object each. Names of processes are
 * escaped as escape.h says. Pure. Layer 3 (api).
 */
#ifndef CF_API_EVENT_JSON_H
#define CF_API_EVENT_JSON_H

#include <stdint.h>

#include <jansson.h>

struct cf_api_agent;
struct cf_message_event;
struct cf_message_lost;

#define CF_API_VERSION 1 /* of all JSON that the API gives */

/* A new reference; NULL if memory ran out. @time_us is the event's, CLOCK_REALTIME. */
json_t *cf_event_to_json(const struct cf_message_event *event, const struct cf_api_agent *agent,
			 uint64_t time_us);
json_t *cf_lost_to_json(const struct cf_message_lost *lost, const struct cf_api_agent *agent,
			uint64_t time_us);

#endif /* CF_API_EVENT_JSON_H */
