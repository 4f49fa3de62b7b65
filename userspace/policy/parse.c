/* SPDX-License-Identifier: Apache-2.0 */
/* Documents and what they extend, merged into one policy. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/bind.h"
#include "policy/check.h"
#include "policy/document.h"
#include "policy/image.h"
#include "policy/model.h"
#include "policy/policy.h"

#define MAX_EXTENDS_DEPTH 8   /* documents below the first one; packs need 2 */
#define MAX_DOCUMENTS	  256 /* in one policy; bounds the work that one text can ask for */

/* A document being read, and those that brought it in. */
struct chain {
	const struct chain *outer;
	const char *name;	      /* as extended; NULL for the first document */
	const struct cf_place *place; /* of that name; NULL for the first document */
	unsigned int depth;
};

struct loader {
	struct cf_policy *policy;
	cf_policy_find_fn find;
	void *userdata;
	struct cf_diag *diag;
	CF_ARRAY(const char *) merged; /* names of the packs read */
	uint32_t n_documents;
};

static int load(struct loader *loader, const struct chain *chain,
		const struct cf_document_text *given);

static int check_chain(struct loader *loader, const struct chain *chain)
{
	for (const struct chain *outer = chain->outer; outer; outer = outer->outer)
		if (outer->name && strcmp(outer->name, chain->name) == 0)
			return cf_place_error(loader->diag, CF_P_EXTENDS_CYCLE, chain->place,
					      "take it out of one of the lists",
					      "'%s' extends itself", chain->name);
	if (chain->depth > MAX_EXTENDS_DEPTH)
		return cf_place_error(loader->diag, CF_P_EXTENDS_DEPTH, chain->place,
				      "extend fewer packs, or merge some",
				      "'%s' is extended more than %d deep", chain->name,
				      MAX_EXTENDS_DEPTH);
	if (loader->n_documents >= MAX_DOCUMENTS)
		return cf_place_error(loader->diag, CF_P_EXTENDS_DEPTH, chain->place,
				      "extend fewer packs, or merge some",
				      "more than %d documents in one policy", MAX_DOCUMENTS);
	return 0;
}

static int load_extended(struct loader *loader, const struct chain *outer,
			 const struct cf_extended *extended)
{
	struct chain chain = {.outer = outer,
			      .name = extended->name,
			      .place = &extended->place,
			      .depth = outer->depth + 1};
	struct cf_document_text text = {};
	int r;

	r = check_chain(loader, &chain);
	if (r < 0)
		return r;
	for (size_t i = 0; i < loader->merged.n_items; i++)
		if (strcmp(loader->merged.items[i], extended->name) == 0)
			return 0;
	r = cf_array_push(&loader->merged, extended->name);
	if (r < 0)
		return r;
	r = loader->find ? loader->find(extended->name, loader->userdata, &text.file, &text.bytes,
					&text.size)
			 : -ENOENT;
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return cf_place_error(loader->diag, CF_P_EXTENDS_ABSENT, &extended->place,
				      "packs are looked for by name, without a folder or '.yaml'",
				      "'%s' cannot be read: %s", extended->name,
				      r == -ENOENT ? "no such pack" : strerrordesc_np(-r));
	return load(loader, &chain, &text);
}

/* What a document says, on top of what is there. */
static int merge(struct loader *loader, const struct cf_bound *bound)
{
	struct cf_bound *merged = &loader->policy->bound;

	merged->name = bound->name;
	merged->place = bound->place;
	merged->observe |= bound->observe;
	for (unsigned int i = 0; i < _CF_SETTING_MAX; i++)
		if (bound->settings[i].place.file)
			merged->settings[i] = bound->settings[i];
	for (size_t i = 0; i < bound->rules.n_items; i++) {
		int r = cf_array_push(&merged->rules, bound->rules.items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* A file's name as it can be shown: it comes from the caller, and goes into images and messages. */
static const char *copy_file_name(struct cf_arena *arena, const char *file)
{
	bool is_printable = cf_text_is_printable(file, strlen(file));
	char *copy =
		cf_arena_copy(arena, file, cf_text_cut(file, strlen(file), CF_MAX_SOURCE_FILE));

	for (char *at = copy; at && *at && !is_printable; at++)
		if (*at < 0x20 || *at >= 0x7f)
			*at = '?';
	return copy;
}

static int load(struct loader *loader, const struct chain *chain,
		const struct cf_document_text *given)
{
	struct cf_arena *arena = &loader->policy->arena;
	struct cf_document_text text = *given;
	CF_CLEANUP(cf_bound_done) struct cf_bound bound = {};
	const struct cf_node *root = NULL;
	int r;

	text.file = copy_file_name(arena, given->file);
	if (!text.file)
		return -ENOMEM;
	r = cf_document_parse(arena, &text, &root, loader->diag);
	if (r < 0)
		return r;
	r = cf_bind_document(arena, root, loader->n_documents++, &bound, loader->diag);
	if (r < 0)
		return r;
	/* The document's own rules among themselves, before others can replace them. */
	r = cf_check_rules(bound.rules.items, bound.rules.n_items, loader->diag);
	if (r < 0)
		return r;
	for (size_t i = 0; i < bound.extends.n_items; i++) {
		r = load_extended(loader, chain, &bound.extends.items[i]);
		if (r < 0)
			return r;
	}
	return merge(loader, &bound);
}

int cf_policy_parse(const char *file, const char *text, size_t size, cf_policy_find_fn find,
		    void *userdata, struct cf_policy **ret_policy, struct cf_diag *diag)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = calloc(1, sizeof(*policy));
	struct loader loader = {.policy = policy, .find = find, .userdata = userdata, .diag = diag};
	struct cf_document_text given = {.file = file, .bytes = text, .size = size};
	struct chain chain = {};
	int r;

	if (!policy)
		return -ENOMEM;
	r = load(&loader, &chain, &given);
	free(loader.merged.items);
	if (r < 0)
		return r;
	r = cf_check_rules(policy->bound.rules.items, policy->bound.rules.n_items, diag);
	if (r < 0)
		return r;
	*ret_policy = cf_steal_ptr(policy);
	return 0;
}

const char *cf_policy_name(const struct cf_policy *policy)
{
	return policy->bound.name;
}

void cf_policy_free(struct cf_policy **policy)
{
	if (!*policy)
		return;
	cf_bound_done(&(*policy)->bound);
	cf_arena_done(&(*policy)->arena);
	free(*policy);
	*policy = NULL;
}
