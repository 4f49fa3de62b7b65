/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/bind.h"
#include "policy/nearest.h"
#include "policy/path.h"

#define NEAR_EDITS 3

void cf_bound_done(struct cf_bound *bound)
{
	free(bound->rules.items);
	free(bound->extends.items);
	*bound = (struct cf_bound){};
}

int cf_bind_type(struct cf_binder *binder, const struct cf_node *node, enum cf_node_type type,
		 const char *what)
{
	const char *hint = NULL;

	if (node->type == type)
		return 0;
	if (type == CF_NODE_STRING && node->length > 0)
		hint = "put it in quotes if it is meant as text";
	if (node->length == 0)
		return cf_place_error(binder->diag, CF_P_TYPE, &node->place, hint,
				      "found %s, expected %s", cf_node_type_text(node->type), what);
	return cf_place_error(binder->diag, CF_P_TYPE, &node->place, hint,
			      "found %s, '%.*s', expected %s", cf_node_type_text(node->type),
			      cf_shown(node->text), what);
}

int cf_bind_path(struct cf_binder *binder, const struct cf_node *node, const char *what,
		 const char **ret_path)
{
	const struct cf_written_path written = {
		.text = node->text, .place = &node->place, .diag = binder->diag};
	int r;

	r = cf_bind_type(binder, node, CF_NODE_STRING, what);
	return r < 0 ? r : cf_path_check(binder->arena, &written, ret_path);
}

/* "did you mean 'x'", or the known words. */
static void suggest(const char *word, const char *const *known, size_t n_known, char *hint)
{
	size_t nearest = 0;
	unsigned int least = NEAR_EDITS + 1;
	size_t used;

	for (size_t i = 0; i < n_known; i++) {
		unsigned int distance = cf_word_distance(word, known[i]);

		if (distance < least && distance < strlen(known[i])) {
			least = distance;
			nearest = i;
		}
	}
	if (least <= NEAR_EDITS) {
		(void)snprintf(hint, CF_HINT_SIZE, "did you mean '%s'?", known[nearest]);
		return;
	}
	used = (size_t)snprintf(hint, CF_HINT_SIZE, "expected one of");
	for (size_t i = 0; i < n_known && used < CF_HINT_SIZE; i++)
		used += (size_t)snprintf(hint + used, CF_HINT_SIZE - used, "%s %s",
					 i > 0 ? "," : "", known[i]);
}

static int refuse_key(struct cf_binder *binder, const struct cf_node *key,
		      const struct cf_bind_table *table)
{
	const char *known[CF_DOCUMENT_MAX_KEYS];
	char hint[CF_HINT_SIZE];
	size_t n_known = 0;

	for (size_t i = 0; i < table->n_keys; i++) {
		if (table->keys[i].bind)
			known[n_known++] = table->keys[i].name;
		else if (strcmp(table->keys[i].name, key->text) == 0)
			return cf_place_error(binder->diag, CF_P_UNKNOWN_KEY, &key->place,
					      "leave it out: it would not be enforced",
					      "this version does not know '%s' in %s yet",
					      key->text, table->what);
	}
	suggest(key->text, known, n_known, hint);
	return cf_place_error(binder->diag, CF_P_UNKNOWN_KEY, &key->place, hint,
			      "unknown key '%.*s' in %s", cf_shown(key->text), table->what);
}

static const struct cf_bind_key *find_key(const struct cf_bind_table *table, const char *name)
{
	for (size_t i = 0; i < table->n_keys; i++)
		if (table->keys[i].bind && strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

static const struct cf_node *find_value(const struct cf_node *map, const char *name)
{
	for (const struct cf_node *value = map->first; value; value = value->next)
		if (strcmp(value->key->text, name) == 0)
			return value;
	return NULL;
}

int cf_bind_map(struct cf_binder *binder, const struct cf_node *node,
		const struct cf_bind_table *table, void *target)
{
	char what[CF_HINT_SIZE];
	int r;

	(void)snprintf(what, sizeof(what), "%s: a map", table->what);
	r = cf_bind_type(binder, node, CF_NODE_MAP, what);
	if (r < 0)
		return r;
	for (const struct cf_node *value = node->first; value; value = value->next) {
		const struct cf_bind_key *key = find_key(table, value->key->text);

		if (!key)
			return refuse_key(binder, value->key, table);
		r = key->bind(binder, value, target);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < table->n_keys; i++)
		if (table->keys[i].is_required && !find_value(node, table->keys[i].name))
			return cf_place_error(binder->diag, CF_P_MISSING_KEY, &node->place, NULL,
					      "%s has no '%s'", table->what, table->keys[i].name);
	return 0;
}

int cf_bind_list(struct cf_binder *binder, const struct cf_node *node, cf_bind_fn bind,
		 void *target)
{
	int r;

	r = cf_bind_type(binder, node, CF_NODE_LIST, "a list");
	if (r < 0)
		return r;
	for (const struct cf_node *item = node->first; item; item = item->next) {
		r = bind(binder, item, target);
		if (r < 0)
			return r;
	}
	return 0;
}

int cf_bind_choice(struct cf_binder *binder, const struct cf_node *node, const char *const *words,
		   uint64_t *ret_index)
{
	char hint[CF_HINT_SIZE];
	size_t n_words = 0;
	int r;

	r = cf_bind_type(binder, node, CF_NODE_STRING, "a word");
	if (r < 0)
		return r;
	for (; words[n_words]; n_words++) {
		if (strcmp(words[n_words], node->text) != 0)
			continue;
		*ret_index = n_words;
		return 0;
	}
	suggest("", words, n_words, hint);
	return cf_place_error(binder->diag, CF_P_CHOICE, &node->place, hint, "unknown word '%.*s'",
			      cf_shown(node->text));
}

int cf_bind_deny_allow(struct cf_binder *binder, const struct cf_node *node, enum cf_setting_id id)
{
	static const char *const words[] = {"deny", "allow", NULL};
	uint64_t number;
	int r;

	r = cf_bind_choice(binder, node, words, &number);
	if (r == 0)
		cf_bind_set(binder, id, node, number);
	return r;
}

void cf_bind_set(struct cf_binder *binder, enum cf_setting_id id, const struct cf_node *node,
		 uint64_t number)
{
	binder->bound->settings[id] = (struct cf_setting){.place = node->place, .number = number};
}

struct cf_rule *cf_bind_rule_new(struct cf_binder *binder, const struct cf_node *node,
				 enum cf_rule_kind kind)
{
	struct cf_rule *rule = cf_arena_alloc(binder->arena, sizeof(*rule));

	if (!rule)
		return NULL;
	rule->kind = kind;
	rule->place = node->place;
	rule->document = binder->document;
	return rule;
}

int cf_bind_rule_add(struct cf_binder *binder, struct cf_rule *rule)
{
	return cf_array_push(&binder->bound->rules, rule);
}
