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

/* That room in a dentry. */
static __always_inline const __u64 *cf_short_name(struct dentry *dentry)
{
	struct dentry___later *later = (struct dentry___later *)dentry;

	return bpf_core_field_exists(struct dentry___later, d_shortname)
		       ? later->d_shortname.words
		       : (const __u64 *)dentry->d_iname;
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
static __always_inline bool cf_name_is_free(__u32 agent, struct dentry *dentry)
{
	const __u64 *words = cf_short_name(dentry);
	const __u32 length = dentry->d_name.len;
	__u64 head, tail, before;
	__u32 shift;

	if (length - 1 >= CF_SHORT_NAME_SIZE - 1 || dentry->d_name.name != (const __u8 *)words)
		return false;
	head = tail = words[0];
	/* The last byte to the top, those before it below. */
	if (length <= 8) {
		tail <<= 64 - 8 * length;
	} else {
		before = head;
		tail = words[1];
		if (length > 16) {
			before = tail;
			tail = words[2];
			if (length > 24) {
				before = tail;
				tail = words[3];
			}
		}
		shift = (length - 1) % 8 * 8;
		tail = tail << (56 - shift) | before >> 8 >> shift;
	}
	return !cf_name_may_hit(agent, (__u32)head, (__u32)(tail >> 40));
}

/* What a slot says. */
struct cf_cached {
	__u32 rights;
	__u32 domain; /* CF_CACHED_* */
};

/**
 * cf_cache_finds() - a directory's cached verdict
 * @agent:  the asking one
 * @inside: the directory or what is in it: which superblock's
 *
 * A slot of this topology also tells that the domain is in force: its withdrawal
 * changes it.
 *
 * Return: true; false: there is none, go the slow road
 */
static __always_inline bool cf_cache_finds(__u32 agent, const struct inode *inside,
					   struct inode *directory, struct cf_cached *ret_cached)
{
	const __u64 ino = directory->i_ino;
	const struct cf_cache_slot *slot = &cf_cache[cf_cache_index(ino, agent)];
	__u64 version;

	barrier_var(slot); /* one pointer, not a sum for each member */
	version = *(const volatile __u64 *)&slot->version;
	barrier(); /* what follows is read between the two looks at the version */
	if (slot->ino != ino || slot->agent != agent || slot->superblock != (__u64)inside->i_sb ||
	    slot->generation != directory->i_generation || slot->topology != cf_topology)
		return false;
	ret_cached->rights = slot->rights;
	ret_cached->domain = slot->domain;
	cf_test_delay();
	barrier();
	/* It only grows: an odd one, while the slot is written, is never met here. */
	return *(const volatile __u64 *)&slot->version == (version & ~1ULL);
}

/* Does it give all that is wanted, without more ado? The object's own inode and name are left to be looked at. */
static __always_inline bool cf_cached_gives(const struct cf_cached *cached,
					    const struct cf_label *label, __u32 op, __u32 wanted)
{
	if ((wanted & cached->rights) != wanted)
		return false;
	if (!(cached->domain & (1U << op | CF_CACHED_KEEPS)))
		return true;
	return !(cached->domain & 1U << op) && (label->flags & CF_LABEL_LAUNCHED);
}

/*
 * Has the dentry not moved since @moves were counted? They only grow: an odd
 * number, while it is being moved, is never met here.
 */
static __always_inline bool cf_is_unmoved(struct dentry *dentry, __u32 moves)
{
	barrier();
	return cf_moves(dentry) == (moves & ~1U);
}

static __always_inline bool cf_is_device(__u32 mode)
{
	return (mode & S_IFMT & ~(S_IFCHR ^ S_IFBLK)) == (S_IFCHR & S_IFBLK); /* either, at once */
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
	struct cf_cached cached;

	barrier();
	if (!directory || parent == dentry ||
	    (cf_is_there(inode) && (cf_is_device(inode->i_mode) || cf_may_be_anchor(inode))))
		return false;
	if (!cf_cache_finds(task->label.agent, directory, directory, &cached) ||
	    !cf_cached_gives(&cached, &task->label, op, wanted))
		return false;
	if (!(cached.domain & CF_CACHED_NAMES))
		return true;
	if (!cf_name_is_free(task->label.agent, dentry)) {
		task->scratch.objects[0].dentry = (__u64)dentry;
		barrier(); /* read back it is a number, which a global function takes */
		if (cf_name_hits(*(volatile __u64 *)&task->scratch.objects[0].dentry))
			return false;
	}
	return cf_is_unmoved(dentry, moves);
}

/**
 * cf_cache_allows_locked() - the fast road without the task's scratch, for the hottest hooks
 * @label:     of the asking task
 * @directory: the inode of the dentry's parent, and locked: nothing moves in it
 *
 * The object's inode is the caller's to look at.
 */
static __always_inline bool cf_cache_allows_locked(const struct cf_label *label,
						   struct inode *directory, struct dentry *dentry,
						   __u32 op, __u32 wanted)
{
	struct cf_cached cached;

	return cf_cache_finds(label->agent, directory, directory, &cached) &&
	       cf_cached_gives(&cached, label, op, wanted) &&
	       (!(cached.domain & CF_CACHED_NAMES) || cf_name_is_free(label->agent, dentry));
}

/* No name rule has a say, where others may move it: @moves is cf_moves() from before its parent was looked at. */
static __always_inline bool cf_is_unnamed(const struct cf_cached *cached, __u32 agent,
					  struct dentry *dentry, __u32 moves)
{
	return !(cached->domain & CF_CACHED_NAMES) ||
	       (cf_name_is_free(agent, dentry) && cf_is_unmoved(dentry, moves));
}

/**
 * cf_is_allowed_at_once() - the same where others may move it, for any dentry
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
	struct cf_cached cached;

	barrier();
	return directory && parent != dentry &&
	       !(cf_is_there(inode) && (cf_is_device(inode->i_mode) || cf_may_be_anchor(inode))) &&
	       cf_cache_finds(label->agent, directory, directory, &cached) &&
	       cf_cached_gives(&cached, label, op, wanted) &&
	       cf_is_unnamed(&cached, label->agent, dentry, moves);
}

#endif /* CF_CACHE_BPF_H */
