/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Telling userspace: the only file that touches the rings. */
#ifndef CF_EVENTS_BPF_H
#define CF_EVENTS_BPF_H

#include "maps.bpf.h"

/**
 * cf_report() - count and send a verdict that lies in the task's scratch
 * @op:          enum cf_op
 * @error:       positive errno that the caller gets; 0: it is let through
 * @has_target:  objects[1] is told as well
 * @is_observed: an allowed operation, for the observation ring
 *
 * Global. The verdict stands whether or not the event can be sent.
 *
 * Return: 0 sent; -ENOSPC dropped, and counted as such; -ENOENT there is no such agent
 */
int cf_report(struct cf_task *task, __u32 op, __u32 error, __u32 has_target, __u32 is_observed);

/**
 * cf_tell_at_once() - send an allowed operation from the fast road
 * @wanted: CF_RIGHT_*
 *
 * Return: false: it cannot be told from there
 */
__hidden bool cf_tell_at_once(__u32 agent, __u32 op, __u32 wanted, struct dentry *dentry);

#endif /* CF_EVENTS_BPF_H */
