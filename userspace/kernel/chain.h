/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names from a superblock's root down to an object, as the kernel part
 * reports them (struct cf_identity), checked and put in order.
 *
 * Layer 2 (kernel). Pure.
 */
#ifndef CF_KERNEL_CHAIN_H
#define CF_KERNEL_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

/**
 * struct cf_chain - an object and all directories above it in its superblock
 * @levels:   root first, object last; levels[0].name means nothing
 * @n_levels: at least 1
 */
struct cf_chain {
	struct cf_identity *levels;
	size_t n_levels;
};

/**
 * cf_chain_gather() - pick one descriptor's records out of a report and check them
 * @records:   the whole report
 * @n_records: how many
 * @fd:        whose to pick
 * @ret_chain: owned by the caller (cf_chain_done())
 *
 * Return: 0; -ENOENT no record; -ENOLINK it does not end at a root: disconnected,
 *         or deeper than CF_MAX_DEPTH; -EBADMSG it contradicts itself; -ENOMEM
 */
int cf_chain_gather(const struct cf_identity *records, size_t n_records, uint32_t fd,
		    struct cf_chain *ret_chain);

void cf_chain_done(struct cf_chain *chain);

static inline const struct cf_identity *cf_chain_root(const struct cf_chain *chain)
{
	return &chain->levels[0];
}

static inline const struct cf_identity *cf_chain_object(const struct cf_chain *chain)
{
	return &chain->levels[chain->n_levels - 1];
}

#endif /* CF_KERNEL_CHAIN_H */
