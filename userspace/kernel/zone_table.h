/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bookkeeping of zones: a trie of names with reference counts, the object
 * keys (anchors) of each node, and which agents are strict where. It keeps the
 * kernel's maps in step through the functions that its owner supplies, so it
 * runs in a test without a kernel.
 *
 * A zone id is not given out again before cf_zone_table_flush(), and then only
 * after all other free ids: the kernel part may be half-way through a decision
 * that holds the old one.
 *
 * Layer 2 (kernel). No I/O of its own, no logging.
 */
#ifndef CF_KERNEL_ZONE_TABLE_H
#define CF_KERNEL_ZONE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct cf_zone_table;

/**
 * struct cf_zone_ops - how the table writes the kernel's maps
 *
 * Each returns 0 or a negative errno; -ENOSPC: that map is full.
 * @get_anchor may return -ENOENT. @sweep_anchors drops zones from all anchors,
 * those too that the kernel part has made itself.
 */
struct cf_zone_ops {
	int (*put_zone)(void *userdata, uint32_t zone, const struct cf_zone *value);
	int (*put_place)(void *userdata, const struct cf_place_key *key, uint32_t zone);
	int (*delete_place)(void *userdata, const struct cf_place_key *key);
	int (*get_anchor)(void *userdata, const struct cf_object_key *key,
			  struct cf_anchor *ret_anchor);
	int (*put_anchor)(void *userdata, const struct cf_object_key *key,
			  const struct cf_anchor *anchor);
	int (*delete_anchor)(void *userdata, const struct cf_object_key *key);
	int (*sweep_anchors)(void *userdata, const uint32_t *zones, size_t n_zones);
};

/* Identity of an object beyond its key. */
struct cf_object_version {
	uint64_t superblock;
	uint32_t generation;
};

/**
 * cf_zone_table_new() - an empty table
 * @ops:       borrowed as long as the table lives
 * @userdata:  handed to @ops
 * @ret_table: owned by the caller (cf_zone_table_free()), which writes no map
 *
 * Return: 0; -ENOMEM
 */
int cf_zone_table_new(const struct cf_zone_ops *ops, void *userdata,
		      struct cf_zone_table **ret_table);
void cf_zone_table_free(struct cf_zone_table **table);

/**
 * cf_zone_table_add_root() - a zone that is nobody's child
 * @parent:   enclosing zone for rights, referenced; 0: the very top
 * @ret_zone: its id, with one reference
 *
 * Return: 0; -ENOSPC; -ENOMEM; what put_zone gives
 */
int cf_zone_table_add_root(struct cf_zone_table *table, uint32_t parent, uint32_t *ret_zone);

/**
 * cf_zone_table_add_child() - find or make the zone of a name
 * @parent:   a live zone
 * @name:     one component, not empty, without '/' and NUL
 * @length:   its bytes
 * @ret_zone: its id, with one more reference
 *
 * Return: 0; -ENAMETOOLONG longer than a place can hold; -ENOSPC; -ENOMEM; what @ops give
 */
int cf_zone_table_add_child(struct cf_zone_table *table, uint32_t parent, const char *name,
			    size_t length, uint32_t *ret_zone);

void cf_zone_table_ref(struct cf_zone_table *table, uint32_t zone);

/* Marks a zone CF_ZONE_LISTED. Return: 0; what put_zone gives. */
int cf_zone_table_list(struct cf_zone_table *table, uint32_t zone);

/* Drops a reference; the last one takes place and anchors away, and the parent's reference. */
void cf_zone_table_release(struct cf_zone_table *table, uint32_t zone);

/* Makes freed ids usable again. Call once the change is complete. */
int cf_zone_table_flush(struct cf_zone_table *table);

/**
 * cf_zone_table_add_anchor() - give a zone an object key
 *
 * An anchor of another version of that inode number is stale and replaced. One
 * object may be in several zones (hard links); beyond CF_MAX_LINKS only their
 * number is kept, and the kernel part denies. Kept until the zone goes.
 *
 * Return: 0; -ENOMEM; what @ops give
 */
int cf_zone_table_add_anchor(struct cf_zone_table *table, uint32_t zone,
			     const struct cf_object_key *key,
			     const struct cf_object_version *version);

/* Takes a zone's object key away before the zone goes; one that it does not have is fine. */
void cf_zone_table_remove_anchor(struct cf_zone_table *table, uint32_t zone,
				 const struct cf_object_key *key);

/* Enclosing zone; 0 at the top, or if there is no such zone. */
uint32_t cf_zone_table_parent(const struct cf_zone_table *table, uint32_t zone);

/* The name of a zone below its parent, borrowed; NULL: it is a root, or there is no such zone. */
const char *cf_zone_table_component(const struct cf_zone_table *table, uint32_t zone);

/* The zone of a name below another; 0: none. No reference is taken. */
uint32_t cf_zone_table_find_child(const struct cf_zone_table *table, uint32_t parent,
				  const char *name, size_t length);

bool cf_zone_table_is_live(const struct cf_zone_table *table, uint32_t zone);
size_t cf_zone_table_count(const struct cf_zone_table *table);

/**
 * cf_zone_table_name() - note that an agent has rights of its own in a zone
 * @slot:      the agent's
 * @is_strict: some layer of it gives less here than its default, or than it gives around it
 *
 * Return: 0; -ENOMEM
 */
int cf_zone_table_name(struct cf_zone_table *table, uint32_t zone, uint32_t slot, bool is_strict);

/* Forgets what an agent has in a zone. */
void cf_zone_table_unname(struct cf_zone_table *table, uint32_t zone, uint32_t slot);

/**
 * cf_zone_table_update_strict() - write CF_ZONE_STRICT where it changed
 *
 * A zone is strict if it is for any agent, by its own entry or by that of the
 * nearest zone above in which that agent has one.
 *
 * Return: 0; -ENOMEM; what put_zone gives
 */
int cf_zone_table_update_strict(struct cf_zone_table *table);

#endif /* CF_KERNEL_ZONE_TABLE_H */
