/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "cli/client.h"
#include "policy/diag.h"

#define MAX_REPLY    (64U << 20)
#define CALL_LIMIT_S 60L /* for one answer; a stream may take as long as it likes */
#define URL_PREFIX   "http://cofferdam"
#define START_HINT   "start it with 'systemctl start cofferdamd', or see 'cofferdam doctor'"

/* A call on its way. */
struct call {
	CURL *curl;
	struct curl_slist *headers;
	struct cf_buffer received;   /* of a stream: the part after the last whole line */
	cf_client_line_fn take_line; /* NULL: the answer is one document */
	void *userdata;
	bool is_enough;
};

static void call_done(struct call *call)
{
	curl_easy_cleanup(call->curl);
	curl_slist_free_all(call->headers);
	cf_buffer_done(&call->received);
}

static long status_of(struct call *call)
{
	long status = 0;

	(void)curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Hands out the whole lines, and keeps the rest. */
static bool take_lines(struct call *call)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer rest = {};
	char *line = call->received.data;
	char *end;

	while (line && (end = strchr(line, '\n'))) {
		*end = '\0';
		if (!call->take_line(line, call->userdata))
			return false;
		line = end + 1;
	}
	if (line)
		cf_buffer_puts(&rest, line);
	cf_buffer_done(&call->received);
	call->received = rest;
	rest = (struct cf_buffer){};
	return true;
}

static size_t on_data(char *data, size_t size, size_t n, void *userdata)
{
	struct call *call = userdata;
	size_t bytes = size * n; /* libcurl: size is always 1 */

	if (bytes > MAX_REPLY - call->received.size)
		return 0;
	cf_buffer_append(&call->received, data, bytes);
	if (call->received.is_failed)
		return 0;
	/* An error is one document, also where lines were asked for. */
	if (!call->take_line || status_of(call) != 200)
		return bytes;
	call->is_enough = !take_lines(call);
	return call->is_enough ? 0 : bytes;
}

static int fail_no_memory(struct cf_diag *diag)
{
	return cf_diag_set(diag, -ENOMEM, "", "", 0, 0, "", "no memory");
}

static int prepare(struct call *call, const char *method, const char *path, const char *body)
{
	cf_auto_free char *url = NULL;
	CURL *curl = curl_easy_init();
	bool is_set;

	if (!curl)
		return -ENOMEM;
	call->curl = curl;
	if (asprintf(&url, "%s%s", URL_PREFIX, path) < 0)
		url = NULL; /* as asprintf(3) leaves it undefined */
	call->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (!url || !call->headers)
		return -ENOMEM;
	is_set = curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, CF_API_SOCKET_PATH) == CURLE_OK &&
		 curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
		 curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK &&
		 curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		 curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
		 curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK &&
		 curl_easy_setopt(curl, CURLOPT_WRITEDATA, call) == CURLE_OK;
	if (is_set && !call->take_line)
		is_set = curl_easy_setopt(curl, CURLOPT_TIMEOUT, CALL_LIMIT_S) == CURLE_OK;
	if (is_set && body)
		is_set = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK &&
			 curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body)) ==
				 CURLE_OK &&
			 curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK;
	return is_set ? 0 : -ENOMEM;
}

/* Why the transfer itself failed, in words. */
static int explain_transfer(struct call *call, CURLcode code, struct cf_diag *diag)
{
	long error = 0;

	(void)curl_easy_getinfo(call->curl, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_COULDNT_CONNECT)
		return cf_diag_set(diag, -ECONNREFUSED, "", "", 0, 0, START_HINT,
				   "cannot reach cofferdamd at '%s': %s", CF_API_SOCKET_PATH,
				   error ? strerror((int)error) : curl_easy_strerror(code));
	if (code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR)
		return cf_diag_set(
			diag, -ECONNREFUSED, "", "", 0, 0,
			"close other connections of yours, or see 'systemctl status cofferdamd'",
			"cofferdamd closed the connection without an answer");
	return cf_diag_set(diag, -EPROTO, "", "", 0, 0, "see 'systemctl status cofferdamd'",
			   "talking to cofferdamd failed: %s", curl_easy_strerror(code));
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

/* {"error":{...}} as a diagnostic. */
static int explain_refusal(struct call *call, struct cf_diag *diag)
{
	json_t *reply = call->received.data ? json_loads(call->received.data, 0, NULL) : NULL;
	const json_t *error = json_object_get(reply, "error");
	int r;

	if (error)
		r = cf_diag_set(diag, -EREMOTEIO, text_of(error, "code"), text_of(error, "file"),
				(uint32_t)json_integer_value(json_object_get(error, "line")),
				(uint32_t)json_integer_value(json_object_get(error, "column")),
				text_of(error, "hint"), "%s", text_of(error, "message"));
	else
		r = cf_diag_set(diag, -EPROTO, "", "", 0, 0, "",
				"cofferdamd answered with status %ld", status_of(call));
	json_decref(reply);
	return r;
}

static int perform(struct call *call, struct cf_diag *diag)
{
	CURLcode code = curl_easy_perform(call->curl);

	if (code != CURLE_OK && !call->is_enough)
		return explain_transfer(call, code, diag);
	if (status_of(call) < 200 || status_of(call) > 299)
		return explain_refusal(call, diag);
	return 0;
}

int cf_client_call(const char *method, const char *path, const json_t *body, json_t **ret_reply,
		   struct cf_diag *diag)
{
	CF_CLEANUP(call_done) struct call call = {};
	cf_auto_free char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_t *reply;
	int r;

	if (body && !text)
		return fail_no_memory(diag);
	if (prepare(&call, method, path, text) < 0)
		return fail_no_memory(diag);
	r = perform(&call, diag);
	if (r < 0)
		return r;
	reply = json_loads(call.received.data ? call.received.data : "", 0, NULL);
	if (!reply)
		return cf_diag_set(diag, -EPROTO, "", "", 0, 0, "",
				   "the answer of cofferdamd is not JSON");
	*ret_reply = reply;
	return 0;
}

int cf_client_stream(const char *path, cf_client_line_fn take_line, void *userdata,
		     struct cf_diag *diag)
{
	CF_CLEANUP(call_done)
	struct call call = {.take_line = take_line, .userdata = userdata};

	if (prepare(&call, "GET", path, NULL) < 0)
		return fail_no_memory(diag);
	return perform(&call, diag);
}
