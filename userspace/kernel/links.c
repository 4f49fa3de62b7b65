/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/links.h"
#include "kernel/tree.h"
#include "kernel/view.h"

/* One name of a file that has several. */
struct found {
	struct cf_object_key key;
	struct cf_object_version version;
	uint32_t n_links;
	uint32_t zone;
};

/* A directory to look through. */
struct area {
	uint32_t zone;
	bool is_node; /* it is the zone's own directory, so names in it may be zones */
	dev_t dev;
	ino_t ino;
	int fd; /* owned */
};

struct scan {
	struct cf_tree *tree;
	const struct cf_rights_entry *entries;
	size_t n_entries;
	size_t n_seen;
	CF_ARRAY(struct area) areas;
	CF_ARRAY(struct found) found;
	int batch[CF_IDENTIFY_BATCH]; /* owned */
	uint32_t batch_zones[CF_IDENTIFY_BATCH];
	size_t n_batch;
};

static void close_batch(struct scan *scan)
{
	while (scan->n_batch > 0)
		cf_fd_close(&scan->batch[--scan->n_batch]);
}

static void scan_done(struct scan *scan)
{
	close_batch(scan);
	for (size_t i = 0; i < scan->areas.n_items; i++)
		cf_fd_close(&scan->areas.items[i].fd);
	free(scan->areas.items);
	free(scan->found.items);
}

static uint32_t climb(const void *userdata, uint32_t zone)
{
	return cf_zone_table_parent(userdata, zone);
}

static const struct cf_rights_entry *entry_of(const struct scan *scan, uint32_t zone)
{
	return cf_rights_find(scan->entries, scan->n_entries, zone, climb, scan->tree->table);
}

static bool is_strict(const struct scan *scan, uint32_t zone)
{
	const struct cf_rights_entry *entry = entry_of(scan, zone);

	return entry && entry->is_strict;
}

static bool is_area(const struct scan *scan, const struct stat *status)
{
	for (size_t i = 0; i < scan->areas.n_items; i++)
		if (scan->areas.items[i].dev == status->st_dev &&
		    scan->areas.items[i].ino == status->st_ino)
			return true;
	return false;
}

static int flush_batch(struct scan *scan)
{
	struct cf_identity objects[CF_IDENTIFY_BATCH];
	int r;

	if (scan->n_batch == 0)
		return 0;
	r = cf_identify_objects(&scan->tree->identifier, scan->batch, scan->n_batch, objects);
	if (r < 0)
		return r;
	for (size_t i = 0; i < scan->n_batch; i++) {
		const struct found found = {
			.key = {.ino = objects[i].ino, .dev = objects[i].dev},
			.version = {.superblock = objects[i].superblock,
				    .generation = objects[i].generation},
			.n_links = objects[i].nlink,
			.zone = scan->batch_zones[i],
		};

		r = cf_array_push(&scan->found, found);
		if (r < 0)
			return r;
	}
	close_batch(scan);
	return 0;
}

/* What went away while we looked is no failure; anything else is. */
static int unless_gone(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EXDEV ? 0
											   : error;
}

/* Takes @fd over. */
static int batch_file(struct scan *scan, int fd, uint32_t zone)
{
	scan->batch[scan->n_batch] = fd;
	scan->batch_zones[scan->n_batch++] = zone;
	return scan->n_batch == CF_IDENTIFY_BATCH ? flush_batch(scan) : 0;
}

static int note_file(struct scan *scan, int directory, const char *name, uint32_t zone)
{
	int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return unless_gone(cf_errno_negative());
	return batch_file(scan, fd, zone);
}

static int scan_directory(struct scan *scan, int *fd, uint32_t zone, bool is_node,
			  unsigned int depth);

static int enter_directory(struct scan *scan, int directory, const char *name, uint32_t zone,
			   bool is_node, unsigned int depth)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
			       .resolve = RESOLVE_NO_XDEV};
	cf_auto_fd int fd = -1;
	struct stat status;

	/* Deeper than the kernel part walks: denied there. */
	if (depth >= CF_MAX_DEPTH || (is_node && !is_strict(scan, zone)))
		return 0;
	fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
	if (fd < 0)
		return unless_gone(cf_errno_negative());
	if (fstat(fd, &status) < 0)
		return cf_errno_negative();
	if (is_area(scan, &status))
		return 0;
	return scan_directory(scan, &fd, zone, is_node, depth + 1);
}

static int scan_name(struct scan *scan, int directory, const struct dirent *entry, uint32_t zone,
		     bool is_node, unsigned int depth)
{
	const char *name = entry->d_name;
	uint32_t child = 0;
	struct stat status;

	if (++scan->n_seen > CF_LINKS_MAX_ENTRIES)
		return -E2BIG;
	if (is_node)
		child = cf_zone_table_find_child(scan->tree->table, zone, name, strlen(name));
	if (entry->d_type == DT_DIR)
		return enter_directory(scan, directory, name, child ? child : zone, child != 0,
				       depth);
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return unless_gone(cf_errno_negative());
	if (S_ISDIR(status.st_mode))
		return enter_directory(scan, directory, name, child ? child : zone, child != 0,
				       depth);
	/* Symbolic links, sockets and FIFOs can have several names as well. */
	if (status.st_nlink < 2 || (child && !is_strict(scan, child)))
		return 0;
	return note_file(scan, directory, name, child ? child : zone);
}

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* nothing was written */
}

/* Takes @fd over. Recursion is bounded by CF_MAX_DEPTH. */
static int scan_directory(struct scan *scan, int *fd, uint32_t zone, bool is_node,
			  unsigned int depth)
{
	CF_CLEANUP(close_directory) DIR *directory = fdopendir(*fd);
	const struct dirent *entry;

	if (!directory)
		return cf_errno_negative();
	(void)cf_steal_fd(fd); /* closedir() closes it */
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		int r;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = scan_name(scan, dirfd(directory), entry, zone, is_node, depth);
		if (r < 0)
			return r;
	}
	return errno ? unless_gone(cf_errno_negative()) : 0;
}

/* A view of the directory without what is mounted below it, so that what mounts hide is seen, too. */
static int scan_area(struct scan *scan, const struct area *area)
{
	cf_auto_fd int tree =
		open_tree(area->fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	cf_auto_fd int fd = -1;

	fd = openat(tree >= 0 ? tree : area->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cf_errno_negative();
	return scan_directory(scan, &fd, area->zone, area->is_node, 0);
}

/* Takes @fd over. Each directory is looked through once. */
static int add_area(struct scan *scan, uint32_t zone, bool is_node, int *fd)
{
	struct area area = {.zone = zone, .is_node = is_node, .fd = *fd};
	struct stat status;
	int r;

	if (fstat(*fd, &status) < 0)
		return cf_errno_negative();
	if (!S_ISDIR(status.st_mode) || is_area(scan, &status))
		return 0;
	area.dev = status.st_dev;
	area.ino = status.st_ino;
	r = cf_array_push(&scan->areas, area);
	if (r == 0)
		(void)cf_steal_fd(fd); /* the area's now */
	return r;
}

static int add_start(struct scan *scan, const struct cf_links_start *start)
{
	cf_auto_fd int fd = -1;

	if (!is_strict(scan, start->zone))
		return 0;
	fd = fcntl(start->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return cf_errno_negative();
	return add_area(scan, start->zone, true, &fd);
}

/* The deepest zone on a chain; *@ret_is_node: it is the object's own. */
static uint32_t locate(const struct cf_tree *tree, const struct cf_chain *chain, uint32_t zone,
		       bool *ret_is_node)
{
	for (size_t i = 1; i < chain->n_levels; i++) {
		uint32_t child = cf_zone_table_find_child(tree->table, zone, chain->levels[i].name,
							  chain->levels[i].name_length);

		if (!child) {
			*ret_is_node = false;
			return zone;
		}
		zone = child;
	}
	*ret_is_node = true;
	return zone;
}

/* A view of what of a superblock is mounted. Return: 0; -ENOENT: it is not mounted there now. */
static int open_superblock(const struct scan *scan, const struct cf_tree_superblock *superblock,
			   struct cf_chain *chain, int *ret_fd)
{
	cf_auto_fd int fd = -1;
	int r = cf_view_open(superblock->point, CF_VIEW_ANY_MOUNT, &fd);

	if (r == 0)
		r = cf_identify(&scan->tree->identifier, fd, chain);
	if (r < 0)
		return r;
	if (cf_chain_root(chain)->superblock != superblock->address ||
	    cf_chain_root(chain)->dev != superblock->dev)
		return -ENOENT;
	*ret_fd = cf_steal_fd(&fd);
	return 0;
}

/* A superblock whose place in the tree is in a strict zone. */
static int add_superblock(struct scan *scan, const struct cf_tree_superblock *superblock)
{
	CF_CLEANUP(cf_chain_done) struct cf_chain chain = {};
	cf_auto_fd int fd = -1;
	uint32_t zone;
	bool is_node;
	int r;

	if (!is_strict(scan, superblock->zone))
		return 0;
	r = open_superblock(scan, superblock, &chain, &fd);
	if (r < 0)
		return unless_gone(r);
	zone = locate(scan->tree, &chain, superblock->zone, &is_node);
	return is_strict(scan, zone) ? add_area(scan, zone, is_node, &fd) : 0;
}

/* The names that lead from one zone down to another, as a path; false: they do not. */
static bool path_between(const struct cf_zone_table *table, uint32_t top, uint32_t zone,
			 char ret_path[static PATH_MAX])
{
	size_t start = PATH_MAX - 1;

	ret_path[start] = '\0';
	for (; zone && zone != top; zone = cf_zone_table_parent(table, zone)) {
		const char *name = cf_zone_table_component(table, zone);
		size_t length = name ? strlen(name) : 0;

		if (length == 0 || length + 1 > start)
			return false;
		if (ret_path[start])
			ret_path[--start] = '/';
		start -= length;
		memcpy(&ret_path[start], name, length);
	}
	memmove(ret_path, &ret_path[start], PATH_MAX - start);
	return zone == top;
}

/* A strict zone inside a superblock: its directory, or the file itself. What mounts hide is seen. */
static int add_below(struct scan *scan, int tree, const char *path, uint32_t zone)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	cf_auto_fd int fd = (int)syscall(SYS_openat2, tree, path, &how, sizeof(how));
	struct stat status;

	if (fd < 0)
		return unless_gone(cf_errno_negative());
	if (fstat(fd, &status) < 0)
		return cf_errno_negative();
	if (S_ISDIR(status.st_mode))
		return add_area(scan, zone, true, &fd);
	if (status.st_nlink < 2)
		return 0;
	return batch_file(scan, cf_steal_fd(&fd), zone);
}

static int add_zones_below(struct scan *scan, const struct cf_tree_superblock *superblock)
{
	CF_CLEANUP(cf_chain_done) struct cf_chain chain = {};
	cf_auto_fd int fd = -1;
	char path[PATH_MAX];
	int r;

	for (size_t i = 0; i < scan->n_entries; i++) {
		const struct cf_rights_entry *entry = &scan->entries[i];

		if (!entry->is_strict || entry->zone == superblock->zone ||
		    !path_between(scan->tree->table, superblock->zone, entry->zone, path))
			continue;
		/* Few filesystems have such a zone: it is opened for those only. */
		r = fd < 0 ? open_superblock(scan, superblock, &chain, &fd) : 0;
		if (r < 0)
			return unless_gone(r);
		if (chain.n_levels != 1) /* a part of it: no rule's path leads into that */
			return 0;
		r = add_below(scan, fd, path, entry->zone);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *left = a, *right = b;

	if (left->key.dev != right->key.dev)
		return left->key.dev > right->key.dev ? 1 : -1;
	return (left->key.ino > right->key.ino) - (left->key.ino < right->key.ino);
}

/* All names of one file that were found. */
static int anchor_file(struct scan *scan, const struct found *names, size_t n_names)
{
	const struct cf_rights_entry *entry = entry_of(scan, names[0].zone);
	bool is_one = names[0].n_links == n_names;
	int r;

	for (size_t i = 1; i < n_names; i++)
		is_one = is_one && entry_of(scan, names[i].zone) == entry;
	if (is_one)
		return 0;
	for (size_t i = 0; i < n_names; i++) {
		r = cf_zone_table_add_anchor(scan->tree->table, names[i].zone, &names[i].key,
					     &names[i].version);
		if (r < 0)
			return r;
	}
	return 0;
}

static int anchor_files(struct scan *scan)
{
	struct found *found = scan->found.items;
	size_t n = scan->found.n_items, end;
	int r;

	if (n == 0)
		return 0;
	qsort(found, n, sizeof(*found), compare_found);
	for (size_t start = 0; start < n; start = end) {
		for (end = start + 1; end < n; end++)
			if (compare_found(&found[start], &found[end]) != 0)
				break;
		r = anchor_file(scan, &found[start], end - start);
		if (r < 0)
			return r;
	}
	return 0;
}

/* All areas, then what was found in them. */
static int look_through(struct scan *scan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < scan->areas.n_items; i++)
		r = scan_area(scan, &scan->areas.items[i]);
	if (r == 0)
		r = flush_batch(scan);
	return r < 0 ? r : anchor_files(scan);
}

int cf_links_scan(struct cf_tree *tree, const struct cf_rights_entry *entries, size_t n_entries,
		  const struct cf_links_start *starts, size_t n_starts)
{
	CF_CLEANUP(scan_done)
	struct scan scan = {.tree = tree, .entries = entries, .n_entries = n_entries};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_starts; i++)
		r = add_start(&scan, &starts[i]);
	for (size_t i = 0; r == 0 && i < tree->superblocks.n_items; i++)
		r = add_superblock(&scan, &tree->superblocks.items[i]);
	return r < 0 ? r : look_through(&scan);
}

int cf_links_scan_superblock(struct cf_tree *tree, const struct cf_rights_entry *entries,
			     size_t n_entries, const struct cf_tree_superblock *superblock)
{
	CF_CLEANUP(scan_done)
	struct scan scan = {.tree = tree, .entries = entries, .n_entries = n_entries};
	int r = add_superblock(&scan, superblock);

	if (r == 0)
		r = add_zones_below(&scan, superblock);
	return r < 0 ? r : look_through(&scan);
}
