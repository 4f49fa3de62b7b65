/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/rights.h"

#define NO_ENTRY SIZE_MAX

/* One layer's word on one zone. */
struct word {
	uint16_t rights;
	uint16_t rule;
	uint16_t replace; /* bit of the names that are let through; CF_NAME_BITS: none */
	bool is_set;
};

struct work {
	const struct cf_rights_input *input;
	struct cf_rights_entry *entries; /* sorted by zone */
	size_t n;
	size_t *above;	    /* nearest entry above, by entry */
	size_t *order;	    /* entries, each after the one above it */
	struct word *own;   /* [entry * n_layers + layer]: rules */
	struct word *masks; /* rules that may only take away */
	struct word *given; /* the outcome */
	bool *is_exec;	    /* what is there may be executed, says a rule there or above */
	bool limits_exec[CF_MAX_LAYERS]; /* the layer has such rules */
};

static void work_done(struct work *work)
{
	free(work->entries);
	free(work->above);
	free(work->order);
	free(work->own);
	free(work->masks);
	free(work->given);
	free(work->is_exec);
}

static int compare_zones(const void *a, const void *b)
{
	const struct cf_rights_entry *left = a, *right = b;

	return (left->zone > right->zone) - (left->zone < right->zone);
}

static size_t find_exact(const struct cf_rights_entry *entries, size_t n, uint32_t zone)
{
	const struct cf_rights_entry key = {.zone = zone};
	const struct cf_rights_entry *found;

	found = bsearch(&key, entries, n, sizeof(*entries), compare_zones);
	return found ? (size_t)(found - entries) : NO_ENTRY;
}

static size_t find_nearest(const struct cf_rights_entry *entries, size_t n, uint32_t zone,
			   cf_zone_parent_fn parent, const void *userdata)
{
	for (uint32_t steps = 0; zone && steps < CF_MAX_ZONES; steps++) {
		size_t idx = find_exact(entries, n, zone);

		if (idx != NO_ENTRY)
			return idx;
		zone = parent(userdata, zone);
	}
	return NO_ENTRY;
}

const struct cf_rights_entry *cf_rights_find(const struct cf_rights_entry *entries, size_t n,
					     uint32_t zone, cf_zone_parent_fn parent,
					     const void *userdata)
{
	size_t idx = find_nearest(entries, n, zone, parent, userdata);

	return idx == NO_ENTRY ? NULL : &entries[idx];
}

static int gather_zones(struct work *work)
{
	const struct cf_rights_input *input = work->input;
	size_t n = 1, kept = 0;

	work->entries = calloc(input->n_rules + 1, sizeof(*work->entries));
	if (!work->entries)
		return -ENOMEM;
	work->entries[0].zone = input->top;
	for (size_t i = 0; i < input->n_rules; i++) {
		if (input->rules[i].layer >= input->n_layers || !input->rules[i].zone)
			return -EINVAL;
		work->entries[n++].zone = input->rules[i].zone;
	}
	qsort(work->entries, n, sizeof(*work->entries), compare_zones);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || work->entries[i].zone != work->entries[kept - 1].zone)
			work->entries[kept++] = work->entries[i];
	work->n = kept;
	return 0;
}

/* Lays entries out so that each comes after the one above it. */
static int order_entries(struct work *work)
{
	CF_CLEANUP(cf_free_pointee) size_t *path = calloc(work->n, sizeof(*path));
	CF_CLEANUP(cf_free_pointee) bool *is_placed = calloc(work->n, sizeof(*is_placed));
	size_t n_placed = 0;

	work->above = calloc(work->n, sizeof(*work->above));
	work->order = calloc(work->n, sizeof(*work->order));
	if (!path || !is_placed || !work->above || !work->order)
		return -ENOMEM;
	for (size_t i = 0; i < work->n; i++)
		work->above[i] = find_nearest(
			work->entries, work->n,
			work->input->parent(work->input->userdata, work->entries[i].zone),
			work->input->parent, work->input->userdata);
	for (size_t i = 0; i < work->n; i++) {
		size_t depth = 0;

		for (size_t at = i; at != NO_ENTRY && !is_placed[at]; at = work->above[at]) {
			if (depth == work->n)
				return -EINVAL; /* a circle: the zone tree is broken */
			path[depth++] = at;
		}
		while (depth > 0) {
			is_placed[path[--depth]] = true;
			work->order[n_placed++] = path[depth];
		}
	}
	return 0;
}

/* What both words give; told as the one that takes more away. */
static void take_away(struct word *word, const struct word *other)
{
	/* A name must be on the list of each that does not let everything be deleted. */
	if (word->rights & CF_RIGHT_DELETE)
		word->replace = other->replace;
	else if (!(other->rights & CF_RIGHT_DELETE) && word->replace != other->replace)
		word->replace = CF_NAME_BITS;
	if (word->rights & ~other->rights)
		word->rule = other->rule;
	word->rights &= other->rights;
}

/* Two rules of a layer for one zone: what both give. */
static void merge_rule(struct word *word, const struct cf_rights_rule *rule)
{
	const struct word other = {.rights = rule->rights,
				   .rule = rule->rule,
				   .replace = rule->replace,
				   .is_set = true};

	if (word->is_set)
		take_away(word, &other);
	else
		*word = other;
}

static void give(const struct work *work, size_t idx, size_t layer)
{
	size_t n_layers = work->input->n_layers, at = idx * n_layers + layer;
	struct word *given = &work->given[at];
	const struct word *mask = &work->masks[at];

	if (work->own[at].is_set)
		*given = work->own[at];
	else if (work->above[idx] != NO_ENTRY)
		*given = work->given[work->above[idx] * n_layers + layer];
	else
		*given = (struct word){.rights = work->input->defaults[layer],
				       .rule = CF_RULE_DEFAULT,
				       .replace = CF_NAME_BITS};
	if (mask->is_set)
		take_away(given, mask);
}

static void give_all(struct work *work)
{
	for (size_t i = 0; i < work->n; i++)
		for (size_t layer = 0; layer < work->input->n_layers; layer++)
			give(work, work->order[i], layer);
}

/* Could the agent have made one of the links, as far as this layer goes? */
static bool is_plantable(const struct work *work, const struct cf_rights_rule *rule)
{
	const struct cf_rights_input *input = work->input;

	for (size_t i = 0; i < rule->n_links; i++) {
		size_t idx = find_nearest(work->entries, work->n, rule->links[i], input->parent,
					  input->userdata);

		if (idx == NO_ENTRY)
			return true;
		if (work->given[idx * input->n_layers + rule->layer].rights & CF_RIGHT_CREATE)
			return true;
	}
	return false;
}

/* Takes the right to execute away where the layer's list does not reach, and where something can be changed. */
static int limit_exec(struct work *work, const bool *is_plantable_rule)
{
	const struct cf_rights_input *input = work->input;
	size_t n_layers = input->n_layers;

	work->is_exec = calloc(work->n * n_layers, sizeof(*work->is_exec));
	if (!work->is_exec)
		return -ENOMEM;
	for (size_t i = 0; i < input->n_rules; i++) {
		const struct cf_rights_rule *rule = &input->rules[i];

		if (!rule->is_exec)
			continue;
		work->limits_exec[rule->layer] = true;
		if (!is_plantable_rule[i])
			work->is_exec[find_exact(work->entries, work->n, rule->zone) * n_layers +
				      rule->layer] = true;
	}
	for (size_t i = 0; i < work->n; i++) {
		size_t idx = work->order[i], above = work->above[idx];

		for (size_t layer = 0; layer < n_layers; layer++) {
			struct word *given = &work->given[idx * n_layers + layer];
			bool *is_exec = &work->is_exec[idx * n_layers + layer];

			if (above != NO_ENTRY && work->is_exec[above * n_layers + layer])
				*is_exec = true;
			if (work->limits_exec[layer] &&
			    (!*is_exec || (given->rights & CF_RIGHTS_CHANGING)))
				given->rights &= (uint16_t)~CF_RIGHT_EXEC;
		}
	}
	return 0;
}

/*
 * Twice: first as if every link were trusted, which overstates what the agent
 * may write; then with the links that lie where it may write taken as masks.
 */
static int apply_rules(struct work *work)
{
	const struct cf_rights_input *input = work->input;
	size_t n_words = work->n * input->n_layers;
	CF_CLEANUP(cf_free_pointee) bool *is_mask = calloc(input->n_rules + 1, sizeof(*is_mask));

	work->own = calloc(n_words, sizeof(*work->own));
	work->masks = calloc(n_words, sizeof(*work->masks));
	work->given = calloc(n_words, sizeof(*work->given));
	if (!is_mask || !work->own || !work->masks || !work->given)
		return -ENOMEM;
	for (int pass = 0; pass < 2; pass++) {
		memset(work->own, 0, n_words * sizeof(*work->own));
		for (size_t i = 0; i < input->n_rules; i++) {
			const struct cf_rights_rule *rule = &input->rules[i];
			size_t idx = find_exact(work->entries, work->n, rule->zone);

			if (rule->is_exec || rule->digest)
				continue;
			merge_rule(&(is_mask[i] ? work->masks
						: work->own)[idx * input->n_layers + rule->layer],
				   rule);
		}
		give_all(work);
		for (size_t i = 0; pass == 0 && i < input->n_rules; i++)
			is_mask[i] = is_plantable(work, &input->rules[i]);
	}
	return limit_exec(work, is_mask);
}

/* All that a layer gives anywhere: what a file could be given by another name. */
static uint32_t given_elsewhere(const struct work *work, size_t layer)
{
	uint32_t rights = work->input->defaults[layer];

	if (work->limits_exec[layer])
		rights &= ~(uint32_t)CF_RIGHT_EXEC;
	for (size_t i = 0; i < work->n; i++)
		rights |= work->given[i * work->input->n_layers + layer].rights;
	return rights;
}

/* @elsewhere: given_elsewhere() of each layer */
static void fill_entry(struct work *work, size_t idx, const uint32_t *elsewhere)
{
	struct cf_rights_entry *entry = &work->entries[idx];

	entry->rights.rights = CF_RIGHTS_ALL;
	for (size_t layer = 0; layer < work->input->n_layers; layer++) {
		const size_t at = idx * work->input->n_layers + layer;
		const struct word *given = &work->given[at];

		if (work->own[at].is_set || work->masks[at].is_set)
			entry->rights.named |= (uint16_t)(1U << layer);
		if (work->limits_exec[layer] && (given->rights & CF_RIGHTS_CHANGING))
			entry->is_strict = true;
		/* The top is what no rule names: too much to be looked through. */
		if (entry->zone != work->input->top &&
		    (elsewhere[layer] & ~(uint32_t)given->rights))
			entry->is_strict = true;
		entry->rights.rights &= given->rights;
		entry->rights.layers[layer].rights = given->rights;
		entry->rights.layers[layer].rule = given->rule;
		entry->rights.layers[layer].replace = given->replace;
	}
}

int cf_rights_compute(const struct cf_rights_input *input, struct cf_rights_entry **ret_entries,
		      size_t *ret_n)
{
	CF_CLEANUP(work_done) struct work work = {.input = input};
	uint32_t elsewhere[CF_MAX_LAYERS];
	int r;

	if (input->n_layers == 0 || input->n_layers > CF_MAX_LAYERS || !input->top)
		return -EINVAL;
	r = gather_zones(&work);
	if (r < 0)
		return r;
	r = order_entries(&work);
	if (r < 0)
		return r;
	r = apply_rules(&work);
	if (r < 0)
		return r;
	for (size_t layer = 0; layer < input->n_layers; layer++)
		elsewhere[layer] = given_elsewhere(&work, layer);
	for (size_t i = 0; i < work.n; i++)
		fill_entry(&work, i, elsewhere);
	*ret_n = work.n;
	*ret_entries = cf_steal_ptr(work.entries);
	return 0;
}
