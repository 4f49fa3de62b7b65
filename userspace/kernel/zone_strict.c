/* SPDX-License-Identifier: Apache-2.0 */
/* Which zones are strict for some agent. Sets of agents are bitmaps over slots. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/zone_table_internal.h"

#define WORDS (CF_MAX_AGENTS / 64)

int cf_zone_table_name(struct cf_zone_table *table, uint32_t zone, uint32_t slot, bool is_strict)
{
	const struct cf_zone_agent entry = {.slot = slot, .is_strict = is_strict};
	struct cf_zone_node *node;

	if (!cf_zone_table_is_live(table, zone) || slot >= CF_MAX_AGENTS)
		return -EINVAL;
	node = &table->nodes[zone];
	for (size_t i = 0; i < node->agents.n_items; i++)
		if (node->agents.items[i].slot == slot) {
			node->agents.items[i].is_strict = is_strict;
			return 0;
		}
	return cf_array_push(&node->agents, entry);
}

void cf_zone_table_unname(struct cf_zone_table *table, uint32_t zone, uint32_t slot)
{
	struct cf_zone_node *node;

	if (!cf_zone_table_is_live(table, zone))
		return;
	node = &table->nodes[zone];
	for (size_t i = 0; i < node->agents.n_items; i++)
		if (node->agents.items[i].slot == slot) {
			node->agents.items[i] = node->agents.items[--node->agents.n_items];
			return;
		}
}

struct sets {
	uint64_t (*words)[WORDS]; /* by zone */
	bool *is_known;
	uint32_t *path; /* from a zone up to the first known one */
};

static void sets_done(struct sets *sets)
{
	free(sets->words);
	free(sets->is_known);
	free(sets->path);
}

static void fill_set(const struct cf_zone_table *table, struct sets *sets, uint32_t id)
{
	const struct cf_zone_node *node = &table->nodes[id];

	memcpy(sets->words[id], sets->words[node->parent], sizeof(sets->words[id]));
	for (size_t i = 0; i < node->agents.n_items; i++) {
		const struct cf_zone_agent *agent = &node->agents.items[i];
		uint64_t bit = 1ULL << (agent->slot % 64);

		if (agent->is_strict)
			sets->words[id][agent->slot / 64] |= bit;
		else
			sets->words[id][agent->slot / 64] &= ~bit;
	}
	sets->is_known[id] = true;
}

/* Parents may have higher ids than their children: climb, then fill downwards. */
static void fill_sets_up_to(const struct cf_zone_table *table, struct sets *sets, uint32_t id)
{
	uint32_t n = 0;

	for (; id && !sets->is_known[id]; id = table->nodes[id].parent)
		sets->path[n++] = id;
	while (n > 0)
		fill_set(table, sets, sets->path[--n]);
}

static bool is_empty(const uint64_t words[static WORDS])
{
	for (size_t i = 0; i < WORDS; i++)
		if (words[i])
			return false;
	return true;
}

static int write_flag(struct cf_zone_table *table, uint32_t id, bool is_strict)
{
	struct cf_zone_node *node = &table->nodes[id];
	const struct cf_zone value = cf_zone_value(node, (node->flags & ~CF_ZONE_STRICT) |
								 (is_strict ? CF_ZONE_STRICT : 0));
	int r;

	if (value.flags == node->flags)
		return 0;
	r = table->ops->put_zone(table->userdata, id, &value);
	if (r < 0)
		return r;
	node->flags = value.flags;
	node->was_strict |= is_strict;
	return 0;
}

int cf_zone_table_update_strict(struct cf_zone_table *table)
{
	CF_CLEANUP(sets_done) struct sets sets = {};
	size_t n = table->next_unused;
	int r;

	sets.words = calloc(n, sizeof(*sets.words));
	sets.is_known = calloc(n, sizeof(*sets.is_known));
	sets.path = calloc(n, sizeof(*sets.path));
	if (!sets.words || !sets.is_known || !sets.path)
		return -ENOMEM;
	for (uint32_t id = CF_ZONE_FIRST; id < n; id++) {
		if (!cf_zone_table_is_live(table, id))
			continue;
		fill_sets_up_to(table, &sets, id);
		r = write_flag(table, id, !is_empty(sets.words[id]));
		if (r < 0)
			return r;
	}
	return 0;
}
