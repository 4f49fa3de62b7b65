/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "cli/options.h"

#define ARG(text) ((char *)(uintptr_t)(text))

struct parsed {
	const char *policy;
	bool is_audit;
	char *arguments[16];
	int n_operands;
	const char *bad;
};

static enum cf_options_result parse(struct parsed *parsed, bool stops, const char *const *arguments)
{
	const struct cf_option options[] = {
		{"policy", 'p', NULL, &parsed->policy},
		{"audit", 0, &parsed->is_audit, NULL},
	};
	const struct cf_options known = {options, 2, stops};
	int n = 0;

	*parsed = (struct parsed){};
	for (; arguments[n]; n++)
		parsed->arguments[n] = ARG(arguments[n]);
	return cf_options_parse(&known, n, parsed->arguments, &parsed->n_operands, &parsed->bad);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_options_forms_accepted(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, true, WORDS("-p", "x", "--audit", "--", "cmd", "-p")), 0);
	assert_string_equal(parsed.policy, "x");
	assert_true(parsed.is_audit);
	assert_int_equal(parsed.n_operands, 2);
	assert_string_equal(parsed.arguments[0], "cmd");
	assert_string_equal(parsed.arguments[1], "-p");
	assert_int_equal(parse(&parsed, true, WORDS("--policy", "x", "cmd")), 0);
	assert_string_equal(parsed.policy, "x");
	assert_int_equal(parse(&parsed, true, WORDS("--policy=x=y", "cmd")), 0);
	assert_string_equal(parsed.policy, "x=y");
	/* A value may look like an option. */
	assert_int_equal(parse(&parsed, true, WORDS("-p", "--audit", "cmd")), 0);
	assert_string_equal(parsed.policy, "--audit");
	assert_false(parsed.is_audit);
}

static void test_options_operands_separated(void **state)
{
	struct parsed parsed;

	(void)state;
	/* Where the first operand ends them, what follows is the command's own. */
	assert_int_equal(parse(&parsed, true, WORDS("cmd", "--audit", "--", "-x")), 0);
	assert_false(parsed.is_audit);
	assert_int_equal(parsed.n_operands, 4);
	/* Elsewhere they may stand anywhere. */
	assert_int_equal(parse(&parsed, false, WORDS("a", "--audit", "b", "-", "--", "-c")), 0);
	assert_true(parsed.is_audit);
	assert_int_equal(parsed.n_operands, 4);
	assert_string_equal(parsed.arguments[1], "b");
	assert_string_equal(parsed.arguments[2], "-");
	assert_string_equal(parsed.arguments[3], "-c");
}

static void test_options_mistakes_told(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_int_equal(parse(&parsed, true, WORDS("--bogus")), CF_OPTIONS_UNKNOWN);
	assert_string_equal(parsed.bad, "--bogus");
	assert_int_equal(parse(&parsed, true, WORDS("-x")), CF_OPTIONS_UNKNOWN);
	assert_int_equal(parse(&parsed, true, WORDS("-px")), CF_OPTIONS_UNKNOWN);
	assert_int_equal(parse(&parsed, true, WORDS("--pol", "x")), CF_OPTIONS_UNKNOWN);
	assert_int_equal(parse(&parsed, true, WORDS("--policyx")), CF_OPTIONS_UNKNOWN);
	assert_int_equal(parse(&parsed, true, WORDS("-p")), CF_OPTIONS_NO_VALUE);
	assert_int_equal(parse(&parsed, true, WORDS("--policy")), CF_OPTIONS_NO_VALUE);
	assert_int_equal(parse(&parsed, true, WORDS("--audit=1")), CF_OPTIONS_EXTRA_VALUE);
	assert_int_equal(parse(&parsed, true, WORDS("--help")), CF_OPTIONS_HELP);
	assert_int_equal(parse(&parsed, true, WORDS("-h")), CF_OPTIONS_HELP);
	assert_int_equal(parse(&parsed, true, WORDS("cmd", "--help")), CF_OPTIONS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_forms_accepted),
		cmocka_unit_test(test_options_operands_separated),
		cmocka_unit_test(test_options_mistakes_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
