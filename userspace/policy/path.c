/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/image.h"
#include "policy/path.h"
#include "policy/policy.h"

static const struct variable {
	const char *name;
	size_t offset; /* in struct cf_policy_variables */
	bool is_path;
} table[] = {
	{"workspace", offsetof(struct cf_policy_variables, workspace), true},
	{"home", offsetof(struct cf_policy_variables, home), true},
	{"user", offsetof(struct cf_policy_variables, user), false},
	{"agent", offsetof(struct cf_policy_variables, agent), false},
	{"tmp", offsetof(struct cf_policy_variables, tmp), true},
};

#define VARIABLES_EXPECTED "the variables are ${workspace}, ${home}, ${user}, ${agent} and ${tmp}"

/* Length and start of the component at *at, which is moved behind it; false at the end. */
static bool next_component(const char **at, const char **ret_start, size_t *ret_length)
{
	const char *start = *at + strspn(*at, "/");

	*ret_start = start;
	*ret_length = strcspn(start, "/");
	*at = start + *ret_length;
	return *ret_length > 0;
}

static bool is_dots(const char *component, size_t length)
{
	return (length == 1 || length == 2) && strncmp(component, "..", length) == 0;
}

bool cf_path_is_normal(const char *path)
{
	size_t length = strlen(path);
	unsigned int depth = 0;
	const char *at = path;

	if (length < 2 || length > CF_MAX_PATH_LENGTH || path[0] != '/' ||
	    path[length - 1] == '/' || strstr(path, "//") || !cf_text_is_printable(path, length))
		return false;
	for (;;) {
		const char *component;
		size_t size;

		if (!next_component(&at, &component, &size))
			return true;
		if (size >= CF_NAME_SIZE || is_dots(component, size) || ++depth > CF_MAX_DEPTH)
			return false;
	}
}

/* The variable that "${name}" at @text names; *ret_size is the length of it all. */
static int find_variable(const struct cf_written_path *path, const char *text,
			 const struct variable **ret_variable, size_t *ret_size)
{
	size_t length;

	if (text[1] != '{')
		return cf_place_error(
			path->diag, CF_P_VARIABLE_FORM, path->place, VARIABLES_EXPECTED,
			"'$' in path '%.*s' does not start a variable", cf_shown(path->text));
	length = strcspn(text + 2, "}/");
	if (text[2 + length] != '}')
		return cf_place_error(
			path->diag, CF_P_VARIABLE_FORM, path->place, VARIABLES_EXPECTED,
			"'${' in path '%.*s' is not closed by '}'", cf_shown(path->text));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strlen(table[i].name) != length ||
		    strncmp(table[i].name, text + 2, length) != 0)
			continue;
		*ret_variable = &table[i];
		*ret_size = length + 3;
		return 0;
	}
	return cf_place_error(path->diag, CF_P_VARIABLE_UNKNOWN, path->place, VARIABLES_EXPECTED,
			      "unknown variable '${%.*s}'",
			      (int)cf_text_cut(text + 2, length, CF_SHOWN_BYTES), text + 2);
}

static int refuse_relative(const struct cf_written_path *path)
{
	return cf_place_error(path->diag, CF_P_PATH_RELATIVE, path->place,
			      "start it with '/', '${workspace}', '${home}' or '${tmp}'",
			      "path '%.*s' is not absolute", cf_shown(path->text));
}

static int check_variables(const struct cf_written_path *path)
{
	const char *at = path->text;

	while ((at = strchr(at, '$'))) {
		const struct variable *variable;
		size_t size;
		int r = find_variable(path, at, &variable, &size);

		if (r < 0)
			return r;
		if (!variable->is_path && at == path->text)
			return refuse_relative(path);
		if (variable->is_path && (at != path->text || (at[size] && at[size] != '/')))
			return cf_place_error(
				path->diag, CF_P_VARIABLE_FORM, path->place,
				"it holds a whole path: write '${...}' or '${...}/below'",
				"'${%s}' must be the start of the path, up to a '/' or the end",
				variable->name);
		at += size;
	}
	return 0;
}

/* Bytes of a component that no variable gives. */
static size_t literal_length(const char *component, size_t length)
{
	size_t literal = 0;

	for (size_t i = 0; i < length; i++) {
		if (component[i] == '$')
			i += strcspn(component + i, "}");
		else
			literal++;
	}
	return literal;
}

static int check_component(const struct cf_written_path *path, const char *component, size_t length)
{
	if (is_dots(component, length))
		return cf_place_error(path->diag, CF_P_PATH_DOTS, path->place,
				      "write the path that it stands for", "'%.*s' in path '%.*s'",
				      (int)length, component, cf_shown(path->text));
	if (literal_length(component, length) >= CF_NAME_SIZE)
		return cf_place_error(path->diag, CF_P_PATH_LENGTH, path->place,
				      "name a folder above it instead",
				      "'%.*s' in a path is longer than %d bytes (CF_NAME_SIZE)",
				      (int)cf_text_cut(component, length, CF_SHOWN_BYTES),
				      component, CF_NAME_SIZE - 1);
	return 0;
}

static int check_form(const struct cf_written_path *path)
{
	const char *text = path->text;

	if (strlen(text) > CF_MAX_PATH_LENGTH)
		return cf_place_error(path->diag, CF_P_PATH_LENGTH, path->place, NULL,
				      "a path of %zu bytes, at most %u are taken", strlen(text),
				      CF_MAX_PATH_LENGTH);
	if (strpbrk(text, "*?["))
		return cf_place_error(path->diag, CF_P_PATH_WILDCARD, path->place,
				      "use a name rule, {name: \"*.ext\", access: ...}, or name "
				      "the folder: its rule holds for all below",
				      "wildcard in path '%.*s', paths are taken as they stand",
				      cf_shown(text));
	if (text[0] != '/' && text[0] != '$')
		return refuse_relative(path);
	return 0;
}

int cf_path_check(struct cf_arena *arena, const struct cf_written_path *path, const char **ret_text)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};
	const char *at = path->text;
	const char *component;
	const char *copy;
	size_t length;
	int r;

	r = check_form(path);
	if (r < 0)
		return r;
	r = check_variables(path);
	if (r < 0)
		return r;
	while (next_component(&at, &component, &length)) {
		r = check_component(path, component, length);
		if (r < 0)
			return r;
		if (component != path->text)
			cf_buffer_puts(&buffer, "/");
		cf_buffer_append(&buffer, component, length);
	}
	if (buffer.size == 0 && !buffer.is_failed)
		return cf_place_error(path->diag, CF_P_PATH_ROOT, path->place,
				      "say it with 'default', which holds wherever no rule does",
				      "a rule for '/' is not taken");
	copy = buffer.is_failed ? NULL : cf_arena_copy(arena, buffer.data, buffer.size);
	if (!copy)
		return -ENOMEM;
	*ret_text = copy;
	return 0;
}

static bool is_usable(const struct variable *variable, const char *value)
{
	const char *component;
	const char *at = value;
	size_t length;

	if (!cf_text_is_printable(value, strlen(value)))
		return false;
	if (!variable->is_path)
		return *value && !strchr(value, '/') && !is_dots(value, strlen(value));
	if (value[0] != '/')
		return false;
	while (next_component(&at, &component, &length))
		if (is_dots(component, length))
			return false;
	return true;
}

static int append_variable(const struct cf_written_path *path, const struct variable *variable,
			   const struct cf_policy_variables *variables, struct cf_buffer *buffer)
{
	const char *value;
	const char *at;
	const char *component;
	size_t length;

	memcpy(&value, (const char *)variables + variable->offset, sizeof(value));
	if (!value)
		return cf_place_error(path->diag, CF_P_VARIABLE_UNSET, path->place,
				      "give it a value, or leave the rule out",
				      "'${%s}' has no value here", variable->name);
	if (!is_usable(variable, value)) {
		if (!cf_text_is_printable(value, strlen(value)))
			value = "...";
		return cf_place_error(path->diag, CF_P_VARIABLE_VALUE, path->place,
				      "control characters are not taken either",
				      "the value '%.*s' of '${%s}' is not %s", cf_shown(value),
				      variable->name,
				      variable->is_path ? "an absolute path without '.' and '..'"
							: "a name without '/'");
	}
	if (!variable->is_path) {
		cf_buffer_puts(buffer, value);
		return 0;
	}
	at = value;
	while (next_component(&at, &component, &length)) {
		cf_buffer_puts(buffer, "/");
		cf_buffer_append(buffer, component, length);
	}
	return 0;
}

/* The variables' values can make what was well written unusable. */
static int check_expanded(const struct cf_written_path *written, const char *path)
{
	if (path[0] == '\0')
		return cf_place_error(written->diag, CF_P_PATH_ROOT, written->place,
				      "say it with 'default', which holds wherever no rule does",
				      "'%.*s' is '/' here, and a rule for '/' is not taken",
				      cf_shown(written->text));
	if (!cf_path_is_normal(path))
		return cf_place_error(written->diag, CF_P_PATH_LENGTH, written->place,
				      "name a folder above it instead",
				      "'%.*s' has more than %u bytes, more than %d components, or "
				      "one of more than %d bytes",
				      cf_shown(written->text), CF_MAX_PATH_LENGTH, CF_MAX_DEPTH,
				      CF_NAME_SIZE - 1);
	return 0;
}

int cf_path_expand(struct cf_arena *arena, const struct cf_written_path *path,
		   const struct cf_policy_variables *variables, const char **ret_path)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};
	const char *at = path->text;
	const char *copy;
	int r;

	for (;;) {
		const struct variable *variable;
		size_t size = strcspn(at, "$");

		cf_buffer_append(&buffer, at, size);
		at += size;
		if (*at == '\0')
			break;
		r = find_variable(path, at, &variable, &size);
		if (r < 0)
			return r;
		r = append_variable(path, variable, variables, &buffer);
		if (r < 0)
			return r;
		at += size;
	}
	if (buffer.is_failed)
		return -ENOMEM;
	r = check_expanded(path, buffer.data ? buffer.data : "");
	if (r < 0)
		return r;
	copy = cf_arena_copy(arena, buffer.data, buffer.size);
	if (!copy)
		return -ENOMEM;
	*ret_path = copy;
	return 0;
}
