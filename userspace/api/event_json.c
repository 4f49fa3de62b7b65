/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/address.h"
#include "api/agents.h"
#include "api/event_json.h"
#include "api/explain.h"
#include "api/pinned.h"
#include "api/timestamp.h"
#include "api/words.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "policy/image.h"
#include "wire/protocol.h"

/* Numbers of the kernel use all 64 bits, JSON's do not. */
static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)(value & INT64_MAX));
}

static json_t *escaped(const char *name)
{
	cf_auto_free char *text = cf_escape(name);

	return text ? json_string(text) : NULL;
}

static json_t *rights_array(uint32_t rights)
{
	json_t *array = json_array();

	for (unsigned int bit = 0; cf_word_right(bit); bit++) {
		if (rights & (1U << bit))
			(void)json_array_append_new(array, json_string(cf_word_right(bit)));
	}
	return array;
}

static json_t *object_json(const char *path, uint32_t dev, uint64_t ino, bool is_cut)
{
	char device[24];
	json_t *object;

	/* MKDEV: the major number above 20 bits of the minor. */
	(void)snprintf(device, sizeof(device), "%u:%u", dev >> 20, dev & 0xfffffU);
	object = json_pack("{s:o, s:s, s:o}", "path", escaped(path), "dev", device, "ino",
			   number(ino));
	if (is_cut)
		(void)json_object_set_new(object, "truncated", json_true());
	return object;
}

static json_t *agent_json(const struct cf_api_agent *agent, uint32_t id)
{
	return json_pack("{s:I, s:s}", "id", (json_int_t)id, "name", agent ? agent->name : "");
}

static json_t *rule_json(uint16_t number, const struct cf_layer *layer,
			 const struct cf_layer_source *source)
{
	return json_pack("{s:I, s:s, s:I, s:s}", "number", (json_int_t)number, "file",
			 cf_layer_string(layer, source->file), "line", (json_int_t)source->line,
			 "text", cf_layer_string(layer, source->text));
}

static json_t *errno_json(uint32_t error)
{
	const char *name = error ? strerrorname_np((int)error) : NULL;

	return name ? json_string(name) : json_null();
}

/* What was asked for besides a file: an address, or a kind of socket. */
static void set_address(json_t *root, const struct cf_message_event *event)
{
	char address[CF_ADDRESS_TEXT_SIZE], kind[CF_SOCKET_TEXT_SIZE];
	const char *protocol = cf_address_protocol(event);

	if (event->flags & CF_EVENT_HAS_ADDRESS)
		(void)json_object_set_new(root, "address",
					  json_pack("{s:s, s:I, s:s?}", "ip",
						    cf_address_format(event->address, address),
						    "port", (json_int_t)event->port, "protocol",
						    protocol));
	if (event->op == CF_OP_SOCKET)
		(void)json_object_set_new(root, "socket",
					  json_string(cf_address_socket(event, kind)));
}

static void set_objects(json_t *root, const struct cf_message_event *event)
{
	const char *path = cf_message_event_object(event);

	if (path[0] || event->ino)
		(void)json_object_set_new(root, "object",
					  object_json(path, event->dev, event->ino,
						      event->flags & CF_EVENT_OBJECT_CUT));
	if (event->flags & CF_EVENT_HAS_TARGET)
		(void)json_object_set_new(root, "target",
					  object_json(cf_message_event_target(event),
						      event->target_dev, event->target_ino,
						      event->flags & CF_EVENT_TARGET_CUT));
	set_address(root, event);
}

static void set_process(json_t *root, const struct cf_message_event *event)
{
	(void)json_object_set_new(root, "uid", number(event->uid));
	(void)json_object_set_new(root, "gid", number(event->gid));
	(void)json_object_set_new(root, "pid", number(event->tgid));
	(void)json_object_set_new(root, "tid", number(event->tid));
	(void)json_object_set_new(root, "ppid", number(event->ppid));
	(void)json_object_set_new(root, "comm", escaped(event->comm));
	(void)json_object_set_new(root, "exe", escaped(cf_message_event_exe(event)));
}

/* The rule that decided and its layer, which of a pinned name only the layers can tell. */
static void set_rule(json_t *root, const struct cf_message_event *event,
		     const struct cf_layer *const *layers, size_t n_layers)
{
	struct cf_rule_number number = {.layer = event->layer};
	const struct cf_layer_source *source = cf_explain_rule(event, layers, n_layers, &number);

	(void)json_object_set_new(root, "layer", json_integer(number.layer));
	(void)json_object_set_new(root, "rule",
				  source ? rule_json(number.rule, layers[number.layer], source)
					 : json_null());
}

static void set_verdict(json_t *root, const struct cf_message_event *event,
			const struct cf_api_agent *agent)
{
	const struct cf_layer *const *layers =
		agent ? (const struct cf_layer *const *)agent->layers : NULL;
	size_t n_layers = agent ? agent->n_layers : 0;
	const struct cf_layer *layer = event->layer < n_layers ? layers[event->layer] : NULL;
	cf_auto_free char *allow_with = cf_explain_allow_with(event, layer);

	(void)json_object_set_new(root, "verdict", json_string(cf_word_verdict(event->verdict)));
	(void)json_object_set_new(root, "reason", json_string(cf_word_reason(event->reason)));
	(void)json_object_set_new(root, "why", json_string(cf_explain_reason(event, layer)));
	set_rule(root, event, layers, n_layers);
	(void)json_object_set_new(root, "errno", errno_json(event->error));
	if (allow_with)
		(void)json_object_set_new(root, "allow_with", json_string(allow_with));
}

/* Members are set one by one: one that memory is lacking for is left out, and the event is still told. */
json_t *cf_event_to_json(const struct cf_message_event *event, const struct cf_api_agent *agent,
			 uint64_t time_us)
{
	char time[CF_TIME_TEXT_SIZE];
	json_t *root =
		json_pack("{s:i, s:s, s:o, s:s, s:o, s:o}", "version", CF_API_VERSION, "type",
			  event->flags & CF_EVENT_OBSERVED ? "observed" : "verdict", "id",
			  number(event->stream), "time", cf_time_format(time_us, time), "agent",
			  agent_json(agent, event->agent), "sequence", number(event->sequence));

	if (!root)
		return NULL;
	set_process(root, event);
	(void)json_object_set_new(root, "op", json_string(cf_word_op(event->op)));
	(void)json_object_set_new(root, "rights", rights_array(event->wanted));
	(void)json_object_set_new(root, "given", rights_array(event->given));
	if (cf_explain_lacking(event))
		(void)json_object_set_new(root, "lacking", rights_array(cf_explain_lacking(event)));
	set_objects(root, event);
	set_verdict(root, event, agent);
	return root;
}

json_t *cf_lost_to_json(const struct cf_message_lost *lost, const struct cf_api_agent *agent,
			uint64_t time_us)
{
	char time[CF_TIME_TEXT_SIZE];

	return json_pack("{s:i, s:s, s:o, s:s, s:o, s:o}", "version", CF_API_VERSION, "type",
			 "lost", "id", number(lost->stream), "time", cf_time_format(time_us, time),
			 "agent", agent_json(agent, lost->agent), "count", number(lost->count));
}
