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

/* Where kernels since 6.14 have the dentry's own room for a short name. */
union shortname_store {
	__u64 words[4];
} __attribute__((preserve_access_index));

struct dentry___later {
	union shortname_store d_shortname;
} __attribute__((preserve_access_index));

/* Room for a short name that every kernel's dentries have at least, its NUL included. */
#define CF_SHORT_NAME_SIZE 32

/* The name's bytes, if the dentry itself holds them; else NULL. */
static __always_inline const __u64 *cf_short_name(struct dentry *dentry, __u32 length)
{
	const char *own = (const char *)dentry;

	if (bpf_core_field_exists(struct dentry___later, d_shortname))
		own += bpf_core_field_offset(struct dentry___later, d_shortname);
	else
		own += bpf_core_field_offset(struct dentry, d_iname);
	return length < CF_SHORT_NAME_SIZE && dentry->d_name.name == (const __u8 *)own
		       ? (const __u64 *)own
		       : NULL;
}

/*
 * How often the dentry was moved or renamed, twice over; odd: it is just being
 * moved. Equal and even before and after, what was read between them (parent,
 * name, inode) was so at one instant: the seqcount of __d_move(), fs/dcache.c
 */
static __always_inline __u32 cf_moves(struct dentry *dentry)
{
	return *(const volatile __u32 *)&dentry->d_seq.seqcount.sequence;
}

/* Certainly no name rule has a say in the object's own name. Where that is not told cheaply: false. */
static __always_inline bool cf_name_is_free(const struct cf_domain *domain, struct dentry *dentry)
{
	struct cf_name_end first = {}, last = {};
	const __u64 *words;
	__u64 head, tail, before = 0;
	__u32 length;

	length = dentry->d_name.len;
	words = cf_short_name(dentry, length);
	if (!words || !length)
		return false;
	head = tail = words[0];
	switch ((length - 1) >> 3) {
	case 0:
		break;
	case 1:
		before = head;
		tail = words[1];
		break;
	case 2:
		before = words[1];
		tail = words[2];
		break;
	default:
		before = words[2];
		tail = words[3];
		break;
	}
	length = (length - 1) % 8 * 8;
	first.outer = head;
	first.inner = head >> 8; /* 0 where the name ends */
	last.outer = tail >> length;
	last.inner = length ? tail >> (length - 8) : before >> 56;
	return !cf_name_may_hit(domain, first, last);
}

/**
 * cf_cache_gives() - does the directory's cached verdict give all that is wanted?
 * @label: of the asking task
 *
 * The object's own inode and name are left to be looked at.
 *
 * Return: the asking agent's domain; NULL: go the slow road
 */
static __always_inline const struct cf_domain *cf_cache_gives(const struct cf_label *label,
							      struct inode *directory, __u32 op,
							      __u32 wanted)
{
	const __u64 ino = directory->i_ino;
	const __u32 agent = label->agent;
	const struct cf_cache_slot *cached;
	const struct cf_domain *domain;
	__u64 version;

	cached = &cf_cache[cf_cache_index(ino, agent)];
	barrier_var(cached); /* one pointer, not a sum for each member */
	version = *(const volatile __u64 *)&cached->version;
	barrier(); /* what follows is read between the two looks at the version */
	if ((version & 1) || cached->ino != ino || cached->agent != agent ||
	    cached->superblock != (__u64)directory->i_sb ||
	    cached->generation != directory->i_generation || cached->topology != cf_topology ||
	    (wanted & ~cached->rights))
		return NULL;
	cf_test_delay();
	barrier();
	if (*(const volatile __u64 *)&cached->version != version)
		return NULL;
	domain = cf_domain_of(agent);
	if (!domain || (domain->observe & (1U << op)) || cf_is_unfiltered(label, domain))
		return NULL;
	return domain;
}

static __always_inline bool cf_is_device(__u32 mode)
{
	return (mode & S_IFMT) == S_IFCHR || (mode & S_IFMT) == S_IFBLK;
}

static __always_inline bool cf_may_be_anchor(const struct inode *inode)
{
	return cf_filter_has(cf_anchor_filter, inode->i_ino);
}

/* The fast road: it only ever allows. */
static __always_inline bool cf_cache_allows(struct cf_task *task, struct dentry *dentry, __u32 op,
					    __u32 wanted)
{
	const __u32 moves = cf_moves(dentry);
	struct dentry *parent = dentry->d_parent;
	struct inode *directory = parent->d_inode, *inode = dentry->d_inode;
	const struct cf_domain *domain;

	barrier();
	if ((moves & 1) || !directory || parent == dentry ||
	    (cf_is_there(inode) && (cf_is_device(inode->i_mode) || cf_may_be_anchor(inode))))
		return false;
	domain = cf_cache_gives(&task->label, directory, op, wanted);
	if (!domain)
		return false;
	if (!cf_name_is_free(domain, dentry)) {
		task->scratch.objects[0].dentry = (__u64)dentry;
		barrier(); /* read back it is a number, which a global function takes */
		if (cf_name_hits(*(volatile __u64 *)&task->scratch.objects[0].dentry))
			return false;
	}
	barrier();
	return !(domain->flags & CF_DOMAIN_NAMES) || cf_moves(dentry) == moves;
}

/**
 * cf_cache_allows_locked() - the fast road without the task's storage, for the hottest hooks
 * @label:     of the asking task, peeked at
 * @directory: the inode of the dentry's parent, and locked: nothing moves in it
 *
 * The object's inode is the caller's to look at.
 */
static __always_inline bool cf_cache_allows_locked(const struct cf_label *label,
						   struct inode *directory, struct dentry *dentry,
						   __u32 op, __u32 wanted)
{
	const struct cf_domain *domain = cf_cache_gives(label, directory, op, wanted);

	return domain && (!(domain->flags & CF_DOMAIN_NAMES) || cf_name_is_free(domain, dentry));
}

/* The same where others may move it: @moves is cf_moves() of the dentry, from before its parent was looked at. */
static __always_inline bool cf_cache_allows_at_once(const struct cf_label *label,
						    struct inode *directory, struct dentry *dentry,
						    __u32 moves, __u32 op, __u32 wanted)
{
	const struct cf_domain *domain = cf_cache_gives(label, directory, op, wanted);

	if (!domain || !(domain->flags & CF_DOMAIN_NAMES))
		return domain;
	if ((moves & 1) || !cf_name_is_free(domain, dentry))
		return false;
	barrier();
	return cf_moves(dentry) == moves;
}

/**
 * cf_is_allowed_at_once() - the fast road without scratch, for any dentry
 * @label: of the asking task
 *
 * Return: true: allowed; false: go the slow road
 */
static __always_inline bool cf_is_allowed_at_once(const struct cf_label *label,
						  struct dentry *dentry, __u32 op, __u32 wanted)
{
	const __u32 moves = cf_moves(dentry);
	struct dentry *parent = dentry->d_parent;
	struct inode *directory = parent->d_inode, *inode = dentry->d_inode;

	barrier();
	return directory && parent != dentry &&
	       !(cf_is_there(inode) && (cf_is_device(inode->i_mode) || cf_may_be_anchor(inode))) &&
	       cf_cache_allows_at_once(label, directory, dentry, moves, op, wanted);
}

#endif /* CF_CACHE_BPF_H */
