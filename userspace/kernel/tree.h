/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's zone tree: the zone table, and the superblocks whose roots have
 * their place in it.
 *
 * Zones are names from "/" down. A superblock whose root is mounted has the
 * zone of its mount point, so that a rule holds for what is mounted there
 * later, too; one of which only a subtree is mounted has a root zone of its
 * own below the mount point's. The zone of a superblock never changes while it
 * lives, whatever else is mounted or unmounted.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_TREE_H
#define CF_KERNEL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "kernel/chain.h"
#include "kernel/identity.h"
#include "kernel/maps.h"
#include "kernel/mountinfo.h"
#include "kernel/zone_table.h"

struct cf_kernel_mount;

/**
 * struct cf_tree_superblock - a superblock that has a zone
 * @dev:      s_dev, kernel encoding
 * @address:  of the struct super_block
 * @root:     object key of its root, an anchor of the zone
 * @zone:     of its root; referenced
 * @point:    a mount point that showed it when it was classified; owned
 * @is_whole: its root is mounted there, not only a subtree
 * @is_closed: it came while agents lived, and links inside it are still to be looked for
 */
struct cf_tree_superblock {
	uint32_t dev;
	uint64_t address;
	struct cf_object_key root;
	uint32_t zone;
	char *point;
	bool is_whole;
	bool is_closed;
};

/**
 * struct cf_tree - start with all zero and identifier.link_fd -1
 * @maps:        borrowed
 * @table:       owned
 * @top:         zone of the root superblock's root: above everything
 * @superblocks: classified ones
 * @info:        the mounts as of the last refresh
 * @denied:      mounts whose superblock could not be classified
 */
struct cf_tree {
	const struct cf_maps *maps;
	struct cf_identifier identifier;
	struct cf_zone_table *table;
	uint32_t top;
	CF_ARRAY(struct cf_tree_superblock) superblocks;
	struct cf_mountinfo info;
	CF_ARRAY(struct cf_kernel_mount) denied;
};

/**
 * cf_tree_open() - an empty tree over loaded maps
 * @identify_fd: program cf_identify; borrowed for the call
 * @maps:        borrowed as long as the tree lives
 *
 * Return: 0; negative errno
 */
int cf_tree_open(int identify_fd, struct cf_maps *maps, struct cf_tree *ret_tree);
void cf_tree_done(struct cf_tree *tree);

/* A filesystem that the kernel part judges by its type alone. */
bool cf_tree_is_pseudo(uint64_t magic);

/* The classified superblock; NULL: none. */
const struct cf_tree_superblock *cf_tree_find(const struct cf_tree *tree, uint32_t dev,
					      uint64_t address);

/**
 * struct cf_tree_names - components below an object that do not exist yet
 * @items: NUL-terminated; borrowed
 */
struct cf_tree_names {
	const char *const *items;
	size_t n_items;
};

/**
 * cf_tree_add_chain() - the zone of an object, or of names below it
 * @chain:    from its superblock's root; each directory on it gets a zone and an anchor
 * @names:    below the object; may be NULL
 * @ret_zone: with one reference, to be released; on -ENAMETOOLONG that of the
 *            part before the name that does not fit
 *
 * Return: 0; -ENODEV the superblock is not classified; -EOPNOTSUPP it is judged
 *         by its type; -ENAMETOOLONG; -ENOSPC; other negative errno
 */
int cf_tree_add_chain(struct cf_tree *tree, const struct cf_chain *chain,
		      const struct cf_tree_names *names, uint32_t *ret_zone);

/**
 * cf_tree_open_superblock() - a closed superblock's links are known: agents may use it
 *
 * Return: 0; negative errno: it stays closed
 */
int cf_tree_open_superblock(struct cf_tree *tree, struct cf_tree_superblock *superblock);

/* Lists the mounts of a superblock that stays closed in tree->denied. Return: 0; -ENOMEM. */
int cf_tree_deny(struct cf_tree *tree, uint32_t dev, int error);

/**
 * cf_tree_refresh() - read mountinfo, classify what is new, forget what is gone
 *
 * While agents live, what is new is closed: cf_tree_open_superblock().
 * What cannot be classified stays denied and is listed in tree->denied.
 *
 * Return: 0; negative errno: mountinfo cannot be read, or "/" not be classified
 */
int cf_tree_refresh(struct cf_tree *tree);

#endif /* CF_KERNEL_TREE_H */
