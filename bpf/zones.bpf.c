// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which zone is this object in? Anchors (by object) and places (by name below
 * a zone) on the way from the object to its superblock's root decide; mounts
 * are never crossed. What outsiders moved is in the zone of where it is and in
 * that of what it is.
 */
#include "zones.bpf.h"
#include "terminals.bpf.h"

/* The process that a directory of procfs is about; NULL: none. */
static __always_inline struct pid *process_of(__u64 dentry_address)
{
	struct dentry *dentry = (struct dentry *)dentry_address;
	struct proc_inode *proc;
	struct pid *pid = NULL;
	__u64 inode = 0;

	if (bpf_core_read(&inode, sizeof(inode), &dentry->d_inode) || !inode)
		return NULL;
	proc = (struct proc_inode *)(inode - bpf_core_field_offset(struct proc_inode, vfs_inode));
	return bpf_core_read(&pid, sizeof(pid), &proc->pid) ? NULL : pid;
}

/* Several objects have this anchor's number, it seems: which of its zones is meant, the name tells. */
static __always_inline bool is_told_by_name(const struct cf_scratch *scratch, __u32 level)
{
	return scratch->loops.shares_numbers &&
	       scratch->anchored[level & (CF_MAX_DEPTH - 1)] == CF_SEVERAL_ZONES;
}

static long descend_one(__u32 i, struct cf_scratch **context)
{
	struct cf_scratch *scratch = *context;
	struct cf_loops *loops = &scratch->loops;
	const __u32 level = loops->level - 1;
	struct cf_place_key key = {.parent = loops->zone};
	const __u8 *text = NULL;
	struct cf_zone *entry;
	__u32 *next;
	long length;

	if (level >= CF_MAX_DEPTH)
		return 1;
	entry = bpf_map_lookup_elem(&cf_zones, &key.parent);
	if (!entry || !(entry->flags & CF_ZONE_HAS_PLACES))
		return 1;
	length = cf_read_name(scratch->chain[level], key.name, &text);
	if (length < 0 || length >= CF_NAME_SIZE)
		return 1;
	key.length = length;
	next = bpf_map_lookup_elem(&cf_places, &key);
	if (!next) {
		if (loops->folds_case)
			loops->is_ambiguous = 1;
		return 1;
	}
	loops->zone = *next;
	loops->level = level;
	if (level == loops->watch)
		loops->seen = *next;
	else if (scratch->anchored[level] == *next || is_told_by_name(scratch, level))
		loops->n_met++;
	return 0;
}

/**
 * cf_descend() - follow the names of chain below a zone as far as they are places
 * @zone:  the zone of chain[level]
 * @watch: a level of interest
 *
 * Leaves the deepest zone and its level in loops.zone and loops.level, and the
 * zone at the level of interest, or 0, in loops.seen; counts loops.n_met. Global.
 *
 * Return: as cf_locate()
 */
int cf_descend(struct cf_task *task, __u32 zone, __u32 level, __u32 watch)
{
	struct cf_scratch *scratch;
	struct cf_loops *loops;

	if (!task)
		return -EINVAL;
	scratch = &task->scratch;
	loops = &scratch->loops;
	loops->zone = zone;
	loops->level = level;
	loops->watch = watch;
	loops->seen = level == watch ? zone : 0;
	loops->n_met = 0;
	bpf_loop(CF_MAX_DEPTH, descend_one, &scratch, 0);
	return 0;
}

static __always_inline void add_zone(struct cf_object *object, __u32 zone, bool is_own)
{
	__u32 i;

	for (i = 0; i < CF_MAX_OBJECT_ZONES; i++) {
		if (i >= object->n_zones) {
			object->zones[i] = zone;
			object->n_zones = i + 1;
			object->own_zones |= (__u32)is_own << i;
			return;
		}
		if (object->zones[i] == zone) {
			if (!is_own)
				object->own_zones &= ~(1U << i);
			return;
		}
	}
	object->query.refusal = CF_REASON_TABLE_FULL;
}

/* Adds the deepest zone that the names of chain lead to from an anchor's zone. Global, as cf_descend(). */
int cf_enter_zone(struct cf_task *task, __u32 slot, __u32 zone, __u32 level)
{
	struct cf_scratch *scratch;
	struct cf_object *object;
	struct cf_zone *entry;

	if (!task)
		return -EINVAL;
	scratch = &task->scratch;
	object = &scratch->objects[slot & 1];
	if (cf_descend(task, zone, level, 0))
		return -ENOENT;
	zone = scratch->loops.zone;
	add_zone(object, zone, scratch->loops.level == 0);
	if (scratch->loops.level == 0)
		object->flags |= CF_OBJECT_IS_NODE;
	entry = bpf_map_lookup_elem(&cf_zones, &zone);
	if (scratch->loops.level == 1 && entry && (entry->flags & CF_ZONE_HAS_PLACES))
		object->flags |= CF_OBJECT_HAS_PLACES;
	return 0;
}

/* procfs and sysfs: whose process it is about, or whether it is on the list of what may be read. */
static __always_inline int relate(struct cf_task *task, struct cf_object *object)
{
	struct cf_scratch *scratch = &task->scratch;
	const __u32 depth = object->depth;
	struct pid *process = NULL;
	struct cf_zone *entry;
	__u32 zone;

	if (depth == 0 || depth > CF_MAX_DEPTH)
		return 0;
	if (object->class == CF_ZONE_PROC)
		process = process_of(scratch->chain[(depth - 1) & (CF_MAX_DEPTH - 1)]);
	if (process) {
		if (cf_pid_agent(process) != task->label.agent)
			object->kinship = CF_KINSHIP_FOREIGN;
		else if (process_of(object->dentry))
			object->kinship = CF_KINSHIP_OWN;
		else /* below net: the network namespace's, which others share */
			object->kinship = CF_KINSHIP_LISTED;
		return 0;
	}
	cf_need(object, cf_descend(task, object->class == CF_ZONE_PROC ? cf_proc_zone : cf_sys_zone,
				   depth, 0));
	zone = scratch->loops.zone;
	entry = bpf_map_lookup_elem(&cf_zones, &zone);
	if ((object->mode & S_IFMT) == S_IFLNK ||
	    (entry && (entry->flags & CF_ZONE_LISTED) && (object->mode & S_IROTH)))
		object->kinship = CF_KINSHIP_LISTED; /* what is not for everybody is no agent's */
	return 0;
}

/*
 * Do the names from the highest anchor down lead past each of the others, as they
 * did when it was entered? Else something on the path was moved, by an outsider.
 */
static __always_inline bool is_in_place(struct cf_task *task, struct cf_object *object)
{
	const struct cf_loops *loops = &task->scratch.loops;
	const __u32 top = object->top;
	bool agrees = false;
	__u32 i;

	if (object->n_anchors == 1 || is_told_by_name(&task->scratch, top))
		return true; /* nothing above the lowest tells */
	cf_need(object, cf_descend(task, task->scratch.anchored[top & (CF_MAX_DEPTH - 1)], top,
				   object->bottom));
	for (i = 0; i < CF_MAX_LINKS; i++)
		if (i < object->anchor.n_zones && object->anchor.zones[i] == loops->seen)
			agrees = true;
	return agrees && loops->n_met + 2 == object->n_anchors; /* the two at the ends */
}

/* The way down from each anchor of a path on which not all are in their places. */
struct revision {
	struct cf_task *task;
	__u64 slot;
};

/* A directory that was moved between two agents' starts has a zone of either place. */
static __always_inline void enter_several(struct cf_task *task, struct cf_object *object,
					  __u32 slot, __u32 level)
{
	struct dentry *dentry = (struct dentry *)task->scratch.chain[level & (CF_MAX_DEPTH - 1)];
	const struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	const struct cf_anchor *anchor = cf_anchor_of(object, BPF_CORE_READ(inode, i_ino),
						      BPF_CORE_READ(inode, i_generation));
	__u32 i;

	if (!anchor || anchor->n_zones > CF_MAX_LINKS) {
		object->query.refusal = CF_REASON_TABLE_FULL;
		return;
	}
	for (i = 0; i < CF_MAX_LINKS; i++)
		if (i < anchor->n_zones)
			cf_need(object, cf_enter_zone(task, slot, anchor->zones[i], level));
}

static long revise_one(__u32 level, struct revision *revision)
{
	struct cf_task *task = revision->task;
	struct cf_object *object = &task->scratch.objects[revision->slot & 1];
	__u32 zone;

	if (level > object->top || level >= CF_MAX_DEPTH)
		return 1;
	zone = task->scratch.anchored[level];
	if (!zone || level == object->bottom)
		return 0;
	if (zone == CF_SEVERAL_ZONES)
		enter_several(task, object, revision->slot & 1, level);
	else
		cf_need(object, cf_enter_zone(task, revision->slot & 1, zone, level));
	return 0;
}

int cf_locate(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	struct cf_scratch *scratch;
	struct cf_object *object;
	struct cf_anchor *anchor;
	__u32 i;

	if (!task)
		return -EINVAL;
	slot &= 1;
	scratch = &task->scratch;
	object = &scratch->objects[slot];
	cf_need(object, cf_walk(task, slot, assumed_mode));
	cf_test_delay();
	if (object->query.refusal == CF_REASON_NONE && cf_is_kernel_tree(object))
		relate(task, object);
	if (object->class == CF_ZONE_DEVPTS && cf_is_own_terminal(object, task->label.agent))
		object->kinship = CF_KINSHIP_OWN;
	if (object->query.refusal != CF_REASON_NONE || object->class != CF_ZONE_NONE)
		return 0;
	anchor = &object->anchor;
	if (object->n_anchors == 0) {
		object->query.refusal = CF_REASON_UNCLASSIFIED; /* not even the root has a zone */
		return 0;
	}
	if (anchor->n_zones == 0 || anchor->n_zones > CF_MAX_LINKS) {
		object->query.refusal = CF_REASON_TABLE_FULL;
		return 0;
	}
	if (cf_links_unknown && object->nlink > 1 && (object->mode & S_IFMT) != S_IFDIR &&
	    object->bottom != 0) {
		object->query.refusal = CF_REASON_TABLE_FULL;
		return 0;
	}

	if (object->bottom == 0)
		object->flags |= CF_OBJECT_IS_ANCHOR;
	for (i = 0; i < CF_MAX_LINKS; i++)
		if (i < anchor->n_zones)
			cf_need(object,
				cf_enter_zone(task, slot, anchor->zones[i], object->bottom));
	/* What is away from its place is judged by both: where it is now, and what it is. */
	if (!is_in_place(task, object)) {
		struct revision revision = {.task = task, .slot = slot};

		bpf_loop(CF_MAX_DEPTH, revise_one, &revision, 0);
	}
	if (scratch->loops.is_ambiguous)
		object->query.refusal = CF_REASON_FOLDED_CASE;
	return 0;
}

int cf_locate_still(struct cf_task *task, __u32 slot)
{
	__u32 i;

	if (!task)
		return -EINVAL;
	for (i = 0; i < CF_MAX_WALKS; i++) {
		if (cf_locate(task, slot, 0))
			return -ENOENT;
		if (!cf_confirm(task, slot))
			return 0;
	}
	task->scratch.objects[slot & 1].query.refusal = CF_REASON_UNREADABLE;
	return 0;
}
