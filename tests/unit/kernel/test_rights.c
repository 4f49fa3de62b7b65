/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/rights.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/rights.h"

#define RO   (CF_RIGHT_READ | CF_RIGHT_LIST)
#define RW   (RO | CF_RIGHT_WRITE | CF_RIGHT_CREATE | CF_RIGHT_DELETE | CF_RIGHT_APPEND)
#define KEEP (RW & ~CF_RIGHT_DELETE)
#define NONE 0

/* "/" and below it, as the zone table would have them. */
enum {
	TOP = 16,
	HOME,
	USER,
	AWS,
	WORK,
	ARCHIVE,
	OUT,
	END,
};

static const uint32_t parents[END] = {
	[HOME] = TOP, [USER] = HOME, [AWS] = USER, [WORK] = USER, [ARCHIVE] = WORK, [OUT] = WORK};

static uint32_t climb(const void *userdata, uint32_t zone)
{
	(void)userdata;
	return zone < END ? parents[zone] : 0;
}

struct outcome {
	struct cf_rights_entry *entries;
	size_t n;
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
}

static const struct cf_rights_entry *at(const struct outcome *outcome, uint32_t zone)
{
	const struct cf_rights_entry *entry =
		cf_rights_find(outcome->entries, outcome->n, zone, climb, NULL);

	assert_non_null(entry);
	return entry;
}

#define ASSERT_LAYER(entry, layer, expected_rights, expected_rule)                       \
	do {                                                                             \
		assert_int_equal((entry)->rights.layers[layer].rights, expected_rights); \
		assert_int_equal((entry)->rights.layers[layer].rule, expected_rule);     \
	} while (0)

static void test_rights_no_rules_default_at_top(void **state)
{
	const uint16_t defaults[] = {RO};
	struct outcome outcome;

	(void)state;
	compute(NULL, 0, defaults, 1, &outcome);
	assert_int_equal(outcome.n, 1);
	assert_int_equal(outcome.entries[0].zone, TOP);
	assert_int_equal(outcome.entries[0].rights.rights, RO);
	assert_false(outcome.entries[0].is_strict);
	ASSERT_LAYER(&outcome.entries[0], 0, RO, CF_RULE_DEFAULT);
	for (size_t i = 1; i < CF_MAX_LAYERS; i++)
		ASSERT_LAYER(&outcome.entries[0], i, 0, 0);
	assert_int_equal(at(&outcome, AWS)->zone, TOP);
	free(outcome.entries);
}

static void test_rights_own_rule_beats_enclosing(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {
		{.zone = USER, .rights = NONE, .rule = 1},
		{.zone = WORK, .rights = RW, .rule = 2},
		{.zone = ARCHIVE, .rights = KEEP, .rule = 3},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 1, &outcome);
	assert_int_equal(outcome.n, 4);
	assert_int_equal(at(&outcome, AWS)->rights.rights, NONE); /* by climbing */
	assert_true(at(&outcome, AWS)->is_strict);
	assert_int_equal(at(&outcome, WORK)->rights.rights, RW);
	assert_false(at(&outcome, WORK)->is_strict);
	assert_int_equal(at(&outcome, ARCHIVE)->rights.rights, KEEP);
	assert_true(
		at(&outcome, ARCHIVE)
			->is_strict); /* what is around it may be deleted: a link there would be, too */
	assert_int_equal(at(&outcome, HOME)->rights.rights, RO);
	free(outcome.entries);
}

#define FREE CF_NAME_BITS

/* What two rules for one zone let replace, in either order: the bit is @expected. */
static void check_replace(struct cf_rights_rule one, struct cf_rights_rule other, uint16_t expected)
{
	const uint16_t defaults[] = {RO};

	for (int turn = 0; turn < 2; turn++) {
		const struct cf_rights_rule rules[] = {turn ? other : one, turn ? one : other};
		struct outcome outcome;

		compute(rules, 2, defaults, 1, &outcome);
		assert_int_equal(at(&outcome, WORK)->rights.layers[0].replace, expected);
		assert_int_equal(at(&outcome, OUT)->rights.layers[0].replace, expected);
		assert_int_equal(at(&outcome, TOP)->rights.layers[0].replace, FREE);
		free(outcome.entries);
	}
}

/* Beside one another, and both giving more than the default: a link would lead from one to the other. */
static void test_rights_strict_against_every_other_zone(void **state)
{
	const uint16_t defaults[] = {NONE, RW};
	const struct cf_rights_rule rules[] = {
		{.zone = AWS, .rights = RO, .rule = 1},
		{.zone = WORK, .rights = RW, .rule = 2},
		{.zone = ARCHIVE, .rights = RW, .rule = 3},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 2, &outcome);
	assert_true(at(&outcome, AWS)->is_strict);
	assert_false(at(&outcome, WORK)->is_strict);
	assert_false(at(&outcome, ARCHIVE)->is_strict);
	assert_false(at(&outcome, TOP)->is_strict); /* too much to be looked through */
	free(outcome.entries);
}

/* A device node can be used where each layer has a rule for the very place. */
static void test_rights_tell_the_layers_that_name_a_zone(void **state)
{
	const uint16_t defaults[] = {RO, RO};
	const struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW, .rule = 1, .layer = 0},
		{.zone = ARCHIVE, .rights = RW, .rule = 2, .layer = 0},
		{.zone = ARCHIVE, .rights = RO, .rule = 1, .layer = 1},
		{.zone = OUT, .rule = 3, .layer = 0, .is_exec = true},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 4, defaults, 2, &outcome);
	assert_int_equal(at(&outcome, TOP)->rights.named, 0);
	assert_int_equal(at(&outcome, WORK)->rights.named, 1);
	assert_int_equal(at(&outcome, ARCHIVE)->rights.named, 3);
	assert_int_equal(at(&outcome, OUT)->rights.named, 0);
	free(outcome.entries);
}

static void test_rights_replace_needs_every_rule(void **state)
{
	const struct cf_rights_rule listed = {
		.zone = WORK, .rights = KEEP, .rule = 1, .replace = 5};
	struct cf_rights_rule other = {.zone = WORK, .rights = KEEP, .rule = 2, .replace = 5};

	(void)state;
	check_replace(listed, other, 5);
	other.replace = 6;
	check_replace(listed, other, FREE);
	other.replace = FREE;
	check_replace(listed, other, FREE);
	other.rights = RW; /* lets everything be deleted */
	check_replace(listed, other, 5);
	other.rights = RO;
	check_replace(listed, other, FREE);
}

static bool is_executable(const struct outcome *outcome, uint32_t zone)
{
	return at(outcome, zone)->rights.layers[0].rights & CF_RIGHT_EXEC;
}

static void test_rights_exec_rules_limit_executing(void **state)
{
	const uint16_t defaults[] = {RO | CF_RIGHT_EXEC};
	const struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW | CF_RIGHT_EXEC, .rule = 2, .replace = FREE},
		{.zone = AWS, .rights = RO, .rule = 3, .replace = FREE},
		{.zone = USER, .rule = 4, .is_exec = true},
		{.zone = OUT, .rights = RO | CF_RIGHT_EXEC, .rule = 5, .replace = FREE},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 4, defaults, 1, &outcome);
	assert_false(is_executable(&outcome, TOP));
	assert_false(is_executable(&outcome, HOME));
	assert_true(is_executable(&outcome, USER));
	assert_false(is_executable(&outcome, AWS));  /* its rule does not give it */
	assert_false(is_executable(&outcome, WORK)); /* can be written */
	assert_true(is_executable(&outcome, OUT));
	ASSERT_LAYER(at(&outcome, USER), 0, RO | CF_RIGHT_EXEC, CF_RULE_DEFAULT);
	ASSERT_LAYER(at(&outcome, WORK), 0, RW, 2);
	/* A file that can be changed here may have a name where it could be executed. */
	assert_true(at(&outcome, WORK)->is_strict);
	assert_false(at(&outcome, TOP)->is_strict);
	free(outcome.entries);
}

static void test_rights_exec_rules_of_one_layer_bind_all(void **state)
{
	const uint16_t defaults[] = {CF_RIGHTS_ALL, RO | CF_RIGHT_EXEC};
	const struct cf_rights_rule rules[] = {
		{.zone = USER, .rule = 4, .layer = 1, .is_exec = true},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 1, defaults, 2, &outcome);
	assert_true(is_executable(&outcome, TOP)); /* the outer layer does not mind */
	assert_false(at(&outcome, TOP)->rights.rights & CF_RIGHT_EXEC);
	assert_true(at(&outcome, USER)->rights.rights & CF_RIGHT_EXEC);
	free(outcome.entries);
}

static void test_rights_exec_by_planted_link_is_none(void **state)
{
	static const uint32_t planted[] = {WORK}, safe[] = {HOME};
	const uint16_t defaults[] = {RO | CF_RIGHT_EXEC};
	struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW, .rule = 2, .replace = FREE},
		{.zone = AWS, .rule = 3, .is_exec = true, .links = planted, .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 2, defaults, 1, &outcome);
	assert_false(is_executable(&outcome, AWS));
	free(outcome.entries);
	rules[1].links = safe;
	compute(rules, 2, defaults, 1, &outcome);
	assert_true(is_executable(&outcome, AWS));
	free(outcome.entries);
}

static void test_rights_layers_each_climb_their_own(void **state)
{
	const uint16_t defaults[] = {RW, RO};
	const struct cf_rights_rule rules[] = {
		{.zone = AWS, .rights = NONE, .rule = 7, .layer = 0},
		{.zone = USER, .rights = RW, .rule = 4, .layer = 1},
		{.zone = ARCHIVE, .rights = KEEP, .rule = 5, .layer = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 2, &outcome);
	assert_int_equal(at(&outcome, AWS)->rights.rights, NONE);
	ASSERT_LAYER(at(&outcome, AWS), 0, NONE, 7);
	ASSERT_LAYER(at(&outcome, AWS), 1, RW, 4);
	ASSERT_LAYER(at(&outcome, ARCHIVE), 0, RW, CF_RULE_DEFAULT);
	ASSERT_LAYER(at(&outcome, ARCHIVE), 1, KEEP, 5);
	assert_int_equal(at(&outcome, ARCHIVE)->rights.rights, KEEP);
	assert_int_equal(at(&outcome, TOP)->rights.rights, RO);
	assert_true(at(&outcome, AWS)->is_strict);
	free(outcome.entries);
}

static void test_rights_child_layer_cannot_widen(void **state)
{
	const uint16_t defaults[] = {RO, RW};
	const struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW, .rule = 1, .layer = 0},
		{.zone = ARCHIVE, .rights = RO, .rule = 2, .layer = 0},
		{.zone = ARCHIVE, .rights = RW, .rule = 9, .layer = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 2, &outcome);
	assert_int_equal(at(&outcome, ARCHIVE)->rights.rights, RO);
	assert_int_equal(at(&outcome, HOME)->rights.rights, RO);
	free(outcome.entries);
}

static void test_rights_two_rules_one_zone_give_both(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {
		{.zone = AWS, .rights = NONE, .rule = 1},
		{.zone = AWS, .rights = RW, .rule = 2},
		{.zone = WORK, .rights = RW, .rule = 3},
		{.zone = WORK, .rights = KEEP, .rule = 4},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 4, defaults, 1, &outcome);
	ASSERT_LAYER(at(&outcome, AWS), 0, NONE, 1);
	ASSERT_LAYER(at(&outcome, WORK), 0, KEEP, 4);
	free(outcome.entries);
}

static void test_rights_rule_for_top_replaces_default(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {{.zone = TOP, .rights = RW, .rule = 1}};
	struct outcome outcome;

	(void)state;
	compute(rules, 1, defaults, 1, &outcome);
	assert_int_equal(outcome.n, 1);
	ASSERT_LAYER(at(&outcome, AWS), 0, RW, 1);
	free(outcome.entries);
}

/* "${workspace}/out: rw", and the agent has made "out" a link to ~/.aws. */
static void test_rights_planted_link_gives_nothing(void **state)
{
	const uint16_t defaults[] = {RO};
	const uint32_t links[] = {WORK};
	const struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW, .rule = 1},
		{.zone = OUT, .rights = RW, .rule = 2},
		{.zone = AWS, .rights = RW, .rule = 2, .links = links, .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 1, &outcome);
	ASSERT_LAYER(at(&outcome, AWS), 0, RO, CF_RULE_DEFAULT);
	assert_int_equal(at(&outcome, OUT)->rights.rights, RW);
	free(outcome.entries);
}

/* A link in the workspace may take rights away from what it points to. */
static void test_rights_planted_link_may_restrict(void **state)
{
	const uint16_t defaults[] = {RO};
	const uint32_t links[] = {WORK};
	const struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW, .rule = 1},
		{.zone = AWS, .rights = NONE, .rule = 2, .links = links, .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 2, defaults, 1, &outcome);
	ASSERT_LAYER(at(&outcome, AWS), 0, NONE, 2);
	assert_true(at(&outcome, AWS)->is_strict);
	free(outcome.entries);
}

/* The workspace itself is named through a link that the agent cannot make. */
static void test_rights_trusted_link_gives(void **state)
{
	const uint16_t defaults[] = {RO};
	const uint32_t links[] = {USER};
	const struct cf_rights_rule rules[] = {
		{.zone = OUT, .rights = RW, .rule = 1, .links = links, .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 1, defaults, 1, &outcome);
	ASSERT_LAYER(at(&outcome, OUT), 0, RW, 1);
	free(outcome.entries);
}

/* A link that lies where only another untrusted link would let the agent write is not trusted. */
static void test_rights_links_through_links_not_trusted(void **state)
{
	const uint16_t defaults[] = {RO};
	const uint32_t in_work[] = {WORK}, in_archive[] = {ARCHIVE};
	const struct cf_rights_rule rules[] = {
		{.zone = WORK, .rights = RW, .rule = 1},
		{.zone = ARCHIVE, .rights = RW, .rule = 2, .links = in_work, .n_links = 1},
		{.zone = AWS, .rights = RW, .rule = 3, .links = in_archive, .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 3, defaults, 1, &outcome);
	ASSERT_LAYER(at(&outcome, AWS), 0, RO, CF_RULE_DEFAULT);
	free(outcome.entries);
}

static void test_rights_unknown_link_directory_not_trusted(void **state)
{
	const uint16_t defaults[] = {RO};
	const uint32_t links[] = {0};
	const struct cf_rights_rule rules[] = {
		{.zone = OUT, .rights = RW, .rule = 1, .links = links, .n_links = 1},
	};
	struct outcome outcome;

	(void)state;
	compute(rules, 1, defaults, 1, &outcome);
	ASSERT_LAYER(at(&outcome, OUT), 0, RO, CF_RULE_DEFAULT);
	free(outcome.entries);
}

static void test_rights_bad_input_refused(void **state)
{
	const uint16_t defaults[CF_MAX_LAYERS + 1] = {RO};
	const struct cf_rights_rule beyond = {.zone = WORK, .layer = 1};
	const struct cf_rights_rule nowhere = {.zone = 0};
	struct cf_rights_input input = {.defaults = defaults, .top = TOP, .parent = climb};
	struct outcome outcome;

	(void)state;
	assert_int_equal(cf_rights_compute(&input, &outcome.entries, &outcome.n), -EINVAL);
	input.n_layers = CF_MAX_LAYERS + 1;
	assert_int_equal(cf_rights_compute(&input, &outcome.entries, &outcome.n), -EINVAL);
	input.n_layers = 1;
	input.rules = &beyond;
	input.n_rules = 1;
	assert_int_equal(cf_rights_compute(&input, &outcome.entries, &outcome.n), -EINVAL);
	input.rules = &nowhere;
	assert_int_equal(cf_rights_compute(&input, &outcome.entries, &outcome.n), -EINVAL);
}

static uint32_t circle(const void *userdata, uint32_t zone)
{
	(void)userdata;
	return zone == HOME ? USER : HOME;
}

static void test_rights_broken_tree_refused(void **state)
{
	const uint16_t defaults[] = {RO};
	const struct cf_rights_rule rules[] = {{.zone = HOME}, {.zone = USER}};
	const struct cf_rights_input input = {.rules = rules,
					      .n_rules = 2,
					      .defaults = defaults,
					      .n_layers = 1,
					      .top = TOP,
					      .parent = circle};
	struct outcome outcome;

	(void)state;
	assert_int_equal(cf_rights_compute(&input, &outcome.entries, &outcome.n), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights_no_rules_default_at_top),
		cmocka_unit_test(test_rights_own_rule_beats_enclosing),
		cmocka_unit_test(test_rights_strict_against_every_other_zone),
		cmocka_unit_test(test_rights_tell_the_layers_that_name_a_zone),
		cmocka_unit_test(test_rights_replace_needs_every_rule),
		cmocka_unit_test(test_rights_exec_rules_limit_executing),
		cmocka_unit_test(test_rights_exec_rules_of_one_layer_bind_all),
		cmocka_unit_test(test_rights_exec_by_planted_link_is_none),
		cmocka_unit_test(test_rights_layers_each_climb_their_own),
		cmocka_unit_test(test_rights_child_layer_cannot_widen),
		cmocka_unit_test(test_rights_two_rules_one_zone_give_both),
		cmocka_unit_test(test_rights_rule_for_top_replaces_default),
		cmocka_unit_test(test_rights_planted_link_gives_nothing),
		cmocka_unit_test(test_rights_planted_link_may_restrict),
		cmocka_unit_test(test_rights_trusted_link_gives),
		cmocka_unit_test(test_rights_links_through_links_not_trusted),
		cmocka_unit_test(test_rights_unknown_link_directory_not_trusted),
		cmocka_unit_test(test_rights_bad_input_refused),
		cmocka_unit_test(test_rights_broken_tree_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
