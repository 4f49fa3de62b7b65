/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filesystems that come while agents live: cf_kernel_open_arrivals().
 *
 * Hard links inside one may have been made before it had zones. It has them
 * first, so that links made from then on are followed, and is opened when those
 * from before are known. A link(2) that passed its hook before, and is done only
 * after the look, would be missed: the time of one call, in an outsider's hand.
 */
#include "kernel/internal.h"
#include "kernel/links.h"

static int scan_arrival(struct cf_kernel *kernel, const struct cf_tree_superblock *superblock)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CF_MAX_AGENTS; i++) {
		const struct cf_agent *agent = kernel->agents[i];

		if (agent)
			r = cf_links_scan_superblock(&kernel->tree, agent->entries,
						     agent->n_entries, superblock);
	}
	return r;
}

int cf_kernel_open_arrivals(struct cf_kernel *kernel)
{
	struct cf_tree *tree = &kernel->tree;
	bool is_any_open = false;
	int r = 0;

	for (size_t i = 0; i < tree->superblocks.n_items; i++) {
		struct cf_tree_superblock *superblock = &tree->superblocks.items[i];
		int error;

		if (!superblock->is_closed)
			continue;
		error = scan_arrival(kernel, superblock);
		if (error == 0)
			error = cf_tree_open_superblock(tree, superblock);
		is_any_open |= error == 0;
		if (error < 0 && r == 0)
			r = cf_tree_deny(tree, superblock->dev, error);
	}
	if (is_any_open)
		cf_maps_bump_topology(&kernel->maps);
	return r;
}
