/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/zone_table_internal.h"

int cf_zone_table_new(const struct cf_zone_ops *ops, void *userdata,
		      struct cf_zone_table **ret_table)
{
	CF_CLEANUP(cf_zone_table_free) struct cf_zone_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->ops = ops;
	table->userdata = userdata;
	table->next_unused = CF_ZONE_FIRST;
	table->nodes = calloc(CF_MAX_ZONES, sizeof(*table->nodes));
	table->buckets = calloc(CF_ZONE_BUCKETS, sizeof(*table->buckets));
	table->anchor_buckets = calloc(CF_ANCHOR_BUCKETS, sizeof(struct cf_anchor_record *));
	table->free_ids = calloc(CF_MAX_ZONES, sizeof(*table->free_ids));
	if (!table->nodes || !table->buckets || !table->anchor_buckets || !table->free_ids)
		return -ENOMEM;
	*ret_table = cf_steal_ptr(table);
	return 0;
}

void cf_zone_table_free(struct cf_zone_table **table)
{
	struct cf_zone_table *old = *table;

	if (!old)
		return;
	if (old->nodes)
		for (uint32_t id = 0; id < old->next_unused; id++) {
			free(old->nodes[id].anchors.items);
			free(old->nodes[id].agents.items);
		}
	cf_zone_anchors_done(old);
	free(old->nodes);
	free(old->buckets);
	free(old->anchor_buckets);
	free(old->freed.items);
	free(old->free_ids);
	free(old);
	*table = NULL;
}

bool cf_zone_table_is_live(const struct cf_zone_table *table, uint32_t zone)
{
	return zone >= CF_ZONE_FIRST && zone < table->next_unused && table->nodes[zone].refs > 0;
}

size_t cf_zone_table_count(const struct cf_zone_table *table)
{
	return table->n_live;
}

uint32_t cf_zone_table_parent(const struct cf_zone_table *table, uint32_t zone)
{
	return cf_zone_table_is_live(table, zone) ? table->nodes[zone].parent : 0;
}

const char *cf_zone_table_component(const struct cf_zone_table *table, uint32_t zone)
{
	if (!cf_zone_table_is_live(table, zone) || !table->nodes[zone].is_place)
		return NULL;
	return table->nodes[zone].name;
}

static uint32_t *bucket_of(const struct cf_zone_table *table, uint32_t parent, const char *name,
			   size_t length)
{
	uint64_t hash = parent;

	for (size_t i = 0; i < length; i++)
		hash = cf_zone_mix(hash ^ ((uint64_t)(unsigned char)name[i] << 32));
	return &table->buckets[hash & (CF_ZONE_BUCKETS - 1)];
}

uint32_t cf_zone_table_find_child(const struct cf_zone_table *table, uint32_t parent,
				  const char *name, size_t length)
{
	uint32_t id = *bucket_of(table, parent, name, length);

	for (; id; id = table->nodes[id].next) {
		const struct cf_zone_node *node = &table->nodes[id];

		if (node->parent == parent && node->length == length &&
		    memcmp(node->name, name, length) == 0)
			return id;
	}
	return 0;
}

static int take_id(struct cf_zone_table *table, uint32_t *ret_id)
{
	if (table->next_unused < CF_MAX_ZONES) {
		*ret_id = table->next_unused++;
		return 0;
	}
	if (table->n_free == 0)
		return -ENOSPC;
	*ret_id = table->free_ids[table->free_first];
	table->free_first = (table->free_first + 1) % CF_MAX_ZONES;
	table->n_free--;
	return 0;
}

static void return_id(struct cf_zone_table *table, uint32_t id)
{
	table->free_ids[(table->free_first + table->n_free) % CF_MAX_ZONES] = id;
	table->n_free++;
}

static int write_zone(struct cf_zone_table *table, uint32_t zone)
{
	const struct cf_zone_node *node = &table->nodes[zone];
	const struct cf_zone value = cf_zone_value(node, node->flags);

	return table->ops->put_zone(table->userdata, zone, &value);
}

static void fill_place_key(const struct cf_zone_node *node, struct cf_place_key *key)
{
	*key = (struct cf_place_key){.parent = node->parent, .length = node->length};
	memcpy(key->name, node->name, node->length);
}

/* The parent's flag goes up before its first place is made, and down after its last is gone. */
static int count_place(struct cf_zone_table *table, uint32_t parent, int change)
{
	struct cf_zone_node *node = &table->nodes[parent];
	uint32_t flags = node->flags & ~CF_ZONE_HAS_PLACES;
	uint32_t n_places = node->n_places + (uint32_t)change;
	int r;

	if (n_places)
		flags |= CF_ZONE_HAS_PLACES;
	if (flags != node->flags) {
		uint32_t old = node->flags;

		node->flags = flags;
		r = write_zone(table, parent);
		if (r < 0) {
			node->flags = old;
			return r;
		}
	}
	node->n_places = n_places;
	return 0;
}

int cf_zone_table_list(struct cf_zone_table *table, uint32_t zone)
{
	table->nodes[zone].flags |= CF_ZONE_LISTED;
	return write_zone(table, zone);
}

int cf_zone_table_add_root(struct cf_zone_table *table, uint32_t parent, uint32_t *ret_zone)
{
	uint32_t id;
	int r;

	r = take_id(table, &id);
	if (r < 0)
		return r;
	table->nodes[id] = (struct cf_zone_node){.parent = parent};
	r = write_zone(table, id);
	if (r < 0) {
		return_id(table, id);
		return r;
	}
	table->nodes[id].refs = 1;
	table->n_live++;
	if (parent)
		cf_zone_table_ref(table, parent);
	*ret_zone = id;
	return 0;
}

static int make_child(struct cf_zone_table *table, uint32_t parent, const char *name, size_t length,
		      uint32_t *ret_zone)
{
	struct cf_place_key key;
	struct cf_zone_node *node;
	uint32_t id, *bucket;
	int r;

	r = take_id(table, &id);
	if (r < 0)
		return r;
	node = &table->nodes[id];
	*node = (struct cf_zone_node){
		.parent = parent, .is_place = true, .length = (uint8_t)length};
	memcpy(node->name, name, length);
	fill_place_key(node, &key);
	r = write_zone(table, id);
	if (r < 0)
		goto fail_id;
	r = count_place(table, parent, 1);
	if (r < 0)
		goto fail_id;
	r = table->ops->put_place(table->userdata, &key, id);
	if (r < 0)
		goto fail_count;
	bucket = bucket_of(table, parent, name, length);
	node->next = *bucket;
	*bucket = id;
	node->refs = 1;
	table->n_live++;
	cf_zone_table_ref(table, parent);
	*ret_zone = id;
	return 0;

fail_count:
	/* A flag that stays up costs look-ups and changes no verdict. */
	(void)count_place(table, parent, -1);
fail_id:
	return_id(table, id);
	return r;
}

int cf_zone_table_add_child(struct cf_zone_table *table, uint32_t parent, const char *name,
			    size_t length, uint32_t *ret_zone)
{
	uint32_t id;

	if (!cf_zone_table_is_live(table, parent) || length == 0 || memchr(name, '/', length) ||
	    memchr(name, '\0', length))
		return -EINVAL;
	if (length >= CF_NAME_SIZE)
		return -ENAMETOOLONG;
	id = cf_zone_table_find_child(table, parent, name, length);
	if (!id)
		return make_child(table, parent, name, length, ret_zone);
	cf_zone_table_ref(table, id);
	*ret_zone = id;
	return 0;
}

void cf_zone_table_ref(struct cf_zone_table *table, uint32_t zone)
{
	if (cf_zone_table_is_live(table, zone))
		table->nodes[zone].refs++;
}

static void unlink_child(struct cf_zone_table *table, uint32_t id)
{
	struct cf_zone_node *node = &table->nodes[id];
	uint32_t *link = bucket_of(table, node->parent, node->name, node->length);

	while (*link && *link != id)
		link = &table->nodes[*link].next;
	if (*link)
		*link = node->next;
	node->next = 0;
}

/* What the kernel holds of the zone itself stays until the id is used again: see the header. */
static uint32_t forget(struct cf_zone_table *table, uint32_t id)
{
	struct cf_zone_node *node = &table->nodes[id];
	struct cf_place_key key;
	uint32_t parent = node->parent;

	if (node->is_place) {
		fill_place_key(node, &key);
		/* Deleting fails only if it is not there. */
		(void)table->ops->delete_place(table->userdata, &key);
		unlink_child(table, id);
		/* A flag that stays up costs look-ups and changes no verdict. */
		(void)count_place(table, parent, -1);
	}
	cf_zone_anchors_drop(table, id);
	free(node->anchors.items);
	free(node->agents.items);
	node->anchors.items = NULL;
	node->anchors.n_items = node->anchors.capacity = 0;
	node->agents.items = NULL;
	node->agents.n_items = node->agents.capacity = 0;
	table->n_live--;
	/* Without memory the id is lost for this daemon's life: safe, and better than reuse too early. */
	(void)cf_array_push(&table->freed, id);
	return parent;
}

void cf_zone_table_release(struct cf_zone_table *table, uint32_t zone)
{
	while (cf_zone_table_is_live(table, zone)) {
		if (--table->nodes[zone].refs > 0)
			return;
		zone = forget(table, zone);
	}
}

int cf_zone_table_flush(struct cf_zone_table *table)
{
	CF_ARRAY(uint32_t) strict = {};
	int r = 0;

	for (size_t i = 0; i < table->freed.n_items && r == 0; i++)
		if (table->nodes[table->freed.items[i]].was_strict)
			r = cf_array_push(&strict, table->freed.items[i]);
	if (r == 0 && strict.n_items)
		r = table->ops->sweep_anchors(table->userdata, strict.items, strict.n_items);
	free(strict.items);
	if (r < 0)
		return r;
	for (size_t i = 0; i < table->freed.n_items; i++)
		return_id(table, table->freed.items[i]);
	table->freed.n_items = 0;
	return 0;
}
