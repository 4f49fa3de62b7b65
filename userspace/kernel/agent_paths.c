/* SPDX-License-Identifier: Apache-2.0 */
/* The path rules of an agent's layers, resolved: cf_agent_paths_add(). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "kernel/agent.h"
#include "kernel/codes.h"
#include "kernel/resolve.h"
#include "kernel/tree.h"
#include "policy/diag.h"
#include "policy/image.h"

/* One path rule of one layer; its zone and links are to be found. */
struct item {
	const struct cf_layer *layer;
	const char *path;
	struct cf_rights_rule rule;
};

/*
 * Does the rule take something away: from the layer's default, or from what all may do
 * on a filesystem that has rules by its type? A list of what is executed closes all else.
 */
static bool takes_away(const struct item *item)
{
	const uint32_t given = item->layer->default_rights | CF_RIGHT_READ | CF_RIGHT_LIST;

	return item->rule.digest || item->rule.is_exec || (given & ~(uint32_t)item->rule.rights);
}

/* Could it be that not all may be done here? Where files can be changed, executing others is something else. */
static bool may_be_strict(const struct item *item)
{
	return item->rule.digest ||
	       (!item->rule.is_exec &&
		((CF_RIGHTS_ALL & ~(uint32_t)item->rule.rights) != 0 || item->layer->n_execs > 0));
}

struct explanation {
	int error;
	const char *code;
	const char *what;
	const char *hint;
};

static const struct explanation explanations[] = {
	{-ENAMETOOLONG, CF_K_NAME_LENGTH, "has a component of more than 63 bytes",
	 "name a directory above it"},
	{-EOPNOTSUPP, CF_K_PSEUDO_PATH,
	 "is on a filesystem that has rules by its type (proc, sys, cgroup, devpts, ...)",
	 "remove the rule: what an agent may do there is fixed"},
	{-ENODEV, CF_K_UNCLASSIFIED, "is on a filesystem whose mount could not be classified",
	 "'cofferdam doctor' lists such mounts; what is on them is denied anyway"},
	{-ENOLINK, CF_K_UNCLASSIFIED,
	 "has no way to its filesystem's root, as on NFS, or more than 100 components",
	 "name a path on a local filesystem"},
	{-ENOSPC, CF_K_TABLE_FULL, "does not fit: a table of the kernel part is full",
	 "end other agents, or use fewer path rules"},
	{-ELOOP, CF_K_PATH, "leads through too many symbolic links", "name the target itself"},
	{-EACCES, CF_K_PATH, "may not be looked up by the daemon",
	 "name a path that root can reach"},
};

static int explain(int error, const struct item *item, struct cf_diag *diag)
{
	const struct cf_layer_source *source = &cf_layer_sources(item->layer)[item->rule.rule];
	const char *file = cf_layer_string(item->layer, source->file);

	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (explanations[i].error == error)
			return cf_diag_set(diag, error, explanations[i].code, file, source->line,
					   source->column, explanations[i].hint, "path '%.256s' %s",
					   item->path, explanations[i].what);
	return cf_diag_set(diag, error, CF_K_PATH, file, source->line, source->column, "",
			   "path '%.256s' cannot be resolved: %s", item->path, strerror(-error));
}

/* A copy that lives as long as the rules that point to it; NULL if there are none, or no memory. */
static const uint32_t *keep_links(struct cf_agent_paths *paths,
				  const struct cf_resolution *resolution)
{
	size_t size = resolution->links.n_items * sizeof(uint32_t);
	uint32_t *copy = size ? malloc(size) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, resolution->links.items, size);
	if (cf_array_push(&paths->links, copy) < 0) {
		free(copy);
		return NULL;
	}
	return copy;
}

static int add_rules(struct cf_tree *tree, const struct item *item,
		     const struct cf_resolution *resolution, struct cf_agent_paths *paths)
{
	const uint32_t *links = keep_links(paths, resolution);
	int r;

	if (!links && resolution->links.n_items)
		return -ENOMEM;
	for (size_t i = 0; i < resolution->targets.n_items; i++) {
		const struct cf_target *target = &resolution->targets.items[i];
		struct cf_rights_rule rule = item->rule;

		rule.zone = target->zone;
		rule.links = links;
		rule.n_links = target->n_links;
		r = cf_array_push(&paths->rules, rule);
		if (r < 0)
			return r;
		r = cf_array_push(&paths->zones, target->zone);
		if (r < 0)
			return r;
		cf_zone_table_ref(tree->table, target->zone);
	}
	return 0;
}

/*
 * Where a rule may take something away, from the default or from what is
 * around it, files may have other names: keep the directory for the scan,
 * which passes over those that turn out not to be strict.
 */
static int add_start(const struct item *item, struct cf_resolution *resolution,
		     struct cf_agent_paths *paths)
{
	const struct cf_target *last;
	struct cf_links_start start = {.fd = resolution->fd};
	int r;

	if (resolution->fd < 0 || resolution->targets.n_items == 0 || !may_be_strict(item))
		return 0;
	last = &resolution->targets.items[resolution->targets.n_items - 1];
	if (!last->is_object)
		return 0;
	start.zone = last->zone;
	r = cf_array_push(&paths->starts, start);
	if (r == 0)
		(void)cf_steal_fd(&resolution->fd); /* the start's now */
	return r;
}

static int resolve(struct cf_tree *tree, const struct item *item, struct cf_resolution *resolution)
{
	int r;

	r = cf_resolve(tree, item->path, resolution);
	if (r != -ENODEV)
		return r;
	/* Mounted since we last looked? */
	r = cf_tree_refresh(tree);
	if (r < 0)
		return r;
	cf_resolution_done(tree, resolution);
	return cf_resolve(tree, item->path, resolution);
}

static int add_path(struct cf_tree *tree, const struct item *item, struct cf_agent_paths *paths)
{
	struct cf_resolution resolution = {.fd = -1};
	int r;

	r = resolve(tree, item, &resolution);
	if (r == 0 && resolution.is_pseudo && takes_away(item))
		r = -EOPNOTSUPP;
	if (r == 0)
		r = add_rules(tree, item, &resolution, paths);
	if (r == 0)
		r = add_start(item, &resolution, paths);
	cf_resolution_done(tree, &resolution);
	return r;
}

/* The number of a pin's path: they are in order of their paths, so equal ones follow one another. */
static uint32_t pin_of(const struct cf_layer *layer, uint32_t index)
{
	const struct cf_layer_digest *digests = cf_layer_digests(layer);

	while (index > 0 && strcmp(cf_layer_string(layer, digests[index - 1].path),
				   cf_layer_string(layer, digests[index].path)) == 0)
		index--;
	return index;
}

static struct item make_pin(const struct cf_layer *layer, size_t layer_idx, uint32_t index)
{
	const struct cf_layer_digest *digest = &cf_layer_digests(layer)[index];

	return (struct item){
		.layer = layer,
		.path = cf_layer_string(layer, digest->path),
		.rule = {.layer = (uint8_t)layer_idx,
			 .rule = digest->rule,
			 .digest = digest,
			 .pin = pin_of(layer, index)},
	};
}

/* The layer's rule at @index: those of rights first, then those for executing, then pins. */
static struct item make_item(const struct cf_layer *layer, size_t layer_idx, uint32_t index,
			     const struct cf_domain_image *image)
{
	struct item item = {.layer = layer, .rule = {.layer = (uint8_t)layer_idx}};

	if (index >= layer->n_paths + layer->n_execs)
		return make_pin(layer, layer_idx, index - layer->n_paths - layer->n_execs);
	if (index < layer->n_paths) {
		const struct cf_layer_path *path = &cf_layer_paths(layer)[index];

		item.path = cf_layer_string(layer, path->path);
		item.rule.rights = path->rights;
		item.rule.rule = path->rule;
		item.rule.replace = cf_domain_replace_bit(image, layer_idx, path->rule);
	} else {
		const struct cf_layer_exec *exec = &cf_layer_execs(layer)[index - layer->n_paths];

		item.path = cf_layer_string(layer, exec->path);
		item.rule.rule = exec->rule;
		item.rule.is_exec = true;
	}
	return item;
}

int cf_agent_paths_add(struct cf_tree *tree, const struct cf_agent_layers *layers,
		       const struct cf_domain_image *image, struct cf_agent_paths *paths,
		       struct cf_diag *diag)
{
	int r;

	for (size_t i = 0; i < layers->n_items; i++) {
		const struct cf_layer *layer = layers->items[i];

		for (uint32_t j = 0; j < layer->n_paths + layer->n_execs + layer->n_digests; j++) {
			const struct item item = make_item(layer, i, j, image);

			r = add_path(tree, &item, paths);
			if (r < 0)
				return explain(r, &item, diag);
		}
	}
	return 0;
}

void cf_agent_paths_done(struct cf_tree *tree, struct cf_agent_paths *paths, uint32_t **ret_zones,
			 size_t *ret_n_zones)
{
	for (size_t i = 0; i < paths->starts.n_items; i++)
		cf_fd_close(&paths->starts.items[i].fd);
	for (size_t i = 0; i < paths->links.n_items; i++)
		free(paths->links.items[i]);
	if (ret_zones) {
		*ret_zones = paths->zones.items;
		*ret_n_zones = paths->zones.n_items;
	} else {
		for (size_t i = 0; i < paths->zones.n_items; i++)
			cf_zone_table_release(tree->table, paths->zones.items[i]);
		free(paths->zones.items);
	}
	free(paths->rules.items);
	free(paths->links.items);
	free(paths->starts.items);
	*paths = (struct cf_agent_paths){};
}
