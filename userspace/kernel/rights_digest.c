/* SPDX-License-Identifier: Apache-2.0 */
/* cf_rights_pin(): which digests are right in which zone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "kernel/rights.h"
#include "policy/image.h"

/* A run of rules in struct work's pins. */
struct run {
	const struct cf_rights_rule *const *items;
	size_t n;
};

struct work {
	const struct cf_rights_input *input;
	struct cf_rights_entry *entries;
	size_t n_entries;
	const struct cf_rights_rule **pins; /* in order of zone, layer, path, digest */
	size_t n_pins;
	const struct cf_rights_rule *
		*right; /* of the zone and layer at hand, in order of digests */
	size_t n_right;
	uint16_t rule; /* that explains a refusal there: the innermost path's first pin */
	bool is_pinned;
	CF_ARRAY(struct cf_rights_digest) digests;
};

static void work_done(struct work *work)
{
	free(work->pins);
	free(work->right);
	free(work->digests.items);
}

static int compare_numbers(uint32_t one, uint32_t other)
{
	return (one > other) - (one < other);
}

static int compare_digests(const struct cf_layer_digest *one, const struct cf_layer_digest *other)
{
	int order = compare_numbers(one->kind, other->kind);

	return order ? order : memcmp(one->digest, other->digest, sizeof(one->digest));
}

static int compare_places(const struct cf_rights_rule *one, const struct cf_rights_rule *other)
{
	int order = compare_numbers(one->zone, other->zone);

	if (order == 0)
		order = compare_numbers(one->layer, other->layer);
	return order;
}

static int compare_pins(const void *left, const void *right)
{
	const struct cf_rights_rule *one = *(const struct cf_rights_rule *const *)left;
	const struct cf_rights_rule *other = *(const struct cf_rights_rule *const *)right;
	int order = compare_places(one, other);

	if (order == 0)
		order = compare_numbers(one->pin, other->pin);
	return order ? order : compare_digests(one->digest, other->digest);
}

static int gather_pins(struct work *work)
{
	const struct cf_rights_input *input = work->input;

	work->pins = calloc(input->n_rules + 1, sizeof(const struct cf_rights_rule *));
	work->right = calloc(input->n_rules + 1, sizeof(const struct cf_rights_rule *));
	if (!work->pins || !work->right)
		return -ENOMEM;
	for (size_t i = 0; i < input->n_rules; i++)
		if (input->rules[i].digest)
			work->pins[work->n_pins++] = &input->rules[i];
	qsort(work->pins, work->n_pins, sizeof(const struct cf_rights_rule *), compare_pins);
	return 0;
}

/* Of the pins from @start on, those of the same zone, layer and path. */
static struct run take_run(const struct work *work, size_t start)
{
	struct run run = {.items = &work->pins[start], .n = 1};

	while (start + run.n < work->n_pins &&
	       compare_places(run.items[0], run.items[run.n]) == 0 &&
	       run.items[0]->pin == run.items[run.n]->pin)
		run.n++;
	return run;
}

/* The first pin that is not before the zone and layer. */
static size_t find_first(const struct work *work, const struct cf_rights_rule *place)
{
	size_t low = 0, high = work->n_pins;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(work->pins[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Leaves of what is right so far what this path's pins say as well. Both are in order. */
static void narrow(struct work *work, const struct run *run)
{
	size_t kept = 0, at = 0;

	if (!work->is_pinned) {
		work->is_pinned = true;
		work->rule = run->items[0]->rule;
		for (size_t i = 0; i < run->n; i++) {
			if (run->items[i]->rule < work->rule)
				work->rule = run->items[i]->rule;
			if (i == 0 ||
			    compare_digests(run->items[i - 1]->digest, run->items[i]->digest) != 0)
				work->right[work->n_right++] = run->items[i];
		}
		return;
	}
	for (size_t i = 0; i < work->n_right; i++) {
		while (at < run->n &&
		       compare_digests(run->items[at]->digest, work->right[i]->digest) < 0)
			at++;
		if (at < run->n &&
		    compare_digests(run->items[at]->digest, work->right[i]->digest) == 0)
			work->right[kept++] = work->right[i];
	}
	work->n_right = kept;
}

/* What is right for a layer in a zone: what all pins there and above say. */
static void find_right(struct work *work, uint32_t zone, uint8_t layer)
{
	const struct cf_rights_input *input = work->input;
	const struct cf_rights_entry *entry;

	work->n_right = 0;
	work->is_pinned = false;
	for (uint32_t steps = 0; zone && steps < CF_MAX_ZONES; steps++) {
		const struct cf_rights_rule place = {.zone = zone, .layer = layer};
		size_t at = find_first(work, &place);

		while (at < work->n_pins && compare_places(work->pins[at], &place) == 0) {
			struct run run = take_run(work, at);

			narrow(work, &run);
			at += run.n;
		}
		entry = cf_rights_find(work->entries, work->n_entries,
				       input->parent(input->userdata, zone), input->parent,
				       input->userdata);
		zone = entry ? entry->zone : 0;
	}
}

static int push(struct work *work, const struct cf_digest_key *key, uint16_t rule, uint16_t kinds)
{
	const struct cf_rights_digest digest = {.key = *key,
						.value = {.rule = rule, .kinds = kinds}};

	if (work->digests.n_items >= CF_MAX_DIGESTS)
		return -ENOSPC;
	return cf_array_push(&work->digests, digest);
}

static int pin_entry(struct work *work, struct cf_rights_entry *entry, uint8_t layer)
{
	struct cf_digest_key key = {.zone = entry->zone, .layer = layer};
	uint16_t kinds = 0;
	int r;

	entry->is_strict = true;
	entry->rights.digests |= (uint16_t)(1U << layer);
	entry->rights.rights &= ~(uint32_t)CF_RIGHTS_CHANGING;
	entry->rights.layers[layer].rights &= (uint16_t)~CF_RIGHTS_CHANGING;
	entry->rights.layers[layer].replace = CF_NAME_BITS;
	for (size_t i = 0; i < work->n_right; i++)
		kinds |= (uint16_t)(1U << work->right[i]->digest->kind);
	r = push(work, &key, work->rule, kinds);
	for (size_t i = 0; r == 0 && i < work->n_right; i++) {
		key.kind = work->right[i]->digest->kind;
		memcpy(key.digest, work->right[i]->digest->digest, sizeof(key.digest));
		r = push(work, &key, work->right[i]->rule, 0);
	}
	return r;
}

int cf_rights_pin(const struct cf_rights_input *input, struct cf_rights_entry *entries,
		  size_t n_entries, struct cf_rights_digest **ret_digests, size_t *ret_n)
{
	CF_CLEANUP(work_done)
	struct work work = {.input = input, .entries = entries, .n_entries = n_entries};
	int r;

	r = gather_pins(&work);
	for (size_t i = 0; r == 0 && work.n_pins > 0 && i < n_entries; i++)
		for (uint8_t layer = 0; r == 0 && layer < input->n_layers; layer++) {
			find_right(&work, entries[i].zone, layer);
			if (work.is_pinned)
				r = pin_entry(&work, &entries[i], layer);
		}
	if (r < 0)
		return r;
	*ret_n = work.digests.n_items;
	*ret_digests = cf_steal_ptr(work.digests.items);
	return 0;
}
