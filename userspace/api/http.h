/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP on the sockets that the daemon passes: connections with their peers'
 * credentials, bounded bodies, JSON replies now or later, streams. Routes are
 * in routes.c.
 *
 * Layer 3 (api).
 */
#ifndef CF_API_HTTP_H
#define CF_API_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <microhttpd.h>

#include "base/buffer.h"
#include "wire/protocol.h"

struct cf_api;
struct cf_diag;
struct cf_http;

#define CF_HTTP_MAX_BODY    (2U << 20) /* bytes */
#define CF_HTTP_TIMEOUT_S   15U	       /* of a connection on which nothing comes */
#define CF_HTTP_MAX_CLIENTS 64U	       /* the daemon passes no more */

/* An open connection, and whose it is as the daemon says. */
struct cf_client {
	uint64_t connection;
	uint32_t uid;
	uint32_t gid;
	uint32_t pid;
	uint32_t agent;
	int fd;			     /* libmicrohttpd's, */
	struct MHD_Connection *http; /* and what it calls the connection */
	struct cf_client *prev, *next;
};

/**
 * struct cf_request - one request
 * @api:          everything else
 * @client:       whose; valid as long as the request
 * @connection:   libmicrohttpd's
 * @method:       "GET", ...; valid as long as the request
 * @path:         likewise
 * @body:         what was sent
 * @is_too_large: more was sent than a body may have
 * @is_waiting:   an answer comes later: the connection sleeps
 * @status:       of the reply, once there is one
 * @reply:        the reply, or NULL
 */
struct cf_request {
	struct cf_api *api;
	const struct cf_client *client;
	struct MHD_Connection *connection;
	const char *method;
	const char *path;
	struct cf_buffer body;
	bool is_too_large;
	bool is_routed;
	bool is_waiting;
	bool is_tmp_writable; /* of a new agent: its policy lets it make files in ${tmp} */
	unsigned int status;
	struct MHD_Response *reply;
};

/* Told what to do with a whole request; calls one of the functions below, now or later. */
typedef void (*cf_route_fn)(struct cf_request *request);

int cf_http_new(struct cf_api *api, cf_route_fn route, struct cf_http **ret_http);
void cf_http_free(struct cf_http **http);

/* Readable when there is work for cf_http_run(). */
int cf_http_fd(const struct cf_http *http);

/* Milliseconds after which cf_http_run() wants to be called anyway; -1: never. */
int cf_http_timeout_ms(const struct cf_http *http);

void cf_http_run(struct cf_http *http);

/* Serves a connection; takes the socket over, whatever happens. */
void cf_http_add(struct cf_http *http, const struct cf_message_connection *message, int fd);

/* The value of "?name=value", or NULL. */
const char *cf_request_argument(const struct cf_request *request, const char *name);

/* Puts the request to sleep till one of the replies below. */
void cf_request_wait(struct cf_request *request);

/* Replies with JSON; takes @body over; NULL: memory ran out, which is told. */
void cf_request_reply(struct cf_request *request, unsigned int status, json_t *body);

/* Replies {"version":1,"error":{"code","message","hint","file","line","column"}}. */
void cf_request_fail(struct cf_request *request, unsigned int status, const struct cf_diag *diag);

/* Replies with a response of the caller's making (a stream); takes it over. */
void cf_request_respond(struct cf_request *request, unsigned int status,
			struct MHD_Response *response);

#endif /* CF_API_HTTP_H */
