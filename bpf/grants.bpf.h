/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What zones and name rules give the asking agent. */
#ifndef CF_GRANTS_BPF_H
#define CF_GRANTS_BPF_H

#include "zones.bpf.h"

/**
 * cf_weigh() - locate, then gather the grants that zones and name rules give the asking agent
 * @slot:         0 or 1
 * @assumed_mode: as for cf_walk()
 *
 * Of one state of the tree; where that cannot be had, a refusal.
 *
 * Return: as cf_walk()
 */
int cf_weigh(struct cf_task *task, __u32 slot, __u32 assumed_mode);

/**
 * cf_climb() - the nearest zone, upwards, that the asking agent has rights for, left in loops.zone
 *
 * Return: as cf_walk()
 */
int cf_climb(struct cf_task *task, __u32 zone);

/* Adds what one rule of one layer gives; too many are a refusal. */
static __always_inline void cf_add_grant(struct cf_object *object, __u32 rights, __u32 rule,
					 __u32 layer, __u32 reason, __u32 replace)
{
	struct cf_grant *grant;
	const __u32 i = object->query.n_grants;

	if (i >= CF_MAX_GRANTS) {
		object->query.refusal = CF_REASON_TABLE_FULL;
		return;
	}
	grant = &object->query.grants[i];
	grant->rights = rights;
	grant->rule = rule;
	grant->layer = layer;
	grant->reason = reason;
	grant->replace = replace;
	object->query.n_grants = i + 1;
	object->rights &= rights;
}

/* Locates and weighs one object. */
static __always_inline void cf_gather(struct cf_task *task, __u32 slot, struct dentry *dentry,
				      __u32 assumed_mode)
{
	task->scratch.objects[slot].dentry = (__u64)dentry;
	cf_need(&task->scratch.objects[slot], cf_weigh(task, slot, assumed_mode));
}

#endif /* CF_GRANTS_BPF_H */
