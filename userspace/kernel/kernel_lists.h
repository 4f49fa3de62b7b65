/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What agents may read in procfs and sysfs, beside their own processes: short
 * lists of what programs need to know of the machine. Everything may be listed.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_KERNEL_LISTS_H
#define CF_KERNEL_KERNEL_LISTS_H

#include <stdint.h>

#include "kernel/zone_table.h"

/**
 * cf_kernel_lists_add() - make places of the lists' entries
 * @ret_proc, @ret_sys: zones that stand for the roots of the two filesystems
 *
 * What was made stays in @table if it fails.
 *
 * Return: 0; -ENOMEM; -ENOSPC; what the table's functions give
 */
int cf_kernel_lists_add(struct cf_zone_table *table, uint32_t *ret_proc, uint32_t *ret_sys);

#endif /* CF_KERNEL_KERNEL_LISTS_H */
