/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "base/buffer.h"
#include "base/escape.h"

static void assert_escaped(const char *name, const char *expected)
{
	cf_auto_free char *text = cf_escape(name);
	cf_auto_free char *back = NULL;
	size_t size;

	assert_string_equal(text, expected);
	back = cf_unescape(text, &size);
	assert_non_null(back);
	assert_int_equal(size, strlen(name));
	assert_memory_equal(back, name, size);
}

static void test_escape_lossless(void **state)
{
	(void)state;
	assert_escaped("", "");
	assert_escaped("/a b/\"c\"", "/a b/\"c\"");
	assert_escaped("/\xc3\xa4/\xe2\x82\xac", "/\xc3\xa4/\xe2\x82\xac");
	assert_escaped("a\\b", "a\\\\b");
	/* A name that looks like an escape is not one. */
	assert_escaped("\\x41", "\\\\x41");
	assert_escaped("a\nb\x1b[31m\x7f", "a\\x0ab\\x1b[31m\\x7f");
	/* No UTF-8: a lone byte, an overlong form, a surrogate, a cut character. */
	assert_escaped("\xff", "\\xff");
	assert_escaped("\xc0\xaf", "\\xc0\\xaf");
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_escaped("\xe2\x82", "\\xe2\\x82");
	/* C1, and what turns the direction of a line. */
	assert_escaped("\xc2\x9b", "\\xc2\\x9b");
	assert_escaped("\xe2\x80\xae", "\\xe2\\x80\\xae");
}

static void test_escape_every_byte_comes_back(void **state)
{
	char name[256];

	(void)state;
	for (int i = 1; i < 256; i++)
		name[i - 1] = (char)i;
	name[255] = '\0';
	{
		cf_auto_free char *text = cf_escape(name);
		size_t size;
		cf_auto_free char *back = cf_unescape(text, &size);

		assert_int_equal(size, 255);
		assert_memory_equal(back, name, 255);
	}
}

static void test_unescape_bad_form_rejected(void **state)
{
	static const char *const bad[] = {"\\", "\\y", "\\x", "\\x1", "\\xg0", "\\x0g", "\\X41"};
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(cf_unescape(bad[i], &size));
}

static void test_escape_shown_keeps_backslash(void **state)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};

	(void)state;
	cf_escape_append_shown(&buffer, "\\x0a\n\x1b]0;x\x07");
	assert_string_equal(buffer.data, "\\x0a\\x0a\\x1b]0;x\\x07");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape_lossless),
		cmocka_unit_test(test_escape_every_byte_comes_back),
		cmocka_unit_test(test_unescape_bad_form_rejected),
		cmocka_unit_test(test_escape_shown_keeps_backslash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
