/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about layer images that several files of policy rely on.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_LAYER_H
#define CF_POLICY_LAYER_H

#include <stdint.h>

#include "policy/address.h"
#include "policy/image.h"

/* Bytes that an image with these counts has. */
uint64_t cf_layer_expected_size(const struct cf_layer *layer);

/* The order of networks in an image: direction, address, length. */
int cf_layer_net_compare(const struct cf_layer_net *one, const struct cf_layer_net *other);

/* The order of digests: path, kind, bytes; @strings are those that their paths are in. */
int cf_layer_digest_compare(const struct cf_layer_digest *one, const struct cf_layer_digest *other,
			    const char *strings);

struct cf_prefix cf_layer_net_prefix(const struct cf_layer_net *net);

/* Does the entry deny by name of its rule? */
bool cf_layer_net_is_deny(const struct cf_layer_net *net);

/* Bits that a name rule takes in a domain: its components, and one for all its exceptions. */
static inline unsigned int cf_layer_name_bits(const struct cf_layer_name *name)
{
	return name->n_components + (name->n_excepts > 0 ? 1U : 0U);
}

#endif /* CF_POLICY_LAYER_H */
