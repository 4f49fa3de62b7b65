/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/support.h"

#include "base/buffer.h"
#include "policy/address.h"

static struct cf_prefix prefix_of(const char *text)
{
	struct cf_prefix prefix = {};

	assert_int_equal(cf_prefix_parse(text, &prefix), 0);
	return prefix;
}

static void test_prefix_parsed_and_formatted(void **state)
{
	static const char *const table[][2] = {
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"127.0.0.1", "127.0.0.1"},
		{"127.0.0.1/32", "127.0.0.1"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"::/0", "::/0"},
		{"::", "::"},
		{"2001:DB8:0::/32", "2001:db8::/32"},
		{"::ffff:10.0.0.0/104", "10.0.0.0/8"},
		{"::ffff:0:0/96", "0.0.0.0/0"},
		{"::FFFF:1.2.3.4", "1.2.3.4"},
		{"::1.2.3.4", "::1.2.3.4"},
		{"::fffe:0:0/95", "::fffe:0:0/95"},
	};
	char buffer[CF_PREFIX_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct cf_prefix prefix = prefix_of(table[i][0]);

		assert_true(cf_prefix_is_sound(&prefix));
		assert_string_equal(cf_prefix_format(&prefix, buffer), table[i][1]);
	}
}

static void test_prefix_bad_forms_rejected(void **state)
{
	static const struct {
		const char *text;
		int error;
	} table[] = {
		{"", -EINVAL},
		{"localhost", -EINVAL},
		{"10.0.0", -EINVAL},
		{"10.0.0.0/", -EINVAL},
		{"10.0.0.0/08", -EINVAL},
		{"10.0.0.0/8/8", -EINVAL},
		{"010.0.0.0", -EINVAL},
		{"10.0.0.256", -EINVAL},
		{"[::1]", -EINVAL},
		{"fe80::1%eth0", -EINVAL},
		{"10.0.0.0/-1", -EINVAL},
		{" 10.0.0.0", -EINVAL},
		{"10.0.0.0/33", -ERANGE},
		{"::/129", -ERANGE},
		{"10.0.0.1/8", -EDOM},
		{"::1/127", -EDOM},
		{"::ffff:0:0/95", -EDOM},
		{"1111111111111111111111111111111111111111111111111111", -EINVAL},
	};
	struct cf_prefix prefix;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(cf_prefix_parse(table[i].text, &prefix), table[i].error);
}

static void test_prefix_host_bits_spelling_given(void **state)
{
	struct cf_prefix prefix;
	char buffer[CF_PREFIX_TEXT_SIZE];

	(void)state;
	assert_int_equal(cf_prefix_parse("10.1.2.3/12", &prefix), -EDOM);
	assert_string_equal(cf_prefix_format(&prefix, buffer), "10.0.0.0/12");
}

static void test_prefix_covers_within_family(void **state)
{
	struct cf_prefix all6 = prefix_of("::/0");
	struct cf_prefix all4 = prefix_of("0.0.0.0/0");
	struct cf_prefix ten = prefix_of("10.0.0.0/8");
	struct cf_prefix host = prefix_of("10.1.2.3");
	struct cf_prefix other = prefix_of("11.1.2.3");
	struct cf_prefix near = prefix_of("::fffe:0:0/95");
	struct cf_prefix six = prefix_of("2001:db8::1");

	(void)state;
	assert_true(cf_prefix_covers(&all4, &host));
	assert_true(cf_prefix_covers(&ten, &host));
	assert_true(cf_prefix_covers(&ten, &ten));
	assert_false(cf_prefix_covers(&host, &ten));
	assert_false(cf_prefix_covers(&ten, &other));
	assert_true(cf_prefix_covers(&all6, &six));
	assert_false(cf_prefix_covers(&all6, &host));
	assert_false(cf_prefix_covers(&all4, &six));
	assert_true(cf_prefix_covers_bits(&all6, &host));
	assert_true(cf_prefix_shadows_ipv4(&all6));
	assert_true(cf_prefix_shadows_ipv4(&near));
	assert_false(cf_prefix_shadows_ipv4(&all4));
	assert_false(cf_prefix_shadows_ipv4(&six));
	assert_true(cf_prefix_is_ipv4(&all4));
	assert_false(cf_prefix_is_ipv4(&near));
}

static void test_prefix_unsound_noticed(void **state)
{
	struct cf_prefix prefix = prefix_of("10.0.0.0/8");

	(void)state;
	prefix.address[15] = 1;
	assert_false(cf_prefix_is_sound(&prefix));
	prefix.address[15] = 0;
	prefix.length = 129;
	assert_false(cf_prefix_is_sound(&prefix));
}

static void assert_ports(const struct cf_ports *ports, const char *expected)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};

	cf_ports_print(ports, &buffer);
	assert_string_equal(buffer.data, expected);
}

static void test_ports_joined_and_sorted(void **state)
{
	struct cf_ports ports = {};

	(void)state;
	assert_int_equal(cf_ports_add(&ports, 80, 80), 0);
	assert_int_equal(cf_ports_add(&ports, 10, 20), 0);
	assert_int_equal(cf_ports_add(&ports, 82, 90), 0);
	assert_ports(&ports, "[10-20, 80, 82-90]");
	assert_int_equal(cf_ports_add(&ports, 81, 81), 0);
	assert_ports(&ports, "[10-20, 80-90]");
	assert_int_equal(cf_ports_add(&ports, 15, 79), 0);
	assert_ports(&ports, "[10-90]");
	assert_int_equal(cf_ports_add(&ports, 65535, 65535), 0);
	assert_int_equal(cf_ports_add(&ports, 0, 65535), 0);
	assert_ports(&ports, "any");
}

/* 0 is the kernel's choice and no neighbour of 1: "0-1" cannot be written. */
static void test_ports_choice_kept_apart(void **state)
{
	struct cf_ports ports = {};

	(void)state;
	assert_int_equal(cf_ports_add(&ports, 1, 9), 0);
	assert_int_equal(cf_ports_add(&ports, 0, 0), 0);
	assert_ports(&ports, "[0, 1-9]");
	assert_int_equal(cf_ports_add(&ports, 0, 0), 0);
	assert_int_equal(cf_ports_add(&ports, 10, 65535), 0);
	assert_ports(&ports, "[0, 1-65535]");
	assert_int_equal(cf_ports_add(&ports, 0, 65535), 0);
	assert_ports(&ports, "any");
	assert_int_equal(cf_ports_add(&ports, 0, 0), 0);
	assert_ports(&ports, "any");
}

static void test_ports_bounded(void **state)
{
	struct cf_ports ports = {};

	(void)state;
	for (uint16_t i = 0; i < CF_MAX_NET_PORTS; i++)
		assert_int_equal(
			cf_ports_add(&ports, (uint16_t)(10 * i + 1), (uint16_t)(10 * i + 2)), 0);
	assert_int_equal(cf_ports_add(&ports, 9000, 9000), -E2BIG);
	assert_int_equal(ports.n_ranges, CF_MAX_NET_PORTS);
	/* What joins others still fits. */
	assert_int_equal(cf_ports_add(&ports, 3, 10), 0);
	assert_int_equal(ports.n_ranges, CF_MAX_NET_PORTS - 1);
}

static void test_ports_text_parsed_or_rejected(void **state)
{
	static const struct {
		const char *text;
		int error;
		uint16_t first, last;
	} table[] = {
		{"80", 0, 80, 80},
		{"1-65535", 0, 1, 65535},
		{"any", 0, 0, 65535},
		{"7-7", 0, 7, 7},
		{"0", 0, 0, 0},
		{"0-5", -ERANGE, 0, 0},
		{"0-0", -ERANGE, 0, 0},
		{"00", -EINVAL, 0, 0},
		{"65536", -ERANGE, 0, 0},
		{"1-65536", -ERANGE, 0, 0},
		{"5-4", -ERANGE, 0, 0},
		{"", -EINVAL, 0, 0},
		{"-", -EINVAL, 0, 0},
		{"5-", -EINVAL, 0, 0},
		{"-5", -EINVAL, 0, 0},
		{"1-2-3", -EINVAL, 0, 0},
		{"08", -EINVAL, 0, 0},
		{"http", -EINVAL, 0, 0},
		{"1 - 2", -EINVAL, 0, 0},
		{"123456789-5", -EINVAL, 0, 0},
		{"1234567-5", -ERANGE, 0, 0},
		{"12345678-5", -EINVAL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint16_t first = 0;
		uint16_t last = 0;

		assert_int_equal(cf_ports_parse(table[i].text, &first, &last), table[i].error);
		assert_int_equal(first, table[i].first);
		assert_int_equal(last, table[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix_parsed_and_formatted),
		cmocka_unit_test(test_prefix_bad_forms_rejected),
		cmocka_unit_test(test_prefix_host_bits_spelling_given),
		cmocka_unit_test(test_prefix_covers_within_family),
		cmocka_unit_test(test_prefix_unsound_noticed),
		cmocka_unit_test(test_ports_joined_and_sorted),
		cmocka_unit_test(test_ports_choice_kept_apart),
		cmocka_unit_test(test_ports_bounded),
		cmocka_unit_test(test_ports_text_parsed_or_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
