/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c: variables, numbers, limits. The network is in test_compile_network.c. */
#include "tests/unit/policy/support.h"

#include "base/buffer.h"

static void test_compile_paths_sorted_and_numbered_as_written(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(FILES(RULE("path: /z, access: rw") RULE("name: n, access: none")
				       RULE("path: /a, access: ro") RULE("path: /a/b, access: none")
					       RULE("path: /a-b, access: append")));
	const struct cf_layer_path *paths = cf_layer_paths(layer);
	static const struct {
		const char *path;
		uint16_t rights, rule;
	} expected[] = {{"/a", 0x243, 4}, {"/a-b", 0x22b, 6}, {"/a/b", 0, 5}, {"/z", 0x3ff, 2}};

	(void)state;
	assert_int_equal(layer->n_paths, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(cf_layer_string(layer, paths[i].path), expected[i].path);
		assert_int_equal(paths[i].rights, expected[i].rights);
		assert_int_equal(paths[i].rule, expected[i].rule);
	}
	assert_int_equal(cf_layer_names(layer)[0].rule, 3);
}

static void test_compile_rules_of_all_kinds_numbered_in_order(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		HEAD "network:\n  listen: [{on: '::1', ports: [1]}]\n  deny: [{to: 10.0.0.2}]\n"
		     "  allow: [{to: 10.0.0.1, ports: [1]}]\n"
		     "files: {rules: [{path: /a, access: ro}], default: none}\n");
	const struct cf_layer_source *sources = cf_layer_sources(layer);

	(void)state;
	assert_int_equal(layer->n_sources, 6);
	assert_int_equal(sources[CF_RULE_DEFAULT].line, 7);
	assert_string_equal(cf_layer_string(layer, sources[0].file), "test.yaml");
	for (uint32_t i = 0; i < 4; i++)
		assert_true(sources[CF_N_DEFAULT_RULES + i].line == 4 + i);
}

/* @rule's source is at @line and says @text. */
static void assert_source(const struct cf_layer *layer, uint32_t rule, uint32_t line,
			  const char *text)
{
	const struct cf_layer_source *source = &cf_layer_sources(layer)[rule];

	assert_int_equal(source->line, line);
	assert_string_equal(cf_layer_string(layer, source->text), text);
}

static void test_compile_defaults_have_lines_of_their_own(void **state)
{
	static const struct test_pack packs[] = {
		{"n", "cofferdam: 1\nname: n\n\nnetwork:\n  default: allow\n"}, {}};
	cf_auto_free struct cf_layer *both = layer_of(
		HEAD "files:\n  default: none\nnetwork:\n  allow: [{to: 10.0.0.1, ports: [1]}]\n"
		     "  default: deny\n");
	cf_auto_free struct cf_layer *network = layer_of(HEAD "network:\n  default: allow\n");
	cf_auto_free struct cf_layer *files = layer_of(HEAD "files:\n  default: rw\n");
	cf_auto_free struct cf_layer *extended = layer_of_packs(HEAD "extends: [n]\n", packs);

	(void)state;
	assert_source(both, CF_RULE_DEFAULT, 4, "files: {default: none}");
	assert_source(both, CF_RULE_NETWORK_DEFAULT, 7, "network: {default: deny}");
	/* What is not said is the document's own: not the other key's. */
	assert_source(network, CF_RULE_DEFAULT, 1, "files: {default: ro}");
	assert_source(network, CF_RULE_NETWORK_DEFAULT, 4, "network: {default: allow}");
	assert_source(files, CF_RULE_DEFAULT, 4, "files: {default: rw}");
	assert_source(files, CF_RULE_NETWORK_DEFAULT, 1, "network: {default: deny}");
	assert_source(extended, CF_RULE_NETWORK_DEFAULT, 5, "network: {default: allow}");
	assert_string_equal(
		cf_layer_string(extended, cf_layer_sources(extended)[CF_RULE_NETWORK_DEFAULT].file),
		"n");
}

static void test_compile_name_rules_stored(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(FILES(RULE("name: 'a/b*/*', access: ro, except: ['*.x', y]")
				       RULE("name: '*c', access: none")));
	const struct cf_layer_name *names = cf_layer_names(layer);
	const struct cf_layer_pattern *patterns = cf_layer_patterns(layer);

	(void)state;
	assert_int_equal(layer->n_names, 2);
	assert_int_equal(layer->n_patterns, 5);
	assert_int_equal(names[0].components, 0);
	assert_int_equal(names[0].n_components, 2);
	assert_int_equal(names[0].excepts, 2);
	assert_int_equal(names[0].n_excepts, 2);
	assert_int_equal(names[0].children_only, 1);
	assert_int_equal(names[1].components, 4);
	assert_int_equal(names[1].excepts, 5);
	assert_int_equal(names[1].children_only, 0);
	assert_string_equal(patterns[0].text, "a");
	assert_string_equal(patterns[1].text, "b");
	assert_string_equal(patterns[2].text + 1, ".x");
	assert_string_equal(patterns[3].text, "y");
	assert_string_equal(patterns[4].text + 1, "c");
}

static void assert_compile_fails(const char *text, const struct cf_policy_variables *variables,
				 int error, enum cf_policy_code code, uint32_t line)
{
	cf_auto_free struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	assert_int_equal(compile_with(text, NULL, variables, &layer, &diag), error);
	assert_null(layer);
	assert_string_equal(diag.code, cf_policy_code(code));
	assert_int_equal(diag.line, line);
}

static void test_compile_variable_problems_at_place_of_use(void **state)
{
	static const char text[] =
		FILES(RULE("path: /a, access: ro") RULE("path: '${home}/b', access: ro"));
	const struct cf_policy_variables unset = {.tmp = "/tmp"};
	const struct cf_policy_variables relative = {.home = "home"};
	const struct cf_policy_variables dots = {.home = "/home/.."};
	const struct cf_policy_variables root = {.home = "/"};
	cf_auto_free struct cf_layer *layer = NULL;

	(void)state;
	assert_compile_fails(text, &unset, -EINVAL, CF_P_VARIABLE_UNSET, 6);
	assert_compile_fails(text, &relative, -EINVAL, CF_P_VARIABLE_VALUE, 6);
	assert_compile_fails(text, &dots, -EINVAL, CF_P_VARIABLE_VALUE, 6);
	assert_compile_fails(FILES(RULE("path: '${home}', access: ro")), &root, -EINVAL,
			     CF_P_PATH_ROOT, 5);
	/* A variable that nothing uses may be unusable. */
	assert_int_equal(
		compile_with(FILES(RULE("path: '${tmp}', access: ro")), NULL, &unset, &layer, NULL),
		0);
}

static void test_compile_one_policy_for_many_agents(void **state)
{
	static const char text[] =
		FILES(RULE("path: '${workspace}', access: rw") RULE("path: /a, access: none"));
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	const struct cf_policy_variables same = {.workspace = "/a"};
	const struct cf_policy_variables other = {.workspace = "/b"};
	cf_auto_free struct cf_layer *first = NULL;
	cf_auto_free struct cf_layer *second = NULL;
	struct cf_layer *none = NULL;

	(void)state;
	assert_int_equal(cf_policy_parse("f", text, sizeof(text) - 1, NULL, NULL, &policy, NULL),
			 0);
	assert_int_equal(cf_policy_compile(policy, &other, &first, NULL), 0);
	/* Where the workspace is /a the document has two rules for it; nothing of that is kept. */
	assert_int_equal(cf_policy_compile(policy, &same, &none, NULL), -EINVAL);
	assert_int_equal(cf_policy_compile(policy, &other, &second, NULL), 0);
	assert_int_equal(first->size, second->size);
	assert_memory_equal(first, second, first->size);
	assert_int_equal(first->n_paths, 2);
}

/* A policy with @n_rules of a form that takes their number. */
static char *make_policy(const char *head, const char *form, unsigned int n_rules)
{
	struct cf_buffer buffer = {};
	char *text = NULL;

	cf_buffer_puts(&buffer, head);
	for (unsigned int i = 0; i < n_rules; i++) {
		char number[24];
		const char *mark = strchr(form, '#');

		(void)snprintf(number, sizeof(number), "%u", i);
		cf_buffer_append(&buffer, form, (size_t)(mark - form));
		cf_buffer_puts(&buffer, number);
		cf_buffer_puts(&buffer, mark + 1);
	}
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
	return text;
}

static void test_compile_rules_bounded(void **state)
{
	cf_auto_free char *most =
		make_policy(FILES(""), RULE("path: /a/#, access: ro"), CF_MAX_RULES);
	cf_auto_free char *more =
		make_policy(FILES(""), RULE("path: /a/#, access: ro"), CF_MAX_RULES + 1);
	cf_auto_free struct cf_layer *layer = layer_of(most);
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(layer->n_sources, CF_MAX_RULES + CF_N_DEFAULT_RULES);
	assert_compile_fails(more, &test_variables, -E2BIG, CF_P_RULES_FULL, 4 + CF_MAX_RULES + 1);
	/* One more, made of the first bytes of the strings, is more than the check takes. */
	layer->n_sources += 1;
	layer->strings_size -= (uint32_t)sizeof(struct cf_layer_source);
	assert_int_equal(cf_layer_check(layer, layer->size, &diag), -EBADMSG);
	assert_non_null(strstr(diag.message, "number of rules"));
}

static void test_compile_name_components_bounded(void **state)
{
	cf_auto_free char *most = make_policy(
		FILES(""), RULE("name: n#/b/c/*, access: ro, except: [x, y]"), CF_NAME_BITS / 4);
	cf_auto_free char *more =
		make_policy(FILES(RULE("name: one, access: ro")),
			    RULE("name: n#/b/c/*, access: ro, except: [x, y]"), CF_NAME_BITS / 4);
	cf_auto_free struct cf_layer *layer = layer_of(most);

	(void)state;
	assert_int_equal(layer->n_names, CF_NAME_BITS / 4);
	assert_compile_fails(more, &test_variables, -E2BIG, CF_P_NAMES_FULL, 5 + CF_NAME_BITS / 4);
}

static void test_compile_most_name_rules_fit(void **state)
{
	cf_auto_free char *text =
		make_policy(FILES(""), RULE("name: n#, access: ro"), CF_NAME_BITS);
	cf_auto_free struct cf_layer *layer = layer_of(text);
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	assert_int_equal(layer->n_names, CF_NAME_BITS);
	assert_int_equal(image->n_name_rules, CF_NAME_BITS);
	assert_true(image->domain.name_leaf[CF_NAME_WORDS - 1] == UINT64_MAX);
}

static void test_compile_image_size_bounded(void **state)
{
	struct cf_policy_variables variables = {};
	cf_auto_free char *text =
		make_policy(FILES(""), RULE("path: '${home}/#', access: ro"), 5000);
	char home[4001];

	(void)state;
	for (size_t i = 0; i < sizeof(home); i++)
		home[i] = i % 50 == 0 ? '/' : 'a';
	home[sizeof(home) - 1] = '\0';
	variables.home = home;
	assert_compile_fails(text, &variables, -E2BIG, CF_P_IMAGE_FULL, 1);
}

static void test_compile_replaced_rules_have_no_number(void **state)
{
	static const struct test_pack packs[] = {
		{"a", HEAD "files: {rules: [{path: /a, access: ro}, {path: /b, access: ro}]}\n"},
		{}};
	cf_auto_free struct cf_layer *layer = layer_of_packs(
		HEAD "extends: [a]\nfiles: {rules: [{path: /a, access: rw}]}\n", packs);
	const struct cf_layer_source *sources = cf_layer_sources(layer);

	(void)state;
	assert_int_equal(layer->n_sources, CF_N_DEFAULT_RULES + 2);
	assert_string_equal(cf_layer_string(layer, sources[2].text), "{path: /b, access: ro}");
	assert_string_equal(cf_layer_string(layer, sources[2].file), "a");
	assert_string_equal(cf_layer_string(layer, sources[3].text), "{path: /a, access: rw}");
	assert_string_equal(cf_layer_string(layer, sources[3].file), "test.yaml");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compile_paths_sorted_and_numbered_as_written),
		cmocka_unit_test(test_compile_rules_of_all_kinds_numbered_in_order),
		cmocka_unit_test(test_compile_defaults_have_lines_of_their_own),
		cmocka_unit_test(test_compile_name_rules_stored),
		cmocka_unit_test(test_compile_variable_problems_at_place_of_use),
		cmocka_unit_test(test_compile_one_policy_for_many_agents),
		cmocka_unit_test(test_compile_rules_bounded),
		cmocka_unit_test(test_compile_name_components_bounded),
		cmocka_unit_test(test_compile_most_name_rules_fit),
		cmocka_unit_test(test_compile_image_size_bounded),
		cmocka_unit_test(test_compile_replaced_rules_have_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
