/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/policies.h"

#include <stdio.h>
#include <string.h>

#include "bpf/abi.h"
#include "tests/model/names.h"

static const char *const modes[] = {"none",    "ro",	  "rw",		 "rw-no-delete",
				    "append",  "ro-exec", "rw-exec",	 "rw-no-delete-exec",
				    "ro+exec", "rw",	  "append+exec", "append-exec",
				    "rw",      "rw",	  "rw+exec",	 "rw-no-delete"};

/* The mode that `replace` goes with. */
static const char keeping_mode[] = "rw-no-delete";

#define N_MODES (sizeof(modes) / sizeof(modes[0]))
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

		names_any(random, name);
		(void)snprintf(ret_written + used, size - used, "%s%.70s",
			       is_root			   ? ""
			       : random_percent(random, 5) ? "//"
							   : "/",
			       name);
	}
	if (random_percent(random, 5) && strlen(ret_written) + 1 < size)
		(void)strcat(ret_written, "/");
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

		names_any_short(random, name);
		if (node->name[0] && strlen(node->name) < CF_NAME_SIZE &&
		    random_percent(random, 70))
			(void)strcpy(name, node->name);
		names_pattern(random, name, false, ret_patterns[n]);
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
		names_any_short(random, name);
		if (idx != 0 && strlen(world->nodes[idx].name) < CF_NAME_SIZE)
			(void)strcpy(name, world->nodes[idx].name);
		idx = world->nodes[idx].parent;
		names_pattern(random, name, true, patterns[n - 1 - i]);
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

void policies_make(struct world *world)
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

void policies_write(struct ref_layer *layer, char **ret_texts)
{
	for (int i = 0; i < layer->n_documents; i++)
		ret_texts[i] = write_document(layer, i);
}
