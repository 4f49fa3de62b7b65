/* SPDX-License-Identifier: Apache-2.0 */
/* Every code of codes.h is in policy/README.md, and every one can be provoked. */
#include "tests/unit/policy/support.h"

#include "base/buffer.h"

#define DIGITS "bcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

/* The tree's root, from where this file was compiled. */
static char *read_readme(void)
{
	static const char here[] = "tests/unit/policy/test_codes.c";
	cf_auto_free char *path = NULL;
	struct cf_buffer buffer = {};
	char *text = NULL;
	FILE *file;
	int byte;

	assert_true(sizeof(__FILE__) >= sizeof(here));
	assert_true(asprintf(&path, "%.*spolicy/README.md", (int)(sizeof(__FILE__) - sizeof(here)),
			     __FILE__) > 0);
	file = fopen(path, "re");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	while ((byte = fgetc(file)) != EOF)
		cf_buffer_append(&buffer, &(char){(char)byte}, 1);
	(void)fclose(file);
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
	return text;
}

static void test_codes_are_in_readme(void **state)
{
	cf_auto_free char *text = read_readme();

	(void)state;
	for (unsigned int i = 0; i < _CF_POLICY_CODE_MAX; i++) {
		char row[32];
		const char *found;

		(void)snprintf(row, sizeof(row), "\n| %s |", cf_policy_code(i));
		found = strstr(text, row);
		if (!found || strstr(found + 1, row))
			fail_msg("%s has not one row in the table", cf_policy_code(i));
	}
}

static void test_codes_of_readme_are_in_source(void **state)
{
	cf_auto_free char *text = read_readme();
	unsigned int n_found = 0;

	(void)state;
	for (const char *at = strstr(text, "\n| CF-P"); at; at = strstr(at + 1, "\n| CF-P")) {
		bool is_known = false;

		for (unsigned int i = 0; i < _CF_POLICY_CODE_MAX; i++)
			is_known |= strncmp(at + 3, cf_policy_code(i), 7) == 0;
		if (!is_known)
			fail_msg("%.7s is in the table only", at + 3);
		n_found++;
	}
	assert_int_equal(n_found, _CF_POLICY_CODE_MAX);
}

static void test_codes_are_distinct_and_rising(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < _CF_POLICY_CODE_MAX; i++) {
		assert_int_equal(strlen(cf_policy_code(i)), 7);
		assert_memory_equal(cf_policy_code(i), "CF-P0", 5);
		if (i > 0)
			assert_true(strcmp(cf_policy_code(i - 1), cf_policy_code(i)) < 0);
	}
}

/* Texts that are refused while they are parsed or compiled. */
static const struct {
	enum cf_policy_code code;
	const char *text;
} texts[] = {
	{CF_P_TEXT_BYTES, HEAD "# \xff\n"},
	{CF_P_YAML, HEAD "files: {\n"},
	{CF_P_YAML_FEATURE, HEAD "files: &a {}\n"},
	{CF_P_DOCUMENTS, HEAD "---\n" HEAD},
	{CF_P_DEPTH, "[[[[[[[[[[[[[]]]]]]]]]]]]]"},
	{CF_P_DUPLICATE_KEY, HEAD "name: again\n"},
	{CF_P_KEY_FORM, HEAD "[a]: b\n"},
	{CF_P_EMPTY, "\n"},
	{CF_P_TYPE, HEAD "files: 5\n"},
	{CF_P_UNKNOWN_KEY, HEAD "lease: 8h\n"},
	{CF_P_MISSING_KEY, "cofferdam: 1\n"},
	{CF_P_CHOICE, HEAD "mode: on\n"},
	{CF_P_VERSION, "cofferdam: 2\n"},
	{CF_P_NUMBER, HEAD "limits: {pids: 0}\n"},
	{CF_P_NAME, "cofferdam: 1\nname: A\n"},
	{CF_P_TWICE, HEAD "observe: [exec, exec]\n"},
	{CF_P_RULE_FORM, FILES(RULE("access: ro"))},
	{CF_P_EXTENDS_ABSENT, HEAD "extends: [absent]\n"},
	{CF_P_EXTENDS_CYCLE, HEAD "extends: [loop]\n"},
	{CF_P_EXTENDS_DEPTH, HEAD "extends: [p1]\n"},
	{CF_P_PATH_RELATIVE, FILES(RULE("path: a, access: ro"))},
	{CF_P_PATH_DOTS, FILES(RULE("path: /a/.., access: ro"))},
	{CF_P_PATH_ROOT, FILES(RULE("path: /, access: ro"))},
	{CF_P_PATH_WILDCARD, FILES(RULE("path: /a*, access: ro"))},
	{CF_P_PATH_LENGTH,
	 FILES(RULE(
		 "path: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, access: ro"))},
	{CF_P_VARIABLE_FORM, FILES(RULE("path: /$a, access: ro"))},
	{CF_P_VARIABLE_UNKNOWN, FILES(RULE("path: '/${a}', access: ro"))},
	{CF_P_VARIABLE_UNSET, FILES(RULE("path: '${tmp}', access: ro"))},
	{CF_P_VARIABLE_VALUE, FILES(RULE("path: '${home}', access: ro"))},
	{CF_P_ACCESS, FILES(RULE("path: /a, access: r"))},
	{CF_P_PATTERN, FILES(RULE("name: '*', access: ro"))},
	{CF_P_PATTERN_LENGTH, FILES(RULE("name: a/b/c/d/e, access: ro"))},
	{CF_P_EXEC_ONLY, HEAD "exec: {only: []}\n"},
	{CF_P_DIGEST, HEAD "exec: {pins: [{path: /a, sha256: ab}]}\n"},
	{CF_P_PIN_WRITTEN,
	 HEAD "files: {default: rw}\nexec: {pins: [{path: /a, sha256: a" DIGITS "}]}\n"},
	{CF_P_FILE_NAME, FILES(RULE("name: a, access: ro, except: [a/b]"))},
	{CF_P_RULE_TWICE, FILES(RULE("name: a, access: ro") RULE("name: a, access: ro"))},
	{CF_P_ADDRESS, NETWORK("  deny: [{to: a}]\n")},
	{CF_P_HOST_BITS, NETWORK("  deny: [{to: 10.0.0.1/8}]\n")},
	{CF_P_PORTS, NETWORK("  allow: [{to: 10.0.0.1, ports: [0]}]\n")},
	{CF_P_PORTS_FULL, NETWORK("  allow: [{to: 10.0.0.1, ports: "
				  "[1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33]}]\n")},
	{CF_P_INSIDE_DENY,
	 NETWORK("  deny: [{to: 10.0.0.0/8}]\n  allow: [{to: 10.0.0.1, ports: [1]}]\n")},
};

static const struct test_pack packs[] = {
	{"loop", HEAD "extends: [loop]\n"},
	{"p1", HEAD "extends: [p2]\n"},
	{"p2", HEAD "extends: [p3]\n"},
	{"p3", HEAD "extends: [p4]\n"},
	{"p4", HEAD "extends: [p5]\n"},
	{"p5", HEAD "extends: [p6]\n"},
	{"p6", HEAD "extends: [p7]\n"},
	{"p7", HEAD "extends: [p8]\n"},
	{"p8", HEAD "extends: [p9]\n"},
	{"p9", HEAD},
	{},
};

/* Those that need more than a short text have their own tests in these files. */
static const struct {
	enum cf_policy_code code;
	const char *test;
} elsewhere[] = {
	{CF_P_TEXT_SIZE, "test_document_size_bounded"},
	{CF_P_RULES_FULL, "test_compile_rules_bounded"},
	{CF_P_IMAGE_FULL, "test_compile_image_size_bounded"},
	{CF_P_NAMES_FULL, "test_domain_name_bits_bounded"},
	{CF_P_LAYERS, "test_domain_nine_equal_layers_fit"},
	{CF_P_NETS_FULL, "test_codes_too_many_networks_refused"},
	{CF_P_IMAGE, "test_layer_header_changes_noticed"},
};

static void test_codes_provoked(void **state)
{
	static const struct cf_policy_variables variables = {.home = "relative"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cf_auto_free struct cf_layer *layer = NULL;
		struct cf_diag diag = {};

		assert_true(compile_with(texts[i].text, packs, &variables, &layer, &diag) < 0);
		if (strcmp(diag.code, cf_policy_code(texts[i].code)) != 0)
			fail_msg("expected %s, found %s: %s\n%s", cf_policy_code(texts[i].code),
				 diag.code, diag.message, texts[i].text);
		assert_true(diag.line > 0 && diag.column > 0 && diag.message[0]);
	}
}

static void test_codes_all_have_a_test(void **state)
{
	bool has_test[_CF_POLICY_CODE_MAX] = {};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		has_test[texts[i].code] = true;
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		has_test[elsewhere[i].code] = true;
	for (unsigned int i = 0; i < _CF_POLICY_CODE_MAX; i++)
		if (!has_test[i])
			fail_msg("%s is provoked by no test", cf_policy_code(i));
}

static void test_codes_too_many_networks_refused(void **state)
{
	struct cf_buffer buffer = {};
	cf_auto_free char *text = NULL;
	cf_auto_free struct cf_layer *layer = NULL;
	const struct cf_layer *layers[CF_MAX_LAYERS];
	struct cf_domain_image *image = NULL;
	struct cf_diag diag = {};

	(void)state;
	cf_buffer_puts(&buffer, NETWORK("  deny:\n"));
	for (unsigned int i = 0; i < CF_MAX_NETS / 8; i++)
		cf_buffer_printf(&buffer, "    - {to: 10.%u.%u.%u}\n", i >> 16, i >> 8 & 255,
				 i & 255);
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
	layer = layer_of(text);
	for (size_t i = 0; i < CF_MAX_LAYERS; i++)
		layers[i] = layer;
	assert_int_equal(cf_domain_build(1, layers, 8, &image, &diag), 0);
	assert_int_equal(image->n_nets, CF_MAX_NETS);
	cf_domain_image_free(&image);
	assert_int_equal(cf_domain_build(1, layers, 9, &image, &diag), -E2BIG);
	assert_string_equal(diag.code, cf_policy_code(CF_P_NETS_FULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_are_in_readme),
		cmocka_unit_test(test_codes_of_readme_are_in_source),
		cmocka_unit_test(test_codes_are_distinct_and_rising),
		cmocka_unit_test(test_codes_provoked),
		cmocka_unit_test(test_codes_all_have_a_test),
		cmocka_unit_test(test_codes_too_many_networks_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
