/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the policy pins, against what a file holds. */
#ifndef CF_DIGEST_BPF_H
#define CF_DIGEST_BPF_H

#include "judge.bpf.h"

/**
 * cf_weigh_digests() - add grants without "exec" to objects[0] for the pins of one of its zones
 * @zone:   of the object
 * @reason: 0: for each layer whose pins scratch->file does not meet; else for each layer that
 *          pins anything there, with this enum cf_reason
 *
 * Global. Adds nothing where all holds; scratch->file.is_broken says whether it did.
 *
 * Return: 0; -ENOENT the task has no storage
 */
int cf_weigh_digests(__u32 zone, __u32 reason);

/* The same for all zones of objects[0]. */
static __always_inline void cf_weigh_all_digests(struct cf_task *task, __u32 reason)
{
	struct cf_object *object = &task->scratch.objects[0];
	bool is_known = true;
	__u32 i;

	for (i = 0; i < CF_MAX_OBJECT_ZONES; i++)
		if (i < object->n_zones)
			is_known &= !cf_weigh_digests(object->zones[i], reason);
	if (is_known)
		return;
	cf_need(object, -ENOENT);
	task->scratch.file.is_broken = 1;
}

#endif /* CF_DIGEST_BPF_H */
