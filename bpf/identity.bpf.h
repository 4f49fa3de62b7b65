/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is asking. Every hook begins with cf_is_free(): an unconfined task leaves
 * there after a few loads. The others have a label, and scratch once they need it.
 */
#ifndef CF_IDENTITY_BPF_H
#define CF_IDENTITY_BPF_H

#include "maps.bpf.h"

enum cf_asker {
	CF_ASKER_FREE = 0, /* not confined */
	CF_ASKER_CONFINED = 1,
	CF_ASKER_UNKNOWN = 2, /* confined or belonging to an agent, but a storage cannot be had */
};

/**
 * cf_find_label() - the slow road of cf_label_of(): ask the task's storage, its leader's, its cgroup
 * @ret_label: set with CF_ASKER_CONFINED only
 *
 * A task that its cgroup makes an agent's is labelled.
 *
 * Return: enum cf_asker
 */
__hidden enum cf_asker cf_find_label(struct task_struct *task, struct cf_label *ret_label);

/**
 * cf_stored_label() - the label in a task's own storage
 * @ret_label: set with CF_ASKER_CONFINED only
 *
 * Return: CF_ASKER_FREE: it has none
 */
__hidden enum cf_asker cf_stored_label(struct task_struct *task, struct cf_label *ret_label);

/* The agent that a cgroup belongs to, through its ancestors; 0: none. */
__hidden __u32 cf_cgroup_agent(struct cgroup *cgroup);

/* The agent whose cgroup a process is in, for probe reads; 0: none, or it cannot be told. */
__hidden __u32 cf_pid_agent(struct pid *pid);

/**
 * cf_cgroup_making() - a cgroup is about to be made, by whomever
 * @parent_id: of the cgroup that it is made in
 *
 * Below an agent: nobody leaves early until the tracepoint has entered the new
 * cgroup, and the table must have room for it.
 *
 * Return: 0; -ENOSPC
 */
__hidden int cf_cgroup_making(__u64 parent_id);

/*
 * A task is certainly unconfined if its cgroup is in no agent, no cgroup of an
 * agent is just being made, and neither it nor its group leader has any
 * storage: the migration tracepoint fires after the move and names only the
 * leader, and may be skipped, so none of the three alone would do. The first
 * answers the second question, for a task without storage, and the second all.
 */
static __always_inline bool cf_is_free_without(struct task_struct *task)
{
	const struct task_struct *leader = task->group_leader;

	return (leader == task || !leader->bpf_storage) && !cf_mkdirs &&
	       !cf_filter_has(cf_cgroup_filter, task->cgroups->dfl_cgrp->kn->id);
}

static __always_inline bool cf_is_free(struct task_struct *task)
{
	return !task->bpf_storage && cf_is_free_without(task);
}

/**
 * cf_peek_label() - a confined task's label by plain loads
 * @storage: the task's; NULL is as good as none
 *
 * Task storage keeps what was asked for last beside its list, a slot for each
 * map: where ours is there, the helper is not needed. The map is told by its
 * address, which cf_find_label() has found out. The label is one number, as
 * each load through such pointers costs eight instructions.
 *
 * Source: include/linux/bpf_local_storage.h
 *
 * Return: false: it cannot be had so, or there is none
 */
static __always_inline bool cf_peek_label(struct bpf_local_storage *storage,
					  struct cf_label *ret_label)
{
	const __u64 address = cf_tasks_address;
	struct bpf_local_storage_data *data;
	__u64 bits;

	if (!address)
		return false;
	/* What is read through NULL is 0, and no address of a map. */
	data = storage->cache[0];
	if ((__u64)data->smap != address) {
		data = storage->cache[1];
		if ((__u64)data->smap != address)
			return false;
	}
	bits = *(const __u64 *)data->data;
	ret_label->agent = (__u32)bits;
	ret_label->flags = bits >> 32;
	return ret_label->agent != 0;
}

/* The label of a task that cf_is_free() would not let go; enum cf_asker. */
static __always_inline enum cf_asker cf_label_of(struct task_struct *task,
						 struct cf_label *ret_label)
{
	return likely(cf_peek_label(task->bpf_storage, ret_label)) ? CF_ASKER_CONFINED
								   : cf_find_label(task, ret_label);
}

/* Counts a refusal that nothing can be told of. */
__hidden void cf_count_blind(__u32 agent);

/* Room for the judgement of a task whose label is known; NULL: there is no memory, refuse. */
static __always_inline struct cf_task *cf_scratch_of(struct task_struct *task,
						     const struct cf_label *label)
{
	struct cf_task *scratch =
		cf_storage_get(&cf_scratches, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (scratch)
		scratch->label = *label;
	else if (label->agent)
		cf_count_blind(label->agent);
	return scratch;
}

/*
 * The current task's scratch, for programs that have it already, and look
 * something up by a key in it: 6.1 takes no key from memory that a global function
 * was given. May be NULL: there bpf_task_storage_get() gives nothing while another
 * task of this CPU was preempted in it (kernel/bpf/bpf_task_storage.c).
 */
static __always_inline struct cf_task *cf_current(void)
{
	return cf_storage_get(&cf_scratches, bpf_get_current_task_btf(), 0, 0);
}

#endif /* CF_IDENTITY_BPF_H */
