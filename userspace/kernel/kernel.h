/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel part as the daemon sees it: load and attach, confine tasks and
 * cgroups, give agents their domains, classify mounts, drain events. The only
 * folder that includes libbpf and the skeleton.
 *
 * Layer 2 (kernel). Nothing here prints; failures return a negative errno and
 * fill a struct cf_diag (codes CF-Knnn). Not thread-safe: one thread owns a
 * struct cf_kernel.
 */
#ifndef CF_KERNEL_KERNEL_H
#define CF_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct cf_diag;
struct cf_kernel;
struct cf_layer;

/* Where programs, links and maps are pinned; one directory per ABI major below it. */
#define CF_KERNEL_PIN_ROOT "/sys/fs/bpf/cofferdam"

/**
 * cf_kernel_open() - load, attach and pin the kernel part
 * @ret_kernel: on success, owned by the caller (cf_kernel_close())
 * @diag:       what is missing and the next step; written on failure only
 *
 * Afterwards every program that this kernel can have is attached, all of the
 * daemon's mounts are classified, and no agent exists. Nothing is left
 * attached or pinned on failure. Pins of a former daemon: if no task of an
 * agent lives any more they are taken down and replaced; else -EBUSY.
 *
 * Return: 0; -EBUSY agents of a former daemon live, or another daemon runs;
 *         -EOPNOTSUPP the kernel lacks something; -EPERM; other negative errno
 */
int cf_kernel_open(struct cf_kernel **ret_kernel, struct cf_diag *diag);

/* Frees userspace's side; what is pinned stays in force. */
void cf_kernel_close(struct cf_kernel **kernel);

/**
 * cf_kernel_release() - take all enforcement down: unpin and detach everything
 *
 * Return: 0; negative errno of the first thing that could not be removed
 */
int cf_kernel_release(struct cf_diag *diag);

/* One row for doctor: a hook, whether this kernel has it, whether it is attached. */
struct cf_kernel_hook {
	const char *name;    /* "file_open" */
	const char *program; /* "cf_file_open" */
	bool is_optional;    /* some supported kernel lacks it */
	bool is_present;
	bool is_on_demand; /* attached only while it is needed */
	bool is_attached;
};

const struct cf_kernel_hook *cf_kernel_hooks(const struct cf_kernel *kernel, size_t *ret_n);

/**
 * cf_kernel_agent_add() - put an agent's domain in force for the id
 * @agent:    full id, its slot free: counts and labels of a slot's former agent must be at
 *            rest, so do not reuse it while cf_kernel_agent_is_alive() says so
 * @layers:   checked layers, outermost first; borrowed for the call
 * @flags:    CF_DOMAIN_CANARY or 0, ORed into the domain's
 * @diag:     what does not fit or resolve; written on failure only
 *
 * All or nothing: on failure no map differs from before but for zones, which
 * are policy-free. The domain entry is written last.
 *
 * Return: 0; -ENOSPC a map is full; -E2BIG; -EEXIST; other negative errno
 */
int cf_kernel_agent_add(struct cf_kernel *kernel, uint32_t agent,
			const struct cf_layer *const *layers, size_t n_layers, uint32_t flags,
			struct cf_diag *diag);

/* Withdraws the domain: tasks that still bear the label are denied everything. */
void cf_kernel_agent_remove(struct cf_kernel *kernel, uint32_t agent);

/* Binds a cgroup (and, through the kernel part, those made below it) to an agent. */
int cf_kernel_cgroup_add(struct cf_kernel *kernel, uint64_t cgroup_id, uint32_t agent);
int cf_kernel_cgroup_remove(struct cf_kernel *kernel, uint64_t cgroup_id);

/* Labels the task behind a pidfd for life; confirms by reading the label back. -EEXIST: it has another. */
int cf_kernel_task_confine(struct cf_kernel *kernel, int pidfd, uint32_t agent);

/* The agent of the task behind a pidfd; 0 in *ret_agent: unconfined. */
int cf_kernel_task_agent(struct cf_kernel *kernel, int pidfd, uint32_t *ret_agent);

/* True while some live task bears the agent's label or sits in one of its cgroups. */
int cf_kernel_agent_is_alive(struct cf_kernel *kernel, uint32_t agent, bool *ret_alive);

/* Counts since the agent was added; -ENOENT once it is removed. */
int cf_kernel_counters(struct cf_kernel *kernel, uint32_t agent, struct cf_counters *ret_counters);

/**
 * cf_kernel_watch_held() - have the use of descriptors judged that tasks held before they were moved in
 *
 * @has_ended: an agent has, so it may be needed no more
 *
 * To be called when events were drained, and when an agent has ended. It costs
 * every read and write on the host something, so it is in force only while such
 * a task lives; until it is, these descriptors can be used.
 *
 * Return: 0; negative errno: it is as it was
 */
int cf_kernel_watch_held(struct cf_kernel *kernel, bool has_ended, struct cf_diag *diag);

/* -------------------------------------------------------------- mounts */

/* Readable (EPOLLPRI) when mounts changed; then call cf_kernel_mounts_refresh(). */
int cf_kernel_mounts_fd(struct cf_kernel *kernel);
int cf_kernel_mounts_refresh(struct cf_kernel *kernel, struct cf_diag *diag);

/**
 * cf_kernel_mounts_are_moving() - did an outsider begin to move a mount since the last refresh?
 *
 * What is mounted is denied until the next one, which a change of the mounts
 * asks for. A move that fails changes nothing: refresh after a while all the same.
 */
bool cf_kernel_mounts_are_moving(const struct cf_kernel *kernel);

/* A mount that could not be classified: agents are denied what is on it. */
struct cf_kernel_mount {
	const char *point;
	const char *fs_type;
	int error; /* negative errno: -ESTALE another mount hides it, -ENOLINK no way to its root */
};

/* As of the last refresh; valid until the next one. */
const struct cf_kernel_mount *cf_kernel_mounts_denied(const struct cf_kernel *kernel,
						      size_t *ret_n);

/* -------------------------------------------------------------- events */

/**
 * struct cf_kernel_event - a validated event with its names turned into paths
 * @verdict:  as the kernel sent it; borrowed for the callback
 * @observed: from the observation ring: an allowed operation
 * @path:     of the object, absolute where its mount is known, else
 *            "(device 0:42)/name"; "" if there is none
 * @target:   of the second object, or ""
 * @exe:      of the task's executable, or ""
 */
struct cf_kernel_event {
	const struct cf_event_verdict *verdict;
	bool observed;
	const char *path;
	const char *target;
	const char *exe;
};

typedef void (*cf_kernel_event_fn)(const struct cf_kernel_event *event, void *userdata);

/* An epoll fd that is readable when events wait. */
int cf_kernel_events_fd(struct cf_kernel *kernel);

/* Drains both rings, returns credit to the agents; number of events, or negative errno. */
int cf_kernel_events_drain(struct cf_kernel *kernel, cf_kernel_event_fn callback, void *userdata);

/* Records that could not be understood and were left out, since the start. */
uint64_t cf_kernel_events_invalid(const struct cf_kernel *kernel);

/* --------------------------------------------------------------- probe */

enum cf_probe_state {
	CF_PROBE_OK = 0,
	CF_PROBE_MISSING = 1, /* the host cannot enforce without it */
	CF_PROBE_WARNING = 2, /* worth saying; nothing depends on it */
};

/* One finding of doctor. Strings are static or owned by the report. */
struct cf_probe_item {
	char name[32]; /* "lsm-list" */
	enum cf_probe_state state;
	char found[256]; /* "landlock,yama" */
	char hint[384];	 /* what to do, exactly; "" when ok */
};

#define CF_PROBE_MAX 32

/* The item that says whether executables can be pinned, by each kind of digest. */
#define CF_PROBE_PINS "pins"

struct cf_probe_report {
	struct cf_probe_item items[CF_PROBE_MAX];
	size_t n_items;
	bool can_enforce;
};

/* Looks at the host without loading anything for long: LSM list, BTF, cgroup2, bpffs, lockdown, capabilities, hooks. */
void cf_probe_run(struct cf_probe_report *ret_report);

/* Puts into a report what the loaded kernel part has found out about pins, in the place of the guess. */
void cf_kernel_probe_pins(const struct cf_kernel *kernel, struct cf_probe_report *report);

#endif /* CF_KERNEL_KERNEL_H */
