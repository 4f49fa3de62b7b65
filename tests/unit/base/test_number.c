/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/number.h"

static void test_number_decimal_parsed(void **state)
{
	uint64_t number = 0;

	(void)state;
	assert_int_equal(cf_number_parse("0", 0, UINT64_MAX, &number), 0);
	assert_true(number == 0);
	assert_int_equal(cf_number_parse("18446744073709551615", 0, UINT64_MAX, &number), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(cf_number_parse("7", 7, 7, &number), 0);
	assert_true(number == 7);
}

static void test_number_other_forms_rejected(void **state)
{
	static const char *const texts[] = {"",	  " 1", "1 ",  "+1",  "-1",
					    "01", "00", "0x1", "1.0", "1e3",
					    "a",  "1a", "1\n", "1,0", "\xd9\xa1"};
	uint64_t number = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cf_number_parse(texts[i], 0, UINT64_MAX, &number), -EINVAL);
	assert_true(number == 42);
}

static void test_number_bounds_kept(void **state)
{
	uint64_t number = 42;

	(void)state;
	assert_int_equal(cf_number_parse("6", 7, 9, &number), -ERANGE);
	assert_int_equal(cf_number_parse("10", 7, 9, &number), -ERANGE);
	assert_int_equal(cf_number_parse("18446744073709551616", 0, UINT64_MAX, &number), -ERANGE);
	assert_int_equal(cf_number_parse("99999999999999999999999", 0, UINT64_MAX, &number),
			 -ERANGE);
	/* Too large and not a number: not a number. */
	assert_int_equal(cf_number_parse("99999999999999999999999x", 0, UINT64_MAX, &number),
			 -EINVAL);
	assert_true(number == 42);
}

static void test_size_suffixes_applied(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(cf_size_parse("5", 0, UINT64_MAX, &bytes), 0);
	assert_true(bytes == 5);
	assert_int_equal(cf_size_parse("64K", 0, UINT64_MAX, &bytes), 0);
	assert_true(bytes == 65536);
	assert_int_equal(cf_size_parse("3M", 0, UINT64_MAX, &bytes), 0);
	assert_true(bytes == UINT64_C(3) << 20);
	assert_int_equal(cf_size_parse("4G", 0, UINT64_MAX, &bytes), 0);
	assert_true(bytes == UINT64_C(4) << 30);
	assert_int_equal(cf_size_parse("2T", 0, UINT64_MAX, &bytes), 0);
	assert_true(bytes == UINT64_C(2) << 40);
}

static void test_size_bad_forms_rejected(void **state)
{
	static const char *const texts[] = {"",	   "K",	  "4k",	 "4GB", "4Gi",
					    "4 G", "-4G", "04G", "4P",	"4.5G"};
	uint64_t bytes = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cf_size_parse(texts[i], 0, UINT64_MAX, &bytes), -EINVAL);
	assert_int_equal(cf_size_parse("16777216T", 0, UINT64_MAX, &bytes), -ERANGE);
	assert_int_equal(cf_size_parse("18446744073709551616K", 0, UINT64_MAX, &bytes), -ERANGE);
	assert_int_equal(cf_size_parse("1K", 1025, 2048, &bytes), -ERANGE);
	assert_true(bytes == 42);
}

static void test_percent_parsed_or_rejected(void **state)
{
	static const char *const texts[] = {"", "%", "200", "200 %", "2%%", "0200%", "-1%", "1.5%"};
	uint64_t percent = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cf_percent_parse(texts[i], 0, 1000, &percent), -EINVAL);
	assert_int_equal(cf_percent_parse("1001%", 1, 1000, &percent), -ERANGE);
	assert_int_equal(cf_percent_parse("0%", 1, 1000, &percent), -ERANGE);
	assert_int_equal(cf_percent_parse("99999999999999999999%", 1, 1000, &percent), -ERANGE);
	assert_true(percent == 42);
	assert_int_equal(cf_percent_parse("200%", 1, 1000, &percent), 0);
	assert_true(percent == 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_decimal_parsed),
		cmocka_unit_test(test_number_other_forms_rejected),
		cmocka_unit_test(test_number_bounds_kept),
		cmocka_unit_test(test_size_suffixes_applied),
		cmocka_unit_test(test_size_bad_forms_rejected),
		cmocka_unit_test(test_percent_parsed_or_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
