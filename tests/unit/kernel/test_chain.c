/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/chain.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/chain.h"

static struct cf_identity record(uint32_t fd, uint32_t level, const char *name, uint64_t ino)
{
	struct cf_identity identity = {.superblock = 0xffff0000,
				       .ino = ino,
				       .fd = fd,
				       .level = level,
				       .dev = 5,
				       .is_root = name == NULL};

	strcpy(identity.name, name ? name : "/");
	identity.name_length = (uint32_t)strlen(identity.name);
	return identity;
}

static void test_chain_records_turned_round(void **state)
{
	const struct cf_identity records[] = {
		record(9, 0, "other", 90), record(9, 1, NULL, 2),    record(4, 0, ".ssh", 30),
		record(4, 1, "user", 20),  record(4, 2, "home", 10), record(4, 3, NULL, 2),
	};
	struct cf_chain chain = {};

	(void)state;
	assert_int_equal(cf_chain_gather(records, 6, 4, &chain), 0);
	assert_int_equal(chain.n_levels, 4);
	assert_int_equal(cf_chain_root(&chain)->ino, 2);
	assert_string_equal(chain.levels[1].name, "home");
	assert_string_equal(chain.levels[2].name, "user");
	assert_string_equal(cf_chain_object(&chain)->name, ".ssh");
	cf_chain_done(&chain);
}

static void test_chain_root_alone(void **state)
{
	const struct cf_identity records[] = {record(4, 0, NULL, 2)};
	struct cf_chain chain = {};

	(void)state;
	assert_int_equal(cf_chain_gather(records, 1, 4, &chain), 0);
	assert_int_equal(chain.n_levels, 1);
	assert_ptr_equal(cf_chain_root(&chain), cf_chain_object(&chain));
	cf_chain_done(&chain);
}

static void test_chain_absent_descriptor_refused(void **state)
{
	const struct cf_identity records[] = {record(4, 0, NULL, 2)};
	struct cf_chain chain = {};

	(void)state;
	assert_int_equal(cf_chain_gather(records, 1, 5, &chain), -ENOENT);
	assert_int_equal(cf_chain_gather(NULL, 0, 5, &chain), -ENOENT);
}

static void test_chain_without_root_refused(void **state)
{
	const struct cf_identity records[] = {record(4, 0, "a", 3), record(4, 1, "b", 2)};
	struct cf_chain chain = {};

	(void)state;
	assert_int_equal(cf_chain_gather(records, 2, 4, &chain), -ENOLINK);
}

static void test_chain_that_hangs_nowhere_refused(void **state)
{
	const struct cf_identity records[] = {record(4, 0, "a", 3), record(4, 1, "/", 2)};
	struct cf_chain chain = {};

	(void)state;
	assert_int_equal(cf_chain_gather(records, 2, 4, &chain), -ENOLINK);
}

static void assert_bad(const struct cf_identity *records, size_t n)
{
	struct cf_chain chain = {};

	assert_int_equal(cf_chain_gather(records, n, 4, &chain), -EBADMSG);
}

static void test_chain_contradictions_refused(void **state)
{
	struct cf_identity records[] = {record(4, 0, "a", 3), record(4, 1, NULL, 2),
					record(4, 2, NULL, 2)};
	struct cf_identity good[2];

	(void)state;
	assert_bad(records, 3); /* something above the root */
	memcpy(good, records, sizeof(good));
	records[1].level = 2;
	assert_bad(records, 2);
	memcpy(records, good, sizeof(good));
	records[1].superblock++;
	assert_bad(records, 2);
	memcpy(records, good, sizeof(good));
	records[1].dev++;
	assert_bad(records, 2);
	memcpy(records, good, sizeof(good));
	records[0].name_length = 2;
	assert_bad(records, 2);
	records[0].name_length = 0;
	assert_bad(records, 2);
	records[0].name_length = 256;
	assert_bad(records, 2);
	memcpy(records, good, sizeof(good));
	records[0] = record(4, 0, "a/", 3);
	assert_bad(records, 2);
	memcpy(records, good, sizeof(good));
	memset(records[0].name, 'x', sizeof(records[0].name));
	records[0].name_length = 255;
	assert_bad(records, 2);
	memcpy(records, good, sizeof(good));
	records[1].is_root = 2;
	assert_bad(records, 2);
}

static void test_chain_too_deep_refused(void **state)
{
	struct cf_identity records[CF_MAX_DEPTH + 3];
	struct cf_chain chain = {};
	size_t n = 0;

	(void)state;
	while (n < CF_MAX_DEPTH) {
		records[n] = record(4, (uint32_t)n, "d", 100 + n);
		n++;
	}
	records[n] = record(4, (uint32_t)n, NULL, 2);
	assert_int_equal(cf_chain_gather(records, n + 1, 4, &chain), 0);
	assert_int_equal(chain.n_levels, CF_MAX_DEPTH + 1);
	cf_chain_done(&chain);
	records[n] = record(4, (uint32_t)n, "d", 7);
	n++;
	records[n] = record(4, (uint32_t)n, NULL, 2);
	assert_int_equal(cf_chain_gather(records, n + 1, 4, &chain), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_records_turned_round),
		cmocka_unit_test(test_chain_root_alone),
		cmocka_unit_test(test_chain_absent_descriptor_refused),
		cmocka_unit_test(test_chain_without_root_refused),
		cmocka_unit_test(test_chain_that_hangs_nowhere_refused),
		cmocka_unit_test(test_chain_contradictions_refused),
		cmocka_unit_test(test_chain_too_deep_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
