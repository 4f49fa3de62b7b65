/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of name rules: rows of components, each a literal, "prefix*",
 * "*suffix" or "prefix*suffix".
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_PATTERN_H
#define CF_POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/image.h"
#include "policy/place.h"

struct cf_buffer;

/**
 * struct cf_name_pattern - what a name rule's `name` says
 * @components:    outermost directory first
 * @n_components:  1..CF_MAX_NAME_COMPONENTS
 * @children_only: the last component was "*": what is below, at any depth
 */
struct cf_name_pattern {
	struct cf_layer_pattern components[CF_MAX_NAME_COMPONENTS];
	uint8_t n_components;
	bool children_only;
};

/**
 * cf_name_parse() - read the `name` of a rule
 *
 * Return: 0; -EINVAL with @diag filled
 */
int cf_name_parse(const char *text, const struct cf_place *place,
		  struct cf_name_pattern *ret_pattern, struct cf_diag *diag);

/**
 * cf_file_name_parse() - read one entry of `except` or `replace`
 *
 * One component; a pattern with both a prefix and a suffix is refused, for a
 * rule's file names share one bit in the kernel.
 *
 * Return: 0; -EINVAL with @diag filled
 */
int cf_file_name_parse(const char *text, const struct cf_place *place,
		       struct cf_layer_pattern *ret_pattern, struct cf_diag *diag);

/* Has it both a prefix and a suffix? */
bool cf_pattern_is_both(const struct cf_layer_pattern *pattern);

/* Is an untrusted pattern one that cf_name_parse() could have made? */
bool cf_pattern_is_sound(const struct cf_layer_pattern *pattern);

/* The component as it is written. */
void cf_pattern_print(const struct cf_layer_pattern *pattern, struct cf_buffer *buffer);

/* A row of components as it is written, with its slashes. */
void cf_name_print(const struct cf_layer_pattern *components, size_t n_components,
		   bool children_only, struct cf_buffer *buffer);

/* ", KEY: [a, b]", or nothing if there are none. */
void cf_file_names_print(const char *key, const struct cf_layer_pattern *names, size_t n_names,
			 struct cf_buffer *buffer);

#endif /* CF_POLICY_PATTERN_H */
