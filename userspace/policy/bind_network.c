/* SPDX-License-Identifier: Apache-2.0 */
/* `network`: the default, and rules to connect and to listen. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/bind.h"
#include "policy/quote.h"

static int bind_default(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	(void)target;
	return cf_bind_deny_allow(binder, value, CF_SETTING_NETWORK);
}

static int bind_prefix(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct cf_rule *rule = target;
	char buffer[CF_PREFIX_TEXT_SIZE];
	char hint[CF_HINT_SIZE];
	int r;

	r = cf_bind_type(binder, value, CF_NODE_STRING, "an address or prefix");
	if (r < 0)
		return r;
	r = cf_prefix_parse(value->text, &rule->prefix);
	if (r == -EDOM) {
		(void)snprintf(hint, sizeof(hint), "write '%s', or the address alone",
			       cf_prefix_format(&rule->prefix, buffer));
		return cf_place_error(binder->diag, CF_P_HOST_BITS, &value->place, hint,
				      "'%.*s' has bits set behind its prefix",
				      cf_shown(value->text));
	}
	if (r < 0)
		return cf_place_error(binder->diag, CF_P_ADDRESS, &value->place,
				      "host names are not taken: the kernel sees addresses",
				      "'%.*s' is %s, expected '10.0.0.0/8', '127.0.0.1', "
				      "'2001:db8::/32' or the like",
				      cf_shown(value->text),
				      r == -ERANGE ? "longer than an address" : "no address");
	return 0;
}

static int bind_port(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const char expected[] = "a port, a range 'A-B' or 'any'";
	static const char hint[] = "ports are 1 to 65535, the smaller one first; 0 only through "
				   "'any', and by itself to listen";
	struct cf_rule *rule = target;
	uint16_t first;
	uint16_t last;
	int r = 0;

	if (value->type != CF_NODE_INTEGER)
		r = cf_bind_type(binder, value, CF_NODE_STRING, expected);
	if (r < 0)
		return r;
	r = cf_ports_parse(value->text, &first, &last);
	/* A number is a number in the schema too: "80" in quotes is text. */
	if (value->type == CF_NODE_STRING && r == 0 && !strchr(value->text, '-') &&
	    strcmp(value->text, "any") != 0)
		r = -EINVAL;
	/* Binding to port 0 leaves the choice to the kernel; nothing is reached at it. */
	if (r == 0 && last == 0 && rule->kind != CF_RULE_LISTEN)
		r = -ERANGE;
	if (r < 0)
		return cf_place_error(binder->diag, CF_P_PORTS, &value->place, hint,
				      "'%.*s', expected %s", cf_shown(value->text), expected);
	if (cf_ports_add(&rule->ports, first, last) < 0)
		return cf_place_error(
			binder->diag, CF_P_PORTS_FULL, &value->place, "join ranges, or use 'any'",
			"more than %d port ranges in a rule (CF_MAX_NET_PORTS)", CF_MAX_NET_PORTS);
	return 0;
}

static int bind_ports(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	if (value->type == CF_NODE_STRING && strcmp(value->text, "any") == 0)
		return bind_port(binder, value, target);
	if (value->type == CF_NODE_LIST && !value->first)
		return cf_place_error(binder->diag, CF_P_PORTS, &value->place,
				      "write 'any' for all of them", "an empty list of ports");
	if (value->type != CF_NODE_LIST)
		return cf_bind_type(binder, value, CF_NODE_LIST, "a list of ports, or 'any'");
	return cf_bind_list(binder, value, bind_port, target);
}

static int bind_protocol(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const char *const words[] = {"tcp", "udp", "any", NULL};
	static const uint8_t protocols[] = {CF_NET_TCP, CF_NET_UDP, CF_NET_TCP | CF_NET_UDP};
	struct cf_rule *rule = target;
	uint64_t number;
	int r;

	r = cf_bind_choice(binder, value, words, &number);
	if (r == 0)
		rule->protocols = protocols[number];
	return r;
}

/* The rule's subject, and its text on one line. */
static int describe(struct cf_binder *binder, struct cf_rule *rule)
{
	static const char *const lists[] = {
		[CF_RULE_ALLOW] = "allow", [CF_RULE_DENY] = "deny", [CF_RULE_LISTEN] = "listen"};
	CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};
	CF_CLEANUP(cf_buffer_done) struct cf_buffer subject = {};
	char prefix[CF_PREFIX_TEXT_SIZE];

	cf_prefix_format(&rule->prefix, prefix);
	cf_buffer_printf(&text, "%s: {%s: ", lists[rule->kind],
			 rule->kind == CF_RULE_LISTEN ? "on" : "to");
	cf_yaml_quote(prefix, &text);
	cf_buffer_puts(&subject, prefix);
	if (rule->kind != CF_RULE_DENY) {
		cf_buffer_puts(&subject, " ");
		cf_ports_print(&rule->ports, &subject);
		cf_buffer_printf(&subject, " %s", cf_protocols_text(rule->protocols));
		cf_buffer_puts(&text, ", ports: ");
		cf_ports_print(&rule->ports, &text);
		cf_buffer_printf(&text, ", proto: %s", cf_protocols_text(rule->protocols));
	}
	cf_buffer_puts(&text, "}");
	if (text.is_failed || subject.is_failed)
		return -ENOMEM;
	rule->subject = cf_arena_copy(binder->arena, subject.data, subject.size);
	rule->text = cf_arena_copy(binder->arena, text.data, text.size);
	return rule->subject && rule->text ? 0 : -ENOMEM;
}

static int bind_rule(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	const struct cf_bind_table *table = target;
	struct cf_rule *rule = cf_bind_rule_new(binder, value, binder->kind);
	int r;

	if (!rule)
		return -ENOMEM;
	rule->protocols = CF_NET_TCP;
	r = cf_bind_map(binder, value, table, rule);
	if (r < 0)
		return r;
	r = describe(binder, rule);
	if (r < 0)
		return r;
	return cf_bind_rule_add(binder, rule);
}

static int bind_allow(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"to", bind_prefix, true},
		{"ports", bind_ports, true},
		{"proto", bind_protocol, false},
	};
	static struct cf_bind_table table = CF_BIND_TABLE("a rule of 'allow'", keys);

	(void)target;
	binder->kind = CF_RULE_ALLOW;
	return cf_bind_list(binder, value, bind_rule, &table);
}

static int bind_deny(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"to", bind_prefix, true},
	};
	static struct cf_bind_table table =
		CF_BIND_TABLE("a rule of 'deny', which holds for all ports and protocols", keys);

	(void)target;
	binder->kind = CF_RULE_DENY;
	return cf_bind_list(binder, value, bind_rule, &table);
}

static int bind_listen(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"on", bind_prefix, true},
		{"ports", bind_ports, true},
		{"proto", bind_protocol, false},
	};
	static struct cf_bind_table table = CF_BIND_TABLE("a rule of 'listen'", keys);

	(void)target;
	binder->kind = CF_RULE_LISTEN;
	return cf_bind_list(binder, value, bind_rule, &table);
}

int cf_bind_network(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"default", bind_default, false}, {"allow", bind_allow, false},
		{"deny", bind_deny, false},	  {"listen", bind_listen, false},
		{"hosts", NULL, false},		  {"families", NULL, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("'network'", keys);

	return cf_bind_map(binder, value, &table, target);
}
