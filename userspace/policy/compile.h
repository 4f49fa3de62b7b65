/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compile.c and compile_network.c share: a layer image under construction.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_COMPILE_H
#define CF_POLICY_COMPILE_H

#include "base/array.h"
#include "base/buffer.h"
#include "policy/image.h"

struct cf_diag;
struct cf_policy;
struct cf_rule;

typedef CF_ARRAY(struct cf_layer_net) cf_layer_nets_array;

/* A rule with the number that it has in the image. */
struct cf_numbered_rule {
	const struct cf_rule *rule;
	uint16_t number;
};

typedef CF_ARRAY(struct cf_numbered_rule) cf_numbered_rules;

/**
 * cf_compile_network() - the network prefixes of a policy, ports of enclosing ones merged in
 * @rules:         its rules with their numbers; those for files are passed over
 * @allow_default: `network.default` is allow
 * @nets:          receives the prefixes, in the image's order
 *
 * Return: 0; -EINVAL an allow rule inside a deny rule; -E2BIG too many port ranges; -ENOMEM
 */
int cf_compile_network(const cf_numbered_rules *rules, bool allow_default,
		       cf_layer_nets_array *nets, struct cf_diag *diag);

#endif /* CF_POLICY_COMPILE_H */
