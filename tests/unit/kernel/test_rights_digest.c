/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/rights_digest.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/rights.h"
#include "policy/image.h"

#define RO (CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_EXEC)

/* "/", a folder in it, a file in that, and another file. */
enum { TOP = 16, FOLDER, FILE_ZONE, OTHER, END };

static const uint32_t parents[END] = {[FOLDER] = TOP, [FILE_ZONE] = FOLDER, [OTHER] = TOP};

static uint32_t climb(const void *userdata, uint32_t zone)
{
	(void)userdata;
	return zone < END ? parents[zone] : 0;
}

static const struct cf_layer_digest one = {.kind = CF_DIGEST_SHA256, .size = 32, .digest = {1}};
static const struct cf_layer_digest two = {.kind = CF_DIGEST_SHA256, .size = 32, .digest = {2}};
static const struct cf_layer_digest three = {.kind = CF_DIGEST_VERITY_SHA256,
					     .size = 32,
					     .digest = {2}};

struct outcome {
	struct cf_rights_entry *entries;
	size_t n;
	struct cf_rights_digest *digests;
	size_t n_digests;
};

static void compute(const struct cf_rights_rule *rules, size_t n_rules, const uint16_t *defaults,
		    size_t n_layers, struct outcome *outcome)
{
	const struct cf_rights_input input = {
		.rules = rules,
		.n_rules = n_rules,
		.defaults = defaults,
		.n_layers = n_layers,
		.top = TOP,
		.parent = climb,
	};

	assert_int_equal(cf_rights_compute(&input, &outcome->entries, &outcome->n), 0);
	assert_int_equal(cf_rights_pin(&input, outcome->entries, outcome->n, &outcome->digests,
				       &outcome->n_digests),
			 0);
}

static void done(struct outcome *outcome)
{
	free(outcome->entries);
	free(outcome->digests);
}

static const struct cf_rights_entry *at(const struct outcome *outcome, uint32_t zone)
{
	return cf_rights_find(outcome->entries, outcome->n, zone, climb, NULL);
}

static const struct cf_digest *find(const struct outcome *outcome, uint32_t zone, uint8_t layer,
				    const struct cf_layer_digest *digest)
{
	const struct cf_digest *found = NULL;

	for (size_t i = 0; i < outcome->n_digests; i++) {
		const struct cf_rights_digest *entry = &outcome->digests[i];

		if (entry->key.zone != zone || entry->key.layer != layer ||
		    entry->key.kind != (digest ? digest->kind : CF_DIGEST_ANY) ||
		    (digest && memcmp(entry->key.digest, digest->digest, CF_DIGEST_SIZE) != 0))
			continue;
		assert_null(found); /* each once */
		found = &entry->value;
	}
	return found;
}

static void test_pin_none_nothing(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {{.zone = FOLDER, .rights = RO, .rule = 2}};
	struct outcome outcome;

	(void)state;
	compute(rules, 1, defaults, 1, &outcome);
	assert_int_equal(outcome.n_digests, 0);
	assert_int_equal(at(&outcome, TOP)->rights.digests, 0);
	assert_false(at(&outcome, FOLDER)->is_strict);
	done(&outcome);
}

static void test_pin_any_of_one_path(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {
		{.zone = FILE_ZONE, .rule = 4, .digest = &one, .pin = 1},
		{.zone = FILE_ZONE, .rule = 3, .digest = &three, .pin = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 2, defaults, 1, &outcome);
	assert_int_equal(outcome.n_digests, 3);
	assert_non_null(find(&outcome, FILE_ZONE, 0, &one));
	assert_non_null(find(&outcome, FILE_ZONE, 0, &three));
	assert_int_equal(find(&outcome, FILE_ZONE, 0, NULL)->rule, 3); /* the first in the text */
	assert_int_equal(find(&outcome, FILE_ZONE, 0, NULL)->kinds,
			 1U << CF_DIGEST_SHA256 | 1U << CF_DIGEST_VERITY_SHA256);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.digests, 1);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.layers[0].rights, RO);
	assert_true(at(&outcome, FILE_ZONE)->is_strict);
	assert_int_equal(at(&outcome, TOP)->rights.digests, 0);
	done(&outcome);
}

/* Zones with rules of their own inside a pinned one have its pins too. */
static void test_pin_holds_below(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {
		{.zone = FOLDER, .rule = 3, .digest = &one, .pin = 0},
		{.zone = FILE_ZONE, .rights = CF_RIGHTS_ALL, .rule = 2, .replace = 7},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 2, defaults, 1, &outcome);
	assert_int_equal(at(&outcome, FILE_ZONE)->zone, FILE_ZONE);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.digests, 1);
	assert_non_null(find(&outcome, FILE_ZONE, 0, &one));
	assert_int_equal(find(&outcome, FILE_ZONE, 0, NULL)->rule, 3);
	/* What is pinned cannot be changed, whatever gave that. */
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.rights,
			 CF_RIGHTS_ALL & ~CF_RIGHTS_CHANGING);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.layers[0].rights,
			 CF_RIGHTS_ALL & ~CF_RIGHTS_CHANGING);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.layers[0].replace, CF_NAME_BITS);
	done(&outcome);
}

static void test_pin_of_two_paths_both_hold(void **state)
{
	const uint16_t defaults[] = {RO};
	struct cf_rights_rule rules[] = {
		{.zone = FOLDER, .rule = 2, .digest = &one, .pin = 0},
		{.zone = FOLDER, .rule = 3, .digest = &two, .pin = 0},
		{.zone = FILE_ZONE, .rule = 4, .digest = &two, .pin = 2},
		{.zone = FILE_ZONE, .rule = 5, .digest = &three, .pin = 2},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 4, defaults, 1, &outcome);
	assert_null(find(&outcome, FILE_ZONE, 0, &one));
	assert_non_null(find(&outcome, FILE_ZONE, 0, &two));
	assert_null(find(&outcome, FILE_ZONE, 0, &three));
	assert_int_equal(find(&outcome, FILE_ZONE, 0, NULL)->rule, 4);
	assert_non_null(find(&outcome, FOLDER, 0, &one));
	assert_non_null(find(&outcome, FOLDER, 0, &two));
	done(&outcome);

	/* The same for two paths that turn out to mean one object; with nothing in common nothing runs. */
	rules[0].zone = rules[1].zone = FILE_ZONE;
	rules[2].digest = &three;
	compute(rules, 3, defaults, 1, &outcome);
	assert_int_equal(outcome.n_digests, 1);
	assert_int_equal(find(&outcome, FILE_ZONE, 0, NULL)->kinds, 0);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.digests, 1);
	done(&outcome);
}

static void test_pin_of_each_layer_holds(void **state)
{
	const uint16_t defaults[] = {RO, RO, CF_RIGHTS_ALL};
	const struct cf_rights_rule rules[] = {
		{.zone = FILE_ZONE, .rule = 2, .layer = 0, .digest = &one, .pin = 0},
		{.zone = FILE_ZONE, .rule = 9, .layer = 2, .digest = &two, .pin = 0},
		{.zone = OTHER, .rule = 3, .layer = 1, .digest = &one, .pin = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 3, &outcome);
	assert_int_equal(at(&outcome, FILE_ZONE)->rights.digests, 1U << 0 | 1U << 2);
	assert_non_null(find(&outcome, FILE_ZONE, 0, &one));
	assert_null(find(&outcome, FILE_ZONE, 0, &two));
	assert_non_null(find(&outcome, FILE_ZONE, 2, &two));
	assert_int_equal(find(&outcome, FILE_ZONE, 2, NULL)->rule, 9);
	assert_int_equal(at(&outcome, OTHER)->rights.digests, 1U << 1);
	assert_null(find(&outcome, OTHER, 0, NULL));
	done(&outcome);
}

/* A link that may have been planted leads a pin astray; it takes away there, and gives nothing. */
static void test_pin_by_planted_link_takes_away(void **state)
{
	static const uint32_t planted[] = {OTHER};
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {
		{.zone = OTHER, .rights = CF_RIGHTS_ALL, .rule = 2},
		{.zone = FILE_ZONE, .rule = 3, .digest = &one, .pin = 0},
		{.zone = FILE_ZONE,
		 .rule = 4,
		 .digest = &two,
		 .pin = 1,
		 .links = planted,
		 .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 1, &outcome);
	assert_null(find(&outcome, FILE_ZONE, 0, &one));
	assert_null(find(&outcome, FILE_ZONE, 0, &two));
	assert_non_null(find(&outcome, FILE_ZONE, 0, NULL));
	done(&outcome);
}

/* Every zone inside a pinned one has all its pins: the kernel's table must have room. */
static void test_pin_more_than_fit_refused(void **state)
{
	const uint16_t defaults[] = {RO, RO, RO, RO, RO, RO, RO, RO, RO};
	const size_t n_each = CF_MAX_DIGESTS / CF_MAX_LAYERS;
	struct cf_layer_digest *digests = calloc(n_each, sizeof(*digests));
	struct cf_rights_rule *rules = calloc(n_each * CF_MAX_LAYERS, sizeof(*rules));
	struct cf_rights_input input = {
		.rules = rules,
		.n_rules = n_each * CF_MAX_LAYERS,
		.defaults = defaults,
		.n_layers = CF_MAX_LAYERS,
		.top = TOP,
		.parent = climb,
	};
	struct outcome outcome = {};

	(void)state;
	for (size_t i = 0; i < input.n_rules; i++) {
		struct cf_layer_digest *digest = &digests[i % n_each];

		digest->kind = CF_DIGEST_SHA256;
		digest->size = 32;
		memcpy(digest->digest, &(uint32_t){(uint32_t)(i % n_each)}, sizeof(uint32_t));
		rules[i] = (struct cf_rights_rule){
			.zone = TOP, .digest = digest, .layer = (uint8_t)(i / n_each)};
	}
	assert_int_equal(cf_rights_compute(&input, &outcome.entries, &outcome.n), 0);
	assert_int_equal(cf_rights_pin(&input, outcome.entries, outcome.n, &outcome.digests,
				       &outcome.n_digests),
			 -ENOSPC); /* with an entry for each layer they are too many */
	assert_null(outcome.digests);
	input.n_rules -= n_each;
	assert_int_equal(cf_rights_pin(&input, outcome.entries, outcome.n, &outcome.digests,
				       &outcome.n_digests),
			 0);
	assert_int_equal(outcome.n_digests, (n_each + 1) * (CF_MAX_LAYERS - 1));
	done(&outcome);
	free(digests);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_none_nothing),
		cmocka_unit_test(test_pin_any_of_one_path),
		cmocka_unit_test(test_pin_holds_below),
		cmocka_unit_test(test_pin_of_two_paths_both_hold),
		cmocka_unit_test(test_pin_of_each_layer_holds),
		cmocka_unit_test(test_pin_by_planted_link_takes_away),
		cmocka_unit_test(test_pin_more_than_fit_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
