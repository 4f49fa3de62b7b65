/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cofferdam-api as a whole: what its parts share.
 *
 * Layer 3 (api).
 */
#ifndef CF_API_API_H
#define CF_API_API_H

#include <poll.h>

#include "api/agents.h"
#include "api/history.h"
#include "api/link.h"

struct cf_http;
struct cf_request;
struct cf_stream;

struct cf_api {
	const char *data_directory;
	struct cf_link link;
	struct cf_api_agents agents;
	struct cf_history history;
	struct cf_http *http;
	struct cf_stream *streams; /* open event streams, a utlist */
};

/* Answers one request: the table of routes. */
void cf_api_route(struct cf_request *request);

/* The routes' handlers. */
void cf_api_get_state(struct cf_request *request);
void cf_api_list_agents(struct cf_request *request);
void cf_api_show_agent(struct cf_request *request);
void cf_api_create_agent(struct cf_request *request);
void cf_api_get_events(struct cf_request *request);

/* Wakes the streams: the history has grown. */
void cf_api_streams_wake(struct cf_api *api);

/* The sockets of streams that sleep, to be watched for their end; their number. */
size_t cf_api_streams_watch(const struct cf_api *api, struct pollfd *poll_fds, size_t max);

/* Ends the stream that sleeps on this socket, as its client is gone. */
void cf_api_streams_close(struct cf_api *api, int fd);

/* For struct cf_history: a record goes that some stream may not have sent yet. */
void cf_api_streams_evicted(const struct cf_record *record, void *userdata);

#endif /* CF_API_API_H */
