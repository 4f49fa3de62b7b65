/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From gathered facts to what the hook returns: one place decides (decide.h),
 * one place tells (events). Hooks end with one of these calls.
 */
#ifndef CF_VERDICT_BPF_H
#define CF_VERDICT_BPF_H

#include "grants.bpf.h"

/**
 * cf_conclude() - judge what was collected in objects[0] and, if wanted, objects[1]
 * @op:            enum cf_op
 * @wanted:        CF_RIGHT_* on objects[0]
 * @target_wanted: CF_RIGHT_* on objects[1]; 0: there is no second object
 *
 * Global. Counts and reports a denial, reports an observed operation.
 *
 * Return: 0; -EACCES; -EPERM for what the kernel itself answers so: namespaces, mounts, kernel interfaces
 */
int cf_conclude(struct cf_task *task, __u32 op, __u32 wanted, __u32 target_wanted);

/**
 * cf_conclude_query() - judge scratch->query, for operations that have no file object
 * @op: enum cf_op
 *
 * Global.
 *
 * Return: as cf_conclude()
 */
int cf_conclude_query(struct cf_task *task, __u32 op);

/* Starts a query without file objects: the caller adds grants or a refusal, then concludes. */
static __always_inline struct cf_query *cf_begin_query(struct cf_task *task, __u32 wanted)
{
	struct cf_scratch *scratch = &task->scratch;

	scratch->objects[0].dentry = 0;
	scratch->objects[0].ino = 0;
	scratch->objects[0].dev = 0;
	scratch->draft.event.flags = 0;
	scratch->draft.event.detail = 0;
	scratch->draft.event.port = 0;
	scratch->query.wanted = wanted;
	scratch->query.n_grants = 0;
	scratch->query.refusal = CF_REASON_NONE;
	return &scratch->query;
}

/* Refuses at once, for the reason given. */
static __always_inline int cf_refuse(struct cf_task *task, __u32 op, __u32 reason)
{
	cf_begin_query(task, 0)->refusal = reason;
	return cf_conclude_query(task, op);
}

/* A refusal that counts only where the rights alone would allow: the rule explains better. */
static __always_inline void cf_overrule(struct cf_object *object, __u32 wanted, __u32 reason)
{
	if (object->query.refusal == CF_REASON_NONE && (wanted & ~object->rights) == 0)
		object->query.refusal = reason;
}

/* What a hook returns when it cannot tell whose task this is. */
#define CF_REFUSED_BLINDLY (-EACCES)

/* LSM programs must return 0 or an errno; the verifier wants to see it. */
static __always_inline int cf_clamp(int value)
{
	if (value >= 0)
		return 0;
	return value < -4095 ? -EACCES : value;
}

#endif /* CF_VERDICT_BPF_H */
