/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an access was refused, in words, and the smallest change to the policy
 * that would have allowed it. Pure. Layer 3 (api).
 */
#ifndef CF_API_EXPLAIN_H
#define CF_API_EXPLAIN_H

struct cf_layer;
struct cf_layer_source;
struct cf_message_event;

/* In words, lower case, no final stop; static. */
const char *cf_explain_reason(const struct cf_message_event *event);

/* The rule that decided, in the layer that decided; NULL if no rule did. */
const struct cf_layer_source *cf_explain_rule(const struct cf_message_event *event,
					      const struct cf_layer *layer);

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
