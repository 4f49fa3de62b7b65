/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from the other process as a message: whatever cf_message_decode()
 * accepts must be safe to read, and must mean what protocol.h says.
 * The first byte says who sent them and how many descriptors came along.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/protocol.h"

static void check_event(const struct cf_message_event *event)
{
	size_t length = strlen(cf_message_event_object(event)) +
			strlen(cf_message_event_target(event)) +
			strlen(cf_message_event_exe(event));

	if (length > CF_EVENT_PATHS_SIZE || event->op >= _CF_OP_MAX ||
	    event->reason >= _CF_REASON_MAX || event->verdict >= _CF_VERDICT_MAX ||
	    strlen(event->comm) >= CF_COMM_SIZE)
		abort();
}

static void check(const union cf_message *message, size_t n_fds)
{
	switch (message->header.type) {
	case CF_MESSAGE_AGENT_CREATE:
		if (n_fds != 1 || !cf_agent_name_is_valid(message->agent_create.name))
			abort();
		break;
	case CF_MESSAGE_AGENT:
		if (n_fds != message->agent.n_layers || strlen(message->agent.cgroup) > 255)
			abort();
		break;
	case CF_MESSAGE_AGENT_CREATED:
		if (strlen(message->agent_created.problem.message) >=
		    sizeof(message->agent_created.problem.message))
			abort();
		break;
	case CF_MESSAGE_EVENT:
		check_event(&message->event);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum cf_party from;
	union cf_message message;
	cf_auto_free uint8_t *copy = NULL;
	size_t n_fds;

	if (size < 1)
		return 0;
	from = data[0] & 1 ? CF_PARTY_API : CF_PARTY_DAEMON;
	n_fds = data[0] >> 1 & 0xf;
	/* A copy of the exact size: with a guard behind it. */
	copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	/* The header's size is right in most tries, or nothing behind it would be reached. */
	if (size - 1 >= sizeof(message.header) && data[0] & 0x80) {
		uint32_t real = (uint32_t)(size - 1);

		memcpy(copy + offsetof(struct cf_message_header, size), &real, sizeof(real));
	}
	if (cf_message_decode(from, copy, size - 1, n_fds, &message) == 0)
		check(&message, n_fds);
	return 0;
}
