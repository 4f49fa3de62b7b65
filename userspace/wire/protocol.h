/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cofferdamd and cofferdam-api say to each other: typed messages of
 * fixed size over two SOCK_SEQPACKET pairs (control, and events), descriptors
 * beside them by SCM_RIGHTS. One message is one packet. Both sides decode with
 * the function below, which trusts nothing; the privileged side treats every
 * message as hostile.
 *
 * Integers are in host byte order: both ends run on one machine. Reserved
 * fields are zero. Text fields are NUL-terminated and zero after the NUL.
 * A question carries a request number chosen by the asker; its answers repeat
 * it. An answer of many rows ends with a row of the type named "end".
 *
 * Pure: no I/O, no clock, no logging. Layer 2 (wire).
 */
#ifndef CF_WIRE_PROTOCOL_H
#define CF_WIRE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define CF_PROTOCOL_MAGIC   0x31504643U /* "CFP1" */
#define CF_PROTOCOL_VERSION 1U

#define CF_AGENT_NAME_SIZE  64U /* bytes of an agent's name, with its NUL; as a policy's name */
#define CF_EVENT_PATH_SIZE \
	4096U /* bytes of one path in an event, with its NUL; longer ones lose their start */
#define CF_EVENT_PATHS_SIZE (3U * CF_EVENT_PATH_SIZE)

/* Who may send a message. */
enum cf_party {
	CF_PARTY_DAEMON = 0, /* cofferdamd */
	CF_PARTY_API = 1,    /* cofferdam-api */
};

enum cf_message_type {
	CF_MESSAGE_NONE = 0,
	CF_MESSAGE_CONNECTION = 1,	  /* daemon: an accepted client; 1 descriptor, the socket */
	CF_MESSAGE_CONNECTION_CLOSED = 2, /* api: that client has gone */
	CF_MESSAGE_AGENT_CREATE = 3, /* api: confine a child of a client; 1 descriptor, the layer */
	CF_MESSAGE_AGENT_CREATED = 4, /* daemon: end of that request, well or not */
	CF_MESSAGE_AGENT = 5,	      /* daemon: this agent exists; n_layers descriptors */
	CF_MESSAGE_AGENT_GONE = 6,    /* daemon: it exists no more; its last counters */
	CF_MESSAGE_STATUS_GET = 7,    /* api: how are the agents? */
	CF_MESSAGE_STATUS = 8,	      /* daemon: row, one agent */
	CF_MESSAGE_STATUS_END = 9,    /* daemon: end */
	CF_MESSAGE_STATE_GET = 10,    /* api: how is the host? */
	CF_MESSAGE_FINDING = 11,      /* daemon: row, one finding of the probe */
	CF_MESSAGE_HOOK = 12,	      /* daemon: row, one hook */
	CF_MESSAGE_GROUP = 13,	      /* daemon: row, one hook group as the canary found it */
	CF_MESSAGE_STATE = 14,	      /* daemon: end */
	CF_MESSAGE_EVENT = 15, /* daemon, events channel: one verdict; size varies with its paths */
	CF_MESSAGE_LOST =
		16, /* daemon, events channel: events lost between the kernel and the api */
	_CF_MESSAGE_MAX = 17,
};

/* State of a hook group. */
enum cf_group_state {
	CF_GROUP_OFF = 0, /* not attached, or it cannot be tested here; the reason says which */
	CF_GROUP_DEGRADED = 1, /* attached, but the canary was not denied as it must be */
	CF_GROUP_ARMED = 2,    /* the canary was really denied, and its allowed twin was not */
	_CF_GROUP_MAX = 3,
};

/**
 * struct cf_message_header - starts every message
 * @magic:    CF_PROTOCOL_MAGIC
 * @version:  CF_PROTOCOL_VERSION
 * @type:     enum cf_message_type
 * @size:     of the whole message, bytes
 * @reserved: 0
 * @request:  the asker's number in questions and answers, 0 in the rest
 */
struct cf_message_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t size;
	uint32_t reserved;
	uint64_t request;
};

/* One problem, as a struct cf_diag tells it, without the place (which is the api's business). */
struct cf_message_problem {
	char code[16]; /* "CF-D012" */
	char message[512];
	char hint[512];
};

/**
 * struct cf_message_connection - CF_MESSAGE_CONNECTION
 * @connection: the daemon's number for it, never used twice
 * @uid:        of the peer at connect, from the kernel
 * @gid:        likewise
 * @pid:        likewise, in the daemon's pid namespace
 * @agent:      that the peer belongs to; 0: it is not confined
 */
struct cf_message_connection {
	struct cf_message_header header;
	uint64_t connection;
	uint32_t uid;
	uint32_t gid;
	uint32_t pid;
	uint32_t agent;
};

/* CF_MESSAGE_CONNECTION_CLOSED */
struct cf_message_connection_closed {
	struct cf_message_header header;
	uint64_t connection;
};

/**
 * struct cf_message_agent_create - CF_MESSAGE_AGENT_CREATE; the descriptor is a sealed memfd with a struct cf_layer
 * @connection: on whose behalf; the daemon judges by what it recorded for it
 * @pid:        the waiting child, in the daemon's pid namespace
 * @name:       of the agent: letters, digits, '.', '_' and '-', a letter or digit first
 */
struct cf_message_agent_create {
	struct cf_message_header header;
	uint64_t connection;
	uint32_t pid;
	uint32_t reserved;
	char name[CF_AGENT_NAME_SIZE];
};

/**
 * struct cf_message_agent_created - CF_MESSAGE_AGENT_CREATED
 * @error:   0, or a positive errno; then @problem says it in words
 * @agent:   its id; 0 on failure
 */
struct cf_message_agent_created {
	struct cf_message_header header;
	uint32_t error;
	uint32_t agent;
	struct cf_message_problem problem;
};

/**
 * struct cf_message_agent - CF_MESSAGE_AGENT; descriptors: its layers' sealed memfds, outermost first
 * @agent:    id
 * @uid:      owner
 * @gid:      owner's
 * @n_layers: number of descriptors, 1..CF_MAX_LAYERS
 * @since_us: when it began, CLOCK_REALTIME
 * @name:     as in struct cf_message_agent_create
 * @cgroup:   path below the cgroup2 mount
 */
struct cf_message_agent {
	struct cf_message_header header;
	uint32_t agent;
	uint32_t uid;
	uint32_t gid;
	uint32_t n_layers;
	uint64_t since_us;
	char name[CF_AGENT_NAME_SIZE];
	char cgroup[256];
};

/**
 * struct cf_message_status - CF_MESSAGE_STATUS, and with the last counters CF_MESSAGE_AGENT_GONE
 * @agent:            id
 * @n_tasks:          processes in its cgroups
 * @decided:          struct cf_counters
 * @delivered:        likewise
 * @dropped:          likewise
 * @unknown:          likewise
 * @observed:         likewise
 * @observed_dropped: likewise
 * @lost:             events that left the kernel but not the daemon, as the api process did not keep up
 */
struct cf_message_status {
	struct cf_message_header header;
	uint32_t agent;
	uint32_t n_tasks;
	uint64_t decided;
	uint64_t delivered;
	uint64_t dropped;
	uint64_t unknown;
	uint64_t observed;
	uint64_t observed_dropped;
	uint64_t lost;
};

/* CF_MESSAGE_STATUS_GET, CF_MESSAGE_STATUS_END and CF_MESSAGE_STATE_GET: nothing but the header. */
struct cf_message_plain {
	struct cf_message_header header;
};

/* CF_MESSAGE_FINDING: a struct cf_probe_item, or what the daemon found since it began. */
struct cf_message_finding {
	struct cf_message_header header;
	uint32_t state; /* enum cf_probe_state */
	uint32_t reserved;
	char name[32];
	char found[256];
	char hint[384];
};

#define CF_HOOK_OPTIONAL  (1U << 0)
#define CF_HOOK_PRESENT	  (1U << 1)
#define CF_HOOK_ATTACHED  (1U << 2)
#define CF_HOOK_ON_DEMAND (1U << 3)
#define CF_HOOK_FLAGS	  (CF_HOOK_OPTIONAL | CF_HOOK_PRESENT | CF_HOOK_ATTACHED | CF_HOOK_ON_DEMAND)

/* CF_MESSAGE_HOOK: a struct cf_kernel_hook. */
struct cf_message_hook {
	struct cf_message_header header;
	uint32_t flags; /* CF_HOOK_* */
	uint32_t reserved;
	char name[48];
	char program[16];
};

/* CF_MESSAGE_GROUP */
struct cf_message_group {
	struct cf_message_header header;
	uint32_t state;	    /* enum cf_group_state */
	uint32_t is_needed; /* 1: `run` refuses while it is not armed */
	char name[32];
	char reason[256]; /* "" when armed */
};

/* CF_MESSAGE_STATE */
struct cf_message_state {
	struct cf_message_header header;
	uint32_t abi_major;
	uint32_t abi_minor;
	uint32_t can_enforce; /* 1: the probe found all that is needed */
	uint32_t is_armed;    /* 1: every group that is needed is armed */
	uint32_t n_agents;
	uint32_t pid;		   /* the daemon's */
	uint64_t since_us;	   /* when it began, CLOCK_REALTIME */
	uint64_t n_events_invalid; /* records of the kernel part that could not be understood */
	uint32_t n_mounts_denied;  /* not classified: agents are denied what is on them */
	uint32_t reserved;
	char kernel[80];  /* release */
	char version[32]; /* the daemon's */
};

#define CF_EVENT_OBSERVED (1U << 8) /* beside CF_EVENT_*: from the observation ring */
#define CF_MESSAGE_EVENT_FLAGS \
	(CF_EVENT_TRUNCATED | CF_EVENT_HAS_TARGET | CF_EVENT_HAS_ADDRESS | CF_EVENT_OBSERVED)

/**
 * struct cf_message_event - CF_MESSAGE_EVENT: a struct cf_event_verdict with its names turned into paths
 * @stream:      the daemon's number for it, rising over all agents; what `after` in the API means
 * @object_size: bytes in @paths of the object's path with its NUL; 0: none
 * @target_size: of the second object's, which follows
 * @exe_size:    of the executable's, which follows
 *
 * Only as much of @paths as is used is sent. Paths are bytes as the kernel has
 * them, not text. The other members are as in bpf/abi.h.
 */
struct cf_message_event {
	struct cf_message_header header;
	uint64_t stream;
	uint64_t time_ns;
	uint64_t sequence;
	uint64_t ino;
	uint64_t target_ino;
	uint64_t cgroup;
	uint32_t agent;
	uint32_t tgid;
	uint32_t tid;
	uint32_t ppid;
	uint32_t uid;
	uint32_t gid;
	uint32_t dev;
	uint32_t target_dev;
	uint32_t exe_dev;
	uint32_t wanted;
	uint32_t given;
	uint32_t error;
	uint32_t zone;
	uint32_t flags;
	uint32_t detail;
	uint16_t rule;
	uint16_t port;
	uint8_t layer;
	uint8_t verdict;
	uint8_t op;
	uint8_t reason;
	uint8_t address[16];
	char comm[CF_COMM_SIZE];
	uint16_t object_size;
	uint16_t target_size;
	uint16_t exe_size;
	uint16_t reserved[3];
	char paths[CF_EVENT_PATHS_SIZE];
};

/* CF_MESSAGE_LOST */
struct cf_message_lost {
	struct cf_message_header header;
	uint64_t stream;  /* as an event's */
	uint64_t time_ns; /* boot clock */
	uint64_t count;	  /* events of this agent since its last message of this type */
	uint32_t agent;
	uint32_t reserved;
};

/* Any message, decoded. */
union cf_message {
	struct cf_message_header header;
	struct cf_message_plain plain;
	struct cf_message_connection connection;
	struct cf_message_connection_closed connection_closed;
	struct cf_message_agent_create agent_create;
	struct cf_message_agent_created agent_created;
	struct cf_message_agent agent;
	struct cf_message_status status;
	struct cf_message_finding finding;
	struct cf_message_hook hook;
	struct cf_message_group group;
	struct cf_message_state state;
	struct cf_message_event event;
	struct cf_message_lost lost;
};

/* Descriptors that one message may carry. */
#define CF_MESSAGE_MAX_FDS CF_MAX_LAYERS

/**
 * cf_message_init() - zero a message and fill its header
 * @message: at least as large as its type's struct
 * @type:    enum cf_message_type; the size is its struct's (for an event, without paths)
 * @request: the asker's number, or 0
 *
 * Context: pure
 */
void cf_message_init(void *message, enum cf_message_type type, uint64_t request);

/**
 * cf_message_decode() - tell whether a packet is a sound message and copy it out
 * @from:        who can have sent it
 * @bytes:       the packet; any alignment
 * @size:        its size
 * @n_fds:       descriptors that came with it
 * @ret_message: on success, the message, zero beyond its end
 *
 * Afterwards sizes, the number of descriptors, enumerators, reserved fields,
 * terminators and names are as this header says, whoever sent it.
 *
 * Context: pure
 * Return:  0; -EBADMSG
 */
int cf_message_decode(enum cf_party from, const void *bytes, size_t size, size_t n_fds,
		      union cf_message *ret_message);

/* The paths of a decoded event; "" where there is none. */
const char *cf_message_event_object(const struct cf_message_event *event);
const char *cf_message_event_target(const struct cf_message_event *event);
const char *cf_message_event_exe(const struct cf_message_event *event);

/**
 * cf_message_event_add_paths() - put an event's three paths in place and set its size
 * @event:  initialised
 * @object: or ""
 * @target: or ""
 * @exe:    or ""
 *
 * A path that is too long keeps its end, behind "...", and is marked as cut (CF_EVENT_OBJECT_CUT, ...).
 *
 * Context: pure
 */
void cf_message_event_add_paths(struct cf_message_event *event, const char *object,
				const char *target, const char *exe);

/* Whether a text may be an agent's name: letters, digits, '.', '_', '-', a letter or digit first, not too long. */
bool cf_agent_name_is_valid(const char *name);

/* Copies text into a field: cut if need be (not inside a character), '?' for what may not be shown, zero after it. */
void cf_text_copy(char *field, size_t size, const char *text);

_Static_assert(sizeof(struct cf_message_header) == 24, "cf_message_header");
_Static_assert(sizeof(struct cf_message_connection) == 48, "cf_message_connection");
_Static_assert(sizeof(struct cf_message_connection_closed) == 32, "cf_message_connection_closed");
_Static_assert(sizeof(struct cf_message_agent_create) == 104, "cf_message_agent_create");
_Static_assert(sizeof(struct cf_message_agent_created) == 1072, "cf_message_agent_created");
_Static_assert(sizeof(struct cf_message_agent) == 368, "cf_message_agent");
_Static_assert(sizeof(struct cf_message_status) == 88, "cf_message_status");
_Static_assert(sizeof(struct cf_message_finding) == 704, "cf_message_finding");
_Static_assert(sizeof(struct cf_message_hook) == 96, "cf_message_hook");
_Static_assert(sizeof(struct cf_message_group) == 320, "cf_message_group");
_Static_assert(sizeof(struct cf_message_state) == 184, "cf_message_state");
_Static_assert(offsetof(struct cf_message_event, paths) == 184, "cf_message_event");
_Static_assert(sizeof(struct cf_message_lost) == 56, "cf_message_lost");

#endif /* CF_WIRE_PROTOCOL_H */
