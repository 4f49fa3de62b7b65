/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "kernel/maps.h"

int cf_map_put(int map, const void *key, const void *value)
{
	int r = bpf_map_update_elem(map, key, value, BPF_ANY);

	/* kernel/bpf/hashtab.c says E2BIG when full, lpm_trie.c ENOSPC. */
	return r == -E2BIG ? -ENOSPC : r;
}

int cf_map_delete(int map, const void *key)
{
	int r = bpf_map_delete_elem(map, key);

	return r == -ENOENT ? 0 : r;
}

int cf_map_get(int map, const void *key, void *ret_value)
{
	return bpf_map_lookup_elem(map, key, ret_value);
}

void cf_maps_bump_topology(const struct cf_maps *maps)
{
	__atomic_fetch_add(maps->topology, 1, __ATOMIC_SEQ_CST);
}

void cf_maps_filter_add(uint64_t *filter, uint64_t number)
{
	__atomic_fetch_or(&filter[number % CF_FILTER_BITS / 64], 1ULL << (number % 64),
			  __ATOMIC_SEQ_CST);
}

static int put_zone(void *userdata, uint32_t zone, const struct cf_zone *value)
{
	const struct cf_maps *maps = userdata;

	return cf_map_put(maps->zones, &zone, value);
}

static int put_place(void *userdata, const struct cf_place_key *key, uint32_t zone)
{
	const struct cf_maps *maps = userdata;

	return cf_map_put(maps->places, key, &zone);
}

static int delete_place(void *userdata, const struct cf_place_key *key)
{
	const struct cf_maps *maps = userdata;

	return cf_map_delete(maps->places, key);
}

static int get_anchor(void *userdata, const struct cf_object_key *key, struct cf_anchor *ret_anchor)
{
	const struct cf_maps *maps = userdata;

	return cf_map_get(maps->anchors, key, ret_anchor);
}

static int put_anchor(void *userdata, const struct cf_object_key *key,
		      const struct cf_anchor *anchor)
{
	const struct cf_maps *maps = userdata;

	cf_maps_filter_add(maps->anchor_filter, key->ino);
	return cf_map_put(maps->anchors, key, anchor);
}

static int delete_anchor(void *userdata, const struct cf_object_key *key)
{
	const struct cf_maps *maps = userdata;

	return cf_map_delete(maps->anchors, key);
}

static bool is_swept(const uint32_t *zones, size_t n_zones, uint32_t zone)
{
	for (size_t i = 0; i < n_zones; i++)
		if (zones[i] == zone)
			return true;
	return false;
}

/* Drops swept zones from an anchor; true if it changed. */
static bool sweep_anchor(struct cf_anchor *anchor, const uint32_t *zones, size_t n_zones)
{
	uint32_t n = anchor->n_zones > CF_MAX_LINKS ? CF_MAX_LINKS : anchor->n_zones, kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (anchor->zones[i] && !is_swept(zones, n_zones, anchor->zones[i]))
			anchor->zones[kept++] = anchor->zones[i];
	if (kept == n)
		return false;
	for (uint32_t i = kept; i < CF_MAX_LINKS; i++)
		anchor->zones[i] = 0;
	/* One that has overflowed stays so while anything is left of it. */
	if (anchor->n_zones <= CF_MAX_LINKS || kept == 0)
		anchor->n_zones = kept;
	return true;
}

static int sweep_anchors(void *userdata, const uint32_t *zones, size_t n_zones)
{
	const struct cf_maps *maps = userdata;
	struct cf_object_key key, next;
	bool has_key = false;

	/* Bounded: entries that come in meanwhile could otherwise keep us here. */
	for (size_t i = 0; i < 2 * (size_t)CF_MAX_ANCHORS; i++) {
		struct cf_anchor anchor;
		int r = bpf_map_get_next_key(maps->anchors, has_key ? &key : NULL, &next);

		if (has_key && cf_map_get(maps->anchors, &key, &anchor) == 0 &&
		    sweep_anchor(&anchor, zones, n_zones)) {
			int written = anchor.n_zones ? cf_map_put(maps->anchors, &key, &anchor)
						     : cf_map_delete(maps->anchors, &key);
			if (written < 0)
				return written;
		}
		if (r < 0)
			return r == -ENOENT ? 0 : r;
		key = next;
		has_key = true;
	}
	return 0;
}

const struct cf_zone_ops cf_maps_zone_ops = {
	.put_zone = put_zone,
	.put_place = put_place,
	.delete_place = delete_place,
	.get_anchor = get_anchor,
	.put_anchor = put_anchor,
	.delete_anchor = delete_anchor,
	.sweep_anchors = sweep_anchors,
};
