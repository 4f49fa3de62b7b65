/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an access was refused, in words, and the smallest change to the policy
 * that would have allowed it. Pure. Layer 3 (api).
 */
#ifndef CF_API_EXPLAIN_H
#define CF_API_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

struct cf_layer;
struct cf_layer_source;
struct cf_message_event;
struct cf_rule_number;

/* In words, lower case, no final stop; static. @layer: the layer that decided, or NULL. */
const char *cf_explain_reason(const struct cf_message_event *event, const struct cf_layer *layer);

/* CF_RIGHT_* that were wanted and not given; 0: allowed, or it was not for want of rights. */
uint32_t cf_explain_lacking(const struct cf_message_event *event);

/**
 * cf_explain_rule() - the rule that decided
 * @event:      borrowed
 * @layers:     the agent's, outermost first; borrowed
 * @ret_number: written on success only
 *
 * Return: where it was written, borrowed from its layer; NULL if no rule did, or it is not certain which
 */
const struct cf_layer_source *cf_explain_rule(const struct cf_message_event *event,
					      const struct cf_layer *const *layers, size_t n_layers,
					      struct cf_rule_number *ret_number);

/**
 * cf_explain_allow_with() - a rule, as it would be written, that would have allowed this
 * @event: borrowed
 * @layer: the layer that decided, or NULL if it is not known; borrowed
 *
 * For a name rule it is that rule with a wider access; for the rest, a rule to add.
 *
 * Return: malloc()ed, owned by the caller; NULL if no change of the policy would do, or memory ran out
 */
char *cf_explain_allow_with(const struct cf_message_event *event, const struct cf_layer *layer);

#endif /* CF_API_EXPLAIN_H */
