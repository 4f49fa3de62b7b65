/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes to a typed policy: which keys there are, which types their values
 * have. What is not known is refused, with the nearest key that is.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_BIND_H
#define CF_POLICY_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/document.h"
#include "policy/model.h"

/**
 * cf_bind_document() - one document
 * @arena:    receives strings and rules
 * @root:     the document's root node, living as long as @arena
 * @document: its number
 * @bound:    empty; filled, and to be ended with cf_bound_done() whatever is returned
 *
 * Return: 0; -EINVAL with @diag filled; -ENOMEM
 */
int cf_bind_document(struct cf_arena *arena, const struct cf_node *root, uint32_t document,
		     struct cf_bound *bound, struct cf_diag *diag);

/* ---- for the files that bind a part of a document ---- */

struct cf_binder {
	struct cf_arena *arena;
	struct cf_bound *bound;
	struct cf_diag *diag;
	uint32_t document;
	enum cf_rule_kind kind; /* of the network rules being bound */
};

typedef int (*cf_bind_fn)(struct cf_binder *binder, const struct cf_node *value, void *target);

/**
 * struct cf_bind_key - one key of a map
 * @name:        as written
 * @bind:        takes its value; NULL: this version refuses it, though the language has it
 * @is_required: must be there
 */
struct cf_bind_key {
	const char *name;
	cf_bind_fn bind;
	bool is_required;
};

/* All keys of a map; @what names it in messages: "a file rule". */
struct cf_bind_table {
	const char *what;
	const struct cf_bind_key *keys;
	size_t n_keys;
};

#define CF_BIND_TABLE(table_what, table_keys)                           \
	{                                                               \
		.what = (table_what), .keys = (table_keys),             \
		.n_keys = sizeof(table_keys) / sizeof((table_keys)[0]), \
	}

/* Gives each key's value to its function, with @target; all but the listed keys are refused. */
int cf_bind_map(struct cf_binder *binder, const struct cf_node *node,
		const struct cf_bind_table *table, void *target);

/* Gives each item of a list to @bind, with @target. */
int cf_bind_list(struct cf_binder *binder, const struct cf_node *node, cf_bind_fn bind,
		 void *target);

/* 0 if @node has @type; else -EINVAL, with @what saying what was expected ("a path"). */
int cf_bind_type(struct cf_binder *binder, const struct cf_node *node, enum cf_node_type type,
		 const char *what);

/* A string that is a path, as cf_path_check() leaves it; @what as for cf_bind_type(). */
int cf_bind_path(struct cf_binder *binder, const struct cf_node *node, const char *what,
		 const char **ret_path);

/* A string that is one of @words (NULL-terminated): its index in *ret_index. */
int cf_bind_choice(struct cf_binder *binder, const struct cf_node *node, const char *const *words,
		   uint64_t *ret_index);

/* "deny" or "allow" into a setting: 1 is allow. */
int cf_bind_deny_allow(struct cf_binder *binder, const struct cf_node *node, enum cf_setting_id id);

void cf_bind_set(struct cf_binder *binder, enum cf_setting_id id, const struct cf_node *node,
		 uint64_t number);

/* A new rule at @node, not yet in the policy; NULL if memory ran out. */
struct cf_rule *cf_bind_rule_new(struct cf_binder *binder, const struct cf_node *node,
				 enum cf_rule_kind kind);

/* Puts a finished rule into the policy. */
int cf_bind_rule_add(struct cf_binder *binder, struct cf_rule *rule);

/* The values of `files`, `exec` and `network`. */
int cf_bind_files(struct cf_binder *binder, const struct cf_node *value, void *target);
int cf_bind_exec(struct cf_binder *binder, const struct cf_node *value, void *target);
int cf_bind_network(struct cf_binder *binder, const struct cf_node *value, void *target);

#endif /* CF_POLICY_BIND_H */
