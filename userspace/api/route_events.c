/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/events?follow=1&after=N&agent=ID: JSON lines, oldest first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <utlist.h>

#include "api/api.h"
#include "api/event_json.h"
#include "api/http.h"
#include "base/number.h"
#include "policy/diag.h"

#define BLOCK_BYTES	   65536
#define RECORDS_PER_REFILL 256

/* One open answer. */
struct cf_stream {
	struct cf_api *api;
	struct MHD_Connection *connection;
	uint32_t uid;
	uint32_t agent; /* 0: all that are visible */
	bool is_following;
	bool is_sleeping;
	bool is_closed;	       /* the client is gone */
	int fd;		       /* the client's socket; libmicrohttpd's */
	uint64_t after;	       /* stream number of the last record that was looked at */
	uint64_t missed;       /* records that went from the history before they were sent */
	struct cf_buffer text; /* made, and sent up to @sent */
	size_t sent;
	struct cf_stream *prev, *next;
};

static bool is_wanted(const struct cf_stream *stream, const struct cf_record *record)
{
	return cf_api_agent_is_visible(record->agent, stream->uid) &&
	       (stream->agent == 0 || stream->agent == record->agent->id);
}

static void append_line(struct cf_stream *stream, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (!text)
		return; /* no memory: the reader sees the gap in the sequence */
	cf_buffer_puts(&stream->text, text);
	cf_buffer_puts(&stream->text, "\n");
	free(text);
}

static void tell_missed(struct cf_stream *stream)
{
	append_line(stream, json_pack("{s:i, s:s, s:I, s:I}", "version", CF_API_VERSION, "type",
				      "missed", "id", (json_int_t)stream->after, "count",
				      (json_int_t)stream->missed));
	stream->missed = 0;
}

/* Makes text of the next records. */
static void refill(struct cf_stream *stream)
{
	const struct cf_history *history = &stream->api->history;
	const struct cf_record *record;
	unsigned int n = 0;

	cf_buffer_done(&stream->text);
	stream->sent = 0;
	if (stream->missed > 0)
		tell_missed(stream);
	for (record = cf_history_find_after(history, stream->after);
	     record && n < RECORDS_PER_REFILL; record = record->next) {
		stream->after = record->stream;
		if (!is_wanted(stream, record))
			continue;
		append_line(stream, cf_record_to_json(record));
		n++;
	}
}

static ssize_t read_stream(void *userdata, uint64_t position, char *buffer, size_t size)
{
	struct cf_stream *stream = userdata;
	size_t n;

	(void)position;
	if (stream->sent == stream->text.size)
		refill(stream);
	if (stream->text.is_failed || stream->is_closed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = stream->text.size - stream->sent;
	if (n == 0 && !stream->is_following)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		stream->is_sleeping = true;
		MHD_suspend_connection(stream->connection);
		return 0;
	}
	if (n > size)
		n = size;
	memcpy(buffer, stream->text.data + stream->sent, n);
	stream->sent += n;
	return (ssize_t)n;
}

static void stream_free(void *userdata)
{
	struct cf_stream *stream = userdata;

	DL_DELETE(stream->api->streams, stream);
	cf_buffer_done(&stream->text);
	free(stream);
}

void cf_api_streams_wake(struct cf_api *api)
{
	struct cf_stream *stream;

	DL_FOREACH(api->streams, stream)
	{
		if (!stream->is_sleeping)
			continue;
		stream->is_sleeping = false;
		MHD_resume_connection(stream->connection);
	}
}

/* libmicrohttpd does not watch a connection that sleeps. */
size_t cf_api_streams_watch(const struct cf_api *api, struct pollfd *poll_fds, size_t max)
{
	const struct cf_stream *stream;
	size_t n = 0;

	DL_FOREACH(api->streams, stream)
	{
		if (stream->is_sleeping && n < max)
			poll_fds[n++] = (struct pollfd){.fd = stream->fd, .events = POLLRDHUP};
	}
	return n;
}

void cf_api_streams_close(struct cf_api *api, int fd)
{
	struct cf_stream *stream;

	DL_FOREACH(api->streams, stream)
	{
		if (!stream->is_sleeping || stream->fd != fd)
			continue;
		stream->is_closed = true;
		stream->is_sleeping = false;
		MHD_resume_connection(stream->connection);
	}
}

void cf_api_streams_evicted(const struct cf_record *record, void *userdata)
{
	struct cf_api *api = userdata;
	struct cf_stream *stream;

	DL_FOREACH(api->streams, stream)
	{
		if (record->stream > stream->after && is_wanted(stream, record))
			stream->missed++;
	}
}

/* A number argument; @ret_number is left alone if it is not there. */
static int get_number(const struct cf_request *request, const char *name, uint64_t max,
		      uint64_t *ret_number, struct cf_diag *diag)
{
	const char *text = cf_request_argument(request, name);

	if (!text)
		return 0;
	if (cf_number_parse(text, 0, max, ret_number) < 0)
		return cf_diag_set(diag, -EINVAL, "CF-A002", "", 0, 0, "",
				   "'%s': expected a number", name);
	return 0;
}

static int parse_arguments(const struct cf_request *request, struct cf_stream *stream,
			   struct cf_diag *diag)
{
	uint64_t follow = 0, agent = 0, after = 0;
	int r;

	r = get_number(request, "follow", 1, &follow, diag);
	if (r == 0)
		r = get_number(request, "agent", UINT32_MAX, &agent, diag);
	if (r == 0)
		r = get_number(request, "after", UINT64_MAX, &after, diag);
	if (r < 0)
		return r;
	stream->is_following = follow != 0;
	stream->agent = (uint32_t)agent;
	/* "after" beyond the newest, as after the api's own restart, would never be reached: from now on then. */
	stream->after = after > cf_history_last(&stream->api->history)
				? cf_history_last(&stream->api->history)
				: after;
	return 0;
}

void cf_api_get_events(struct cf_request *request)
{
	struct cf_stream *stream = calloc(1, sizeof(*stream));
	struct MHD_Response *response = NULL;
	struct cf_diag diag = {};
	int r;

	r = cf_diag_set(&diag, -ENOMEM, "CF-A007", "", 0, 0, "", "no memory");
	if (stream) {
		stream->api = request->api;
		stream->connection = request->connection;
		stream->uid = request->client->uid;
		stream->fd = request->client->fd;
		DL_APPEND(request->api->streams, stream);
		r = parse_arguments(request, stream, &diag);
	}
	if (r == 0)
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
							     read_stream, stream, stream_free);
	if (!response) {
		if (stream)
			stream_free(stream);
		cf_request_fail(request,
				r == -EINVAL ? MHD_HTTP_BAD_REQUEST
					     : MHD_HTTP_INTERNAL_SERVER_ERROR,
				&diag);
		return;
	}
	/* Neither costs more than comfort if it fails. */
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				      "application/x-ndjson");
	if (stream->is_following)
		(void)MHD_set_connection_option(request->connection, MHD_CONNECTION_OPTION_TIMEOUT,
						0U);
	cf_request_respond(request, MHD_HTTP_OK, response);
}
