/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_arena_memory_zeroed_and_aligned(void **state)
{
	struct cf_arena arena = {};

	(void)state;
	for (size_t size = 0; size < 100; size++) {
		unsigned char *memory = cf_arena_alloc(&arena, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
	}
	cf_arena_done(&arena);
	assert_null(arena.pieces);
}

static void test_arena_copy_terminated(void **state)
{
	struct cf_arena arena = {};

	(void)state;
	assert_string_equal(cf_arena_copy(&arena, "abcdef", 3), "abc");
	assert_string_equal(cf_arena_copy(&arena, NULL, 0), "");
	cf_arena_done(&arena);
}

static void test_arena_too_large_fails(void **state)
{
	struct cf_arena arena = {};

	(void)state;
	assert_null(cf_arena_alloc(&arena, SIZE_MAX));
	assert_null(cf_arena_copy(&arena, "", SIZE_MAX));
	cf_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_memory_zeroed_and_aligned),
		cmocka_unit_test(test_arena_copy_terminated),
		cmocka_unit_test(test_arena_too_large_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
