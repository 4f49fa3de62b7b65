/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API's client: HTTP and JSON over the daemon's unix socket.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_CLIENT_H
#define CF_CLI_CLIENT_H

#include <stdbool.h>

#include <jansson.h>

struct cf_diag;

#define CF_API_SOCKET_PATH "/run/cofferdam/api.sock"

/**
 * cf_client_call() - one request, one JSON answer
 * @method:    "GET" or "POST"
 * @path:      "/v1/..."
 * @body:      borrowed, or NULL
 * @ret_reply: on success, a new reference
 * @diag:      the daemon's own words, or why it cannot be reached; written on failure only
 *
 * Return: 0; -ECONNREFUSED it is not there; -EPROTO its answer is not what it must be; -EREMOTEIO it said no
 */
int cf_client_call(const char *method, const char *path, const json_t *body, json_t **ret_reply,
		   struct cf_diag *diag);

/* One line of a stream, without its newline; false: enough. */
typedef bool (*cf_client_line_fn)(const char *line, void *userdata);

/**
 * cf_client_stream() - a request whose answer is lines
 *
 * Return: 0 it ended, or enough was had; as cf_client_call()
 */
int cf_client_stream(const char *path, cf_client_line_fn take_line, void *userdata,
		     struct cf_diag *diag);

#endif /* CF_CLI_CLIENT_H */
