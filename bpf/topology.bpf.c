// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where things are changes: superblocks go, directories move. What was found
 * before then no longer counts.
 *
 * Hooks: lsm/sb_delete (fs/super.c), lsm/task_free (kernel/fork.c),
 * fexit/vfs_rename (fs/namei.c). All in 6.1.
 */
#include "maps.bpf.h"

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
