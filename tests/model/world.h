/* SPDX-License-Identifier: Apache-2.0 */
/* Random trees, and what outsiders do to them. */
#ifndef CF_MODEL_WORLD_H
#define CF_MODEL_WORLD_H

#include "tests/model/machine.h"
#include "tests/model/random.h"
#include "tests/model/reference.h"

#define WORLD_MAX_NODES 240
#define WORLD_PATH_SIZE 4200

struct world_node {
	struct model_node *node;
	int parent; /* index; the root's is its own */
	int superblock;
	enum ref_kind kind;
	bool is_late; /* made after the agent had started */
	bool is_moved;
	char name[256];
	char path[WORLD_PATH_SIZE];
	char first_path[WORLD_PATH_SIZE]; /* when the agent started */
};

struct world {
	struct random random;
	struct world_node nodes[WORLD_MAX_NODES];
	int n_nodes;
	int focus; /* a directory that much is asked about */
	int mount; /* the second superblock's root; -1: there is none */
	struct ref_policy policy;
};

/* A tree; its nodes are made in the machine. */
void world_make_tree(struct world *world);

/* The index of a path's node; -1: there is none. */
int world_find(const struct world *world, const char *path);
/* Of the second superblock; NULL: there is none. */
const char *world_mount_point(const struct world *world);

/* Did it have a rule's key when the agent started? Each object on the way to a rule's has one. */
bool world_is_held(const struct world *world, int node);

bool world_is_above(const struct world *world, int above, int node);

/* Indices, or -1. A directory below the root of its filesystem is one that can be moved. */
int world_any(struct world *world);
int world_any_directory(struct world *world);

/* A name for something new in a directory: where a rule's path leads on, or any other. */
void world_new_name(struct world *world, int directory, char ret_name[256]);

int world_add(struct world *world, int parent, const char *name, enum ref_kind kind, bool is_late);

/* Something without anything below it is removed, and something else gets its inode number. */
void world_recycle(struct world *world, int idx, int parent, const char *name, enum ref_kind kind);

void world_move(struct world *world, int node, int parent, const char *name);

#endif /* CF_MODEL_WORLD_H */
