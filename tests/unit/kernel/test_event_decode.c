/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/event_decode.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/event_decode.h"

static struct cf_event_verdict good(void)
{
	struct cf_event_verdict verdict = {
		.header = {.time_ns = 1,
			   .sequence = 1,
			   .agent = 1025,
			   .tgid = 7,
			   .tid = 7,
			   .type = CF_EVENT_VERDICT},
		.dev = 1,
		.wanted = CF_RIGHT_READ,
		.error = EACCES,
		.rule = 3,
		.layer = 1,
		.verdict = CF_VERDICT_DENY,
		.op = CF_OP_OPEN,
		.reason = CF_REASON_FILE_RULE,
		.comm = "cat",
		.object_size = 5,
		.target_size = 2,
		.exe_size = 4,
	};

	memcpy(verdict.names, "a\0bc\0d\0exe\0", 11);
	verdict.header.size = CF_EVENT_VERDICT_FIXED + 11;
	return verdict;
}

/* Through a heap copy of exactly that size, so that a sanitizer sees each byte too many. */
static int decode(const struct cf_event_verdict *verdict, size_t size,
		  struct cf_event_verdict *ret_verdict)
{
	char *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, verdict, size);
	r = cf_event_decode(copy, size, ret_verdict);
	free(copy);
	return r;
}

static void test_event_sound_record_copied(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	memset(&out, 0xff, sizeof(out));
	assert_int_equal(decode(&verdict, verdict.header.size, &out), 0);
	assert_memory_equal(&out, &verdict, sizeof(out));
}

static void test_event_longer_record_tail_ignored(void **state)
{
	struct {
		struct cf_event_verdict verdict;
		char tail[64];
	} record = {.verdict = good()};
	struct cf_event_verdict out;

	(void)state;
	record.verdict.header.size = sizeof(record);
	assert_int_equal(cf_event_decode(&record, sizeof(record), &out), 0);
	assert_string_equal(out.comm, "cat");
}

static void test_event_cut_records_refused(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	for (size_t size = 0; size < verdict.header.size; size++)
		assert_int_equal(decode(&verdict, size, &out), -EBADMSG);
	/* And with a size of its own that agrees with what is there. */
	for (uint16_t size = 0; size < CF_EVENT_VERDICT_FIXED + 11; size++) {
		verdict.header.size = size;
		assert_int_equal(decode(&verdict, size, &out), -EBADMSG);
	}
}

static void test_event_unknown_type_told_apart(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	verdict.header.type = _CF_EVENT_MAX;
	assert_int_equal(decode(&verdict, verdict.header.size, &out), -EOPNOTSUPP);
	verdict.header.type = 0;
	assert_int_equal(decode(&verdict, verdict.header.size, &out), -EOPNOTSUPP);
}

#define ASSERT_REFUSED(member, value)                                         \
	do {                                                                  \
		struct cf_event_verdict hostile = good(), unused;             \
                                                                              \
		hostile.member = (value);                                     \
		assert_int_equal(decode(&hostile,                             \
					hostile.header.size < sizeof(hostile) \
						? hostile.header.size         \
						: sizeof(hostile),            \
					&unused),                             \
				 -EBADMSG);                                   \
	} while (0)

static void test_event_hostile_fields_refused(void **state)
{
	(void)state;
	ASSERT_REFUSED(header.agent, 0);
	ASSERT_REFUSED(header.size, UINT16_MAX);
	ASSERT_REFUSED(op, CF_OP_NONE);
	ASSERT_REFUSED(op, _CF_OP_MAX);
	ASSERT_REFUSED(op, 255);
	ASSERT_REFUSED(verdict, _CF_VERDICT_MAX);
	ASSERT_REFUSED(reason, _CF_REASON_MAX);
	ASSERT_REFUSED(layer, CF_MAX_LAYERS);
	ASSERT_REFUSED(wanted, CF_RIGHTS_ALL + 1);
	ASSERT_REFUSED(given, 0x80000000U);
	ASSERT_REFUSED(error, -1);
	ASSERT_REFUSED(error, 4096);
	ASSERT_REFUSED(object_size, 4); /* ends inside a name */
	ASSERT_REFUSED(object_size, UINT16_MAX);
	ASSERT_REFUSED(target_size, UINT16_MAX);
	ASSERT_REFUSED(exe_size, UINT16_MAX);
	ASSERT_REFUSED(exe_size, 5); /* beyond the record */
	ASSERT_REFUSED(names[4], 'x');
	ASSERT_REFUSED(names[10], 'x');
}

static void test_event_names_sum_cannot_wrap(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	verdict.header.size = sizeof(verdict);
	verdict.object_size = CF_EVENT_NAMES_SIZE;
	verdict.target_size = UINT16_MAX - CF_EVENT_NAMES_SIZE + 1;
	assert_int_equal(decode(&verdict, sizeof(verdict), &out), -EBADMSG);
}

static void test_event_no_rule_may_have_no_layer(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	verdict.rule = CF_RULE_NONE;
	verdict.layer = 255;
	assert_int_equal(decode(&verdict, verdict.header.size, &out), 0);
}

static void test_event_comm_terminated(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	memset(verdict.comm, 'x', sizeof(verdict.comm));
	assert_int_equal(decode(&verdict, verdict.header.size, &out), 0);
	assert_int_equal(strlen(out.comm), CF_COMM_SIZE - 1);
}

static void test_event_full_names_taken(void **state)
{
	struct cf_event_verdict verdict = good(), out;

	(void)state;
	memset(verdict.names, 'n', sizeof(verdict.names));
	verdict.names[CF_EVENT_NAMES_SIZE - 1] = '\0';
	verdict.object_size = CF_EVENT_NAMES_SIZE;
	verdict.target_size = verdict.exe_size = 0;
	verdict.header.size = sizeof(verdict);
	assert_int_equal(decode(&verdict, sizeof(verdict), &out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_sound_record_copied),
		cmocka_unit_test(test_event_longer_record_tail_ignored),
		cmocka_unit_test(test_event_cut_records_refused),
		cmocka_unit_test(test_event_unknown_type_told_apart),
		cmocka_unit_test(test_event_hostile_fields_refused),
		cmocka_unit_test(test_event_names_sum_cannot_wrap),
		cmocka_unit_test(test_event_no_rule_may_have_no_layer),
		cmocka_unit_test(test_event_comm_terminated),
		cmocka_unit_test(test_event_full_names_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
