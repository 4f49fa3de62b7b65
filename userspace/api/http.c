/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <utlist.h>

#include "api/api.h"
#include "api/event_json.h"
#include "api/http.h"
#include "api/link.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "policy/diag.h"
#include "wire/log.h"

struct cf_http {
	struct cf_api *api;
	cf_route_fn route;
	struct MHD_Daemon *daemon;
	int fd;
	struct cf_client *clients;
};

static void request_free(struct cf_request *request)
{
	if (request->reply)
		MHD_destroy_response(request->reply);
	cf_buffer_done(&request->body);
	free(request);
}

static struct cf_client *find_client(const struct cf_http *http, int fd)
{
	struct cf_client *client;

	DL_FOREACH(http->clients, client)
	{
		if (client->fd == fd)
			return client;
	}
	return NULL;
}

/* libmicrohttpd has begun with a connection, or ended it. */
static void on_connection(void *userdata, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct cf_http *http = userdata;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct cf_client *client;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		client = info ? find_client(http, info->connect_fd) : NULL;
		if (client)
			client->http = connection;
		*context = client;
		return;
	}
	client = *context;
	if (!client)
		return;
	/* The daemon is gone if this fails, and the loop ends soon. */
	(void)cf_link_close_connection(&http->api->link, client->connection);
	DL_DELETE(http->clients, client);
	free(client);
	*context = NULL;
}

static enum MHD_Result queue(struct cf_request *request)
{
	return MHD_queue_response(request->connection, request->status, request->reply);
}

static struct cf_request *request_new(struct cf_http *http, struct MHD_Connection *connection,
				      const char *path, const char *method)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct cf_request *request;

	/* A connection of nobody's gets no request: it is closed. */
	if (!info || !info->socket_context)
		return NULL;
	request = calloc(1, sizeof(*request));
	if (!request)
		return NULL;
	request->api = http->api;
	request->client = info->socket_context;
	request->connection = connection;
	request->path = path;
	request->method = method;
	return request;
}

static void take_body(struct cf_request *request, const char *data, size_t size)
{
	if (size > CF_HTTP_MAX_BODY - request->body.size)
		request->is_too_large = true;
	if (!request->is_too_large)
		cf_buffer_append(&request->body, data, size);
}

static void refuse_body(struct cf_request *request)
{
	struct cf_diag diag = {};

	(void)cf_diag_set(&diag, 0, "CF-A006", "", 0, 0, "", "the body is larger than %u bytes",
			  CF_HTTP_MAX_BODY);
	cf_request_fail(request, MHD_HTTP_CONTENT_TOO_LARGE, &diag);
}

/* Called with the headers, with each part of the body, at its end, and again when a sleeper wakes. */
static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
				  const char *path, const char *method, const char *version,
				  const char *data, size_t *size, void **context)
{
	struct cf_http *http = userdata;
	struct cf_request *request = *context;

	(void)version;
	if (!request) {
		*context = request_new(http, connection, path, method);
		return *context ? MHD_YES : MHD_NO;
	}
	if (*size > 0) {
		take_body(request, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!request->is_routed) {
		request->is_routed = true;
		if (request->is_too_large || request->body.is_failed)
			refuse_body(request);
		else
			http->route(request);
	}
	if (request->reply)
		return queue(request);
	return request->is_waiting ? MHD_YES : MHD_NO;
}

static void on_completed(void *userdata, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	(void)userdata;
	(void)connection;
	(void)code;
	if (*context)
		request_free(*context);
	*context = NULL;
}

/* What libmicrohttpd has to say is about clients' mistakes. */
static void on_log(void *userdata, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void on_log(void *userdata, const char *format, va_list args)
{
	char line[256];

	(void)userdata;
	(void)vsnprintf(line, sizeof(line), format, args);
	cf_log(LOG_DEBUG, "%s", line);
}

int cf_http_new(struct cf_api *api, cf_route_fn route, struct cf_http **ret_http)
{
	CF_CLEANUP(cf_http_free) struct cf_http *http = calloc(1, sizeof(*http));
	const union MHD_DaemonInfo *info;

	if (!http)
		return -ENOMEM;
	http->api = api;
	http->route = route;
	http->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_CONNECTION_LIMIT, CF_HTTP_MAX_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT,
		CF_HTTP_TIMEOUT_S, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
	if (!http->daemon)
		return -EIO;
	info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return -EIO;
	http->fd = info->epoll_fd;
	*ret_http = cf_steal_ptr(http);
	return 0;
}

/* libmicrohttpd does not stop, but aborts, while connections sleep. */
static void wake_all(const struct cf_http *http)
{
	const struct cf_client *client;

	DL_FOREACH(http->clients, client)
	{
		const union MHD_ConnectionInfo *info =
			client->http
				? MHD_get_connection_info(client->http,
							  MHD_CONNECTION_INFO_CONNECTION_SUSPENDED)
				: NULL;

		if (info && info->suspended == MHD_YES)
			MHD_resume_connection(client->http);
	}
}

void cf_http_free(struct cf_http **http)
{
	if (!*http)
		return;
	wake_all(*http);
	if ((*http)->daemon)
		MHD_stop_daemon((*http)->daemon);
	while ((*http)->clients) {
		struct cf_client *client = (*http)->clients;

		DL_DELETE((*http)->clients, client);
		free(client);
	}
	free(*http);
	*http = NULL;
}

int cf_http_fd(const struct cf_http *http)
{
	return http->fd;
}

int cf_http_timeout_ms(const struct cf_http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout;

	if (MHD_get_timeout(http->daemon, &timeout) != MHD_YES)
		return -1;
	return timeout > INT_MAX ? INT_MAX : (int)timeout;
}

void cf_http_run(struct cf_http *http)
{
	/* It fails only for a daemon in another mode. */
	(void)MHD_run(http->daemon);
}

void cf_http_add(struct cf_http *http, const struct cf_message_connection *message, int fd)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct cf_client *client = calloc(1, sizeof(*client));

	if (!client) {
		cf_fd_close(&fd);
		(void)cf_link_close_connection(&http->api->link, message->connection);
		return;
	}
	client->connection = message->connection;
	client->uid = message->uid;
	client->gid = message->gid;
	client->pid = message->pid;
	client->agent = message->agent;
	client->fd = fd;
	DL_APPEND(http->clients, client);
	/* It closes the socket if it will not have it, and then nobody tells us of its end. */
	if (MHD_add_connection(http->daemon, fd, (const struct sockaddr *)&address,
			       sizeof(address)) != MHD_YES) {
		cf_log(LOG_WARNING, "cannot serve a connection: %s", strerror(errno));
		DL_DELETE(http->clients, client);
		(void)cf_link_close_connection(&http->api->link, client->connection);
		free(client);
	}
}

const char *cf_request_argument(const struct cf_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

void cf_request_wait(struct cf_request *request)
{
	request->is_waiting = true;
	MHD_suspend_connection(request->connection);
}

void cf_request_respond(struct cf_request *request, unsigned int status,
			struct MHD_Response *response)
{
	request->status = status;
	request->reply = response;
	if (request->is_waiting) {
		request->is_waiting = false;
		MHD_resume_connection(request->connection);
	}
}

void cf_request_reply(struct cf_request *request, unsigned int status, json_t *body)
{
	static char fallback[] = "{\"version\":1,\"error\":{\"message\":\"no memory\"}}";
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct MHD_Response *response;

	json_decref(body);
	if (text)
		response =
			MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	else
		response = MHD_create_response_from_buffer(sizeof(fallback) - 1, fallback,
							   MHD_RESPMEM_PERSISTENT);
	if (response)
		/* Without the header the reply is still right. */
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
					      "application/json");
	cf_request_respond(request, text ? status : MHD_HTTP_INTERNAL_SERVER_ERROR, response);
}

void cf_request_fail(struct cf_request *request, unsigned int status, const struct cf_diag *diag)
{
	json_t *error = json_pack("{s:s, s:s}", "code", diag->code, "message", diag->message);

	if (diag->hint[0])
		(void)json_object_set_new(error, "hint", json_string(diag->hint));
	if (diag->file[0])
		(void)json_object_set_new(error, "file", json_string(diag->file));
	if (diag->line > 0) {
		(void)json_object_set_new(error, "line", json_integer(diag->line));
		(void)json_object_set_new(error, "column", json_integer(diag->column));
	}
	cf_request_reply(request, status,
			 json_pack("{s:i, s:o}", "version", CF_API_VERSION, "error", error));
}
