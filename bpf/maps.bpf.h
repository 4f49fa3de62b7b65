/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All maps and global words, declared once; maps.bpf.c defines them.
 * Owner, bound and lifetime of each are in the table of bpf/README.md.
 */
#ifndef CF_MAPS_BPF_H
#define CF_MAPS_BPF_H

#include "decide.h"
#include "prelude.bpf.h"

/* An object that an access reaches, as the walk found it. */
#define CF_OBJECT_IS_NODE     (1U << 0) /* it bears a zone's key itself */
#define CF_OBJECT_IS_ANCHOR   (1U << 1) /* of those: by its object */
#define CF_OBJECT_LEADING     (1U << 2) /* its name leads a name rule */
#define CF_OBJECT_IS_PLAIN    (1U << 3) /* nothing of its verdict came from its own name or inode */
#define CF_OBJECT_HAS_EXCEPTS (1U << 4) /* a name rule with exceptions is above it */
#define CF_OBJECT_HAS_PLACES  (1U << 5) /* names beside it may be places */
#define CF_OBJECT_CACHEABLE   (1U << 6) /* its filesystem never reuses (inode, generation) */
#define CF_OBJECT_MAY_FOLD    (1U << 7) /* its filesystem compares names in its own way */
#define CF_OBJECT_IS_CLOSED   (1U << 8) /* its filesystem has zones, but is not open yet */
#define CF_OBJECT_HAS_DIGESTS (1U << 9) /* a layer pins what is executed there */
#define CF_OBJECT_UNNAMED     (1U << 10) /* some layer has no path rule for the very object */
#define CF_SEVERAL_ZONES      (~0U)	 /* of a level of a path: no zone has this number */
#define CF_MAX_OBJECT_ZONES   (CF_MAX_LINKS + 1)

struct cf_object {
	__u64 dentry; /* address, for probe reads; 0: no object */
	__u64 ino;
	__u64 superblock; /* address */
	__u64 topology;	  /* generation of the topology that it was found in */
	__u32 dev;
	__u32 generation;
	__u32 mode; /* 0: does not exist */
	__u32 nlink;
	__u32 rdev;
	__u32 flags;	 /* CF_OBJECT_* */
	__u32 rights;	 /* all grants together */
	__u32 depth;	 /* components up to the superblock's root */
	__u32 class;	 /* enum cf_zone_class, 0: judged by zones */
	__u32 root_zone; /* of its superblock */
	__u32 kinship;	 /* enum cf_kinship, procfs and sysfs */
	__u32 n_zones;
	__u32 zones[CF_MAX_OBJECT_ZONES]; /* the strictest decides; [0] is the deepest */
	__u32 own_zones; /* bit i: zones[i] ends at the object, by whatever way it was found */
	/* Of the anchors on its path, of which level 0 is the object itself: */
	__u32 n_anchors;
	__u32 top;    /* level of the highest, */
	__u32 bottom; /* and of the lowest, which is this: */
	struct cf_anchor anchor;
	struct cf_query query;
};

/*
 * State of the loops that bpf_loop() runs. It lies in map memory, not on the
 * stack: what is read back is then unknown to the verifier (6.12 and later
 * follow stack contents from round to round, and would not converge).
 */
struct cf_loops {
	__u64 step;  /* walking: the dentry that is next */
	__u32 zone;  /* descending, climbing: the zone reached, */
	__u32 level; /* its level in chain; or of the name that is read, */
	__u32 watch; /* a level of interest, */
	__u32 seen;  /* and the zone there, if the names lead to it, else 0; */
	__u32 n_met; /* anchors on the way, but that one, that bear the zone of their place */
	__u32 is_under_way;   /* names: some rule has begun and is not complete */
	__u32 number;	      /* what the verifier is to forget */
	__u32 folds_case;     /* descending: some names are compared without case, */
	__u32 is_ambiguous;   /* and one of those may be a place's all the same */
	__u32 moves;	      /* of all that is on the path: it only grows */
	__u32 is_torn;	      /* something on the path was moved meanwhile */
	__u32 shares_numbers; /* btrfs: what is in different subvolumes may have one number */
};

/* An event while it is written, and the state of the loop that copies names. */
struct cf_draft {
	__u64 step;	/* the dentry that is next, */
	__u32 offset;	/* where in event.names, */
	__u32 end;	/* where the object's names must end, */
	__u32 is_whole; /* the root was reached */
	struct cf_event_verdict event;
	char slack[256]; /* a last name may run over the event's end before it is cut */
};

/*
 * Each CPU's, for what the fast road tells. Programs stay on their CPU while
 * they run, but are preemptible: who finds it taken goes the slow road.
 */
struct cf_desk {
	__u64 is_taken;
	struct cf_event_verdict event;
	char slack[256]; /* as a draft's */
};

/* The layout that the kernel fills: include/uapi/linux/fsverity.h */
struct cf_verity_digest {
	__u16 algorithm;
	__u16 size;
	__u8 digest[CF_DIGEST_SIZE];
};

/* What the kernel says of a file's contents. Survives other hooks of the task: hashing sleeps. */
struct cf_file_digests {
	__s32 algorithm; /* what IMA's helper returned: enum hash_algo, or negative errno */
	__s32 error;	 /* fs-verity's: 0, or negative errno */
	__u32 kinds;	 /* 1U << enum cf_digest_kind of what was asked for */
	__u32 is_broken; /* some layer's pin does not hold */
	__u8 contents[CF_DIGEST_SIZE];
	struct cf_verity_digest verity;
};

/* What a program needs beyond its stack; in a storage of the task's own, as programs are preemptible. */
struct cf_scratch {
	struct cf_object objects[2];
	__u64 chain[CF_MAX_DEPTH];    /* dentries of the object being walked, object first */
	__u32 anchored[CF_MAX_DEPTH]; /* zones that those bear; 0: none */
	struct cf_name_key name;      /* the name that is looked up, */
	struct cf_affix_key affix;    /* its beginning, then its end reversed, */
	char tail[CF_NAME_SIZE];      /* and that end as it is */
	struct cf_name_mask hits;     /* components that the name bears */
	struct cf_name_mask both; /* of those: by a prefix and a suffix that may overlap in it */
	struct cf_name_mask leaf_hits;
	struct cf_name_mask leading; /* rules that the object's own name would lead, under way */
	struct cf_name_mask state;   /* rules under way */
	struct cf_name_mask matched; /* first components of the rules met */
	struct cf_net_key net;	     /* the address that is looked up */
	struct cf_digest_key digest; /* the digest that is looked up */
	struct cf_file_digests file; /* those of the file that is executed */
	struct cf_loops loops;
	struct cf_query query;
	struct cf_verdict verdict;
	struct cf_draft draft;
};

/*
 * The asking task while it is judged. Apart from its label's storage, which every
 * task of an agent has: this one is large, and made when a task first goes a slow
 * road. Most that are forked execute something and end without.
 */
struct cf_task {
	struct cf_label label; /* as it was when the hook began */
	struct cf_scratch scratch;
};

#define CF_MAP(name, map_type, key_type, value_type, entries, map_flag) \
	struct cf_map_##name {                                          \
		__uint(type, map_type);                                 \
		__uint(max_entries, entries);                           \
		__uint(map_flags, map_flag);                            \
		__type(key, key_type);                                  \
		__type(value, value_type);                              \
	};                                                              \
	extern struct cf_map_##name cf_##name SEC(".maps")

CF_MAP(tasks, BPF_MAP_TYPE_TASK_STORAGE, int, struct cf_label, 0, BPF_F_NO_PREALLOC);
CF_MAP(scratches, BPF_MAP_TYPE_TASK_STORAGE, int, struct cf_task, 0, BPF_F_NO_PREALLOC);
CF_MAP(desks, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct cf_desk, 1, 0);
CF_MAP(cgroups, BPF_MAP_TYPE_HASH, __u64, struct cf_cgroup, CF_MAX_CGROUPS, 0);
CF_MAP(domains, BPF_MAP_TYPE_ARRAY, __u32, struct cf_domain, CF_MAX_AGENTS, 0);
CF_MAP(superblocks, BPF_MAP_TYPE_HASH, __u32, struct cf_superblock, CF_MAX_SUPERBLOCKS, 0);
CF_MAP(anchors, BPF_MAP_TYPE_HASH, struct cf_object_key, struct cf_anchor, CF_MAX_ANCHORS, 0);
CF_MAP(places, BPF_MAP_TYPE_HASH, struct cf_place_key, __u32, CF_MAX_PLACES, 0);
CF_MAP(zones, BPF_MAP_TYPE_ARRAY, __u32, struct cf_zone, CF_MAX_ZONES, 0);
CF_MAP(rights, BPF_MAP_TYPE_HASH, struct cf_rights_key, struct cf_rights, CF_MAX_RIGHTS,
       BPF_F_NO_PREALLOC);
CF_MAP(names, BPF_MAP_TYPE_HASH, struct cf_name_key, struct cf_name_mask, CF_MAX_NAME_KEYS,
       BPF_F_NO_PREALLOC);
CF_MAP(prefixes, BPF_MAP_TYPE_LPM_TRIE, struct cf_affix_key, struct cf_name_mask, CF_MAX_NAME_KEYS,
       BPF_F_NO_PREALLOC);
CF_MAP(suffixes, BPF_MAP_TYPE_LPM_TRIE, struct cf_affix_key, struct cf_name_mask, CF_MAX_NAME_KEYS,
       BPF_F_NO_PREALLOC);
CF_MAP(name_rules, BPF_MAP_TYPE_HASH, struct cf_name_rule_key, struct cf_name_rule,
       CF_MAX_NAME_KEYS, BPF_F_NO_PREALLOC);
CF_MAP(nets, BPF_MAP_TYPE_LPM_TRIE, struct cf_net_key, struct cf_net, CF_MAX_NETS,
       BPF_F_NO_PREALLOC);
CF_MAP(digests, BPF_MAP_TYPE_HASH, struct cf_digest_key, struct cf_digest, CF_MAX_DIGESTS,
       BPF_F_NO_PREALLOC);
CF_MAP(counters, BPF_MAP_TYPE_ARRAY, __u32, struct cf_counters, CF_MAX_AGENTS, 0);
CF_MAP(credits, BPF_MAP_TYPE_ARRAY, __u32, struct cf_credit, CF_MAX_AGENTS, BPF_F_MMAPABLE);
CF_MAP(renaming, BPF_MAP_TYPE_HASH, __u64, __u32, CF_MAX_RENAMING, 0);
CF_MAP(terminals, BPF_MAP_TYPE_LRU_HASH, struct cf_object_key, __u32, CF_MAX_TERMINALS, 0);

struct cf_map_denials {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CF_RING_BYTES);
};

struct cf_map_observed {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CF_OBSERVE_RING_BYTES);
};

extern struct cf_map_denials cf_denials SEC(".maps");
extern struct cf_map_observed cf_observed SEC(".maps");

/* Single aligned words: one store flips each. Written by userspace, too. */
extern __u64 cf_topology;    /* generation of where things are; a change empties the cache */
extern __u32 cf_agents_live; /* 0: hooks for everybody's links and renames leave early */
extern __u32
	cf_links_unknown;    /* some hard link could not be entered: multi-link files are denied */
extern __u32 cf_renames;     /* directory renames in flight: nothing is cached meanwhile */
extern __u32 cf_moves_begun; /* of mounts, by outsiders; while it differs from */
extern __u32 cf_moves_seen;  /* this, nobody knows what is below a mount */
extern __u32 cf_taken;	     /* labels given to tasks that were moved in: counts only */
extern __u32 cf_taken_gone;  /* the count at which the daemon found none of them alive */
extern __u32 cf_mkdirs;	     /* cgroups of agents being made: nobody leaves early meanwhile */
extern __u64 cf_tasks_address; /* of cf_tasks in the kernel, once it is known */
extern __u64 cf_nothing;       /* always 0, which the verifier does not know */
extern __u32 cf_proc_zone;     /* roots of the lists of what may be read in procfs */
extern __u32 cf_sys_zone;      /* and sysfs: places as others are */
extern __u32 cf_digest_parent; /* whose children's executables are hashed for a try; 0: nobody's */
extern __s32 cf_digest_algorithm; /* what came of it: enum hash_algo, or negative errno */
extern __u32 cf_digest_verity;	  /* 1: this kernel tells programs fs-verity's digests */
extern __u32 cf_reader_sleeps;	  /* the observation ring's: the next event wakes it */
extern __u32 cf_daemon_tgid;	  /* whose descriptors iter/task_file identifies, */
extern __u32 cf_identify_first;	  /* from this one */
extern __u32 cf_identify_last;	  /* to this one */

/* One-hash filters: a clear bit means "certainly not". Bits are set before the entry is made. */
extern __u64 cf_cgroup_filter[CF_FILTER_BITS / 64];
extern __u64 cf_anchor_filter[CF_FILTER_BITS / 64];

extern struct cf_cache_slot cf_cache[CF_CACHE_SLOTS];

/* Of each agent's domain, by its slot: a copy that needs no lookup. Written before the domain. */
extern struct cf_name_ends cf_name_ends[CF_MAX_AGENTS];

static __always_inline bool cf_filter_has(const __u64 *filter, __u64 number)
{
	return filter[(number >> 6) & (CF_FILTER_BITS / 64 - 1)] & (1ULL << (number & 63));
}

static __always_inline void cf_filter_add(__u64 *filter, __u64 number)
{
	__sync_fetch_and_or(&filter[(number >> 6) & (CF_FILTER_BITS / 64 - 1)],
			    1ULL << (number & 63));
}

/*
 * Has a dentry an inode? Kernels from 6.4 to 6.15 or so take the inode of a
 * hook's dentry for never NULL: they may drop a branch that only a NULL takes,
 * and read through it. So it is also compared with what they do not know.
 */
static __always_inline bool cf_is_there(const struct inode *inode)
{
	return inode && (__u64)inode != *(const volatile __u64 *)&cf_nothing;
}

/* The domain of an agent, or NULL if it is gone. */
static __always_inline struct cf_domain *cf_domain_of(__u32 agent)
{
	__u32 slot = CF_AGENT_SLOT(agent);
	struct cf_domain *domain = bpf_map_lookup_elem(&cf_domains, &slot);

	return domain && domain->agent == agent ? domain : NULL;
}

/* Was it moved in, not started by `run`, where that makes a difference? */
static __always_inline bool cf_is_unfiltered(const struct cf_label *label,
					     const struct cf_domain *domain)
{
	return (domain->flags & CF_DOMAIN_KEEPS) && !(label->flags & CF_LABEL_LAUNCHED);
}

#endif /* CF_MAPS_BPF_H */
