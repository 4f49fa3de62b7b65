/* SPDX-License-Identifier: Apache-2.0 */
/* `files`: the default, path rules and name rules. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/access.h"
#include "policy/bind.h"
#include "policy/quote.h"

/* A rule under construction. */
struct file_rule {
	struct cf_rule *rule;
	const struct cf_node *path;
	const struct cf_node *name;
	const struct cf_node *except;
	const struct cf_node *replace;
	struct cf_layer_pattern files[CF_MAX_FILE_NAMES];
};

static int parse_access(struct cf_binder *binder, const struct cf_node *value, uint16_t *ret_rights)
{
	int r;

	r = cf_bind_type(binder, value, CF_NODE_STRING, "an access mode");
	if (r < 0)
		return r;
	r = cf_access_parse(value->text, ret_rights);
	if (r == -EDOM)
		return cf_place_error(binder->diag, CF_P_ACCESS, &value->place,
				      "use 'ro', or 'ro-exec'",
				      "access mode '%s': nothing can be added to or taken from "
				      "'none'",
				      value->text);
	if (r < 0)
		return cf_place_error(binder->diag, CF_P_ACCESS, &value->place,
				      "expected " CF_ACCESS_EXPECTED, "unknown access mode '%.*s'",
				      cf_shown(value->text));
	return 0;
}

static int bind_default(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	uint16_t rights;
	int r;

	(void)target;
	r = parse_access(binder, value, &rights);
	if (r == 0)
		cf_bind_set(binder, CF_SETTING_FILES, value, rights);
	return r;
}

static int bind_path(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct file_rule *file = target;

	file->path = value;
	return cf_bind_path(binder, value, "a path", &file->rule->subject);
}

static int bind_name(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct file_rule *file = target;
	struct cf_name_pattern *pattern;
	int r;

	r = cf_bind_type(binder, value, CF_NODE_STRING, "a name");
	if (r < 0)
		return r;
	pattern = cf_arena_alloc(binder->arena, sizeof(*pattern));
	if (!pattern)
		return -ENOMEM;
	file->name = value;
	file->rule->name = pattern;
	file->rule->kind = CF_RULE_NAME;
	return cf_name_parse(value->text, &value->place, pattern, binder->diag);
}

static int bind_access(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct file_rule *file = target;

	return parse_access(binder, value, &file->rule->rights);
}

static int bind_file_name(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct file_rule *file = target;
	int r;

	r = cf_bind_type(binder, value, CF_NODE_STRING, "a name");
	if (r < 0)
		return r;
	if (file->rule->n_files >= CF_MAX_FILE_NAMES)
		return cf_place_error(binder->diag, CF_P_FILE_NAME, &value->place, NULL,
				      "more than %d file names in a rule (CF_MAX_FILE_NAMES)",
				      CF_MAX_FILE_NAMES);
	return cf_file_name_parse(value->text, &value->place, &file->files[file->rule->n_files++],
				  binder->diag);
}

static int bind_except(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct file_rule *file = target;

	file->except = value;
	return cf_bind_list(binder, value, bind_file_name, target);
}

static int bind_replace(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct file_rule *file = target;

	file->replace = value;
	return cf_bind_list(binder, value, bind_file_name, target);
}

/* Which keys go together. */
static int check_form(struct cf_binder *binder, const struct file_rule *file)
{
	const struct cf_rule *rule = file->rule;

	if (file->path && file->name)
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &rule->place,
				      "make two rules of it", "a file rule has 'path' and 'name'");
	if (!file->path && !file->name)
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &rule->place,
				      "say which files it is for",
				      "a file rule has neither 'path' nor 'name'");
	if (file->path && file->except)
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &file->except->key->place,
				      "write a rule for the longer path instead",
				      "'except' belongs to name rules only");
	if (file->name && file->replace)
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &file->replace->key->place,
				      "write it with the path rule that is 'rw-no-delete'",
				      "'replace' belongs to path rules only");
	if (file->replace && !cf_access_keeps_names(rule->rights))
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &file->replace->key->place,
				      "leave it out, or use 'access: rw-no-delete'",
				      "'replace' belongs to 'rw-no-delete' only");
	return 0;
}

/* The rule's subject and its text on one line. */
static int describe(struct cf_binder *binder, struct file_rule *file)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer subject = {};
	CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};
	struct cf_rule *rule = file->rule;
	char access[CF_ACCESS_TEXT_SIZE];

	if (file->name) {
		cf_name_print(rule->name->components, rule->name->n_components,
			      rule->name->children_only, &subject);
		if (subject.is_failed)
			return -ENOMEM;
		rule->subject = cf_arena_copy(binder->arena, subject.data, subject.size);
		if (!rule->subject)
			return -ENOMEM;
	}
	cf_buffer_puts(&text, file->name ? "{name: " : "{path: ");
	cf_yaml_quote(rule->subject, &text);
	cf_buffer_printf(&text, ", access: %s", cf_access_format(rule->rights, access));
	cf_file_names_print(file->name ? "except" : "replace", rule->files, rule->n_files, &text);
	cf_buffer_puts(&text, "}");
	rule->text = text.is_failed ? NULL : cf_arena_copy(binder->arena, text.data, text.size);
	return rule->text ? 0 : -ENOMEM;
}

static int bind_rule(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"path", bind_path, false},	  {"name", bind_name, false},
		{"access", bind_access, true},	  {"except", bind_except, false},
		{"replace", bind_replace, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("a file rule", keys);
	struct file_rule file = {.rule = cf_bind_rule_new(binder, value, CF_RULE_PATH)};
	struct cf_layer_pattern *files;
	int r;

	(void)target;
	if (!file.rule)
		return -ENOMEM;
	r = cf_bind_map(binder, value, &table, &file);
	if (r < 0)
		return r;
	r = check_form(binder, &file);
	if (r < 0)
		return r;
	files = cf_arena_alloc(binder->arena, file.rule->n_files * sizeof(*files));
	if (!files)
		return -ENOMEM;
	memcpy(files, file.files, file.rule->n_files * sizeof(*files));
	file.rule->files = files;
	r = describe(binder, &file);
	if (r < 0)
		return r;
	return cf_bind_rule_add(binder, file.rule);
}

static int bind_rules(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	return cf_bind_list(binder, value, bind_rule, target);
}

int cf_bind_files(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"default", bind_default, false},
		{"rules", bind_rules, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("'files'", keys);

	return cf_bind_map(binder, value, &table, target);
}
