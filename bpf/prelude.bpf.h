/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every .bpf.c includes first: kernel types, libbpf's helpers, and the
 * kernel macros that BTF does not carry, each with the header it is from.
 */
#ifndef CF_PRELUDE_BPF_H
#define CF_PRELUDE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <asm-generic/errno.h>
#include <linux/magic.h>

#include "abi.h"

/* include/uapi/linux/bpf.h: its members are unnamed, which BTF cannot tell */
struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* include/uapi/linux/stat.h */
#define S_IFMT	      00170000
#define S_IFLNK	      0120000
#define S_IFREG	      0100000
#define S_IFBLK	      0060000
#define S_IFDIR	      0040000
#define S_ISUID	      0004000
#define S_ISGID	      0002000
#define S_IROTH	      0000004
#define S_IFCHR	      0020000
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
#define S_CASEFOLD    (1 << 15) /* of i_flags: include/linux/fs.h */

/* include/linux/fs.h */
#define MAY_WRITE    0x2
#define MAY_READ     0x4
#define FMODE_READ   0x1
#define FMODE_WRITE  0x2
#define FMODE_EXEC   0x20
#define FMODE_PATH   0x4000
#define ATTR_MODE    (1U << 0)
#define ATTR_SIZE    (1U << 3)
#define ATTR_FORCE   (1U << 9)
#define SB_KERNMOUNT (1UL << 22)

/* include/uapi/asm-generic/fcntl.h, mman-common.h, include/uapi/linux/mman.h */
#define O_APPEND    00002000
#define O_TRUNC	    00001000
#define __O_TMPFILE 020000000
#define F_SETFL	    4
#define PROT_WRITE  0x2
#define PROT_EXEC   0x4
/* include/uapi/linux/mount.h */
#define MS_MOVE 0x2000
/* include/linux/fsnotify_backend.h: enum fsnotify_obj_type */
#define FSNOTIFY_OBJ_TYPE_INODE 0
/* include/linux/mm.h */
#define VM_SHARED  0x8
#define MAP_SHARED 0x01 /* MAP_SHARED_VALIDATE has this bit, too */

/* include/linux/socket.h, include/linux/net.h, include/uapi/linux/in.h, netlink.h */
#define AF_UNSPEC     0
#define AF_UNIX	      1
#define AF_INET	      2
#define AF_INET6      10
#define AF_NETLINK    16
#define SOCK_STREAM   1
#define SOCK_DGRAM    2
#define IPPROTO_IP    0
#define IPPROTO_TCP   6
#define IPPROTO_UDP   17
#define NETLINK_ROUTE 0

/* fs/fuse/control.c, fs/configfs/mount.c, fs/mqueue: not in uapi/linux/magic.h of Debian 12 */
#define CF_MAGIC_FUSECTL  0x65735543
#define CF_MAGIC_CONFIGFS 0x62656570
#define CF_MAGIC_MQUEUE	  0x19800202

/* For tests of races: time in which others may change what was just read. tests/races/run sets it. */
#ifdef CF_TEST_DELAY
static long __attribute__((unused)) cf_wait_a_step(__u32 i, void *context)
{
	return 0;
}
#define cf_test_delay() bpf_loop(CF_TEST_DELAY, cf_wait_a_step, NULL, 0)
#else
#define cf_test_delay() \
	do {            \
	} while (0)
#endif

/* For tests: task storage whose helper fails, one time in CF_TEST_FAULTS, for a task of this name. */
#ifdef CF_TEST_FAULTS
static __noinline bool __attribute__((unused)) cf_fails_now(void)
{
	__u64 name[2] = {};

	(void)bpf_get_current_comm(name, sizeof(name));
	return name[0] == 0x7265746e7568 /* "hunter" */ &&
	       bpf_get_prandom_u32() % CF_TEST_FAULTS == 0;
}
#define cf_storage_get(map, task, value, flags) \
	(cf_fails_now() ? NULL : bpf_task_storage_get(map, task, value, flags))
#else
#define cf_storage_get bpf_task_storage_get
#endif

/* Eight characters as the number that they are in memory: a string constant would be a map of its own. */
#define CF_WORD(a, b, c, d, e, f, g, h)                                                          \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | \
	 (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)

#endif /* CF_PRELUDE_BPF_H */
