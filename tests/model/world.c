/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/abi.h"

/* Few and alike, so that rules, names and patterns meet. */
static const char *const words[] = {"a",     "b",     "ab",   "ba",  "aa", "abc", "aba",
				    "abab",  "c",     ".env", "env", ".a", "a.b", "b.a",
				    "x.tmp", "a-b",   "tmp",  "ä",   "äb", "bä",  "...",
				    "a..b",  "hooks", ".git", "A",   "Ab"};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

static const char *const modes[] = {"none",    "ro",	  "rw",		 "rw-no-delete",
				    "append",  "ro-exec", "rw-exec",	 "rw-no-delete-exec",
				    "ro+exec", "rw",	  "append+exec", "append-exec",
				    "rw",      "rw",	  "rw+exec",	 "rw-no-delete"};

/* The mode that `replace` goes with. */
static const char keeping_mode[] = "rw-no-delete";

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

static void long_text(struct random *random, char *ret_text, unsigned int length)
{
	for (unsigned int i = 0; i < length; i++)
		ret_text[i] = "ab"[random_below(random, 2)];
	ret_text[length] = '\0';
}

static void any_name(struct random *random, char ret_name[256])
{
	const unsigned int kind = random_below(random, 100);

	if (kind < 70) {
		(void)strcpy(ret_name, words[random_below(random, N_WORDS)]);
	} else if (kind < 97) {
		/* Words of a short name end at these, and a dentry's own room. */
		static const unsigned char ends[] = {8, 9, 16, 17, 24, 25, 31, 32, 36, 40};
		const unsigned int length = random_percent(random, 70)
						    ? 1 + random_below(random, 6)
						    : ends[random_below(random, sizeof(ends))];

		for (unsigned int i = 0; i < length; i++)
			ret_name[i] = "aabbc.-"[random_below(random, 7)];
		ret_name[length] = '\0';
	} else {
		long_text(random, ret_name,
			  60 + random_below(random, random_percent(random, 50) ? 8 : 196));
	}
	if (strcmp(ret_name, ".") == 0 || strcmp(ret_name, "..") == 0)
		(void)strcpy(ret_name, "a");
}

/* ----------------------------------------------------------------- trees */

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

	any_name(&world->random, name);
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
		any_name(random, name);
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

/* -------------------------------------------------------------- policies */

static bool is_path_taken(const struct ref_layer *layer, const struct ref_rule *rule)
{
	for (int i = 0; i < layer->n_rules; i++)
		if (layer->rules[i].document == rule->document &&
		    ref_is_same_subject(&layer->rules[i], rule))
			return true;
	return false;
}

/* Rules for links are resolved to what the links lead to, which is not this model's business. */
static bool is_usable_path(const struct world *world, const char *path)
{
	char prefix[2 * REF_MAX_SUBJECT];
	unsigned int depth = 0;

	if (strcmp(path, "/") == 0 || strlen(path) >= REF_MAX_SUBJECT)
		return false;
	(void)snprintf(prefix, sizeof(prefix), "%s", path);
	while (prefix[0]) {
		int idx = world_find(world, prefix);
		char *slash = strrchr(prefix, '/');

		if (idx >= 0 && world->nodes[idx].kind != REF_DIRECTORY &&
		    strcmp(prefix, path) != 0)
			return false;
		if (idx >= 0 && world->nodes[idx].kind == REF_SYMLINK)
			return false;
		if (strlen(slash + 1) >= CF_NAME_SIZE || ++depth > 120)
			return false;
		*slash = '\0';
	}
	return true;
}

static void any_path(struct world *world, char *ret_written, size_t size)
{
	static const char *const variables[] = {"${workspace}", "${home}",   "${tmp}",
						"/${user}",	"/${agent}", "/b/${user}-x"};
	struct random *random = &world->random;
	const unsigned int kind = random_below(random, 100);
	char name[256];

	if (kind < 12)
		(void)snprintf(ret_written, size, "%s", variables[random_below(random, 6)]);
	else
		(void)snprintf(ret_written, size, "%.400s", world->nodes[world_any(world)].path);
	for (unsigned int n = kind < 60 ? 0 : 1 + random_below(random, 2); n > 0; n--) {
		const size_t used = strlen(ret_written);
		const bool is_root = strcmp(ret_written, "/") == 0;

		any_name(random, name);
		(void)snprintf(ret_written + used, size - used, "%s%.70s",
			       is_root			   ? ""
			       : random_percent(random, 5) ? "//"
							   : "/",
			       name);
	}
	if (random_percent(random, 5) && strlen(ret_written) + 1 < size)
		(void)strcat(ret_written, "/");
}

/* Never in the middle of a letter of two bytes. */
static size_t cut_of(struct random *random, const char *name)
{
	size_t cut = random_below(random, (unsigned int)strlen(name) + 1);

	while (((unsigned char)name[cut] & 0xc0) == 0x80)
		cut--;
	return cut;
}

/* A pattern that is likely to match the name, and others, too. */
static void pattern_for(struct random *random, const char *name, bool may_have_both,
			char *ret_pattern)
{
	const size_t cut = cut_of(random, name), second = cut_of(random, name);

	switch (random_below(random, may_have_both ? 5 : 4)) {
	case 0:
	case 1:
		(void)sprintf(ret_pattern, "%s", name);
		break;
	case 2:
		(void)sprintf(ret_pattern, "%.*s*", (int)cut, name);
		break;
	case 3:
		(void)sprintf(ret_pattern, "*%s", name + cut);
		break;
	default: /* the two may overlap in the name: then it is no match */
		(void)sprintf(ret_pattern, "%.*s*%s", (int)cut, name, name + second);
		break;
	}
	if (!ret_pattern[strspn(ret_pattern, "*")] || strcmp(ret_pattern, ".") == 0 ||
	    strcmp(ret_pattern, "..") == 0)
		(void)strcpy(ret_pattern, ".env");
}

/* Shortened to what a rule can hold. */
static void any_short_name(struct random *random, char ret_name[256])
{
	do
		any_name(random, ret_name);
	while (strlen(ret_name) >= CF_NAME_SIZE && random_percent(random, 95));
	if (strlen(ret_name) >= CF_NAME_SIZE)
		ret_name[CF_NAME_SIZE - 1] = '\0'; /* such names are ASCII */
}

/* What bears a name for `except` or `replace`: if it can be, below @top. */
static const struct world_node *any_below(struct world *world, const char *top)
{
	const struct world_node *node = &world->nodes[world_any(world)];

	for (int tries = 0; tries < 20; tries++) {
		if (strncmp(node->path, top, strlen(top)) == 0 && node->kind != REF_DIRECTORY)
			break;
		node = &world->nodes[world_any(world)];
	}
	return node;
}

/* Each once. */
static int any_file_names(struct world *world, const char *top,
			  char ret_patterns[][REF_MAX_PATTERNS])
{
	struct random *random = &world->random;
	const unsigned int n_wanted = 1 + random_below(random, REF_MAX_EXCEPTS - 1);
	int n = 0;

	for (unsigned int i = 0; i < n_wanted; i++) {
		const struct world_node *node = any_below(world, top);
		char name[256];
		bool is_new = true;

		any_short_name(random, name);
		if (node->name[0] && strlen(node->name) < CF_NAME_SIZE &&
		    random_percent(random, 70))
			(void)strcpy(name, node->name);
		pattern_for(random, name, false, ret_patterns[n]);
		for (int j = 0; j < n; j++)
			is_new &= strcmp(ret_patterns[j], ret_patterns[n]) != 0;
		n += is_new;
	}
	return n;
}

static void any_name_rule(struct world *world, struct ref_rule *rule, bool is_long)
{
	struct random *random = &world->random;
	const unsigned int n = 1 +
			       (is_long			     ? 1
				: random_percent(random, 55) ? 0
							     : random_below(random, 3)) +
			       random_percent(random, 10);
	int idx = is_long || random_percent(random, 60) ? world_any(world) : 0;
	char patterns[4][REF_MAX_PATTERNS], name[256];

	rule->is_name = true;
	for (unsigned int i = 0; i < n; i++) {
		any_short_name(random, name);
		if (idx != 0 && strlen(world->nodes[idx].name) < CF_NAME_SIZE)
			(void)strcpy(name, world->nodes[idx].name);
		idx = world->nodes[idx].parent;
		pattern_for(random, name, true, patterns[n - 1 - i]);
	}
	for (unsigned int i = 0; i < n; i++) {
		const size_t used = strlen(rule->subject);

		(void)snprintf(rule->subject + used, sizeof(rule->subject) - used, "%s%.130s",
			       i ? "/" : "", patterns[i]);
	}
	if (random_percent(random, 25) && strlen(rule->subject) + 3 < sizeof(rule->subject))
		(void)strcat(rule->subject, "/*");
	if (random_percent(random, 30))
		rule->n_excepts = any_file_names(world, "/", rule->excepts);
}

/* Half of them the mode that keeps, where that is what a world is about. */
static const char *any_mode(struct random *random, bool is_keeping)
{
	return is_keeping && random_percent(random, 50) ? keeping_mode
							: modes[random_below(random, N_MODES)];
}

static void add_rule(struct world *world, struct ref_layer *layer, int document, bool is_name,
		     bool is_keeping)
{
	struct random *random = &world->random;
	struct ref_rule *rule = &layer->rules[layer->n_rules];
	char filled_in[2 * REF_MAX_SUBJECT];

	*rule = (struct ref_rule){.document = document};
	if (is_name) {
		any_name_rule(world, rule, layer->n_rules > 60);
	} else {
		any_path(world, rule->subject, sizeof(rule->subject));
		ref_fill_in(rule->subject, filled_in, sizeof(filled_in));
		if (!is_usable_path(world, filled_in))
			return;
	}
	(void)strcpy(rule->access, any_mode(random, is_keeping));
	/* Now and then what an outer layer or an earlier document says, too. */
	if (random_percent(random, 12)) {
		const struct ref_layer *other = &world->policy.layers[random_below(
			random, (unsigned int)(layer - world->policy.layers) + 1)];

		if (other->n_rules > 0) {
			*rule = other->rules[random_below(random, (unsigned int)other->n_rules)];
			rule->document = document;
			if (random_percent(random, 50))
				(void)strcpy(rule->access, modes[random_below(random, N_MODES)]);
		}
	}
	if (rule->is_name || strncmp(rule->access, keeping_mode, strlen(keeping_mode)) != 0) {
		rule->n_replaces = 0;
	} else if (random_percent(random, 60)) {
		ref_fill_in(rule->subject, filled_in, sizeof(filled_in));
		rule->n_replaces = any_file_names(world, filled_in, rule->replaces);
	}
	if (!is_path_taken(layer, rule))
		layer->n_rules++;
}

/* Rules that nothing meets, so that the bits of the next ones lie in the next word. */
static void add_fillers(struct random *random, struct ref_layer *layer)
{
	const int n_fillers = 61 + (int)random_below(random, 3);

	for (int i = 0; i < n_fillers; i++) {
		struct ref_rule *rule = &layer->rules[layer->n_rules++];

		*rule = (struct ref_rule){.is_name = true, .access = "none"};
		(void)snprintf(rule->subject, sizeof(rule->subject), "zz%d", i);
	}
}

static void make_layer(struct world *world, struct ref_layer *layer)
{
	struct random *random = &world->random;
	const bool is_crowded = random_below(random, 8) == 0; /* many name rules meet one path */
	const bool is_keeping = !is_crowded && random_below(random, 4) == 0;

	*layer = (struct ref_layer){
		.n_documents = random_percent(random, 70) ? 1 : 2 + (int)random_below(random, 2)};
	layer->is_audit = random_percent(random, 12);
	if (layer == world->policy.layers && random_below(random, 12) == 0)
		add_fillers(random, layer);
	for (int document = 0; document < layer->n_documents; document++) {
		const unsigned int n_paths = random_below(random, 7);
		const bool is_filled = layer->n_rules > 60 && document == 0;
		const unsigned int n_names = is_crowded	 ? 18
					     : is_filled ? 6
					     : is_keeping || random_percent(random, 35)
						     ? 0
						     : random_below(random, 5);

		if (random_percent(random, 60))
			(void)strcpy(layer->defaults[document],
				     is_keeping ? "rw" : modes[random_below(random, N_MODES)]);
		for (unsigned int i = 0; i < n_paths && layer->n_rules < REF_MAX_RULES - 1; i++)
			add_rule(world, layer, document, false, is_keeping);
		for (unsigned int i = 0; i < n_names && layer->n_rules < REF_MAX_RULES - 1; i++)
			add_rule(world, layer, document, true, is_keeping);
	}
}

void world_make_policy(struct world *world)
{
	struct random *random = &world->random;
	const unsigned int kind = random_below(random, 100);

	world->policy.is_launched = !random_percent(random, 10);
	world->policy.n_layers = kind < 60   ? 1
				 : kind < 85 ? 2
				 : kind < 97 ? 3
					     : 4 + (int)random_below(random, 6);
	for (int i = 0; i < world->policy.n_layers; i++)
		make_layer(world, &world->policy.layers[i]);
	ref_merge(&world->policy);
}

/* ------------------------------------------------------------------ YAML */

static void write_file_names(FILE *out, const char *key, const char names[][REF_MAX_PATTERNS],
			     int n)
{
	for (int i = 0; i < n; i++)
		(void)fprintf(out, ", %s%s\"%s\"", i ? "" : key, i ? "" : ": [", names[i]);
	(void)fprintf(out, "%s", n ? "]" : "");
}

static void write_rule(FILE *out, const struct ref_rule *rule)
{
	(void)fprintf(out, "    - {%s: \"%s\", access: %s", rule->is_name ? "name" : "path",
		      rule->subject, rule->access);
	write_file_names(out, "except", rule->excepts, rule->n_excepts);
	write_file_names(out, "replace", rule->replaces, rule->n_replaces);
	(void)fprintf(out, "}\n");
}

static char *write_document(struct ref_layer *layer, int document)
{
	const bool is_last = document == layer->n_documents - 1;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int line = 1;
	bool has_rules = false;

	(void)fprintf(out, "cofferdam: 1\nname: model\n");
	line += 2;
	if (is_last && layer->n_documents > 1) {
		(void)fprintf(out, "extends: [p0%s]\n", layer->n_documents > 2 ? ", p1" : "");
		line++;
	}
	if (is_last && layer->is_audit) {
		(void)fprintf(out, "mode: audit\n");
		line++;
	}
	for (int i = 0; i < layer->n_rules; i++)
		has_rules |= layer->rules[i].document == document;
	if (has_rules || layer->defaults[document][0]) {
		(void)fprintf(out, "files:\n");
		line++;
	}
	if (layer->defaults[document][0]) {
		(void)fprintf(out, "  default: %s\n", layer->defaults[document]);
		line++;
	}
	if (has_rules) {
		(void)fprintf(out, "  rules:\n");
		line++;
	}
	for (int i = 0; i < layer->n_rules; i++)
		if (layer->rules[i].document == document) {
			layer->rules[i].line = line++;
			write_rule(out, &layer->rules[i]);
		}
	(void)fclose(out);
	return text;
}

void world_write(struct ref_layer *layer, char **ret_texts)
{
	for (int i = 0; i < layer->n_documents; i++)
		ret_texts[i] = write_document(layer, i);
}

/* ----------------------------------------------------------------- names */

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
		any_name(&world->random, ret_name);
	while (find_child(world, directory, ret_name) >= 0);
}
