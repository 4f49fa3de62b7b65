/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network rules as a table for longest-prefix matching. A look-up returns one
 * entry, so each entry holds what the shorter prefixes around it allow as
 * well; a denied prefix holds its rule alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/layer.h"
#include "policy/model.h"

#define PORT_MAX  65535
#define N_LENGTHS 129 /* of a prefix, 0 to 128: each nested one is longer */

/* Of what the default gives. */
static const struct cf_place nowhere;

/* A rule, or the default, as it goes into the table. */
struct entry {
	struct cf_prefix prefix;
	uint16_t direction;
	const struct cf_rule *rule; /* NULL: the default */
	uint16_t number;
};

typedef CF_ARRAY(struct entry) entry_array;

/* A prefix around the one being compiled. */
struct level {
	struct cf_prefix prefix;
	uint16_t direction;
	const struct cf_rule *deny;
	struct cf_net net;
};

static int compare_entries(const void *left, const void *right)
{
	const struct entry *one = left;
	const struct entry *other = right;
	bool one_is_ipv4 = cf_prefix_is_ipv4(&one->prefix);
	int order;

	if (one->direction != other->direction)
		return one->direction < other->direction ? -1 : 1;
	if (one_is_ipv4 != cf_prefix_is_ipv4(&other->prefix))
		return one_is_ipv4 ? -1 : 1;
	order = memcmp(one->prefix.address, other->prefix.address, sizeof(one->prefix.address));
	if (order != 0)
		return order;
	if (one->prefix.length != other->prefix.length)
		return one->prefix.length < other->prefix.length ? -1 : 1;
	return one->number < other->number ? -1 : one->number > other->number;
}

static bool is_same_prefix(const struct entry *one, const struct entry *other)
{
	return one->direction == other->direction && one->prefix.length == other->prefix.length &&
	       memcmp(one->prefix.address, other->prefix.address, sizeof(one->prefix.address)) == 0;
}

static int collect(const cf_numbered_rules *rules, bool allow_default, entry_array *entries)
{
	struct cf_prefix all_ipv4 = {.address = {[10] = 0xff, [11] = 0xff}, .length = CF_IPV4_BITS};
	struct entry defaults[] = {
		{.prefix = all_ipv4,
		 .direction = CF_NET_CONNECT,
		 .number = CF_RULE_NETWORK_DEFAULT},
		{.direction = CF_NET_CONNECT, .number = CF_RULE_NETWORK_DEFAULT}};
	int r = 0;

	for (size_t i = 0; i < rules->n_items && r == 0; i++) {
		const struct cf_rule *rule = rules->items[i].rule;
		struct entry entry = {.prefix = rule->prefix,
				      .direction = rule->kind == CF_RULE_LISTEN ? CF_NET_LISTEN
										: CF_NET_CONNECT,
				      .rule = rule,
				      .number = rules->items[i].number};

		if (rule->kind >= CF_RULE_ALLOW)
			r = cf_array_push(entries, entry);
	}
	for (size_t i = 0; i < 2 && allow_default && r == 0; i++)
		r = cf_array_push(entries, defaults[i]);
	if (entries->n_items > 0)
		qsort(entries->items, entries->n_items, sizeof(struct entry), compare_entries);
	return r;
}

/* Do the ranges that are there already allow all of this one? */
static bool is_covered(const struct cf_net *net, const struct cf_net_ports *ports)
{
	for (uint32_t i = 0; i < net->n_ports; i++)
		if (net->ports[i].first <= ports->first && net->ports[i].last >= ports->last &&
		    (ports->protocols & ~net->ports[i].protocols) == 0)
			return true;
	return false;
}

static int add_ports(struct cf_net *net, const struct cf_net_ports *ports)
{
	if (is_covered(net, ports))
		return 0;
	if (net->n_ports >= CF_MAX_NET_PORTS)
		return -E2BIG;
	net->ports[net->n_ports++] = *ports;
	return 0;
}

static int add_rule(struct cf_net *net, const struct entry *entry)
{
	static const struct cf_ports any = {.n_ranges = 1, .ranges = {{0, PORT_MAX}}};
	const struct cf_ports *ports = entry->rule ? &entry->rule->ports : &any;
	int r = 0;

	for (size_t i = 0; i < ports->n_ranges && r == 0; i++) {
		struct cf_net_ports range = {
			.first = ports->ranges[i].first,
			.last = ports->ranges[i].last,
			.rule = entry->number,
			.protocols = entry->rule ? entry->rule->protocols : CF_NET_TCP | CF_NET_UDP,
		};

		r = add_ports(net, &range);
	}
	return r;
}

static int refuse_full(const struct entry *entry, struct cf_diag *diag)
{
	char prefix[CF_PREFIX_TEXT_SIZE];

	(void)cf_place_error(diag, CF_P_PORTS_FULL, entry->rule ? &entry->rule->place : &nowhere,
			     "join port ranges, or use 'any'",
			     "'%s' has more than %d port ranges with those of the prefixes around "
			     "it (CF_MAX_NET_PORTS)",
			     cf_prefix_format(&entry->prefix, prefix), CF_MAX_NET_PORTS);
	return -E2BIG;
}

static int refuse_inside(const struct entry *allow, const struct cf_rule *deny,
			 struct cf_diag *diag)
{
	char inner[CF_PREFIX_TEXT_SIZE];
	char outer[CF_PREFIX_TEXT_SIZE];
	char hint[CF_HINT_SIZE + CF_HINT_SIZE];

	(void)snprintf(hint, sizeof(hint),
		       "a deny cannot be reopened: take one of them out, or do not extend the pack "
		       "with the deny; it is at %s:%u",
		       deny->place.file, deny->place.line);
	return cf_place_error(diag, CF_P_INSIDE_DENY, allow->rule ? &allow->rule->place : &nowhere,
			      hint, "'%s' is allowed here but lies inside '%s', which is denied",
			      cf_prefix_format(&allow->prefix, inner),
			      cf_prefix_format(&deny->prefix, outer));
}

/* Compiles the @n entries of one prefix; @outer is the nearest prefix around it, or NULL. */
static int compile_prefix(const struct entry *entries, size_t n, const struct level *outer,
			  struct level *level, struct cf_diag *diag)
{
	int r = 0;

	*level = (struct level){.prefix = entries->prefix, .direction = entries->direction};
	for (size_t i = 0; i < n; i++) {
		if (!entries[i].rule || entries[i].rule->kind != CF_RULE_DENY)
			continue;
		level->deny = entries[i].rule;
		level->net.n_ports = 1;
		level->net.ports[0] =
			(struct cf_net_ports){.last = PORT_MAX, .rule = entries[i].number};
		return 0;
	}
	if (outer && outer->deny)
		return refuse_inside(entries, outer->deny, diag);
	/* The default's number is the smallest but its word the last: see compare_entries(). */
	for (size_t i = 0; i < n && r == 0; i++)
		if (entries[i].rule)
			r = add_rule(&level->net, &entries[i]);
	for (size_t i = 0; i < n && r == 0; i++)
		if (!entries[i].rule)
			r = add_rule(&level->net, &entries[i]);
	for (uint32_t i = 0; outer && i < outer->net.n_ports && r == 0; i++)
		r = add_ports(&level->net, &outer->net.ports[i]);
	return r < 0 ? refuse_full(&entries[n - 1], diag) : 0;
}

static int push_net(cf_layer_nets_array *nets, const struct cf_prefix *prefix, uint16_t direction,
		    const struct cf_net *net)
{
	struct cf_layer_net item = {
		.prefix_length = prefix->length, .direction = direction, .net = *net};

	memcpy(item.address, prefix->address, sizeof(item.address));
	return cf_array_push(nets, item);
}

/* An IPv6 prefix around ::ffff:0:0/96 must not be what a mapped IPv4 address finds. */
static int shield_ipv4(const entry_array *entries, cf_layer_nets_array *nets)
{
	static const struct cf_prefix all_ipv4 = {.address = {[10] = 0xff, [11] = 0xff},
						  .length = CF_IPV4_BITS};
	int r = 0;

	for (uint16_t direction = CF_NET_CONNECT; direction <= CF_NET_LISTEN && r == 0;
	     direction++) {
		bool is_shadowed = false;
		bool has_own = false;

		for (size_t i = 0; i < entries->n_items; i++) {
			const struct entry *entry = &entries->items[i];

			if (entry->direction != direction)
				continue;
			is_shadowed |= cf_prefix_shadows_ipv4(&entry->prefix);
			has_own |= cf_prefix_is_ipv4(&entry->prefix) &&
				   entry->prefix.length == CF_IPV4_BITS;
		}
		if (is_shadowed && !has_own)
			r = push_net(nets, &all_ipv4, direction, &(struct cf_net){});
	}
	return r;
}

static int compare_nets(const void *left, const void *right)
{
	return cf_layer_net_compare(left, right);
}

int cf_compile_network(const cf_numbered_rules *rules, bool allow_default,
		       cf_layer_nets_array *nets, struct cf_diag *diag)
{
	struct level *levels; /* the prefixes around, nested */
	entry_array entries = {};
	size_t n_levels = 0;
	size_t n;
	int r;

	r = collect(rules, allow_default, &entries);
	levels = calloc(N_LENGTHS, sizeof(*levels));
	if (!levels)
		r = -ENOMEM;
	for (size_t i = 0; i < entries.n_items && r == 0; i += n) {
		const struct entry *first = &entries.items[i];

		for (n = 1; i + n < entries.n_items && is_same_prefix(first, first + n); n++)
			;
		while (n_levels > 0 &&
		       (levels[n_levels - 1].direction != first->direction ||
			!cf_prefix_covers(&levels[n_levels - 1].prefix, &first->prefix)))
			n_levels--;
		r = compile_prefix(first, n, n_levels > 0 ? &levels[n_levels - 1] : NULL,
				   &levels[n_levels], diag);
		if (r == 0)
			r = push_net(nets, &first->prefix, first->direction, &levels[n_levels].net);
		n_levels++;
	}
	if (r == 0)
		r = shield_ipv4(&entries, nets);
	if (r == 0 && nets->n_items > 0)
		qsort(nets->items, nets->n_items, sizeof(nets->items[0]), compare_nets);
	free(entries.items);
	free(levels);
	return r;
}
