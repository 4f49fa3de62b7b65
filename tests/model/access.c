/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const op_names[] = {
	[MODEL_READ] = "read or list",
	[MODEL_WRITE] = "open to write",
	[MODEL_READ_WRITE] = "open to read and write",
	[MODEL_APPEND] = "open to append",
	[MODEL_OPEN_EXEC] = "open to execute",
	[MODEL_OPEN_IOCTL] = "open for ioctl",
	[MODEL_CREATE] = "create",
	[MODEL_MKDIR] = "mkdir",
	[MODEL_MKNOD] = "mknod",
	[MODEL_SYMLINK] = "symlink",
	[MODEL_UNLINK] = "unlink",
	[MODEL_RMDIR] = "rmdir",
	[MODEL_READLINK] = "readlink",
	[MODEL_RENAME] = "rename",
	[MODEL_CHMOD] = "chmod",
	[MODEL_SHRINK] = "truncate",
	[MODEL_GROW] = "truncate to more",
};

_Static_assert(sizeof(op_names) / sizeof(op_names[0]) == _MODEL_OP_MAX, "an operation has no name");

const char *access_op_name(enum model_op op)
{
	return op_names[op];
}

typedef char old_path_buffer[REF_MAX_OLD_PATHS][2 * WORLD_PATH_SIZE];

static bool is_old_path(const struct ref_object *object, const char *path)
{
	for (int i = 0; i < object->n_old_paths; i++)
		if (strcmp(object->old_paths[i], path) == 0)
			return true;
	return false;
}

/* Where the object would be if what bears a rule had not moved: by each such object, and names below it. */
static void fill_old_paths(struct world *world, int idx, const char *name,
			   struct ref_object *object, old_path_buffer buffer)
{
	for (int held = idx; held != 0; held = world->nodes[held].parent) {
		char *path = buffer[object->n_old_paths];

		if (!world->nodes[held].is_moved || !world_is_held(world, held))
			continue;
		if (object->n_old_paths == REF_MAX_OLD_PATHS - 1)
			abort(); /* a world is not as deep as that */
		(void)snprintf(path, sizeof(buffer[0]), "%s%s%s%s", world->nodes[held].first_path,
			       world->nodes[idx].path + strlen(world->nodes[held].path),
			       name ? "/" : "", name ? name : "");
		if (!is_old_path(object, path))
			object->old_paths[object->n_old_paths++] = path;
	}
}

static int n_outside(struct world *world, int idx)
{
	int n = 0;

	if (world->nodes[idx].superblock == 0)
		return 0;
	for (const char *at = world_mount_point(world); *at; at++)
		n += *at == '/';
	return n;
}

static char path_buffers[2][2 * WORLD_PATH_SIZE];
static old_path_buffer old_buffers[2];

static struct ref_object object_of(struct world *world, int idx, int slot)
{
	struct ref_object object = {.kind = world->nodes[idx].kind,
				    .path = world->nodes[idx].path,
				    .n_outside = n_outside(world, idx)};

	fill_old_paths(world, idx, NULL, &object, old_buffers[slot]);
	return object;
}

static struct ref_object new_object(struct world *world, int directory, const char *name,
				    enum ref_kind kind, int slot)
{
	struct ref_object object = {.kind = kind, .n_outside = n_outside(world, directory)};
	const char *above = world->nodes[directory].path;

	(void)snprintf(path_buffers[slot], sizeof(path_buffers[slot]), "%s/%s",
		       strcmp(above, "/") == 0 ? "" : above, name);
	object.path = path_buffers[slot];
	fill_old_paths(world, directory, name, &object, old_buffers[slot]);
	return object;
}

static bool is_led_through(struct world *world, const struct ref_object *object)
{
	for (int i = 0; i < object->n_old_paths; i++)
		if (ref_leads_through(&world->policy, object->old_paths[i],
				      world_mount_point(world)))
			return true;
	return ref_leads_through(&world->policy, object->path, world_mount_point(world));
}

static bool is_pinned(struct world *world, const struct ref_object *object)
{
	return is_led_through(world, object) || ref_is_leading(&world->policy, object);
}

/* -------------------------------------------------- the table of the hooks */

static void want(struct access *access, enum ref_right right)
{
	access->wanted[access->n_wanted++] = right;
}

static void want_of_target(struct access *access, enum ref_right right)
{
	access->target_wanted[access->n_target_wanted++] = right;
}

/* Something new in some directory. */
static void make_new(struct world *world, struct access *access)
{
	const int directory = world_any_directory(world);
	const enum ref_kind kind = access->op == MODEL_MKDIR	 ? REF_DIRECTORY
				   : access->op == MODEL_SYMLINK ? REF_SYMLINK
								 : REF_FILE;
	char name[256];

	world_new_name(world, directory, name);
	access->object = new_object(world, directory, name, kind, 0);
	access->node = model_node_new(world->nodes[directory].node, name, 0, 0, 0, 0);
	want(access, REF_CREATE);
	/* "not where a rule's path or name would lead" */
	access->is_pinned = access->op == MODEL_SYMLINK && is_pinned(world, &access->object);
}

/* "delete on the old name, create (and write, of files and folders, and delete) on the new; directories and links that a
   rule's path leads through stay" */
static bool make_rename(struct world *world, struct access *access, int idx)
{
	struct random *random = &world->random;
	const enum ref_kind kind = world->nodes[idx].kind;
	int directory = world_any_directory(world), replaced = -1;
	char name[256];

	if (world->nodes[directory].superblock != world->nodes[idx].superblock ||
	    world_is_above(world, idx, directory))
		return false;
	want(access, REF_DELETE);
	want_of_target(access, REF_CREATE);
	if (kind == REF_FILE || kind == REF_DIRECTORY)
		want_of_target(access, REF_WRITE);
	if (random_percent(random, 40)) {
		replaced = world_any(world);
		if (replaced == 0 || replaced == world->mount || replaced == idx ||
		    world->nodes[replaced].superblock != world->nodes[idx].superblock ||
		    (kind == REF_DIRECTORY) != (world->nodes[replaced].kind == REF_DIRECTORY) ||
		    world_is_above(world, replaced, idx) || world_is_above(world, idx, replaced))
			return false;
		want_of_target(access, REF_DELETE);
		access->target = object_of(world, replaced, 1);
		access->target_node = world->nodes[replaced].node;
	} else {
		world_new_name(world, directory, name);
		/* Of a device that is not there nothing is known but that it is one. */
		access->target = new_object(world, directory, name,
					    kind == REF_HARMLESS_DEVICE ? REF_DEVICE : kind, 1);
		access->target_node =
			model_node_new(world->nodes[directory].node, name, 0, 0, 0, 0);
	}
	access->is_pinned = kind == REF_DIRECTORY && is_pinned(world, &access->object);
	access->is_target_pinned =
		(kind == REF_DIRECTORY || kind == REF_SYMLINK) && is_pinned(world, &access->target);
	return true;
}

/* Whether the operation can be tried on that kind of object at all: the kernel answers else, before any hook. */
static bool is_possible(struct world *world, enum model_op op, int idx)
{
	const bool is_root = idx == 0 || idx == world->mount;

	switch (world->nodes[idx].kind) {
	case REF_DIRECTORY:
		return op == MODEL_READ || op == MODEL_OPEN_IOCTL || op == MODEL_CHMOD ||
		       (!is_root && (op == MODEL_RMDIR || op == MODEL_RENAME));
	case REF_SYMLINK:
		return op == MODEL_READLINK || op == MODEL_UNLINK || op == MODEL_RENAME ||
		       op == MODEL_CHMOD;
	case REF_FILE:
		return op != MODEL_RMDIR && op != MODEL_READLINK;
	default:
		return op != MODEL_RMDIR && op != MODEL_READLINK && op != MODEL_SHRINK &&
		       op != MODEL_GROW;
	}
}

/* The object's name goes. */
static void release(struct access *access, struct ref_object *judged)
{
	if (access->object.kind != REF_DIRECTORY)
		judged->released = strrchr(access->object.path, '/') + 1;
}

bool access_make(struct world *world, struct access *access)
{
	int idx;

	memset(access, 0, sizeof(*access));
	access->op = (enum model_op)random_below(&world->random, _MODEL_OP_MAX);
	if (access->op == MODEL_CREATE || access->op == MODEL_MKDIR || access->op == MODEL_MKNOD ||
	    access->op == MODEL_SYMLINK) {
		make_new(world, access);
		return true;
	}
	idx = world_any(world);
	if (!is_possible(world, access->op, idx))
		return false;
	access->node = world->nodes[idx].node;
	access->object = object_of(world, idx, 0);
	if (access->op == MODEL_UNLINK || access->op == MODEL_RENAME)
		release(access, &access->object);
	switch (access->op) {
	case MODEL_READ:
		want(access, access->object.kind == REF_DIRECTORY ? REF_LIST : REF_READ);
		break;
	case MODEL_READLINK:
		want(access, REF_READ);
		break;
	case MODEL_READ_WRITE:
		want(access, REF_READ);
		want(access, REF_WRITE);
		break;
	case MODEL_WRITE:
	case MODEL_GROW:
		want(access, REF_WRITE);
		break;
	case MODEL_SHRINK:
		want(access, REF_WRITE);
		want(access, REF_DELETE);
		break;
	case MODEL_APPEND:
		want(access, REF_APPEND);
		break;
	case MODEL_OPEN_EXEC:
		want(access, REF_EXEC);
		break;
	case MODEL_OPEN_IOCTL:
		want(access, REF_IOCTL);
		break;
	case MODEL_CHMOD:
		want(access, REF_METADATA);
		break;
	case MODEL_RMDIR: /* "a directory that is a zone's place stays" */
		access->is_pinned = is_led_through(world, &access->object);
		want(access, REF_DELETE);
		break;
	case MODEL_RENAME:
		if (!make_rename(world, access, idx))
			return false;
		release(access, &access->target);
		break;
	default:
		want(access, REF_DELETE);
		break;
	}
	return true;
}

void access_end(struct world *world, struct access *access)
{
	const bool is_node_new = world_find(world, access->object.path) < 0;

	if (access->target_node && world_find(world, access->target.path) < 0)
		model_node_free(access->target_node);
	if (is_node_new)
		model_node_free(access->node);
}
