/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of `cofferdam run`: waits until it is told that it is confined,
 * and becomes the command. If nobody tells it, it leaves without having done
 * anything.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_CHILD_H
#define CF_CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire/protocol.h"

/* What the parent tells: written to the pipe in one piece. */
struct cf_child_go {
	uint32_t magic;
	uint32_t no_new_privs;
	uint32_t needs_filter; /* cli/filter.h */
	uint32_t sets_tmpdir;
	uint32_t agent;
	char name[CF_AGENT_NAME_SIZE];
};
#define CF_CHILD_GO_MAGIC 0x43464732U

struct cf_child_plan {
	char *const *arguments; /* the command and its own, NULL at the end; borrowed */
	const char *directory;	/* to go to, or NULL: stay */
	const char *tmpdir;	/* TMPDIR's value, if it is told to set it; borrowed */
};

/**
 * cf_child_start() - fork the waiting child, with no_new_privs unless root starts it
 * @plan:    borrowed
 * @ret_pid: on success
 * @ret_fd:  on success, the pipe's writing end, owned by the caller; closing it ends the child
 *
 * Return: 0; negative errno
 */
int cf_child_start(const struct cf_child_plan *plan, pid_t *ret_pid, int *ret_fd);

/* What the daemon's answer asks of the child. */
struct cf_child_orders {
	uint32_t agent;
	const char *name; /* borrowed */
	bool no_new_privs;
	bool needs_filter;
	bool sets_tmpdir; /* the plan has a TMPDIR, which the policy lets it write */
};

/* Tells the child to go on. */
int cf_child_go(int fd, const struct cf_child_orders *orders);

/* Ends a child that must not run, and reaps it. */
void cf_child_abort(pid_t pid);

#endif /* CF_CLI_CHILD_H */
