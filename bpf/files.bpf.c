// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it open, make, move or remove this name? Translates each file hook to
 * wanted rights on one or two objects; no verdict is made here.
 *
 * Hooks: lsm/file_open (fs/open.c), lsm/inode_create, _link, _symlink, _mkdir,
 * _mknod, _unlink, _rmdir, _rename, _readlink, _follow_link (fs/namei.c,
 * fs/stat.c). All in 6.1.
 *
 * The confined side chooses every argument but the objects are the kernel's.
 * Open here and covered elsewhere: executing and mapping (exec.bpf.c), what is
 * done to an object (attributes.bpf.c) and to a descriptor (descriptors.bpf.c).
 */
#include "judge.bpf.h"

/* A file that is born with a set-id bit would give its rights to whoever runs it. */
static __always_inline int judge_new(struct cf_task *task, __u32 op, struct dentry *dentry,
				     __u32 mode)
{
	if (cf_sets_id(mode))
		return cf_judge_refused(task, op, dentry, CF_RIGHT_CREATE, CF_REASON_SET_ID);
	return cf_judge(task, op, dentry, CF_RIGHT_CREATE);
}

static __always_inline int judge_open(struct cf_task *task, struct file *file)
{
	const __u32 wanted = cf_wanted_of_file(file);
	struct dentry *dentry = file->f_path.dentry;

	if (cf_is_everybodys(file, wanted))
		return 0;
	if (file->f_inode != dentry->d_inode)
		return cf_judge_inode(task, CF_OP_OPEN, (__u64)file->f_inode, wanted);
	if (wanted == CF_RIGHT_EXEC) /* its name is exec's affair */
		return cf_judge(task, CF_OP_OPEN, dentry, wanted);
	if (!(file->f_flags & __O_TMPFILE))
		return cf_judge_named(task, CF_OP_OPEN, file, wanted, CF_REASON_DISCONNECTED);
	/* It makes a file, and no other hook sees its mode. */
	if (cf_sets_id(file->f_inode->i_mode))
		return cf_judge_refused(task, CF_OP_OPEN, dentry, wanted, CF_REASON_SET_ID);
	return cf_judge(task, CF_OP_OPEN, dentry, wanted);
}

/* Kernels since 6.8 always take a file's inode from its own path: do_dentry_open(), fs/open.c */
struct backing_file___later {
	struct path user_path;
} __attribute__((preserve_access_index));

/* An open below overlayfs may bear the path of the file above, and then the inode is not that path's. */
static __always_inline bool has_inode_of_path(struct dentry *dentry, const struct inode *inode)
{
	if (bpf_core_field_exists(struct backing_file___later, user_path))
		return true;
	return dentry->d_inode == inode;
}

/*
 * A file with a name, in a directory whose verdict is cached, as that of most
 * opens. In an order that needs few registers at a time.
 */
static __always_inline bool is_open_cached(const struct cf_label *label, struct file *file,
					   struct inode *inode, __u32 wanted)
{
	struct dentry *dentry = file->f_path.dentry, *parent;
	const __u32 moves = cf_moves(dentry);
	struct cf_cached cached;

	parent = dentry->d_parent;
	/* Without a directory 0 is read, which no slot has for its number. */
	return parent != dentry && has_inode_of_path(dentry, inode) && !cf_may_be_anchor(inode) &&
	       cf_cache_finds(label->agent, inode, parent->d_inode, &cached) &&
	       cf_cached_gives(&cached, label, CF_OP_OPEN, wanted) &&
	       cf_is_unnamed(&cached, label->agent, dentry, moves) && !cf_is_unlinked(inode);
}

/* Devices and what is not read only: apart, as the registers for them would be saved in the road below. */
static __noinline bool is_unusual_open_allowed(__u32 agent, __u32 label_flags, struct file *file)
{
	const struct cf_label label = {.agent = agent, .flags = label_flags};
	const __u32 wanted = cf_wanted_of_file(file);

	if (cf_is_device(file->f_inode->i_mode))
		return cf_is_everybodys(file, wanted);
	return !(file->f_flags & __O_TMPFILE) &&
	       is_open_cached(&label, file, file->f_inode, wanted);
}

static __always_inline bool is_open_allowed_at_once(const struct cf_label *label, struct file *file)
{
	struct inode *inode = file->f_inode; /* read once: on 6.1 each time is seven instructions */
	const __u32 mode = inode->i_mode;
	const __u32 wanted = cf_wanted_to_read(file->f_mode, file->f_flags, mode & S_IFMT);

	if (!wanted || cf_is_device(mode))
		return is_unusual_open_allowed(label->agent, label->flags, file);
	return is_open_cached(label, file, inode, wanted);
}

/* These two apart: what a task does not reach does not cost it the saving of registers. */
static __noinline bool is_open_peeked_at(struct bpf_local_storage *storage, struct file *file)
{
	struct cf_label label;

	return cf_peek_label(storage, &label) && is_open_allowed_at_once(&label, file);
}

static __noinline int open_confined(struct file *file)
{
	struct task_struct *asking = bpf_get_current_task_btf();

	return CF_ALLOW_OR_JUDGE(asking, is_open_allowed_at_once(&label, file),
				 judge_open(task, file));
}

SEC("lsm/file_open")
int BPF_PROG(cf_file_open, struct file *file, int ret)
{
	struct bpf_local_storage *storage;
	struct task_struct *asking;

	if (ret)
		return ret;
	asking = bpf_get_current_task_btf();
	storage = asking->bpf_storage;
	if (storage ? is_open_peeked_at(storage, file) : cf_is_free_without(asking))
		return 0;
	return open_confined(file);
}

static __always_inline bool is_create_allowed_at_once(const struct cf_label *label,
						      struct inode *directory,
						      struct dentry *dentry, __u32 mode)
{
	return !cf_sets_id(mode) &&
	       cf_cache_allows_locked(label, directory, dentry, CF_OP_CREATE, CF_RIGHT_CREATE);
}

SEC("lsm/inode_create")
int BPF_PROG(cf_create, struct inode *directory, struct dentry *dentry, __u16 mode, int ret)
{
	return CF_IF_NOT_ALLOWED(
		ret, is_create_allowed_at_once(&label, directory, dentry, mode | S_IFREG),
		judge_new(task, CF_OP_CREATE, dentry, mode | S_IFREG));
}

static __always_inline bool is_unlink_allowed_at_once(const struct cf_label *label,
						      struct inode *directory,
						      struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return cf_is_there(inode) && !cf_is_device(inode->i_mode) && !cf_may_be_anchor(inode) &&
	       cf_cache_allows_locked(label, directory, dentry, CF_OP_UNLINK, CF_RIGHT_DELETE);
}

static __always_inline int judge_unlink(struct cf_task *task, struct dentry *dentry)
{
	if (cf_cache_allows(task, dentry, CF_OP_UNLINK, CF_RIGHT_DELETE))
		return 0;
	cf_gather(task, 0, dentry, 0);
	cf_let_replace(task, 0);
	return cf_conclude(task, CF_OP_UNLINK, CF_RIGHT_DELETE, 0);
}

SEC("lsm/inode_unlink")
int BPF_PROG(cf_unlink, struct inode *directory, struct dentry *dentry, int ret)
{
	return CF_IF_NOT_ALLOWED(ret, is_unlink_allowed_at_once(&label, directory, dentry),
				 judge_unlink(task, dentry));
}

SEC("lsm/inode_readlink")
int BPF_PROG(cf_readlink, struct dentry *dentry, int ret)
{
	return CF_IF_CONFINED(ret, cf_judge(task, CF_OP_READLINK, dentry, CF_RIGHT_READ));
}

/* Can the link certainly be read? */
static __always_inline bool is_link_allowed_at_once(const struct cf_label *label,
						    struct dentry *dentry,
						    const struct inode *inode)
{
	const __u32 moves = cf_moves(dentry);
	struct dentry *parent = dentry->d_parent;
	struct inode *directory = parent->d_inode;
	struct cf_cached cached;

	return directory && parent != dentry && !cf_may_be_anchor(inode) &&
	       cf_cache_finds(label->agent, inode, directory, &cached) &&
	       cf_cached_gives(&cached, label, CF_OP_READLINK, CF_RIGHT_READ) &&
	       cf_is_unnamed(&cached, label->agent, dentry, moves);
}

/*
 * To follow a link is to read it: what a rule closes stays closed when the link
 * in its place is turned to something else. Those of /proc/PID lead to the
 * objects themselves, past all names: whose they are decides.
 */
SEC("lsm/inode_follow_link")
int BPF_PROG(cf_follow_link, struct dentry *dentry, struct inode *inode, bool is_rcu, int ret)
{
	return CF_IF_NOT_ALLOWED(ret, is_link_allowed_at_once(&label, dentry, inode),
				 cf_judge(task, CF_OP_READLINK, dentry, CF_RIGHT_READ));
}

static __always_inline bool is_pinned(const struct cf_object *object)
{
	return object->flags & (CF_OBJECT_IS_NODE | CF_OBJECT_LEADING);
}

static __always_inline int judge_rmdir(struct cf_task *task, struct dentry *dentry)
{
	struct cf_object *object = &task->scratch.objects[0];

	if (cf_cache_allows(task, dentry, CF_OP_RMDIR, CF_RIGHT_DELETE))
		return 0;
	cf_gather(task, 0, dentry, 0);
	if (object->flags & CF_OBJECT_IS_NODE)
		cf_overrule(object, CF_RIGHT_DELETE, CF_REASON_PINNED);
	return cf_conclude(task, CF_OP_RMDIR, CF_RIGHT_DELETE, 0);
}

SEC("lsm/inode_rmdir")
int BPF_PROG(cf_rmdir, struct inode *directory, struct dentry *dentry, int ret)
{
	return CF_IF_CONFINED(ret, judge_rmdir(task, dentry));
}

/* A symbolic link must not stand where a directory of a path or name rule would: it leads elsewhere. */
static __always_inline int judge_symlink(struct cf_task *task, struct dentry *dentry)
{
	struct cf_object *object = &task->scratch.objects[0];

	if (cf_cache_allows(task, dentry, CF_OP_SYMLINK, CF_RIGHT_CREATE))
		return 0;
	cf_gather(task, 0, dentry, S_IFLNK);
	if (is_pinned(object))
		cf_overrule(object, CF_RIGHT_CREATE, CF_REASON_PINNED);
	return cf_conclude(task, CF_OP_SYMLINK, CF_RIGHT_CREATE, 0);
}

SEC("lsm/inode_symlink")
int BPF_PROG(cf_symlink, struct inode *directory, struct dentry *dentry, const char *target,
	     int ret)
{
	return CF_IF_CONFINED(ret, judge_symlink(task, dentry));
}

static __always_inline int judge_mkdir(struct cf_task *task, struct dentry *dentry)
{
	if (cf_cache_allows(task, dentry, CF_OP_MKDIR, CF_RIGHT_CREATE))
		return 0;
	cf_gather(task, 0, dentry, S_IFDIR);
	return cf_conclude(task, CF_OP_MKDIR, CF_RIGHT_CREATE, 0);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(cf_mkdir, struct inode *directory, struct dentry *dentry, __u16 mode, int ret)
{
	ret = CF_IF_CONFINED(ret, judge_mkdir(task, dentry));
	if (!ret && dentry->d_sb->s_magic == CGROUP2_SUPER_MAGIC)
		ret = cf_clamp(cf_cgroup_making(directory->i_ino));
	return ret;
}

static __always_inline int judge_mknod(struct cf_task *task, struct dentry *dentry, __u32 type)
{
	struct cf_object *object = &task->scratch.objects[0];

	cf_gather(task, 0, dentry, type);
	if ((type == S_IFCHR || type == S_IFBLK) && object->query.refusal == CF_REASON_NONE)
		object->query.refusal = CF_REASON_DEVICE;
	return cf_conclude(task, CF_OP_MKNOD, CF_RIGHT_CREATE, 0);
}

SEC("lsm/inode_mknod")
int BPF_PROG(cf_mknod, struct inode *directory, struct dentry *dentry, __u16 mode, __u32 rdev,
	     int ret)
{
	return CF_IF_CONFINED(ret, judge_mknod(task, dentry, mode & S_IFMT));
}

static __always_inline bool is_strict(const struct cf_object *object)
{
	__u32 zone = object->zones[0];
	struct cf_zone *entry;

	if (object->n_zones == 0)
		return false;
	entry = bpf_map_lookup_elem(&cf_zones, &zone);
	return object->n_zones > 1 || !entry || (entry->flags & CF_ZONE_STRICT);
}

/* One more zone; when there is no room for it, the file is denied. */
static __always_inline void extend_anchor(struct cf_anchor *anchor, __u32 zone)
{
	__u32 i;

	for (i = 0; i < CF_MAX_LINKS; i++) {
		if (i < anchor->n_zones && anchor->zones[i] == zone)
			return;
		if (i == anchor->n_zones)
			anchor->zones[i] = zone;
	}
	if (anchor->n_zones <= CF_MAX_LINKS)
		anchor->n_zones++;
}

/*
 * Enters a file that is about to have a second name among the anchors, with
 * the zones of both, if either is strict: each name is then judged by both.
 *
 * Return: 0; negative errno: it could not be entered
 */
static __noinline int follow_link(const struct cf_object *old, const struct cf_object *new)
{
	struct cf_object_key key = {.ino = old->ino, .dev = old->dev};
	struct cf_anchor anchor = {};
	__u32 i;

	if (old->class != CF_ZONE_NONE || old->query.refusal != CF_REASON_NONE ||
	    new->query.refusal != CF_REASON_NONE)
		return 0;
	if (old->flags & CF_OBJECT_IS_ANCHOR) {
		anchor = old->anchor;
	} else {
		if ((!is_strict(old) && !is_strict(new)) ||
		    (old->n_zones == 1 && new->n_zones == 1 && old->zones[0] == new->zones[0]))
			return 0;
		anchor.superblock = old->superblock;
		anchor.generation = old->generation;
		for (i = 0; i < CF_MAX_OBJECT_ZONES; i++)
			if (i < old->n_zones)
				extend_anchor(&anchor, old->zones[i]);
	}
	for (i = 0; i < CF_MAX_OBJECT_ZONES; i++)
		if (i < new->n_zones)
			extend_anchor(&anchor, new->zones[i]);
	cf_filter_add(cf_anchor_filter, old->ino);
	return bpf_map_update_elem(&cf_anchors, &key, &anchor, BPF_ANY);
}

/*
 * Is it known which zones an outsider's link concerns? Where the filesystem is
 * not classified yet, its links are looked for when it is (arrivals.c).
 */
static __always_inline bool is_located(const struct cf_object *object)
{
	return object->class != CF_ZONE_NONE || object->query.refusal == CF_REASON_NONE ||
	       object->query.refusal == CF_REASON_UNCLASSIFIED;
}

static __always_inline int locate_link(struct cf_task *task, struct dentry *old, struct dentry *new)
{
	struct cf_object *objects = task->scratch.objects;

	objects[1].dentry = (__u64) new;
	objects[0].dentry = (__u64)old;
	if (cf_locate_still(task, 1) || cf_locate_still(task, 0))
		return -ENOENT;
	if (!is_located(&objects[0]) || !is_located(&objects[1]))
		return -EACCES;
	return follow_link(&objects[0], &objects[1]);
}

/* A further name by an outsider: it is never refused, but followed, or known to be unknown. */
static __always_inline void watch_name(struct dentry *old, struct dentry *new)
{
	const struct cf_label nobody = {};

	if (!cf_agents_live ||
	    !CF_JUDGE(bpf_get_current_task_btf(), nobody, locate_link(task, old, new)))
		return;
	cf_links_unknown = 1;
	__sync_fetch_and_add(&cf_topology, 1); /* what is cached was found while they were known */
}

/*
 * What giving an object a name in another place asks of that place, besides CREATE: whoever
 * brings a file in, or a directory with files, may hold it open for writing, and
 * goes on writing. Where that is not given (append), files are made, not brought.
 */
static __always_inline __u32 wanted_to_bring(__u32 mode)
{
	return S_ISDIR(mode) || (mode & S_IFMT) == S_IFREG ? CF_RIGHT_CREATE | CF_RIGHT_WRITE
							   : CF_RIGHT_CREATE;
}

/* Everybody's links are followed; a confined task's new name must not give more than the old one. */
static __always_inline int judge_link(struct cf_task *task, struct dentry *old, struct dentry *new)
{
	struct cf_object *objects = task->scratch.objects;
	__u32 wanted, target_wanted = CF_RIGHT_CREATE;

	cf_gather(task, 0, old, 0);
	cf_gather(task, 1, new, objects[0].mode);
	wanted = objects[1].rights;
	if (objects[0].rights & CF_RIGHT_WRITE)
		target_wanted = wanted_to_bring(objects[0].mode);
	if ((objects[0].mode & S_IFMT) == S_IFLNK && is_pinned(&objects[1]))
		cf_overrule(&objects[1], CF_RIGHT_CREATE, CF_REASON_PINNED);
	if ((wanted & ~objects[0].rights) == 0 && (wanted & target_wanted) == target_wanted &&
	    follow_link(&objects[0], &objects[1]))
		objects[0].query.refusal = CF_REASON_TABLE_FULL;
	return cf_conclude(task, CF_OP_LINK, wanted, target_wanted);
}

SEC("lsm/inode_link")
int BPF_PROG(cf_link, struct dentry *old, struct inode *directory, struct dentry *new, int ret)
{
	return CF_WATCH_OR_JUDGE(ret, watch_name(old, new), judge_link(task, old, new));
}

/* Before a directory moves, by whomever: nothing is cached until it has moved (topology.bpf.c ends it). */
static __always_inline void begin_rename(struct dentry *old, struct dentry *new)
{
	struct inode *from = old->d_inode, *to = new->d_inode;
	__u64 task = (__u64)bpf_get_current_task();
	__u32 one = 1;

	if (!cf_agents_live || !((cf_is_there(from) && S_ISDIR(from->i_mode)) ||
				 (cf_is_there(to) && S_ISDIR(to->i_mode))))
		return;
	__sync_fetch_and_add(&cf_renames, 1);
	__sync_fetch_and_add(&cf_topology, 1);
	if (bpf_map_update_elem(&cf_renaming, &task, &one, BPF_NOEXIST) == -EEXIST)
		__sync_fetch_and_add(&cf_renames,
				     -1); /* exchange: entered by the first of its two calls */
}

/* Directories and symbolic links may not leave or enter where a rule's path or name would lead. */
static __always_inline void pin_rename(struct cf_scratch *scratch, __u32 target_wanted)
{
	struct cf_object *source = &scratch->objects[0], *target = &scratch->objects[1];
	const __u32 type = source->mode & S_IFMT, replaced = target->mode & S_IFMT;

	if ((type == S_IFDIR || type == S_IFLNK || replaced == S_IFDIR) && is_pinned(target))
		cf_overrule(target, target_wanted, CF_REASON_PINNED);
	if (type == S_IFDIR && is_pinned(source))
		cf_overrule(source, CF_RIGHT_DELETE, CF_REASON_PINNED);
}

/* Then what is renamed is a link to it, as good as a new one. */
static __always_inline bool has_other_names(const struct inode *inode)
{
	return cf_is_there(inode) && !S_ISDIR(inode->i_mode) && inode->i_nlink > 1;
}

static __always_inline void watch_rename(struct dentry *old, struct dentry *new)
{
	if (has_other_names(old->d_inode))
		watch_name(old, new);
}

static __always_inline int judge_rename(struct cf_task *task, struct dentry *old,
					struct dentry *new)
{
	struct cf_object *objects = task->scratch.objects;
	const struct inode *moved = old->d_inode;
	__u32 target_wanted = wanted_to_bring(moved ? moved->i_mode : 0);

	if (cf_is_there(new->d_inode))
		target_wanted |= CF_RIGHT_DELETE;
	if (!has_other_names(moved) && cf_cache_allows(task, old, CF_OP_RENAME, CF_RIGHT_DELETE) &&
	    cf_cache_allows(task, new, CF_OP_RENAME, target_wanted))
		return 0;
	cf_gather(task, 1, new, moved ? moved->i_mode : 0);
	cf_gather(task, 0, old, 0); /* last: by its name `replace` goes, for both */
	if (!S_ISDIR(objects[0].mode) && !S_ISDIR(objects[1].mode)) {
		cf_let_replace(task, 0);
		cf_let_replace(task, 1);
	}
	pin_rename(&task->scratch, target_wanted);
	if (has_other_names(moved) && (objects[0].rights & CF_RIGHT_DELETE) &&
	    (objects[1].rights & target_wanted) == target_wanted &&
	    follow_link(&objects[0], &objects[1]))
		objects[0].query.refusal = CF_REASON_TABLE_FULL;
	return cf_conclude(task, CF_OP_RENAME, CF_RIGHT_DELETE, target_wanted);
}

SEC("lsm/inode_rename")
int BPF_PROG(cf_rename, struct inode *old_directory, struct dentry *old,
	     struct inode *new_directory, struct dentry *new, int ret)
{
	ret = CF_WATCH_OR_JUDGE(ret, watch_rename(old, new), judge_rename(task, old, new));
	if (!ret)
		begin_rename(old, new);
	return ret;
}
