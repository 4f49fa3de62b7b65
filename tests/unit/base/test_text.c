/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void test_text_valid_decoded(void **state)
{
	static const struct {
		const char *text;
		uint32_t character;
	} table[] = {
		{"a", 'a'},
		{"\x7f", 0x7f},
		{"\xc2\x80", 0x80},
		{"\xdf\xbf", 0x7ff},
		{"\xe0\xa0\x80", 0x800},
		{"\xed\x9f\xbf", 0xd7ff},
		{"\xee\x80\x80", 0xe000},
		{"\xef\xbf\xbf", 0xffff},
		{"\xf0\x90\x80\x80", 0x10000},
		{"\xf4\x8f\xbf\xbf", 0x10ffff},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint32_t character = 0;

		assert_int_equal(cf_text_next(table[i].text, strlen(table[i].text), &character),
				 strlen(table[i].text));
		assert_int_equal(character, table[i].character);
	}
}

static void test_text_invalid_rejected(void **state)
{
	static const char *const texts[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc2",
		"\xe1\x80",
		"\xf1\x80\x80",
		"\xc2\x41",
		"\xe1\x80\x41",
	};
	uint32_t character;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cf_text_next(texts[i], strlen(texts[i]), &character), -EILSEQ);
}

static void test_text_printable_judged(void **state)
{
	static const char *const good[] = {"", "a b", "gr\xc3\xbcn", "\xe6\x97\xa5",
					   "\xf0\x9f\x98\x80"};
	static const char *const bad[] = {
		"a\n",		"\t",		"\x1b[31m",	"\x7f",		"\xc2\x85",
		"\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6", "\xef\xbb\xbf", "a\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(cf_text_is_printable(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cf_text_is_printable(bad[i], strlen(bad[i])));
	assert_false(cf_text_is_printable("a\0b", 3));
}

static void test_text_cut_at_character(void **state)
{
	(void)state;
	assert_int_equal(cf_text_cut("abc", 3, 3), 3);
	assert_int_equal(cf_text_cut("abc", 3, 2), 2);
	assert_int_equal(cf_text_cut("a\xe6\x97\xa5z", 5, 4), 4);
	assert_int_equal(cf_text_cut("a\xe6\x97\xa5z", 5, 3), 1);
	assert_int_equal(cf_text_cut("a\xe6\x97\xa5z", 5, 2), 1);
	assert_int_equal(cf_text_cut("\xe6\x97\xa5z", 4, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_valid_decoded),
		cmocka_unit_test(test_text_invalid_rejected),
		cmocka_unit_test(test_text_printable_judged),
		cmocka_unit_test(test_text_cut_at_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
