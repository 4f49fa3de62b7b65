/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

static int decode(enum cf_party from, const void *message, size_t n_fds, union cf_message *ret)
{
	const struct cf_message_header *header = message;
	/* A copy of the exact size: reads past the end are for the sanitizer to see. */
	cf_auto_free void *copy = malloc(header->size);

	memcpy(copy, message, header->size);
	return cf_message_decode(from, copy, header->size, n_fds, ret);
}

static struct cf_message_agent_create sound_create(void)
{
	struct cf_message_agent_create message;

	cf_message_init(&message, CF_MESSAGE_AGENT_CREATE, 9);
	message.connection = 3;
	message.pid = 42;
	memcpy(message.name, "coding-agent", sizeof("coding-agent"));
	return message;
}

static void test_protocol_sound_create_accepted(void **state)
{
	struct cf_message_agent_create message = sound_create();
	union cf_message decoded;

	(void)state;
	assert_int_equal(decode(CF_PARTY_API, &message, 1, &decoded), 0);
	assert_memory_equal(&decoded, &message, sizeof(message));
}

static void test_protocol_bad_header_rejected(void **state)
{
	struct cf_message_agent_create message = sound_create();
	union cf_message decoded;
	char bytes[sizeof(union cf_message) + 1] = {};

	(void)state;
	/* From the wrong side, and with the wrong number of descriptors. */
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 1, &decoded), -EBADMSG);
	assert_int_equal(decode(CF_PARTY_API, &message, 0, &decoded), -EBADMSG);
	assert_int_equal(decode(CF_PARTY_API, &message, 2, &decoded), -EBADMSG);
	/* Sizes. */
	assert_int_equal(cf_message_decode(CF_PARTY_API, &message, 0, 1, &decoded), -EBADMSG);
	assert_int_equal(
		cf_message_decode(CF_PARTY_API, &message, sizeof(message) - 1, 1, &decoded),
		-EBADMSG);
	memcpy(bytes, &message, sizeof(message));
	assert_int_equal(cf_message_decode(CF_PARTY_API, bytes, sizeof(message) + 1, 1, &decoded),
			 -EBADMSG);
	assert_int_equal(cf_message_decode(CF_PARTY_API, bytes, sizeof(bytes), 1, &decoded),
			 -EBADMSG);

#define REFUSED(change)                                                                          \
	do {                                                                                     \
		message = sound_create();                                                        \
		change;                                                                          \
		assert_int_equal(                                                                \
			cf_message_decode(CF_PARTY_API, &message, sizeof(message), 1, &decoded), \
			-EBADMSG);                                                               \
	} while (0)
	REFUSED(message.header.magic++);
	REFUSED(message.header.version++);
	REFUSED(message.header.type = CF_MESSAGE_NONE);
	REFUSED(message.header.type = _CF_MESSAGE_MAX);
	REFUSED(message.header.type = 0xffff);
	REFUSED(message.header.type = CF_MESSAGE_STATE);
	REFUSED(message.header.size++);
	REFUSED(message.header.reserved = 1);
	REFUSED(message.header.request = 0);
}

static void test_protocol_bad_create_rejected(void **state)
{
	struct cf_message_agent_create message;
	union cf_message decoded;

	(void)state;
	REFUSED(message.connection = 0);
	REFUSED(message.pid = 0);
	REFUSED(message.pid = UINT32_MAX);
	REFUSED(message.reserved = 1);
	REFUSED(message.name[0] = '\0');
	REFUSED(memset(message.name, 'a', sizeof(message.name)));
	REFUSED(message.name[sizeof(message.name) - 1] = 'x');
	REFUSED(message.name[1] = '\n');
	REFUSED(message.name[1] = '/');
	REFUSED(message.name[0] = '.');
}

static void test_protocol_event_paths_survive(void **state)
{
	struct cf_message_event event;
	union cf_message decoded;

	(void)state;
	fill_event(&event);
	assert_int_equal(decode(CF_PARTY_DAEMON, &event, 0, &decoded), 0);
	assert_string_equal(cf_message_event_object(&decoded.event), "/home/a/.aws/credentials");
	assert_string_equal(cf_message_event_target(&decoded.event), "");
	assert_string_equal(cf_message_event_exe(&decoded.event), "/usr/bin/cat");
	assert_int_equal(decode(CF_PARTY_API, &event, 0, &decoded), -EBADMSG);
}

static void test_protocol_bad_event_rejected(void **state)
{
	struct cf_message_event event;
	union cf_message decoded;

	(void)state;
#define EVENT_REFUSED(change)                                                             \
	do {                                                                              \
		fill_event(&event);                                                       \
		change;                                                                   \
		assert_int_equal(decode(CF_PARTY_DAEMON, &event, 0, &decoded), -EBADMSG); \
	} while (0)
	EVENT_REFUSED(event.agent = 0);
	EVENT_REFUSED(event.stream = 0);
	EVENT_REFUSED(event.verdict = _CF_VERDICT_MAX);
	EVENT_REFUSED(event.op = _CF_OP_MAX);
	EVENT_REFUSED(event.reason = _CF_REASON_MAX);
	EVENT_REFUSED(event.wanted = CF_RIGHTS_ALL + 1);
	EVENT_REFUSED(event.given = 1U << 31);
	EVENT_REFUSED(event.flags = 1U << 30);
	EVENT_REFUSED(event.error = 5000);
	EVENT_REFUSED(event.reserved[1] = 1);
	EVENT_REFUSED(memset(event.comm, 'x', sizeof(event.comm)));
	/* Sizes of paths that do not add up, are beyond the end, or do not end where they say. */
	EVENT_REFUSED(event.object_size++);
	EVENT_REFUSED(event.object_size = 0xffff);
	EVENT_REFUSED(event.target_size = 0xffff; event.exe_size = 0xffff);
	EVENT_REFUSED(event.object_size--; event.exe_size++);
	EVENT_REFUSED(event.paths[2] = '\0');
	EVENT_REFUSED(event.paths[event.object_size - 1] = 'x');
	EVENT_REFUSED(event.header.size = sizeof(event));
}

static void test_protocol_long_path_keeps_end(void **state)
{
	struct cf_message_event event;
	union cf_message decoded;
	cf_auto_free char *path = malloc(2 * CF_EVENT_PATH_SIZE + 1);

	(void)state;
	memset(path, 'a', 2 * CF_EVENT_PATH_SIZE);
	memcpy(path + 2 * CF_EVENT_PATH_SIZE - 4, "/end", 5);
	fill_event(&event);
	cf_message_event_add_paths(&event, path, path, path);
	assert_int_equal(event.flags & CF_EVENT_TRUNCATED, CF_EVENT_TRUNCATED);
	assert_int_equal(event.header.size, sizeof(event));
	assert_int_equal(decode(CF_PARTY_DAEMON, &event, 0, &decoded), 0);
	assert_int_equal(strlen(cf_message_event_exe(&decoded.event)), CF_EVENT_PATH_SIZE - 1);
	assert_memory_equal(cf_message_event_exe(&decoded.event), "...a", 4);
	assert_string_equal(cf_message_event_exe(&decoded.event) + CF_EVENT_PATH_SIZE - 5, "/end");
}

static void test_protocol_agent_layers_counted(void **state)
{
	struct cf_message_agent message;
	union cf_message decoded;

	(void)state;
	cf_message_init(&message, CF_MESSAGE_AGENT, 0);
	message.agent = 5;
	message.n_layers = 2;
	memcpy(message.name, "x", 2);
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 2, &decoded), 0);
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 1, &decoded), -EBADMSG);
	message.n_layers = CF_MAX_LAYERS + 1;
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, CF_MAX_LAYERS, &decoded), -EBADMSG);
	message.n_layers = 0;
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 1, &decoded), -EBADMSG);
}

static void test_protocol_answer_says_one_thing(void **state)
{
	struct cf_message_agent_created message;
	union cf_message decoded;

	(void)state;
	cf_message_init(&message, CF_MESSAGE_AGENT_CREATED, 4);
	message.agent = 1;
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 0, &decoded), 0);
	message.error = EPERM;
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 0, &decoded), -EBADMSG);
	message.agent = 0;
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 0, &decoded), 0);
	message.problem.message[3] = 'x'; /* behind the end */
	assert_int_equal(decode(CF_PARTY_DAEMON, &message, 0, &decoded), -EBADMSG);
}

static void test_protocol_names_judged(void **state)
{
	static const char *const good[] = {"a", "A1", "coding-agent", "x.y_z-0"};
	static const char *const bad[] = {"", "-a", ".a", "_a", "a b", "a/b", "a\n", "\xc3\xa4"};
	char longest[CF_AGENT_NAME_SIZE + 1] = {};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(cf_agent_name_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cf_agent_name_is_valid(bad[i]));
	memset(longest, 'a', CF_AGENT_NAME_SIZE - 1);
	assert_true(cf_agent_name_is_valid(longest));
	longest[CF_AGENT_NAME_SIZE - 1] = 'a';
	assert_false(cf_agent_name_is_valid(longest));
}

static void test_text_copy_safe_and_zero_after_end(void **state)
{
	char field[8];

	(void)state;
	memset(field, 'x', sizeof(field));
	cf_text_copy(field, sizeof(field), "a\nb\xff");
	assert_memory_equal(field, "a?b?\0\0\0\0", 8);
	cf_text_copy(field, sizeof(field), "123456\xc3\xa4");
	assert_memory_equal(field, "123456\0\0", 8);
	cf_text_copy(field, sizeof(field), "123456789");
	assert_string_equal(field, "1234567");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protocol_sound_create_accepted),
		cmocka_unit_test(test_protocol_bad_header_rejected),
		cmocka_unit_test(test_protocol_bad_create_rejected),
		cmocka_unit_test(test_protocol_event_paths_survive),
		cmocka_unit_test(test_protocol_bad_event_rejected),
		cmocka_unit_test(test_protocol_long_path_keeps_end),
		cmocka_unit_test(test_protocol_agent_layers_counted),
		cmocka_unit_test(test_protocol_answer_says_one_thing),
		cmocka_unit_test(test_protocol_names_judged),
		cmocka_unit_test(test_text_copy_safe_and_zero_after_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
