/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which programs this kernel can have: each program's hook, looked up in the
 * kernel's type information.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_HOOKS_H
#define CF_KERNEL_HOOKS_H

#include <stddef.h>

#include "kernel/kernel.h"

struct bpf_object;
struct cf_diag;

/**
 * cf_hooks_select() - list the hooks of an opened object; turn off programs that cannot load
 * @object:    opened, not loaded; borrowed
 * @ret_hooks: one row for each program that is attached to a hook and is not
 *             the wrong variant for this kernel; strings are the object's; owned
 *             by the caller (free())
 * @ret_n:     how many
 * @diag:      what is missing; written on failure only; may be NULL
 *
 * Return: 0; -ENOENT no type information; -EOPNOTSUPP a hook that cannot be done
 *         without is missing (the rows are given all the same); other negative errno
 */
int cf_hooks_select(struct bpf_object *object, struct cf_kernel_hook **ret_hooks, size_t *ret_n,
		    struct cf_diag *diag);

#endif /* CF_KERNEL_HOOKS_H */
