/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which zones an object is in. */
#ifndef CF_ZONES_BPF_H
#define CF_ZONES_BPF_H

#include "walk.bpf.h"

/**
 * cf_locate() - walk to objects[slot]'s superblock's root and find its zones
 * @slot:         0 or 1
 * @assumed_mode: as for cf_walk()
 *
 * What cannot be walked or found gets a refusal; nothing here allows anything.
 *
 * Return: as cf_walk()
 */
int cf_locate(struct cf_task *task, __u32 slot, __u32 assumed_mode);

/**
 * cf_locate_still() - as cf_weigh() as far as the zones, of what exists: for programs that sleep
 * @slot: 0 or 1
 *
 * Name rules are in tries, which those may not use on 6.1.
 *
 * Return: as cf_walk()
 */
int cf_locate_still(struct cf_task *task, __u32 slot);

#endif /* CF_ZONES_BPF_H */
