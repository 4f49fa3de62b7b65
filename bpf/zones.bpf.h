/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which zone an object is in, what that gives the asking agent, and the cache
 * of directories' verdicts. The steps are global functions, verified once in
 * each program; as those take no dentry on 6.1, its address waits in the
 * task's scratch.
 */
#ifndef CF_ZONES_BPF_H
#define CF_ZONES_BPF_H

#include "identity.bpf.h"

/**
 * cf_locate() - walk from the dentry in objects[slot] to its superblock's root and find its zones
 * @task:         the asking one
 * @slot:         0 or 1
 * @assumed_mode: st_mode of what is about to be made, if it does not exist yet
 *
 * What cannot be walked or found gets a refusal; nothing here allows anything.
 *
 * Return: 0; -EINVAL @task is NULL, which it is to the verifier only
 */
int cf_locate(struct cf_task *task, __u32 slot, __u32 assumed_mode);

/**
 * cf_weigh() - locate, then gather the grants that zones and name rules give the asking agent
 * @slot:         0 or 1
 * @assumed_mode: as for cf_locate()
 *
 * Return: 0; -EINVAL @task is NULL, which it is to the verifier only
 */
int cf_weigh(struct cf_task *task, __u32 slot, __u32 assumed_mode);

/**
 * cf_locate_still() - as cf_weigh() as far as the zones, of what exists: for programs that sleep
 * @slot: 0 or 1
 *
 * Name rules are in tries, which those may not use on 6.1.
 *
 * Return: 0; -EINVAL @task is NULL, which it is to the verifier only
 */
int cf_locate_still(struct cf_task *task, __u32 slot);

/**
 * cf_climb() - the nearest zone, upwards, that the asking agent has rights for, left in loops.zone
 *
 * Return: as cf_locate()
 */
int cf_climb(struct cf_task *task, __u32 zone);

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

/* Locates and weighs one object. */
static __always_inline void cf_gather(struct cf_task *task, __u32 slot, struct dentry *dentry,
				      __u32 assumed_mode)
{
	task->scratch.objects[slot].dentry = (__u64)dentry;
	cf_need(&task->scratch.objects[slot], cf_weigh(task, slot, assumed_mode));
}

#endif /* CF_ZONES_BPF_H */
