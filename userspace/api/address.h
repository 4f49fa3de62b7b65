/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internet addresses of events, as text. Pure. Layer 3 (api).
 */
#ifndef CF_API_ADDRESS_H
#define CF_API_ADDRESS_H

#include <stdint.h>

#define CF_ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

struct cf_message_event;

/* An IPv4-mapped address in dots, any other in colons; returns @buffer. */
const char *cf_address_format(const uint8_t address[16], char buffer[CF_ADDRESS_TEXT_SIZE]);

/* "tcp", "udp", or NULL. */
const char *cf_address_protocol(const struct cf_message_event *event);

/* Family, type and protocol of a socket event, as "AF_INET SOCK_RAW 1"; returns @buffer. */
#define CF_SOCKET_TEXT_SIZE 64
const char *cf_address_socket(const struct cf_message_event *event,
			      char buffer[CF_SOCKET_TEXT_SIZE]);

#endif /* CF_API_ADDRESS_H */
