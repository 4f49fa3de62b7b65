/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cache of directories' verdicts, and the fast road through it. It only
 * ever allows; whatever it cannot tell goes the slow road.
 */
#ifndef CF_CACHE_BPF_H
#define CF_CACHE_BPF_H

#include "names.bpf.h"

static __always_inline __u32 cf_cache_index(__u64 ino, __u32 agent)
{
	return (__u32)(ino * 0x9e3779b97f4a7c15ULL >> 40 ^ agent) & (CF_CACHE_SLOTS - 1);
}

/* Has no name rule a say in the object's own name? One read tells mostly; a long name is not looked at. */
static __always_inline bool cf_name_is_free(struct cf_task *task, const struct cf_domain *domain,
					    struct dentry *dentry)
{
	struct cf_name_end first = {}, last = {};
	char *name = task->scratch.tail;
	__u32 length = dentry->d_name.len;

	if (!length || length >= CF_NAME_SIZE)
		return false;
	barrier_var(
		length); /* 6.1 forgets the bound of what was on the stack: mask again, for good */
	length &= CF_NAME_SIZE - 1;
	if (bpf_probe_read_kernel(name, length, dentry->d_name.name))
		return false;
	first.outer = name[0];
	last.outer = name[(length - 1) & (CF_NAME_SIZE - 1)];
	if (length > 1) {
		first.inner = name[1];
		last.inner = name[(length - 2) & (CF_NAME_SIZE - 1)];
	}
	if (!cf_name_may_hit(domain, first, last))
		return true;
	task->scratch.objects[0].dentry = (__u64)dentry;
	barrier(); /* read back it is a number, which a global function takes */
	return !cf_name_hits(*(volatile __u64 *)&task->scratch.objects[0].dentry);
}

/*
 * The fast road: the directory's cached verdict gives all that is wanted, and
 * neither the object's name nor its inode can have a say of its own.
 */
static __always_inline bool cf_cache_allows(struct cf_task *task, struct dentry *dentry, __u32 op,
					    __u32 wanted)
{
	struct dentry *parent = dentry->d_parent;
	struct inode *directory = parent->d_inode, *inode = dentry->d_inode;
	const __u32 agent = task->label.agent;
	const struct cf_cache_slot *cached;
	struct cf_domain *domain;
	__u64 version, ino;
	__u32 type, flags;

	if (!directory || parent == dentry || cf_links_unknown)
		return false;
	ino = directory->i_ino;
	if (inode) {
		type = inode->i_mode & S_IFMT;
		if (type == S_IFCHR || type == S_IFBLK ||
		    cf_filter_has(cf_anchor_filter, inode->i_ino))
			return false;
	}
	cached = &cf_cache[cf_cache_index(ino, agent)];
	version = *(const volatile __u64 *)&cached->version;
	barrier(); /* what follows is read between the two looks at the version */
	if ((version & 1) || cached->ino != ino || cached->agent != agent ||
	    cached->superblock != (__u64)dentry->d_sb ||
	    cached->generation != directory->i_generation || cached->topology != cf_topology ||
	    (wanted & ~cached->rights))
		return false;
	flags = cached->flags;
	cf_test_delay();
	barrier();
	if (flags || *(const volatile __u64 *)&cached->version != version)
		return false;
	domain = cf_domain_of(agent);
	if (!domain)
		return false;
	if ((domain->observe & (1U << op)) || cf_is_unfiltered(task, domain))
		return false;
	return !(domain->flags & CF_DOMAIN_NAMES) || cf_name_is_free(task, domain, dentry);
}

#endif /* CF_CACHE_BPF_H */
