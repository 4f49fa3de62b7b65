/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of tasks and agents of cgroups, read from maps that may be our own or
 * a former daemon's.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_TASKS_H
#define CF_KERNEL_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define CF_AGENT_ANY 0U /* no agent's id */

/* The label behind a pidfd: its agent is 0 if there is none. @map is cf_tasks. */
int cf_task_label(int map, size_t value_size, int pidfd, struct cf_label *ret_label);

/**
 * cf_tasks_find() - is there a live task with an agent's label?
 * @map:        cf_tasks
 * @value_size: of that map, bytes
 * @agent:      whose, or CF_AGENT_ANY
 * @lacking:    CF_LABEL_* that the label must not have
 *
 * Walks /proc. Zombies do not count.
 *
 * Return: 0; negative errno
 */
int cf_tasks_find(int map, size_t value_size, uint32_t agent, uint32_t lacking, bool *ret_is_found);

/* Is there a task in a cgroup of an agent (or CF_AGENT_ANY)? @map is cf_cgroups. */
int cf_cgroups_find(int map, uint32_t agent, bool *ret_is_found);

#endif /* CF_KERNEL_TASKS_H */
