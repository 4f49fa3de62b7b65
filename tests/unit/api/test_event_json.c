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

static struct cf_layer *layer_of(const char *text)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	const struct cf_policy_variables variables = {.workspace = "/w"};
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	if (cf_policy_parse("test.yaml", text, strlen(text), NULL, NULL, &policy, &diag) < 0 ||
	    cf_policy_compile(policy, &variables, &layer, &diag) < 0)
		fail_msg("%s", diag.message);
	return layer;
}

static struct cf_layer *make_layer(void)
{
	return layer_of(policy_text);
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

/* The member is an array of these rights, each with a space behind it; NULL: it is not there. */
static void assert_rights(const json_t *event, const char *member, const char *expected)
{
	const json_t *rights = json_object_get(event, member);
	char text[128] = "";
	const json_t *right;
	size_t i;

	if (!expected) {
		assert_null(rights);
		return;
	}
	assert_true(json_is_array(rights));
	json_array_foreach(rights, i, right)
	{
		strcat(text, json_string_value(right));
		strcat(text, " ");
	}
	assert_string_equal(text, expected);
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
	assert_rights(json, "lacking", "read ");
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

/* A connect to 203.0.113.5:443/tcp, denied by default. */
static void fill_connect(struct cf_message_event *event)
{
	fill_event(event);
	cf_message_event_add_paths(event, "", "", "");
	event->ino = 0;
	event->op = CF_OP_CONNECT;
	event->wanted = CF_RIGHT_CONNECT;
	event->reason = CF_REASON_NETWORK_RULE;
	event->rule = CF_RULE_NETWORK_DEFAULT;
	event->flags = CF_EVENT_HAS_ADDRESS;
	event->detail = AF_INET << 16 | SOCK_STREAM << 8 | 6;
	event->port = 443;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.5", event->address), 1);
}

static void test_event_json_address(void **state)
{
	struct cf_message_event event;
	json_t *json, *part;

	(void)state;
	fill_connect(&event);
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

static void assert_allowed_with(const struct cf_message_event *event, const struct cf_layer *layer,
				const char *expected)
{
	cf_auto_free char *text = cf_explain_allow_with(event, layer);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

/* What a network denial by this rule says of its rule; NULL: that none decided. */
static void assert_network_rule(const struct cf_layer *layer, struct cf_message_event *event,
				uint32_t line, const char *text)
{
	struct cf_api_agent agent = {
		.id = 5, .n_layers = 1, .layers = {(struct cf_layer *)(uintptr_t)layer}};
	json_t *json = cf_event_to_json(event, &agent, 0);
	const json_t *rule = json_object_get(json, "rule");

	if (text) {
		assert_string_equal(text_of(rule, "text"), text);
		assert_int_equal(json_integer_value(json_object_get(rule, "line")), line);
	} else {
		assert_true(json_is_null(rule));
	}
	json_decref(json);
}

static void test_event_json_network_default_has_its_line(void **state)
{
	static const char denies[] = "cofferdam: 1\nname: test\nfiles:\n  default: ro\n"
				     "network:\n  default: deny\n";
	static const char allows[] = "cofferdam: 1\nname: test\nnetwork:\n  default: allow\n"
				     "  deny: [{to: 203.0.113.5}]\n";
	cf_auto_free struct cf_layer *closed = layer_of(denies);
	cf_auto_free struct cf_layer *open = layer_of(allows);
	struct cf_message_event event;

	(void)state;
	fill_connect(&event);
	assert_network_rule(closed, &event, 6, "network: {default: deny}");
	assert_allowed_with(&event, closed, "{to: \"203.0.113.5\", ports: [443], proto: tcp}");
	assert_string_equal(cf_explain_reason(&event, NULL),
			    "no network rule allows this destination");
	event.rule = CF_N_DEFAULT_RULES;
	assert_network_rule(open, &event, 5, "deny: {to: \"203.0.113.5\"}");
	assert_allowed_with(&event, open, NULL);

	/* Listening is denied by default, too; but not by a default that allows. */
	event.op = CF_OP_BIND;
	event.reason = CF_REASON_LISTEN_RULE;
	event.rule = CF_RULE_NETWORK_DEFAULT;
	assert_network_rule(closed, &event, 6, "network: {default: deny}");
	assert_allowed_with(&event, closed, "{on: \"203.0.113.5\", ports: [443], proto: tcp}");
	assert_network_rule(open, &event, 0, NULL);
}

static void test_event_json_exec_only_is_told(void **state)
{
	static const char text[] =
		"cofferdam: 1\nname: test\nfiles:\n  rules:\n"
		"    - {path: /work, access: rw}\n"
		"    - {path: /data, access: ro-exec}\nexec:\n  only: [system]\n";
	cf_auto_free struct cf_layer *layer = layer_of(text);
	struct cf_api_agent agent = {.id = 5, .n_layers = 1, .layers = {layer}};
	struct cf_message_event event;
	json_t *json;

	(void)state;
	fill_event(&event);
	event.op = CF_OP_EXEC;
	event.reason = CF_REASON_FILE_RULE;
	event.layer = 0;
	event.wanted = CF_RIGHT_EXEC;
	event.given = CF_RIGHTS_ALL & ~CF_RIGHT_EXEC;
	event.rule = CF_N_DEFAULT_RULES; /* /work */
	assert_string_equal(cf_explain_reason(&event, layer),
			    "only what is listed can be executed, and nothing that can be written");
	assert_allowed_with(&event, layer, NULL);
	json = cf_event_to_json(&event, &agent, 0);
	assert_string_equal(text_of(json_object_get(json, "rule"), "text"),
			    "exec: {only: [system]}");
	json_decref(json);

	event.rule = CF_RULE_DEFAULT;
	event.given = CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_IOCTL;
	assert_string_equal(cf_explain_reason(&event, layer),
			    "only what is listed can be executed");
	assert_allowed_with(&event, layer, "exec: {only: [\"/home/a/.aws/credentials\"]}");

	event.rule = CF_N_DEFAULT_RULES + 1; /* /data: its rule takes it away itself */
	assert_string_equal(cf_explain_reason(&event, layer),
			    "the rule for this place does not give the right");
}

static void test_event_json_lacking_rights_of_file_rules_only(void **state)
{
	struct cf_message_event event;
	json_t *json;

	(void)state;
	fill_event(&event);
	event.wanted = CF_RIGHT_READ | CF_RIGHT_WRITE | CF_RIGHT_DELETE;
	event.given = CF_RIGHT_READ | CF_RIGHT_LIST;
	for (unsigned int reason = 0; reason < _CF_REASON_MAX; reason++) {
		bool is_for_rights = reason == CF_REASON_FILE_RULE ||
				     reason == CF_REASON_NAME_RULE ||
				     reason == CF_REASON_LINK_WIDENS;

		event.reason = (uint8_t)reason;
		json = cf_event_to_json(&event, NULL, 0);
		assert_rights(json, "rights", "read write delete ");
		assert_rights(json, "lacking", is_for_rights ? "write delete " : NULL);
		json_decref(json);
	}
	event.reason = CF_REASON_FILE_RULE;
	event.verdict = CF_VERDICT_ALLOW;
	json = cf_event_to_json(&event, NULL, 0);
	assert_rights(json, "lacking", NULL);
	json_decref(json);
}

static void test_explain_mount_type(void **state)
{
	struct cf_message_event event;
	json_t *json;

	(void)state;
	fill_event(&event);
	cf_message_event_add_paths(&event, "", "", "");
	event.op = CF_OP_MOUNT;
	event.wanted = 0;
	event.rule = CF_RULE_NONE;
	event.reason = CF_REASON_MOUNT_TYPE;
	json = cf_event_to_json(&event, NULL, 0);
	assert_string_equal(text_of(json, "reason"), "mount-type");
	assert_string_equal(text_of(json, "why"), "no agent may mount a filesystem of this type");
	assert_null(json_object_get(json, "allow_with"));
	json_decref(json);
	event.reason = CF_REASON_NAMESPACES;
	assert_string_equal(cf_explain_reason(&event, NULL), "mounts are denied");
	assert_allowed_with(&event, NULL, "process: {namespaces: allow}");
}

/* The layer and line of the rule that is told for a pinned name; line 0: none. */
static void assert_pinned(struct cf_message_event *event, uint32_t layer, uint32_t line)
{
	static const char outer[] = "cofferdam: 1\nname: outer\nfiles:\n  rules:\n"
				    "    - {path: /home/a/.ssh, access: none}\n"
				    "    - {name: \".git/hooks\", access: ro}\n";
	static const char inner[] = "cofferdam: 1\nname: inner\nfiles:\n  rules:\n"
				    "    - {name: \"x*y/.git/*\", access: ro}\n"
				    "    - {name: \".claude/*\", access: ro}\n"
				    "    - {path: /srv/x/.claude/a, access: ro}\n"
				    "    - {path: /srv/x/b, access: ro}\n";
	struct cf_api_agent agent = {
		.id = 5, .n_layers = 2, .layers = {layer_of(outer), layer_of(inner)}};
	json_t *json;
	const json_t *rule;

	event->reason = CF_REASON_PINNED;
	event->rule = CF_RULE_NONE;
	json = cf_event_to_json(event, &agent, 0);
	rule = json_object_get(json, "rule");
	if (line > 0) {
		assert_int_equal(json_integer_value(json_object_get(rule, "line")), line);
		assert_int_equal(json_integer_value(json_object_get(json, "layer")), layer);
		assert_string_equal(text_of(rule, "file"), "test.yaml");
	} else {
		assert_true(json_is_null(rule));
	}
	assert_null(json_object_get(json, "allow_with"));
	json_decref(json);
	free(agent.layers[0]);
	free(agent.layers[1]);
}

static void assert_pinned_path(const char *path, uint32_t layer, uint32_t line)
{
	struct cf_message_event event;

	fill_event(&event);
	event.op = CF_OP_RMDIR;
	event.wanted = CF_RIGHT_DELETE;
	cf_message_event_add_paths(&event, path, "", "");
	assert_pinned(&event, layer, line);
}

static void test_explain_pinned_rule_told_if_certain(void **state)
{
	(void)state;
	assert_pinned_path("/w/.git", 0, 6);
	assert_pinned_path("/.git", 0, 6);
	assert_pinned_path("/w/xy", 1, 5);
	assert_pinned_path("/w/x1y", 1, 5);
	assert_pinned_path("/w/.claude", 1, 6);
	assert_pinned_path("/srv/x/b", 1, 8);
	assert_pinned_path("/srv/x", 1, 7);
	assert_pinned_path("/home", 0, 5);
	assert_pinned_path("/home/a/.ssh", 0, 5);
	/* Either kind may have decided. */
	assert_pinned_path("/srv/x/.claude", 0, 0);
	/* Names that lead nowhere, though they look alike. */
	assert_pinned_path("/w/.git/hooks", 0, 0);
	assert_pinned_path("/w/a.git", 0, 0);
	assert_pinned_path("/w/x", 0, 0);
	assert_pinned_path("/ho", 0, 0);
	assert_pinned_path("/srv/x/b/c", 0, 0);
	assert_pinned_path("/", 0, 0);
	assert_pinned_path("", 0, 0);
	assert_pinned_path("(device 0:42)/.git", 0, 0);
}

static void test_explain_judged_name_of_two(void **state)
{
	struct cf_message_event event;

	(void)state;
	fill_event(&event);
	cf_message_event_add_paths(&event, "/w/.git", "/home", "");
	event.op = CF_OP_RENAME;
	event.flags |= CF_EVENT_HAS_TARGET;
	event.wanted = CF_RIGHT_DELETE;
	assert_pinned(&event, 0, 6);
	event.wanted = CF_RIGHT_CREATE;
	assert_pinned(&event, 0, 5);
	event.flags |= CF_EVENT_TARGET_CUT;
	assert_pinned(&event, 0, 0);

	/* What would allow it is a rule for the name that was refused. */
	event.flags = CF_EVENT_HAS_TARGET;
	event.reason = CF_REASON_FILE_RULE;
	cf_message_event_add_paths(&event, "/a", "/b", "");
	assert_allowed_with(&event, NULL, "{path: \"/b\", access: append}");
	event.wanted = CF_RIGHT_DELETE;
	assert_allowed_with(&event, NULL, "{path: \"/a\", access: rw}");
	event.op = CF_OP_LINK;
	event.wanted = CF_RIGHT_CREATE;
	assert_allowed_with(&event, NULL, "{path: \"/b\", access: append}");
	event.reason = CF_REASON_LINK_WIDENS;
	assert_allowed_with(&event, NULL, NULL);
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
		cmocka_unit_test(test_event_json_network_default_has_its_line),
		cmocka_unit_test(test_event_json_exec_only_is_told),
		cmocka_unit_test(test_event_json_lacking_rights_of_file_rules_only),
		cmocka_unit_test(test_explain_mount_type),
		cmocka_unit_test(test_explain_pinned_rule_told_if_certain),
		cmocka_unit_test(test_explain_judged_name_of_two),
		cmocka_unit_test(test_event_json_lost),
		cmocka_unit_test(test_explain_smallest_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
