// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is behind this descriptor, as the kernel sees it? For the daemon's own
 * O_PATH descriptors: stat(2) does not tell a superblock, and lies on
 * overlayfs and btrfs.
 *
 * iter/task_file (kernel/bpf/task_iter.c), in 6.1. Only the daemon runs it.
 */
#include "maps.bpf.h"

SEC("iter/task_file")
int cf_identify(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct cf_identity record = {};
	struct dentry *dentry, *parent;
	struct super_block *sb;
	struct inode *inode;
	const __u8 *text;
	__u32 level;

	if (!task || !file || (__u32)task->tgid != cf_daemon_tgid || ctx->fd < cf_identify_first ||
	    ctx->fd > cf_identify_last)
		return 0;
	dentry = file->f_path.dentry;
	sb = dentry->d_sb;
	record.superblock = (__u64)sb;
	record.magic = sb->s_magic;
	record.dev = sb->s_dev;
	record.fd = ctx->fd;
	for (level = 0; level < CF_MAX_DEPTH; level++) {
		inode = dentry->d_inode;
		if (!inode)
			return 0;
		parent = dentry->d_parent;
		text = dentry->d_name.name;
		record.level = level;
		record.ino = inode->i_ino;
		record.generation = inode->i_generation;
		record.mode = inode->i_mode;
		record.nlink = inode->i_nlink;
		record.is_root = dentry == sb->s_root;
		record.name_length = dentry->d_name.len;
		__builtin_memset(record.name, 0, sizeof(record.name));
		if (bpf_probe_read_kernel_str(record.name, sizeof(record.name), text) < 0)
			return 0;
		if (bpf_seq_write(ctx->meta->seq, &record, sizeof(record)))
			return 0;
		if (record.is_root || parent == dentry)
			return 0;
		dentry = parent;
	}
	return 0;
}
