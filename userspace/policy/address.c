/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/number.h"
#include "policy/address.h"

#define ADDRESS_BITS 128
#define PORT_MAX     65535

static const uint8_t ipv4_mapped[12] = {[10] = 0xff, [11] = 0xff};

/* Clears what is behind the prefix; tells whether anything was. */
static bool clear_host_bits(struct cf_prefix *prefix)
{
	bool had_some = false;

	for (unsigned int bit = prefix->length; bit < ADDRESS_BITS; bit++) {
		uint8_t mask = (uint8_t)(0x80U >> (bit % 8));

		had_some |= prefix->address[bit / 8] & mask;
		prefix->address[bit / 8] &= (uint8_t)~mask;
	}
	return had_some;
}

int cf_prefix_parse(const char *text, struct cf_prefix *ret_prefix)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	struct cf_prefix prefix = {};
	uint64_t max = ADDRESS_BITS;
	uint64_t bits;
	int r;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET, address, prefix.address + sizeof(ipv4_mapped)) == 1) {
		memcpy(prefix.address, ipv4_mapped, sizeof(ipv4_mapped));
		max = ADDRESS_BITS - CF_IPV4_BITS;
	} else if (inet_pton(AF_INET6, address, prefix.address) != 1) {
		return -EINVAL;
	}
	bits = max;
	if (slash) {
		r = cf_number_parse(slash + 1, 0, max, &bits);
		if (r < 0)
			return r;
	}
	prefix.length = (uint16_t)(bits + ADDRESS_BITS - max);
	r = clear_host_bits(&prefix) ? -EDOM : 0;
	*ret_prefix = prefix;
	return r;
}

const char *cf_prefix_format(const struct cf_prefix *prefix, char *buffer)
{
	bool is_ipv4 = cf_prefix_is_ipv4(prefix);
	unsigned int skipped = is_ipv4 ? CF_IPV4_BITS : 0;
	size_t length;

	if (!inet_ntop(is_ipv4 ? AF_INET : AF_INET6, prefix->address + skipped / 8, buffer,
		       CF_PREFIX_TEXT_SIZE))
		buffer[0] = '\0';
	length = strlen(buffer);
	if (prefix->length < ADDRESS_BITS)
		(void)snprintf(buffer + length, CF_PREFIX_TEXT_SIZE - length, "/%u",
			       prefix->length - skipped);
	return buffer;
}

bool cf_prefix_is_ipv4(const struct cf_prefix *prefix)
{
	return prefix->length >= CF_IPV4_BITS &&
	       memcmp(prefix->address, ipv4_mapped, sizeof(ipv4_mapped)) == 0;
}

bool cf_prefix_is_sound(const struct cf_prefix *prefix)
{
	struct cf_prefix copy = *prefix;

	return prefix->length <= ADDRESS_BITS && !clear_host_bits(&copy);
}

bool cf_prefix_covers_bits(const struct cf_prefix *outer, const struct cf_prefix *inner)
{
	struct cf_prefix cut = *inner;

	if (outer->length > inner->length)
		return false;
	cut.length = outer->length;
	(void)clear_host_bits(&cut);
	return memcmp(cut.address, outer->address, sizeof(cut.address)) == 0;
}

bool cf_prefix_covers(const struct cf_prefix *outer, const struct cf_prefix *inner)
{
	return cf_prefix_is_ipv4(outer) == cf_prefix_is_ipv4(inner) &&
	       cf_prefix_covers_bits(outer, inner);
}

bool cf_prefix_shadows_ipv4(const struct cf_prefix *prefix)
{
	struct cf_prefix all_ipv4 = {.length = CF_IPV4_BITS};

	memcpy(all_ipv4.address, ipv4_mapped, sizeof(ipv4_mapped));
	return !cf_prefix_is_ipv4(prefix) && cf_prefix_covers_bits(prefix, &all_ipv4);
}

/* Do two ranges overlap, or follow one another? Port 0 is no neighbour of 1: it stands for a choice, not a number. */
static bool do_meet(uint32_t first, uint32_t last, uint32_t other_first, uint32_t other_last)
{
	if (other_first > last)
		return other_first == last + 1 && last > 0;
	if (first > other_last)
		return first == other_last + 1 && other_last > 0;
	return true;
}

int cf_ports_add(struct cf_ports *ports, uint16_t first, uint16_t last)
{
	uint32_t joined_first = first;
	uint32_t joined_last = last;
	size_t at = 0;

	/* Take out what the new range meets, then put the union where it belongs. */
	for (size_t i = 0; i < ports->n_ranges;) {
		uint32_t other_first = ports->ranges[i].first;
		uint32_t other_last = ports->ranges[i].last;

		if (!do_meet(joined_first, joined_last, other_first, other_last)) {
			i++;
			continue;
		}
		joined_first = joined_first < other_first ? joined_first : other_first;
		joined_last = joined_last > other_last ? joined_last : other_last;
		ports->n_ranges--;
		memmove(&ports->ranges[i], &ports->ranges[i + 1],
			(ports->n_ranges - i) * sizeof(ports->ranges[0]));
	}
	if (ports->n_ranges >= CF_MAX_NET_PORTS)
		return -E2BIG;
	while (at < ports->n_ranges && ports->ranges[at].first < joined_first)
		at++;
	memmove(&ports->ranges[at + 1], &ports->ranges[at],
		(ports->n_ranges - at) * sizeof(ports->ranges[0]));
	ports->ranges[at].first = (uint16_t)joined_first;
	ports->ranges[at].last = (uint16_t)joined_last;
	ports->n_ranges++;
	return 0;
}

int cf_ports_parse(const char *text, uint16_t *ret_first, uint16_t *ret_last)
{
	const char *dash = strchr(text, '-');
	char start[8];
	uint64_t first;
	uint64_t last;
	int r;

	if (strcmp(text, "any") == 0) {
		*ret_first = 0;
		*ret_last = PORT_MAX;
		return 0;
	}
	if (dash && (size_t)(dash - text) < sizeof(start)) {
		memcpy(start, text, (size_t)(dash - text));
		start[dash - text] = '\0';
		r = cf_number_parse(start, 1, PORT_MAX, &first);
		if (r < 0)
			return r;
		r = cf_number_parse(dash + 1, 1, PORT_MAX, &last);
	} else {
		r = cf_number_parse(text, 0, PORT_MAX, &first);
		last = first;
	}
	if (r < 0)
		return r;
	if (last < first)
		return -ERANGE;
	*ret_first = (uint16_t)first;
	*ret_last = (uint16_t)last;
	return 0;
}

void cf_ports_print(const struct cf_ports *ports, struct cf_buffer *buffer)
{
	if (ports->n_ranges == 1 && ports->ranges[0].first == 0 &&
	    ports->ranges[0].last == PORT_MAX) {
		cf_buffer_puts(buffer, "any");
		return;
	}
	cf_buffer_puts(buffer, "[");
	for (size_t i = 0; i < ports->n_ranges; i++) {
		uint16_t first = ports->ranges[i].first;
		uint16_t last = ports->ranges[i].last;

		cf_buffer_puts(buffer, i > 0 ? ", " : "");
		if (first == last)
			cf_buffer_printf(buffer, "%u", first);
		else
			cf_buffer_printf(buffer, "%u-%u", first, last);
	}
	cf_buffer_puts(buffer, "]");
}

const char *cf_protocols_text(uint8_t protocols)
{
	if (protocols == (CF_NET_TCP | CF_NET_UDP))
		return "any";
	return protocols == CF_NET_UDP ? "udp" : "tcp";
}
