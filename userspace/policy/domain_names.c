/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name rules as the kernel matches them: each component has a bit, a rule's
 * bits are consecutive with the last component lowest, and three tables tell
 * which bits a name bears. The prefix and suffix tables are longest-prefix
 * tries that return one entry, so an entry holds the bits of all shorter
 * patterns that match whatever it matches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "policy/codes.h"
#include "policy/diag.h"
#include "policy/domain.h"
#include "policy/layer.h"
#include "policy/pattern.h"

/* Bits of a struct cf_affix_key before its name. */
#define AFFIX_KEY_BITS 32

_Static_assert(offsetof(struct cf_affix_key, name) - sizeof(uint32_t) == AFFIX_KEY_BITS / 8,
	       "the name does not follow what AFFIX_KEY_BITS counts");

/* A piece of text that a bit hangs on: a literal, a prefix, or a suffix from its end. */
struct piece {
	char text[CF_NAME_SIZE];
	uint32_t length;
	unsigned int bit;
};

typedef CF_ARRAY(struct piece) piece_array;

/* A rule that was taken, to compare inner layers' ones with. */
struct taken {
	const struct cf_layer *layer;
	const struct cf_layer_name *name;
};

struct builder {
	struct cf_domain_image *image;
	piece_array literals;
	piece_array prefixes;
	piece_array suffixes;
	CF_ARRAY(struct taken) taken;
	CF_ARRAY(struct cf_domain_name_rule) name_rules;
	CF_ARRAY(struct cf_domain_replace) replaces;
	unsigned int n_bits;
};

static void builder_done(struct builder *builder)
{
	free(builder->literals.items);
	free(builder->prefixes.items);
	free(builder->suffixes.items);
	free(builder->taken.items);
	free(builder->name_rules.items);
	free(builder->replaces.items);
}

static void set_bit(__u64 *words, unsigned int bit)
{
	words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static int compare_pieces(const void *left, const void *right)
{
	const struct piece *one = left;
	const struct piece *other = right;
	uint32_t shared = one->length < other->length ? one->length : other->length;
	int order = memcmp(one->text, other->text, shared);

	if (order != 0)
		return order;
	return one->length < other->length ? -1 : one->length > other->length;
}

static int add_piece(piece_array *pieces, const char *text, size_t length, bool is_reversed,
		     unsigned int bit)
{
	struct piece piece = {.length = (uint32_t)length, .bit = bit};

	for (size_t i = 0; i < length; i++)
		piece.text[i] = text[is_reversed ? length - 1 - i : i];
	return cf_array_push(pieces, piece);
}

/* Marks the cells of three bytes, of which the inner ones may be unknown, as they stand in a name. */
static void mark_cells(struct cf_name_ends *ends, const unsigned char *outer_first,
		       unsigned int n_known, __u8 end)
{
	const unsigned int last_inner = n_known < 3 ? 256 : 1, last_middle = n_known < 2 ? 256 : 1;

	for (unsigned int i = 0; i < last_middle; i++)
		for (unsigned int j = 0; j < last_inner; j++) {
			const __u32 outer = outer_first[0];
			const __u32 middle = n_known < 2 ? i : outer_first[1];
			const __u32 inner = n_known < 3 ? j : outer_first[2];

			if (end == CF_NAME_FIRST)
				ends->cells[cf_name_first_cell(outer | middle << 8 |
							       inner << 16)] |= end;
			else
				ends->cells[cf_name_last_cell(inner | middle << 8 | outer << 16)] |=
					end;
		}
}

/* What a literal or a prefix starts with. A name's own NUL is known, too. */
static void mark_first(struct cf_name_ends *ends, const char *text, size_t length, bool is_literal)
{
	const size_t n_known = length + is_literal;

	mark_cells(ends, (const unsigned char *)text, n_known < 3 ? (unsigned int)n_known : 3,
		   CF_NAME_FIRST);
}

/* What a suffix ends with. */
static void mark_last(struct cf_name_ends *ends, const char *suffix, size_t length)
{
	const unsigned int n_known = length < 3 ? (unsigned int)length : 3;
	unsigned char outer_first[3] = {};

	for (unsigned int i = 0; i < n_known; i++)
		outer_first[i] = (unsigned char)suffix[length - 1 - i];
	mark_cells(ends, outer_first, n_known, CF_NAME_LAST);
}

/* Lets @bit be hit by what @pattern matches. */
static int add_pattern(struct builder *builder, const struct cf_layer_pattern *pattern,
		       unsigned int bit)
{
	struct cf_domain *domain = &builder->image->domain;
	const char *suffix = pattern->text + pattern->prefix_length + 1;
	int r;

	if (pattern->kind == CF_PATTERN_LITERAL || pattern->prefix_length > 0)
		mark_first(&builder->image->ends, pattern->text, pattern->prefix_length,
			   pattern->kind == CF_PATTERN_LITERAL);
	else
		mark_last(&builder->image->ends, suffix, pattern->suffix_length);
	if (pattern->kind == CF_PATTERN_LITERAL)
		return add_piece(&builder->literals, pattern->text, pattern->prefix_length, false,
				 bit);
	if (cf_pattern_is_both(pattern))
		set_bit(domain->name_both, bit);
	if (pattern->prefix_length > 0) {
		r = add_piece(&builder->prefixes, pattern->text, pattern->prefix_length, false,
			      bit);
		if (r < 0)
			return r;
	}
	if (pattern->suffix_length == 0)
		return 0;
	return add_piece(&builder->suffixes, suffix, pattern->suffix_length, true, bit);
}

static bool is_same_pattern(const struct taken *one, const struct taken *other)
{
	const struct cf_layer_name *left = one->name;
	const struct cf_layer_name *right = other->name;
	size_t n_patterns = (size_t)left->n_components + left->n_excepts;

	if (left->n_components != right->n_components || left->n_excepts != right->n_excepts ||
	    left->children_only != right->children_only)
		return false;
	/* Sound patterns have zero wherever there is no text. */
	return memcmp(cf_layer_patterns(one->layer) + left->components,
		      cf_layer_patterns(other->layer) + right->components,
		      n_patterns * sizeof(struct cf_layer_pattern)) == 0;
}

static bool is_decided_already(const struct builder *builder, const struct taken *rule)
{
	for (size_t i = 0; i < builder->taken.n_items; i++) {
		const struct taken *outer = &builder->taken.items[i];

		if (is_same_pattern(outer, rule) &&
		    (outer->name->rights & ~rule->name->rights) == 0)
			return true;
	}
	return false;
}

/* Bit of component @index, counted from the outermost, of a rule whose last one has bit @lowest. */
static unsigned int component_bit(const struct cf_layer_name *name, unsigned int lowest,
				  unsigned int index)
{
	return lowest + name->n_components - 1 - index;
}

static void set_masks(struct cf_domain *domain, const struct cf_layer_name *name,
		      unsigned int lowest)
{
	set_bit(domain->name_leaf, lowest);
	if (name->children_only)
		set_bit(domain->name_children, lowest);
	set_bit(domain->name_complete, component_bit(name, lowest, 0));
	for (unsigned int i = 0; i < name->n_components; i++)
		if (i + 1U < name->n_components || name->children_only)
			set_bit(domain->name_leading, component_bit(name, lowest, i));
}

static struct cf_domain_name_rule make_rule(const struct builder *builder,
					    const struct cf_layer_name *name, size_t layer,
					    unsigned int bit)
{
	return (struct cf_domain_name_rule){
		.key = {.agent = builder->image->domain.agent, .bit = bit},
		.value = {.rights = name->rights,
			  .rule = name->rule,
			  .except = CF_NAME_BITS,
			  .layer = (uint8_t)layer},
	};
}

/*
 * The rule at its first component's bit, and a bare length at the bit of every
 * other component that has a prefix and a suffix: the kernel looks that up by
 * the component's own bit.
 */
static int add_rules(struct builder *builder, const struct cf_layer_name *name,
		     const struct cf_layer_pattern *patterns, size_t layer, unsigned int lowest)
{
	unsigned int except = lowest + name->n_components;
	int r = 0;

	for (unsigned int i = 0; i < name->n_components && r == 0; i++) {
		struct cf_domain_name_rule rule =
			make_rule(builder, name, layer, component_bit(name, lowest, i));
		bool is_both = cf_pattern_is_both(&patterns[i]);

		if (i == 0 && name->n_excepts > 0)
			rule.value.except = (uint16_t)except;
		if (is_both)
			rule.value.min_length =
				(uint8_t)(patterns[i].prefix_length + patterns[i].suffix_length);
		if (i == 0 || is_both)
			r = cf_array_push(&builder->name_rules, rule);
	}
	return r;
}

static int add_name(struct builder *builder, const struct cf_layer *layer, size_t layer_index,
		    const struct cf_layer_name *name)
{
	const struct cf_layer_pattern *patterns = cf_layer_patterns(layer) + name->components;
	struct taken taken = {.layer = layer, .name = name};
	unsigned int lowest = builder->n_bits;
	int r;

	if (is_decided_already(builder, &taken))
		return 0;
	builder->n_bits += cf_layer_name_bits(name);
	if (builder->n_bits > CF_NAME_BITS)
		return -E2BIG;
	set_masks(&builder->image->domain, name, lowest);
	r = add_rules(builder, name, patterns, layer_index, lowest);
	for (unsigned int i = 0; i < name->n_components && r == 0; i++)
		r = add_pattern(builder, &patterns[i], component_bit(name, lowest, i));
	for (unsigned int i = 0; i < name->n_excepts && r == 0; i++)
		r = add_pattern(builder, &patterns[name->n_components + i],
				lowest + name->n_components);
	return r < 0 ? r : cf_array_push(&builder->taken, taken);
}

/* A bit that is no rule's component: it only tells that a file bears one of the names. */
static int add_replaces(struct builder *builder, const struct cf_layer *layer, size_t layer_index,
			const struct cf_layer_path *path)
{
	const struct cf_layer_pattern *patterns = cf_layer_patterns(layer) + path->replaces;
	const struct cf_domain_replace replace = {.rule = path->rule,
						  .bit = (uint16_t)builder->n_bits,
						  .layer = (uint8_t)layer_index};
	int r = 0;

	if (path->n_replaces == 0)
		return 0;
	if (++builder->n_bits > CF_NAME_BITS)
		return -E2BIG;
	for (unsigned int i = 0; i < path->n_replaces && r == 0; i++)
		r = add_pattern(builder, &patterns[i], replace.bit);
	return r < 0 ? r : cf_array_push(&builder->replaces, replace);
}

static int add_layer(struct builder *builder, const struct cf_layer *layer, size_t layer_index)
{
	int r = 0;

	for (uint32_t i = 0; i < layer->n_names && r == 0; i++)
		r = add_name(builder, layer, layer_index, &cf_layer_names(layer)[i]);
	for (uint32_t i = 0; i < layer->n_paths && r == 0; i++)
		r = add_replaces(builder, layer, layer_index, &cf_layer_paths(layer)[i]);
	return r;
}

/* Equal texts stand together afterwards, and a text before all that start with it. */
static void sort_pieces(piece_array *pieces)
{
	if (pieces->n_items > 0)
		qsort(pieces->items, pieces->n_items, sizeof(pieces->items[0]), compare_pieces);
}

static int make_literals(struct builder *builder)
{
	struct cf_domain_image *image = builder->image;
	const piece_array *pieces = &builder->literals;

	sort_pieces(&builder->literals);
	image->literals = calloc(pieces->n_items + 1, sizeof(*image->literals));
	if (!image->literals)
		return -ENOMEM;
	for (size_t i = 0; i < pieces->n_items; i++) {
		const struct piece *piece = &pieces->items[i];

		if (i == 0 || compare_pieces(piece - 1, piece) != 0) {
			struct cf_name_key *key = &image->literals[image->n_literals++].key;

			key->agent = image->domain.agent;
			key->length = piece->length;
			memcpy(key->name, piece->text, sizeof(key->name));
		}
		set_bit(image->literals[image->n_literals - 1].mask.words, piece->bit);
	}
	return 0;
}

static bool starts_with(const struct cf_affix_key *key, const struct cf_affix_key *prefix)
{
	return key->prefixlen >= prefix->prefixlen &&
	       memcmp(key->name, prefix->name, (prefix->prefixlen - AFFIX_KEY_BITS) / 8) == 0;
}

/*
 * In this order a shorter prefix comes before all that start with it, so the
 * entries around the one at hand are a stack, each holding all shorter ones.
 */
static void close_affixes(struct cf_domain_affix *affixes, size_t n_affixes)
{
	size_t around[CF_NAME_SIZE + 1];
	size_t n_around = 0;

	for (size_t i = 0; i < n_affixes; i++) {
		while (n_around > 0 &&
		       !starts_with(&affixes[i].key, &affixes[around[n_around - 1]].key))
			n_around--;
		for (size_t j = 0; n_around > 0 && j < CF_NAME_WORDS; j++)
			affixes[i].mask.words[j] |= affixes[around[n_around - 1]].mask.words[j];
		around[n_around++] = i;
	}
}

static int make_affixes(const struct builder *builder, piece_array *pieces,
			struct cf_domain_affix **ret_affixes, size_t *ret_n)
{
	struct cf_domain_affix *affixes;
	size_t n = 0;

	sort_pieces(pieces);
	affixes = calloc(pieces->n_items + 1, sizeof(*affixes));
	if (!affixes)
		return -ENOMEM;
	for (size_t i = 0; i < pieces->n_items; i++) {
		const struct piece *piece = &pieces->items[i];

		if (i == 0 || compare_pieces(piece - 1, piece) != 0) {
			struct cf_affix_key *key = &affixes[n++].key;

			key->prefixlen = AFFIX_KEY_BITS + 8 * piece->length;
			key->agent = builder->image->domain.agent;
			memcpy(key->name, piece->text, sizeof(key->name));
		}
		set_bit(affixes[n - 1].mask.words, piece->bit);
	}
	close_affixes(affixes, n);
	*ret_affixes = affixes;
	*ret_n = n;
	return 0;
}

static int collect(struct builder *builder, const struct cf_layer *const *layers, size_t n_layers,
		   struct cf_diag *diag)
{
	for (size_t i = 0; i < n_layers; i++) {
		int r = add_layer(builder, layers[i], i);

		if (r == -E2BIG)
			return cf_diag_set(
				diag, r, cf_policy_code(CF_P_NAMES_FULL), "", 0, 0,
				"use path rules, or share name rules with the outer layers",
				"the name rules of %zu layers, '%s' the innermost, have "
				"more than %d components (CF_NAME_BITS)",
				n_layers, layers[n_layers - 1]->name, CF_NAME_BITS);
		if (r < 0)
			return r;
	}
	return 0;
}

int cf_domain_add_names(struct cf_domain_image *image, const struct cf_layer *const *layers,
			size_t n_layers, struct cf_diag *diag)
{
	CF_CLEANUP(builder_done) struct builder builder = {.image = image};
	int r;

	r = collect(&builder, layers, n_layers, diag);
	if (r < 0)
		return r;
	r = make_literals(&builder);
	if (r < 0)
		return r;
	r = make_affixes(&builder, &builder.prefixes, &image->prefixes, &image->n_prefixes);
	if (r < 0)
		return r;
	r = make_affixes(&builder, &builder.suffixes, &image->suffixes, &image->n_suffixes);
	if (r < 0)
		return r;
	image->n_replaces = builder.replaces.n_items;
	image->replaces = cf_steal_ptr(builder.replaces.items);
	image->n_name_rules = builder.name_rules.n_items;
	image->name_rules = cf_steal_ptr(builder.name_rules.items);
	return 0;
}
