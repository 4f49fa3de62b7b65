/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/world.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/abi.h"
#include "tests/model/names.h"

static void set_path(struct world *world, int idx)
{
	struct world_node *node = &world->nodes[idx];
	char path[WORLD_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%.3900s/%.255s",
		       node->parent == 0 ? "" : world->nodes[node->parent].path, node->name);
	(void)strcpy(node->path, path);
}

int world_find(const struct world *world, const char *path)
{
	for (int i = 0; i < world->n_nodes; i++)
		if (strcmp(world->nodes[i].path, path) == 0)
			return i;
	return -1;
}

static int find_child(const struct world *world, int parent, const char *name)
{
	for (int i = 1; i < world->n_nodes; i++)
		if (world->nodes[i].parent == parent && strcmp(world->nodes[i].name, name) == 0)
			return i;
	return -1;
}

bool world_is_above(const struct world *world, int above, int node)
{
	for (;; node = world->nodes[node].parent) {
		if (node == above)
			return true;
		if (node == 0)
			return false;
	}
}

const char *world_mount_point(const struct world *world)
{
	return world->mount >= 0 ? world->nodes[world->mount].path : NULL;
}

bool world_is_held(const struct world *world, int idx)
{
	return !world->nodes[idx].is_late &&
	       ref_leads_through(&world->policy, world->nodes[idx].first_path,
				 world_mount_point(world));
}

/* Operations stay near one directory for a while: its cached verdict is of use then. */
static int any_near(struct world *world)
{
	const unsigned int n = (unsigned int)world->n_nodes;

	if (world->focus >= world->n_nodes || world->nodes[world->focus].kind != REF_DIRECTORY ||
	    random_percent(&world->random, 10))
		world->focus = (int)random_below(&world->random, n);
	for (int tries = 0; tries < 30; tries++) {
		const int idx = (int)random_below(&world->random, n);

		if (world->nodes[idx].parent == world->focus)
			return idx;
	}
	return world->focus;
}

int world_any(struct world *world)
{
	if (random_percent(&world->random, 50))
		return any_near(world);
	return (int)random_below(&world->random, (unsigned int)world->n_nodes);
}

int world_any_directory(struct world *world)
{
	int idx = world_any(world);

	while (world->nodes[idx].kind != REF_DIRECTORY)
		idx = world->nodes[idx].parent;
	return idx;
}

int world_add(struct world *world, int parent, const char *name, enum ref_kind kind, bool is_late)
{
	static const unsigned int st_modes[] = {[REF_FILE] = S_IFREG | 0644,
						[REF_DIRECTORY] = S_IFDIR | 0755,
						[REF_SYMLINK] = S_IFLNK | 0777,
						[REF_HARMLESS_DEVICE] = S_IFCHR | 0666,
						[REF_DEVICE] = S_IFCHR | 0666};
	/* null and mem */
	const unsigned int rdev = kind == REF_HARMLESS_DEVICE ? 1U << 20 | 3
				  : kind == REF_DEVICE	      ? 1U << 20 | 1
							      : 0;
	struct world_node *node = &world->nodes[world->n_nodes];

	if (world->n_nodes == WORLD_MAX_NODES || find_child(world, parent, name) >= 0)
		return -1;
	memset(node, 0, offsetof(struct world_node, path));
	node->parent = parent;
	node->superblock = world->nodes[parent].superblock;
	node->kind = kind;
	node->is_late = is_late;
	(void)snprintf(node->name, sizeof(node->name), "%s", name);
	/* Inode numbers come back in the next tree, with another generation. */
	node->node = model_node_new(world->nodes[parent].node, name, st_modes[kind], rdev,
				    3U + (unsigned int)world->n_nodes,
				    (unsigned int)random_next(&world->random));
	set_path(world, world->n_nodes);
	(void)strcpy(node->first_path, node->path);
	return world->n_nodes++;
}

/* The name goes, and its inode number comes back with what is made next: another object, elsewhere. */
void world_recycle(struct world *world, int idx, int parent, const char *name, enum ref_kind kind)
{
	const int n_nodes = world->n_nodes;

	model_node_free(world->nodes[idx].node);
	world->nodes[idx].name[0] = '\0';
	world->n_nodes = idx; /* world_add() numbers by it */
	(void)world_add(world, parent, name, kind, true);
	world->n_nodes = n_nodes;
}

static enum ref_kind any_kind(struct random *random)
{
	const unsigned int kind = random_below(random, 100);

	return kind < 42   ? REF_DIRECTORY
	       : kind < 80 ? REF_FILE
	       : kind < 86 ? REF_SYMLINK
	       : kind < 95 ? REF_HARMLESS_DEVICE
			   : REF_DEVICE;
}

static void add_mount(struct world *world)
{
	struct world_node *node = &world->nodes[world->n_nodes];
	char name[256];
	int parent = world_any_directory(world);

	names_any(&world->random, name);
	for (int above = parent; above != 0; above = world->nodes[above].parent)
		if (strlen(world->nodes[above].name) >= CF_NAME_SIZE)
			return; /* its zone would have no name */
	if (strlen(name) >= CF_NAME_SIZE || find_child(world, parent, name) >= 0)
		return;
	memset(node, 0, offsetof(struct world_node, path));
	(void)strcpy(node->name, name);
	node->parent = parent;
	node->superblock = 1;
	node->kind = REF_DIRECTORY;
	node->node = model_node_root(1);
	set_path(world, world->n_nodes);
	(void)strcpy(node->first_path, node->path);
	world->mount = world->n_nodes++;
}

void world_make_tree(struct world *world)
{
	struct random *random = &world->random;
	const bool is_deep = random_below(random, 300) == 0;
	const int n_wanted = is_deep ? 160 : 6 + (int)random_below(random, 40);
	char name[256];

	model_tree_clear();
	world->n_nodes = 1;
	world->focus = 0;
	world->mount = -1;
	world->nodes[0] = (struct world_node){
		.node = model_node_root(0), .kind = REF_DIRECTORY, .path = "/", .first_path = "/"};
	for (int tries = 0; world->n_nodes < n_wanted && tries < 200; tries++) {
		int parent = world_any_directory(world);

		if (is_deep && world->n_nodes < 132) { /* around CF_MAX_DEPTH */
			(void)world_add(world, world->n_nodes - 1, "a", REF_DIRECTORY, false);
			continue;
		}
		names_any(random, name);
		if (strlen(world->nodes[parent].path) < 2000)
			(void)world_add(world, parent, name, any_kind(random), false);
		if (!is_deep && world->mount < 0 && random_below(random, 60) == 0)
			add_mount(world);
	}
}

void world_move(struct world *world, int idx, int parent, const char *name)
{
	struct world_node *node = &world->nodes[idx];

	model_node_move(node->node, world->nodes[parent].node, name);
	node->parent = parent;
	(void)snprintf(node->name, sizeof(node->name), "%s", name);
	/* A parent may have been made after its child was: as many rounds as the tree can be deep. */
	for (int round = 0; round < CF_MAX_DEPTH; round++) {
		bool is_changed = false;

		for (int i = 1; i < world->n_nodes; i++) {
			char before[WORLD_PATH_SIZE];

			if (!world_is_above(world, idx, i))
				continue;
			world->nodes[i].is_moved = true;
			(void)strcpy(before, world->nodes[i].path);
			set_path(world, i);
			is_changed |= strcmp(before, world->nodes[i].path) != 0;
		}
		if (!is_changed)
			break;
	}
}
void world_new_name(struct world *world, int directory, char ret_name[256])
{
	const struct ref_policy *policy = &world->policy;
	const struct ref_layer *layer =
		&policy->layers[random_below(&world->random, (unsigned int)policy->n_layers)];
	const char *above = world->nodes[directory].path;
	const size_t length = strcmp(above, "/") == 0 ? 0 : strlen(above);
	char filled_in[2 * REF_MAX_SUBJECT];

	if (random_percent(&world->random, 60)) {
		for (int i = 0; i < layer->n_rules; i++) {
			const struct ref_rule *rule = &layer->rules[i];

			if (rule->is_name)
				continue;
			ref_fill_in(rule->subject, filled_in, sizeof(filled_in));
			if (strncmp(filled_in, above, length) != 0 || filled_in[length] != '/')
				continue;
			(void)snprintf(ret_name, 256, "%.*s",
				       (int)strcspn(filled_in + length + 1, "/"),
				       filled_in + length + 1);
			if (find_child(world, directory, ret_name) < 0)
				return;
		}
	}
	do
		names_any(&world->random, ret_name);
	while (find_child(world, directory, ret_name) >= 0);
}
