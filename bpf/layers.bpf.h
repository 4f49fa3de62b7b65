/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What lies below a file of a stacked filesystem, and above one. A file of
 * overlayfs is judged where it is seen and where it lies; most calls reach the
 * layer by a hook of its own, and what does not (a descriptor that is handed
 * over or changed, pages that are mapped already) looks for it here.
 *
 * The layer's file knows where it is seen: by its own path until 6.7, since then
 * by the user's, behind the file itself. That tells it from anything else; the
 * bit in f_mode that does so for the kernel is another from release to release.
 *
 * Source: fs/overlayfs/file.c, fs/file_table.c, fs/backing-file.c
 */
#ifndef CF_LAYERS_BPF_H
#define CF_LAYERS_BPF_H

#include "judge.bpf.h"

/* A stacked filesystem's own files; kernels before 6.5 have no such type. */
struct backing_file {
	struct file file;
	struct path user_path; /* since 6.8 */
} __attribute__((preserve_access_index));

static __always_inline bool cf_is_stacked(const struct dentry *dentry)
{
	return dentry->d_sb->s_magic == OVERLAYFS_SUPER_MAGIC;
}

static __always_inline bool cf_has_user_path(void)
{
	const struct backing_file *backing = NULL;

	return bpf_core_field_exists(backing->user_path);
}

/* Is it the layer's file of what is seen there? */
static __always_inline bool cf_is_layer_of(__u64 address, const struct dentry *seen)
{
	const struct backing_file *backing = (const struct backing_file *)address;
	const struct file *file = (const struct file *)address;

	if (cf_has_user_path())
		return BPF_CORE_READ(backing, user_path.dentry) == seen;
	return BPF_CORE_READ(file, f_path.dentry) == seen;
}

/* What overlayfs keeps of an open directory, as far as is needed: struct ovl_dir_file, fs/overlayfs/readdir.c */
struct cf_overlay_directory {
	__u8 is_real, is_upper;
	__u64 cache, cursor;
	__u64 file; /* of the uppermost layer that has it; those below are opened when they are read */
};

static __always_inline __u64 cf_layer_directory(__u64 private)
{
	struct cf_overlay_directory directory = {};
	const struct file *file;

	if (bpf_probe_read_kernel(&directory, sizeof(directory), (const void *)private))
		return 0;
	file = (const struct file *)directory.file;
	return S_ISDIR(BPF_CORE_READ(file, f_inode, i_mode)) ? directory.file : 0;
}

/* The layer's file of one of overlayfs: its private data, or since 6.13 what that begins with; 0: neither. */
static __always_inline __u64 cf_layer_file(struct file *file)
{
	const __u64 private = (__u64)BPF_CORE_READ(file, private_data);
	const struct dentry *seen = file->f_path.dentry;
	__u64 first = 0;

	if (S_ISDIR(file->f_inode->i_mode))
		return cf_layer_directory(private);
	if (cf_is_layer_of(private, seen))
		return private;
	if (bpf_probe_read_kernel(&first, sizeof(first), (const void *)private) ||
	    !cf_is_layer_of(first, seen))
		return 0;
	return first;
}

/* Locates and weighs what the layer's file is; false: it cannot be told. */
static __always_inline bool cf_gather_layer(struct cf_task *task, struct file *file)
{
	struct cf_object *object = &task->scratch.objects[0];
	const struct file *layer = (const struct file *)cf_layer_file(file);
	const __u64 inode = (__u64)BPF_CORE_READ(layer, f_inode);
	const struct dentry *dentry = BPF_CORE_READ(layer, f_path.dentry);

	if (!inode)
		return false;
	if ((__u64)BPF_CORE_READ(dentry, d_inode) != inode) /* it bears the path above */
		return cf_gather_inode(task, inode);
	object->dentry = (__u64)dentry;
	cf_need(object, cf_weigh(task, 0, 0));
	return true;
}

/**
 * cf_judge_file() - as cf_judge(), of an open file, and of what lies below it
 *
 * For what reaches the layer by no hook.
 *
 * Return: as cf_conclude()
 */
static __always_inline int cf_judge_file(struct cf_task *task, __u32 op, struct file *file,
					 __u32 wanted)
{
	struct dentry *dentry = file->f_path.dentry;
	int r = cf_judge(task, op, dentry, wanted);

	if (r || !wanted || !cf_is_stacked(dentry))
		return r;
	if (!cf_gather_layer(task, file))
		return cf_refuse(task, op, CF_REASON_DISCONNECTED);
	return cf_conclude(task, op, wanted, 0);
}

/*
 * Where the user of a layer's file sees it; 0: it is none. Behind a file that is
 * none lies anything, or nothing: what is no dentry of such a filesystem is not meant.
 */
static __always_inline __u64 cf_seen_dentry(const struct file *file)
{
	const struct backing_file *backing = (const struct backing_file *)file;
	const struct dentry *seen;
	__u64 magic;

	if (!cf_has_user_path())
		return 0;
	seen = BPF_CORE_READ(backing, user_path.dentry);
	magic = BPF_CORE_READ(seen, d_sb, s_magic);
	return magic == OVERLAYFS_SUPER_MAGIC || magic == FUSE_SUPER_MAGIC ? (__u64)seen : 0;
}

#endif /* CF_LAYERS_BPF_H */
