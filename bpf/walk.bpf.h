/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From an object to its superblock's root. The steps of gathering are global
 * functions, verified once in each program; as those take no dentry on 6.1, its
 * address waits in the object.
 */
#ifndef CF_WALK_BPF_H
#define CF_WALK_BPF_H

#include "identity.bpf.h"

/**
 * cf_walk() - what objects[slot] is, and what lies between it and its superblock's root
 * @task:         the asking one
 * @slot:         0 or 1
 * @assumed_mode: st_mode of what is about to be made, if it does not exist yet
 *
 * Leaves the way in scratch->chain and scratch->anchored. What cannot be walked gets a refusal.
 *
 * Return: 0; -EINVAL @task is NULL, which it is to the verifier only
 */
int cf_walk(struct cf_task *task, __u32 slot, __u32 assumed_mode);

/**
 * cf_confirm() - was nothing on the path of objects[slot] moved or renamed since cf_walk() began?
 * @slot: that was walked last
 *
 * Return: 0; -EAGAIN something was; -EINVAL as for cf_walk()
 */
int cf_confirm(struct cf_task *task, __u32 slot);

/* What lies there is told apart by its path. */
static __always_inline bool cf_is_kernel_tree(const struct cf_object *object)
{
	return object->class == CF_ZONE_PROC || object->class == CF_ZONE_SYS;
}

/* The anchor of an inode, if it has one. */
static __always_inline struct cf_anchor *cf_anchor_of(const struct cf_object *object, __u64 ino,
						      __u32 generation)
{
	struct cf_object_key key = {.ino = ino, .dev = object->dev};
	struct cf_anchor *anchor = bpf_map_lookup_elem(&cf_anchors, &key);

	return anchor && anchor->generation == generation &&
			       anchor->superblock == object->superblock
		       ? anchor
		       : NULL;
}

/**
 * cf_read_name() - the name of a chain's or object's dentry
 * @name:     zeroed; receives as much as fits
 * @ret_text: where the name is, for probe reads
 *
 * Return: its full length; negative errno
 */
static __always_inline long cf_read_name(__u64 address, char name[CF_NAME_SIZE],
					 const __u8 **ret_text)
{
	struct dentry *dentry = (struct dentry *)address;
	const __u8 *text = NULL;
	__u32 length = 0;

	if (bpf_core_read(&length, sizeof(length), &dentry->d_name.len) ||
	    bpf_core_read(&text, sizeof(text), &dentry->d_name.name))
		return -EFAULT;
	if (length < CF_NAME_SIZE) {
		if (length && bpf_probe_read_kernel(name, length & (CF_NAME_SIZE - 1), text))
			return -EFAULT;
	} else if (bpf_probe_read_kernel(name, CF_NAME_SIZE - 1, text)) {
		return -EFAULT;
	}
	*ret_text = text;
	return length;
}

/* A step that a verdict rests on: what it could not do is not known, so refuse. */
static __always_inline void cf_need(struct cf_object *object, int result)
{
	if (result < 0)
		object->query.refusal = CF_REASON_UNREADABLE;
}

#endif /* CF_WALK_BPF_H */
