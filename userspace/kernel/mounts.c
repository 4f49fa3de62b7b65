/* SPDX-License-Identifier: Apache-2.0 */
/* Gives each mounted superblock its zone: cf_tree_refresh(). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/tree.h"
#include "kernel/view.h"

#define MOUNTINFO	    "/proc/self/mountinfo"
#define MAX_MOUNTINFO_BYTES (64U << 20)

/* Mounts inside mounts whose zones wait for one another; a deeper nest is left denied. */
#define MAX_NESTING 64

struct refresh {
	struct cf_tree *tree;
	unsigned int nesting;
};

static int classify_device(struct refresh *refresh, uint32_t dev);

/* The lowest of the mounts that are stacked on one point. */
static const struct cf_mount *lowest_of_stack(const struct cf_mountinfo *info,
					      const struct cf_mount *mount)
{
	for (unsigned int i = 0; i < MAX_NESTING; i++) {
		const struct cf_mount *below = cf_mountinfo_find(info, mount->parent);

		if (!below || below == mount || strcmp(below->point, mount->point) != 0)
			break;
		mount = below;
	}
	return mount;
}

/* Splits "/a/b" into "/a" and "b". */
static int split_point(const char *point, char **ret_directory, const char **ret_name)
{
	const char *slash = strrchr(point, '/');

	if (!slash || !slash[1])
		return -EINVAL;
	*ret_name = slash + 1;
	*ret_directory = slash == point ? strdup("/") : strndup(point, (size_t)(slash - point));
	return *ret_directory ? 0 : -ENOMEM;
}

/*
 * Zone of the name that a mount sits on, in the tree of the mount below it; on
 * -ENAMETOOLONG the zone of the part of the path that fits.
 */
static int add_point_zone(struct refresh *refresh, const struct cf_mount *mount, uint32_t *ret_zone)
{
	CF_CLEANUP(cf_chain_done) struct cf_chain chain = {};
	const struct cf_mountinfo *info = &refresh->tree->info;
	cf_auto_free char *directory = NULL;
	cf_auto_fd int fd = -1;
	const char *name;
	int r;

	mount = lowest_of_stack(info, mount);
	r = split_point(mount->point, &directory, &name);
	if (r < 0)
		return r;
	r = cf_view_open(directory, mount->parent, &fd);
	if (r < 0)
		return r;
	r = cf_identify(&refresh->tree->identifier, fd, &chain);
	if (r < 0)
		return r;
	if (cf_tree_is_pseudo(cf_chain_root(&chain)->magic)) {
		const struct cf_mount *below = cf_mountinfo_find(info, mount->parent);

		/* No zones in there: rights come from where the pseudo filesystem itself is mounted. */
		if (!below || refresh->nesting >= MAX_NESTING)
			return -ENODEV;
		refresh->nesting++;
		r = add_point_zone(refresh, below, ret_zone);
		refresh->nesting--;
		return r;
	}
	r = classify_device(refresh, cf_chain_root(&chain)->dev);
	if (r < 0)
		return r;
	return cf_tree_add_chain(refresh->tree, &chain,
				 &(struct cf_tree_names){.items = &name, .n_items = 1}, ret_zone);
}

/* Zone of a superblock's root. @chain is what the mount shows. */
static int add_root_zone(struct refresh *refresh, const struct cf_mount *mount,
			 const struct cf_chain *chain, uint32_t *ret_zone)
{
	struct cf_zone_table *table = refresh->tree->table;
	uint32_t point = 0;
	int r;

	if (strcmp(mount->point, "/") == 0) {
		r = cf_zone_table_add_root(table, 0, ret_zone);
		if (r == 0)
			refresh->tree->top = *ret_zone;
		return r;
	}
	r = add_point_zone(refresh, mount, &point);
	if (r == 0 && chain->n_levels == 1) {
		*ret_zone = point;
		return 0;
	}
	if (r < 0 && r != -ENAMETOOLONG)
		return r;
	r = cf_zone_table_add_root(table, point, ret_zone);
	cf_zone_table_release(table, point);
	return r;
}

/* The kernel part's own word on a superblock (mounted by an agent) is not ours to change. */
static bool is_taken(const struct cf_tree *tree, const struct cf_identity *root)
{
	struct cf_superblock value;

	return cf_map_get(tree->maps->superblocks, &root->dev, &value) == 0 &&
	       value.address == root->superblock && value.zone < CF_ZONE_FIRST;
}

static int enter_superblock(struct cf_tree *tree, const struct cf_mount *mount,
			    const struct cf_chain *chain, uint32_t zone)
{
	const struct cf_identity *root = cf_chain_root(chain);
	const bool is_closed = __atomic_load_n(tree->maps->agents_live, __ATOMIC_SEQ_CST) > 0;
	const struct cf_superblock value = {.address = root->superblock,
					    .zone = zone,
					    .flags = is_closed ? CF_SUPERBLOCK_CLOSED : 0};
	const struct cf_object_version version = {.superblock = root->superblock,
						  .generation = root->generation};
	cf_auto_free char *point = strdup(mount->point);
	struct cf_tree_superblock entry = {
		.dev = root->dev,
		.address = root->superblock,
		.root = {.ino = root->ino, .dev = root->dev},
		.zone = zone,
		.point = point,
		.is_whole = chain->n_levels == 1,
		.is_closed = is_closed,
	};
	int r;

	if (!point)
		return -ENOMEM;
	r = cf_array_push(&tree->superblocks, entry);
	if (r < 0)
		return r;
	/* The kernel part's walk ends at the root's anchor. */
	r = cf_zone_table_add_anchor(tree->table, zone, &entry.root, &version);
	if (r == 0)
		r = cf_map_put(tree->maps->superblocks, &root->dev, &value);
	if (r < 0) {
		cf_zone_table_remove_anchor(tree->table, zone, &entry.root);
		tree->superblocks.n_items--;
		return r;
	}
	(void)cf_steal_ptr(point); /* the entry's now */
	return 0;
}

int cf_tree_open_superblock(struct cf_tree *tree, struct cf_tree_superblock *superblock)
{
	const struct cf_superblock value = {.address = superblock->address,
					    .zone = superblock->zone};
	int r = cf_map_put(tree->maps->superblocks, &superblock->dev, &value);

	if (r == 0)
		superblock->is_closed = false;
	return r;
}

/* Classifies a mount's superblock. The view keeps it alive until its entry is made. */
static int classify_mount(struct refresh *refresh, const struct cf_mount *mount)
{
	CF_CLEANUP(cf_chain_done) struct cf_chain chain = {};
	struct cf_tree *tree = refresh->tree;
	cf_auto_fd int fd = -1;
	uint32_t zone;
	int r;

	r = cf_view_open(mount->point, mount->id, &fd);
	if (r < 0)
		return r;
	r = cf_identify(&tree->identifier, fd, &chain);
	if (r < 0)
		return r;
	if (cf_chain_root(&chain)->dev != mount->dev)
		return -ESTALE;
	if (cf_tree_is_pseudo(cf_chain_root(&chain)->magic) ||
	    is_taken(tree, cf_chain_root(&chain)))
		return 0;
	r = add_root_zone(refresh, mount, &chain, &zone);
	if (r < 0)
		return r;
	r = enter_superblock(tree, mount, &chain, zone);
	if (r < 0)
		cf_zone_table_release(tree->table, zone);
	return r;
}

static bool is_classified(const struct cf_tree *tree, uint32_t dev)
{
	for (size_t i = 0; i < tree->superblocks.n_items; i++)
		if (tree->superblocks.items[i].dev == dev)
			return true;
	return false;
}

/* Mounts that show the whole superblock go first, in the order of mountinfo. */
static int classify_device(struct refresh *refresh, uint32_t dev)
{
	const struct cf_mountinfo *info = &refresh->tree->info;
	int r = -ENODEV;

	if (is_classified(refresh->tree, dev))
		return 0;
	if (refresh->nesting >= MAX_NESTING)
		return -ELOOP;
	refresh->nesting++;
	for (int is_part = 0; is_part <= 1 && r != 0; is_part++)
		for (size_t i = 0; i < info->n_mounts && r != 0; i++) {
			const struct cf_mount *mount = &info->mounts[i];

			if (mount->dev != dev || (strcmp(mount->root, "/") != 0) != is_part)
				continue;
			r = classify_mount(refresh, mount);
		}
	refresh->nesting--;
	return r;
}

/* The root first: everything else hangs below it, and its mount is not to be found by its parent's. */
static int classify_top(struct refresh *refresh)
{
	const struct cf_mountinfo *info = &refresh->tree->info;
	int r = -ENOENT;

	if (refresh->tree->top)
		return 0;
	for (size_t i = 0; i < info->n_mounts && r != 0; i++)
		if (strcmp(info->mounts[i].point, "/") == 0)
			r = classify_mount(refresh, &info->mounts[i]);
	/* A root that is judged by its type would leave nothing to hang zones on. */
	return r == 0 && !refresh->tree->top ? -EOPNOTSUPP : r;
}

/* Does a mount still show the superblock where it got its zone from? */
static bool is_in_place(const struct cf_mountinfo *info, const struct cf_tree_superblock *entry)
{
	for (size_t i = 0; i < info->n_mounts; i++)
		if (info->mounts[i].dev == entry->dev &&
		    strcmp(info->mounts[i].point, entry->point) == 0)
			return true;
	return false;
}

/*
 * A superblock that the kernel part has forgotten is gone, and its zone free.
 * One that was moved, or unmounted, is to be forgotten there: it is denied
 * until its new place has given it a zone.
 */
static void forget_gone(struct cf_tree *tree)
{
	size_t kept = 0;

	for (size_t i = 0; i < tree->superblocks.n_items; i++) {
		struct cf_tree_superblock *entry = &tree->superblocks.items[i];
		struct cf_superblock value;
		int r = cf_map_get(tree->maps->superblocks, &entry->dev, &value);
		bool is_moved = r == 0 && value.address == entry->address &&
				!is_in_place(&tree->info, entry);

		if (is_moved)
			(void)cf_map_delete(tree->maps->superblocks, &entry->dev);
		if (is_moved || r == -ENOENT || (r == 0 && value.address != entry->address)) {
			cf_zone_table_remove_anchor(tree->table, entry->zone, &entry->root);
			cf_zone_table_release(tree->table, entry->zone);
			free(entry->point);
		} else {
			tree->superblocks.items[kept++] = *entry;
		}
	}
	tree->superblocks.n_items = kept;
}

static int read_mountinfo(struct cf_mountinfo *info)
{
	cf_auto_fd int fd = open(MOUNTINFO, O_RDONLY | O_CLOEXEC);
	struct cf_mountinfo fresh;
	char *text;
	int r;

	if (fd < 0)
		return cf_errno_negative();
	r = cf_fd_read_all(fd, MAX_MOUNTINFO_BYTES, &text, NULL);
	if (r < 0)
		return r;
	r = cf_mountinfo_parse(text, &fresh);
	if (r < 0)
		return r;
	cf_mountinfo_done(info);
	*info = fresh;
	return 0;
}

/*
 * Not worth telling: namespaces that are kept by a mount (the kernel part knows
 * them for what they are), and automount points that their mount hides.
 */
static bool is_of_no_interest(const struct cf_mount *mount, int error)
{
	return strcmp(mount->fs_type, "nsfs") == 0 ||
	       (strcmp(mount->fs_type, "autofs") == 0 && error == -ESTALE);
}

static int deny_mount(struct cf_tree *tree, const struct cf_mount *mount, int error)
{
	const struct cf_kernel_mount denied = {
		.point = mount->point, .fs_type = mount->fs_type, .error = error};

	return cf_array_push(&tree->denied, denied);
}

int cf_tree_deny(struct cf_tree *tree, uint32_t dev, int error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < tree->info.n_mounts; i++)
		if (tree->info.mounts[i].dev == dev)
			r = deny_mount(tree, &tree->info.mounts[i], error);
	return r;
}

int cf_tree_refresh(struct cf_tree *tree)
{
	struct refresh refresh = {.tree = tree};
	int r;

	tree->denied.n_items = 0; /* its strings go with the old mountinfo */
	r = read_mountinfo(&tree->info);
	if (r < 0)
		return r;
	forget_gone(tree);
	r = classify_top(&refresh);
	for (size_t i = 0; r == 0 && i < tree->info.n_mounts; i++) {
		const struct cf_mount *mount = &tree->info.mounts[i];
		int error = classify_device(&refresh, mount->dev);

		if (error < 0 && !is_of_no_interest(mount, error))
			r = deny_mount(tree, mount, error);
	}
	cf_maps_bump_topology(tree->maps);
	if (r < 0)
		return r;
	return cf_zone_table_flush(tree->table);
}
