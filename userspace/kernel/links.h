/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard links that exist when an agent starts, or when a filesystem comes while
 * it lives: a file in a zone that is strict for the agent and has names outside
 * it gets the zone as an anchor.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_LINKS_H
#define CF_KERNEL_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/rights.h"

struct cf_tree;
struct cf_tree_superblock;

#define CF_LINKS_MAX_ENTRIES 1000000U /* names looked at for one agent */

/**
 * struct cf_links_start - where to look
 * @zone: of the directory
 * @fd:   the directory, O_PATH; borrowed
 */
struct cf_links_start {
	uint32_t zone;
	int fd;
};

/**
 * cf_links_scan() - anchor the multi-link files of an agent's strict zones
 * @entries: the agent's rights, as cf_rights_compute() gives them
 * @starts:  directories that its rules name; those that are not strict are skipped
 *
 * Superblocks mounted inside a strict zone are looked through as well. Links
 * made from now on are the kernel part's business: CF_ZONE_STRICT must already
 * be in force. A file all of whose names are in zones with the same rights
 * needs no anchor and gets none.
 *
 * Return: 0; -E2BIG more than CF_LINKS_MAX_ENTRIES names; -ENOSPC; other negative errno
 */
int cf_links_scan(struct cf_tree *tree, const struct cf_rights_entry *entries, size_t n_entries,
		  const struct cf_links_start *starts, size_t n_starts);

/**
 * cf_links_scan_superblock() - the same for all that is strict in one superblock
 * @superblock: mounted where its entry says, or nothing is looked at
 *
 * Return: as cf_links_scan()
 */
int cf_links_scan_superblock(struct cf_tree *tree, const struct cf_rights_entry *entries,
			     size_t n_entries, const struct cf_tree_superblock *superblock);

#endif /* CF_KERNEL_LINKS_H */
