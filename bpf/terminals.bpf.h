/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose is this terminal? What is typed into a pseudo terminal, passwords among
 * it, can be read by whoever opens it, so an agent has its own only: those that
 * it has made, a task's controlling one, and so the one that it was started on.
 */
#ifndef CF_TERMINALS_BPF_H
#define CF_TERMINALS_BPF_H

#include "maps.bpf.h"

/* include/uapi/linux/major.h, include/uapi/asm-generic/ioctls.h */
#define TTYAUX_MAJOR		5
#define UNIX98_PTY_SLAVE_MAJOR	136
#define UNIX98_PTY_SLAVE_MAJORS 8
#define TIOCSPTLCK		0x40045431

/**
 * cf_claim_terminal() - a pseudo terminal is about to be unlocked, by whomever
 * @file: any file; only an open master matters
 *
 * No terminal can be opened before that (drivers/tty/pty.c: pty_open()), so
 * its number, which may have been another's before, is told anew in time. An
 * outsider's terminal is in no table.
 */
__hidden void cf_claim_terminal(struct file *file);

/**
 * cf_is_own_terminal() - may the agent of the current task use this terminal?
 * @object: what lies on a devpts
 */
__hidden bool cf_is_own_terminal(const struct cf_object *object, __u32 agent);

/**
 * cf_terminal_behind() - the pseudo terminal that an open /dev/tty or /dev/ptmx stands for
 *
 * Return: its node's dentry, address for probe reads; 0: there is none
 */
__hidden __u64 cf_terminal_behind(struct file *file);

/* The end of a pseudo terminal that programs run on. */
static __always_inline bool cf_is_slave(__u32 major)
{
	return major >= UNIX98_PTY_SLAVE_MAJOR &&
	       major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_SLAVE_MAJORS;
}

static __always_inline bool cf_is_terminal(__u32 mode, __u32 rdev)
{
	return (mode & S_IFMT) == S_IFCHR && cf_is_slave(rdev >> 20);
}

/* /dev/tty and /dev/ptmx: opening them gives nobody else's, an open one may be anybody's. */
static __always_inline bool cf_stands_for_terminal(__u32 mode, __u32 rdev)
{
	return (mode & S_IFMT) == S_IFCHR && (rdev >> 20) == TTYAUX_MAJOR;
}

#endif /* CF_TERMINALS_BPF_H */
