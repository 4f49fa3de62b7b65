// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Definitions of all maps and global words. */
#include "maps.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Read from the pinned object by whoever adopts it. */
const volatile __u32 cf_abi_major = CF_ABI_MAJOR;
const volatile __u32 cf_abi_minor = CF_ABI_MINOR;

struct cf_map_tasks cf_tasks SEC(".maps");
struct cf_map_scratches cf_scratches SEC(".maps");
struct cf_map_desks cf_desks SEC(".maps");
struct cf_map_cgroups cf_cgroups SEC(".maps");
struct cf_map_domains cf_domains SEC(".maps");
struct cf_map_superblocks cf_superblocks SEC(".maps");
struct cf_map_anchors cf_anchors SEC(".maps");
struct cf_map_places cf_places SEC(".maps");
struct cf_map_zones cf_zones SEC(".maps");
struct cf_map_rights cf_rights SEC(".maps");
struct cf_map_names cf_names SEC(".maps");
struct cf_map_prefixes cf_prefixes SEC(".maps");
struct cf_map_suffixes cf_suffixes SEC(".maps");
struct cf_map_name_rules cf_name_rules SEC(".maps");
struct cf_map_nets cf_nets SEC(".maps");
struct cf_map_digests cf_digests SEC(".maps");
struct cf_map_counters cf_counters SEC(".maps");
struct cf_map_credits cf_credits SEC(".maps");
struct cf_map_renaming cf_renaming SEC(".maps");
struct cf_map_terminals cf_terminals SEC(".maps");
struct cf_map_denials cf_denials SEC(".maps");
struct cf_map_observed cf_observed SEC(".maps");

__u64 cf_topology = 0;
__u32 cf_agents_live = 0;
__u32 cf_links_unknown = 0;
__u32 cf_renames = 0;
__u32 cf_moves_begun = 0;
__u32 cf_moves_seen = 0;
__u32 cf_taken = 0;
__u32 cf_taken_gone = 0;
__u32 cf_mkdirs = 0;
__u64 cf_tasks_address = 0;
__u64 cf_nothing = 0;
__u32 cf_proc_zone = 0;
__u32 cf_sys_zone = 0;
__u32 cf_digest_parent = 0;
__s32 cf_digest_algorithm = 0;
__u32 cf_digest_verity = 0;
__u32 cf_reader_sleeps = 0;
__u32 cf_daemon_tgid = 0;
__u32 cf_identify_first = 0;
__u32 cf_identify_last = 0;
__u64 cf_cgroup_filter[CF_FILTER_BITS / 64] = {};
__u64 cf_anchor_filter[CF_FILTER_BITS / 64] = {};
struct cf_cache_slot cf_cache[CF_CACHE_SLOTS] = {};
struct cf_name_ends cf_name_ends[CF_MAX_AGENTS] = {};
