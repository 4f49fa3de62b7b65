/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide-model [--cases N] [--seed S] [--world W]
 *
 * The kernel part and the compiler, on the host, against a reference that was
 * written from the words alone: N random queries to bpf/decide.h, and N random
 * accesses in random trees under random policies, which go the whole way from
 * YAML to a hook's return value. Prints the first difference, with all that is
 * needed to see it again.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/abi.h"
#include "tests/model/daemon.h"
#include "tests/model/decisions.h"
#include "tests/model/world.h"

#define AGENT	      0x401U
#define ASKS_PER_TREE 120
#define REFUSED	      (-13) /* EACCES */

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

/* One access: the object, and the second one of a rename. */
struct access {
	enum model_op op;
	struct model_node *node, *target_node;
	struct ref_object object, target;
	enum ref_right wanted[2], target_wanted[2];
	int n_wanted, n_target_wanted;
	bool is_pinned, is_target_pinned;
};

/* What the reference expects of a hook. */
struct expected {
	bool is_denied;
	bool is_target;	 /* by the second object */
	bool is_unknown; /* because a bound is passed */
	bool is_pinned;	 /* the rights alone would allow it */
};

static struct world world;
static struct cf_layer *layers[REF_MAX_LAYERS];
static char *texts[REF_MAX_LAYERS][3];
static uint64_t n_allowed[_MODEL_OP_MAX], n_denied[_MODEL_OP_MAX], n_pinned, n_unknown, n_by_name,
	n_released;

/* ------------------------------------------------------- what is asked of */

static struct model_node *find_node(const char *path, bool *ret_is_directory)
{
	int idx = world_find(&world, path);

	if (idx < 0)
		return NULL;
	*ret_is_directory = world.nodes[idx].kind == REF_DIRECTORY;
	return world.nodes[idx].node;
}

static const char *mount_point(void)
{
	return world.mount >= 0 ? world.nodes[world.mount].path : NULL;
}

/* Did it have a rule's key when the agent started? Each object on the way to a rule's has one. */
static bool is_held_by_rule(int idx)
{
	return !world.nodes[idx].is_late &&
	       ref_leads_through(&world.policy, world.nodes[idx].first_path, mount_point());
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
static void fill_old_paths(int idx, const char *name, struct ref_object *object,
			   old_path_buffer buffer)
{
	for (int held = idx; held != 0; held = world.nodes[held].parent) {
		char *path = buffer[object->n_old_paths];

		if (!world.nodes[held].is_moved || !is_held_by_rule(held))
			continue;
		if (object->n_old_paths == REF_MAX_OLD_PATHS - 1)
			abort(); /* a world is not as deep as that */
		(void)snprintf(path, sizeof(buffer[0]), "%s%s%s%s", world.nodes[held].first_path,
			       world.nodes[idx].path + strlen(world.nodes[held].path),
			       name ? "/" : "", name ? name : "");
		if (!is_old_path(object, path))
			object->old_paths[object->n_old_paths++] = path;
	}
}

static int n_outside(int idx)
{
	int n = 0;

	if (world.nodes[idx].superblock == 0)
		return 0;
	for (const char *at = mount_point(); *at; at++)
		n += *at == '/';
	return n;
}

static char path_buffers[2][2 * WORLD_PATH_SIZE];
static old_path_buffer old_buffers[2];

static struct ref_object object_of(int idx, int slot)
{
	struct ref_object object = {.kind = world.nodes[idx].kind,
				    .path = world.nodes[idx].path,
				    .n_outside = n_outside(idx)};

	fill_old_paths(idx, NULL, &object, old_buffers[slot]);
	return object;
}

static struct ref_object new_object(int directory, const char *name, enum ref_kind kind, int slot)
{
	struct ref_object object = {.kind = kind, .n_outside = n_outside(directory)};
	const char *above = world.nodes[directory].path;

	(void)snprintf(path_buffers[slot], sizeof(path_buffers[slot]), "%s/%s",
		       strcmp(above, "/") == 0 ? "" : above, name);
	object.path = path_buffers[slot];
	fill_old_paths(directory, name, &object, old_buffers[slot]);
	return object;
}

static bool is_led_through(const struct ref_object *object)
{
	for (int i = 0; i < object->n_old_paths; i++)
		if (ref_leads_through(&world.policy, object->old_paths[i], mount_point()))
			return true;
	return ref_leads_through(&world.policy, object->path, mount_point());
}

static bool is_pinned(const struct ref_object *object)
{
	return is_led_through(object) || ref_is_leading(&world.policy, object);
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
static void make_new(struct access *access)
{
	const int directory = world_any_directory(&world);
	const enum ref_kind kind = access->op == MODEL_MKDIR	 ? REF_DIRECTORY
				   : access->op == MODEL_SYMLINK ? REF_SYMLINK
								 : REF_FILE;
	char name[256];

	world_new_name(&world, directory, name);
	access->object = new_object(directory, name, kind, 0);
	access->node = model_node_new(world.nodes[directory].node, name, 0, 0, 0, 0);
	want(access, REF_CREATE);
	/* "not where a rule's path or name would lead" */
	access->is_pinned = access->op == MODEL_SYMLINK && is_pinned(&access->object);
}

/* "delete on the old name, create (and delete) on the new; directories and links that a rule's path leads through stay" */
static bool make_rename(struct access *access, int idx)
{
	struct random *random = &world.random;
	const enum ref_kind kind = world.nodes[idx].kind;
	int directory = world_any_directory(&world), replaced = -1;
	char name[256];

	if (world.nodes[directory].superblock != world.nodes[idx].superblock ||
	    world_is_above(&world, idx, directory))
		return false;
	want(access, REF_DELETE);
	want_of_target(access, REF_CREATE);
	if (random_percent(random, 40)) {
		replaced = world_any(&world);
		if (replaced == 0 || replaced == world.mount || replaced == idx ||
		    world.nodes[replaced].superblock != world.nodes[idx].superblock ||
		    (kind == REF_DIRECTORY) != (world.nodes[replaced].kind == REF_DIRECTORY) ||
		    world_is_above(&world, replaced, idx) || world_is_above(&world, idx, replaced))
			return false;
		want_of_target(access, REF_DELETE);
		access->target = object_of(replaced, 1);
		access->target_node = world.nodes[replaced].node;
	} else {
		world_new_name(&world, directory, name);
		/* Of a device that is not there nothing is known but that it is one. */
		access->target = new_object(directory, name,
					    kind == REF_HARMLESS_DEVICE ? REF_DEVICE : kind, 1);
		access->target_node = model_node_new(world.nodes[directory].node, name, 0, 0, 0, 0);
	}
	access->is_pinned = kind == REF_DIRECTORY && is_pinned(&access->object);
	access->is_target_pinned =
		(kind == REF_DIRECTORY || kind == REF_SYMLINK) && is_pinned(&access->target);
	return true;
}

/* Whether the operation can be tried on that kind of object at all: the kernel answers else, before any hook. */
static bool is_possible(enum model_op op, int idx)
{
	const bool is_root = idx == 0 || idx == world.mount;

	switch (world.nodes[idx].kind) {
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

static bool make_access(struct access *access)
{
	int idx;

	memset(access, 0, sizeof(*access));
	access->op = (enum model_op)random_below(&world.random, _MODEL_OP_MAX);
	if (access->op == MODEL_CREATE || access->op == MODEL_MKDIR || access->op == MODEL_MKNOD ||
	    access->op == MODEL_SYMLINK) {
		make_new(access);
		return true;
	}
	idx = world_any(&world);
	if (!is_possible(access->op, idx))
		return false;
	access->node = world.nodes[idx].node;
	access->object = object_of(idx, 0);
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
		access->is_pinned = is_led_through(&access->object);
		want(access, REF_DELETE);
		break;
	case MODEL_RENAME:
		if (!make_rename(access, idx))
			return false;
		release(access, &access->target);
		break;
	default:
		want(access, REF_DELETE);
		break;
	}
	return true;
}

static void end_access(struct access *access)
{
	const bool is_node_new = world_find(&world, access->object.path) < 0;

	if (access->target_node && world_find(&world, access->target.path) < 0)
		model_node_free(access->target_node);
	if (is_node_new)
		model_node_free(access->node);
}

/* ------------------------------------------------------------ the verdicts */

static bool has_all(const struct ref_rights *rights, const enum ref_right *wanted, int n)
{
	for (int i = 0; i < n; i++)
		if (!rights->has[wanted[i]])
			return false;
	return true;
}

static bool is_refused(const struct ref_object *object, const struct ref_verdict *verdict,
		       const enum ref_right *wanted, int n)
{
	return (verdict->is_unknown && object->kind != REF_HARMLESS_DEVICE) ||
	       !has_all(&verdict->rights, wanted, n);
}

static struct expected expect(const struct access *access, struct ref_verdict *verdict)
{
	struct expected expected = {};

	ref_judge(&world.policy, &access->object, verdict);
	expected.is_unknown = verdict->is_unknown;
	expected.is_denied = is_refused(&access->object, verdict, access->wanted, access->n_wanted);
	expected.is_pinned = !expected.is_denied && access->is_pinned;
	expected.is_denied |= access->is_pinned;
	if (expected.is_denied || access->n_target_wanted == 0)
		return expected;
	expected.is_target = true;
	ref_judge(&world.policy, &access->target, verdict);
	expected.is_unknown = verdict->is_unknown;
	expected.is_denied = is_refused(&access->target, verdict, access->target_wanted,
					access->n_target_wanted);
	expected.is_pinned = !expected.is_denied && access->is_target_pinned;
	expected.is_denied |= access->is_target_pinned;
	return expected;
}

/* Does the rule that was told really take something away that was wanted? */
static bool is_told_well(const struct access *access, const struct expected *expected,
			 const struct ref_verdict *verdict, const struct model_told *told)
{
	const enum ref_right *wanted = expected->is_target ? access->target_wanted : access->wanted;
	const int n = expected->is_target ? access->n_target_wanted : access->n_wanted;
	int document;
	unsigned int line;

	if ((int)told->is_target != (int)expected->is_target)
		return false;
	if (told->reason != CF_REASON_FILE_RULE && told->reason != CF_REASON_NAME_RULE &&
	    told->reason != CF_REASON_UNFILTERED)
		return told->reason == (expected->is_pinned ? CF_REASON_PINNED : CF_REASON_DEVICE);
	if (told->layer >= (unsigned int)world.policy.n_layers)
		return false;
	if (told->rule != CF_RULE_DEFAULT) {
		daemon_source(layers[told->layer], told->rule, &document, &line);
		if (document < 0)
			document = world.policy.layers[told->layer].n_documents - 1;
	}
	for (int i = 0; i < verdict->n_opinions; i++) {
		const struct ref_opinion *opinion = &verdict->opinions[i];
		const struct ref_rule *rule = opinion->rule;

		if (opinion->layer != (int)told->layer || has_all(&opinion->rights, wanted, n))
			continue;
		if (!rule ? told->rule == CF_RULE_DEFAULT
			  : told->rule != CF_RULE_DEFAULT && rule->document == document &&
				    rule->line == line &&
				    rule->is_name == (told->reason == CF_REASON_NAME_RULE ||
						      (rule->is_name &&
						       told->reason == CF_REASON_UNFILTERED)))
			return true;
	}
	return false;
}

static bool is_as_expected(const struct access *access, const struct expected *expected,
			   const struct ref_verdict *verdict, int found,
			   const struct model_told *told)
{
	const bool is_audit = ref_is_audit(&world.policy);

	if (!expected->is_denied)
		return found == 0 && !told->is_told;
	if (found != (is_audit ? 0 : REFUSED) || !told->is_told)
		return false;
	if (told->code != (is_audit		  ? CF_VERDICT_WOULD_DENY
			   : expected->is_unknown ? CF_VERDICT_UNKNOWN
						  : CF_VERDICT_DENY))
		return false;
	return expected->is_unknown || is_told_well(access, expected, verdict, told);
}

static void print_object(const char *what, const struct ref_object *object, bool is_pinned_here)
{
	static const char *const kinds[] = {[REF_FILE] = "file",
					    [REF_DIRECTORY] = "directory",
					    [REF_SYMLINK] = "symbolic link",
					    [REF_HARMLESS_DEVICE] = "harmless device",
					    [REF_DEVICE] = "device"};

	(void)printf("  %s: %s %s%s; %d names outside its filesystem\n", what, kinds[object->kind],
		     object->path, is_pinned_here ? ", pinned" : "", object->n_outside);
	for (int i = 0; i < object->n_old_paths; i++)
		(void)printf("    was %s\n", object->old_paths[i]);
}

static void print_difference(uint64_t index, const struct access *access,
			     const struct expected *expected, const struct ref_verdict *verdict,
			     int found, const struct model_told *told)
{
	(void)printf("DIFFERENCE in world %" PRIu64 ": %s\n", index, op_names[access->op]);
	print_object("object", &access->object, access->is_pinned);
	if (access->n_target_wanted)
		print_object("target", &access->target, access->is_target_pinned);
	(void)printf("  reference: %s%s%s%s\n  rights there: ",
		     expected->is_denied ? "denied" : "allowed",
		     expected->is_target ? " by the target" : "",
		     expected->is_unknown ? ", a bound is passed" : "",
		     expected->is_pinned ? ", pinned" : "");
	for (int right = 0; right < _REF_RIGHT_MAX; right++)
		(void)putchar(verdict->rights.has[right] ? "rlwcdaxmsi"[right] : '-');
	(void)printf("\n  the hook: %d; told: %d, code %u reason %u layer %u rule %u%s\n", found,
		     told->is_told, told->code, told->reason, told->layer, told->rule,
		     told->is_target ? " (target)" : "");
	(void)printf("  started by `run`: %d; second filesystem: %s\n", world.policy.is_launched,
		     mount_point() ? mount_point() : "none");
	for (int i = 0; i < world.policy.n_layers; i++)
		for (int j = 0; j < world.policy.layers[i].n_documents; j++)
			(void)printf("--- layer %d, document %d\n%s", i, j, texts[i][j]);
}

/* Is it allowed because of a name in `replace`, and would not be otherwise? */
static bool is_released(const struct access *access)
{
	struct access without = *access;
	struct ref_verdict verdict;

	if (!access->object.released)
		return false;
	without.object.released = NULL;
	without.target.released = NULL;
	return expect(&without, &verdict).is_denied;
}

static void count(const struct access *access, const struct expected *expected,
		  const struct model_told *told)
{
	n_released += !expected->is_denied && is_released(access);
	if (expected->is_denied)
		n_denied[access->op]++;
	else
		n_allowed[access->op]++;
	n_pinned += expected->is_pinned;
	n_unknown += expected->is_unknown;
	n_by_name += told->is_told && told->reason == CF_REASON_NAME_RULE;
}

static bool check_access(uint64_t index, struct access *access)
{
	struct ref_verdict verdict = {};
	struct expected expected = expect(access, &verdict);
	struct model_told told;
	int found = model_ask(access->op, access->node, access->target_node, &told);

	count(access, &expected, &told);
	if (is_as_expected(access, &expected, &verdict, found, &told))
		return true;
	print_difference(index, access, &expected, &verdict, found, &told);
	return false;
}

/* ---------------------------------------------------------------- a world */

/* Somebody outside makes something, maybe where a rule waits for it. */
static void make_late(void)
{
	static const enum ref_kind kinds[] = {REF_DIRECTORY, REF_FILE, REF_SYMLINK, REF_DIRECTORY};
	const int directory = world_any_directory(&world);
	char name[256];

	world_new_name(&world, directory, name);
	(void)world_add(&world, directory, name, kinds[random_below(&world.random, 4)], true);
}

/* Somebody outside removes something, and what is made then bears its inode number. */
static void recycle(void)
{
	const int idx = world_any(&world), parent = world_any_directory(&world);
	char name[256];

	if (idx == 0 || idx == world.mount || idx == parent || world.nodes[idx].is_moved ||
	    world.nodes[idx].superblock != world.nodes[parent].superblock)
		return;
	for (int i = 1; i < world.n_nodes; i++)
		if (world.nodes[i].parent == idx)
			return;
	world_new_name(&world, parent, name);
	world_recycle(&world, idx, parent, name,
		      random_percent(&world.random, 60) ? REF_DIRECTORY : REF_FILE);
}

/* Somebody outside moves something, with all that is in it. */
static void move_something(void)
{
	const int parent = world_any_directory(&world);
	int idx = world_any(&world);
	char name[256];

	for (int tries = 0; tries < 10 && !is_held_by_rule(idx); tries++)
		idx = world_any(&world);
	if (idx == 0 || idx == world.mount || world.nodes[idx].kind == REF_SYMLINK ||
	    world.nodes[idx].superblock != world.nodes[parent].superblock ||
	    world_is_above(&world, idx, parent) ||
	    (world.mount >= 0 && world_is_above(&world, idx, world.mount)))
		return;
	world_new_name(&world, parent, name);
	world_move(&world, idx, parent, name);
	world.focus = parent;
}

static void start_agent(void)
{
	struct ref_policy *policy = &world.policy;

	for (int i = 0; i < policy->n_layers; i++) {
		world_write(&policy->layers[i], texts[i]);
		layers[i] = daemon_compile(texts[i], policy->layers[i].n_documents);
	}
	daemon_add_agent(AGENT, (const struct cf_layer *const *)layers, policy->n_layers);
	model_task_set(AGENT, policy->is_launched ? CF_LABEL_LAUNCHED : 0,
		       random_percent(&world.random, 80));
}

static void end_agent(void)
{
	daemon_remove_agent(AGENT);
	for (int i = 0; i < world.policy.n_layers; i++) {
		free(layers[i]);
		for (int j = 0; j < world.policy.layers[i].n_documents; j++)
			free(texts[i][j]);
	}
}

static bool check_world(uint64_t seed, uint64_t index, uint64_t n_asks)
{
	unsigned int moving_at = index % 2 == 0 ? UINT_MAX : 30 + (unsigned int)(index % 90);
	struct access access;
	bool is_same = true;

	world.random = (struct random){.state = seed ^ (index + 1) * 0xd1342543de82ef95ULL};
	world_make_tree(&world);
	world_make_policy(&world);
	daemon_mount(mount_point());
	start_agent();
	for (unsigned int i = 0; i < n_asks && is_same;) {
		if (random_percent(&world.random, 8))
			make_late();
		if (random_percent(&world.random, 4))
			recycle();
		if (i == moving_at) {
			move_something();
			moving_at += 1 + random_below(&world.random, 30);
		}
		if (!make_access(&access))
			continue;
		is_same = check_access(index, &access);
		end_access(&access);
		i++;
	}
	end_agent();
	return is_same;
}

/* A proof that shows nothing is none: each operation must have been allowed often, and denied often. */
static bool is_balanced(uint64_t n_cases)
{
	bool is_fair = n_pinned > n_cases / 1000 && n_unknown > n_cases / 20000 &&
		       n_by_name > n_cases / 100 && n_released > n_cases / 10000;

	for (int op = 0; op < _MODEL_OP_MAX; op++)
		is_fair &= n_allowed[op] > n_cases / 2000 && n_denied[op] > n_cases / 2000;
	for (int op = 0; op < _MODEL_OP_MAX; op++)
		(void)printf("  %-24s %9" PRIu64 " allowed %9" PRIu64 " denied\n", op_names[op],
			     n_allowed[op], n_denied[op]);
	(void)printf("  denied by a name rule %" PRIu64 ", pinned %" PRIu64 ", by a bound %" PRIu64
		     "; let go by `replace` %" PRIu64 "\n",
		     n_by_name, n_pinned, n_unknown, n_released);
	return is_fair;
}

static double now_s(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool check_worlds(uint64_t n_cases, uint64_t seed)
{
	uint64_t index = 0;

	for (uint64_t n = 0; n < n_cases; n += ASKS_PER_TREE, index++)
		if (!check_world(seed, index,
				 n_cases - n < ASKS_PER_TREE ? n_cases - n : ASKS_PER_TREE))
			return false;
	(void)printf("policies: %" PRIu64 " accesses in %" PRIu64 " worlds, no difference\n",
		     n_cases, index);
	if (is_balanced(n_cases) || n_cases < 100000)
		return true;
	(void)printf("NOT SHOWN: too little of something\n");
	return false;
}

static bool check_decisions(uint64_t n_cases, uint64_t seed)
{
	uint64_t n_corners;

	if (!decisions_check_corners(&n_corners) || !decisions_check_random(n_cases, seed))
		return false;
	(void)printf("decisions: %" PRIu64 " random cases and %" PRIu64 " corners, no difference\n",
		     n_cases, n_corners);
	return true;
}

static bool parse_number(const char *text, uint64_t *ret_number)
{
	char *end;

	*ret_number = strtoull(text, &end, 0);
	return *text && !*end;
}

int main(int argc, char *argv[])
{
	uint64_t n_cases = 1000000, seed = 1, only = UINT64_MAX;
	const double started_s = now_s();
	bool results[2];

	for (int i = 1; i < argc; i += 2) {
		uint64_t *target = strcmp(argv[i], "--cases") == 0   ? &n_cases
				   : strcmp(argv[i], "--seed") == 0  ? &seed
				   : strcmp(argv[i], "--world") == 0 ? &only
								     : NULL;

		if (!target || i + 1 == argc || !parse_number(argv[i + 1], target)) {
			(void)fprintf(stderr,
				      "usage: decide-model [--cases N] [--seed S] [--world W]\n");
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)printf("seed %" PRIu64 "\n", seed);
	daemon_open(find_node);
	if (only != UINT64_MAX)
		return !check_world(seed, only, ASKS_PER_TREE);
	results[0] = check_decisions(n_cases, seed);
	results[1] = check_worlds(n_cases, seed);
	(void)printf("%.1f s\n%d passed, %d failed, 0 skipped\n", now_s() - started_s,
		     results[0] + results[1], !results[0] + !results[1]);
	return !(results[0] && results[1]);
}
