// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who is asking: the label of a task, and how tasks and cgroups come by one.
 *
 * Hooks: lsm/task_alloc (kernel/fork.c), tp_btf/cgroup_mkdir,
 * tp_btf/cgroup_rmdir, tp_btf/cgroup_attach_task (kernel/cgroup/cgroup.c),
 * lsm/inode_mkdir on cgroup2 is in files.bpf.c, which calls cf_cgroup_making().
 * All are in 6.1.
 *
 * A label is written once and never cleared or changed. The tracepoints may be
 * skipped (a tracing program does not recurse on its CPU), so no verdict rests
 * on one: an unlabelled task in an agent's cgroup is labelled at its first
 * hook, and cf_mkdirs keeps everybody on the slow road while a new cgroup of an
 * agent may not be in the table.
 */
#include "identity.bpf.h"

#define CF_MAX_CGROUP_DEPTH 64 /* levels of cgroups that are climbed; systemd nests fewer than 16 */
#define CF_MAX_STORAGES	    64 /* maps with something for one task; others' programs have a few */

static __always_inline __u32 agent_of_cgroup_id(__u64 id)
{
	struct cf_cgroup *entry;

	if (!cf_filter_has(cf_cgroup_filter, id))
		return 0;
	entry = bpf_map_lookup_elem(&cf_cgroups, &id);
	return entry ? entry->agent : 0;
}

__hidden int cf_cgroup_making(__u64 parent_id)
{
	/* The low bits of a directory's number and a set top bit: no cgroup's id. */
	__u64 probe = parent_id | 1ULL << 63;
	struct cf_cgroup entry = {};

	entry.agent = agent_of_cgroup_id(parent_id);
	if (!entry.agent)
		return 0;
	if (bpf_map_update_elem(&cf_cgroups, &probe, &entry, BPF_ANY))
		return -ENOSPC;
	(void)bpf_map_delete_elem(&cf_cgroups, &probe);
	__sync_fetch_and_add(&cf_mkdirs, 1);
	return 0;
}

static __always_inline __u64 ancestor_id(struct cgroup *cgroup, int level)
{
	struct cgroup *ancestor = NULL;

	if (level < 0 || level >= CF_MAX_CGROUP_DEPTH ||
	    bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]) ||
	    !ancestor)
		return 0;
	return BPF_CORE_READ(ancestor, kn, id);
}

/* A way up the ancestors of a cgroup. */
struct ascent {
	struct cgroup *cgroup;
	int level;
	__u32 agent;
};

static long ascend_one(__u32 i, struct ascent *ascent)
{
	struct cgroup *cgroup = ascent->cgroup;

	if (--ascent->level < 0)
		return 1;
	ascent->agent = agent_of_cgroup_id(ancestor_id(cgroup, ascent->level));
	return ascent->agent != 0;
}

__hidden __u32 cf_cgroup_agent(struct cgroup *cgroup)
{
	struct ascent ascent = {.cgroup = cgroup, .level = cgroup->level};

	ascent.agent = agent_of_cgroup_id(cgroup->kn->id);
	if (!ascent.agent && cf_mkdirs)
		bpf_loop(CF_MAX_CGROUP_DEPTH, ascend_one, &ascent, 0);
	return ascent.agent;
}

_Static_assert(sizeof(struct cf_label) == 8 && __builtin_offsetof(struct cf_label, agent) == 0,
	       "cf_peek_label() reads it as one number");

/* Finds out where cf_tasks is, from a storage of it. Once is enough. */
static __always_inline void learn_storage(const struct cf_label *storage)
{
	const char *data =
		(const char *)storage - bpf_core_field_offset(struct bpf_local_storage_data, data);
	__u64 map = 0;

	if (!bpf_probe_read_kernel(
		    &map, sizeof(map),
		    data + bpf_core_field_offset(struct bpf_local_storage_data, smap)))
		cf_tasks_address = map;
}

__hidden __u32 cf_pid_agent(struct pid *pid)
{
	struct hlist_node *first = BPF_CORE_READ(pid, tasks[0].first); /* PIDTYPE_PID */
	struct task_struct *task;

	if (!first)
		return 0;
	task = (struct task_struct *)((__u64)first -
				      bpf_core_field_offset(struct task_struct, pid_links));
	return agent_of_cgroup_id(BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id));
}

/*
 * A task that was not started by `run` may hold descriptors from before: the
 * daemon is woken, by a record of no content, to have their use judged.
 */
static __noinline void note_taken(void)
{
	void *nothing;

	__sync_fetch_and_add(&cf_taken, 1);
	nothing = bpf_ringbuf_reserve(&cf_denials, 8, 0);
	if (nothing) /* a full ring wakes it as well */
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/* Gives a task its label, unless it has one: that one stays. NULL: it cannot be had now. */
static __always_inline struct cf_label *label_task(struct task_struct *task, struct cf_label *label)
{
	struct cf_label *storage =
		cf_storage_get(&cf_tasks, task, label, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (storage && unlikely(!cf_tasks_address))
		learn_storage(storage);
	return storage;
}

/* A way along what a task has in storages. */
struct search {
	__u64 node; /* address of what is next, 0: that was all */
	__u64 label;
};

static long search_one(__u32 i, struct search *search)
{
	struct bpf_local_storage_elem *element =
		(struct bpf_local_storage_elem *)(search->node -
						  bpf_core_field_offset(
							  struct bpf_local_storage_elem, snode));

	if (!search->node)
		return 1;
	if ((__u64)BPF_CORE_READ(element, sdata.smap) == cf_tasks_address) {
		(void)bpf_core_read(&search->label, sizeof(search->label), &element->sdata.data);
		return 1;
	}
	search->node = (__u64)BPF_CORE_READ(element, snode.next);
	return 0;
}

/*
 * The helper may give nothing where there is something (cf_current() says when), so
 * then the storage is searched without it.
 */
__hidden enum cf_asker cf_stored_label(struct task_struct *task, struct cf_label *ret_label)
{
	const struct cf_label *known = cf_storage_get(&cf_tasks, task, 0, 0);
	struct search search = {};

	if (known && unlikely(!cf_tasks_address))
		learn_storage(known);
	if (known && known->agent) {
		*ret_label = *known;
		return CF_ASKER_CONFINED;
	}
	if (!cf_tasks_address) /* nobody was labelled yet: the daemon's canary is the first */
		return CF_ASKER_FREE;
	search.node = (__u64)BPF_CORE_READ(task, bpf_storage, list.first);
	bpf_loop(CF_MAX_STORAGES, search_one, &search, 0);
	ret_label->agent = (__u32)search.label;
	ret_label->flags = search.label >> 32;
	if (ret_label->agent)
		return CF_ASKER_CONFINED;
	return search.node ? CF_ASKER_UNKNOWN : CF_ASKER_FREE;
}

__hidden enum cf_asker cf_find_label(struct task_struct *task, struct cf_label *ret_label)
{
	struct cf_label *storage, label = {};
	enum cf_asker asker;

	asker = cf_stored_label(task, ret_label);
	if (asker != CF_ASKER_FREE)
		return asker;
	asker = cf_stored_label(task->group_leader, &label);
	if (asker == CF_ASKER_UNKNOWN)
		return asker;
	if (asker == CF_ASKER_FREE)
		label.agent = cf_cgroup_agent(task->cgroups->dfl_cgrp);
	if (!label.agent)
		return CF_ASKER_FREE;
	storage = label_task(task, &label);
	if (!storage || !storage->agent)
		return CF_ASKER_UNKNOWN;
	if (!(label.flags & CF_LABEL_LAUNCHED))
		note_taken();
	*ret_label = *storage;
	return CF_ASKER_CONFINED;
}

__hidden void cf_count_blind(__u32 agent)
{
	__u32 slot = CF_AGENT_SLOT(agent);
	struct cf_counters *counters = bpf_map_lookup_elem(&cf_counters, &slot);

	if (!counters)
		return;
	__sync_fetch_and_add(&counters->decided, 1);
	__sync_fetch_and_add(&counters->unknown, 1);
	__sync_fetch_and_add(&counters->dropped, 1);
}

SEC("lsm/task_alloc")
int BPF_PROG(cf_task_alloc, struct task_struct *child, unsigned long clone_flags, int ret)
{
	struct task_struct *asking = bpf_get_current_task_btf();
	struct cf_label label = {};
	enum cf_asker asker;

	if (ret || cf_is_free(asking))
		return ret;
	asker = cf_label_of(asking, &label);
	if (asker == CF_ASKER_FREE)
		return 0;
	/* fork(2): "try again", as what is missing may be there in a moment */
	return asker == CF_ASKER_CONFINED && label_task(child, &label) ? 0 : -EAGAIN;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cf_cgrp_attach, struct cgroup *destination, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	struct cf_label label = {.agent = cf_cgroup_agent(destination)}, known = {};

	if (!label.agent || cf_stored_label(task, &known) == CF_ASKER_CONFINED)
		return 0;
	(void)label_task(task, &label); /* else its first hook does */
	note_taken();
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cf_cgrp_mkdir, struct cgroup *cgroup, const char *path)
{
	struct cf_cgroup entry = {};
	__u64 id = cgroup->kn->id;

	if (!cgroup->level)
		return 0;
	entry.agent = agent_of_cgroup_id(ancestor_id(cgroup, cgroup->level - 1));
	if (!entry.agent)
		return 0;
	cf_filter_add(cf_cgroup_filter, id);
	if (bpf_map_update_elem(&cf_cgroups, &id, &entry, BPF_ANY))
		return 0; /* cf_mkdirs stays up: everybody is looked up by ancestors */
	__sync_fetch_and_add(&cf_mkdirs, -1);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cf_cgrp_rmdir, struct cgroup *cgroup, const char *path)
{
	__u64 id = cgroup->kn->id;

	if (cf_filter_has(cf_cgroup_filter, id))
		(void)bpf_map_delete_elem(&cf_cgroups, &id);
	return 0;
}
