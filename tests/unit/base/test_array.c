/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"

static void test_array_push_keeps_all(void **state)
{
	CF_ARRAY(int) numbers = {};

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(cf_array_push(&numbers, i * 3), 0);
	assert_int_equal(numbers.n_items, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers.items[i], i * 3);
	free(numbers.items);
}

static void test_array_too_large_fails_and_keeps(void **state)
{
	size_t capacity = SIZE_MAX / 2 + 1;
	int item = 0;

	(void)state;
	assert_null(cf_array_grow(&item, capacity, &capacity, 1));
	assert_true(capacity == SIZE_MAX / 2 + 1);
	capacity = SIZE_MAX / 4;
	assert_null(cf_array_grow(NULL, capacity, &capacity, 16));
	assert_true(capacity == SIZE_MAX / 4);
}

static void test_array_room_left_not_moved(void **state)
{
	size_t capacity = 4;
	int items[4];

	(void)state;
	assert_ptr_equal(cf_array_grow(items, 3, &capacity, sizeof(int)), items);
	assert_int_equal(capacity, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_array_push_keeps_all),
		cmocka_unit_test(test_array_too_large_fails_and_keeps),
		cmocka_unit_test(test_array_room_left_not_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
