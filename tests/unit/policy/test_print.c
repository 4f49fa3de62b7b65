/* SPDX-License-Identifier: Apache-2.0 */
/* print.c and quote.c. That printing and compiling agree is tested by golden/ and fuzz/ as well. */
#include "tests/unit/policy/support.h"

#include "base/buffer.h"
#include "policy/quote.h"

static void assert_printed(const char *text, const char *expected)
{
	cf_auto_free struct cf_layer *layer = layer_of(text);
	cf_auto_free char *printed = NULL;

	assert_int_equal(cf_policy_print(layer, &printed), 0);
	assert_string_equal(printed, expected);
}

static void test_print_shortest_policy_says_the_defaults(void **state)
{
	(void)state;
	assert_printed(HEAD, "cofferdam: 1\nname: \"test\"\nmode: enforce\n"
			     "files:\n  default: ro  # test.yaml:1\n"
			     "exec:\n  setuid: deny\n  memfd: deny\n"
			     "process:\n  namespaces: deny\n  io_uring: deny\n"
			     "network:\n  default: deny  # test.yaml:1\n");
}

static void test_print_everything(void **state)
{
	(void)state;
	assert_printed(
		HEAD "mode: audit\nfiles:\n  default: rw\n  rules:\n" RULE(
			"path: '${home}/a b', access: none")
			RULE("name: 'a/*', access: ro, except: ['*.b']") "exec: {setuid: allow, memfd: allow}\n"
									 "process: {namespaces: allow, io_uring: allow}\n"
									 "network:\n  default: allow\n"
									 "  allow: [{to: 10.0.0.1, ports: [1, 5-6], proto: any}]\n"
									 "  deny: [{to: '::1'}]\n"
									 "  listen: [{on: 0.0.0.0/0, ports: any}]\n"
									 "limits: {memory: 1048577, pids: 2, cpu: 3%}\n"
									 "observe: [write, exec]\n",
		"cofferdam: 1\nname: \"test\"\nmode: audit\n"
		"files:\n  default: rw  # test.yaml:5\n  rules:\n"
		"    - {path: \"/home/user/a b\", access: none}  # test.yaml:7\n"
		"    - {name: \"a/*\", access: ro, except: [\"*.b\"]}  # test.yaml:8\n"
		"exec:\n  setuid: allow\n  memfd: allow\n"
		"process:\n  namespaces: allow\n  io_uring: allow\n"
		"network:\n  default: allow  # test.yaml:12\n"
		"  allow:\n    - {to: \"10.0.0.1\", ports: [1, 5-6], proto: any}  # test.yaml:13\n"
		"  deny:\n    - {to: \"::1\"}  # test.yaml:14\n"
		"  listen:\n    - {on: \"0.0.0.0/0\", ports: any, proto: tcp}  # test.yaml:15\n"
		"limits:\n  memory: 1048577\n  pids: 2\n  cpu: 3%\n"
		"observe: [exec, write]\n");
}

static void test_print_inherited_ports_left_out(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		NETWORK("  allow: [{to: 10.0.0.0/8, ports: [1]}, {to: 10.0.0.1, ports: [2]}]\n"));
	cf_auto_free char *printed = NULL;

	(void)state;
	assert_int_equal(cf_layer_nets(layer)[1].net.n_ports, 2);
	assert_int_equal(cf_policy_print(layer, &printed), 0);
	assert_non_null(strstr(printed, "{to: \"10.0.0.1\", ports: [2], proto: tcp}"));
	assert_null(strstr(printed, "[1, 2]"));
	assert_non_null(strstr(printed, "network:\n  default: deny  # test.yaml:1\n"));
}

static void test_quote_plain_only_where_safe(void **state)
{
	static const char *const table[][2] = {
		{"/a/b-c_d.e", "/a/b-c_d.e"},
		{"coding-agent", "coding-agent"},
		{"", "\"\""},
		{"on", "\"on\""},
		{"false", "\"false\""},
		{"123456", "\"123456\""},
		{".env", "\".env\""},
		{"*.pem", "\"*.pem\""},
		{"/a b", "\"/a b\""},
		{"/a#b", "\"/a#b\""},
		{"/a: b", "\"/a: b\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"/gr\xc3\xbcn", "\"/gr\xc3\xbcn\""},
		{"/{a}", "\"/{a}\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};

		cf_yaml_quote(table[i][0], &buffer);
		assert_string_equal(buffer.data, table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_shortest_policy_says_the_defaults),
		cmocka_unit_test(test_print_everything),
		cmocka_unit_test(test_print_inherited_ports_left_out),
		cmocka_unit_test(test_quote_plain_only_where_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
