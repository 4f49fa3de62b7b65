// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it make a user namespace, may it mount, may it use bpf(2)? By the policy's `namespaces`
 * word; a mount moves no verdict in any case, as zones are found by dentries.
 *
 * Hooks: lsm/userns_create (kernel/user_namespace.c), lsm/sb_mount and
 * lsm/move_mount, lsm/sb_umount, lsm/sb_remount, lsm/sb_pivotroot and
 * lsm/sb_kern_mount (fs/namespace.c, fs/super.c), lsm/bpf
 * (kernel/bpf/syscall.c). All in 6.1; lsm/bpf has a fourth argument on 7.2,
 * which is not read. mount_setattr(2) has no hook: an agent that is root in the
 * host's mount namespace can change mounts' flags, which moves no verdict.
 */
#include "verdict.bpf.h"

static __always_inline bool may_have_namespaces(const struct cf_task *task)
{
	const struct cf_domain *domain = cf_domain_of(task->label.agent);

	return domain && (domain->flags & CF_DOMAIN_NAMESPACES);
}

SEC("lsm/userns_create")
int BPF_PROG(cf_userns, const struct cred *cred, int ret)
{
	struct cf_task *task = NULL;
	enum cf_asker asker;

	if (ret)
		return ret;
	asker = cf_asking(&task);
	if (asker == CF_ASKER_FREE)
		return 0;
	if (asker != CF_ASKER_CONFINED || !task)
		return -EPERM;
	if (may_have_namespaces(task))
		return 0;
	return cf_clamp(cf_refuse(task, CF_OP_USERNS, CF_REASON_NAMESPACES));
}

/* Mounts are the agent's own affair in a mount namespace of its own; in the host's they are refused. */
static __always_inline bool may_mount(const struct cf_task *task)
{
	struct task_struct *current = bpf_get_current_task_btf();

	return may_have_namespaces(task) && current->nsproxy->mnt_ns->user_ns->level > 0;
}

static __always_inline int judge_mount(void)
{
	struct cf_task *task = NULL;
	enum cf_asker asker = cf_asking(&task);

	if (asker == CF_ASKER_FREE)
		return 0;
	if (asker != CF_ASKER_CONFINED || !task)
		return -EPERM;
	if (may_mount(task))
		return 0;
	return cf_clamp(cf_refuse(task, CF_OP_MOUNT, CF_REASON_NAMESPACES));
}

SEC("lsm/sb_mount")
int BPF_PROG(cf_sb_mount, const char *device, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	return ret ? ret : judge_mount();
}

SEC("lsm/move_mount")
int BPF_PROG(cf_move_mount, const struct path *from, const struct path *to, int ret)
{
	return ret ? ret : judge_mount();
}

SEC("lsm/sb_umount")
int BPF_PROG(cf_umount, struct vfsmount *mount, int flags, int ret)
{
	return ret ? ret : judge_mount();
}

SEC("lsm/sb_remount")
int BPF_PROG(cf_remount, struct super_block *sb, void *options, int ret)
{
	return ret ? ret : judge_mount();
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(cf_pivotroot, const struct path *from, const struct path *to, int ret)
{
	return ret ? ret : judge_mount();
}

/* A new tmpfs is the agent's own; other filesystems would bring foreign contents under its rule. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(cf_kern_mount, struct super_block *sb, int ret)
{
	struct cf_superblock entry = {}, *known;
	struct cf_task *task = NULL;
	enum cf_asker asker;
	__u32 dev;

	if (ret)
		return ret;
	asker = cf_asking(&task);
	if (asker == CF_ASKER_FREE)
		return 0;
	if (asker != CF_ASKER_CONFINED || !task)
		return -EPERM;
	if (!may_mount(task))
		return cf_clamp(cf_refuse(task, CF_OP_MOUNT, CF_REASON_NAMESPACES));
	dev = sb->s_dev;
	switch (sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return 0;
	case TMPFS_MAGIC:
		known = bpf_map_lookup_elem(&cf_superblocks, &dev);
		if (known && known->address == (__u64)sb)
			return 0;
		entry.address = (__u64)sb;
		entry.zone = CF_ZONE_OWN;
		entry.owner = task->label.agent;
		if (bpf_map_update_elem(&cf_superblocks, &dev, &entry, BPF_ANY))
			return cf_clamp(cf_refuse(task, CF_OP_MOUNT, CF_REASON_TABLE_FULL));
		__sync_fetch_and_add(&cf_topology, 1);
		return 0;
	default:
		return cf_clamp(cf_refuse(task, CF_OP_MOUNT, CF_REASON_MOUNT_TYPE));
	}
}

/* An agent that is root could read and write our maps by their ids: no bpf(2) at all. */
SEC("lsm/bpf")
int BPF_PROG(cf_bpf, int command, void *attributes, unsigned int size)
{
	struct cf_task *task = NULL;
	enum cf_asker asker = cf_asking(&task);

	if (asker == CF_ASKER_FREE)
		return 0;
	if (asker != CF_ASKER_CONFINED || !task)
		return -EPERM;
	return cf_clamp(cf_refuse(task, CF_OP_BPF, CF_REASON_KERNEL_SURFACE));
}
