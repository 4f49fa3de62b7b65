/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each layer of a domain says of each zone that any layer names: the
 * kernel part's rights entries.
 *
 * Layer 2 (kernel). Pure: the zone tree is read through a function.
 */
#ifndef CF_KERNEL_RIGHTS_H
#define CF_KERNEL_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct cf_layer_digest;

/**
 * struct cf_rights_rule - a path rule of one layer, resolved
 * @zone:    it is for this subtree
 * @is_exec: it gives no rights, but lets what is there be executed: a layer that has any lets nothing else
 * @digest:  it gives no rights, but what is executed there must have this digest; NULL: no pin. Borrowed
 * @pin:     number of a pin's path in its layer: of the digests of one path any will do
 * @rights:  CF_RIGHT_*
 * @rule:    its number in its layer
 * @replace: bit of the names of files that may be moved away and removed all the same; CF_NAME_BITS: none
 * @layer:   index of the layer
 * @links:   zones of the directories with the symbolic links that led here, 0: not known; borrowed
 * @n_links: how many
 */
struct cf_rights_rule {
	uint32_t zone;
	uint16_t rights;
	uint16_t rule;
	uint16_t replace;
	uint8_t layer;
	bool is_exec;
	const struct cf_layer_digest *digest;
	uint32_t pin;
	const uint32_t *links;
	size_t n_links;
};

/**
 * struct cf_rights_entry - what goes into the kernel's map for one zone
 * @is_strict: some layer gives less here than somewhere else, or lets files be changed here that another
 *             name could let be executed; the top only for the latter
 */
struct cf_rights_entry {
	uint32_t zone;
	bool is_strict;
	struct cf_rights rights;
};

/* Enclosing zone; 0 at the top. */
typedef uint32_t (*cf_zone_parent_fn)(const void *userdata, uint32_t zone);

/**
 * struct cf_rights_input - all that cf_rights_compute() reads; borrowed
 * @defaults:   each layer's default rights
 * @n_layers:   1..CF_MAX_LAYERS
 * @top:        zone of "/": has an entry in any case
 * @parent:     climbs the zone tree
 */
struct cf_rights_input {
	const struct cf_rights_rule *rules;
	size_t n_rules;
	const uint16_t *defaults;
	size_t n_layers;
	uint32_t top;
	cf_zone_parent_fn parent;
	const void *userdata;
};

/**
 * cf_rights_compute() - fold path rules into one entry per named zone
 * @ret_entries: ordered by zone, one each; owned by the caller (free())
 * @ret_n:       how many, at least 1
 *
 * A layer gives in a zone what its rule there says, else what it gives in the
 * nearest zone above, else its default; several of its rules for one zone give
 * what all of them give. All layers together give what each of them gives.
 *
 * A rule that was reached through a symbolic link which the layer lets its
 * agent make (it has the right "create" in the link's directory) never gives
 * more than the layer would without it: the agent may have planted the link.
 *
 * A layer with rules that are for executing takes the right "exec" from
 * every zone but theirs and those below, and from each that it gives to
 * change anything in.
 *
 * Context: pure
 * Return:  0; -EINVAL; -ENOMEM
 */
int cf_rights_compute(const struct cf_rights_input *input, struct cf_rights_entry **ret_entries,
		      size_t *ret_n);

/* An entry of the kernel's map of digests; the key's agent is 0. */
struct cf_rights_digest {
	struct cf_digest_key key;
	struct cf_digest value;
};

/**
 * cf_rights_pin() - fold pins into what cf_rights_compute() gave
 * @entries:     as it gave them; pinned ones say so, are strict, and let nothing be changed
 * @ret_digests: in no order; owned by the caller (free()); NULL if nothing is pinned
 * @ret_n:       how many
 *
 * A pin holds in its zone and in those below, whatever rules they have. Where
 * several paths are pinned (one inside the other, or two that mean one object)
 * only the digests that are right for all of them are: a pin never gives.
 *
 * Context: pure
 * Return:  0; -ENOSPC more than CF_MAX_DIGESTS; -ENOMEM
 */
int cf_rights_pin(const struct cf_rights_input *input, struct cf_rights_entry *entries,
		  size_t n_entries, struct cf_rights_digest **ret_digests, size_t *ret_n);

/* The entry that holds in a zone: its own or the nearest above; NULL: none. */
const struct cf_rights_entry *cf_rights_find(const struct cf_rights_entry *entries, size_t n,
					     uint32_t zone, cf_zone_parent_fn parent,
					     const void *userdata);

#endif /* CF_KERNEL_RIGHTS_H */
