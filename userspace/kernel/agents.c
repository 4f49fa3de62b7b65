/* SPDX-License-Identifier: Apache-2.0 */
/* cf_kernel_agent_add() and _remove(): all of a domain, or nothing of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/codes.h"
#include "kernel/internal.h"
#include "policy/diag.h"
#include "policy/image.h"

static uint32_t climb(const void *userdata, uint32_t zone)
{
	return cf_zone_table_parent(userdata, zone);
}

/* ---------------------------------------------------------- taking back */

static void delete_rights(const struct cf_maps *maps, const struct cf_agent *agent)
{
	for (size_t i = 0; i < agent->n_entries; i++) {
		const struct cf_rights_key key = {.agent = agent->id,
						  .zone = agent->entries[i].zone};

		/* Keys bear the agent's id, which is not used again soon: one that stays does nothing. */
		(void)cf_map_delete(maps->rights, &key);
	}
}

static void delete_image(const struct cf_maps *maps, const struct cf_domain_image *image)
{
	/* As in delete_rights(). */
	for (size_t i = 0; i < image->n_literals; i++)
		(void)cf_map_delete(maps->names, &image->literals[i].key);
	for (size_t i = 0; i < image->n_prefixes; i++)
		(void)cf_map_delete(maps->prefixes, &image->prefixes[i].key);
	for (size_t i = 0; i < image->n_suffixes; i++)
		(void)cf_map_delete(maps->suffixes, &image->suffixes[i].key);
	for (size_t i = 0; i < image->n_name_rules; i++)
		(void)cf_map_delete(maps->name_rules, &image->name_rules[i].key);
	for (size_t i = 0; i < image->n_nets; i++)
		(void)cf_map_delete(maps->nets, &image->nets[i].key);
}

/* Takes back whatever of an agent is in force, half-made ones too, and frees it. */
static void withdraw(struct cf_kernel *kernel, struct cf_agent **agent_address)
{
	struct cf_agent *agent = *agent_address;
	struct cf_zone_table *table = kernel->tree.table;
	const struct cf_domain gone = {};
	uint32_t slot = CF_AGENT_SLOT(agent->id);

	/* An array entry that exists can be written: kernel/bpf/arraymap.c. */
	(void)cf_map_put(kernel->maps.domains, &slot, &gone);
	cf_maps_bump_topology(&kernel->maps); /* at once: the fast road looks at no domain */
	delete_rights(&kernel->maps, agent);
	for (size_t i = 0; i < agent->n_digests; i++)
		(void)cf_map_delete(kernel->maps.digests, &agent->digests[i].key);
	if (agent->image)
		delete_image(&kernel->maps, agent->image);
	for (size_t i = 0; i < agent->n_entries; i++)
		cf_zone_table_unname(table, agent->entries[i].zone, slot);
	for (size_t i = 0; i < agent->n_zones; i++)
		cf_zone_table_release(table, agent->zones[i]);
	/* Flags that stay up, and ids that stay out of use, cost something and allow nothing. */
	(void)cf_zone_table_update_strict(table);
	cf_maps_bump_topology(&kernel->maps);
	(void)cf_zone_table_flush(table);
	/* With nobody left, links that could not be followed concern nobody; the next one scans anew. */
	if (__atomic_sub_fetch(kernel->maps.agents_live, 1, __ATOMIC_SEQ_CST) == 0)
		__atomic_store_n(kernel->maps.links_unknown, 0, __ATOMIC_SEQ_CST);
	cf_domain_image_free(&agent->image);
	free(agent->zones);
	free(agent->entries);
	free(agent->digests);
	free(agent);
	*agent_address = NULL;
}

/* --------------------------------------------------------------- writing */

static int write_rights(const struct cf_maps *maps, const struct cf_agent *agent)
{
	int r;

	for (size_t i = 0; i < agent->n_entries; i++) {
		const struct cf_rights_key key = {.agent = agent->id,
						  .zone = agent->entries[i].zone};

		r = cf_map_put(maps->rights, &key, &agent->entries[i].rights);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_names(const struct cf_maps *maps, const struct cf_domain_image *image)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < image->n_literals; i++)
		r = cf_map_put(maps->names, &image->literals[i].key, &image->literals[i].mask);
	for (size_t i = 0; r == 0 && i < image->n_prefixes; i++)
		r = cf_map_put(maps->prefixes, &image->prefixes[i].key, &image->prefixes[i].mask);
	for (size_t i = 0; r == 0 && i < image->n_suffixes; i++)
		r = cf_map_put(maps->suffixes, &image->suffixes[i].key, &image->suffixes[i].mask);
	for (size_t i = 0; r == 0 && i < image->n_name_rules; i++)
		r = cf_map_put(maps->name_rules, &image->name_rules[i].key,
			       &image->name_rules[i].value);
	return r;
}

static int write_nets(const struct cf_maps *maps, const struct cf_domain_image *image)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < image->n_nets; i++)
		r = cf_map_put(maps->nets, &image->nets[i].key, &image->nets[i].value);
	return r;
}

static int write_digests(const struct cf_maps *maps, const struct cf_agent *agent)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < agent->n_digests; i++)
		r = cf_map_put(maps->digests, &agent->digests[i].key, &agent->digests[i].value);
	return r;
}

static int write_map_entries(const struct cf_maps *maps, const struct cf_agent *agent,
			     struct cf_diag *diag)
{
	const char *what = "rights";
	int r;

	r = write_rights(maps, agent);
	if (r == 0) {
		what = "names";
		r = write_names(maps, agent->image);
	}
	if (r == 0) {
		what = "nets";
		r = write_nets(maps, agent->image);
	}
	if (r == 0) {
		what = "digests";
		r = write_digests(maps, agent);
	}
	if (r == -ENOSPC)
		return cf_diag_set(diag, r, CF_K_TABLE_FULL, "", 0, 0,
				   "end other agents, or use fewer rules",
				   "the kernel part's table '%s' is full", what);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_AGENT, "", 0, 0, "",
				   "cannot write the kernel part's table '%s': %s", what,
				   strerror(-r));
	return 0;
}

static int compute_rights(struct cf_kernel *kernel, const struct cf_agent_layers *layers,
			  const struct cf_agent_paths *paths, struct cf_agent *agent)
{
	uint16_t defaults[CF_MAX_LAYERS];
	struct cf_rights_input input = {
		.rules = paths->rules.items,
		.n_rules = paths->rules.n_items,
		.defaults = defaults,
		.n_layers = layers->n_items,
		.top = kernel->tree.top,
		.parent = climb,
		.userdata = kernel->tree.table,
	};
	int r;

	for (size_t i = 0; i < layers->n_items; i++)
		defaults[i] = (uint16_t)layers->items[i]->default_rights;
	r = cf_rights_compute(&input, &agent->entries, &agent->n_entries);
	if (r == 0)
		r = cf_rights_pin(&input, agent->entries, agent->n_entries, &agent->digests,
				  &agent->n_digests);
	for (size_t i = 0; i < agent->n_digests; i++)
		agent->digests[i].key.agent = agent->id;
	return r;
}

static int mark_strict(struct cf_kernel *kernel, const struct cf_agent *agent)
{
	int r;

	for (size_t i = 0; i < agent->n_entries; i++) {
		r = cf_zone_table_name(kernel->tree.table, agent->entries[i].zone,
				       CF_AGENT_SLOT(agent->id), agent->entries[i].is_strict);
		if (r < 0)
			return r;
	}
	return cf_zone_table_update_strict(kernel->tree.table);
}

static int scan_links(struct cf_kernel *kernel, const struct cf_agent *agent,
		      const struct cf_agent_paths *paths, struct cf_diag *diag)
{
	int r;

	r = cf_links_scan(&kernel->tree, agent->entries, agent->n_entries, paths->starts.items,
			  paths->starts.n_items);
	if (r == -E2BIG)
		return cf_diag_set(
			diag, r, CF_K_LINKS, "", 0, 0,
			"name smaller directories, or let 'default' say what most of them may do",
			"the directories that the policy protects hold more than %u files",
			CF_LINKS_MAX_ENTRIES);
	if (r == -ENOSPC)
		return cf_diag_set(diag, r, CF_K_TABLE_FULL, "", 0, 0,
				   "protect smaller directories, or end other agents",
				   "the kernel part's table 'anchors' is full");
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_LINKS, "", 0, 0, "",
				   "cannot look for hard links into protected directories: %s",
				   strerror(-r));
	return 0;
}

/* Zones, flags and anchors; then the scan, which needs the flags to be in force. */
static int prepare_zones(struct cf_kernel *kernel, const struct cf_agent_layers *layers,
			 struct cf_agent *agent, struct cf_diag *diag)
{
	struct cf_agent_paths paths = {};
	int r;

	r = cf_agent_paths_add(&kernel->tree, layers, agent->image, &paths, diag);
	if (r == 0) {
		r = compute_rights(kernel, layers, &paths, agent);
		if (r == 0)
			r = mark_strict(kernel, agent);
		if (r < 0)
			(void)cf_diag_set(diag, r, CF_K_AGENT, "", 0, 0, "",
					  "cannot compute the domain: %s", strerror(-r));
	}
	if (r == 0) {
		cf_maps_bump_topology(&kernel->maps);
		r = scan_links(kernel, agent, &paths, diag);
	}
	cf_agent_paths_done(&kernel->tree, &paths, &agent->zones, &agent->n_zones);
	return r;
}

static int put_in_force(struct cf_kernel *kernel, const struct cf_agent_layers *layers,
			struct cf_agent *agent, struct cf_diag *diag)
{
	uint32_t slot = CF_AGENT_SLOT(agent->id);
	int r;

	r = prepare_zones(kernel, layers, agent, diag);
	if (r < 0)
		return r;
	r = write_map_entries(&kernel->maps, agent, diag);
	if (r < 0)
		return r;
	r = cf_map_get(kernel->maps.counters, &slot, &agent->before);
	if (r == 0) {
		kernel->maps.name_ends[slot] = agent->image->ends;
		cf_maps_bump_topology(&kernel->maps);
		r = cf_map_put(kernel->maps.domains, &slot, &agent->image->domain);
	}
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_AGENT, "", 0, 0, "",
				   "cannot put the domain in force: %s", strerror(-r));
	return 0;
}

int cf_kernel_agent_add(struct cf_kernel *kernel, uint32_t agent_id,
			const struct cf_layer *const *layers, size_t n_layers, uint32_t flags,
			struct cf_diag *diag)
{
	const struct cf_agent_layers stack = {.items = layers, .n_items = n_layers};
	struct cf_agent *agent;
	int r;

	if (agent_id == 0 || n_layers == 0 || n_layers > CF_MAX_LAYERS)
		return cf_diag_set(diag, -EINVAL, CF_K_AGENT, "", 0, 0, "",
				   "an agent has 1 to %u layers, not %zu", CF_MAX_LAYERS, n_layers);
	if (kernel->agents[CF_AGENT_SLOT(agent_id)])
		return cf_diag_set(diag, -EEXIST, CF_K_SLOT, "", 0, 0, "",
				   "the agent's slot is in use");
	for (size_t i = 0; i < n_layers; i++) {
		r = cf_digests_check(kernel, layers[i], diag);
		if (r < 0)
			return r;
	}
	agent = calloc(1, sizeof(*agent));
	if (!agent)
		return cf_diag_set(diag, -ENOMEM, CF_K_AGENT, "", 0, 0, "", "out of memory");
	agent->id = agent_id;
	/* Up before the first zone: hooks for links and renames must not leave early any more. */
	__atomic_fetch_add(kernel->maps.agents_live, 1, __ATOMIC_SEQ_CST);
	r = cf_domain_build(agent_id, layers, n_layers, &agent->image, diag);
	if (r == 0) {
		agent->image->domain.flags |= flags;
		r = put_in_force(kernel, &stack, agent, diag);
	}
	if (r < 0) {
		withdraw(kernel, &agent);
		return r;
	}
	kernel->agents[CF_AGENT_SLOT(agent_id)] = agent;
	return 0;
}

void cf_kernel_agent_remove(struct cf_kernel *kernel, uint32_t agent)
{
	struct cf_agent **entry = &kernel->agents[CF_AGENT_SLOT(agent)];

	if (*entry && (*entry)->id == agent)
		withdraw(kernel, entry);
}
