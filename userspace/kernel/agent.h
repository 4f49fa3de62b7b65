/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One agent's domain: from its layers to zones, rights and map entries.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_AGENT_H
#define CF_KERNEL_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "bpf/abi.h"
#include "kernel/links.h"
#include "kernel/rights.h"

struct cf_diag;
struct cf_domain_image;
struct cf_layer;
struct cf_tree;

/* The layers as given to cf_kernel_agent_add(); borrowed. */
struct cf_agent_layers {
	const struct cf_layer *const *items;
	size_t n_items;
};

/**
 * struct cf_agent_paths - the path rules of all layers, resolved
 * @rules:  for cf_rights_compute(); their links point into @links
 * @zones:  every zone of a rule, once for each; referenced
 * @links:  pieces that rules point into; owned
 * @starts: directories to scan for hard links; their descriptors are owned
 */
struct cf_agent_paths {
	CF_ARRAY(struct cf_rights_rule) rules;
	CF_ARRAY(uint32_t) zones;
	CF_ARRAY(uint32_t *) links;
	CF_ARRAY(struct cf_links_start) starts;
};

/**
 * cf_agent_paths_add() - resolve all path rules of a stack of layers
 * @image: built of the same layers
 * @paths: start with all zero; released by cf_agent_paths_done(), on failure too
 * @diag:  names the rule that could not be resolved; written on failure only
 *
 * Return: 0; -EOPNOTSUPP a rule takes away on a filesystem that is judged by its
 *         type; what cf_resolve() gives
 */
int cf_agent_paths_add(struct cf_tree *tree, const struct cf_agent_layers *layers,
		       const struct cf_domain_image *image, struct cf_agent_paths *paths,
		       struct cf_diag *diag);

/* Closes and frees everything but @zones, which it hands over if @ret_zones is not NULL, else releases. */
void cf_agent_paths_done(struct cf_tree *tree, struct cf_agent_paths *paths, uint32_t **ret_zones,
			 size_t *ret_n_zones);

/**
 * struct cf_agent - what is in force for an agent, so that it can be taken back
 * @id:      full agent id
 * @image:   the domain's tables; owned
 * @zones:   referenced, as often as they are in here
 * @entries: one for each zone with rights of its own; owned
 * @digests: what is pinned; their keys bear the agent's id; owned
 * @before:  the slot's counts when the agent came: its former agent's
 */
struct cf_agent {
	uint32_t id;
	struct cf_domain_image *image;
	uint32_t *zones;
	size_t n_zones;
	struct cf_rights_entry *entries;
	size_t n_entries;
	struct cf_rights_digest *digests;
	size_t n_digests;
	struct cf_counters before;
};

#endif /* CF_KERNEL_AGENT_H */
