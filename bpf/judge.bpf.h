/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame of a hook: who is asking, the fast road, the slow road. Hooks give
 * it what is theirs, the object and the rights.
 */
#ifndef CF_JUDGE_BPF_H
#define CF_JUDGE_BPF_H

#include "cache.bpf.h"
#include "terminals.bpf.h"
#include "verdict.bpf.h"

/* What `judgement` comes to, which sees the scratch of the asking task as `task`; a refusal if there is none. */
#define CF_JUDGE(asking, label, judgement)                                \
	({                                                                \
		struct cf_task *task = cf_scratch_of((asking), &(label)); \
		int outcome = CF_REFUSED_BLINDLY;                         \
                                                                          \
		if (task)                                                 \
			outcome = cf_clamp(judgement);                    \
		outcome;                                                  \
	})

/*
 * For a task that cf_is_free() would not let go, the hook's return value: 0 if
 * it is unconfined after all, or if `at_once` is true, which sees the task's
 * `label`; else what `judgement` comes to, which sees its scratch as `task`.
 */
#define CF_ALLOW_OR_JUDGE(asking, at_once, judgement)                                      \
	({                                                                                 \
		struct cf_label label = {};                                                \
		enum cf_asker asker = cf_label_of(asking, &label);                         \
		int result = CF_REFUSED_BLINDLY;                                           \
                                                                                           \
		if (asker == CF_ASKER_FREE || (asker == CF_ASKER_CONFINED && (at_once))) { \
			result = 0;                                                        \
		} else if (asker == CF_ASKER_CONFINED) {                                   \
			result = CF_JUDGE(asking, label, judgement);                       \
		}                                                                          \
		result;                                                                    \
	})

/* The same for whoever asks, after an earlier refusal. */
#define CF_IF_NOT_ALLOWED(earlier, at_once, judgement)                          \
	({                                                                      \
		struct task_struct *asking = bpf_get_current_task_btf();        \
		int answer = (earlier);                                         \
                                                                                \
		if (!answer && !cf_is_free(asking))                             \
			answer = CF_ALLOW_OR_JUDGE(asking, at_once, judgement); \
		answer;                                                         \
	})

/* The same without a fast road. */
#define CF_IF_CONFINED(earlier, judgement) CF_IF_NOT_ALLOWED(earlier, false, judgement)

/* For hooks that concern everybody: `watching` is done if the task is unconfined, else as CF_IF_CONFINED(). */
#define CF_WATCH_OR_JUDGE(earlier, watching, judgement)                               \
	({                                                                            \
		struct task_struct *asking = bpf_get_current_task_btf();              \
		enum cf_asker asker = CF_ASKER_FREE;                                  \
		struct cf_label label = {};                                           \
		int answer = (earlier);                                               \
                                                                                      \
		if (!answer) {                                                        \
			if (!cf_is_free(asking))                                      \
				asker = cf_label_of(asking, &label);                  \
			if (asker == CF_ASKER_FREE)                                   \
				watching;                                             \
			else                                                          \
				answer = asker == CF_ASKER_CONFINED                   \
						 ? CF_JUDGE(asking, label, judgement) \
						 : CF_REFUSED_BLINDLY;                \
		}                                                                     \
		answer;                                                               \
	})

/**
 * cf_judge() - the common judgement: one dentry, one set of rights
 * @op:     enum cf_op
 * @wanted: CF_RIGHT_*; 0: nothing, allowed
 *
 * Return: as cf_conclude()
 */
static __always_inline int cf_judge(struct cf_task *task, __u32 op, struct dentry *dentry,
				    __u32 wanted)
{
	if (!wanted || cf_cache_allows(task, dentry, op, wanted))
		return 0;
	cf_gather(task, 0, dentry, 0);
	return cf_conclude(task, op, wanted, 0);
}

/* A refusal of one's own, told with the object; where the rights alone refuse, they explain better. */
static __always_inline int cf_judge_refused(struct cf_task *task, __u32 op, struct dentry *dentry,
					    __u32 wanted, __u32 reason)
{
	struct cf_object *object = &task->scratch.objects[0];

	cf_gather(task, 0, dentry, 0);
	cf_overrule(object, wanted, reason);
	return cf_conclude(task, op, wanted, 0);
}

/*
 * Is a file opened to be executed, and nothing else? mq_open(2) lets its caller
 * set any flag, that of an execution as well: ipc/mqueue.c
 */
static __always_inline bool cf_is_execution(__u32 mode, __u32 flags, const struct inode *inode)
{
	return ((mode | flags) & FMODE_EXEC) && !(mode & FMODE_WRITE) &&
	       inode->i_sb->s_magic != CF_MAGIC_MQUEUE;
}

/* What opening a file in this way asks for: @mode and @flags are its f_mode and f_flags. */
static __always_inline __u32 cf_wanted_of(__u32 mode, __u32 flags, struct inode *inode)
{
	__u32 wanted = 0;

	if (cf_is_execution(mode, flags, inode))
		return CF_RIGHT_EXEC;
	if (mode & FMODE_READ)
		wanted |= S_ISDIR(inode->i_mode) ? CF_RIGHT_LIST : CF_RIGHT_READ;
	if (mode & FMODE_WRITE)
		wanted |= flags & O_APPEND ? CF_RIGHT_APPEND : CF_RIGHT_WRITE;
	/* inode_setattr judges it too, but a network's or FUSE's server has cut the file by then. */
	if ((flags & O_TRUNC) && (inode->i_mode & S_IFMT) == S_IFREG && inode->i_size > 0)
		wanted |= CF_RIGHT_DELETE;
	return wanted ? wanted : CF_RIGHT_IOCTL; /* open(2): access mode 3 is for ioctl only */
}

/* The same for what most opens are: reading only, of what has a name; 0: ask cf_wanted_of(). */
static __always_inline __u32 cf_wanted_to_read(__u32 mode, __u32 flags, __u32 type)
{
	const __u32 unusual = FMODE_WRITE | FMODE_EXEC;

	if ((mode & (FMODE_READ | unusual)) != FMODE_READ ||
	    (flags & (FMODE_EXEC | O_TRUNC | __O_TMPFILE)))
		return 0;
	return type == S_IFDIR ? CF_RIGHT_LIST : CF_RIGHT_READ;
}

/* The same of an open file, and of a descriptor that comes from elsewhere. */
static __always_inline __u32 cf_wanted_of_file(struct file *file)
{
	return cf_wanted_of(file->f_mode, file->f_flags, file->f_inode);
}

/* Is it one of the devices that hold nothing, and are everybody's? */
static __always_inline bool cf_is_everybodys(struct file *file, __u32 wanted)
{
	return cf_is_plain_device(file->f_inode->i_mode, file->f_inode->i_rdev) &&
	       !(wanted & ~CF_RIGHTS_DEVICE);
}

/*
 * May this descriptor be from before the task was confined? One that was moved in
 * holds what it opened by nobody's leave; what `run` starts has only what was judged.
 */
static __always_inline bool cf_may_be_unjudged(const struct cf_label *label,
					       const struct inode *inode)
{
	const __u32 mode = inode->i_mode, type = mode & S_IFMT;

	return !(label->flags & CF_LABEL_LAUNCHED) &&
	       (type == S_IFREG || type == S_IFDIR || cf_is_device(mode)) &&
	       !cf_is_plain_device(mode, inode->i_rdev) && !cf_is_terminal(mode, inode->i_rdev);
}

static __always_inline bool cf_is_unlinked(struct inode *inode)
{
	barrier(); /* what was read before this was read before */
	return !inode->i_nlink;
}

/* Removed, and held by descriptors only. One that is empty shows nothing: what overlayfs copies to begins so. */
static __always_inline bool cf_is_nameless(struct inode *inode)
{
	return cf_is_unlinked(inode) && (inode->i_mode & S_IFMT) == S_IFREG && inode->i_size > 0;
}

/**
 * cf_judge_named() - as cf_judge(), but the file must have a name
 * @reason: enum cf_reason, if it has none
 *
 * A file that was removed since it was looked up lay somewhere then; its
 * directory may have moved from there, and tells nothing. So the name is
 * looked for after the walk. Memory files never had one.
 *
 * Return: as cf_conclude()
 */
static __always_inline int cf_judge_named(struct cf_task *task, __u32 op, struct file *file,
					  __u32 wanted, __u32 reason)
{
	struct cf_object *object = &task->scratch.objects[0];
	struct inode *inode = file->f_inode;

	if (cf_cache_allows(task, file->f_path.dentry, op, wanted) && !cf_is_nameless(inode))
		return 0;
	cf_gather(task, 0, file->f_path.dentry, 0);
	if (cf_is_nameless(inode) && object->class == CF_ZONE_NONE)
		cf_overrule(object, wanted, reason);
	return cf_conclude(task, op, wanted, 0);
}

/* A name of an inode. A flavour: vmlinux.h has no embedded unions. */
struct dentry___alias {
	union {
		struct hlist_node d_alias;
	} d_u;
} __attribute__((preserve_access_index));

/* Locates and weighs an inode by a name that it has; false: it has none that is known. */
static __always_inline bool cf_gather_inode(struct cf_task *task, __u64 address)
{
	struct cf_object *object = &task->scratch.objects[0];
	const struct inode *inode = (const struct inode *)address;
	struct dentry___alias *flavour = NULL;
	__u64 alias = (__u64)BPF_CORE_READ(inode, i_dentry.first);

	/* Kernels that keep names otherwise show the real files themselves. */
	if (!alias || !bpf_core_field_exists(flavour->d_u.d_alias))
		return false;
	object->dentry = alias - bpf_core_field_offset(struct dentry___alias, d_u.d_alias);
	cf_need(object, cf_weigh(task, 0, 0));
	return true;
}

/**
 * cf_judge_inode() - judge an inode by a name that it has, for want of the one it was reached by
 *
 * On 6.1 a stacked filesystem (overlayfs) opens the real inode by its own path:
 * the file's inode is then not its dentry's. Any name tells the object.
 *
 * Return: as cf_conclude()
 */
static __always_inline int cf_judge_inode(struct cf_task *task, __u32 op, __u64 address,
					  __u32 wanted)
{
	if (!cf_gather_inode(task, address))
		return cf_refuse(task, op, CF_REASON_DISCONNECTED);
	return cf_conclude(task, op, wanted, 0);
}

/* On a directory the set-group-ID bit only hands its group down. */
static __always_inline bool cf_sets_id(__u32 mode)
{
	return !S_ISDIR(mode) && (mode & (S_ISUID | S_ISGID));
}

#endif /* CF_JUDGE_BPF_H */
