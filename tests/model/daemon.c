/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/magic.h>

#include "base/cleanup.h"
#include "kernel/internal.h"
#include "kernel/links.h"
#include "kernel/resolve.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"
#include "tests/model/reference.h"

static struct cf_kernel kernel;
static daemon_find_fn find_node;
static const char *mounted_on;

/* ------------------------------------- what libbpf gives, for kernel/maps.c */

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	(void)flags;
	errno = EINVAL;
	return model_map_fd_put(fd, key, value) ? -EINVAL : 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	errno = ENOENT;
	return model_map_fd_get(fd, key, value) ? -ENOENT : 0;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	errno = ENOENT;
	return model_map_fd_delete(fd, key) ? -ENOENT : 0;
}

int bpf_map_get_next_key(int fd, const void *cur_key, void *next_key)
{
	errno = ENOENT;
	return model_map_fd_next(fd, cur_key, next_key) ? -ENOENT : 0;
}

/* -------------------------- kernel/resolve.c and links.c, in the model's tree */

static bool is_mount_point(const char *path)
{
	return mounted_on && strcmp(path, mounted_on) == 0;
}

/* The names of @path from its superblock's root to its end, as the kernel part reports them. */
static int add_chain(struct cf_tree *tree, const char *path, const char *const *names,
		     size_t n_names, uint32_t *ret_zone)
{
	static struct cf_identity levels[CF_MAX_DEPTH + 1];
	struct cf_chain chain = {.levels = levels};
	const struct cf_tree_names below = {.items = names, .n_items = n_names};
	char prefix[4200] = "";
	bool is_directory;

	for (const char *at = path;;) {
		const size_t length = strcspn(at, "/");
		struct model_identity identity;
		struct cf_identity *level;

		if (is_mount_point(prefix))
			chain.n_levels = 0; /* another root */
		identity = model_node_identity(find_node(prefix[0] ? prefix : "/", &is_directory));
		level = &levels[chain.n_levels++];
		*level = (struct cf_identity){.superblock = identity.superblock,
					      .ino = identity.ino,
					      .dev = identity.dev,
					      .generation = identity.generation,
					      .magic = EXT4_SUPER_MAGIC};
		if (chain.n_levels > 1) {
			const char *name = strrchr(prefix, '/') + 1;

			level->name_length = (uint32_t)strlen(name);
			memcpy(level->name, name, level->name_length);
		}
		at += length;
		while (*at == '/')
			at++;
		if (!*at)
			break;
		(void)strcat(prefix, "/");
		(void)strncat(prefix, at, strcspn(at, "/"));
	}
	return cf_tree_add_chain(tree, &chain, &below, ret_zone);
}

static int add_target(struct cf_tree *tree, struct cf_resolution *resolution, const char *object,
		      const char *const *names, size_t n_names, bool is_object)
{
	struct cf_target target = {.is_object = is_object};
	int r = add_chain(tree, object, names, n_names, &target.zone);

	return r < 0 ? r : cf_array_push(&resolution->targets, target);
}

/* Down to the deepest object there is; the mount point on the way has its own names. No symbolic links. */
int cf_resolve(struct cf_tree *tree, const char *path, struct cf_resolution *ret_resolution)
{
	char reached[4200] = "", *copy = strdup(path), *rest = copy, *name;
	const char *names[CF_MAX_DEPTH + 1];
	size_t n_names = 0, n_below = 0;
	bool is_directory = true;
	int r = 0;

	while ((name = strsep(&rest, "/")))
		if (*name)
			names[n_names++] = name;
	while (n_below < n_names && is_directory) {
		char next[4200];

		(void)snprintf(next, sizeof(next), "%.2000s/%.200s", reached, names[n_below]);
		if (!find_node(next, &is_directory))
			break;
		if (is_mount_point(next))
			r = add_target(tree, ret_resolution, reached, names + n_below,
				       n_names - n_below, false);
		(void)memcpy(reached, next, sizeof(reached));
		n_below++;
	}
	if (r == 0)
		r = add_target(tree, ret_resolution, reached, names + n_below, n_names - n_below,
			       true);
	free(copy);
	return r;
}

void cf_resolution_done(struct cf_tree *tree, struct cf_resolution *resolution)
{
	for (size_t i = 0; i < resolution->targets.n_items; i++)
		cf_zone_table_release(tree->table, resolution->targets.items[i].zone);
	free(resolution->targets.items);
	*resolution = (struct cf_resolution){.fd = -1};
}

/* Nothing is mounted but by daemon_mount(). */
int cf_tree_refresh(struct cf_tree *tree)
{
	(void)tree;
	return 0;
}

/* The tree has no hard links. */
int cf_links_scan(struct cf_tree *tree, const struct cf_rights_entry *entries, size_t n_entries,
		  const struct cf_links_start *starts, size_t n_starts)
{
	(void)tree;
	(void)entries;
	(void)n_entries;
	(void)starts;
	(void)n_starts;
	return 0;
}

/* -------------------------------------------------------------- the daemon */

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "the model cannot %s: %s\n", what, strerror(-r));
	abort();
}

/* As kernel/mounts.c does it: a root's zone is that of its mount point, and the root an anchor. */
static void add_superblock(unsigned int index, uint32_t zone)
{
	struct model_identity root = model_node_identity(model_node_root(index));
	struct cf_object_key key = {.ino = root.ino, .dev = root.dev};
	struct cf_object_version version = {.superblock = root.superblock,
					    .generation = root.generation};
	struct cf_superblock value = {.address = root.superblock, .zone = zone};
	struct cf_tree_superblock superblock = {
		.dev = root.dev, .address = root.superblock, .root = key, .zone = zone};

	must(cf_zone_table_add_anchor(kernel.tree.table, zone, &key, &version), "anchor a root");
	must(cf_map_put(MODEL_SUPERBLOCKS, &root.dev, &value), "enter a superblock");
	must(cf_array_push(&kernel.tree.superblocks, superblock), "enter a superblock");
}

void daemon_open(daemon_find_fn find)
{
	struct model_words words = model_words();

	find_node = find;
	kernel.maps = (struct cf_maps){
		.domains = MODEL_DOMAINS,
		.superblocks = MODEL_SUPERBLOCKS,
		.anchors = MODEL_ANCHORS,
		.places = MODEL_PLACES,
		.zones = MODEL_ZONES,
		.rights = MODEL_RIGHTS,
		.names = MODEL_NAMES,
		.prefixes = MODEL_PREFIXES,
		.suffixes = MODEL_SUFFIXES,
		.name_rules = MODEL_NAME_RULES,
		.nets = MODEL_NETS,
		.counters = MODEL_COUNTERS,
		.topology = words.topology,
		.agents_live = words.agents_live,
		.links_unknown = words.links_unknown,
		.proc_zone = words.proc_zone,
		.sys_zone = words.sys_zone,
		.cgroup_filter = (uint64_t *)words.cgroup_filter,
		.anchor_filter = (uint64_t *)words.anchor_filter,
		.name_ends = words.name_ends,
	};
	kernel.tree.maps = &kernel.maps;
	must(cf_zone_table_new(&cf_maps_zone_ops, &kernel.maps, &kernel.tree.table),
	     "make a zone table");
	must(cf_zone_table_add_root(kernel.tree.table, 0, &kernel.tree.top), "make a zone");
	add_superblock(0, kernel.tree.top);
}

void daemon_mount(const char *mount_point)
{
	struct model_identity root = model_node_identity(model_node_root(1));
	struct cf_object_key key = {.ino = root.ino, .dev = root.dev};
	char directory[4200];
	const char *name;
	uint32_t zone;

	if (kernel.tree.superblocks.n_items > 1) {
		zone = kernel.tree.superblocks.items[--kernel.tree.superblocks.n_items].zone;
		cf_zone_table_remove_anchor(kernel.tree.table, zone, &key);
		cf_zone_table_release(kernel.tree.table, zone);
		(void)cf_map_delete(MODEL_SUPERBLOCKS, &root.dev);
		must(cf_zone_table_flush(kernel.tree.table), "unmount");
	}
	mounted_on = NULL;
	if (!mount_point)
		return;
	(void)snprintf(directory, sizeof(directory), "%s", mount_point);
	*strrchr(directory, '/') = '\0';
	name = strrchr(mount_point, '/') + 1;
	must(add_chain(&kernel.tree, directory, &name, 1, &zone), "mount");
	add_superblock(1, zone);
	mounted_on = mount_point;
	cf_maps_bump_topology(&kernel.maps);
}

/* Packs are called p0, p1, ...: the texts but the last. */
static int find_pack(const char *name, void *userdata, const char **ret_file, const char **ret_text,
		     size_t *ret_size)
{
	static const char *const files[] = {"p0", "p1"};
	char *const *texts = userdata;

	*ret_file = files[name[1] - '0'];
	*ret_text = texts[name[1] - '0'];
	*ret_size = strlen(*ret_text);
	return 0;
}

struct cf_layer *daemon_compile(char *const *texts, int n_texts)
{
	static const struct cf_policy_variables variables = {.workspace = REF_WORKSPACE,
							     .home = REF_HOME,
							     .tmp = REF_TMP,
							     .user = REF_USER,
							     .agent = REF_AGENT};
	const char *text = texts[n_texts - 1];
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};
	char message[2048];
	int r;

	r = cf_policy_parse("main", text, strlen(text), find_pack, (void *)(uintptr_t)texts,
			    &policy, &diag);
	if (r == 0)
		r = cf_policy_compile(policy, &variables, &layer, &diag);
	if (r == 0)
		r = cf_layer_check(layer, layer->size, &diag);
	if (r == 0)
		return layer;
	(void)fprintf(stderr, "%s\n%s", cf_diag_format(&diag, message, sizeof(message)), text);
	abort();
}

void daemon_source(const struct cf_layer *layer, unsigned int rule, int *ret_document,
		   unsigned int *ret_line)
{
	const struct cf_layer_source *source = &cf_layer_sources(layer)[rule];
	const char *file = cf_layer_string(layer, source->file);

	*ret_document = strcmp(file, "main") == 0 ? -1 : file[1] - '0';
	*ret_line = source->line;
}

void daemon_add_agent(uint32_t id, const struct cf_layer *const *layers, int n_layers)
{
	struct cf_diag diag = {};
	char message[2048];

	if (cf_kernel_agent_add(&kernel, id, layers, (size_t)n_layers, 0, &diag) == 0)
		return;
	(void)fprintf(stderr, "%s\n", cf_diag_format(&diag, message, sizeof(message)));
	abort();
}

void daemon_remove_agent(uint32_t id)
{
	static const int left[] = {MODEL_RIGHTS, MODEL_NAMES, MODEL_PREFIXES, MODEL_SUFFIXES,
				   MODEL_NAME_RULES};

	cf_kernel_agent_remove(&kernel, id);
	/* It only grows, and inode numbers are the same in each tree: soon nothing would go the fast road. */
	memset(kernel.maps.anchor_filter, 0, CF_FILTER_BITS / 8);
	for (unsigned int i = 0; i < 2; i++)
		cf_maps_filter_add(kernel.maps.anchor_filter,
				   model_node_identity(model_node_root(i)).ino);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		if (model_map_count(left[i]) != 0) {
			(void)fprintf(stderr, "an agent that is gone left entries in map %d\n",
				      left[i]);
			abort();
		}
}
