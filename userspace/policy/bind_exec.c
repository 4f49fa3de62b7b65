/* SPDX-License-Identifier: Apache-2.0 */
/* `exec`: what may be executed beside what the files' rules say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/bind.h"
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
	const char *path;
	int r = 0;

	(void)target;
	if (value->type != CF_NODE_STRING || strcmp(value->text, system_word) != 0) {
		r = cf_bind_path(binder, value, "a path, or the word 'system'", &path);
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

/* A pin under construction. */
struct pin {
	struct cf_rule *rule;
	const struct cf_node *path;
	const struct cf_node *digest;
};

static int bind_pin_path(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct pin *pin = target;

	pin->path = value;
	return cf_bind_path(binder, value, "a path", &pin->rule->subject);
}

/* What is expected, and how it is read. */
struct digest_form {
	const char *expected;
	const char *hint;
	int (*parse)(const char *text, struct cf_file_digest *ret_digest);
};

static int bind_digest(struct cf_binder *binder, const struct cf_node *value, struct pin *pin,
		       const struct digest_form *form)
{
	int r;

	r = cf_bind_type(binder, value, CF_NODE_STRING, "a digest");
	if (r < 0)
		return r;
	if (pin->digest)
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &value->key->place,
				      "make two pins of it: either will do",
				      "a pin has 'sha256' and 'verity'");
	pin->digest = value;
	if (form->parse(value->text, &pin->rule->digest) < 0)
		return cf_place_error(binder->diag, CF_P_DIGEST, &value->place, form->hint,
				      "digest '%.*s': expected %s", cf_shown(value->text),
				      form->expected);
	return 0;
}

static int bind_sha256(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct digest_form form = {.expected = CF_DIGEST_EXPECTED_SHA256,
						.hint = "use what 'sha256sum FILE' prints",
						.parse = cf_digest_parse_sha256};

	return bind_digest(binder, value, target, &form);
}

static int bind_verity(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct digest_form form = {.expected = CF_DIGEST_EXPECTED_VERITY,
						.hint = "use what 'fsverity measure FILE' prints",
						.parse = cf_digest_parse_verity};

	return bind_digest(binder, value, target, &form);
}

static int add_pin(struct cf_binder *binder, struct cf_rule *rule)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};

	cf_buffer_puts(&text, "exec: {pins: [{path: ");
	cf_yaml_quote(rule->subject, &text);
	cf_buffer_puts(&text, ", ");
	cf_digest_print(rule->digest.kind, rule->digest.bytes, &text);
	cf_buffer_puts(&text, "}]}");
	rule->text = text.is_failed ? NULL : cf_arena_copy(binder->arena, text.data, text.size);
	return rule->text ? cf_bind_rule_add(binder, rule) : -ENOMEM;
}

static int bind_pin(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"path", bind_pin_path, true},
		{"sha256", bind_sha256, false},
		{"verity", bind_verity, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("a pin", keys);
	struct pin pin = {.rule = cf_bind_rule_new(binder, value, CF_RULE_PIN)};
	int r;

	(void)target;
	if (!pin.rule)
		return -ENOMEM;
	r = cf_bind_map(binder, value, &table, &pin);
	if (r < 0)
		return r;
	if (!pin.digest)
		return cf_place_error(binder->diag, CF_P_RULE_FORM, &value->place,
				      "say which digest the file must have",
				      "a pin has neither 'sha256' nor 'verity'");
	return add_pin(binder, pin.rule);
}

static int bind_pins(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	return cf_bind_list(binder, value, bind_pin, target);
}

int cf_bind_exec(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"setuid", bind_setuid, false},
		{"memfd", bind_memfd, false},
		{"only", bind_only, false},
		{"pins", bind_pins, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("'exec'", keys);

	return cf_bind_map(binder, value, &table, target);
}
