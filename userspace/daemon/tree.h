/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placing agents without systemd: a tree of our own below the cgroup2 mount.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_TREE_H
#define CF_DAEMON_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/cgroup.h"

#define CF_TREE_PATH "/cofferdam"

/* Makes the tree's top, hands it the controllers that there are, removes what a former daemon left empty. */
int cf_tree_prepare(struct cf_diag *diag);

/**
 * cf_tree_add() - an empty cgroup with its limits
 * @agent:    names it
 * @limits:   borrowed
 * @ret_path: receives its path
 * @size:     of @ret_path, bytes
 * @diag:     which limit cannot be set; written on failure only
 *
 * Return: 0; -EBUSY one of that name has processes; other negative errno, and there is no cgroup then
 */
int cf_tree_add(uint32_t agent, const struct cf_cgroup_limits *limits, char *ret_path, size_t size,
		struct cf_diag *diag);

/* Moves a process into a cgroup of the tree. */
int cf_tree_move(const char *path, pid_t pid, struct cf_diag *diag);

#endif /* CF_DAEMON_TREE_H */
