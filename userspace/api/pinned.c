/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/pinned.h"
#include "policy/image.h"

static bool is_hit(const struct cf_layer_pattern *pattern, const char *name, size_t length)
{
	const char *suffix = pattern->text + pattern->prefix_length + 1;

	if (pattern->kind == CF_PATTERN_LITERAL)
		return length == pattern->prefix_length && memcmp(name, pattern->text, length) == 0;
	return length >= (size_t)pattern->prefix_length + pattern->suffix_length &&
	       memcmp(name, pattern->text, pattern->prefix_length) == 0 &&
	       memcmp(name + length - pattern->suffix_length, suffix, pattern->suffix_length) == 0;
}

/* Whether the last names of @path are these components, outermost first. */
static bool ends_with(const char *path, const struct cf_layer_pattern *components, size_t n)
{
	const char *end = path + strlen(path);

	while (n > 0) {
		const char *name = end;

		while (name > path && name[-1] != '/')
			name--;
		if (name == path || !is_hit(&components[n - 1], name, (size_t)(end - name)))
			return false;
		end = name - 1;
		n--;
	}
	return true;
}

/* As set_masks() of policy/domain_names.c has it: each component but the last leads, and that with "/asterisk". */
static bool leads_by_name(const struct cf_layer *layer, const struct cf_layer_name *name,
			  const char *path)
{
	const struct cf_layer_pattern *components = cf_layer_patterns(layer) + name->components;
	size_t n_leading = name->n_components - (name->children_only ? 0U : 1U);

	for (size_t n = 1; n <= n_leading; n++) {
		if (ends_with(path, components, n))
			return true;
	}
	return false;
}

static bool leads_by_path(const char *rule, const char *path)
{
	size_t length = strlen(path);

	return strncmp(rule, path, length) == 0 && (rule[length] == '\0' || rule[length] == '/');
}

static bool find_name(const char *path, const struct cf_layer *const *layers, size_t n_layers,
		      struct cf_rule_number *ret_rule)
{
	for (uint32_t i = 0; i < n_layers; i++) {
		const struct cf_layer_name *names = cf_layer_names(layers[i]);

		for (uint32_t j = 0; j < layers[i]->n_names; j++) {
			if (!leads_by_name(layers[i], &names[j], path))
				continue;
			*ret_rule = (struct cf_rule_number){.layer = i, .rule = names[j].rule};
			return true;
		}
	}
	return false;
}

static bool find_path(const char *path, const struct cf_layer *const *layers, size_t n_layers,
		      struct cf_rule_number *ret_rule)
{
	for (uint32_t i = 0; i < n_layers; i++) {
		const struct cf_layer_path *paths = cf_layer_paths(layers[i]);

		for (uint32_t j = 0; j < layers[i]->n_paths; j++) {
			if (!leads_by_path(cf_layer_string(layers[i], paths[j].path), path))
				continue;
			*ret_rule = (struct cf_rule_number){.layer = i, .rule = paths[j].rule};
			return true;
		}
	}
	return false;
}

bool cf_pinned_find(const char *path, const struct cf_layer *const *layers, size_t n_layers,
		    struct cf_rule_number *ret_rule)
{
	struct cf_rule_number by_name, by_path;
	bool is_name, is_path;

	if (path[0] != '/' || path[1] == '\0')
		return false;
	is_name = find_name(path, layers, n_layers, &by_name);
	is_path = find_path(path, layers, n_layers, &by_path);
	if (is_name == is_path)
		return false;
	*ret_rule = is_name ? by_name : by_path;
	return true;
}
