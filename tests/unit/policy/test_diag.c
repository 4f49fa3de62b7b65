/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c and nearest.c. */
#include "tests/unit/policy/support.h"

#include <limits.h>

#include "policy/nearest.h"

static void test_diag_set_fills_and_returns_error(void **state)
{
	struct cf_diag diag;

	(void)state;
	memset(&diag, 0xff, sizeof(diag));
	assert_int_equal(
		cf_diag_set(&diag, -EINVAL, "CF-P012", "a.yaml", 3, 4, "a hint", "%s %d", "x", 5),
		-EINVAL);
	assert_string_equal(diag.code, "CF-P012");
	assert_string_equal(diag.file, "a.yaml");
	assert_string_equal(diag.message, "x 5");
	assert_string_equal(diag.hint, "a hint");
	assert_int_equal(diag.line, 3);
	assert_int_equal(diag.column, 4);
	assert_int_equal(diag.severity, CF_DIAG_ERROR);
	assert_int_equal(cf_diag_set(NULL, -EPERM, "CF-P012", "a", 1, 1, NULL, "x"), -EPERM);
}

static void test_diag_long_texts_cut_at_character(void **state)
{
	struct cf_diag diag;
	char text[3 * CF_DIAG_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 3; i += 3)
		memcpy(text + i, "\xe6\x97\xa5", 3);
	text[sizeof(text) - 3] = '\0';
	(void)cf_diag_set(&diag, -EINVAL, "CF-P012-and-more", text, 1, 1, text, "%s", text);
	assert_int_equal(strlen(diag.code), sizeof(diag.code) - 1);
	assert_int_equal(strlen(diag.file), (sizeof(diag.file) - 1) / 3 * 3);
	assert_int_equal(strlen(diag.message), (sizeof(diag.message) - 1) / 3 * 3);
	assert_int_equal(strlen(diag.hint), (sizeof(diag.hint) - 1) / 3 * 3);
}

static void test_diag_formatted(void **state)
{
	struct cf_diag diag;
	char buffer[100];

	(void)state;
	(void)cf_diag_set(&diag, -EINVAL, "CF-P012", "a.yaml", 3, 4, "do this", "that is wrong");
	assert_string_equal(cf_diag_format(&diag, buffer, sizeof(buffer)),
			    "a.yaml:3:4: error CF-P012: that is wrong (do this)");
	(void)cf_diag_set(&diag, -EINVAL, "CF-P012", "a.yaml", 0, 0, NULL, "that is wrong");
	assert_string_equal(cf_diag_format(&diag, buffer, sizeof(buffer)),
			    "a.yaml: error CF-P012: that is wrong");
	diag.severity = CF_DIAG_WARNING;
	diag.file[0] = '\0';
	assert_string_equal(cf_diag_format(&diag, buffer, sizeof(buffer)),
			    "warning CF-P012: that is wrong");
	assert_string_equal(cf_diag_format(&diag, buffer, 8), "warning");
	buffer[0] = 'x';
	assert_int_equal(cf_diag_format(&diag, buffer, 0)[0], 'x');
}

static void test_nearest_distance_counted(void **state)
{
	(void)state;
	assert_int_equal(cf_word_distance("files", "files"), 0);
	assert_int_equal(cf_word_distance("flies", "files"), 1);
	assert_int_equal(cf_word_distance("file", "files"), 1);
	assert_int_equal(cf_word_distance("fyles", "files"), 1);
	assert_int_equal(cf_word_distance("", "files"), 5);
	assert_int_equal(cf_word_distance("files", ""), 5);
	assert_int_equal(cf_word_distance("mode", "name"), 3);
	assert_int_equal(cf_word_distance("kitten", "sitting"), 3);
	assert_true(cf_word_distance("aaaaaaaaaaaaaaaaaaaaaaaaa", "a") == UINT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diag_set_fills_and_returns_error),
		cmocka_unit_test(test_diag_long_texts_cut_at_character),
		cmocka_unit_test(test_diag_formatted),
		cmocka_unit_test(test_nearest_distance_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
