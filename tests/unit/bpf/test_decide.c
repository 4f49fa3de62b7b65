/* SPDX-License-Identifier: Apache-2.0 */
/* The decision that the kernel part makes, run on the host: the same header, compiled for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/decide.h"

static struct cf_query query_of(uint32_t wanted, size_t n, ...)
{
	struct cf_query query = {.wanted = wanted, .n_grants = (uint32_t)n};
	va_list rights;

	va_start(rights, n);
	for (size_t i = 0; i < n; i++)
		query.grants[i] = (struct cf_grant){
			.rights = (uint16_t)va_arg(rights, unsigned int),
			.rule = (uint16_t)(100 + i),
			.layer = (uint8_t)i,
			.reason = CF_REASON_FILE_RULE,
		};
	va_end(rights);
	return query;
}

static struct cf_verdict decide(const struct cf_query *query)
{
	struct cf_verdict verdict;

	memset(&verdict, 0xa5, sizeof(verdict));
	cf_decide(query, &verdict);
	return verdict;
}

static void test_decide_grant_covers_allowed(void **state)
{
	struct cf_query query = query_of(CF_RIGHT_READ, 1, CF_RIGHT_READ | CF_RIGHT_LIST);

	(void)state;
	assert_int_equal(decide(&query).code, CF_VERDICT_ALLOW);
	assert_int_equal(decide(&query).reason, CF_REASON_NONE);
	assert_int_equal(decide(&query).rule, CF_RULE_NONE);
}

static void test_decide_one_of_two_rights_denied(void **state)
{
	struct cf_query query = query_of(CF_RIGHT_READ | CF_RIGHT_WRITE, 1, CF_RIGHT_READ);
	struct cf_verdict verdict = decide(&query);

	(void)state;
	assert_int_equal(verdict.code, CF_VERDICT_DENY);
	assert_int_equal(verdict.rule, 100);
	assert_int_equal(verdict.given, CF_RIGHT_READ);
}

static void test_decide_layers_first_that_lacks_decides(void **state)
{
	struct cf_query query = query_of(CF_RIGHT_WRITE, 3, CF_RIGHTS_ALL, CF_RIGHT_READ, 0U);
	struct cf_verdict verdict = decide(&query);

	(void)state;
	assert_int_equal(verdict.code, CF_VERDICT_DENY);
	assert_int_equal(verdict.layer, 1);
	assert_int_equal(verdict.rule, 101);
}

static void test_decide_rights_split_over_layers_denied(void **state)
{
	/* Every layer must give all: what two give together counts for nothing. */
	struct cf_query query =
		query_of(CF_RIGHT_READ | CF_RIGHT_WRITE, 2, CF_RIGHT_READ, CF_RIGHT_WRITE);

	(void)state;
	assert_int_equal(decide(&query).code, CF_VERDICT_DENY);
}

static void test_decide_grant_that_does_not_know_unknown(void **state)
{
	struct cf_query query = query_of(CF_RIGHT_EXEC, 2, CF_RIGHT_EXEC, CF_RIGHT_READ);

	(void)state;
	query.grants[1].reason = CF_REASON_NO_DIGEST;
	assert_int_equal(decide(&query).code, CF_VERDICT_UNKNOWN);
	assert_int_equal(decide(&query).reason, CF_REASON_NO_DIGEST);
	assert_int_equal(decide(&query).rule, 101);
	query.grants[1].reason = CF_REASON_DIGEST;
	assert_int_equal(decide(&query).code, CF_VERDICT_DENY);
	query.grants[1].reason = CF_REASON_NO_DIGEST;
	query.domain_flags = CF_DOMAIN_AUDIT;
	assert_int_equal(decide(&query).code, CF_VERDICT_WOULD_DENY);
}

static void test_decide_no_grant_unknown(void **state)
{
	struct cf_query query = query_of(0, 0);

	(void)state;
	assert_int_equal(decide(&query).code, CF_VERDICT_UNKNOWN);
	assert_int_equal(decide(&query).reason, CF_REASON_UNREADABLE);
}

static void test_decide_too_many_grants_unknown(void **state)
{
	struct cf_query query = query_of(0, 1, CF_RIGHTS_ALL);

	(void)state;
	query.n_grants = CF_MAX_GRANTS + 1;
	for (size_t i = 0; i < CF_MAX_GRANTS; i++)
		query.grants[i].rights = CF_RIGHTS_ALL;
	assert_int_equal(decide(&query).code, CF_VERDICT_UNKNOWN);
	query.n_grants = CF_MAX_GRANTS;
	assert_int_equal(decide(&query).code, CF_VERDICT_ALLOW);
}

static void test_decide_refusal_beats_grants(void **state)
{
	struct cf_query query = query_of(CF_RIGHT_READ, 1, CF_RIGHTS_ALL);

	(void)state;
	query.refusal = CF_REASON_PINNED;
	assert_int_equal(decide(&query).code, CF_VERDICT_DENY);
	assert_int_equal(decide(&query).reason, CF_REASON_PINNED);
	for (uint32_t reason = CF_REASON_NO_DOMAIN; reason <= CF_REASON_UNREADABLE; reason++) {
		query.refusal = reason;
		assert_int_equal(decide(&query).code, CF_VERDICT_UNKNOWN);
	}
	/* Numbered behind them, but it is known well. */
	query.refusal = CF_REASON_MOUNT_TYPE;
	assert_int_equal(decide(&query).code, CF_VERDICT_DENY);
}

static void test_decide_audit_would_deny_but_not_without_domain(void **state)
{
	struct cf_query query = query_of(CF_RIGHT_WRITE, 1, CF_RIGHT_READ);

	(void)state;
	query.domain_flags = CF_DOMAIN_AUDIT;
	assert_int_equal(decide(&query).code, CF_VERDICT_WOULD_DENY);
	assert_int_equal(decide(&query).rule, 100);
	query.refusal = CF_REASON_NO_DOMAIN;
	assert_int_equal(decide(&query).code, CF_VERDICT_UNKNOWN);
}

static int is_not_knowing(uint32_t reason)
{
	return (reason >= CF_REASON_NO_DOMAIN && reason <= CF_REASON_UNREADABLE) ||
	       reason == CF_REASON_NO_DIGEST;
}

/* What the header says in words, written as slowly as it reads. */
static uint32_t obvious_code(const struct cf_query *query)
{
	uint32_t together = CF_RIGHTS_ALL, code = CF_VERDICT_DENY;

	if (query->refusal != CF_REASON_NONE) {
		code = is_not_knowing(query->refusal) ? CF_VERDICT_UNKNOWN : CF_VERDICT_DENY;
	} else if (query->n_grants < 1 || query->n_grants > CF_MAX_GRANTS) {
		code = CF_VERDICT_UNKNOWN;
	} else {
		for (uint32_t i = 0; i < query->n_grants; i++)
			together &= query->grants[i].rights;
		if ((query->wanted & together) == query->wanted)
			return CF_VERDICT_ALLOW;
	}
	if ((query->domain_flags & CF_DOMAIN_AUDIT) && query->refusal != CF_REASON_NO_DOMAIN)
		code = CF_VERDICT_WOULD_DENY;
	return code;
}

static void test_decide_random_queries_as_reference(void **state)
{
	size_t counts[_CF_VERDICT_MAX] = {0};

	(void)state;
	srandom(1);
	for (size_t round = 0; round < 200000; round++) {
		struct cf_query query = {
			.wanted = (uint32_t)(random() & random() & random()) & CF_RIGHTS_ALL,
			.n_grants = (uint32_t)(random() % 5),
			.domain_flags = random() % 4 == 0 ? CF_DOMAIN_AUDIT : 0,
			.refusal = random() % 4 ? CF_REASON_NONE
						: (uint32_t)(random() % _CF_REASON_MAX),
		};
		struct cf_verdict verdict;

		if (random() % 64 == 0)
			query.n_grants = CF_MAX_GRANTS + (uint32_t)(random() % 2);
		for (size_t i = 0; i < CF_MAX_GRANTS; i++)
			query.grants[i].rights = (uint16_t)((random() | random()) & CF_RIGHTS_ALL);
		verdict = decide(&query);
		assert_int_equal(verdict.code, obvious_code(&query));
		counts[verdict.code]++;
	}
	for (size_t code = 0; code < _CF_VERDICT_MAX; code++)
		assert_true(counts[code] > 100);
}

static void test_class_rights_by_type(void **state)
{
	const uint32_t changing = CF_RIGHT_WRITE | CF_RIGHT_APPEND | CF_RIGHT_CREATE |
				  CF_RIGHT_DELETE | CF_RIGHT_METADATA | CF_RIGHT_EXEC;
	const uint32_t read_only = CF_RIGHT_READ | CF_RIGHT_LIST;

	(void)state;
	for (uint32_t class = CF_ZONE_PROC; class <= CF_ZONE_SYS; class ++) {
		assert_int_equal(cf_class_rights(class, CF_KINSHIP_NONE, ~0U), CF_RIGHT_LIST);
		assert_int_equal(cf_class_rights(class, CF_KINSHIP_LISTED, ~0U), read_only);
		assert_int_equal(cf_class_rights(class, CF_KINSHIP_FOREIGN, ~0U), 0);
		assert_int_equal(cf_class_rights(class, CF_KINSHIP_FOREIGN + 1, ~0U), 0);
	}
	assert_int_equal(cf_class_rights(CF_ZONE_PROC, CF_KINSHIP_OWN, 0) & changing,
			 CF_RIGHT_WRITE | CF_RIGHT_APPEND);
	assert_int_equal(cf_class_rights(CF_ZONE_CGROUP, CF_KINSHIP_OWN, ~0U), read_only);
	assert_int_equal(cf_class_rights(CF_ZONE_CLOSED, 1, ~0U), 0);
	assert_int_equal(cf_class_rights(CF_ZONE_NONE, 1, ~0U), 0);
	assert_int_equal(cf_class_rights(CF_ZONE_FIRST, 1, ~0U), 0);
	assert_false(cf_class_rights(CF_ZONE_INTERNAL, 0, 0) & CF_RIGHT_EXEC);
	assert_true(cf_class_rights(CF_ZONE_INTERNAL, 0, CF_DOMAIN_MEMFD_EXEC) & CF_RIGHT_EXEC);
}

static void test_plain_device_only_the_listed(void **state)
{
	const uint32_t character = 0020000, block = 0060000;

	(void)state;
	assert_true(cf_is_plain_device(character | 0666, 1U << 20 | 3));
	assert_false(cf_is_plain_device(character | 0666, 1U << 20 | 1));    /* /dev/mem */
	assert_false(cf_is_plain_device(character | 0666, 1U << 20 | 11));   /* /dev/kmsg */
	assert_false(cf_is_plain_device(character | 0666, 10U << 20 | 229)); /* /dev/fuse */
	assert_false(cf_is_plain_device(block | 0666, 1U << 20 | 3));
	assert_false(cf_is_plain_device(0100000 | 0666, 1U << 20 | 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide_grant_covers_allowed),
		cmocka_unit_test(test_decide_one_of_two_rights_denied),
		cmocka_unit_test(test_decide_layers_first_that_lacks_decides),
		cmocka_unit_test(test_decide_rights_split_over_layers_denied),
		cmocka_unit_test(test_decide_grant_that_does_not_know_unknown),
		cmocka_unit_test(test_decide_no_grant_unknown),
		cmocka_unit_test(test_decide_too_many_grants_unknown),
		cmocka_unit_test(test_decide_refusal_beats_grants),
		cmocka_unit_test(test_decide_audit_would_deny_but_not_without_domain),
		cmocka_unit_test(test_decide_random_queries_as_reference),
		cmocka_unit_test(test_class_rights_by_type),
		cmocka_unit_test(test_plain_device_only_the_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
