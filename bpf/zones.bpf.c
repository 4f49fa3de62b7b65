// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which zone is this object in? Anchors (by object) and places (by name below
 * a zone) on the way from the object to its superblock's root decide; mounts
 * are never crossed.
 *
 * The confined side chooses paths, depth and names; all three are bounded and
 * a bound that is met refuses. Outsiders may move what is on the path while it
 * is walked and its names are read: counts of moves that are the same before and
 * after make it one state of the tree, and else it is walked again. What is found
 * while directories move is not cached (cf_renames, cf_topology).
 *
 * Hooks here serve the topology: lsm/sb_delete (fs/super.c),
 * lsm/task_free (kernel/fork.c), fexit/vfs_rename (fs/namei.c). All in 6.1.
 */
#include "zones.bpf.h"
#include "cache.bpf.h"
#include "terminals.bpf.h"

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

/* Filesystems whose inodes bear a generation, so that (inode, generation) is not reused. */
static __always_inline bool has_generations(__u64 magic)
{
	switch (magic) {
	case EXT4_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

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

/* The anchor of an inode, if it has one. */
static __always_inline struct cf_anchor *anchor_of(const struct cf_object *object, __u64 ino,
						   __u32 generation)
{
	struct cf_object_key key = {.ino = ino, .dev = object->dev};
	struct cf_anchor *anchor = bpf_map_lookup_elem(&cf_anchors, &key);

	return anchor && anchor->generation == generation &&
			       anchor->superblock == object->superblock
		       ? anchor
		       : NULL;
}

/* Notes the anchor of an inode on the object's path, if it has one; gives what is to be known of its zones. */
static __always_inline __u32 note_anchor(struct cf_object *object, __u64 ino, __u32 generation,
					 __u32 level)
{
	const struct cf_anchor *anchor = anchor_of(object, ino, generation);

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

/* What lies there is told apart by its path. */
static __always_inline bool is_kernel_tree(const struct cf_object *object)
{
	return object->class == CF_ZONE_PROC || object->class == CF_ZONE_SYS;
}

/* Walks from the dentry in objects[slot] to its superblock's root; what cannot be walked gets a refusal. */
static __always_inline void collect(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	struct cf_scratch *scratch = &task->scratch;
	struct cf_object *object = &scratch->objects[slot];
	struct ascent ascent = {.scratch = scratch, .object = object};
	struct dentry *dentry = (struct dentry *)object->dentry;
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	reset(object);
	scratch->loops.folds_case = 0;
	scratch->loops.is_ambiguous = 0;
	scratch->loops.is_torn = 0;
	scratch->loops.moves = 0;
	object->topology = *(volatile __u32 *)&cf_topology;
	object->superblock = (__u64)sb;
	object->dev = BPF_CORE_READ(sb, s_dev);
	if (inode && !read_inode(object, inode)) {
		object->query.refusal = CF_REASON_UNREADABLE;
		return;
	}
	if (!inode)
		object->mode = assumed_mode;
	classify(object, sb, task->label.agent);
	if ((object->class != CF_ZONE_NONE && !is_kernel_tree(object)) ||
	    object->query.refusal != CF_REASON_NONE)
		return;
	ascent.magic = BPF_CORE_READ(sb, s_magic);
	if (may_fold_case(dentry, sb, ascent.magic))
		object->flags |= CF_OBJECT_MAY_FOLD;
	scratch->loops.step = object->dentry;
	object->query.refusal = CF_REASON_TOO_DEEP;
	bpf_loop(CF_MAX_DEPTH, ascend_one, &ascent, 0);
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
	else if (scratch->anchored[level] == *next)
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

static __always_inline void add_zone(struct cf_object *object, __u32 zone)
{
	__u32 i;

	for (i = 0; i < CF_MAX_OBJECT_ZONES; i++) {
		if (i >= object->n_zones) {
			object->zones[i] = zone;
			object->n_zones = i + 1;
			return;
		}
		if (object->zones[i] == zone)
			return;
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
	add_zone(object, zone);
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

	if (object->n_anchors == 1)
		return true;
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
	const struct cf_anchor *anchor =
		anchor_of(object, BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_generation));
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
	collect(task, slot, assumed_mode);
	cf_test_delay();
	if (object->query.refusal == CF_REASON_NONE && is_kernel_tree(object))
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

static __always_inline void add_grant(struct cf_object *object, __u32 rights, __u32 rule,
				      __u32 layer, __u32 reason)
{
	struct cf_grant *grant;
	__u32 i = object->query.n_grants;

	if (i >= CF_MAX_GRANTS) {
		object->query.refusal = CF_REASON_TABLE_FULL;
		return;
	}
	grant = &object->query.grants[i];
	grant->rights = rights;
	grant->rule = rule;
	grant->layer = layer;
	grant->reason = reason;
	grant->replace = CF_NAME_BITS;
	object->query.n_grants = i + 1;
	object->rights &= rights;
}

static long climb_one(__u32 i, struct cf_task **context)
{
	struct cf_task *task = *context;
	struct cf_rights_key key = {.agent = task->label.agent, .zone = task->scratch.loops.zone};
	struct cf_zone *entry;

	if (bpf_map_lookup_elem(&cf_rights, &key))
		return 1;
	entry = bpf_map_lookup_elem(&cf_zones, &key.zone);
	if (!entry || !entry->parent)
		return 1;
	task->scratch.loops.zone = entry->parent;
	return 0;
}

/*
 * The rights of the nearest zone, upwards, that the agent has an entry for: one
 * grant for each layer. Global, as cf_descend().
 */
int cf_grant_zone(struct cf_task *task, __u32 slot, __u32 zone, __u32 n_layers, __u32 is_unfiltered)
{
	struct cf_rights_key key = {};
	struct cf_rights *rights;
	struct cf_object *object;
	__u32 layer;

	if (!task)
		return -EINVAL;
	object = &task->scratch.objects[slot & 1];
	key.agent = task->label.agent;
	task->scratch.loops.zone = zone;
	bpf_loop(CF_MAX_DEPTH, climb_one, &task, 0);
	key.zone = task->scratch.loops.zone;
	rights = bpf_map_lookup_elem(&cf_rights, &key);
	if (!rights) {
		object->query.refusal = CF_REASON_UNCLASSIFIED;
		return 0;
	}
	if (rights->digests)
		object->flags |= CF_OBJECT_HAS_DIGESTS;
	for (layer = 0; layer < CF_MAX_LAYERS; layer++) {
		const __u32 given = rights->layers[layer].rights;
		const __u32 rule = rights->layers[layer].rule;
		const __u32 added = object->query.n_grants;

		if (layer >= n_layers)
			break;
		add_grant(object, given, rule, layer, CF_REASON_FILE_RULE);
		if (added < CF_MAX_GRANTS)
			object->query.grants[added].replace = rights->layers[layer].replace;
		if (is_unfiltered && cf_rights_keep(given))
			add_grant(object, CF_RIGHTS_NO_WRITING, rule, layer, CF_REASON_UNFILTERED);
	}
	return 0;
}

/* Device nodes: harmless ones are free for all, others need a rule of their own. */
static __always_inline void judge_device(struct cf_object *object)
{
	const __u32 type = object->mode & S_IFMT;

	if (type != S_IFCHR && type != S_IFBLK)
		return;
	if (cf_is_plain_device(object->mode, object->rdev)) {
		object->query.n_grants = 0;
		object->rights = CF_RIGHTS_DEVICE;
		add_grant(object, object->rights, CF_RULE_NONE, 0, CF_REASON_DEVICE);
	} else if (!(object->flags & CF_OBJECT_IS_NODE)) {
		object->query.n_grants = 0;
		add_grant(object, 0, CF_RULE_NONE, 0, CF_REASON_DEVICE);
	}
}

/* Remembers the verdict for the directory of an object whose own name and inode had no say in it. */
static __always_inline void cache_directory(struct cf_object *object, __u64 directory, __u32 agent)
{
	struct dentry *dentry = (struct dentry *)directory;
	const struct cf_domain *domain = cf_domain_of(agent); /* later than the topology */
	struct cf_cache_slot *cached;
	struct inode *inode = NULL;
	__u32 generation = 0;
	__u64 ino = 0, version;

	if (!domain || cf_renames || cf_links_unknown ||
	    bpf_core_read(&inode, sizeof(inode), &dentry->d_inode) || !inode ||
	    bpf_core_read(&ino, sizeof(ino), &inode->i_ino) ||
	    bpf_core_read(&generation, sizeof(generation), &inode->i_generation))
		return;
	cached = &cf_cache[cf_cache_index(ino, agent)];
	version = *(volatile __u64 *)&cached->version;
	if ((version & 1) ||
	    __sync_val_compare_and_swap(&cached->version, version, version + 1) != version)
		return;
	cf_test_delay();
	cached->ino = ino;
	cached->superblock = object->superblock;
	cached->generation = generation;
	cached->agent = agent;
	cached->topology = object->topology;
	cached->rights = object->rights;
	cached->domain = domain->observe | (domain->flags & CF_DOMAIN_KEEPS ? CF_CACHED_KEEPS : 0) |
			 (domain->flags & CF_DOMAIN_NAMES ? CF_CACHED_NAMES : 0);
	__sync_fetch_and_add(&cached->version,
			     1); /* a full barrier: what is above is visible before */
}

/* Gathers once: locates, then adds the grants of zones and names. Global, as cf_descend(). */
int cf_weigh_once(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	struct cf_scratch *scratch;
	struct cf_domain *domain;
	struct cf_object *object;
	bool is_named, is_unfiltered;
	__u32 agent, i;

	if (!task)
		return -EINVAL;
	scratch = &task->scratch;
	object = &scratch->objects[slot & 1];
	agent = task->label.agent;
	domain = cf_domain_of(agent);
	if (!domain) {
		object->query.refusal = CF_REASON_NO_DOMAIN;
		return 0;
	}
	is_unfiltered = cf_is_unfiltered(&task->label, domain);
	if (cf_locate(task, slot, assumed_mode))
		return -ENOENT;
	object->rights = CF_RIGHTS_ALL;
	__builtin_memset(&scratch->leaf_hits, 0, sizeof(scratch->leaf_hits));
	if (object->class != CF_ZONE_NONE) {
		add_grant(object, cf_class_rights(object->class, object->kinship, domain->flags),
			  CF_RULE_NONE, 0,
			  object->class == CF_ZONE_INTERNAL || object->class == CF_ZONE_OWN
				  ? CF_REASON_MEMFD
				  : CF_REASON_PSEUDO);
		return 0;
	}
	if (object->query.refusal == CF_REASON_NONE && (object->flags & CF_OBJECT_IS_CLOSED))
		object->query.refusal = CF_REASON_UNCLASSIFIED;
	if (object->query.refusal != CF_REASON_NONE)
		return 0;
	for (i = 0; i < CF_MAX_OBJECT_ZONES; i++)
		if (i < object->n_zones)
			cf_need(object, cf_grant_zone(task, slot, object->zones[i],
						      domain->n_layers, is_unfiltered));
	is_named = domain->flags & CF_DOMAIN_NAMES;
	if (is_named && scratch->loops.folds_case)
		object->query.refusal = CF_REASON_FOLDED_CASE;
	else if (is_named)
		cf_need(object, cf_meet_names(task, slot));
	judge_device(object);

	if (!is_named && !(object->flags & (CF_OBJECT_IS_NODE | CF_OBJECT_IS_ANCHOR)))
		object->flags |= CF_OBJECT_IS_PLAIN;
	if (!is_unfiltered && object->query.refusal == CF_REASON_NONE && object->n_zones == 1 &&
	    object->depth > 0 && (object->flags & CF_OBJECT_IS_PLAIN) &&
	    (object->flags & CF_OBJECT_CACHEABLE) &&
	    !(object->flags &
	      (CF_OBJECT_HAS_EXCEPTS | CF_OBJECT_HAS_PLACES | CF_OBJECT_HAS_DIGESTS)) &&
	    (object->mode & S_IFMT) != S_IFCHR && (object->mode & S_IFMT) != S_IFBLK)
		cache_directory(object, scratch->chain[1], agent);
	return 0;
}

/* Was nothing on the path moved or renamed between the walk and the reading of the last name? */
static long confirm_one(__u32 level, struct ascent *ascent)
{
	struct cf_scratch *scratch = ascent->scratch;

	if (level > ascent->object->depth)
		return 1;
	count_moves(&scratch->loops, (struct dentry *)scratch->chain[level & (CF_MAX_DEPTH - 1)]);
	return 0;
}

int cf_weigh(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	struct ascent ascent = {};
	__u32 moves, i;

	if (!task)
		return -EINVAL;
	ascent.scratch = &task->scratch;
	ascent.object = &task->scratch.objects[slot & 1];
	for (i = 0; i < CF_MAX_WALKS; i++) {
		if (cf_weigh_once(task, slot, assumed_mode))
			return -ENOENT;
		if (ascent.object->query.refusal != CF_REASON_NONE ||
		    (ascent.object->class != CF_ZONE_NONE && !is_kernel_tree(ascent.object)))
			return 0;
		moves = task->scratch.loops.moves;
		task->scratch.loops.moves = 0;
		bpf_loop(CF_MAX_DEPTH, confirm_one, &ascent, 0);
		if (!task->scratch.loops.is_torn && task->scratch.loops.moves == moves)
			return 0;
	}
	ascent.object->query.refusal = CF_REASON_UNREADABLE;
	return 0;
}

int cf_locate_still(struct cf_task *task, __u32 slot)
{
	struct ascent ascent = {};
	__u32 moves, i;

	if (!task)
		return -EINVAL;
	ascent.scratch = &task->scratch;
	ascent.object = &task->scratch.objects[slot & 1];
	for (i = 0; i < CF_MAX_WALKS; i++) {
		if (cf_locate(task, slot, 0))
			return -ENOENT;
		if (ascent.object->query.refusal != CF_REASON_NONE ||
		    ascent.object->class != CF_ZONE_NONE)
			return 0;
		moves = task->scratch.loops.moves;
		task->scratch.loops.moves = 0;
		bpf_loop(CF_MAX_DEPTH, confirm_one, &ascent, 0);
		if (!task->scratch.loops.is_torn && task->scratch.loops.moves == moves)
			return 0;
	}
	ascent.object->query.refusal = CF_REASON_UNREADABLE;
	return 0;
}

int cf_climb(struct cf_task *task, __u32 zone)
{
	if (!task)
		return -EINVAL;
	task->scratch.loops.zone = zone;
	bpf_loop(CF_MAX_DEPTH, climb_one, &task, 0);
	return 0;
}

/* Before its device number is free for another. */
SEC("lsm/sb_delete")
int BPF_PROG(cf_sb_delete, struct super_block *sb)
{
	struct cf_superblock *known;
	__u32 dev = sb->s_dev;

	known = bpf_map_lookup_elem(&cf_superblocks, &dev);
	if (known && known->address == (__u64)sb) {
		(void)bpf_map_delete_elem(&cf_superblocks, &dev);
		__sync_fetch_and_add(&cf_topology, 1);
	}
	return 0;
}

/* Directory renames: entered by cf_inode_rename() in files.bpf.c before the move, ended here. */
static __always_inline void end_rename(__u64 task)
{
	if (!bpf_map_delete_elem(&cf_renaming, &task)) {
		__sync_fetch_and_add(&cf_topology, 1);
		__sync_fetch_and_add(&cf_renames, -1);
	}
}

SEC("fexit/vfs_rename")
int BPF_PROG(cf_vfs_renamed)
{
	if (cf_renames)
		end_rename((__u64)bpf_get_current_task());
	return 0;
}

SEC("lsm/task_free")
int BPF_PROG(cf_task_free, struct task_struct *task)
{
	if (cf_renames)
		end_rename((__u64)task);
	return 0;
}
