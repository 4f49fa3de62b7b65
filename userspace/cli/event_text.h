/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events for people: one line each, what is looked for (the path) first,
 * folded before the process where the terminal is narrower.
 *
 *	14:03:12 coding-agent#5 DENY  open read  /home/a/.aws/credentials
 *	         by cat[412]  EACCES  credentials.yaml:14 {path: "...", access: none}
 *
 * Pure. Layer 3 (cli).
 */
#ifndef CF_CLI_EVENT_TEXT_H
#define CF_CLI_EVENT_TEXT_H

#include <stdbool.h>

#include <jansson.h>

struct cf_buffer;

struct cf_event_text {
	unsigned int width; /* columns; 0: never fold */
	bool explains;	    /* a further line with what would have allowed it */
	bool is_utc;	    /* times in UTC, for tests; else local */
};

/* Appends the line or lines of one event, as the API gives it, with newlines. */
void cf_event_text_append(const struct cf_event_text *format, const json_t *event,
			  struct cf_buffer *text);

/* Is it of something that was allowed? What was lost is neither: it may have been a denial. */
bool cf_event_is_observed(const json_t *event);

#endif /* CF_CLI_EVENT_TEXT_H */
