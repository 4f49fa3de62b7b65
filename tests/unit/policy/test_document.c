/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/support.h"

#include "base/arena.h"
#include "policy/document.h"

static int parse(struct cf_arena *arena, const char *text, size_t size,
		 const struct cf_node **ret_root, struct cf_diag *diag)
{
	cf_auto_free char *copy = malloc(size + (size == 0));

	memcpy(copy, text, size);
	return cf_document_parse(arena, &(struct cf_document_text){"test.yaml", copy, size},
				 ret_root, diag);
}

static void assert_bad(const char *text, size_t size, enum cf_policy_code code, uint32_t line,
		       uint32_t column)
{
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const struct cf_node *root = NULL;
	struct cf_diag diag = {};

	assert_int_equal(parse(&arena, text, size, &root, &diag), -EINVAL);
	assert_null(root);
	assert_string_equal(diag.code, cf_policy_code(code));
	assert_int_equal(diag.line, line);
	assert_int_equal(diag.column, column);
	assert_int_equal(parse(&arena, text, size, &root, NULL), -EINVAL);
}

#define ASSERT_BAD(text, code, line, column) assert_bad(text, sizeof(text) - 1, code, line, column)

static void test_document_nodes_have_types_and_places(void **state)
{
	static const char text[] = "a: 1\nb:\n  - 'x'\n  - y z\nc: {d: ~, e: true}\n";
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const struct cf_node *root = NULL;
	const struct cf_node *value;

	(void)state;
	assert_int_equal(parse(&arena, text, sizeof(text) - 1, &root, NULL), 0);
	assert_int_equal(root->type, CF_NODE_MAP);
	value = root->first;
	assert_string_equal(value->key->text, "a");
	assert_int_equal(value->type, CF_NODE_INTEGER);
	assert_int_equal(value->place.column, 4);
	value = value->next;
	assert_int_equal(value->type, CF_NODE_LIST);
	assert_string_equal(value->first->text, "x");
	assert_int_equal(value->first->place.line, 3);
	assert_int_equal(value->first->place.column, 5);
	assert_string_equal(value->first->next->text, "y z");
	assert_null(value->first->next->next);
	value = value->next;
	assert_int_equal(value->type, CF_NODE_MAP);
	assert_int_equal(value->first->type, CF_NODE_NULL);
	assert_int_equal(value->first->next->type, CF_NODE_BOOLEAN);
	assert_null(value->next);
}

static void test_document_plain_scalars_core_schema(void **state)
{
	static const struct {
		const char *text;
		enum cf_node_type type;
	} table[] = {
		{"[~]", CF_NODE_NULL},		 {"[null]", CF_NODE_NULL},
		{"[nULL]", CF_NODE_STRING},	 {"[true]", CF_NODE_BOOLEAN},
		{"[FALSE]", CF_NODE_BOOLEAN},	 {"[yes]", CF_NODE_STRING},
		{"[on]", CF_NODE_STRING},	 {"[No]", CF_NODE_STRING},
		{"[0]", CF_NODE_INTEGER},	 {"[42]", CF_NODE_INTEGER},
		{"[007]", CF_NODE_NUMBER},	 {"[-1]", CF_NODE_NUMBER},
		{"[+1]", CF_NODE_NUMBER},	 {"[0x1F]", CF_NODE_NUMBER},
		{"[0o17]", CF_NODE_NUMBER},	 {"[0o8]", CF_NODE_STRING},
		{"[0x]", CF_NODE_STRING},	 {"[1.5]", CF_NODE_NUMBER},
		{"[.5]", CF_NODE_NUMBER},	 {"[5.]", CF_NODE_NUMBER},
		{"[.]", CF_NODE_STRING},	 {"[1e3]", CF_NODE_NUMBER},
		{"[1e]", CF_NODE_STRING},	 {"[1E-3]", CF_NODE_NUMBER},
		{"[.inf]", CF_NODE_NUMBER},	 {"[-.INF]", CF_NODE_NUMBER},
		{"[.nan]", CF_NODE_NUMBER},	 {"[1_000]", CF_NODE_STRING},
		{"[4G]", CF_NODE_STRING},	 {"[1-2]", CF_NODE_STRING},
		{"[127.0.0.1]", CF_NODE_STRING}, {"['42']", CF_NODE_STRING},
		{"[\"true\"]", CF_NODE_STRING},	 {"['']", CF_NODE_STRING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
		const struct cf_node *root = NULL;

		assert_int_equal(parse(&arena, table[i].text, strlen(table[i].text), &root, NULL),
				 0);
		if (root->first->type != table[i].type)
			fail_msg("%s is %d", table[i].text, (int)root->first->type);
	}
}

static void test_document_bytes_refused(void **state)
{
	(void)state;
	ASSERT_BAD("a: 1\nb: \xff\n", CF_P_TEXT_BYTES, 2, 4);
	ASSERT_BAD("a: \0\n", CF_P_TEXT_BYTES, 1, 4);
	ASSERT_BAD("\xef\xbb\xbf"
		   "a: 1\n",
		   CF_P_TEXT_BYTES, 1, 1);
	ASSERT_BAD("\xff\xfe"
		   "a\0",
		   CF_P_TEXT_BYTES, 1, 1);
	ASSERT_BAD("a: \xc3\xbc\x1b\n", CF_P_TEXT_BYTES, 1, 5);
	ASSERT_BAD("a: \xe2\x80\xae\n", CF_P_TEXT_BYTES, 1, 4);
	ASSERT_BAD("a: \"x\\0y\"\n", CF_P_TEXT_BYTES, 1, 4);
	ASSERT_BAD("a: \"\\e[31m\"\n", CF_P_TEXT_BYTES, 1, 4);
	ASSERT_BAD("a: \"\\u202e\"\n", CF_P_TEXT_BYTES, 1, 4);
	ASSERT_BAD("a: |\n  b\n", CF_P_TEXT_BYTES, 1, 4);
	ASSERT_BAD("? \"a\\nb\"\n: c\n", CF_P_TEXT_BYTES, 1, 3);
}

static void test_document_yaml_errors_placed(void **state)
{
	(void)state;
	ASSERT_BAD("a: [1\nb: 2\n", CF_P_YAML, 2, 2);
	ASSERT_BAD("a: 'b\n", CF_P_YAML, 2, 1);
	ASSERT_BAD("\ta: 1\n", CF_P_YAML, 1, 1);
	ASSERT_BAD("a: b: c\n", CF_P_YAML, 1, 5);
	ASSERT_BAD("}\n", CF_P_YAML, 1, 1);
	ASSERT_BAD("a: \"\\q\"\n", CF_P_YAML, 1, 5);
}

static void test_document_yaml_error_names_its_beginning(void **state)
{
	static const char text[] = "a: 1\nb: [1\nc: 2\n";
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const struct cf_node *root = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(parse(&arena, text, sizeof(text) - 1, &root, &diag), -EINVAL);
	assert_int_equal(diag.line, 3);
	assert_non_null(strstr(diag.hint, "at line 2"));
}

static void test_document_features_refused(void **state)
{
	(void)state;
	ASSERT_BAD("a: &x 1\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("a: *x\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("a: &x [1]\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("a: &x {b: 1}\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("&x a: 1\n", CF_P_YAML_FEATURE, 1, 1);
	ASSERT_BAD("a: !!int 1\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("a: ! 1\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("a: !x [1]\n", CF_P_YAML_FEATURE, 1, 4);
	ASSERT_BAD("!x\na: 1\n", CF_P_YAML_FEATURE, 1, 1);
	ASSERT_BAD("%YAML 1.1\n---\na: 1\n", CF_P_YAML_FEATURE, 1, 1);
	ASSERT_BAD("%TAG !e! tag:e,2000:\n---\na: 1\n", CF_P_YAML_FEATURE, 1, 1);
	ASSERT_BAD("a: 1\n---\nb: 1\n", CF_P_DOCUMENTS, 2, 1);
	ASSERT_BAD("", CF_P_EMPTY, 1, 1);
	ASSERT_BAD("# nothing\n", CF_P_EMPTY, 1, 1);
}

static void test_document_keys_judged(void **state)
{
	(void)state;
	ASSERT_BAD("a: 1\nb: 2\na: 3\n", CF_P_DUPLICATE_KEY, 3, 1);
	ASSERT_BAD("a: {b: 1, 'b': 2}\n", CF_P_DUPLICATE_KEY, 1, 11);
	ASSERT_BAD("? {a: 1}\n: 2\n", CF_P_KEY_FORM, 1, 3);
	ASSERT_BAD("? [a]\n: 2\n", CF_P_KEY_FORM, 1, 3);
	ASSERT_BAD("~: 2\n", CF_P_KEY_FORM, 1, 1);
	ASSERT_BAD("{a: 1}: 2\n", CF_P_KEY_FORM, 1, 1);
	ASSERT_BAD(": 2\n", CF_P_YAML, 1, 1);
}

static void test_document_depth_bounded(void **state)
{
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const struct cf_node *root = NULL;
	struct cf_diag diag = {};
	char text[100000];

	(void)state;
	memset(text, '[', CF_DOCUMENT_MAX_DEPTH);
	memset(text + CF_DOCUMENT_MAX_DEPTH, ']', CF_DOCUMENT_MAX_DEPTH);
	assert_int_equal(parse(&arena, text, 2 * CF_DOCUMENT_MAX_DEPTH, &root, &diag), 0);
	memset(text, '[', sizeof(text));
	assert_int_equal(parse(&arena, text, sizeof(text), &root, &diag), -EINVAL);
	assert_string_equal(diag.code, cf_policy_code(CF_P_DEPTH));
	assert_int_equal(diag.column, CF_DOCUMENT_MAX_DEPTH + 1);
	memset(text, '{', sizeof(text));
	assert_int_equal(parse(&arena, text, sizeof(text), &root, &diag), -EINVAL);
}

static void test_document_size_bounded(void **state)
{
	size_t size = CF_DOCUMENT_MAX_BYTES + 1;
	cf_auto_free char *text = malloc(size);
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const struct cf_node *root = NULL;
	struct cf_diag diag = {};

	(void)state;
	memset(text, ' ', size);
	memcpy(text, "a: 1", 4);
	assert_int_equal(parse(&arena, text, size - 1, &root, &diag), 0);
	assert_int_equal(parse(&arena, text, size, &root, &diag), -EINVAL);
	assert_string_equal(diag.code, cf_policy_code(CF_P_TEXT_SIZE));
	assert_int_equal(diag.line, 0);
}

static void test_document_keys_bounded(void **state)
{
	char text[CF_DOCUMENT_MAX_KEYS * 16];
	size_t size = 0;

	(void)state;
	for (int i = 0; i <= CF_DOCUMENT_MAX_KEYS; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "k%d: 1\n", i);
	assert_bad(text, size, CF_P_KEY_FORM, CF_DOCUMENT_MAX_KEYS + 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document_nodes_have_types_and_places),
		cmocka_unit_test(test_document_plain_scalars_core_schema),
		cmocka_unit_test(test_document_bytes_refused),
		cmocka_unit_test(test_document_yaml_errors_placed),
		cmocka_unit_test(test_document_yaml_error_names_its_beginning),
		cmocka_unit_test(test_document_features_refused),
		cmocka_unit_test(test_document_keys_judged),
		cmocka_unit_test(test_document_depth_bounded),
		cmocka_unit_test(test_document_size_bounded),
		cmocka_unit_test(test_document_keys_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
