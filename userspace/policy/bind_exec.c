/* SPDX-License-Identifier: Apache-2.0 */
/* `exec`: what may be executed beside what the files' rules say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/bind.h"
#include "policy/path.h"
#include "policy/quote.h"

/* The word for the folders that a system's programs and libraries are in. */
static const char system_word[] = "system";

/* Where they are; of a merged /usr the others are links. Source: file-hierarchy(7), FHS 3.0 */
static const char *const system_paths[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
};

static int bind_setuid(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	(void)target;
	return cf_bind_deny_allow(binder, value, CF_SETTING_SETUID);
}

static int bind_memfd(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	(void)target;
	return cf_bind_deny_allow(binder, value, CF_SETTING_MEMFD);
}

/* One path that may be executed; @written is what the policy says for it. */
static int add_only(struct cf_binder *binder, const struct cf_node *value, const char *path,
		    const char *written)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};
	struct cf_rule *rule = cf_bind_rule_new(binder, value, CF_RULE_EXEC);

	if (!rule)
		return -ENOMEM;
	cf_buffer_puts(&text, "exec: {only: [");
	cf_yaml_quote(written, &text);
	cf_buffer_puts(&text, "]}");
	rule->subject = path;
	rule->text = text.is_failed ? NULL : cf_arena_copy(binder->arena, text.data, text.size);
	return rule->text ? cf_bind_rule_add(binder, rule) : -ENOMEM;
}

static int bind_only_item(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	const struct cf_written_path written = {
		.text = value->text, .place = &value->place, .diag = binder->diag};
	const char *path;
	int r;

	(void)target;
	r = cf_bind_type(binder, value, CF_NODE_STRING, "a path, or the word 'system'");
	if (r < 0)
		return r;
	if (strcmp(value->text, system_word) != 0) {
		r = cf_path_check(binder->arena, &written, &path);
		return r < 0 ? r : add_only(binder, value, path, path);
	}
	for (size_t i = 0; i < sizeof(system_paths) / sizeof(system_paths[0]) && r == 0; i++)
		r = add_only(binder, value, system_paths[i], system_word);
	return r;
}

static int bind_only(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	if (value->type == CF_NODE_LIST && !value->first)
		return cf_place_error(binder->diag, CF_P_EXEC_ONLY, &value->place,
				      "name what may be executed, such as 'system', or leave "
				      "'only' out",
				      "'only' lists nothing, so nothing could be executed");
	return cf_bind_list(binder, value, bind_only_item, target);
}

int cf_bind_exec(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"setuid", bind_setuid, false},
		{"memfd", bind_memfd, false},
		{"only", bind_only, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("'exec'", keys);

	return cf_bind_map(binder, value, &table, target);
}
