/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/cleanup.h"

static void test_buffer_appends_kept_in_order(void **state)
{
	struct cf_buffer buffer = {};
	cf_auto_free char *text = NULL;
	size_t size = 0;

	(void)state;
	cf_buffer_puts(&buffer, "one");
	cf_buffer_printf(&buffer, " %d %s", 2, "three");
	cf_buffer_append(&buffer, "\0x", 2);
	assert_int_equal(cf_buffer_steal(&buffer, &text, &size), 0);
	assert_int_equal(size, 13);
	assert_memory_equal(text, "one 2 three\0x", 14);
	assert_null(buffer.data);
	assert_int_equal(buffer.size, 0);
}

static void test_buffer_growth_keeps_bytes(void **state)
{
	struct cf_buffer buffer = {};
	cf_auto_free char *text = NULL;

	(void)state;
	for (int i = 0; i < 10000; i++)
		cf_buffer_printf(&buffer, "%04d", i);
	assert_int_equal(buffer.size, 40000);
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
	assert_int_equal(strlen(text), 40000);
	assert_memory_equal(text + 4 * 1234, "1234", 4);
	assert_memory_equal(text + 4 * 9999, "9999", 5);
}

static void test_buffer_empty_stolen_is_empty_text(void **state)
{
	struct cf_buffer buffer = {};
	cf_auto_free char *text = NULL;

	(void)state;
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
	assert_string_equal(text, "");
}

static void test_buffer_failure_is_remembered(void **state)
{
	struct cf_buffer buffer = {};
	char *text = NULL;

	(void)state;
	cf_buffer_puts(&buffer, "a");
	cf_buffer_append(&buffer, "b", SIZE_MAX - 1);
	assert_true(buffer.is_failed);
	cf_buffer_puts(&buffer, "c");
	assert_int_equal(buffer.size, 1);
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), -ENOMEM);
	assert_null(text);
	assert_null(buffer.data);
}

static void test_buffer_truncate_takes_back(void **state)
{
	struct cf_buffer buffer = {};

	(void)state;
	cf_buffer_truncate(&buffer, 0);
	cf_buffer_puts(&buffer, "keep this");
	cf_buffer_truncate(&buffer, 4);
	assert_string_equal(buffer.data, "keep");
	cf_buffer_truncate(&buffer, 100);
	assert_int_equal(buffer.size, 4);
	cf_buffer_done(&buffer);
	assert_null(buffer.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buffer_appends_kept_in_order),
		cmocka_unit_test(test_buffer_growth_keeps_bytes),
		cmocka_unit_test(test_buffer_empty_stolen_is_empty_text),
		cmocka_unit_test(test_buffer_failure_is_remembered),
		cmocka_unit_test(test_buffer_truncate_takes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
