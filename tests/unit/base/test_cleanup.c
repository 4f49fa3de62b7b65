/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void test_cleanup_frees_and_steals(void **state)
{
	char *kept = NULL;
	int fd = 5;

	(void)state;
	{
		cf_auto_free char *freed = malloc(10);
		cf_auto_free char *stolen = malloc(10);
		cf_auto_free char *none = NULL;

		(void)freed;
		(void)none;
		kept = cf_steal_ptr(stolen);
		assert_null(stolen);
	}
	/* Leaks of the first and use after free of the second are for the sanitizer. */
	kept[9] = 1;
	free(kept);
	assert_int_equal(cf_steal_fd(&fd), 5);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cleanup_frees_and_steals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
