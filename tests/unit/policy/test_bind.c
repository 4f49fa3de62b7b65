/* SPDX-License-Identifier: Apache-2.0 */
/* bind.c, bind_document.c, bind_files.c and bind_network.c: what each key takes. */
#include "tests/unit/policy/support.h"

static void test_bind_shortest_policy_has_defaults(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(HEAD);

	(void)state;
	assert_string_equal(layer->name, "test");
	assert_int_equal(layer->flags, 0);
	assert_int_equal(layer->observe, 0);
	assert_int_equal(layer->default_rights,
			 CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_EXEC | CF_RIGHT_IOCTL);
	assert_int_equal(layer->n_paths + layer->n_names + layer->n_nets, 0);
	assert_int_equal(layer->n_sources, CF_N_DEFAULT_RULES);
	assert_true(layer->memory_bytes == 0 && layer->pids == 0 && layer->cpu_permille == 0);
}

static void test_bind_settings_taken(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(HEAD "mode: audit\nfiles: {default: none}\n"
			      "exec: {setuid: allow, memfd: allow}\n"
			      "process: {namespaces: allow}\n"
			      "limits: {memory: 4G, pids: 512, cpu: 250%}\n"
			      "observe: [write, exec, connect]\n");

	(void)state;
	assert_int_equal(layer->flags, CF_LAYER_AUDIT | CF_LAYER_SETUID_EXEC | CF_LAYER_MEMFD_EXEC |
					       CF_LAYER_NAMESPACES);
	assert_int_equal(layer->default_rights, 0);
	assert_true(layer->memory_bytes == UINT64_C(4) << 30);
	assert_true(layer->pids == 512);
	assert_true(layer->cpu_permille == 2500);
	assert_int_equal(layer->observe, 1U << CF_OP_EXEC | 1U << CF_OP_CONNECT | 1U << CF_OP_OPEN);
}

static void test_bind_each_flag_alone(void **state)
{
	static const struct {
		const char *text;
		uint32_t flags;
	} table[] = {
		{HEAD "mode: audit\n", CF_LAYER_AUDIT},
		{HEAD "mode: enforce\n", 0},
		{HEAD "exec: {setuid: allow}\n", CF_LAYER_SETUID_EXEC},
		{HEAD "exec: {memfd: allow, setuid: deny}\n", CF_LAYER_MEMFD_EXEC},
		{HEAD "process: {namespaces: allow}\n", CF_LAYER_NAMESPACES},
		{HEAD "process: {namespaces: deny}\n", 0},
		{HEAD "process: {io_uring: allow}\n", CF_LAYER_IO_URING},
		{HEAD "process: {io_uring: deny}\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cf_auto_free struct cf_layer *layer = layer_of(table[i].text);

		assert_int_equal(layer->flags, table[i].flags);
	}
}

static void test_bind_number_forms_taken(void **state)
{
	cf_auto_free struct cf_layer *plain = layer_of(HEAD "limits: {memory: 1048576}\n");
	cf_auto_free struct cf_layer *quoted = layer_of(HEAD "limits: {memory: \"1M\"}\n");
	cf_auto_free struct cf_layer *largest =
		layer_of(HEAD "limits: {memory: 1024T, pids: 4194304, cpu: 1000000%}\n");

	(void)state;
	assert_true(plain->memory_bytes == 1 << 20);
	assert_true(quoted->memory_bytes == 1 << 20);
	assert_true(largest->memory_bytes == UINT64_C(1) << 50);
	assert_true(largest->pids == 4194304);
	assert_true(largest->cpu_permille == 10000000);
}

static void test_bind_types_checked(void **state)
{
	(void)state;
	assert_refused("- a\n", CF_P_TYPE, 1, 1, "found a list, expected a policy");
	assert_refused("word\n", CF_P_TYPE, 1, 1, "'word'");
	assert_refused("cofferdam: '1'\nname: a\n", CF_P_TYPE, 1, 12, "a string");
	assert_refused("cofferdam: 1.0\nname: a\n", CF_P_TYPE, 1, 12, "a number");
	assert_refused("cofferdam: [1]\nname: a\n", CF_P_TYPE, 1, 12, "a list");
	assert_refused("cofferdam: 1\nname: 5\n", CF_P_TYPE, 2, 7, "an integer, '5'");
	assert_refused("cofferdam: 1\nname:\n", CF_P_TYPE, 2, 6, "found nothing");
	assert_refused(HEAD "mode: true\n", CF_P_TYPE, 3, 7, "a boolean");
	assert_refused(HEAD "mode: [audit]\n", CF_P_TYPE, 3, 7, "a list");
	assert_refused(HEAD "files: []\n", CF_P_TYPE, 3, 8, "a map");
	assert_refused(HEAD "files: {rules: {}}\n", CF_P_TYPE, 3, 16, "expected a list");
	assert_refused(HEAD "files: {default: 5}\n", CF_P_TYPE, 3, 18, "access mode");
	assert_refused(FILES("    - a\n"), CF_P_TYPE, 5, 7, "a file rule");
	assert_refused(FILES(RULE("path: 5, access: ro")), CF_P_TYPE, 5, 14, "a path");
	assert_refused(FILES(RULE("name: 5, access: ro")), CF_P_TYPE, 5, 14, "a name");
	assert_refused(FILES(RULE("path: /a, access: ~")), CF_P_TYPE, 5, 26, "nothing");
	assert_refused(FILES(RULE("name: a, access: ro, except: b")), CF_P_TYPE, 5, 37, "a list");
	assert_refused(FILES(RULE("name: a, access: ro, except: [1]")), CF_P_TYPE, 5, 38, "a name");
	assert_refused(HEAD "extends: a\n", CF_P_TYPE, 3, 10, "a list");
	assert_refused(HEAD "extends: [1]\n", CF_P_TYPE, 3, 11, "a name");
	assert_refused(HEAD "exec: deny\n", CF_P_TYPE, 3, 7, "a map");
	assert_refused(HEAD "limits: {memory: [1]}\n", CF_P_TYPE, 3, 18, "bytes");
	assert_refused(HEAD "limits: {memory: 4e9}\n", CF_P_TYPE, 3, 18, "a number");
	assert_refused(HEAD "limits: {pids: '5'}\n", CF_P_TYPE, 3, 16, "a string");
	assert_refused(HEAD "limits: {cpu: 5}\n", CF_P_TYPE, 3, 15, "an integer");
	assert_refused(HEAD "observe: exec\n", CF_P_TYPE, 3, 10, "a list");
	assert_refused(HEAD "observe: [1]\n", CF_P_TYPE, 3, 11, "a word");
	assert_refused(NETWORK("  allow: {}\n"), CF_P_TYPE, 4, 10, "a list");
	assert_refused(NETWORK("  deny: [10.0.0.1]\n"), CF_P_TYPE, 4, 10, "a map");
	assert_refused(NETWORK("  deny: [{to: 10}]\n"), CF_P_TYPE, 4, 15, "an address");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: 80}]\n"), CF_P_TYPE, 4, 33,
		       "'any'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: [[]]}]\n"), CF_P_TYPE, 4, 34,
		       "a port");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: [80], proto: 6}]\n"), CF_P_TYPE, 4,
		       46, "a word");
}

static void test_bind_unknown_keys_named(void **state)
{
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_refused(HEAD "filez: {}\n", CF_P_UNKNOWN_KEY, 3, 1, "'filez' in a policy");
	assert_refused(HEAD "files: {defaults: ro}\n", CF_P_UNKNOWN_KEY, 3, 9,
		       "'defaults' in 'files'");
	assert_refused(HEAD "exec: {suid: deny}\n", CF_P_UNKNOWN_KEY, 3, 8, "'suid' in 'exec'");
	assert_refused(HEAD "limits: {mem: 4G}\n", CF_P_UNKNOWN_KEY, 3, 10, "'mem' in 'limits'");
	assert_refused(FILES(RULE("pth: /a, access: ro")), CF_P_UNKNOWN_KEY, 5, 8, "a file rule");
	assert_refused(NETWORK("  listen: [{to: '::1', ports: any}]\n"), CF_P_UNKNOWN_KEY, 4, 13,
		       "'to' in a rule of 'listen'");
	assert_refused(NETWORK("  deny: [{to: '::1', ports: any}]\n"), CF_P_UNKNOWN_KEY, 4, 22,
		       "all ports");
	assert_refused(HEAD "<<: {mode: audit}\n", CF_P_UNKNOWN_KEY, 3, 1, "'<<'");
	assert_refused(HEAD "1: a\n", CF_P_UNKNOWN_KEY, 3, 1, "'1'");
	assert_int_equal(compile_text(HEAD "filez: {}\n", &layer, &diag), -EINVAL);
	assert_string_equal(diag.hint, "did you mean 'files'?");
	assert_int_equal(compile_text(HEAD "process: {zzzzzz: {}}\n", &layer, &diag), -EINVAL);
	assert_string_equal(diag.hint, "expected one of namespaces, io_uring");
}

static void test_bind_later_keys_refused_with_reason(void **state)
{
	static const char *const texts[] = {
		HEAD "lease: 8h\n",
		HEAD "network: {hosts: []}\n",
		HEAD "network: {families: []}\n",
		HEAD "process: {ptrace: own}\n",
		HEAD "process: {signals: own}\n",
		HEAD "process: {capabilities: []}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cf_layer *layer = NULL;
		struct cf_diag diag = {};

		assert_int_equal(compile_text(texts[i], &layer, &diag), -EINVAL);
		assert_string_equal(diag.code, cf_policy_code(CF_P_UNKNOWN_KEY));
		assert_non_null(strstr(diag.message, "this version does not know"));
		assert_non_null(strstr(diag.hint, "not be enforced"));
	}
}

static void test_bind_missing_keys_named(void **state)
{
	(void)state;
	assert_refused("{}\n", CF_P_MISSING_KEY, 1, 1, "no 'cofferdam'");
	assert_refused("# c\nname: a\n", CF_P_MISSING_KEY, 2, 1, "no 'cofferdam'");
	assert_refused("cofferdam: 1\n", CF_P_MISSING_KEY, 1, 1, "no 'name'");
	assert_refused(FILES(RULE("path: /a")), CF_P_MISSING_KEY, 5, 7, "no 'access'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1}]\n"), CF_P_MISSING_KEY, 4, 11,
		       "no 'ports'");
	assert_refused(NETWORK("  allow: [{ports: any}]\n"), CF_P_MISSING_KEY, 4, 11, "no 'to'");
	assert_refused(NETWORK("  listen: [{ports: any}]\n"), CF_P_MISSING_KEY, 4, 12, "no 'on'");
	assert_refused(NETWORK("  deny: [{}]\n"), CF_P_MISSING_KEY, 4, 10, "no 'to'");
}

static void test_bind_words_checked(void **state)
{
	(void)state;
	assert_refused(HEAD "mode: Audit\n", CF_P_CHOICE, 3, 7, "'Audit'");
	assert_refused(HEAD "exec: {setuid: no}\n", CF_P_CHOICE, 3, 16, "'no'");
	assert_refused(HEAD "exec: {memfd: ''}\n", CF_P_CHOICE, 3, 15, "''");
	assert_refused(HEAD "process: {namespaces: own}\n", CF_P_CHOICE, 3, 23, "'own'");
	assert_refused(HEAD "network: {default: ask}\n", CF_P_CHOICE, 3, 20, "'ask'");
	assert_refused(HEAD "observe: [exec, read]\n", CF_P_CHOICE, 3, 17, "'read'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: [80], proto: icmp}]\n"),
		       CF_P_CHOICE, 4, 46, "'icmp'");
	assert_refused("cofferdam: 2\nname: a\n", CF_P_VERSION, 1, 12, "'2'");
	assert_refused("later: x\ncofferdam: 12\n", CF_P_VERSION, 2, 12, "'12'");
	assert_refused(HEAD "files: {default: read}\n", CF_P_ACCESS, 3, 18, "'read'");
	assert_refused(HEAD "files: {default: none+exec}\n", CF_P_ACCESS, 3, 18, "'none'");
}

static void test_bind_numbers_bounded(void **state)
{
	(void)state;
	assert_refused(HEAD "limits: {memory: 1023K}\n", CF_P_NUMBER, 3, 18, "out of range");
	assert_refused(HEAD "limits: {memory: 1025T}\n", CF_P_NUMBER, 3, 18, "out of range");
	assert_refused(HEAD "limits: {memory: 99999999999999999999}\n", CF_P_NUMBER, 3, 18,
		       "range");
	assert_refused(HEAD "limits: {memory: 4g}\n", CF_P_NUMBER, 3, 18, "not of this form");
	assert_refused(HEAD "limits: {pids: 0}\n", CF_P_NUMBER, 3, 16, "out of range");
	assert_refused(HEAD "limits: {pids: 4194305}\n", CF_P_NUMBER, 3, 16, "out of range");
	assert_refused(HEAD "limits: {cpu: 0%}\n", CF_P_NUMBER, 3, 15, "out of range");
	assert_refused(HEAD "limits: {cpu: half}\n", CF_P_NUMBER, 3, 15, "not of this form");
}

static void test_bind_names_checked(void **state)
{
	char text[200];
	char name[CF_NAME_SIZE + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[CF_NAME_SIZE] = '\0';
	(void)snprintf(text, sizeof(text), "cofferdam: 1\nname: %s\n", name);
	assert_refused(text, CF_P_NAME, 2, 7, name);
	assert_refused("cofferdam: 1\nname: ''\n", CF_P_NAME, 2, 7, "''");
	assert_refused("cofferdam: 1\nname: A\n", CF_P_NAME, 2, 7, "'A'");
	assert_refused("cofferdam: 1\nname: a_b\n", CF_P_NAME, 2, 7, "'a_b'");
	assert_refused(HEAD "extends: [a/b]\n", CF_P_NAME, 3, 11, "'a/b'");
	assert_refused(HEAD "extends: [..]\n", CF_P_NAME, 3, 11, "'..'");
	assert_refused(HEAD "extends: [a, b, a]\n", CF_P_TWICE, 3, 17, "'a'");
	assert_refused(HEAD "observe: [exec, exec]\n", CF_P_TWICE, 3, 17, "'exec'");
}

static void test_bind_rule_forms_checked(void **state)
{
	(void)state;
	assert_refused(FILES(RULE("path: /a, name: b, access: ro")), CF_P_RULE_FORM, 5, 7,
		       "and 'name'");
	assert_refused(FILES(RULE("access: ro")), CF_P_RULE_FORM, 5, 7, "neither");
	assert_refused(FILES(RULE("path: /a, access: ro, except: []")), CF_P_RULE_FORM, 5, 30,
		       "'except'");
	assert_refused(FILES(RULE("path: a, access: ro")), CF_P_PATH_RELATIVE, 5, 14, "'a'");
	assert_refused(FILES(RULE("path: '${home}/${nobody}', access: ro")), CF_P_VARIABLE_UNKNOWN,
		       5, 14, "'${nobody}'");
	assert_refused(FILES(RULE("name: a/, access: ro")), CF_P_PATTERN, 5, 14, "'a/'");
	assert_refused(FILES(RULE("name: a/b/c/d/e, access: ro")), CF_P_PATTERN_LENGTH, 5, 14, "4");
	assert_refused(FILES(RULE("name: a, access: ro, except: [b, 'c*d']")), CF_P_FILE_NAME, 5,
		       41, "'c*d'");
	assert_refused(FILES(RULE("name: a, access: ro, except: "
				  "[a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q]")),
		       CF_P_FILE_NAME, 5, 70, "16");
	assert_refused(FILES(RULE("name: a, access: rw-no-delete, replace: [b]")), CF_P_RULE_FORM,
		       5, 39, "'replace'");
	assert_refused(FILES(RULE("path: /a, access: append, replace: [b]")), CF_P_RULE_FORM, 5, 34,
		       "'rw-no-delete' only");
	assert_refused(FILES(RULE("path: /a, replace: [b/c], access: rw-no-delete")),
		       CF_P_FILE_NAME, 5, 28, "'b/c'");
	assert_refused(FILES(RULE("path: /a, access: rw-no-delete, replace: ['b*c']")),
		       CF_P_FILE_NAME, 5, 50, "'b*c'");
}

static void test_bind_network_checked(void **state)
{
	(void)state;
	assert_refused(NETWORK("  deny: [{to: example.com}]\n"), CF_P_ADDRESS, 4, 15, "no address");
	assert_refused(NETWORK("  deny: [{to: 10.0.0.0/99}]\n"), CF_P_ADDRESS, 4, 15, "longer");
	assert_refused(NETWORK("  deny: [{to: 10.0.0.1/8}]\n"), CF_P_HOST_BITS, 4, 15,
		       "'10.0.0.1/8'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: []}]\n"), CF_P_PORTS, 4, 33,
		       "empty");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: [0]}]\n"), CF_P_PORTS, 4, 34,
		       "'0'");
	assert_refused(NETWORK("  listen: [{on: 10.0.0.1, ports: [0-9]}]\n"), CF_P_PORTS, 4, 35,
		       "'0-9'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: [9-8]}]\n"), CF_P_PORTS, 4, 34,
		       "'9-8'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: ['80']}]\n"), CF_P_PORTS, 4, 34,
		       "'80'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: all}]\n"), CF_P_TYPE, 4, 33,
		       "'all'");
	assert_refused(NETWORK("  allow: [{to: 10.0.0.1, ports: "
			       "[1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33]}]\n"),
		       CF_P_PORTS_FULL, 4, 77, "16");
}

static void test_bind_rule_text_on_one_line(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(FILES(
		"    - path: ${home}/a\n"
		"      access: rw+exec\n" RULE(
			"name: \"x/*\", except: ['*.y', z], access: ro")) "network:\n  default: deny\n"
									  "  allow: [{to: 10.0.0.0/8, ports: [2, 1]}]\n"
									  "  deny: [{to: '::1'}]\n"
									  "  listen: [{on: 127.0.0.1, ports: any, proto: any}]\n");
	const struct cf_layer_source *sources = cf_layer_sources(layer);
	static const char *const texts[] = {
		"files: {default: ro}",
		"network: {default: deny}",
		"{path: \"${home}/a\", access: rw}",
		"{name: \"x/*\", access: ro, except: [\"*.y\", \"z\"]}",
		"allow: {to: \"10.0.0.0/8\", ports: [1-2], proto: tcp}",
		"deny: {to: \"::1\"}",
		"listen: {on: \"127.0.0.1\", ports: any, proto: any}",
	};

	(void)state;
	assert_int_equal(layer->n_sources, 7);
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(cf_layer_string(layer, sources[i].text), texts[i]);
	assert_int_equal(sources[2].line, 5);
	assert_int_equal(sources[2].column, 7);
	assert_int_equal(sources[3].line, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind_shortest_policy_has_defaults),
		cmocka_unit_test(test_bind_settings_taken),
		cmocka_unit_test(test_bind_each_flag_alone),
		cmocka_unit_test(test_bind_number_forms_taken),
		cmocka_unit_test(test_bind_types_checked),
		cmocka_unit_test(test_bind_unknown_keys_named),
		cmocka_unit_test(test_bind_later_keys_refused_with_reason),
		cmocka_unit_test(test_bind_missing_keys_named),
		cmocka_unit_test(test_bind_words_checked),
		cmocka_unit_test(test_bind_numbers_bounded),
		cmocka_unit_test(test_bind_names_checked),
		cmocka_unit_test(test_bind_rule_forms_checked),
		cmocka_unit_test(test_bind_network_checked),
		cmocka_unit_test(test_bind_rule_text_on_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
