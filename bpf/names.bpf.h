/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Name rules: which of a domain's patterns the names on an object's path bear. */
#ifndef CF_NAMES_BPF_H
#define CF_NAMES_BPF_H

#include "zones.bpf.h"

/**
 * cf_name_hits() - which pattern components one name bears
 * @address: of the dentry
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
 * Return: 0; -ENOENT no storage or domain
 */
int cf_meet_names(__u32 slot);

/**
 * cf_let_replace() - let an object's name go where the rule's `replace` lists one
 * @slot: of the object whose grants are to be widened
 *
 * The name is that of the object that was gathered last. For names only: what a
 * file holds keeps its length. Global.
 *
 * Return: 0; -ENOENT no storage
 */
int cf_let_replace(__u32 slot);

/* Two bytes at an end of a name, the outermost first. */
struct cf_name_end {
	__u8 outer;
	__u8 inner;
};

static __always_inline bool cf_name_end_is_in(const __u64 filter[CF_NAME_PAIR_WORDS],
					      struct cf_name_end end)
{
	const __u32 bit = cf_name_pair(end.outer, end.inner);

	return filter[bit >> 6] & (1ULL << (bit & 63));
}

/* Can the name bear any pattern of the domain? Its ends tell, cheaply. */
static __always_inline bool cf_name_may_hit(const struct cf_domain *domain,
					    struct cf_name_end first, struct cf_name_end last)
{
	return cf_name_end_is_in(domain->name_first, first) ||
	       cf_name_end_is_in(domain->name_last, last);
}

#endif /* CF_NAMES_BPF_H */
