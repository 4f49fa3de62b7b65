/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What zone_table.c, zone_anchor.c and zone_strict.c share.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_ZONE_TABLE_INTERNAL_H
#define CF_KERNEL_ZONE_TABLE_INTERNAL_H

#include <string.h>

#include "base/array.h"
#include "kernel/zone_table.h"

#define CF_ZONE_BUCKETS	  (2U * CF_MAX_ZONES)	/* a power of two */
#define CF_ANCHOR_BUCKETS (2U * CF_MAX_ANCHORS) /* a power of two */

/* What the table knows of one object key. */
struct cf_anchor_record {
	struct cf_anchor_record *next; /* in its bucket */
	struct cf_object_key key;
	struct cf_object_version version;
	CF_ARRAY(uint32_t) zones; /* that named it through this table */
};

/* An agent that has rights of its own in a zone. */
struct cf_zone_agent {
	uint32_t slot;
	bool is_strict;
};

struct cf_zone_node {
	uint32_t parent;   /* enclosing zone, referenced; 0 at the top */
	uint32_t refs;	   /* 0: not live */
	uint32_t next;	   /* in its bucket */
	uint32_t n_places; /* names below it */
	uint32_t flags;	   /* CF_ZONE_*, as written */
	bool is_place;	   /* has a name below its parent */
	bool was_strict;   /* the kernel part may have made anchors for it */
	uint8_t length;	   /* of the name */
	char name[CF_NAME_SIZE];
	CF_ARRAY(struct cf_anchor_record *) anchors;
	CF_ARRAY(struct cf_zone_agent) agents;
};

/* What the kernel part is to know of a node. */
static inline struct cf_zone cf_zone_value(const struct cf_zone_node *node, uint32_t flags)
{
	struct cf_zone value = {.parent = node->parent, .flags = flags, .length = node->length};

	memcpy(value.name, node->name, node->length);
	return value;
}

struct cf_zone_table {
	const struct cf_zone_ops *ops;
	void *userdata;
	struct cf_zone_node *nodes; /* CF_MAX_ZONES of them, by id */
	uint32_t *buckets;	    /* CF_ZONE_BUCKETS */
	struct cf_anchor_record **anchor_buckets;
	uint32_t next_unused; /* ids from here on were never given out */
	uint32_t n_live;
	CF_ARRAY(uint32_t) freed; /* until the next flush */
	uint32_t *free_ids;	  /* ring of CF_MAX_ZONES */
	uint32_t free_first;
	uint32_t n_free;
};

/* A 64-bit finalizer (splitmix64): spreads inode numbers and ids over buckets. */
static inline uint64_t cf_zone_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* Takes a zone out of all its anchors. */
void cf_zone_anchors_drop(struct cf_zone_table *table, uint32_t zone);
void cf_zone_anchors_done(struct cf_zone_table *table);

#endif /* CF_KERNEL_ZONE_TABLE_INTERNAL_H */
