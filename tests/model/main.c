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
#include "tests/model/expected.h"
#include "tests/model/policies.h"

#define AGENT	      0x401U
#define ASKS_PER_TREE 120

static struct world world;
static struct cf_layer *layers[REF_MAX_LAYERS];
static char *texts[REF_MAX_LAYERS][3];
static uint64_t n_allowed[_MODEL_OP_MAX], n_denied[_MODEL_OP_MAX], n_pinned, n_unknown, n_by_name,
	n_released;

static struct model_node *find_node(const char *path, bool *ret_is_directory)
{
	int idx = world_find(&world, path);

	if (idx < 0)
		return NULL;
	*ret_is_directory = world.nodes[idx].kind == REF_DIRECTORY;
	return world.nodes[idx].node;
}

/* ------------------------------------------------------------- what is told */

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
	(void)printf("DIFFERENCE in world %" PRIu64 ": %s\n", index, access_op_name(access->op));
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
		     world_mount_point(&world) ? world_mount_point(&world) : "none");
	for (int i = 0; i < world.policy.n_layers; i++)
		for (int j = 0; j < world.policy.layers[i].n_documents; j++)
			(void)printf("--- layer %d, document %d\n%s", i, j, texts[i][j]);
}

static void count(const struct access *access, const struct expected *expected,
		  const struct model_told *told)
{
	n_released += !expected->is_denied && expected_is_released(&world.policy, access);
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
	struct expected expected = expected_of(&world.policy, access, &verdict);
	struct model_told told;
	int found = model_ask(access->op, access->node, access->target_node, &told);

	count(access, &expected, &told);
	if (expected_is_met(&world.policy, layers, access, &expected, &verdict, found, &told))
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

	for (int tries = 0; tries < 10 && !world_is_held(&world, idx); tries++)
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
		policies_write(&policy->layers[i], texts[i]);
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
	policies_make(&world);
	daemon_mount(world_mount_point(&world));
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
		if (!access_make(&world, &access))
			continue;
		is_same = check_access(index, &access);
		access_end(&world, &access);
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
		(void)printf("  %-24s %9" PRIu64 " allowed %9" PRIu64 " denied\n",
			     access_op_name((enum model_op)op), n_allowed[op], n_denied[op]);
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
