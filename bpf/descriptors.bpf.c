// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it do this with a descriptor that it has, or be handed this one? Requests
 * of ioctl(2), file status flags, watches, received descriptors.
 *
 * Hooks: lsm/file_ioctl, lsm/file_ioctl_compat (fs/ioctl.c; the latter not in
 * kernels of 6.1 without a backport), lsm/file_fcntl (fs/fcntl.c),
 * lsm/path_notify (fs/notify), lsm/file_receive (fs/file.c),
 * lsm/file_permission (fs/read_write.c, fs/readdir.c, fs/open.c).
 *
 * The confined side chooses request numbers: one that is not known is refused
 * on files and directories, as filesystems have requests that copy, swap and
 * snapshot. Reads and writes on an open descriptor are not judged again, but for
 * descriptors from before a task was confined; the
 * modes of fallocate(2) and pwritev2(2) are the seccomp filter's, which `run` sets.
 */
#include "anonymous.bpf.h"
#include "layers.bpf.h"

/* include/uapi/asm-generic/ioctls.h, include/uapi/linux/fs.h, fiemap.h, falloc.h: what the cases name */
#define TCGETS		     0x5401
#define TCGETS2		     0x802C542A
#define TIOCGPGRP	     0x540F
#define TIOCSTI		     0x5412
#define TIOCGWINSZ	     0x5413
#define TIOCLINUX	     0x541C
#define TIOCCONS	     0x541D
#define TIOCSETD	     0x5423
#define FIONREAD	     0x541B
#define FIONBIO		     0x5421
#define FIONCLEX	     0x5450
#define FIOCLEX		     0x5451
#define FIOASYNC	     0x5452
#define FIOQSIZE	     0x5460
#define FIGETBSZ	     0x00000002
#define FS_IOC_FIEMAP	     0xC020660B
#define FICLONE		     0x40049409
#define FICLONERANGE	     0x4020940D
#define FIDEDUPERANGE	     0xC0189436
#define FS_IOC_GETFLAGS	     0x80086601
#define FS_IOC32_GETFLAGS    0x80046601
#define FS_IOC_SETFLAGS	     0x40086602
#define FS_IOC32_SETFLAGS    0x40046602
#define FS_IOC_GETVERSION    0x80087601
#define FS_IOC_FSGETXATTR    0x801C581F
#define FS_IOC_FSSETXATTR    0x401C5820
#define FS_IOC_GETFSLABEL    0x81009431
#define FS_IOC_GETFSUUID     0x80111500
#define FS_IOC_RESVSP	     0x40305828
#define FS_IOC_RESVSP64	     0x4030582A
#define FS_IOC_UNRESVSP	     0x40305829
#define FS_IOC_UNRESVSP64    0x4030582B
#define FS_IOC_ZERO_RANGE    0x40305839
#define FS_IOC_ENABLE_VERITY 0x40806685

/* What a request on a file or directory asks for beyond the descriptor; -1: it is not known. */
static __always_inline int wanted_of_request(__u32 request)
{
	switch (request) {
	case TCGETS: /* isatty(3) asks everything */
	case TCGETS2:
	case TIOCGPGRP:
	case TIOCGWINSZ:
	case FIONREAD:
	case FIONBIO:
	case FIONCLEX:
	case FIOCLEX:
	case FIOASYNC:
	case FIOQSIZE:
	case FIGETBSZ:
	case FS_IOC_FIEMAP:
	case FS_IOC_GETFLAGS:
	case FS_IOC32_GETFLAGS:
	case FS_IOC_GETVERSION:
	case FS_IOC_FSGETXATTR:
	case FS_IOC_GETFSLABEL:
	case FS_IOC_GETFSUUID:
	case FICLONE: /* bytes into a descriptor that is open for writing; never O_APPEND, never shorter */
	case FICLONERANGE:
	case FIDEDUPERANGE:
	case FS_IOC_RESVSP:
	case FS_IOC_RESVSP64:
		return 0;
	case FS_IOC_SETFLAGS:
	case FS_IOC32_SETFLAGS:
	case FS_IOC_FSSETXATTR:
	case FS_IOC_ENABLE_VERITY:
		return CF_RIGHT_METADATA;
	case FS_IOC_UNRESVSP:
	case FS_IOC_UNRESVSP64:
	case FS_IOC_ZERO_RANGE:
		return CF_RIGHT_WRITE | CF_RIGHT_DELETE;
	default:
		return -1;
	}
}

static __always_inline int judge_ioctl(struct cf_task *task, struct file *file, __u32 request)
{
	struct dentry *dentry = file->f_path.dentry;
	const __u32 mode = file->f_inode->i_mode;
	int wanted;

	switch (request) {
	case TIOCSTI: /* typing into a terminal that others read */
	case TIOCLINUX:
	case TIOCCONS: /* what is written to the console comes here */
	case TIOCSETD: /* a line discipline of another driver's */
		return cf_judge_refused(task, CF_OP_IOCTL, dentry, CF_RIGHT_IOCTL,
					CF_REASON_KERNEL_SURFACE);
	}
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		/* Memory files, and from 6.17 on what has no name: nothing behind it is a file's. */
		if (dentry->d_sb->s_flags & SB_KERNMOUNT)
			return 0;
		wanted = wanted_of_request(request);
		if (wanted < 0)
			return cf_judge_refused(task, CF_OP_IOCTL, dentry, CF_RIGHT_IOCTL,
						CF_REASON_REQUEST);
		return cf_judge_file(task, CF_OP_IOCTL, file, wanted);
	case S_IFCHR:
	case S_IFBLK:
		/* A terminal that is held was handed over at the start, or judged since. */
		if (cf_is_plain_device(mode, file->f_inode->i_rdev) ||
		    cf_is_terminal(mode, file->f_inode->i_rdev))
			return 0;
		return cf_judge(task, CF_OP_IOCTL, dentry, CF_RIGHT_IOCTL);
	default: /* pipes, sockets, and what has no name */
		return 0;
	}
}

SEC("lsm/file_ioctl")
int BPF_PROG(cf_ioctl, struct file *file, unsigned int request, unsigned long argument, int ret)
{
	if (request == TIOCSPTLCK)
		cf_claim_terminal(file);
	return CF_IF_CONFINED(ret, judge_ioctl(task, file, request));
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(cf_ioctl_compat, struct file *file, unsigned int request, unsigned long argument,
	     int ret)
{
	if (request == TIOCSPTLCK)
		cf_claim_terminal(file);
	return CF_IF_CONFINED(ret, judge_ioctl(task, file, request));
}

/* A file that may only grow at its end stays open for that: O_APPEND is not cleared. */
static __always_inline int judge_flags(struct cf_task *task, struct file *file, unsigned long flags)
{
	if (!(file->f_mode & FMODE_WRITE) || !(file->f_flags & O_APPEND) || (flags & O_APPEND))
		return 0;
	return cf_judge_file(task, CF_OP_FCNTL, file, CF_RIGHT_WRITE);
}

SEC("lsm/file_fcntl")
int BPF_PROG(cf_fcntl, struct file *file, unsigned int command, unsigned long argument, int ret)
{
	if (command != F_SETFL)
		return ret;
	return CF_IF_CONFINED(ret, judge_flags(task, file, argument));
}

/* A watch tells names and the times of accesses. Of a whole mount or filesystem it tells everybody's. */
static __always_inline int judge_watch(struct cf_task *task, const struct path *path,
				       unsigned int type)
{
	struct dentry *dentry = path->dentry;
	struct inode *inode = dentry->d_inode;
	__u32 wanted = inode && S_ISDIR(inode->i_mode) ? CF_RIGHT_LIST : CF_RIGHT_READ;

	if (dentry->d_sb->s_magic == DEVPTS_SUPER_MAGIC)
		wanted |= CF_RIGHT_READ; /* the times of others' keystrokes */
	if (type != FSNOTIFY_OBJ_TYPE_INODE)
		return cf_judge_refused(task, CF_OP_WATCH, dentry, wanted,
					CF_REASON_KERNEL_SURFACE);
	return cf_judge(task, CF_OP_WATCH, dentry, wanted);
}

SEC("lsm/path_notify")
int BPF_PROG(cf_notify, const struct path *path, __u64 mask, unsigned int type, int ret)
{
	return CF_IF_CONFINED(ret, judge_watch(task, path, type));
}

/*
 * An anonymous inode's descriptor is a handle to something of the kernel's: a
 * ring with another process's files in it, a map, a trace. Few are harmless.
 */
static __always_inline int judge_handle(struct cf_task *task, struct dentry *dentry)
{
	union cf_anonymous_name name;

	if (cf_read_anonymous(&name, dentry->d_name.name) < 0)
		return cf_refuse(task, CF_OP_RECEIVE, CF_REASON_UNREADABLE);
	if (cf_is_bare_signal(&name))
		return 0;
	return cf_refuse(task, CF_OP_RECEIVE,
			 cf_is_io_uring(&name) ? CF_REASON_IO_URING : CF_REASON_KERNEL_SURFACE);
}

/* Opening /dev/tty or /dev/ptmx gives nobody else's terminal, but this one was opened by another. */
static __always_inline int judge_terminal(struct cf_task *task, struct file *file, __u32 wanted)
{
	struct cf_object *object = &task->scratch.objects[0];
	const __u64 terminal = cf_terminal_behind(file);

	if (!terminal)
		return cf_judge_refused(task, CF_OP_RECEIVE, file->f_path.dentry, wanted,
					CF_REASON_DEVICE);
	object->dentry = terminal;
	cf_need(object, cf_weigh(task, 0, 0));
	return cf_conclude(task, CF_OP_RECEIVE, wanted, 0);
}

/* What another process hands over is judged as if it were opened here; a bare O_PATH gives nothing. */
static __always_inline int judge_received(struct cf_task *task, struct file *file)
{
	const __u32 wanted = cf_wanted_of_file(file);
	struct dentry *dentry = file->f_path.dentry;

	if (file->f_mode & FMODE_PATH)
		return 0;
	if (cf_stands_for_terminal(file->f_inode->i_mode, file->f_inode->i_rdev))
		return judge_terminal(task, file, wanted);
	if (cf_is_everybodys(file, wanted))
		return 0;
	if (dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC)
		return judge_handle(task, dentry);
	return cf_judge_file(task, CF_OP_RECEIVE, file, wanted);
}

/* A file that has lost its name is judged where it had it: its owner must be able to go on with it. */
static __always_inline int judge_use(struct cf_task *task, struct file *file, int mask)
{
	__u32 wanted = 0;

	if (!cf_may_be_unjudged(&task->label, file->f_inode))
		return 0;
	if (mask & MAY_WRITE)
		wanted |= file->f_flags & O_APPEND ? CF_RIGHT_APPEND : CF_RIGHT_WRITE;
	if (mask & MAY_READ)
		wanted |= S_ISDIR(file->f_inode->i_mode) ? CF_RIGHT_LIST : CF_RIGHT_READ;
	return cf_judge_file(task, CF_OP_USE, file, wanted);
}

/* Attached only while such a task lives: userspace/kernel/held.c. */
SEC("lsm/file_permission")
int BPF_PROG(cf_use, struct file *file, int mask, int ret)
{
	return CF_IF_CONFINED(ret, judge_use(task, file, mask));
}

SEC("lsm/file_receive")
int BPF_PROG(cf_receive, struct file *file, int ret)
{
	return CF_IF_CONFINED(ret, judge_received(task, file));
}
