/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loaded kernel part without the skeleton: descriptors of its maps and
 * addresses of its global words, and writes to them with one kind of error.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_MAPS_H
#define CF_KERNEL_MAPS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "kernel/zone_table.h"

/* All borrowed: the loader owns them, and they live as long as the skeleton. */
struct cf_maps {
	int cgroups;
	int domains;
	int tasks;
	int superblocks;
	int anchors;
	int places;
	int zones;
	int rights;
	int names;
	int prefixes;
	int suffixes;
	int name_rules;
	int nets;
	int digests;
	int counters;
	int credits;
	int denials;
	int observed;
	size_t task_value_size; /* a pinned map may be of another build */
	__u64 *topology;
	uint32_t *agents_live;
	uint32_t *links_unknown;
	uint32_t *moves_begun;
	uint32_t *moves_seen;
	uint32_t *taken;
	uint32_t *taken_gone;
	uint32_t *proc_zone;
	uint32_t *sys_zone;
	uint32_t *digest_parent;
	int32_t *digest_algorithm;
	uint32_t *digest_verity;
	uint32_t *reader_sleeps;
	uint32_t *daemon_tgid;
	uint32_t *identify_first;
	uint32_t *identify_last;
	uint64_t *cgroup_filter;	/* CF_FILTER_BITS */
	uint64_t *anchor_filter;	/* CF_FILTER_BITS */
	struct cf_name_ends *name_ends; /* CF_MAX_AGENTS, by slot */
};

/* Writes one entry. -ENOSPC: the map is full, whatever the map type calls it. */
int cf_map_put(int map, const void *key, const void *value);

/* Removes one entry; one that is not there is fine. */
int cf_map_delete(int map, const void *key);

/* Reads one entry; -ENOENT. */
int cf_map_get(int map, const void *key, void *ret_value);

/* Where things are has changed: the kernel part forgets its cached verdicts. */
void cf_maps_bump_topology(const struct cf_maps *maps);

/* Sets a number's bit; before the entry that it announces. */
void cf_maps_filter_add(uint64_t *filter, uint64_t number);

/* For cf_zone_table_new(); the userdata is a const struct cf_maps *. */
extern const struct cf_zone_ops cf_maps_zone_ops;

#endif /* CF_KERNEL_MAPS_H */
