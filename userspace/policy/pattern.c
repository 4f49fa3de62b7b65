/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/pattern.h"
#include "policy/quote.h"

#define FORMS "a component is a literal name, '*suffix', 'prefix*' or 'prefix*suffix'"

/* One component, and where and in what it was written. */
struct component {
	const char *text;
	size_t length;
	const char *whole;
	const struct cf_place *place;
	struct cf_diag *diag;
};

static int refuse(const struct component *component, const char *hint, const char *reason)
{
	return cf_place_error(component->diag, CF_P_PATTERN, component->place, hint, "%s in '%.*s'",
			      reason, cf_shown(component->whole));
}

static int check_component(const struct component *component, const char *star)
{
	const char *text = component->text;
	size_t length = component->length;

	if (length == 0)
		return refuse(component,
			      "write 'a/b'; a name rule holds at any depth, so it starts with no "
			      "'/'",
			      "empty component, or a '/' at the start or the end,");
	if ((length == 1 || length == 2) && strncmp(text, "..", length) == 0)
		return refuse(component, FORMS, "'.' or '..'");
	if (memchr(text, '?', length) || memchr(text, '[', length))
		return refuse(component, FORMS, "'?' or '['");
	for (size_t i = 0; i + 1 < length; i++)
		if (text[i] == '$' && text[i + 1] == '{')
			return refuse(component,
				      "use a path rule for a place that a variable names",
				      "a variable");
	if (!star)
		return 0;
	if (length == 1)
		return refuse(component,
			      "only the last of several components may be '*', for all that is "
			      "below",
			      "a lone '*'");
	if (memchr(star + 1, '*', length - (size_t)(star - text) - 1))
		return refuse(component, FORMS, "more than one '*' in a component");
	return 0;
}

static int parse_component(const struct component *component, struct cf_layer_pattern *ret_pattern)
{
	const char *star = memchr(component->text, '*', component->length);
	size_t prefix = star ? (size_t)(star - component->text) : component->length;
	size_t suffix = star ? component->length - prefix - 1 : 0;
	int r;

	r = check_component(component, star);
	if (r < 0)
		return r;
	if (prefix >= CF_NAME_SIZE || suffix >= CF_NAME_SIZE)
		return cf_place_error(
			component->diag, CF_P_PATTERN_LENGTH, component->place,
			"shorten it with a '*'",
			"'%.*s' in a name is longer than %d bytes (CF_NAME_SIZE)",
			(int)cf_text_cut(component->text, component->length, CF_SHOWN_BYTES),
			component->text, CF_NAME_SIZE - 1);
	*ret_pattern = (struct cf_layer_pattern){
		.kind = star ? CF_PATTERN_AFFIX : CF_PATTERN_LITERAL,
		.prefix_length = (uint8_t)prefix,
		.suffix_length = (uint8_t)suffix,
	};
	memcpy(ret_pattern->text, component->text, prefix);
	if (star)
		memcpy(ret_pattern->text + prefix + 1, star + 1, suffix);
	return 0;
}

int cf_name_parse(const char *text, const struct cf_place *place,
		  struct cf_name_pattern *ret_pattern, struct cf_diag *diag)
{
	struct component component = {.whole = text, .place = place, .diag = diag};
	struct cf_name_pattern pattern = {};
	const char *at = text;

	for (;;) {
		bool is_last;
		int r;

		component.text = at;
		component.length = strcspn(at, "/");
		is_last = at[component.length] == '\0';
		if (is_last && pattern.n_components > 0 && strcmp(at, "*") == 0) {
			pattern.children_only = true;
			break;
		}
		if (pattern.n_components >= CF_MAX_NAME_COMPONENTS)
			return cf_place_error(diag, CF_P_PATTERN_LENGTH, place,
					      "leave outer directories out: a name rule holds at "
					      "any depth",
					      "more than %d components in a name "
					      "(CF_MAX_NAME_COMPONENTS)",
					      CF_MAX_NAME_COMPONENTS);
		r = parse_component(&component, &pattern.components[pattern.n_components]);
		if (r < 0)
			return r;
		pattern.n_components++;
		if (is_last)
			break;
		at += component.length + 1;
	}
	*ret_pattern = pattern;
	return 0;
}

int cf_file_name_parse(const char *text, const struct cf_place *place,
		       struct cf_layer_pattern *ret_pattern, struct cf_diag *diag)
{
	struct component component = {
		.text = text, .length = strlen(text), .whole = text, .place = place, .diag = diag};
	struct cf_layer_pattern pattern;
	int r;

	if (strchr(text, '/'))
		return cf_place_error(diag, CF_P_FILE_NAME, place,
				      "write a file's own name, without directories",
				      "'/' in file name '%.*s'", cf_shown(text));
	r = parse_component(&component, &pattern);
	if (r < 0)
		return r;
	if (cf_pattern_is_both(&pattern))
		return cf_place_error(diag, CF_P_FILE_NAME, place,
				      "write a literal name, '*suffix' or 'prefix*'",
				      "file name '%.*s' has a prefix and a suffix", cf_shown(text));
	*ret_pattern = pattern;
	return 0;
}

bool cf_pattern_is_both(const struct cf_layer_pattern *pattern)
{
	return pattern->kind == CF_PATTERN_AFFIX && pattern->prefix_length > 0 &&
	       pattern->suffix_length > 0;
}

static bool is_sound_text(const char *text, size_t length)
{
	static const char refused[] = "/*?[";

	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0' || strchr(refused, text[i]) ||
		    (text[i] == '$' && i + 1 < length && text[i + 1] == '{'))
			return false;
	return cf_text_is_printable(text, length);
}

bool cf_pattern_is_sound(const struct cf_layer_pattern *pattern)
{
	size_t prefix = pattern->prefix_length;
	size_t suffix = pattern->suffix_length;
	const char *text = pattern->text;
	size_t used = prefix + 1 + suffix;

	if (prefix >= CF_NAME_SIZE || suffix >= CF_NAME_SIZE || pattern->reserved != 0)
		return false;
	if (pattern->kind == CF_PATTERN_LITERAL) {
		if (prefix == 0 || suffix != 0 || (prefix <= 2 && strncmp(text, "..", prefix) == 0))
			return false;
	} else if (pattern->kind != CF_PATTERN_AFFIX || prefix + suffix == 0) {
		return false;
	}
	if (text[prefix] != '\0' || !is_sound_text(text, prefix) ||
	    !is_sound_text(text + prefix + 1, suffix))
		return false;
	for (size_t i = used; i < sizeof(pattern->text); i++)
		if (text[i] != '\0')
			return false;
	return true;
}

void cf_pattern_print(const struct cf_layer_pattern *pattern, struct cf_buffer *buffer)
{
	cf_buffer_append(buffer, pattern->text, pattern->prefix_length);
	if (pattern->kind != CF_PATTERN_AFFIX)
		return;
	cf_buffer_puts(buffer, "*");
	cf_buffer_append(buffer, pattern->text + pattern->prefix_length + 1,
			 pattern->suffix_length);
}

void cf_name_print(const struct cf_layer_pattern *components, size_t n_components,
		   bool children_only, struct cf_buffer *buffer)
{
	for (size_t i = 0; i < n_components; i++) {
		if (i > 0)
			cf_buffer_puts(buffer, "/");
		cf_pattern_print(&components[i], buffer);
	}
	if (children_only)
		cf_buffer_puts(buffer, "/*");
}

void cf_file_names_print(const char *key, const struct cf_layer_pattern *names, size_t n_names,
			 struct cf_buffer *buffer)
{
	for (size_t i = 0; i < n_names; i++) {
		CF_CLEANUP(cf_buffer_done) struct cf_buffer pattern = {};

		cf_pattern_print(&names[i], &pattern);
		if (i > 0)
			cf_buffer_puts(buffer, ", ");
		else
			cf_buffer_printf(buffer, ", %s: [", key);
		if (pattern.is_failed)
			buffer->is_failed = true;
		else
			cf_yaml_quote(pattern.data, buffer);
	}
	if (n_names > 0)
		cf_buffer_puts(buffer, "]");
}
