/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "daemon/forward.h"
#include "kernel/kernel.h"

static void test_forward_encoded_event_decodes(void **state)
{
	struct cf_event_verdict verdict = {
		.header = {.time_ns = 11, .sequence = 2, .agent = 5, .tgid = 42, .tid = 43},
		.wanted = CF_RIGHT_READ,
		.error = EACCES,
		.flags = CF_EVENT_HAS_TARGET,
		.rule = 3,
		.layer = 1,
		.verdict = CF_VERDICT_DENY,
		.op = CF_OP_RENAME,
		.reason = CF_REASON_PINNED,
		.comm = "mv\0rest of it",
	};
	const struct cf_kernel_event event = {
		.verdict = &verdict, .path = "/a\xff\n", .target = "/b", .exe = "/bin/mv"};
	struct cf_message_event message;
	union cf_message decoded;

	(void)state;
	cf_forward_encode(&event, 9, &message);
	assert_int_equal(
		cf_message_decode(CF_PARTY_DAEMON, &message, message.header.size, 0, &decoded), 0);
	assert_int_equal(decoded.event.stream, 9);
	assert_int_equal(decoded.event.agent, 5);
	assert_int_equal(decoded.event.rule, 3);
	assert_int_equal(decoded.event.error, EACCES);
	assert_int_equal(decoded.event.flags, CF_EVENT_HAS_TARGET);
	assert_string_equal(decoded.event.comm, "mv");
	assert_string_equal(cf_message_event_object(&decoded.event), "/a\xff\n");
	assert_string_equal(cf_message_event_target(&decoded.event), "/b");
	assert_string_equal(cf_message_event_exe(&decoded.event), "/bin/mv");
}

static void test_forward_observed_marked(void **state)
{
	struct cf_event_verdict verdict = {.header = {.agent = 5}, .op = CF_OP_EXEC};
	const struct cf_kernel_event event = {
		.verdict = &verdict, .observed = true, .path = "", .target = "", .exe = ""};
	struct cf_message_event message;

	(void)state;
	/* Whatever else a comm of full length holds, it ends. */
	memset(verdict.comm, 'x', sizeof(verdict.comm));
	cf_forward_encode(&event, 1, &message);
	assert_int_equal(message.flags, CF_EVENT_OBSERVED);
	assert_int_equal(strlen(message.comm), CF_COMM_SIZE - 1);
	assert_int_equal(message.header.size, offsetof(struct cf_message_event, paths));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward_encoded_event_decodes),
		cmocka_unit_test(test_forward_observed_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
