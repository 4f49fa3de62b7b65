/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a path in a policy to zones, one component at a time and by descriptor
 * only: what is looked at once is never looked up again by its text.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_RESOLVE_H
#define CF_KERNEL_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"

struct cf_tree;

/**
 * struct cf_target - one zone that a path means
 * @zone:      referenced
 * @n_links:   how many of the resolution's links led here: its first ones
 * @is_object: the path's object itself, not a name on the way
 */
struct cf_target {
	uint32_t zone;
	size_t n_links;
	bool is_object;
};

/**
 * struct cf_resolution - what a path means as of now; start with all zero and fd -1
 * @targets:   the object (or the names below the deepest directory that
 *             exists); and, for each symbolic link and each mount point passed,
 *             the names from there on, should it go away
 * @links:     zones of the directories that hold the symbolic links passed, in order; 0: none known
 * @fd:        O_PATH of the object if it is a directory, else -1; owned
 * @is_pseudo: it leads to a filesystem that is judged by its type
 */
struct cf_resolution {
	CF_ARRAY(struct cf_target) targets;
	CF_ARRAY(uint32_t) links;
	int fd;
	bool is_pseudo;
};

/**
 * cf_resolve() - find the zones of a path
 * @path:           absolute, lexically normal
 * @ret_resolution: owned by the caller (cf_resolution_done()), on failure too
 *
 * Zones and anchors that are missing are made.
 *
 * Return: 0; -ENAMETOOLONG a name that no place can hold; -ENODEV its
 *         superblock is not classified; -ENOLINK disconnected or too deep;
 *         -ELOOP; -ENOSPC; what open(2) gives
 */
int cf_resolve(struct cf_tree *tree, const char *path, struct cf_resolution *ret_resolution);

/* Releases the zones. */
void cf_resolution_done(struct cf_tree *tree, struct cf_resolution *resolution);

#endif /* CF_KERNEL_RESOLVE_H */
