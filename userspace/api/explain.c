/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/address.h"
#include "api/explain.h"
#include "api/pinned.h"
#include "base/text.h"
#include "policy/access.h"
#include "policy/image.h"
#include "wire/protocol.h"

static const char *const reasons[] = {
	[CF_REASON_NONE] = "",
	[CF_REASON_FILE_RULE] = "the rule for this place does not give the right",
	[CF_REASON_NAME_RULE] = "the rule for this name does not give the right",
	[CF_REASON_PINNED] =
		"a rule leads through this name: no directory or link may leave it or be put in its place",
	[CF_REASON_LINK_WIDENS] = "the new name would give more than the old one",
	[CF_REASON_DEVICE] = "a device that is not on the list",
	[CF_REASON_PSEUDO] = "a kernel filesystem that agents may not do this in",
	[CF_REASON_MEMFD] = "executing memory files is denied",
	[CF_REASON_FAMILY] = "sockets of this kind are denied to all agents",
	[CF_REASON_NETWORK_RULE] = "no network rule allows this destination",
	[CF_REASON_LISTEN_RULE] = "no listen rule allows this address",
	[CF_REASON_NAMESPACES] = "user namespaces and mounts are denied",
	[CF_REASON_OUTSIDE_CGROUP] = "the process left its agent's cgroup, and so the network",
	[CF_REASON_NO_DOMAIN] = "the agent has ended",
	[CF_REASON_UNCLASSIFIED] = "the filesystem is not classified",
	[CF_REASON_DISCONNECTED] = "the object has no path to the root of its filesystem",
	[CF_REASON_TOO_DEEP] = "the path has too many components",
	[CF_REASON_TABLE_FULL] = "a table of the kernel part is full",
	[CF_REASON_UNREADABLE] = "an argument could not be understood",
	[CF_REASON_MOUNT_TYPE] = "no agent may mount a filesystem of this type",
	[CF_REASON_KERNEL_SURFACE] = "no agent may use this interface of the kernel",
	[CF_REASON_SET_ID] = "rights by set-id bits or file capabilities are denied",
	[CF_REASON_SECURITY_ATTRIBUTE] = "no agent may set security attributes",
	[CF_REASON_REQUEST] = "a request to the filesystem that is not known to be harmless",
	[CF_REASON_IO_URING] =
		"io_uring is denied, or the modes append and rw-no-delete rule it out",
	[CF_REASON_UNFILTERED] =
		"only what 'cofferdam run' started may write where the mode is append or rw-no-delete",
	[CF_REASON_FOLDED_CASE] =
		"names are compared without case there, and rules for names cannot hold",
	[CF_REASON_DIGEST] = "the file does not hold what the policy pins",
	[CF_REASON_NO_DIGEST] = "the kernel could not tell the digest of a file that is pinned",
	[CF_REASON_DIGEST_MAPPED] =
		"a pinned file is run by executing it only: its digest is not known when it is mapped",
};

_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == _CF_REASON_MAX, "a reason without words");

/* A rule that denies an address by name: the defaults name none. */
static bool is_denied_by_name(const struct cf_message_event *event)
{
	return event->reason == CF_REASON_NETWORK_RULE && event->rule >= CF_N_DEFAULT_RULES &&
	       event->rule != CF_RULE_NONE;
}

/* Of an operation on two names, cf_conclude() of bpf/verdict.bpf.c judges the second if it allows the first. */
static bool is_target_judged(const struct cf_message_event *event)
{
	if (!(event->flags & CF_EVENT_HAS_TARGET))
		return false;
	/* A link's old name is refused as a link that widens; only its new name can be pinned. */
	if (event->op == CF_OP_LINK)
		return event->reason == CF_REASON_FILE_RULE || event->reason == CF_REASON_PINNED;
	return event->op == CF_OP_RENAME && (event->wanted & CF_RIGHT_CREATE);
}

/* The path that the verdict is about; NULL if it is not known whole. */
static const char *judged_path(const struct cf_message_event *event)
{
	if (is_target_judged(event))
		return event->flags & CF_EVENT_TARGET_CUT ? NULL : cf_message_event_target(event);
	return event->flags & CF_EVENT_OBJECT_CUT ? NULL : cf_message_event_object(event);
}

static uint16_t rights_of_rule(const struct cf_layer *layer, uint16_t rule)
{
	const struct cf_layer_path *paths = cf_layer_paths(layer);

	for (uint32_t i = 0; i < layer->n_paths; i++)
		if (paths[i].rule == rule)
			return paths[i].rights;
	return rule == CF_RULE_DEFAULT ? (uint16_t)layer->default_rights : 0;
}

/* Did `exec.only` take away what the rule for the place gives? */
static bool is_exec_limited(const struct cf_message_event *event, const struct cf_layer *layer)
{
	return layer && layer->n_execs > 0 && event->reason == CF_REASON_FILE_RULE &&
	       (event->wanted & ~event->given) == CF_RIGHT_EXEC &&
	       (rights_of_rule(layer, event->rule) & CF_RIGHT_EXEC);
}

const char *cf_explain_reason(const struct cf_message_event *event, const struct cf_layer *layer)
{
	if (is_exec_limited(event, layer))
		return event->given & CF_RIGHTS_CHANGING
			       ? "only what is listed can be executed, and nothing that can be written"
			       : "only what is listed can be executed";
	if (is_denied_by_name(event))
		return "the policy denies this destination by name";
	if (event->reason == CF_REASON_FILE_RULE && event->rule == CF_RULE_DEFAULT)
		return "the policy's default does not give the right";
	if (event->reason == CF_REASON_NAMESPACES)
		return event->op == CF_OP_MOUNT ? "mounts are denied"
						: "user namespaces are denied";
	return event->reason < _CF_REASON_MAX ? reasons[event->reason] : "";
}

uint32_t cf_explain_lacking(const struct cf_message_event *event)
{
	if (event->verdict == CF_VERDICT_ALLOW)
		return 0;
	switch (event->reason) {
	case CF_REASON_FILE_RULE:
	case CF_REASON_NAME_RULE:
	case CF_REASON_LINK_WIDENS:
		return event->wanted & ~event->given;
	default:
		return 0;
	}
}

static const struct cf_layer_source *source_of(const struct cf_layer *layer, uint32_t rule)
{
	return layer && rule < layer->n_sources ? &cf_layer_sources(layer)[rule] : NULL;
}

static bool find_pinning(const struct cf_message_event *event, const struct cf_layer *const *layers,
			 size_t n_layers, struct cf_rule_number *ret_number)
{
	const char *path = judged_path(event);

	return path && cf_pinned_find(path, layers, n_layers, ret_number);
}

const struct cf_layer_source *cf_explain_rule(const struct cf_message_event *event,
					      const struct cf_layer *const *layers, size_t n_layers,
					      struct cf_rule_number *ret_number)
{
	struct cf_rule_number number = {.layer = event->layer, .rule = event->rule};
	const struct cf_layer_source *source;

	if (event->reason == CF_REASON_PINNED && !find_pinning(event, layers, n_layers, &number))
		return NULL;
	if (number.layer >= n_layers)
		return NULL;
	/* What the default allows is no listening: "network: {default: allow}" would explain nothing. */
	if (event->reason == CF_REASON_LISTEN_RULE && number.rule == CF_RULE_NETWORK_DEFAULT &&
	    cf_layer_allows_network(layers[number.layer]))
		return NULL;
	if (is_exec_limited(event, layers[number.layer]))
		number.rule = cf_layer_execs(layers[number.layer])[0].rule;
	source = source_of(layers[number.layer], number.rule);
	if (source)
		*ret_number = number;
	return source;
}

/* The plain words first: they are what people write. Within each group the narrower first. */
static const char *const access_words[] = {
	"ro", "append", "rw-no-delete", "rw", "append+exec",
};

static const char *choose_access(uint32_t rights)
{
	for (size_t i = 0; i < sizeof(access_words) / sizeof(access_words[0]); i++) {
		uint16_t given;

		if (cf_access_parse(access_words[i], &given) == 0 && (rights & ~given) == 0)
			return access_words[i];
	}
	return NULL;
}

/* Whether a path can be written in a policy between double quotes as it is. */
static bool is_writable_path(const char *path)
{
	return path[0] == '/' && cf_text_is_printable(path, strlen(path)) &&
	       !strpbrk(path, "\"\\$*");
}

static char *allow_path(const struct cf_message_event *event, const struct cf_layer *layer)
{
	const char *path = judged_path(event);
	const char *access = choose_access(event->wanted | event->given);
	char *text;

	if (is_exec_limited(event, layer)) {
		if ((event->given & CF_RIGHTS_CHANGING) || !path || !is_writable_path(path))
			return NULL;
		return asprintf(&text, "exec: {only: [\"%s\"]}", path) < 0 ? NULL : text;
	}
	if (!access || !path || !is_writable_path(path))
		return NULL;
	return asprintf(&text, "{path: \"%s\", access: %s}", path, access) < 0 ? NULL : text;
}

/* The rule's own text with another access: "{name: ".env", access: none}". */
static char *allow_name(const struct cf_message_event *event, const struct cf_layer *layer)
{
	static const char key[] = "access: ";
	const struct cf_layer_source *source = source_of(layer, event->rule);
	const char *access = choose_access(event->wanted | event->given);
	const char *rule, *value;
	char *text;

	if (!source || !access)
		return NULL;
	rule = cf_layer_string(layer, source->text);
	value = strstr(rule, key);
	if (!value)
		return NULL;
	value += sizeof(key) - 1;
	return asprintf(&text, "%.*s%s%s", (int)(value - rule), rule, access,
			value + strcspn(value, ",}")) < 0
		       ? NULL
		       : text;
}

static char *allow_address(const struct cf_message_event *event)
{
	const char *protocol = cf_address_protocol(event);
	char address[CF_ADDRESS_TEXT_SIZE];
	char *text;
	int r;

	/* Nothing can be allowed inside what is denied by name. */
	if (!(event->flags & CF_EVENT_HAS_ADDRESS) || is_denied_by_name(event))
		return NULL;
	(void)cf_address_format(event->address, address);
	r = asprintf(&text, "{%s: \"%s\", ports: [%u]%s%s}",
		     event->reason == CF_REASON_LISTEN_RULE ? "on" : "to", address, event->port,
		     protocol ? ", proto: " : "", protocol ? protocol : "");
	return r < 0 ? NULL : text;
}

char *cf_explain_allow_with(const struct cf_message_event *event, const struct cf_layer *layer)
{
	if (event->verdict == CF_VERDICT_ALLOW)
		return NULL;
	switch (event->reason) {
	case CF_REASON_FILE_RULE:
		return allow_path(event, layer);
	case CF_REASON_NAME_RULE:
		return allow_name(event, layer);
	case CF_REASON_NETWORK_RULE:
	case CF_REASON_LISTEN_RULE:
		return allow_address(event);
	case CF_REASON_NAMESPACES:
		return strdup("process: {namespaces: allow}");
	case CF_REASON_MEMFD:
		return strdup("exec: {memfd: allow}");
	case CF_REASON_IO_URING:
		return strdup("process: {io_uring: allow}");
	default:
		return NULL;
	}
}
