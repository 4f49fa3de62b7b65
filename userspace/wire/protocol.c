/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "wire/protocol.h"

#define MAX_ERRNO 4095U

static bool is_zero(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

/* A text field: terminated, zero after its end, and printable, as it goes to logs and terminals. */
static bool is_text(const char *field, size_t size)
{
	size_t length = strnlen(field, size);

	return length < size && is_zero(field + length, size - length) &&
	       cf_text_is_printable(field, length);
}

/* As is_text(), for bytes that the kernel took from a process and that may be anything. */
static bool is_bytes(const char *field, size_t size)
{
	size_t length = strnlen(field, size);

	return length < size && is_zero(field + length, size - length);
}

#define IS_TEXT(field) is_text((field), sizeof(field))

static bool is_plain_sound(const union cf_message *message)
{
	(void)message; /* nothing but a header, which is checked */
	return true;
}

static bool is_connection_sound(const union cf_message *message)
{
	return message->connection.connection != 0 && message->connection.pid != 0;
}

static bool is_connection_closed_sound(const union cf_message *message)
{
	return message->connection_closed.connection != 0;
}

static bool is_agent_create_sound(const union cf_message *message)
{
	const struct cf_message_agent_create *create = &message->agent_create;

	return create->connection != 0 && create->pid != 0 && create->pid <= INT32_MAX &&
	       create->reserved == 0 && IS_TEXT(create->name) &&
	       cf_agent_name_is_valid(create->name);
}

static bool is_agent_created_sound(const union cf_message *message)
{
	const struct cf_message_agent_created *created = &message->agent_created;

	return created->error <= MAX_ERRNO && (created->error == 0) == (created->agent != 0) &&
	       IS_TEXT(created->problem.code) && IS_TEXT(created->problem.message) &&
	       IS_TEXT(created->problem.hint);
}

static bool is_agent_sound(const union cf_message *message)
{
	const struct cf_message_agent *agent = &message->agent;

	return agent->agent != 0 && agent->n_layers >= 1 && agent->n_layers <= CF_MAX_LAYERS &&
	       IS_TEXT(agent->name) && cf_agent_name_is_valid(agent->name) &&
	       IS_TEXT(agent->cgroup);
}

static bool is_status_sound(const union cf_message *message)
{
	return message->status.agent != 0;
}

static bool is_finding_sound(const union cf_message *message)
{
	const struct cf_message_finding *finding = &message->finding;

	/* 0..2: enum cf_probe_state, of a header that the unprivileged side may not include. */
	return finding->state <= 2 && finding->reserved == 0 && IS_TEXT(finding->name) &&
	       IS_TEXT(finding->found) && IS_TEXT(finding->hint);
}

static bool is_hook_sound(const union cf_message *message)
{
	const struct cf_message_hook *hook = &message->hook;

	return (hook->flags & ~CF_HOOK_FLAGS) == 0 && hook->reserved == 0 && IS_TEXT(hook->name) &&
	       IS_TEXT(hook->program);
}

static bool is_group_sound(const union cf_message *message)
{
	const struct cf_message_group *group = &message->group;

	return group->state < _CF_GROUP_MAX && group->is_needed <= 1 && IS_TEXT(group->name) &&
	       IS_TEXT(group->reason);
}

static bool is_state_sound(const union cf_message *message)
{
	const struct cf_message_state *state = &message->state;

	return state->can_enforce <= 1 && state->is_armed <= 1 && state->reserved == 0 &&
	       IS_TEXT(state->kernel) && IS_TEXT(state->version);
}

/* One path of an event: empty, or bytes with a NUL at the end and nowhere else. */
static bool is_path_sound(const char *path, size_t size)
{
	if (size == 0)
		return true;
	return size >= 2 && size <= CF_EVENT_PATH_SIZE && strnlen(path, size) == size - 1;
}

static bool is_event_sound(const union cf_message *message)
{
	const struct cf_message_event *event = &message->event;
	size_t n_paths = (size_t)event->object_size + event->target_size + event->exe_size;
	const char *target, *exe;

	/* The sum first: it keeps the pointers below inside paths. */
	if (event->header.size != offsetof(struct cf_message_event, paths) + n_paths)
		return false;
	target = event->paths + event->object_size;
	exe = target + event->target_size;
	return event->agent != 0 && event->stream != 0 && (event->wanted & ~CF_RIGHTS_ALL) == 0 &&
	       (event->given & ~CF_RIGHTS_ALL) == 0 && event->error <= MAX_ERRNO &&
	       (event->flags & ~CF_MESSAGE_EVENT_FLAGS) == 0 && event->verdict < _CF_VERDICT_MAX &&
	       event->op < _CF_OP_MAX && event->reason < _CF_REASON_MAX &&
	       is_bytes(event->comm, sizeof(event->comm)) &&
	       is_zero(event->reserved, sizeof(event->reserved)) &&
	       is_path_sound(event->paths, event->object_size) &&
	       is_path_sound(target, event->target_size) && is_path_sound(exe, event->exe_size);
}

static bool is_lost_sound(const union cf_message *message)
{
	const struct cf_message_lost *lost = &message->lost;

	return lost->agent != 0 && lost->stream != 0 && lost->count != 0 && lost->reserved == 0;
}

/* What is known of each type before its members are looked at. */
struct message_type {
	enum cf_party from;
	size_t min_size;
	size_t max_size;
	size_t min_fds;
	size_t max_fds;
	bool has_request;
	bool (*is_sound)(const union cf_message *message);
};

#define FIXED(member) \
	sizeof(((union cf_message *)NULL)->member), sizeof(((union cf_message *)NULL)->member)
#define EVENT_SIZE offsetof(struct cf_message_event, paths), sizeof(struct cf_message_event)

/* clang-format off */
static const struct message_type message_types[] = {
	[CF_MESSAGE_CONNECTION] = {CF_PARTY_DAEMON, FIXED(connection), 1, 1, false, is_connection_sound},
	[CF_MESSAGE_CONNECTION_CLOSED] = {CF_PARTY_API, FIXED(connection_closed), 0, 0, false, is_connection_closed_sound},
	[CF_MESSAGE_AGENT_CREATE] = {CF_PARTY_API, FIXED(agent_create), 1, 1, true, is_agent_create_sound},
	[CF_MESSAGE_AGENT_CREATED] = {CF_PARTY_DAEMON, FIXED(agent_created), 0, 0, true, is_agent_created_sound},
	[CF_MESSAGE_AGENT] = {CF_PARTY_DAEMON, FIXED(agent), 1, CF_MESSAGE_MAX_FDS, false, is_agent_sound},
	[CF_MESSAGE_AGENT_GONE] = {CF_PARTY_DAEMON, FIXED(status), 0, 0, false, is_status_sound},
	[CF_MESSAGE_STATUS_GET] = {CF_PARTY_API, FIXED(plain), 0, 0, true, is_plain_sound},
	[CF_MESSAGE_STATUS] = {CF_PARTY_DAEMON, FIXED(status), 0, 0, true, is_status_sound},
	[CF_MESSAGE_STATUS_END] = {CF_PARTY_DAEMON, FIXED(plain), 0, 0, true, is_plain_sound},
	[CF_MESSAGE_STATE_GET] = {CF_PARTY_API, FIXED(plain), 0, 0, true, is_plain_sound},
	[CF_MESSAGE_FINDING] = {CF_PARTY_DAEMON, FIXED(finding), 0, 0, true, is_finding_sound},
	[CF_MESSAGE_HOOK] = {CF_PARTY_DAEMON, FIXED(hook), 0, 0, true, is_hook_sound},
	[CF_MESSAGE_GROUP] = {CF_PARTY_DAEMON, FIXED(group), 0, 0, true, is_group_sound},
	[CF_MESSAGE_STATE] = {CF_PARTY_DAEMON, FIXED(state), 0, 0, true, is_state_sound},
	[CF_MESSAGE_EVENT] = {CF_PARTY_DAEMON, EVENT_SIZE, 0, 0, false, is_event_sound},
	[CF_MESSAGE_LOST] = {CF_PARTY_DAEMON, FIXED(lost), 0, 0, false, is_lost_sound},
};
/* clang-format on */

_Static_assert(sizeof(message_types) / sizeof(message_types[0]) == _CF_MESSAGE_MAX,
	       "a message type without its row");

void cf_message_init(void *message, enum cf_message_type type, uint64_t request)
{
	struct cf_message_header *header = message;
	size_t size = message_types[type].min_size;

	memset(message, 0, size);
	header->magic = CF_PROTOCOL_MAGIC;
	header->version = CF_PROTOCOL_VERSION;
	header->type = (uint16_t)type;
	header->size = (uint32_t)size;
	header->request = request;
}

static bool is_header_sound(enum cf_party from, const struct cf_message_header *header, size_t size,
			    size_t n_fds)
{
	const struct message_type *type;

	if (header->magic != CF_PROTOCOL_MAGIC || header->version != CF_PROTOCOL_VERSION ||
	    header->type == CF_MESSAGE_NONE || header->type >= _CF_MESSAGE_MAX)
		return false;
	type = &message_types[header->type];
	return type->from == from && header->size == size && size >= type->min_size &&
	       size <= type->max_size && header->reserved == 0 &&
	       (header->request != 0) == type->has_request && n_fds >= type->min_fds &&
	       n_fds <= type->max_fds;
}

int cf_message_decode(enum cf_party from, const void *bytes, size_t size, size_t n_fds,
		      union cf_message *ret_message)
{
	struct cf_message_header header;

	if (size < sizeof(header) || size > sizeof(*ret_message))
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	if (!is_header_sound(from, &header, size, n_fds))
		return -EBADMSG;

	memset(ret_message, 0, sizeof(*ret_message));
	memcpy(ret_message, bytes, size);
	if (header.type == CF_MESSAGE_AGENT && ret_message->agent.n_layers != n_fds)
		return -EBADMSG;
	return message_types[header.type].is_sound(ret_message) ? 0 : -EBADMSG;
}

const char *cf_message_event_object(const struct cf_message_event *event)
{
	return event->object_size > 0 ? event->paths : "";
}

const char *cf_message_event_target(const struct cf_message_event *event)
{
	return event->target_size > 0 ? event->paths + event->object_size : "";
}

const char *cf_message_event_exe(const struct cf_message_event *event)
{
	return event->exe_size > 0 ? event->paths + event->object_size + event->target_size : "";
}

/* Appends one path at *offset; what is too long keeps its end, which is what people look for. */
static uint16_t add_path(struct cf_message_event *event, size_t *offset, const char *path,
			 uint32_t cut)
{
	static const char cut_mark[] = "...";
	size_t mark_length = sizeof(cut_mark) - 1;
	size_t length = strlen(path);
	char *at = event->paths + *offset;

	if (length == 0)
		return 0;
	if (length < CF_EVENT_PATH_SIZE) {
		memcpy(at, path, length + 1);
	} else {
		size_t kept = CF_EVENT_PATH_SIZE - 1 - mark_length;

		memcpy(at, cut_mark, mark_length);
		memcpy(at + mark_length, path + length - kept, kept + 1);
		length = CF_EVENT_PATH_SIZE - 1;
		event->flags |= cut;
	}
	*offset += length + 1;
	return (uint16_t)(length + 1);
}

void cf_message_event_add_paths(struct cf_message_event *event, const char *object,
				const char *target, const char *exe)
{
	size_t offset = 0;

	event->object_size = add_path(event, &offset, object, CF_EVENT_OBJECT_CUT);
	event->target_size = add_path(event, &offset, target, CF_EVENT_TARGET_CUT);
	event->exe_size = add_path(event, &offset, exe, CF_EVENT_EXE_CUT);
	event->header.size = (uint32_t)(offsetof(struct cf_message_event, paths) + offset);
}

bool cf_agent_name_is_valid(const char *name)
{
	static const char letters_digits[] = "abcdefghijklmnopqrstuvwxyz"
					     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789";
	size_t length = strlen(name);

	if (length == 0 || length >= CF_AGENT_NAME_SIZE)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (strchr(letters_digits, name[i]))
			continue;
		if (i == 0 || !strchr("._-", name[i]))
			return false;
	}
	return true;
}

void cf_text_copy(char *field, size_t size, const char *text)
{
	size_t length = strlen(text);
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		uint32_t character;
		int n = cf_text_next(text + at, length - at, &character);
		bool is_shown = n > 0 && !cf_text_is_control(character);
		size_t taken = n > 0 ? (size_t)n : 1;
		size_t given = is_shown ? taken : 1;

		if (given > size - 1 - used)
			break;
		if (is_shown)
			memcpy(field + used, text + at, given);
		else
			field[used] = '?';
		used += given;
		at += taken;
	}
	memset(field + used, 0, size - used);
}
