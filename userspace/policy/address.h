/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network prefixes and ports as text. IPv4 is held mapped, ::ffff:a.b.c.d, so
 * that both families share one table.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_ADDRESS_H
#define CF_POLICY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct cf_buffer;

#define CF_PREFIX_TEXT_SIZE 64
#define CF_IPV4_BITS	    96 /* leading bits of a mapped address */

/**
 * struct cf_prefix - addresses that share their first bits
 * @address: network order; the bits behind @length are zero
 * @length:  0..128; an IPv4 prefix counts its CF_IPV4_BITS
 */
struct cf_prefix {
	uint8_t address[16];
	uint16_t length;
};

/**
 * struct cf_ports - ranges in rising order that neither meet nor overlap
 * @ranges: first and last port, both included
 */
struct cf_ports {
	size_t n_ranges;
	struct {
		uint16_t first;
		uint16_t last;
	} ranges[CF_MAX_NET_PORTS];
};

/**
 * cf_prefix_parse() - "10.0.0.0/8", "::1", "::ffff:10.0.0.0/104" (which is the first again)
 * @ret_prefix: on success; with -EDOM the prefix that was probably meant
 *
 * Return: 0; -EINVAL no address; -ERANGE no such prefix length; -EDOM bits set behind the prefix
 */
int cf_prefix_parse(const char *text, struct cf_prefix *ret_prefix);

/* As written in a policy, a whole address without its length; @buffer has CF_PREFIX_TEXT_SIZE bytes. */
const char *cf_prefix_format(const struct cf_prefix *prefix, char *buffer);

bool cf_prefix_is_ipv4(const struct cf_prefix *prefix);

/* Are the bits behind the prefix zero, and is its length possible? */
bool cf_prefix_is_sound(const struct cf_prefix *prefix);

/* Does @outer hold all addresses of @inner? IPv6 prefixes never hold IPv4 ones: see policy/README.md. */
bool cf_prefix_covers(const struct cf_prefix *outer, const struct cf_prefix *inner);

/* The same as bits, whatever the families: what a longest-prefix match goes by. */
bool cf_prefix_covers_bits(const struct cf_prefix *outer, const struct cf_prefix *inner);

/* Does the kernel's longest-prefix match find @prefix for mapped IPv4 addresses, though it is IPv6? */
bool cf_prefix_shadows_ipv4(const struct cf_prefix *prefix);

/**
 * cf_ports_add() - take in a range, joined with those it meets; 0 alone is joined with none but `any`
 *
 * Return: 0; -E2BIG more than CF_MAX_NET_PORTS ranges
 */
int cf_ports_add(struct cf_ports *ports, uint16_t first, uint16_t last);

/**
 * cf_ports_parse() - "3000-3999", "80", "0" or "any"
 *
 * Whether port 0, the kernel's choice, can be meant is for the caller to say.
 *
 * Return: 0; -EINVAL no port or range; -ERANGE not in 0..65535, 0 in a range, or backwards
 */
int cf_ports_parse(const char *text, uint16_t *ret_first, uint16_t *ret_last);

/* "any" or "[80, 3000-3999]". */
void cf_ports_print(const struct cf_ports *ports, struct cf_buffer *buffer);

/* "tcp", "udp" or "any". */
const char *cf_protocols_text(uint8_t protocols);

#endif /* CF_POLICY_ADDRESS_H */
