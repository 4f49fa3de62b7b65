/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "api/address.h"
#include "wire/protocol.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

const char *cf_address_format(const uint8_t address[16], char buffer[CF_ADDRESS_TEXT_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	/* Both families always fit. */
	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return inet_ntop(AF_INET, address + sizeof(mapped), buffer, CF_ADDRESS_TEXT_SIZE);
	return inet_ntop(AF_INET6, address, buffer, CF_ADDRESS_TEXT_SIZE);
}

/* detail: family << 16 | type << 8 | protocol */
static unsigned int type_of(const struct cf_message_event *event)
{
	return event->detail >> 8 & 0xffU;
}

const char *cf_address_protocol(const struct cf_message_event *event)
{
	switch (type_of(event)) {
	case SOCK_STREAM:
		return "tcp";
	case SOCK_DGRAM:
		return "udp";
	default:
		return NULL;
	}
}

static const char *const families[] = {
	[AF_UNSPEC] = "AF_UNSPEC", [AF_UNIX] = "AF_UNIX",	[AF_INET] = "AF_INET",
	[AF_INET6] = "AF_INET6",   [AF_NETLINK] = "AF_NETLINK", [AF_PACKET] = "AF_PACKET",
	[AF_ALG] = "AF_ALG",	   [AF_VSOCK] = "AF_VSOCK",	[AF_BLUETOOTH] = "AF_BLUETOOTH",
	[AF_CAN] = "AF_CAN",	   [AF_TIPC] = "AF_TIPC",	[AF_RDS] = "AF_RDS",
	[AF_KEY] = "AF_KEY",	   [AF_XDP] = "AF_XDP",
};

static const char *const types[] = {
	[SOCK_STREAM] = "SOCK_STREAM", [SOCK_DGRAM] = "SOCK_DGRAM",	    [SOCK_RAW] = "SOCK_RAW",
	[SOCK_RDM] = "SOCK_RDM",       [SOCK_SEQPACKET] = "SOCK_SEQPACKET",
};

const char *cf_address_socket(const struct cf_message_event *event,
			      char buffer[CF_SOCKET_TEXT_SIZE])
{
	unsigned int family = event->detail >> 16;
	unsigned int type = type_of(event);
	char family_number[16], type_number[16];
	const char *family_word = family < N_ELEMENTS(families) ? families[family] : NULL;
	const char *type_word = type < N_ELEMENTS(types) ? types[type] : NULL;

	(void)snprintf(family_number, sizeof(family_number), "family %u", family);
	(void)snprintf(type_number, sizeof(type_number), "type %u", type);
	(void)snprintf(buffer, CF_SOCKET_TEXT_SIZE, "%s %s %u",
		       family_word ? family_word : family_number,
		       type_word ? type_word : type_number, event->detail & 0xffU);
	return buffer;
}
