// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which pseudo terminals are an agent's own. Who opens a master is told when it
 * is unlocked (descriptors.bpf.c), who is on one when it executes something.
 *
 * Hook: lsm/bprm_committed_creds (fs/exec.c). In 6.1.
 *
 * The confined side can claim only what it holds the master of. All reads are
 * probe reads through the driver's own pointers, which are NULL or another
 * driver's for what is no pseudo terminal: its major tells.
 *
 * Source: drivers/tty/pty.c: ptmx_open(), fs/devpts/inode.c: devpts_pty_new()
 */
#include "terminals.bpf.h"
#include "identity.bpf.h"

static __always_inline bool is_slave(struct tty_struct *tty)
{
	return cf_is_slave(BPF_CORE_READ(tty, driver, major));
}

/* The node of a pseudo terminal, of which @tty is either end; NULL: it is none. */
static __always_inline struct dentry *node_of(struct tty_struct *tty)
{
	struct tty_struct *other;

	if (!tty)
		return NULL;
	if (is_slave(tty))
		return (struct dentry *)BPF_CORE_READ(tty, driver_data);
	other = BPF_CORE_READ(tty, link);
	return other && is_slave(other) ? (struct dentry *)BPF_CORE_READ(other, driver_data) : NULL;
}

static __always_inline bool read_key(struct dentry *dentry, struct cf_object_key *ret_key)
{
	__builtin_memset(ret_key, 0, sizeof(*ret_key));
	if (!dentry)
		return false;
	ret_key->ino = BPF_CORE_READ(dentry, d_inode, i_ino);
	ret_key->dev = BPF_CORE_READ(dentry, d_sb, s_dev);
	return ret_key->ino != 0;
}

static __always_inline struct tty_struct *tty_of(struct file *file)
{
	struct tty_file_private *opened = (struct tty_file_private *)file->private_data;

	return opened ? BPF_CORE_READ(opened, tty) : NULL;
}

__hidden void cf_claim_terminal(struct file *file)
{
	const __u32 mode = file->f_inode->i_mode, rdev = file->f_inode->i_rdev;
	struct cf_object_key key;
	struct task_struct *asking = bpf_get_current_task_btf();
	struct cf_label label = {};

	if (!cf_stands_for_terminal(mode, rdev) || !read_key(node_of(tty_of(file)), &key))
		return;
	/* If it cannot be entered it cannot be opened by its name. */
	if (!cf_is_free(asking) && cf_label_of(asking, &label) == CF_ASKER_CONFINED)
		(void)bpf_map_update_elem(&cf_terminals, &key, &label.agent, BPF_ANY);
	else
		(void)bpf_map_delete_elem(&cf_terminals, &key);
}

__hidden bool cf_is_own_terminal(const struct cf_object *object, __u32 agent)
{
	const struct cf_object_key key = {.ino = object->ino, .dev = object->dev};
	struct task_struct *task = bpf_get_current_task_btf();
	const __u32 *owner;

	if (!cf_is_terminal(object->mode, object->rdev))
		return false;
	owner = bpf_map_lookup_elem(&cf_terminals, &key);
	return (owner && *owner == agent) ||
	       (__u64)node_of(BPF_CORE_READ(task, signal, tty)) == object->dentry;
}

/*
 * What a task has as its controlling terminal when it executes something is its
 * agent's: one of its own, or the one that it was started on. So processes that
 * have left the session may go on using it.
 */
SEC("lsm/bprm_committed_creds")
int BPF_PROG(cf_executed, const struct linux_binprm *bprm)
{
	struct task_struct *asking = bpf_get_current_task_btf();
	struct tty_struct *terminal;
	struct cf_label label = {};
	struct cf_object_key key;

	if (cf_is_free(asking))
		return 0;
	terminal = asking->signal->tty;
	if (terminal && cf_label_of(asking, &label) == CF_ASKER_CONFINED &&
	    read_key(node_of(terminal), &key))
		(void)bpf_map_update_elem(&cf_terminals, &key, &label.agent, BPF_ANY);
	return 0;
}

__hidden __u64 cf_terminal_behind(struct file *file)
{
	return (__u64)node_of(tty_of(file));
}
