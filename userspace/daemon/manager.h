/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agents and what becomes of them: an agent is starting (its domain is in
 * force, its child labelled, its cgroup being made), then running, and it
 * ends when its cgroup is empty and no task bears its label. Knows nothing of
 * the api process: who is interested observes.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_MANAGER_H
#define CF_DAEMON_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-event.h>

#include "bpf/abi.h"
#include "daemon/cgroup.h"
#include "wire/protocol.h"

struct cf_diag;
struct cf_kernel;
struct cf_layer;
struct cf_manager;

/* Slot 0 is the canary's: see cf_manager_canary_id(). */
#define CF_CANARY_SLOT 0U

/* Seconds between two looks at agents whose cgroup is empty while a task that left it lives. */
#define CF_LINGER_POLL_S 5U

enum cf_agent_state {
	CF_AGENT_STARTING = 0,
	CF_AGENT_RUNNING = 1,
};

typedef void (*cf_agent_created_fn)(uint32_t agent, int error, const struct cf_diag *diag,
				    void *userdata);

/**
 * struct cf_agent - one agent; owned by the manager, which alone changes it
 * @id:          slot in the low bits, generation above
 * @state:       enum cf_agent_state
 * @uid:         owner
 * @gid:         owner's
 * @pid:         the child with which it began
 * @pidfd:       of that child; -1 once it runs
 * @since_us:    CLOCK_REALTIME
 * @layer_fd:    sealed memfd of its layer
 * @limits:      of its cgroup
 * @name:        as the owner or the policy named it
 * @cgroup:      its path below the cgroup2 mount; "" until it has one
 * @cgroup_id:   the kernel's number of it; 0: not registered
 * @lost:        events lost between the kernel and the api process
 * @is_lingering: its cgroup is empty, but some task bears its label
 */
struct cf_agent {
	uint32_t id;
	enum cf_agent_state state;
	uint32_t uid;
	uint32_t gid;
	pid_t pid;
	int pidfd;
	uint64_t since_us;
	int layer_fd;
	struct cf_cgroup_limits limits;
	char name[CF_AGENT_NAME_SIZE];
	char cgroup[CF_CGROUP_PATH_SIZE];
	uint64_t cgroup_id;
	uint64_t lost;
	bool is_lingering;

	/* The manager's own. */
	struct cf_manager *manager;
	sd_event_source *cgroup_watch;
	cf_agent_created_fn created;
	void *userdata;
};

/* Who is told of agents. */
struct cf_manager_observer {
	/* The agent has an id and a domain; none of its events came before. */
	void (*added)(const struct cf_agent *agent, void *userdata);
	/* It runs: it has a cgroup now, and its child may go. */
	void (*running)(const struct cf_agent *agent, void *userdata);
	/* It ends: its domain is about to be withdrawn. All its events must be drained by this. */
	void (*ending)(const struct cf_agent *agent, void *userdata);
	void *userdata;
};

/**
 * cf_manager_new() - no agents yet
 * @event:       referenced
 * @kernel:      borrowed for the manager's life
 * @observer:    copied
 * @ret_manager: on success, owned by the caller (cf_manager_free())
 * @diag:        written on failure only
 *
 * Chooses systemd's scopes or a tree of our own.
 */
int cf_manager_new(sd_event *event, struct cf_kernel *kernel,
		   const struct cf_manager_observer *observer, struct cf_manager **ret_manager,
		   struct cf_diag *diag);

/* Frees userspace's side; agents live on, confined. */
void cf_manager_free(struct cf_manager **manager);

/**
 * struct cf_agent_request - what an agent is made of
 * @name:     its name
 * @layer:    checked; borrowed for the call
 * @layer_fd: sealed memfd of the same bytes; taken over
 * @pid:      of the waiting child
 * @pidfd:    of the waiting child, verified; taken over
 * @uid:      owner
 * @gid:      owner's
 * @created:  called once, maybe before cf_manager_create() returns
 * @userdata: for @created
 */
struct cf_agent_request {
	const char *name;
	const struct cf_layer *layer;
	int layer_fd;
	pid_t pid;
	int pidfd;
	uint32_t uid;
	uint32_t gid;
	cf_agent_created_fn created;
	void *userdata;
};

/**
 * cf_manager_create() - confine a waiting child as a new agent
 *
 * On failure everything is undone, the child is killed if it was labelled
 * already, and the reason is told to @request->created.
 */
void cf_manager_create(struct cf_manager *manager, struct cf_agent_request *request);

/* Looks at every agent once: the state may have changed while nobody watched. */
void cf_manager_check_all(struct cf_manager *manager);

struct cf_agent *cf_manager_find(struct cf_manager *manager, uint32_t id);
size_t cf_manager_count(const struct cf_manager *manager);

/* The agents in the order of their slots; start with *slot 0; NULL after the last. */
struct cf_agent *cf_manager_next(struct cf_manager *manager, uint32_t *slot);

/* A new id for a canary, in the slot that no agent gets. */
uint32_t cf_manager_canary_id(struct cf_manager *manager);

#endif /* CF_DAEMON_MANAGER_H */
