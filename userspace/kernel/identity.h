/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel knows about our own descriptors: iter/task_file over them,
 * as stat(2) lies on overlayfs and btrfs.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_IDENTITY_H
#define CF_KERNEL_IDENTITY_H

#include <stddef.h>

#include "kernel/chain.h"

struct cf_maps;

#define CF_IDENTIFY_BATCH 64 /* descriptors in one run */

/* Attached iterator. Start with link_fd -1. */
struct cf_identifier {
	const struct cf_maps *maps;
	int link_fd;
};

/**
 * cf_identifier_open() - make the iterator ready
 * @program_fd: of cf_identify; borrowed for the call
 * @maps:       borrowed as long as the identifier lives
 *
 * Return: 0; negative errno
 */
int cf_identifier_open(int program_fd, const struct cf_maps *maps,
		       struct cf_identifier *ret_identifier);

void cf_identifier_done(struct cf_identifier *identifier);

/**
 * cf_identify() - the chain of one descriptor
 * @fd:        ours, any kind that has a path; O_PATH will do
 * @ret_chain: owned by the caller (cf_chain_done())
 *
 * Return: 0; -ENOLINK disconnected or too deep; other negative errno
 */
int cf_identify(const struct cf_identifier *identifier, int fd, struct cf_chain *ret_chain);

/**
 * cf_identify_objects() - the objects behind several descriptors, without their chains
 * @fds:         ours
 * @n_fds:       at most CF_IDENTIFY_BATCH
 * @ret_objects: one each, in the order of @fds; level says nothing
 *
 * Return: 0; -ENOENT some descriptor was not reported; other negative errno
 */
int cf_identify_objects(const struct cf_identifier *identifier, const int *fds, size_t n_fds,
			struct cf_identity *ret_objects);

#endif /* CF_KERNEL_IDENTITY_H */
