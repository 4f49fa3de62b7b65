/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <jansson.h>

#include "api/agents.h"
#include "api/event_json.h"
#include "api/explain.h"
#include "api/timestamp.h"
#include "policy/image.h"
#include "policy/policy.h"

static const char policy_text[] = "cofferdam: 1\n"
				  "name: test\n"
				  "files:\n"
				  "  default: ro\n"
				  "  rules:\n"
				  "    - {path: /home/a/.aws, access: none}\n"
				  "    - {name: \".env\", access: none}\n";

static struct cf_layer *make_layer(void)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	const struct cf_policy_variables variables = {.workspace = "/w"};
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	if (cf_policy_parse("test.yaml", policy_text, sizeof(policy_text) - 1, NULL, NULL, &policy,
			    &diag) < 0 ||
	    cf_policy_compile(policy, &variables, &layer, &diag) < 0)
		fail_msg("%s", diag.message);
	return layer;
}

/* The number of the rule on this line. */
static uint16_t rule_at(const struct cf_layer *layer, uint32_t line)
{
	for (uint32_t i = 0; i < layer->n_sources; i++) {
		if (cf_layer_sources(layer)[i].line == line)
			return (uint16_t)i;
	}
	fail_msg("no rule on line %u", line);
	return 0;
}

static const char *text_of(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

static void test_event_json_complete(void **state)
{
	struct cf_layer *layer = make_layer();
	struct cf_api_agent agent = {
		.id = 5, .name = "coding-agent", .n_layers = 1, .layers = {layer}};
	struct cf_message_event event;
	json_t *json, *part;

	(void)state;
	fill_event(&event);
	event.rule = rule_at(layer, 6);
	json = cf_event_to_json(&event, &agent, UINT64_C(1795269792000412));
	assert_int_equal(json_integer_value(json_object_get(json, "version")), 1);
	assert_string_equal(text_of(json, "type"), "verdict");
	assert_int_equal(json_integer_value(json_object_get(json, "id")), 7);
	assert_string_equal(text_of(json, "time"), "2026-11-21T14:03:12.000412Z");
	assert_int_equal(json_integer_value(json_object_get(json, "pid")), 412);
	assert_int_equal(json_integer_value(json_object_get(json, "sequence")), 3);
	assert_string_equal(text_of(json, "comm"), "cat");
	assert_string_equal(text_of(json, "exe"), "/usr/bin/cat");
	assert_string_equal(text_of(json, "op"), "open");
	assert_string_equal(json_string_value(json_array_get(json_object_get(json, "rights"), 0)),
			    "read");
	assert_string_equal(text_of(json, "verdict"), "deny");
	assert_string_equal(text_of(json, "reason"), "file-rule");
	assert_string_equal(text_of(json, "errno"), "EACCES");
	part = json_object_get(json, "agent");
	assert_int_equal(json_integer_value(json_object_get(part, "id")), 5);
	assert_string_equal(text_of(part, "name"), "coding-agent");
	part = json_object_get(json, "object");
	assert_string_equal(text_of(part, "path"), "/home/a/.aws/credentials");
	assert_string_equal(text_of(part, "dev"), "254:1");
	assert_int_equal(json_integer_value(json_object_get(part, "ino")), 1234);
	part = json_object_get(json, "rule");
	assert_string_equal(text_of(part, "file"), "test.yaml");
	assert_int_equal(json_integer_value(json_object_get(part, "line")), 6);
	assert_string_equal(text_of(part, "text"), "{path: /home/a/.aws, access: none}");
	assert_string_equal(text_of(json, "allow_with"),
			    "{path: \"/home/a/.aws/credentials\", access: ro}");
	assert_null(json_object_get(json, "target"));
	assert_null(json_object_get(json, "address"));
	json_decref(json);
	free(layer);
}

static void test_event_json_hostile_names_escaped(void **state)
{
	struct cf_message_event event;
	cf_auto_free char *text = NULL;
	json_t *json;

	(void)state;
	fill_event(&event);
	memset(event.comm, 0, sizeof(event.comm));
	memcpy(event.comm, "a\n\xff\"", 4);
	cf_message_event_add_paths(&event, "/x\n{\"verdict\":\"allow\"}\\", "/t\x1b",
				   "/e\xe2\x80\xae");
	event.flags |= CF_EVENT_HAS_TARGET;
	json = cf_event_to_json(&event, NULL, 0);
	assert_non_null(json);
	assert_string_equal(text_of(json, "comm"), "a\\x0a\\xff\"");
	assert_string_equal(text_of(json_object_get(json, "object"), "path"),
			    "/x\\x0a{\"verdict\":\"allow\"}\\\\");
	assert_string_equal(text_of(json_object_get(json, "target"), "path"), "/t\\x1b");
	assert_string_equal(text_of(json, "exe"), "/e\\xe2\\x80\\xae");
	/* One line, whatever the names. */
	text = json_dumps(json, JSON_COMPACT);
	assert_null(strchr(text, '\n'));
	/* Nothing is proposed that would have to be written with escapes. */
	assert_null(json_object_get(json, "allow_with"));
	json_decref(json);
}

static void test_event_json_foreign_numbers_survive(void **state)
{
	struct cf_layer *layer = make_layer();
	struct cf_api_agent agent = {.id = 5, .name = "x", .n_layers = 1, .layers = {layer}};
	struct cf_message_event event;
	json_t *json;

	(void)state;
	/* A rule and a layer that are not there, and an inode number of all bits. */
	fill_event(&event);
	event.rule = 500;
	event.ino = UINT64_MAX;
	json = cf_event_to_json(&event, &agent, 0);
	assert_true(json_is_null(json_object_get(json, "rule")));
	json_decref(json);
	event.layer = 200;
	event.rule = CF_RULE_NONE;
	event.error = 0;
	json = cf_event_to_json(&event, &agent, 0);
	assert_true(json_is_null(json_object_get(json, "rule")));
	assert_true(json_is_null(json_object_get(json, "errno")));
	json_decref(json);
	free(layer);
}

static void test_event_json_address(void **state)
{
	struct cf_message_event event;
	json_t *json, *part;

	(void)state;
	fill_event(&event);
	cf_message_event_add_paths(&event, "", "", "");
	event.ino = 0;
	event.op = CF_OP_CONNECT;
	event.wanted = CF_RIGHT_CONNECT;
	event.reason = CF_REASON_NETWORK_RULE;
	event.flags = CF_EVENT_HAS_ADDRESS;
	event.detail = AF_INET << 16 | SOCK_STREAM << 8 | 6;
	event.port = 443;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.5", event.address), 1);
	json = cf_event_to_json(&event, NULL, 0);
	part = json_object_get(json, "address");
	assert_string_equal(text_of(part, "ip"), "203.0.113.5");
	assert_int_equal(json_integer_value(json_object_get(part, "port")), 443);
	assert_string_equal(text_of(part, "protocol"), "tcp");
	assert_null(json_object_get(json, "object"));
	assert_string_equal(text_of(json, "allow_with"),
			    "{to: \"203.0.113.5\", ports: [443], proto: tcp}");
	json_decref(json);

	/* Nothing can be allowed inside what a rule denies by name. */
	event.rule = 4;
	json = cf_event_to_json(&event, NULL, 0);
	assert_null(json_object_get(json, "allow_with"));
	assert_string_equal(text_of(json, "why"), "the policy denies this destination by name");
	json_decref(json);

	event.reason = CF_REASON_FAMILY;
	event.op = CF_OP_SOCKET;
	event.flags = 0;
	event.detail = AF_INET << 16 | SOCK_RAW << 8 | 1;
	json = cf_event_to_json(&event, NULL, 0);
	assert_string_equal(text_of(json, "socket"), "AF_INET SOCK_RAW 1");
	json_decref(json);
	event.detail = 999U << 16 | 200U << 8 | 255;
	json = cf_event_to_json(&event, NULL, 0);
	assert_string_equal(text_of(json, "socket"), "family 999 type 200 255");
	json_decref(json);
}

static void test_event_json_lost(void **state)
{
	struct cf_message_lost lost;
	json_t *json;

	(void)state;
	cf_message_init(&lost, CF_MESSAGE_LOST, 0);
	lost.stream = 8;
	lost.agent = 5;
	lost.count = 120;
	json = cf_lost_to_json(&lost, NULL, 0);
	assert_string_equal(text_of(json, "type"), "lost");
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 120);
	assert_string_equal(text_of(json, "time"), "1970-01-01T00:00:00.000000Z");
	json_decref(json);
}

static void assert_allowed_with(const struct cf_message_event *event, const struct cf_layer *layer,
				const char *expected)
{
	cf_auto_free char *text = cf_explain_allow_with(event, layer);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

static void test_explain_smallest_change(void **state)
{
	struct cf_layer *layer = make_layer();
	struct cf_message_event event;

	(void)state;
	fill_event(&event);
	cf_message_event_add_paths(&event, "/x/y", "", "");
	event.given = CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_EXEC | CF_RIGHT_IOCTL;
	event.wanted = CF_RIGHT_WRITE;
	assert_allowed_with(&event, layer, "{path: \"/x/y\", access: rw-no-delete}");
	event.wanted = CF_RIGHT_DELETE;
	assert_allowed_with(&event, layer, "{path: \"/x/y\", access: rw}");
	event.given = 0;
	event.wanted = CF_RIGHT_APPEND;
	assert_allowed_with(&event, layer, "{path: \"/x/y\", access: append}");
	event.wanted = CF_RIGHT_EXEC;
	assert_allowed_with(&event, layer, "{path: \"/x/y\", access: ro}");

	/* A name rule is widened where it stands. */
	event.reason = CF_REASON_NAME_RULE;
	event.rule = rule_at(layer, 7);
	event.wanted = CF_RIGHT_READ;
	assert_allowed_with(&event, layer, "{name: \".env\", access: ro}");
	assert_allowed_with(&event, NULL, NULL);

	/* No proposal for what has no path, or what no policy can allow. */
	event.reason = CF_REASON_FILE_RULE;
	cf_message_event_add_paths(&event, "(device 0:42)/a", "", "");
	assert_allowed_with(&event, layer, NULL);
	cf_message_event_add_paths(&event, "/a", "", "");
	event.flags |= CF_EVENT_OBJECT_CUT;
	assert_allowed_with(&event, layer, NULL);
	event.reason = CF_REASON_UNCLASSIFIED;
	assert_allowed_with(&event, layer, NULL);
	event.reason = CF_REASON_NAMESPACES;
	assert_allowed_with(&event, layer, "process: {namespaces: allow}");
	event.verdict = CF_VERDICT_ALLOW;
	assert_allowed_with(&event, layer, NULL);
	free(layer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_json_complete),
		cmocka_unit_test(test_event_json_hostile_names_escaped),
		cmocka_unit_test(test_event_json_foreign_numbers_survive),
		cmocka_unit_test(test_event_json_address),
		cmocka_unit_test(test_event_json_lost),
		cmocka_unit_test(test_explain_smallest_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
