/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Name rules: which of a domain's patterns the names on an object's path bear. */
#ifndef CF_NAMES_BPF_H
#define CF_NAMES_BPF_H

#include "grants.bpf.h"

/**
 * cf_name_hits() - which pattern components one name bears
 * @address: of the dentry; 0: the name is that of the zone in loops.zone
 *
 * Leaves them in scratch->hits. Global.
 *
 * Return: 1 there are some; 0 none; -EFAULT the name cannot be read; -ENOENT no storage or domain
 */
int cf_name_hits(__u64 address);

/**
 * cf_meet_names() - add the grants of the name rules that an object's path meets
 * @slot: of the object, collected and located; its chain is still in scratch
 *
 * Sets CF_OBJECT_IS_PLAIN, CF_OBJECT_LEADING and CF_OBJECT_HAS_EXCEPTS. Global.
 *
 * Return: 0; -ENOENT the domain is gone
 */
int cf_meet_names(struct cf_task *task, __u32 slot);

/**
 * cf_let_replace() - let an object's name go where the rule's `replace` lists one
 * @slot: of the object whose grants are to be widened
 *
 * The name is that of the object that was gathered last. For names only: what a
 * file holds keeps its length. Global.
 *
 * Return: as cf_locate()
 */
int cf_let_replace(struct cf_task *task, __u32 slot);

/* Can a name bear any pattern of an agent's domain? The three bytes at either of its ends tell, cheaply. */
static __always_inline bool cf_name_may_hit(__u32 agent, __u32 first, __u32 last)
{
	const struct cf_name_ends *ends = &cf_name_ends[CF_AGENT_SLOT(agent)];

	return (ends->cells[cf_name_first_cell(first)] & CF_NAME_FIRST) |
	       (ends->cells[cf_name_last_cell(last)] & CF_NAME_LAST);
}

#endif /* CF_NAMES_BPF_H */
