/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placing agents under systemd, which is the only writer of the cgroup tree
 * there: one delegated transient scope for each agent, asked for over D-Bus
 * without blocking the event loop.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_SCOPE_H
#define CF_DAEMON_SCOPE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-event.h>

#include "daemon/cgroup.h"

struct cf_diag;
struct cf_scopes;

#define CF_SCOPE_SLICE	   "cofferdam.slice"
#define CF_SCOPE_TIMEOUT_S 15U /* for systemd to make one */

int cf_scopes_new(sd_event *event, struct cf_scopes **ret_scopes, struct cf_diag *diag);
void cf_scopes_free(struct cf_scopes **scopes);

/* What cf_scope_start() tells: @diag is NULL when the scope exists and the process is in it. */
typedef void (*cf_scope_fn)(int error, const struct cf_diag *diag, void *userdata);

struct cf_scope_request {
	uint32_t agent;
	pid_t pid;
	const char *description;
	struct cf_cgroup_limits limits;
	cf_scope_fn done;
	void *userdata;
};

/**
 * cf_scope_start() - ask systemd for an agent's scope
 * @request: copied, but for its description, which is borrowed for the call
 * @diag:    written on failure only
 *
 * On success @request->done is called once, later, from the event loop.
 *
 * Return: 0; negative errno, and it is not called
 */
int cf_scope_start(struct cf_scopes *scopes, const struct cf_scope_request *request,
		   struct cf_diag *diag);

/* The cgroup path in which the agent's process must be found, as far as it is known beforehand: how it ends. */
void cf_scope_path_end(uint32_t agent, char *ret_path, size_t size);

#endif /* CF_DAEMON_SCOPE_H */
