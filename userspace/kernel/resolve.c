/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/resolve.h"
#include "kernel/tree.h"

/* include/linux/namei.h MAXSYMLINKS */
#define MAX_LINKS 40

/* Where a walk stands. */
struct walk {
	struct cf_tree *tree;
	struct cf_resolution *resolution;
	struct cf_arena arena;		/* holds the components' text */
	CF_ARRAY(const char *) pending; /* components to go, next one last */
	int fd;				/* the directory reached; O_PATH */
	uint64_t mount;			/* id of its mount */
	mode_t mode;
};

static void walk_done(struct walk *walk)
{
	cf_arena_done(&walk->arena);
	free(walk->pending.items);
	cf_fd_close(&walk->fd);
}

static int look(int fd, uint64_t *ret_mount, mode_t *ret_mode)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID | STATX_TYPE, &status) <
	    0)
		return cf_errno_negative();
	if (!(status.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	*ret_mount = status.stx_mnt_id;
	*ret_mode = status.stx_mode;
	return 0;
}

/* Goes to what @fd shows; takes it over on success. */
static int stand_on(struct walk *walk, int *fd)
{
	uint64_t mount;
	mode_t mode;
	int r;

	r = look(*fd, &mount, &mode);
	if (r < 0)
		return r;
	cf_fd_close(&walk->fd);
	walk->fd = cf_steal_fd(fd);
	walk->mount = mount;
	walk->mode = mode;
	return 0;
}

static int stand_on_root(struct walk *walk)
{
	cf_auto_fd int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return cf_errno_negative();
	return stand_on(walk, &fd);
}

/* Puts the components of @path before what is pending; "." and empty ones are dropped. */
static int push_components(struct walk *walk, const char *path)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *start = end;
		const char *name;

		while (start > path && start[-1] != '/')
			start--;
		if (end > start && !(end - start == 1 && *start == '.')) {
			name = cf_arena_copy(&walk->arena, start, (size_t)(end - start));
			if (!name || cf_array_push(&walk->pending, name) < 0)
				return -ENOMEM;
		}
		end = start > path ? start - 1 : path;
	}
	return 0;
}

/* The pending components as a plain list, after @first (which may be NULL). ".." takes one back. */
static int list_names(const struct walk *walk, const char *first, const char **names, size_t *ret_n)
{
	size_t n = 0;

	if (first)
		names[n++] = first;
	for (size_t i = walk->pending.n_items; i > 0; i--) {
		const char *name = walk->pending.items[i - 1];

		if (strcmp(name, "..") != 0)
			names[n++] = name;
		else if (n > 0)
			n--;
		else
			return -ENOENT; /* a link that leads out of what does not exist */
	}
	*ret_n = n;
	return 0;
}

/*
 * Adds the zone of @fd's object and the names below it. @ret_above, if not
 * NULL, receives the zone of the directory that the object is in.
 */
static int add_target(struct walk *walk, int fd, const char *first, bool is_object,
		      uint32_t *ret_above)
{
	CF_CLEANUP(cf_chain_done) struct cf_chain chain = {};
	cf_auto_free const char **names = calloc(walk->pending.n_items + 1, sizeof(*names));
	struct cf_target target = {.n_links = walk->resolution->links.n_items,
				   .is_object = is_object};
	size_t n_names;
	int r;

	if (!names)
		return -ENOMEM;
	r = list_names(walk, first, names, &n_names);
	if (r < 0)
		return r;
	r = cf_identify(&walk->tree->identifier, fd, &chain);
	if (r < 0)
		return r;
	r = cf_tree_add_chain(walk->tree, &chain,
			      &(struct cf_tree_names){.items = names, .n_items = n_names},
			      &target.zone);
	if (r == -ENAMETOOLONG)
		cf_zone_table_release(walk->tree->table, target.zone);
	if (r < 0)
		return r;
	r = cf_array_push(&walk->resolution->targets, target);
	if (r < 0) {
		cf_zone_table_release(walk->tree->table, target.zone);
		return r;
	}
	if (ret_above) {
		uint32_t zone = target.zone;

		for (size_t i = 0; i <= n_names; i++)
			zone = cf_zone_table_parent(walk->tree->table, zone);
		*ret_above = zone;
	}
	return 0;
}

/* As add_target(), but names on a filesystem judged by its type have no zone and are left out. */
static int add_way_target(struct walk *walk, int fd, const char *first, uint32_t *ret_above)
{
	int r = add_target(walk, fd, first, false, ret_above);

	return r == -EOPNOTSUPP ? 0 : r;
}

static int read_link(int fd, char text[static PATH_MAX])
{
	ssize_t n = readlinkat(fd, "", text, PATH_MAX);

	if (n < 0)
		return cf_errno_negative();
	if (n == 0 || n == PATH_MAX)
		return -ENAMETOOLONG;
	text[n] = '\0';
	return 0;
}

/* @fd is a symbolic link in the directory that we stand on. */
static int follow(struct walk *walk, int fd)
{
	char text[PATH_MAX];
	uint32_t directory = 0;
	int r;

	if (walk->resolution->links.n_items == MAX_LINKS)
		return -ELOOP;
	r = add_way_target(walk, fd, NULL, &directory);
	if (r < 0)
		return r;
	r = cf_array_push(&walk->resolution->links, directory);
	if (r < 0)
		return r;
	r = read_link(fd, text);
	if (r < 0)
		return r;
	r = push_components(walk, text);
	if (r < 0)
		return r;
	return text[0] == '/' ? stand_on_root(walk) : 0;
}

/* What is not there: names below the directory that we stand on. */
static int add_missing(struct walk *walk, const char *name)
{
	int r = add_target(walk, walk->fd, name, true, NULL);

	walk->pending.n_items = 0;
	if (r == -EOPNOTSUPP) {
		walk->resolution->is_pseudo = true;
		return 0;
	}
	return r;
}

/* One component down. */
static int advance(struct walk *walk, bool *ret_is_done)
{
	const char *name = walk->pending.items[--walk->pending.n_items];
	cf_auto_fd int fd = -1;
	uint64_t mount;
	mode_t mode;
	int r;

	fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		*ret_is_done = true;
		return add_missing(walk, name);
	}
	if (fd < 0)
		return cf_errno_negative();
	r = look(fd, &mount, &mode);
	if (r < 0)
		return r;
	if (S_ISLNK(mode))
		return follow(walk, fd);
	if (mount != walk->mount && strcmp(name, "..") != 0) {
		r = add_way_target(walk, walk->fd, name, NULL);
		if (r < 0)
			return r;
	}
	return stand_on(walk, &fd);
}

static int finish(struct walk *walk)
{
	int r = add_target(walk, walk->fd, NULL, true, NULL);

	if (r == -EOPNOTSUPP) {
		walk->resolution->is_pseudo = true;
		return 0;
	}
	if (r == 0 && S_ISDIR(walk->mode))
		walk->resolution->fd = cf_steal_fd(&walk->fd);
	return r;
}

/* A rule for "/" holds for the whole root superblock, of which "/" may be a subtree (btrfs). */
static int add_top(struct walk *walk)
{
	const struct cf_target target = {.zone = walk->tree->top, .is_object = true};
	int r;

	r = cf_array_push(&walk->resolution->targets, target);
	if (r == 0)
		cf_zone_table_ref(walk->tree->table, target.zone);
	return r;
}

int cf_resolve(struct cf_tree *tree, const char *path, struct cf_resolution *ret_resolution)
{
	CF_CLEANUP(walk_done)
	struct walk walk = {.tree = tree, .resolution = ret_resolution, .fd = -1};
	bool is_done = false;
	int r;

	r = stand_on_root(&walk);
	if (r < 0)
		return r;
	r = push_components(&walk, path);
	if (r < 0)
		return r;
	if (walk.pending.n_items == 0) {
		r = add_top(&walk);
		if (r < 0)
			return r;
	}
	while (!is_done && walk.pending.n_items > 0) {
		r = advance(&walk, &is_done);
		if (r < 0)
			return r;
	}
	return is_done ? 0 : finish(&walk);
}

void cf_resolution_done(struct cf_tree *tree, struct cf_resolution *resolution)
{
	for (size_t i = 0; i < resolution->targets.n_items; i++)
		cf_zone_table_release(tree->table, resolution->targets.items[i].zone);
	free(resolution->targets.items);
	free(resolution->links.items);
	cf_fd_close(&resolution->fd);
	*resolution = (struct cf_resolution){.fd = -1};
}
