// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From an object to its superblock's root: what the object is, what lies on the
 * way, and whether all of it was so at one instant.
 *
 * The confined side chooses paths, depth and names; all three are bounded and
 * a bound that is met refuses. Outsiders may move what is on the path while it
 * is walked and its names are read: counts of moves that are the same before and
 * after make it one state of the tree, and else it is walked again.
 */
#include "walk.bpf.h"

static __always_inline __u32 class_by_magic(__u64 magic)
{
	switch (magic) {
	case PROC_SUPER_MAGIC:
		return CF_ZONE_PROC;
	case DEVPTS_SUPER_MAGIC:
		return CF_ZONE_DEVPTS;
	case SYSFS_MAGIC:
		return CF_ZONE_SYS;
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return CF_ZONE_CGROUP;
	case SECURITYFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
	case BINFMTFS_MAGIC:
	case SELINUX_MAGIC:
	case CF_MAGIC_CONFIGFS:
	case CF_MAGIC_FUSECTL:
	case BPF_FS_MAGIC:
		return CF_ZONE_CLOSED;
	default:
		return CF_ZONE_NONE;
	}
}

/*
 * Filesystems whose inodes bear a generation, so that (inode, generation) is not reused. Not btrfs,
 * where a snapshot's inodes have the original's, and only the subvolume's number, which is in no
 * structure that the kernel tells types of, keeps them apart.
 */
static __always_inline bool has_generations(__u64 magic)
{
	switch (magic) {
	case EXT4_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/* All but the filesystem of "/", which stays where it is. */
static __always_inline bool is_below_a_mount(__u32 root_zone)
{
	const struct cf_zone *entry = bpf_map_lookup_elem(&cf_zones, &root_zone);

	return !entry || entry->parent;
}

/* Sets class or refusal where the superblock has no zones. */
static __always_inline void classify(struct cf_object *object, struct super_block *sb, __u32 agent)
{
	const __u64 magic = BPF_CORE_READ(sb, s_magic);
	struct cf_superblock *known;
	__u32 dev = object->dev;

	object->class = class_by_magic(magic);
	if (object->class != CF_ZONE_NONE)
		return;
	if (has_generations(magic))
		object->flags |= CF_OBJECT_CACHEABLE;
	known = bpf_map_lookup_elem(&cf_superblocks, &dev);
	if (known && known->address == object->superblock) {
		if (known->zone == CF_ZONE_OWN)
			object->class = known->owner == agent ? CF_ZONE_OWN : CF_ZONE_CLOSED;
		else if (known->zone < CF_ZONE_FIRST)
			object->class = CF_ZONE_CLOSED;
		else if ((known->flags & CF_SUPERBLOCK_CLOSED) ||
			 (cf_moves_begun != cf_moves_seen && is_below_a_mount(known->zone)))
			object->flags |= CF_OBJECT_IS_CLOSED;
		object->root_zone = known->zone;
	} else if (BPF_CORE_READ(sb, s_flags) & SB_KERNMOUNT) {
		object->class = CF_ZONE_INTERNAL;
	} else {
		object->query.refusal = CF_REASON_UNCLASSIFIED;
	}
}

/* Notes the anchor of an inode on the object's path, if it has one; gives what is to be known of its zones. */
static __always_inline __u32 note_anchor(struct cf_object *object, __u64 ino, __u32 generation,
					 __u32 level)
{
	const struct cf_anchor *anchor = cf_anchor_of(object, ino, generation);

	if (!anchor)
		return 0;
	if (!object->n_anchors) {
		object->anchor = *anchor;
		object->bottom = level;
	}
	object->n_anchors++;
	object->top = level;
	return anchor->n_zones == 1 ? anchor->zones[0] : CF_SEVERAL_ZONES;
}

static __always_inline void reset(struct cf_object *object)
{
	object->ino = 0;
	object->generation = 0;
	object->mode = 0;
	object->nlink = 0;
	object->rdev = 0;
	object->flags = 0;
	object->query.refusal = CF_REASON_NONE;
	object->rights = 0;
	object->depth = 0;
	object->class = CF_ZONE_NONE;
	object->root_zone = 0;
	object->kinship = CF_KINSHIP_NONE;
	object->n_zones = 0;
	object->own_zones = 0;
	object->n_anchors = 0;
	object->query.n_grants = 0;
}

/* Reads the facts of the inode; false: it cannot be read. */
static __always_inline bool read_inode(struct cf_object *object, struct inode *inode)
{
	__u16 mode = 0;

	if (bpf_core_read(&object->ino, sizeof(object->ino), &inode->i_ino) ||
	    bpf_core_read(&object->generation, sizeof(object->generation), &inode->i_generation) ||
	    bpf_core_read(&mode, sizeof(mode), &inode->i_mode) ||
	    bpf_core_read(&object->nlink, sizeof(object->nlink), &inode->i_nlink) ||
	    bpf_core_read(&object->rdev, sizeof(object->rdev), &inode->i_rdev))
		return false;
	object->mode = mode;
	return true;
}

/* Filesystems of which single directories fold case, if an encoding was chosen for them. */
static __always_inline bool folds_by_directory(__u64 magic)
{
	return magic == EXT4_SUPER_MAGIC || magic == F2FS_SUPER_MAGIC || magic == TMPFS_MAGIC;
}

/* Does the filesystem compare names in its own way? Then another spelling is the same file. */
static __always_inline bool may_fold_case(struct dentry *dentry, struct super_block *sb,
					  __u64 magic)
{
	/* Without CONFIG_UNICODE there is no such field, and nothing is folded. */
	if (folds_by_directory(magic))
		return bpf_core_field_exists(sb->s_encoding) && BPF_CORE_READ(sb, s_encoding);
	return BPF_CORE_READ(dentry, d_op) && BPF_CORE_READ(dentry, d_op, d_compare);
}

static __always_inline bool folds_case(struct dentry *directory, __u64 magic)
{
	return !folds_by_directory(magic) ||
	       (BPF_CORE_READ(directory, d_inode, i_flags) & S_CASEFOLD);
}

/* What one step of the walk needs. */
struct ascent {
	struct cf_scratch *scratch;
	struct cf_object *object;
	__u64 magic;
};

/* Counts the moves of a step. One that is just being moved was not read at one instant. */
static __always_inline void count_moves(struct cf_loops *loops, struct dentry *step)
{
	const __u32 moves = BPF_CORE_READ(step, d_seq.seqcount.sequence);

	loops->moves += moves;
	loops->is_torn |= moves & 1;
}

static long ascend_one(__u32 level, struct ascent *ascent)
{
	struct cf_object *object = ascent->object;
	const __u64 address = ascent->scratch->loops.step;
	struct dentry *step = (struct dentry *)address, *parent = NULL, *root;
	struct inode *inode = NULL;
	struct super_block *sb;
	__u32 zone = 0;
	__u64 ino = 0;

	if (level >= CF_MAX_DEPTH)
		return 1;
	ascent->scratch->chain[level] = address;
	object->depth = level;
	count_moves(&ascent->scratch->loops, step); /* before anything is read of it */
	if (bpf_core_read(&inode, sizeof(inode), &step->d_inode) ||
	    bpf_core_read(&parent, sizeof(parent), &step->d_parent) ||
	    (inode && bpf_core_read(&ino, sizeof(ino), &inode->i_ino))) {
		object->query.refusal = CF_REASON_UNREADABLE;
		return 1;
	}
	if (inode && cf_filter_has(cf_anchor_filter, ino))
		zone = note_anchor(object, ino, BPF_CORE_READ(inode, i_generation), level);
	ascent->scratch->anchored[level] = zone;
	if (parent != step) {
		if ((object->flags & CF_OBJECT_MAY_FOLD) && folds_case(parent, ascent->magic))
			ascent->scratch->loops.folds_case = 1;
		ascent->scratch->loops.step = (__u64)parent;
		return 0;
	}
	sb = (struct super_block *)object->superblock;
	root = BPF_CORE_READ(sb, s_root);
	object->query.refusal = step == root ? CF_REASON_NONE : CF_REASON_DISCONNECTED;
	return 1;
}

/* Is its path to be known? Not where its class or a refusal settles it. */
static __always_inline bool is_walked(const struct cf_object *object)
{
	return object->query.refusal == CF_REASON_NONE &&
	       (object->class == CF_ZONE_NONE || cf_is_kernel_tree(object));
}

int cf_walk(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	struct ascent ascent = {};
	struct cf_scratch *scratch;
	struct super_block *sb;
	struct cf_object *object;
	struct dentry *dentry;
	struct inode *inode;

	if (!task)
		return -EINVAL;
	scratch = &task->scratch;
	object = &scratch->objects[slot & 1];
	dentry = (struct dentry *)object->dentry;
	sb = BPF_CORE_READ(dentry, d_sb);
	inode = BPF_CORE_READ(dentry, d_inode);
	reset(object);
	scratch->loops.folds_case = 0;
	scratch->loops.is_ambiguous = 0;
	scratch->loops.is_torn = 0;
	scratch->loops.moves = 0;
	scratch->loops.shares_numbers = 0;
	object->topology = *(volatile __u64 *)&cf_topology;
	object->superblock = (__u64)sb;
	object->dev = BPF_CORE_READ(sb, s_dev);
	if (inode && !read_inode(object, inode)) {
		object->query.refusal = CF_REASON_UNREADABLE;
		return 0;
	}
	if (!inode)
		object->mode = assumed_mode;
	classify(object, sb, task->label.agent);
	if (!is_walked(object))
		return 0;
	ascent.scratch = scratch;
	ascent.object = object;
	ascent.magic = BPF_CORE_READ(sb, s_magic);
	scratch->loops.shares_numbers = ascent.magic == BTRFS_SUPER_MAGIC;
	if (may_fold_case(dentry, sb, ascent.magic))
		object->flags |= CF_OBJECT_MAY_FOLD;
	scratch->loops.step = object->dentry;
	object->query.refusal = CF_REASON_TOO_DEEP;
	bpf_loop(CF_MAX_DEPTH, ascend_one, &ascent, 0);
	return 0;
}

static long confirm_one(__u32 level, struct ascent *ascent)
{
	struct cf_scratch *scratch = ascent->scratch;

	if (level > ascent->object->depth)
		return 1;
	count_moves(&scratch->loops, (struct dentry *)scratch->chain[level & (CF_MAX_DEPTH - 1)]);
	return 0;
}

int cf_confirm(struct cf_task *task, __u32 slot)
{
	struct ascent ascent = {};
	__u32 moves;

	if (!task)
		return -EINVAL;
	ascent.scratch = &task->scratch;
	ascent.object = &task->scratch.objects[slot & 1];
	if (!is_walked(ascent.object))
		return 0;
	moves = task->scratch.loops.moves;
	task->scratch.loops.moves = 0;
	bpf_loop(CF_MAX_DEPTH, confirm_one, &ascent, 0);
	return task->scratch.loops.is_torn || task->scratch.loops.moves != moves ? -EAGAIN : 0;
}
