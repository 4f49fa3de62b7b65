/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c and check.c: what documents extend, and which of several rules holds. */
#include "tests/unit/policy/support.h"

#define PACK(name, rest)                                      \
	{                                                     \
#name, "cofferdam: 1\nname: " #name "\n" rest \
	}

static uint16_t rights_of(const struct cf_layer *layer, const char *path)
{
	const struct cf_layer_path *paths = cf_layer_paths(layer);

	for (uint32_t i = 0; i < layer->n_paths; i++)
		if (strcmp(cf_layer_string(layer, paths[i].path), path) == 0)
			return paths[i].rights;
	fail_msg("no rule for %s", path);
	return 0;
}

static void assert_refused_in(const char *text, const struct test_pack *packs,
			      enum cf_policy_code code, const char *file, uint32_t line,
			      uint32_t column)
{
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	assert_int_equal(compile_with(text, packs, &test_variables, &layer, &diag), -EINVAL);
	assert_string_equal(diag.code, cf_policy_code(code));
	assert_string_equal(diag.file, file);
	assert_int_equal(diag.line, line);
	assert_int_equal(diag.column, column);
}

static void test_parse_later_scalar_overrides(void **state)
{
	static const struct test_pack packs[] = {
		PACK(a, "mode: audit\nfiles: {default: none}\nlimits: {pids: 5, cpu: 10%}\n"),
		PACK(b, "files: {default: rw}\nlimits: {pids: 6}\nexec: {setuid: allow}\n"),
		{},
	};
	cf_auto_free struct cf_layer *layer =
		layer_of_packs(HEAD "extends: [a, b]\nlimits: {memory: 2M}\n", packs);

	(void)state;
	assert_string_equal(layer->name, "test");
	assert_int_equal(layer->flags, CF_LAYER_AUDIT | CF_LAYER_SETUID_EXEC);
	assert_int_equal(layer->default_rights, CF_RIGHTS_ALL);
	assert_true(layer->pids == 6);
	assert_true(layer->cpu_permille == 100);
	assert_true(layer->memory_bytes == 2 << 20);
}

static void test_parse_own_document_is_last(void **state)
{
	static const struct test_pack packs[] = {PACK(a, "mode: audit\n"), {}};
	cf_auto_free struct cf_layer *layer =
		layer_of_packs("mode: enforce\n" HEAD "extends: [a]\n", packs);

	(void)state;
	assert_int_equal(layer->flags, 0);
}

static void test_parse_lists_concatenate_and_replace(void **state)
{
	static const struct test_pack packs[] = {
		PACK(a,
		     "files: {rules: [{path: /a, access: ro}, {path: /b, access: ro},"
		     " {name: x, access: none}, {name: y, access: none}]}\n"
		     "network: {allow: [{to: 10.0.0.1, ports: [1]}, {to: 10.0.0.1, ports: [2]}]}\n"
		     "observe: [exec]\n"),
		{},
	};
	cf_auto_free struct cf_layer *layer = layer_of_packs(
		HEAD
		"extends: [a]\nfiles: {rules: [{path: /b/, access: rw}, {path: /c, access: rw},"
		" {name: y, access: ro, except: [z]}]}\n"
		"network: {allow: [{to: 10.0.0.1/32, ports: [2-2], proto: tcp}]}\n"
		"observe: [write]\n",
		packs);
	const struct cf_layer_name *names = cf_layer_names(layer);

	(void)state;
	assert_int_equal(layer->n_paths, 3);
	assert_int_equal(rights_of(layer, "/b"), CF_RIGHTS_ALL);
	assert_int_equal(rights_of(layer, "/a"), 0x243);
	assert_int_equal(layer->n_names, 2);
	assert_int_equal(names[0].rights, 0);
	assert_int_equal(names[1].rights, 0x243);
	assert_int_equal(names[1].n_excepts, 1);
	assert_int_equal(layer->n_sources, CF_N_DEFAULT_RULES + 3 + 2 + 2);
	assert_int_equal(layer->n_nets, 1);
	assert_int_equal(cf_layer_nets(layer)[0].net.n_ports, 2);
	assert_int_equal(layer->observe, 1U << CF_OP_EXEC | 1U << CF_OP_OPEN);
}

static void test_parse_name_is_the_documents_own(void **state)
{
	static const struct test_pack packs[] = {PACK(a, "files: {default: ro}\n"), {}};
	static const char text[] = HEAD "extends: [a]\n";
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(cf_policy_parse("x.yaml", text, sizeof(text) - 1, find_test_pack,
					 (void *)(uintptr_t)packs, &policy, &diag),
			 0);
	assert_string_equal(cf_policy_name(policy), "test");
}

static void test_parse_pack_is_merged_once(void **state)
{
	/* b opens what a closed; c extends a as well, which must not close it again. */
	static const struct test_pack packs[] = {
		PACK(a, "files: {rules: [{path: /x, access: none}]}\n"),
		PACK(b, "extends: [a]\nfiles: {rules: [{path: /x, access: ro}]}\n"),
		PACK(c, "extends: [a]\n"),
		{},
	};
	cf_auto_free struct cf_layer *layer = layer_of_packs(HEAD "extends: [b, c]\n", packs);

	(void)state;
	assert_int_equal(rights_of(layer, "/x"), 0x243);
}

static void test_parse_expanded_path_replaces(void **state)
{
	static const struct test_pack packs[] = {
		PACK(homes, "files: {rules: [{path: /home/user, access: none}]}\n"),
		{},
	};
	cf_auto_free struct cf_layer *layer = layer_of_packs(
		HEAD "extends: [homes]\nfiles: {rules: [{path: '${home}', access: ro}]}\n", packs);

	(void)state;
	assert_int_equal(layer->n_paths, 1);
	assert_int_equal(layer->n_sources, CF_N_DEFAULT_RULES + 1);
	assert_int_equal(rights_of(layer, "/home/user"), 0x243);
}

static void test_parse_lifted_name_rule_is_gone(void **state)
{
	static const struct test_pack packs[] = {
		PACK(a, "files: {rules: [{name: .env, access: none}]}\n"), {}};
	cf_auto_free struct cf_layer *layer = layer_of_packs(
		HEAD "extends: [a]\nfiles: {rules: [{name: .env, access: rw}]}\n", packs);

	(void)state;
	assert_int_equal(layer->n_names, 0);
	assert_int_equal(layer->n_sources, CF_N_DEFAULT_RULES + 1);
}

static void test_parse_twice_in_one_document_rejected(void **state)
{
	(void)state;
	assert_refused(FILES(RULE("path: /a, access: ro") RULE("path: /a, access: ro")),
		       CF_P_RULE_TWICE, 6, 7, "'/a'");
	assert_refused(FILES(RULE("path: '${home}/a', access: ro")
				     RULE("path: '${home}//a/', access: rw")),
		       CF_P_RULE_TWICE, 6, 7, "'${home}/a'");
	assert_refused(
		FILES(RULE("path: /home/user, access: ro") RULE("path: '${home}', access: rw")),
		CF_P_RULE_TWICE, 6, 7, "'/home/user'");
	assert_refused(FILES(RULE("name: a, access: ro") RULE("name: a, access: ro, except: [b]")),
		       CF_P_RULE_TWICE, 6, 7, "line 5");
	assert_refused(NETWORK("  deny: [{to: 10.0.0.1}, {to: '::ffff:10.0.0.1'}]\n"),
		       CF_P_RULE_TWICE, 4, 26, "'10.0.0.1'");
	/* The first pair in the text is told, not the first in the alphabet. */
	assert_refused(FILES(RULE("path: /z, access: ro") RULE("path: /z, access: ro")
				     RULE("path: /a, access: ro") RULE("path: /a, access: ro")),
		       CF_P_RULE_TWICE, 6, 7, "'/z'");
}

static void test_parse_different_kinds_do_not_meet(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		HEAD
		"files: {rules: [{path: /a, access: ro}, {name: a, access: ro},"
		" {name: 'a/*', access: none}]}\n"
		"network: {allow: [{to: 10.0.0.1, ports: [1]}, {to: 10.0.0.1, ports: [1], proto: udp}],"
		" listen: [{on: 10.0.0.1, ports: [1]}]}\n");

	(void)state;
	assert_int_equal(layer->n_sources, CF_N_DEFAULT_RULES + 6);
}

static void test_parse_twice_in_pack_rejected_though_replaced(void **state)
{
	static const struct test_pack packs[] = {
		PACK(a, "files: {rules: [{path: /a, access: ro}, {path: /a, access: rw}]}\n"), {}};

	(void)state;
	assert_refused_in(HEAD "extends: [a]\nfiles: {rules: [{path: /a, access: ro}]}\n", packs,
			  CF_P_RULE_TWICE, "a", 3, 41);
}

static void test_parse_extends_absent_rejected(void **state)
{
	static const struct test_pack packs[] = {PACK(a, "extends: [gone]\n"), {}};
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	struct cf_diag diag = {};
	static const char text[] = HEAD "extends: [a]\n";

	(void)state;
	assert_refused_in(HEAD "extends: [gone]\n", packs, CF_P_EXTENDS_ABSENT, "test.yaml", 3, 11);
	assert_refused_in(HEAD "extends: [a]\n", packs, CF_P_EXTENDS_ABSENT, "a", 3, 11);
	/* Without a function that finds packs none is there. */
	assert_int_equal(cf_policy_parse("f", text, sizeof(text) - 1, NULL, NULL, &policy, &diag),
			 -EINVAL);
	assert_string_equal(diag.code, cf_policy_code(CF_P_EXTENDS_ABSENT));
}

static int fail_to_find(const char *name, void *userdata, const char **ret_file,
			const char **ret_text, size_t *ret_size)
{
	(void)name;
	(void)ret_file;
	(void)ret_text;
	(void)ret_size;
	return *(int *)userdata;
}

static void test_parse_find_errors_passed_on(void **state)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	static const char text[] = HEAD "extends: [a]\n";
	struct cf_diag diag = {};
	int error = -EACCES;

	(void)state;
	assert_int_equal(
		cf_policy_parse("f", text, sizeof(text) - 1, fail_to_find, &error, &policy, &diag),
		-EINVAL);
	assert_non_null(strstr(diag.message, "Permission denied"));
	error = -ENOMEM;
	assert_int_equal(
		cf_policy_parse("f", text, sizeof(text) - 1, fail_to_find, &error, &policy, &diag),
		-ENOMEM);
	assert_null(policy);
}

static void test_parse_extends_cycle_rejected(void **state)
{
	static const struct test_pack packs[] = {
		PACK(self, "extends: [self]\n"),
		PACK(a, "extends: [b]\n"),
		PACK(b, "extends: [c]\n"),
		PACK(c, "extends: [a]\n"),
		{},
	};

	(void)state;
	assert_refused_in(HEAD "extends: [self]\n", packs, CF_P_EXTENDS_CYCLE, "self", 3, 11);
	assert_refused_in(HEAD "extends: [a]\n", packs, CF_P_EXTENDS_CYCLE, "c", 3, 11);
}

static void test_parse_extends_depth_bounded(void **state)
{
	static const struct test_pack packs[] = {
		PACK(p1, "extends: [p2]\n"),
		PACK(p2, "extends: [p3]\n"),
		PACK(p3, "extends: [p4]\n"),
		PACK(p4, "extends: [p5]\n"),
		PACK(p5, "extends: [p6]\n"),
		PACK(p6, "extends: [p7]\n"),
		PACK(p7, "extends: [p8]\n"),
		PACK(p8, "extends: [p9]\n"),
		PACK(p9, ""),
		{},
	};
	cf_auto_free struct cf_layer *layer = layer_of_packs(HEAD "extends: [p2]\n", packs);

	(void)state;
	assert_string_equal(layer->name, "test");
	assert_refused_in(HEAD "extends: [p1]\n", packs, CF_P_EXTENDS_DEPTH, "p8", 3, 11);
}

static void test_parse_number_of_documents_bounded(void **state)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	struct test_pack packs[301] = {};
	char names[300][16];
	char text[300 * 8] = HEAD "extends: [";
	struct cf_diag diag = {};
	size_t size = strlen(text);

	(void)state;
	for (int i = 0; i < 300; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "p%d", i);
		packs[i] = (struct test_pack){names[i], HEAD};
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s, ", names[i]);
	}
	memcpy(text + size - 2, "]", 2);
	assert_int_equal(
		cf_policy_parse("f", text, size - 1, find_test_pack, packs, &policy, &diag),
		-EINVAL);
	assert_string_equal(diag.code, cf_policy_code(CF_P_EXTENDS_DEPTH));
	assert_non_null(strstr(diag.message, "256"));
}

static void test_parse_error_in_pack_is_placed_there(void **state)
{
	static const struct test_pack packs[] = {
		PACK(a, "files: {defaults: ro}\n"), {"b", "cofferdam: [\n"}, {"c", ""}, {}};

	(void)state;
	assert_refused_in(HEAD "extends: [a]\n", packs, CF_P_UNKNOWN_KEY, "a", 3, 9);
	assert_refused_in(HEAD "extends: [b]\n", packs, CF_P_YAML, "b", 2, 1);
	assert_refused_in(HEAD "extends: [c]\n", packs, CF_P_EMPTY, "c", 1, 1);
}

static void test_parse_file_name_made_printable(void **state)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	cf_auto_free struct cf_layer *layer = NULL;
	char file[1000];
	const char *shown;

	(void)state;
	memset(file, 'a', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	memcpy(file, "x\n\x1b\xff", 4);
	assert_int_equal(cf_policy_parse(file, HEAD, strlen(HEAD), NULL, NULL, &policy, NULL), 0);
	assert_int_equal(cf_policy_compile(policy, &test_variables, &layer, NULL), 0);
	assert_int_equal(cf_layer_check(layer, layer->size, NULL), 0);
	shown = cf_layer_string(layer, cf_layer_sources(layer)[0].file);
	assert_memory_equal(shown, "x???aaa", 7);
	assert_int_equal(strlen(shown), CF_MAX_SOURCE_FILE);
}

static void test_policy_free_takes_nothing(void **state)
{
	struct cf_policy *policy = NULL;

	(void)state;
	cf_policy_free(&policy);
	assert_null(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_later_scalar_overrides),
		cmocka_unit_test(test_parse_own_document_is_last),
		cmocka_unit_test(test_parse_lists_concatenate_and_replace),
		cmocka_unit_test(test_parse_name_is_the_documents_own),
		cmocka_unit_test(test_parse_pack_is_merged_once),
		cmocka_unit_test(test_parse_expanded_path_replaces),
		cmocka_unit_test(test_parse_lifted_name_rule_is_gone),
		cmocka_unit_test(test_parse_twice_in_one_document_rejected),
		cmocka_unit_test(test_parse_different_kinds_do_not_meet),
		cmocka_unit_test(test_parse_twice_in_pack_rejected_though_replaced),
		cmocka_unit_test(test_parse_extends_absent_rejected),
		cmocka_unit_test(test_parse_find_errors_passed_on),
		cmocka_unit_test(test_parse_extends_cycle_rejected),
		cmocka_unit_test(test_parse_extends_depth_bounded),
		cmocka_unit_test(test_parse_number_of_documents_bounded),
		cmocka_unit_test(test_parse_error_in_pack_is_placed_there),
		cmocka_unit_test(test_parse_file_name_made_printable),
		cmocka_unit_test(test_policy_free_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
