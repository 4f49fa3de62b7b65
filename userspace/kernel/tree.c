/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/magic.h>

#include "base/cleanup.h"
#include "kernel/kernel.h"
#include "kernel/kernel_lists.h"
#include "kernel/tree.h"

/* fs/fuse/control.c FUSE_CTL_SUPER_MAGIC, fs/configfs/mount.c CONFIGFS_MAGIC: not in Debian 12's linux/magic.h */
#define FUSECTL_MAGIC  0x65735543
#define CONFIGFS_MAGIC 0x62656570

/* include/uapi/linux/btrfs_tree.h BTRFS_FIRST_FREE_OBJECTID: every subvolume's root has this number */
#define BTRFS_SUBVOLUME_INO 256

int cf_tree_open(int identify_fd, struct cf_maps *maps, struct cf_tree *ret_tree)
{
	CF_CLEANUP(cf_tree_done) struct cf_tree tree = {.maps = maps, .identifier.link_fd = -1};
	int r;

	r = cf_identifier_open(identify_fd, maps, &tree.identifier);
	if (r < 0)
		return r;
	r = cf_zone_table_new(&cf_maps_zone_ops, maps, &tree.table);
	if (r == 0)
		r = cf_kernel_lists_add(tree.table, maps->proc_zone, maps->sys_zone);
	if (r < 0)
		return r;
	*ret_tree = tree;
	tree = (struct cf_tree){.identifier.link_fd = -1};
	return 0;
}

void cf_tree_done(struct cf_tree *tree)
{
	cf_identifier_done(&tree->identifier);
	cf_zone_table_free(&tree->table);
	for (size_t i = 0; i < tree->superblocks.n_items; i++)
		free(tree->superblocks.items[i].point);
	free(tree->superblocks.items);
	free(tree->denied.items);
	cf_mountinfo_done(&tree->info);
	*tree = (struct cf_tree){.identifier.link_fd = -1};
}

bool cf_tree_is_pseudo(uint64_t magic)
{
	switch (magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case SECURITYFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case CONFIGFS_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
	case BINFMTFS_MAGIC:
	case FUSECTL_MAGIC:
	case BPF_FS_MAGIC:
	case SELINUX_MAGIC:
	case DEVPTS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

const struct cf_tree_superblock *cf_tree_find(const struct cf_tree *tree, uint32_t dev,
					      uint64_t address)
{
	for (size_t i = 0; i < tree->superblocks.n_items; i++)
		if (tree->superblocks.items[i].dev == dev &&
		    tree->superblocks.items[i].address == address)
			return &tree->superblocks.items[i];
	return NULL;
}

/*
 * One step down: takes the reference on *@zone along. On failure *@zone is as
 * before and still referenced.
 */
static int step(struct cf_tree *tree, uint32_t *zone, const char *name, size_t length)
{
	uint32_t child;
	int r;

	r = cf_zone_table_add_child(tree->table, *zone, name, length, &child);
	if (r < 0)
		return r;
	cf_zone_table_release(tree->table, *zone);
	*zone = child;
	return 0;
}

static int anchor(struct cf_tree *tree, uint32_t zone, const struct cf_identity *object)
{
	const struct cf_object_key key = {.ino = object->ino, .dev = object->dev};
	const struct cf_object_version version = {.superblock = object->superblock,
						  .generation = object->generation};

	/* Subvolume roots share one key, so only their names can tell them apart. */
	if (object->magic == BTRFS_SUPER_MAGIC && object->ino == BTRFS_SUBVOLUME_INO)
		return 0;
	return cf_zone_table_add_anchor(tree->table, zone, &key, &version);
}

static int step_all(struct cf_tree *tree, const struct cf_chain *chain,
		    const struct cf_tree_names *names, uint32_t *zone)
{
	int r;

	for (size_t i = 1; i < chain->n_levels; i++) {
		const struct cf_identity *level = &chain->levels[i];

		r = step(tree, zone, level->name, level->name_length);
		if (r == 0)
			r = anchor(tree, *zone, level);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; names && i < names->n_items; i++) {
		r = step(tree, zone, names->items[i], strlen(names->items[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

int cf_tree_add_chain(struct cf_tree *tree, const struct cf_chain *chain,
		      const struct cf_tree_names *names, uint32_t *ret_zone)
{
	const struct cf_identity *root = cf_chain_root(chain);
	const struct cf_tree_superblock *superblock;
	uint32_t zone;
	int r;

	if (cf_tree_is_pseudo(root->magic))
		return -EOPNOTSUPP;
	superblock = cf_tree_find(tree, root->dev, root->superblock);
	if (!superblock)
		return -ENODEV;
	zone = superblock->zone;
	cf_zone_table_ref(tree->table, zone);
	r = step_all(tree, chain, names, &zone);
	if (r == 0 || r == -ENAMETOOLONG)
		*ret_zone = zone;
	else
		cf_zone_table_release(tree->table, zone);
	return r;
}
