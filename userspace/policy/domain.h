/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of cf_domain_build() that has a file of its own.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_DOMAIN_H
#define CF_POLICY_DOMAIN_H

#include "policy/image.h"

/**
 * cf_domain_add_names() - the name rules of all layers, as bits and tables
 * @image: its domain's agent is set; receives masks, literals, prefixes, suffixes, name_rules and replaces
 *
 * A rule that an outer layer has as well, with the same pattern, exceptions
 * and no more rights, is left out: it decides nothing.
 *
 * Return: 0; -E2BIG more components than CF_NAME_BITS; -ENOMEM
 */
int cf_domain_add_names(struct cf_domain_image *image, const struct cf_layer *const *layers,
			size_t n_layers, struct cf_diag *diag);

#endif /* CF_POLICY_DOMAIN_H */
