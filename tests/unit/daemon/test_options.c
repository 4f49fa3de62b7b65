/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "daemon/options.h"

static int parse(char *arguments[], struct cf_daemon_options *options, const char **bad)
{
	int n = 0;

	while (arguments[n])
		n++;
	*bad = NULL;
	return cf_daemon_options_parse(n, arguments, options, bad);
}

#define ARGUMENTS(...) \
	((char *[]){(char *)(uintptr_t) "cofferdamd", __VA_ARGS__ __VA_OPT__(, ) NULL})
#define ARG(text) ((char *)(uintptr_t)(text))

static void test_options_defaults(void **state)
{
	struct cf_daemon_options options;
	const char *bad;

	(void)state;
	assert_int_equal(parse(ARGUMENTS(), &options, &bad), 0);
	assert_int_equal(options.action, CF_DAEMON_RUN);
	assert_string_equal(options.api, CF_LIBEXEC_DIR "/cofferdam-api");
	assert_string_equal(options.data_directory, CF_DATA_DIR);
}

static void test_options_values_taken(void **state)
{
	struct cf_daemon_options options;
	const char *bad;

	(void)state;
	assert_int_equal(
		parse(ARGUMENTS(ARG("--api"), ARG("/x"), ARG("--data-dir=/y")), &options, &bad), 0);
	assert_string_equal(options.api, "/x");
	assert_string_equal(options.data_directory, "/y");
	assert_int_equal(parse(ARGUMENTS(ARG("--probe")), &options, &bad), 0);
	assert_int_equal(options.action, CF_DAEMON_PROBE);
	assert_int_equal(parse(ARGUMENTS(ARG("--release-all")), &options, &bad), 0);
	assert_int_equal(options.action, CF_DAEMON_RELEASE_ALL);
}

static void test_options_mistakes_rejected(void **state)
{
	struct cf_daemon_options options;
	const char *bad;

	(void)state;
	assert_int_equal(parse(ARGUMENTS(ARG("--bogus")), &options, &bad), -EINVAL);
	assert_string_equal(bad, "--bogus");
	assert_int_equal(parse(ARGUMENTS(ARG("operand")), &options, &bad), -EINVAL);
	assert_int_equal(parse(ARGUMENTS(ARG("--api")), &options, &bad), -EINVAL);
	assert_int_equal(parse(ARGUMENTS(ARG("--api=")), &options, &bad), -EINVAL);
	assert_int_equal(parse(ARGUMENTS(ARG("--apix"), ARG("y")), &options, &bad), -EINVAL);
	assert_int_equal(parse(ARGUMENTS(ARG("--release")), &options, &bad), -EINVAL);
	/* Two at once. */
	assert_int_equal(parse(ARGUMENTS(ARG("--probe"), ARG("--release-all")), &options, &bad),
			 -EINVAL);
	assert_string_equal(bad, "--release-all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_defaults),
		cmocka_unit_test(test_options_values_taken),
		cmocka_unit_test(test_options_mistakes_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
