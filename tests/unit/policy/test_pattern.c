/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/support.h"

#include "base/buffer.h"
#include "policy/pattern.h"

static const struct cf_place place = {.file = "test.yaml", .line = 3, .column = 4};

static void test_name_forms_parsed_and_printed(void **state)
{
	static const struct {
		const char *text;
		unsigned int n_components;
		bool children_only;
	} table[] = {
		{"a", 1, false},	 {"*.pem", 1, false},	{"a*", 1, false},
		{"a*b", 1, false},	 {"a/b", 2, false},	{"a/*", 1, true},
		{"a/b/*", 2, true},	 {"a/b/c/d", 4, false}, {"a/b/c/d/*", 4, true},
		{"a*/*b/c*d", 3, false}, {"...", 1, false},	{".a", 1, false},
		{"$a", 1, false},	 {"a{b", 1, false},	{"gr\xc3\xbcn*", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};
		struct cf_name_pattern pattern;

		assert_int_equal(cf_name_parse(table[i].text, &place, &pattern, NULL), 0);
		assert_int_equal(pattern.n_components, table[i].n_components);
		assert_int_equal(pattern.children_only, table[i].children_only);
		for (unsigned int j = 0; j < pattern.n_components; j++)
			assert_true(cf_pattern_is_sound(&pattern.components[j]));
		cf_name_print(pattern.components, pattern.n_components, pattern.children_only,
			      &buffer);
		assert_string_equal(buffer.data, table[i].text);
	}
}

static void test_name_parts_stored(void **state)
{
	struct cf_name_pattern pattern;
	const struct cf_layer_pattern *first = &pattern.components[0];

	(void)state;
	assert_int_equal(cf_name_parse("ab*cde", &place, &pattern, NULL), 0);
	assert_int_equal(first->kind, CF_PATTERN_AFFIX);
	assert_int_equal(first->prefix_length, 2);
	assert_int_equal(first->suffix_length, 3);
	assert_memory_equal(first->text, "ab\0cde\0", 7);
	assert_true(cf_pattern_is_both(first));
	assert_int_equal(cf_name_parse("abc", &place, &pattern, NULL), 0);
	assert_int_equal(first->kind, CF_PATTERN_LITERAL);
	assert_int_equal(first->prefix_length, 3);
	assert_false(cf_pattern_is_both(first));
	assert_int_equal(cf_name_parse("*abc", &place, &pattern, NULL), 0);
	assert_int_equal(first->prefix_length, 0);
	assert_int_equal(first->suffix_length, 3);
	assert_false(cf_pattern_is_both(first));
}

static void test_name_bad_forms_rejected(void **state)
{
	static const char *const texts[] = {
		"",    "*",    "/", "/a", "a/",	  "a//b", "*/a", "*/*", "a/*/b",   "a/*/*", "a**",
		"*a*", "a*b*", ".", "..", "a/..", "./a",  "a?",	 "[a]", "${user}", "a${"};
	struct cf_name_pattern pattern = {.n_components = 9};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cf_diag diag = {};

		assert_int_equal(cf_name_parse(texts[i], &place, &pattern, &diag), -EINVAL);
		assert_string_equal(diag.code, "CF-P041");
		assert_int_not_equal(diag.hint[0], 0);
	}
	assert_int_equal(pattern.n_components, 9);
}

static void test_name_lengths_bounded(void **state)
{
	struct cf_name_pattern pattern;
	struct cf_diag diag = {};
	char text[2 * CF_NAME_SIZE + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[CF_NAME_SIZE - 1] = '\0';
	assert_int_equal(cf_name_parse(text, &place, &pattern, NULL), 0);
	text[CF_NAME_SIZE - 1] = 'a';
	text[CF_NAME_SIZE] = '\0';
	assert_int_equal(cf_name_parse(text, &place, &pattern, &diag), -EINVAL);
	assert_string_equal(diag.code, "CF-P042");
	/* 63 bytes before the star and after it. */
	text[CF_NAME_SIZE] = 'a';
	text[CF_NAME_SIZE - 1] = '*';
	text[2 * CF_NAME_SIZE - 1] = '\0';
	assert_int_equal(cf_name_parse(text, &place, &pattern, NULL), 0);
	assert_true(cf_pattern_is_sound(&pattern.components[0]));
	text[2 * CF_NAME_SIZE - 1] = 'a';
	text[2 * CF_NAME_SIZE] = '\0';
	assert_int_equal(cf_name_parse(text, &place, &pattern, &diag), -EINVAL);
	assert_int_equal(cf_name_parse("a/b/c/d/e", &place, &pattern, &diag), -EINVAL);
	assert_string_equal(diag.code, "CF-P042");
	assert_int_equal(cf_name_parse("a/b/c/d/e/*", &place, &pattern, &diag), -EINVAL);
}

static void test_except_forms_judged(void **state)
{
	static const char *const good[] = {"a", "*.sample", "a*"};
	static const struct {
		const char *text;
		const char *code;
	} bad[] = {{"a/b", "CF-P043"}, {"a*b", "CF-P043"}, {"*", "CF-P041"},
		   {"", "CF-P041"},    {"a**", "CF-P041"}, {"..", "CF-P041"}};
	struct cf_layer_pattern pattern;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(cf_file_name_parse(good[i], &place, &pattern, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cf_diag diag = {};

		assert_int_equal(cf_file_name_parse(bad[i].text, &place, &pattern, &diag), -EINVAL);
		assert_string_equal(diag.code, bad[i].code);
	}
}

static struct cf_layer_pattern sound_pattern(const char *text)
{
	struct cf_name_pattern pattern;

	assert_int_equal(cf_name_parse(text, &place, &pattern, NULL), 0);
	return pattern.components[0];
}

static void test_pattern_unsound_noticed(void **state)
{
	struct cf_layer_pattern pattern;

	(void)state;
#define ASSERT_UNSOUND(text, change)                         \
	do {                                                 \
		pattern = sound_pattern(text);               \
		assert_true(cf_pattern_is_sound(&pattern));  \
		change;                                      \
		assert_false(cf_pattern_is_sound(&pattern)); \
	} while (0)
	ASSERT_UNSOUND("ab", pattern.kind = 2);
	ASSERT_UNSOUND("ab", pattern.reserved = 1);
	ASSERT_UNSOUND("ab", pattern.prefix_length = 0);
	ASSERT_UNSOUND("ab", memset(&pattern, 0, sizeof(pattern)));
	ASSERT_UNSOUND("ab", (pattern.suffix_length = 1, pattern.text[3] = 'c'));
	ASSERT_UNSOUND("ab", pattern.prefix_length = 1);
	ASSERT_UNSOUND("ab", pattern.prefix_length = 3);
	ASSERT_UNSOUND("ab", pattern.prefix_length = CF_NAME_SIZE);
	ASSERT_UNSOUND("ab", pattern.prefix_length = 255);
	ASSERT_UNSOUND("ab", pattern.suffix_length = 1);
	ASSERT_UNSOUND("ab", pattern.text[0] = '/');
	ASSERT_UNSOUND("ab", pattern.text[0] = '*');
	ASSERT_UNSOUND("ab", pattern.text[1] = '\n');
	ASSERT_UNSOUND("ab", pattern.text[1] = '\xff');
	ASSERT_UNSOUND("ab", pattern.text[100] = 'x');
	ASSERT_UNSOUND(".b", pattern.text[1] = '.');
	ASSERT_UNSOUND("$b", pattern.text[1] = '{');
	ASSERT_UNSOUND("a*b", pattern.suffix_length = CF_NAME_SIZE);
	ASSERT_UNSOUND("a*b", pattern.suffix_length = 2);
	ASSERT_UNSOUND("a*b", pattern.suffix_length = 0);
	ASSERT_UNSOUND("a*b", pattern.text[1] = 'x');
	ASSERT_UNSOUND("a*b", pattern.text[2] = '/');
	ASSERT_UNSOUND("*b", (pattern.suffix_length = 0, pattern.text[1] = '\0'));
#undef ASSERT_UNSOUND
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_forms_parsed_and_printed),
		cmocka_unit_test(test_name_parts_stored),
		cmocka_unit_test(test_name_bad_forms_rejected),
		cmocka_unit_test(test_name_lengths_bounded),
		cmocka_unit_test(test_except_forms_judged),
		cmocka_unit_test(test_pattern_unsound_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
