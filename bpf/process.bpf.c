// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it make a user namespace, may it mount? By the policy's `namespaces`
 * word; a mount moves no verdict in any case, as zones are found by dentries.
 * May it use bpf(2), io_uring, userfaultfd? The first and the last never.
 *
 * Hooks: lsm/userns_create (kernel/user_namespace.c), lsm/sb_mount and
 * lsm/move_mount, lsm/sb_umount, lsm/sb_remount, lsm/sb_pivotroot and
 * lsm/sb_kern_mount (fs/namespace.c, fs/super.c), lsm/bpf
 * (kernel/bpf/syscall.c), lsm/inode_init_security_anon (fs/anon_inodes.c). All
 * in 6.1; lsm/bpf has a fourth argument on 7.2, which is not read. mount_setattr(2) has no hook: an agent that is root in the
 * host's mount namespace can change mounts' flags, which moves no verdict.
 */
#include "anonymous.bpf.h"
#include "judge.bpf.h"

static __always_inline bool may_have_namespaces(const struct cf_task *task)
{
	const struct cf_domain *domain = cf_domain_of(task->label.agent);

	return domain && (domain->flags & CF_DOMAIN_NAMESPACES);
}

SEC("lsm/userns_create")
int BPF_PROG(cf_userns, const struct cred *cred, int ret)
{
	return CF_IF_CONFINED(ret, may_have_namespaces(task)
					   ? 0
					   : cf_refuse(task, CF_OP_USERNS, CF_REASON_NAMESPACES));
}

/* Mounts are the agent's own affair in a mount namespace of its own; in the host's they are refused. */
static __always_inline bool may_mount(const struct cf_task *task)
{
	struct task_struct *current = bpf_get_current_task_btf();

	return may_have_namespaces(task) && current->nsproxy->mnt_ns->user_ns->level > 0;
}

static __always_inline int judge_mount(struct cf_task *task)
{
	return may_mount(task) ? 0 : cf_refuse(task, CF_OP_MOUNT, CF_REASON_NAMESPACES);
}

/*
 * An outsider is about to move a mount: what is on it, and on those below it, has
 * other zones then, or may have. All that is mounted on something is denied until
 * the daemon, which is woken by a record of no content, has looked again.
 */
static __always_inline void begin_move(void)
{
	struct task_struct *asking = bpf_get_current_task_btf();
	struct cf_label label = {};
	void *nothing;

	if (!cf_agents_live ||
	    (!cf_is_free(asking) && cf_label_of(asking, &label) == CF_ASKER_CONFINED))
		return;
	__sync_fetch_and_add(&cf_moves_begun, 1);
	__sync_fetch_and_add(&cf_topology, 1);
	nothing = bpf_ringbuf_reserve(&cf_denials, 8, 0);
	if (nothing) /* a full ring wakes it as well */
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

SEC("lsm/sb_mount")
int BPF_PROG(cf_sb_mount, const char *device, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	ret = CF_IF_CONFINED(ret, judge_mount(task));
	if (!ret && (flags & MS_MOVE))
		begin_move();
	return ret;
}

/* One that is mounted nowhere yet is new, and not classified. */
static __always_inline bool is_mounted(struct vfsmount *mount)
{
	struct mount *real =
		(struct mount *)((__u64)mount - bpf_core_field_offset(struct mount, mnt));

	return BPF_CORE_READ(real, mnt_parent) != real;
}

SEC("lsm/move_mount")
int BPF_PROG(cf_move_mount, const struct path *from, const struct path *to, int ret)
{
	ret = CF_IF_CONFINED(ret, judge_mount(task));
	if (!ret && is_mounted(from->mnt))
		begin_move();
	return ret;
}

SEC("lsm/sb_umount")
int BPF_PROG(cf_umount, struct vfsmount *mount, int flags, int ret)
{
	return CF_IF_CONFINED(ret, judge_mount(task));
}

SEC("lsm/sb_remount")
int BPF_PROG(cf_remount, struct super_block *sb, void *options, int ret)
{
	return CF_IF_CONFINED(ret, judge_mount(task));
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(cf_pivotroot, const struct path *from, const struct path *to, int ret)
{
	return CF_IF_CONFINED(ret, judge_mount(task));
}

/* Enters a superblock that this agent mounts as its own. */
static __always_inline int enter_own(struct cf_task *task, struct super_block *sb)
{
	struct cf_superblock entry = {}, *known;
	__u32 dev = sb->s_dev;

	known = bpf_map_lookup_elem(&cf_superblocks, &dev);
	if (known && known->address == (__u64)sb)
		return 0;
	entry.address = (__u64)sb;
	entry.zone = CF_ZONE_OWN;
	entry.owner = task->label.agent;
	if (bpf_map_update_elem(&cf_superblocks, &dev, &entry, BPF_ANY))
		return cf_refuse(task, CF_OP_MOUNT, CF_REASON_TABLE_FULL);
	__sync_fetch_and_add(&cf_topology, 1);
	return 0;
}

/* A new tmpfs is the agent's own; other filesystems would bring foreign contents under its rule. */
static __always_inline int judge_new_mount(struct cf_task *task, struct super_block *sb)
{
	if (!may_mount(task))
		return cf_refuse(task, CF_OP_MOUNT, CF_REASON_NAMESPACES);
	switch (sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return 0;
	case TMPFS_MAGIC:
		return enter_own(task, sb);
	default:
		return cf_refuse(task, CF_OP_MOUNT, CF_REASON_MOUNT_TYPE);
	}
}

SEC("lsm/sb_kern_mount")
int BPF_PROG(cf_kern_mount, struct super_block *sb, int ret)
{
	return CF_IF_CONFINED(ret, judge_new_mount(task, sb));
}

/* An agent that is root could read and write our maps by their ids: no bpf(2) at all. */
SEC("lsm/bpf")
int BPF_PROG(cf_bpf, int command, void *attributes, unsigned int size)
{
	return CF_IF_CONFINED(0, cf_refuse(task, CF_OP_BPF, CF_REASON_KERNEL_SURFACE));
}

/*
 * A ring's operations are judged as the system calls are, but no seccomp filter
 * sees them. userfaultfd stops the kernel in the middle of a copy, which races need.
 */
static __always_inline int judge_anonymous(struct cf_task *task, const struct qstr *source)
{
	const struct cf_domain *domain = cf_domain_of(task->label.agent);
	union cf_anonymous_name name;

	if (cf_read_anonymous(&name, source->name) < 0)
		return cf_refuse(task, CF_OP_IO_URING, CF_REASON_UNREADABLE);
	if (cf_is_userfaultfd(&name))
		return cf_refuse(task, CF_OP_USERFAULTFD, CF_REASON_KERNEL_SURFACE);
	if (!cf_is_io_uring(&name) || (domain && (domain->flags & CF_DOMAIN_IO_URING)))
		return 0;
	return cf_refuse(task, CF_OP_IO_URING, CF_REASON_IO_URING);
}

SEC("lsm/inode_init_security_anon")
int BPF_PROG(cf_anonymous, struct inode *inode, const struct qstr *name,
	     const struct inode *context, int ret)
{
	return CF_IF_CONFINED(ret, judge_anonymous(task, name));
}
