/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rule pins a name: the kernel only knows that some rule leads through
 * it, the layers say which. Pure. Layer 3 (api).
 */
#ifndef CF_API_PINNED_H
#define CF_API_PINNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cf_layer;

/* A rule of one of an agent's layers. */
struct cf_rule_number {
	uint32_t layer;
	uint16_t rule;
};

/**
 * cf_pinned_find() - the rule that leads through a path
 * @path:     absolute and whole, as an event has it
 * @layers:   checked images, outermost first; borrowed
 * @ret_rule: written on success only
 *
 * A name rule leads through a directory that its outer components name; a path
 * rule through its own path and all above it. The first name rule is told,
 * where there is none the first path rule.
 *
 * Return: whether one was found, and not both kinds, as then either may have decided
 */
bool cf_pinned_find(const char *path, const struct cf_layer *const *layers, size_t n_layers,
		    struct cf_rule_number *ret_rule);

#endif /* CF_API_PINNED_H */
