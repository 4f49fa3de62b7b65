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
 * cf_tell() - send an allowed operation on the dentry that lies on the current task's desk
 * @wanted: CF_RIGHT_*
 *
 * Global.
 *
 * Return: as cf_report(); -ENOENT: the desk is another's
 */
int cf_tell(__u32 agent, __u32 op, __u32 wanted);

/* Tells of an allowed operation from the fast road; false: it cannot be told from there. */
static __always_inline bool cf_tell_at_once(__u32 agent, __u32 op, __u32 wanted,
					    struct dentry *dentry)
{
	const __u64 task = (__u64)bpf_get_current_task();
	const __u32 only = 0;
	struct cf_desk *desk = bpf_map_lookup_elem(&cf_desks, &only);

	if (!desk || __sync_val_compare_and_swap(&desk->owner, 0, task))
		return false;
	desk->dentry = (__u64)dentry;
	(void)cf_tell(agent, op, wanted); /* dropped, it is counted */
	barrier();			  /* whoever preempts this finds it as it is left */
	desk->owner = 0;
	return true;
}

#endif /* CF_EVENTS_BPF_H */
