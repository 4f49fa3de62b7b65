/* SPDX-License-Identifier: Apache-2.0 */
/* Object keys of zones. The kernel part adds anchors too (new hard links), so values are merged. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/zone_table_internal.h"

static struct cf_anchor_record **find_link(struct cf_zone_table *table,
					   const struct cf_object_key *key)
{
	uint64_t hash = cf_zone_mix(key->ino ^ cf_zone_mix(key->dev));
	struct cf_anchor_record **link = &table->anchor_buckets[hash & (CF_ANCHOR_BUCKETS - 1)];

	while (*link && memcmp(&(*link)->key, key, sizeof(*key)) != 0)
		link = &(*link)->next;
	return link;
}

static bool is_version(const struct cf_anchor *anchor, const struct cf_object_version *version)
{
	return anchor->superblock == version->superblock &&
	       anchor->generation == version->generation;
}

static uint32_t n_stored(const struct cf_anchor *anchor)
{
	uint32_t n = anchor->n_zones > CF_MAX_LINKS ? CF_MAX_LINKS : anchor->n_zones;

	while (n > 0 && anchor->zones[n - 1] == 0)
		n--;
	return n;
}

static void add_zone(struct cf_anchor *anchor, uint32_t zone)
{
	for (uint32_t i = 0; i < n_stored(anchor); i++)
		if (anchor->zones[i] == zone)
			return;
	if (anchor->n_zones < CF_MAX_LINKS)
		anchor->zones[anchor->n_zones] = zone;
	/* Beyond the limit the number alone says "deny". */
	if (anchor->n_zones <= CF_MAX_LINKS)
		anchor->n_zones++;
}

/* An anchor that has overflowed stays so while anything is left of it. */
static void remove_zone(struct cf_anchor *anchor, uint32_t zone)
{
	uint32_t n = n_stored(anchor);

	for (uint32_t i = 0; i < n; i++) {
		if (anchor->zones[i] != zone)
			continue;
		anchor->zones[i] = anchor->zones[n - 1];
		anchor->zones[n - 1] = 0;
		if (anchor->n_zones <= CF_MAX_LINKS)
			anchor->n_zones--;
		return;
	}
}

static void drop_pointer(struct cf_zone_node *node, const struct cf_anchor_record *record)
{
	for (size_t i = 0; i < node->anchors.n_items; i++)
		if (node->anchors.items[i] == record) {
			node->anchors.items[i] = node->anchors.items[--node->anchors.n_items];
			return;
		}
}

static void free_record(struct cf_zone_table *table, struct cf_anchor_record *record)
{
	struct cf_anchor_record **link = find_link(table, &record->key);

	if (*link == record)
		*link = record->next;
	free(record->zones.items);
	free(record);
}

/* The inode number bears another object now: what pointed at the old one lets go. */
static void reset_record(struct cf_zone_table *table, struct cf_anchor_record *record,
			 const struct cf_object_version *version)
{
	for (size_t i = 0; i < record->zones.n_items; i++)
		drop_pointer(&table->nodes[record->zones.items[i]], record);
	record->zones.n_items = 0;
	record->version = *version;
}

static int get_record(struct cf_zone_table *table, const struct cf_object_key *key,
		      const struct cf_object_version *version, struct cf_anchor_record **ret_record)
{
	struct cf_anchor_record **link = find_link(table, key);
	struct cf_anchor_record *record = *link;

	if (!record) {
		record = calloc(1, sizeof(*record));
		if (!record)
			return -ENOMEM;
		record->key = *key;
		record->version = *version;
		*link = record;
	} else if (record->version.superblock != version->superblock ||
		   record->version.generation != version->generation) {
		reset_record(table, record, version);
	}
	*ret_record = record;
	return 0;
}

static int write_anchor(struct cf_zone_table *table, const struct cf_anchor_record *record,
			uint32_t zone)
{
	struct cf_anchor anchor;
	int r;

	r = table->ops->get_anchor(table->userdata, &record->key, &anchor);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT || !is_version(&anchor, &record->version))
		anchor = (struct cf_anchor){.superblock = record->version.superblock,
					    .generation = record->version.generation};
	add_zone(&anchor, zone);
	return table->ops->put_anchor(table->userdata, &record->key, &anchor);
}

int cf_zone_table_add_anchor(struct cf_zone_table *table, uint32_t zone,
			     const struct cf_object_key *key,
			     const struct cf_object_version *version)
{
	struct cf_anchor_record *record;
	int r;

	if (!cf_zone_table_is_live(table, zone))
		return -EINVAL;
	r = get_record(table, key, version, &record);
	if (r < 0)
		return r;
	for (size_t i = 0; i < record->zones.n_items; i++)
		if (record->zones.items[i] == zone)
			return 0;
	r = cf_array_push(&table->nodes[zone].anchors, record);
	if (r < 0)
		goto fail_record;
	r = cf_array_push(&record->zones, zone);
	if (r < 0)
		goto fail_pointer;
	r = write_anchor(table, record, zone);
	if (r == 0)
		return 0;
	record->zones.n_items--;
fail_pointer:
	drop_pointer(&table->nodes[zone], record);
fail_record:
	if (record->zones.n_items == 0)
		free_record(table, record);
	return r;
}

static void drop_zone(struct cf_zone_table *table, struct cf_anchor_record *record, uint32_t zone)
{
	struct cf_anchor anchor;

	for (size_t i = 0; i < record->zones.n_items; i++)
		if (record->zones.items[i] == zone) {
			record->zones.items[i] = record->zones.items[--record->zones.n_items];
			break;
		}
	if (table->ops->get_anchor(table->userdata, &record->key, &anchor) == 0 &&
	    is_version(&anchor, &record->version)) {
		remove_zone(&anchor, zone);
		/* Both fail only if the entry has gone; a stale one denies too much, never too little. */
		if (n_stored(&anchor) == 0 && record->zones.n_items == 0)
			(void)table->ops->delete_anchor(table->userdata, &record->key);
		else
			(void)table->ops->put_anchor(table->userdata, &record->key, &anchor);
	}
	if (record->zones.n_items == 0)
		free_record(table, record);
}

void cf_zone_table_remove_anchor(struct cf_zone_table *table, uint32_t zone,
				 const struct cf_object_key *key)
{
	struct cf_anchor_record *record = *find_link(table, key);

	if (!record || !cf_zone_table_is_live(table, zone))
		return;
	for (size_t i = 0; i < record->zones.n_items; i++)
		if (record->zones.items[i] == zone) {
			drop_pointer(&table->nodes[zone], record);
			drop_zone(table, record, zone);
			return;
		}
}

void cf_zone_anchors_drop(struct cf_zone_table *table, uint32_t zone)
{
	struct cf_zone_node *node = &table->nodes[zone];

	while (node->anchors.n_items)
		drop_zone(table, node->anchors.items[--node->anchors.n_items], zone);
}

void cf_zone_anchors_done(struct cf_zone_table *table)
{
	if (!table->anchor_buckets)
		return;
	for (size_t i = 0; i < CF_ANCHOR_BUCKETS; i++)
		while (table->anchor_buckets[i]) {
			struct cf_anchor_record *record = table->anchor_buckets[i];

			table->anchor_buckets[i] = record->next;
			free(record->zones.items);
			free(record);
		}
}
