/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/event_text.h"

#define INDENT	     "         " /* as wide as the time and its space */
#define RIGHTS_SHOWN 3

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

/* Whatever the other side sent is shown, and nothing of it acted upon. */
static void put(struct cf_buffer *text, const char *value)
{
	cf_escape_append_shown(text, value);
}

/* "2026-11-21T14:03:12.000412Z" to "14:03:12" of the local day. */
static void put_time(const struct cf_event_text *format, const json_t *event,
		     struct cf_buffer *text)
{
	struct tm parts = {}, shown;
	char clock[16] = "--:--:--";
	time_t seconds;

	if (strptime(text_of(event, "time"), "%Y-%m-%dT%H:%M:%S", &parts)) {
		seconds = timegm(&parts);
		if (format->is_utc ? gmtime_r(&seconds, &shown) : localtime_r(&seconds, &shown))
			(void)strftime(clock, sizeof(clock), "%H:%M:%S", &shown);
	}
	cf_buffer_puts(text, clock);
}

static const char *verdict_word(const json_t *event)
{
	const char *verdict = text_of(event, "verdict");

	if (strcmp(verdict, "allow") == 0)
		return "ALLOW";
	if (strcmp(verdict, "would-deny") == 0)
		return "WOULD";
	/* Not knowing is a denial as well. */
	return "DENY ";
}

static void put_head(const struct cf_event_text *format, const json_t *event, const char *verdict,
		     struct cf_buffer *text)
{
	const json_t *agent = json_object_get(event, "agent");

	put_time(format, event, text);
	cf_buffer_puts(text, " ");
	put(text, text_of(agent, "name"));
	cf_buffer_printf(text, "#%" PRId64 " %s ", (int64_t)number_of(agent, "id"), verdict);
}

/*
 * "open read,write": the rights that were lacking, else those that were wanted.
 * One that the operation's name says already is left out, as are those beyond the third.
 */
static void put_operation(const json_t *event, struct cf_buffer *text)
{
	const char *op = text_of(event, "op");
	const json_t *lacking = json_object_get(event, "lacking");
	const json_t *rights = lacking ? lacking : json_object_get(event, "rights");
	const char *separator = " ";
	unsigned int n_shown = 0;
	const json_t *right;
	size_t i;

	put(text, op);
	json_array_foreach(rights, i, right)
	{
		const char *word = json_string_value(right);

		if (!word || strcmp(word, op) == 0)
			continue;
		/* A socket's own right says nothing beside "connect", "send", "bind". */
		if (strcmp(word, "connect") == 0)
			continue;
		cf_buffer_puts(text, separator);
		separator = ",";
		if (n_shown++ == RIGHTS_SHOWN) {
			cf_buffer_puts(text, "...");
			break;
		}
		put(text, word);
	}
}

static void put_address(const json_t *address, struct cf_buffer *text)
{
	const char *ip = text_of(address, "ip");
	const char *protocol = text_of(address, "protocol");
	bool is_ipv6 = strchr(ip, ':') != NULL;

	cf_buffer_puts(text, is_ipv6 ? "  [" : "  ");
	put(text, ip);
	cf_buffer_printf(text, "%s:%" PRId64, is_ipv6 ? "]" : "",
			 (int64_t)number_of(address, "port"));
	if (protocol[0]) {
		cf_buffer_puts(text, "/");
		put(text, protocol);
	}
}

static void put_object(const json_t *object, const char *before, struct cf_buffer *text)
{
	const char *path = text_of(object, "path");

	if (!object)
		return;
	cf_buffer_puts(text, before);
	if (path[0]) {
		put(text, path);
		return;
	}
	cf_buffer_puts(text, "(inode ");
	put(text, text_of(object, "dev"));
	cf_buffer_printf(text, ":%" PRId64 ")", (int64_t)number_of(object, "ino"));
}

static void put_what(const json_t *event, struct cf_buffer *text)
{
	const json_t *address = json_object_get(event, "address");
	const char *socket = text_of(event, "socket");

	put_operation(event, text);
	if (socket[0]) {
		cf_buffer_puts(text, "  ");
		put(text, socket);
	}
	if (address)
		put_address(address, text);
	else
		put_object(json_object_get(event, "object"), "  ", text);
	put_object(json_object_get(event, "target"), " -> ", text);
}

static void put_rule(const json_t *event, struct cf_buffer *text)
{
	const json_t *rule = json_object_get(event, "rule");

	if (json_is_object(rule)) {
		put(text, text_of(rule, "file"));
		cf_buffer_printf(text, ":%" PRId64 " ", (int64_t)number_of(rule, "line"));
		put(text, text_of(rule, "text"));
		return;
	}
	put(text, text_of(event, "why"));
}

static void put_who(const json_t *event, struct cf_buffer *text)
{
	const char *error = text_of(event, "errno");

	cf_buffer_puts(text, "by ");
	put(text, text_of(event, "comm"));
	cf_buffer_printf(text, "[%" PRId64 "]", (int64_t)number_of(event, "pid"));
	if (error[0]) {
		cf_buffer_puts(text, "  ");
		put(text, error);
	}
	if (strcmp(text_of(event, "verdict"), "allow") != 0) {
		cf_buffer_puts(text, "  ");
		put_rule(event, text);
	}
}

static void put_explanation(const json_t *event, struct cf_buffer *text)
{
	const char *allow_with = text_of(event, "allow_with");

	if (strcmp(text_of(event, "verdict"), "allow") == 0)
		return;
	cf_buffer_puts(text, INDENT "why: ");
	put(text, text_of(event, "why"));
	cf_buffer_puts(text, "\n");
	if (allow_with[0]) {
		cf_buffer_puts(text, INDENT "to allow: ");
		put(text, allow_with);
		cf_buffer_puts(text, "\n");
	}
}

static void put_verdict(const struct cf_event_text *format, const json_t *event,
			struct cf_buffer *text)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer who = {};
	size_t start = text->size;

	put_head(format, event, verdict_word(event), text);
	put_what(event, text);
	put_who(event, &who);
	/* Bytes for columns: too early a fold hurts nobody. */
	if (format->width > 0 && text->size - start + 2 + who.size > format->width)
		cf_buffer_puts(text, "\n" INDENT);
	else
		cf_buffer_puts(text, "  ");
	cf_buffer_append(text, who.data, who.size);
	cf_buffer_puts(text, "\n");
	if (format->explains)
		put_explanation(event, text);
}

static void put_loss(const struct cf_event_text *format, const json_t *event, const char *why,
		     struct cf_buffer *text)
{
	put_head(format, event, "LOST ", text);
	cf_buffer_printf(text, "%" PRId64 " events: %s\n", (int64_t)number_of(event, "count"), why);
}

bool cf_event_is_observed(const json_t *event)
{
	return strcmp(text_of(event, "type"), "observed") == 0 ||
	       strcmp(text_of(event, "verdict"), "allow") == 0;
}

void cf_event_text_append(const struct cf_event_text *format, const json_t *event,
			  struct cf_buffer *text)
{
	const char *type = text_of(event, "type");

	if (strcmp(type, "lost") == 0)
		put_loss(format, event, "cofferdam-api did not keep up", text);
	else if (strcmp(type, "missed") == 0)
		cf_buffer_printf(text,
				 "-------- %" PRId64 " events went by before they were read here\n",
				 (int64_t)number_of(event, "count"));
	else
		put_verdict(format, event, text);
}
