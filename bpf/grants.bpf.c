// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an object's zones, its names and its kind give the asking agent, and
 * what of that is remembered for its directory. What is found while directories
 * move is not (cf_renames, cf_topology).
 */
#include "grants.bpf.h"
#include "cache.bpf.h"

static long climb_one(__u32 i, struct cf_task **context)
{
	struct cf_task *task = *context;
	struct cf_rights_key key = {.agent = task->label.agent, .zone = task->scratch.loops.zone};
	struct cf_zone *entry;

	if (bpf_map_lookup_elem(&cf_rights, &key))
		return 1;
	entry = bpf_map_lookup_elem(&cf_zones, &key.zone);
	if (!entry || !entry->parent)
		return 1;
	task->scratch.loops.zone = entry->parent;
	return 0;
}

int cf_climb(struct cf_task *task, __u32 zone)
{
	if (!task)
		return -EINVAL;
	task->scratch.loops.zone = zone;
	bpf_loop(CF_MAX_DEPTH, climb_one, &task, 0);
	return 0;
}

/*
 * The rights of the nearest zone, upwards, that the agent has an entry for: one
 * grant for each layer. Global, as cf_weigh().
 */
int cf_grant_zone(struct cf_task *task, __u32 slot, __u32 zone, __u32 n_layers, __u32 is_unfiltered)
{
	struct cf_rights_key key = {};
	struct cf_rights *rights;
	struct cf_object *object;
	__u32 layer;

	if (!task)
		return -EINVAL;
	object = &task->scratch.objects[slot & 1];
	key.agent = task->label.agent;
	if (cf_climb(task, zone))
		return -ENOENT;
	key.zone = task->scratch.loops.zone;
	rights = bpf_map_lookup_elem(&cf_rights, &key);
	if (!rights) {
		object->query.refusal = CF_REASON_UNCLASSIFIED;
		return 0;
	}
	if (rights->digests)
		object->flags |= CF_OBJECT_HAS_DIGESTS;
	if (key.zone != zone || (~rights->named & ((1U << (n_layers & 15)) - 1)))
		object->flags |= CF_OBJECT_UNNAMED;
	for (layer = 0; layer < CF_MAX_LAYERS; layer++) {
		const __u32 given = rights->layers[layer].rights;
		const __u32 rule = rights->layers[layer].rule;

		if (layer >= n_layers)
			break;
		cf_add_grant(object, given, rule, layer, CF_REASON_FILE_RULE,
			     rights->layers[layer].replace);
		if (is_unfiltered && cf_rights_keep(given))
			cf_add_grant(object, CF_RIGHTS_NO_WRITING, rule, layer,
				     CF_REASON_UNFILTERED, CF_NAME_BITS);
	}
	return 0;
}

/*
 * Device nodes: harmless ones are free for all, others need a rule for the very node, of each
 * layer: others' rules made its zone as well. What is an anchor for its links has the
 * zones of directories, so with a second name it is not told.
 */
static __always_inline void judge_device(struct cf_object *object)
{
	const __u32 type = object->mode & S_IFMT;

	if (type != S_IFCHR && type != S_IFBLK)
		return;
	if (cf_is_plain_device(object->mode, object->rdev)) {
		object->query.n_grants = 0;
		object->rights = CF_RIGHTS_DEVICE;
		cf_add_grant(object, object->rights, CF_RULE_NONE, 0, CF_REASON_DEVICE,
			     CF_NAME_BITS);
	} else if ((object->flags & CF_OBJECT_UNNAMED) || object->nlink > 1) {
		object->query.n_grants = 0;
		cf_add_grant(object, 0, CF_RULE_NONE, 0, CF_REASON_DEVICE, CF_NAME_BITS);
	}
}

/* Remembers the verdict for the directory of an object whose own name and inode had no say in it. */
static __always_inline void cache_directory(struct cf_object *object, __u64 directory, __u32 agent)
{
	struct dentry *dentry = (struct dentry *)directory;
	const struct cf_domain *domain = cf_domain_of(agent); /* later than the topology */
	struct cf_cache_slot *cached;
	struct inode *inode = NULL;
	__u32 generation = 0;
	__u64 ino = 0, version;

	if (!domain || cf_renames || cf_links_unknown ||
	    bpf_core_read(&inode, sizeof(inode), &dentry->d_inode) || !inode ||
	    bpf_core_read(&ino, sizeof(ino), &inode->i_ino) ||
	    bpf_core_read(&generation, sizeof(generation), &inode->i_generation))
		return;
	cached = &cf_cache[cf_cache_index(ino, agent)];
	version = *(volatile __u64 *)&cached->version;
	if ((version & 1) ||
	    __sync_val_compare_and_swap(&cached->version, version, version + 1) != version)
		return;
	cf_test_delay();
	cached->ino = ino;
	cached->superblock = object->superblock;
	cached->generation = generation;
	cached->agent = agent;
	cached->topology = object->topology;
	cached->rights = object->rights;
	cached->domain = domain->observe | (domain->flags & CF_DOMAIN_KEEPS ? CF_CACHED_KEEPS : 0) |
			 (domain->flags & CF_DOMAIN_NAMES ? CF_CACHED_NAMES : 0);
	__sync_fetch_and_add(&cached->version,
			     1); /* a full barrier: what is above is visible before */
}

/* Gathers once: locates, then adds the grants of zones and names. Global, as cf_weigh(). */
int cf_weigh_once(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	struct cf_scratch *scratch;
	struct cf_domain *domain;
	struct cf_object *object;
	bool is_named, is_unfiltered;
	__u32 agent, i;

	if (!task)
		return -EINVAL;
	scratch = &task->scratch;
	object = &scratch->objects[slot & 1];
	agent = task->label.agent;
	domain = cf_domain_of(agent);
	if (!domain) {
		object->query.refusal = CF_REASON_NO_DOMAIN;
		return 0;
	}
	is_unfiltered = cf_is_unfiltered(&task->label, domain);
	if (cf_locate(task, slot, assumed_mode))
		return -ENOENT;
	object->rights = CF_RIGHTS_ALL;
	__builtin_memset(&scratch->leaf_hits, 0, sizeof(scratch->leaf_hits));
	if (object->class != CF_ZONE_NONE) {
		cf_add_grant(object, cf_class_rights(object->class, object->kinship, domain->flags),
			     CF_RULE_NONE, 0,
			     object->class == CF_ZONE_INTERNAL || object->class == CF_ZONE_OWN
				     ? CF_REASON_MEMFD
				     : CF_REASON_PSEUDO,
			     CF_NAME_BITS);
		return 0;
	}
	if (object->query.refusal == CF_REASON_NONE && (object->flags & CF_OBJECT_IS_CLOSED))
		object->query.refusal = CF_REASON_UNCLASSIFIED;
	if (object->query.refusal != CF_REASON_NONE)
		return 0;
	for (i = 0; i < CF_MAX_OBJECT_ZONES; i++) {
		if (i >= object->n_zones)
			break;
		cf_need(object, cf_grant_zone(task, slot, object->zones[i], domain->n_layers,
					      is_unfiltered));
		if (!(object->own_zones & 1U << i))
			object->flags |= CF_OBJECT_UNNAMED;
	}
	is_named = domain->flags & CF_DOMAIN_NAMES;
	if (is_named && scratch->loops.folds_case)
		object->query.refusal = CF_REASON_FOLDED_CASE;
	else if (is_named)
		cf_need(object, cf_meet_names(task, slot));
	judge_device(object);

	if (!is_named && !(object->flags & (CF_OBJECT_IS_NODE | CF_OBJECT_IS_ANCHOR)))
		object->flags |= CF_OBJECT_IS_PLAIN;
	if (!is_unfiltered && object->query.refusal == CF_REASON_NONE && object->n_zones == 1 &&
	    object->depth > 0 && (object->flags & CF_OBJECT_IS_PLAIN) &&
	    (object->flags & CF_OBJECT_CACHEABLE) &&
	    !(object->flags &
	      (CF_OBJECT_HAS_EXCEPTS | CF_OBJECT_HAS_PLACES | CF_OBJECT_HAS_DIGESTS)) &&
	    (object->mode & S_IFMT) != S_IFCHR && (object->mode & S_IFMT) != S_IFBLK)
		cache_directory(object, scratch->chain[1], agent);
	return 0;
}

int cf_weigh(struct cf_task *task, __u32 slot, __u32 assumed_mode)
{
	__u32 i;

	if (!task)
		return -EINVAL;
	for (i = 0; i < CF_MAX_WALKS; i++) {
		if (cf_weigh_once(task, slot, assumed_mode))
			return -ENOENT;
		if (!cf_confirm(task, slot))
			return 0;
	}
	task->scratch.objects[slot & 1].query.refusal = CF_REASON_UNREADABLE;
	return 0;
}
