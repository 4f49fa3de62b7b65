/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network table is judged as the kernel reads it: one longest-prefix
 * look-up, then the ports of that entry.
 */
#include "tests/unit/policy/support.h"

#include "policy/address.h"
#include "policy/layer.h"

#define DENIED	  (-1) /* by name of a deny rule, whose number is in the low bits: see look_up() */
#define NOT_NAMED 0xffff

/* The rule that allows, DENIED - rule for a deny rule, or -NOT_NAMED. */
static int look_up(const struct cf_layer *layer, uint16_t direction, const char *address,
		   uint16_t port, uint8_t protocol)
{
	const struct cf_layer_net *nets = cf_layer_nets(layer);
	const struct cf_layer_net *best = NULL;
	struct cf_prefix host;

	assert_int_equal(cf_prefix_parse(address, &host), 0);
	for (uint32_t i = 0; i < layer->n_nets; i++) {
		struct cf_prefix prefix = cf_layer_net_prefix(&nets[i]);

		if (nets[i].direction == direction && cf_prefix_covers_bits(&prefix, &host) &&
		    (!best || nets[i].prefix_length > best->prefix_length))
			best = &nets[i];
	}
	if (!best)
		return -NOT_NAMED;
	for (uint32_t i = 0; i < best->net.n_ports; i++) {
		const struct cf_net_ports *ports = &best->net.ports[i];

		if (ports->protocols == 0)
			return DENIED - ports->rule;
		if (port >= ports->first && port <= ports->last && (ports->protocols & protocol))
			return ports->rule;
	}
	return -NOT_NAMED;
}

#define CONNECT(layer, address, port) look_up(layer, CF_NET_CONNECT, address, port, CF_NET_TCP)
#define LISTEN(layer, address, port)  look_up(layer, CF_NET_LISTEN, address, port, CF_NET_TCP)

static void test_network_nothing_allowed_by_default(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(HEAD);

	(void)state;
	assert_int_equal(layer->n_nets, 0);
	assert_int_equal(CONNECT(layer, "127.0.0.1", 80), -NOT_NAMED);
}

static void test_network_ports_and_protocols_kept(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  allow: [{to: 10.0.0.1, ports: [80, 90-91]},"
				 " {to: 10.0.0.1, ports: [53], proto: udp}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.0.1", 80), 2);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 90), 2);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 91), 2);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 92), -NOT_NAMED);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 53), -NOT_NAMED);
	assert_int_equal(CONNECT(layer, "10.0.0.2", 80), -NOT_NAMED);
	assert_int_equal(LISTEN(layer, "10.0.0.1", 80), -NOT_NAMED);
	assert_int_equal(look_up(layer, CF_NET_CONNECT, "10.0.0.1", 53, CF_NET_UDP), 3);
	assert_int_equal(look_up(layer, CF_NET_CONNECT, "10.0.0.1", 80, CF_NET_UDP), -NOT_NAMED);
}

static void test_network_enclosing_ports_merged_in(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  allow:\n    - {to: 10.1.2.3, ports: [3]}\n"
				 "    - {to: 10.0.0.0/8, ports: [1]}\n"
				 "    - {to: 10.1.0.0/16, ports: [2]}\n"
				 "    - {to: 10.2.0.0/16, ports: [4]}\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.1.2.3", 3), 2);
	assert_int_equal(CONNECT(layer, "10.1.2.3", 2), 4);
	assert_int_equal(CONNECT(layer, "10.1.2.3", 1), 3);
	assert_int_equal(CONNECT(layer, "10.1.9.9", 3), -NOT_NAMED);
	assert_int_equal(CONNECT(layer, "10.1.9.9", 1), 3);
	assert_int_equal(CONNECT(layer, "10.2.9.9", 4), 5);
	assert_int_equal(CONNECT(layer, "10.2.9.9", 2), -NOT_NAMED);
	assert_int_equal(CONNECT(layer, "10.9.9.9", 1), 3);
}

static void test_network_own_rule_named_before_enclosing(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		NETWORK("  allow: [{to: 10.0.0.0/8, ports: any}, {to: 10.0.0.1, ports: [80]}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.0.1", 80), 3);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 81), 2);
}

static void test_network_covered_ranges_left_out(void **state)
{
	/* 16 ranges around and one inside that holds them all: they need no room. */
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  allow:\n    - {to: 10.0.0.0/8, ports: "
				 "[1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31]}\n"
				 "    - {to: 10.0.0.1, ports: any, proto: any}\n"));

	(void)state;
	assert_int_equal(cf_layer_nets(layer)[1].net.n_ports, 1);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 2), 3);
}

static void test_network_too_many_ranges_refused(void **state)
{
	(void)state;
	assert_refused(NETWORK("  allow:\n    - {to: 10.0.0.0/8, ports: "
			       "[1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31]}\n"
			       "    - {to: 10.0.0.1, ports: [33]}\n"),
		       CF_P_PORTS_FULL, 6, 7, "'10.0.0.1'");
	assert_refused(NETWORK("  default: allow\n  allow:\n    - {to: 10.0.0.0/8, ports: "
			       "[1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31]}\n"),
		       CF_P_PORTS_FULL, 6, 7, "16");
}

static void test_network_deny_is_named_and_beats_allow(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		NETWORK("  allow: [{to: 0.0.0.0/0, ports: any, proto: any},"
			" {to: 10.0.0.0/16, ports: [1]}]\n"
			"  deny: [{to: 10.0.0.0/16}, {to: 10.0.1.0/24}, {to: 11.0.0.1}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.9.9", 1), DENIED - 4);
	assert_int_equal(CONNECT(layer, "10.0.1.9", 1), DENIED - 5);
	assert_int_equal(CONNECT(layer, "11.0.0.1", 1), DENIED - 6);
	assert_int_equal(CONNECT(layer, "11.0.0.2", 1), 2);
	assert_int_equal(look_up(layer, CF_NET_CONNECT, "11.0.0.1", 1, CF_NET_UDP), DENIED - 6);
}

static void test_network_allow_inside_deny_refused(void **state)
{
	static const struct test_pack packs[] = {
		{"metadata", HEAD "network: {deny: [{to: 169.254.0.0/16}]}\n"}, {}};
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_refused(
		NETWORK("  deny: [{to: 10.0.0.0/8}]\n  allow: [{to: 10.0.0.1, ports: [1]}]\n"),
		CF_P_INSIDE_DENY, 5, 11, "'10.0.0.0/8'");
	assert_refused(NETWORK("  deny: [{to: '::/0'}]\n  allow: [{to: '::1', ports: [1]}]\n"),
		       CF_P_INSIDE_DENY, 5, 11, "'::/0'");
	/* A later document cannot reopen it either. */
	assert_int_equal(compile_with(HEAD "extends: [metadata]\nnetwork:\n"
					   "  allow: [{to: 169.254.169.254, ports: [80]}]\n",
				      packs, &test_variables, &layer, &diag),
			 -EINVAL);
	assert_string_equal(diag.code, cf_policy_code(CF_P_INSIDE_DENY));
	assert_int_equal(diag.line, 5);
	assert_non_null(strstr(diag.hint, "metadata:3"));
}

static void test_network_all_ipv6_does_not_reach_ipv4(void **state)
{
	static const char *const wide[] = {"::/0", "::/1", "::/80", "::/95"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char text[300];
		cf_auto_free struct cf_layer *layer = NULL;

		/* The last one has bits of ::ffff:0:0 set: ::fffe:0:0/95 is the one around it. */
		(void)snprintf(text, sizeof(text),
			       NETWORK("  allow: [{to: '%s', ports: any, proto: any}]\n"
				       "  listen: [{on: '%s', ports: any}]\n"),
			       i == 3 ? "::fffe:0:0/95" : wide[i],
			       i == 3 ? "::fffe:0:0/95" : wide[i]);
		layer = layer_of(text);
		assert_int_equal(CONNECT(layer, "10.0.0.1", 80), -NOT_NAMED);
		assert_int_equal(CONNECT(layer, "::ffff:10.0.0.1", 80), -NOT_NAMED);
		assert_int_equal(LISTEN(layer, "127.0.0.1", 80), -NOT_NAMED);
		if (i < 3) {
			assert_int_equal(CONNECT(layer, "::2", 80), 2);
			assert_int_equal(LISTEN(layer, "::1", 80), 3);
		}
	}
}

static void test_network_all_ipv6_beside_ipv4_rules(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		NETWORK("  allow: [{to: '::/0', ports: [1]}, {to: 10.0.0.0/8, ports: [2]}]\n"));
	cf_auto_free struct cf_layer *both = layer_of(
		NETWORK("  allow: [{to: '::/0', ports: [1]}, {to: 0.0.0.0/0, ports: [2]}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.0.1", 2), 3);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 1), -NOT_NAMED);
	assert_int_equal(CONNECT(layer, "11.0.0.1", 1), -NOT_NAMED);
	assert_int_equal(layer->n_nets, 3);
	assert_int_equal(CONNECT(both, "11.0.0.1", 2), 3);
	assert_int_equal(CONNECT(both, "11.0.0.1", 1), -NOT_NAMED);
	assert_int_equal(both->n_nets, 2);
}

static void test_network_denied_ipv6_leaves_ipv4(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		NETWORK("  deny: [{to: '::/0'}]\n  allow: [{to: 10.0.0.1, ports: [1]}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.0.1", 1), 3);
	assert_int_equal(CONNECT(layer, "2001:db8::1", 1), DENIED - 2);
	assert_int_equal(CONNECT(layer, "11.0.0.1", 1), -NOT_NAMED);
}

static void test_network_mapped_is_ipv4(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  allow: [{to: '::ffff:10.0.0.0/104', ports: [1]}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.1.2.3", 1), 2);
	assert_int_equal(CONNECT(layer, "::ffff:10.1.2.3", 1), 2);
	assert_int_equal(CONNECT(layer, "::10.1.2.3", 1), -NOT_NAMED);
}

static void test_network_default_allow_is_both_families(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  default: allow\n  allow: [{to: 10.0.0.1, ports: [1]}]\n"
				 "  deny: [{to: 169.254.0.0/16}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.0.1", 1), 2);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 2), CF_RULE_NETWORK_DEFAULT);
	assert_int_equal(CONNECT(layer, "8.8.8.8", 0), CF_RULE_NETWORK_DEFAULT);
	assert_int_equal(look_up(layer, CF_NET_CONNECT, "2001:db8::1", 65535, CF_NET_UDP),
			 CF_RULE_NETWORK_DEFAULT);
	assert_int_equal(CONNECT(layer, "169.254.169.254", 80), DENIED - 3);
	assert_int_equal(LISTEN(layer, "127.0.0.1", 8080), -NOT_NAMED);
}

static void test_network_default_allow_beside_own_all(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  default: allow\n  allow: [{to: 0.0.0.0/0, ports: [1]}]\n"
				 "  deny: [{to: '::/0'}]\n"));

	(void)state;
	assert_int_equal(CONNECT(layer, "10.0.0.1", 1), 2);
	assert_int_equal(CONNECT(layer, "10.0.0.1", 2), CF_RULE_NETWORK_DEFAULT);
	assert_int_equal(CONNECT(layer, "2001:db8::1", 1), DENIED - 3);
}

static void test_network_listen_apart_from_connect(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		NETWORK("  listen: [{on: 127.0.0.1, ports: [1]}, {on: 0.0.0.0, ports: [2]}]\n"
			"  deny: [{to: 127.0.0.0/8}]\n"));

	(void)state;
	assert_int_equal(LISTEN(layer, "127.0.0.1", 1), 2);
	assert_int_equal(CONNECT(layer, "127.0.0.1", 1), DENIED - 4);
	/* The wildcard address is an address like any other. */
	assert_int_equal(LISTEN(layer, "0.0.0.0", 2), 3);
	assert_int_equal(LISTEN(layer, "127.0.0.1", 2), -NOT_NAMED);
}

static void test_network_choice_of_port_apart_from_ports(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(NETWORK("  listen: [{on: 127.0.0.1, ports: [0]}, {on: 127.0.0.0/8, ports: "
				 "[1-2]}]\n"));

	(void)state;
	assert_int_equal(LISTEN(layer, "127.0.0.1", 0), 2);
	assert_int_equal(LISTEN(layer, "127.0.0.1", 1), 3);
	assert_int_equal(LISTEN(layer, "127.0.0.1", 3), -NOT_NAMED);
	assert_int_equal(LISTEN(layer, "127.0.0.2", 0), -NOT_NAMED);
	assert_int_equal(CONNECT(layer, "127.0.0.1", 0), -NOT_NAMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network_nothing_allowed_by_default),
		cmocka_unit_test(test_network_ports_and_protocols_kept),
		cmocka_unit_test(test_network_enclosing_ports_merged_in),
		cmocka_unit_test(test_network_own_rule_named_before_enclosing),
		cmocka_unit_test(test_network_covered_ranges_left_out),
		cmocka_unit_test(test_network_too_many_ranges_refused),
		cmocka_unit_test(test_network_deny_is_named_and_beats_allow),
		cmocka_unit_test(test_network_allow_inside_deny_refused),
		cmocka_unit_test(test_network_all_ipv6_does_not_reach_ipv4),
		cmocka_unit_test(test_network_all_ipv6_beside_ipv4_rules),
		cmocka_unit_test(test_network_denied_ipv6_leaves_ipv4),
		cmocka_unit_test(test_network_mapped_is_ipv4),
		cmocka_unit_test(test_network_default_allow_is_both_families),
		cmocka_unit_test(test_network_default_allow_beside_own_all),
		cmocka_unit_test(test_network_listen_apart_from_connect),
		cmocka_unit_test(test_network_choice_of_port_apart_from_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
