/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a SOCK_SEQPACKET pair that carries the messages of protocol.h
 * and their descriptors, without an event loop: both cofferdamd and
 * cofferdam-api use it.
 *
 * Layer 2 (wire).
 */
#ifndef CF_WIRE_CHANNEL_H
#define CF_WIRE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "wire/protocol.h"

/* A received message and its descriptors, which it owns until they are stolen. */
struct cf_packet {
	union cf_message message;
	int fds[CF_MESSAGE_MAX_FDS];
	size_t n_fds;
};

/* Closes what descriptors are left. The packet must have been received into, or be all zero. */
void cf_packet_done(struct cf_packet *packet);

#define cf_auto_packet CF_CLEANUP(cf_packet_done)

/**
 * cf_channel_send() - send one message
 * @fd:      the channel
 * @message: initialised by cf_message_init(); borrowed
 * @fds:     descriptors to go with it; borrowed
 * @n_fds:   their number
 * @wait:    false: -EAGAIN where the other side does not keep up
 *
 * Return: 0; -EAGAIN; -EPIPE the other side is gone; other negative errno
 */
int cf_channel_send(int fd, const void *message, const int *fds, size_t n_fds, bool wait);

/**
 * cf_channel_receive() - receive one message, if one waits
 * @fd:         the channel
 * @from:       who is at the other end
 * @ret_packet: on success; end it with cf_packet_done()
 *
 * Return: 0; -EAGAIN none waits; -EPIPE the other side is gone; -EBADMSG it is
 *         not a sound message (its descriptors are closed); other negative errno
 */
int cf_channel_receive(int fd, enum cf_party from, struct cf_packet *ret_packet);

#endif /* CF_WIRE_CHANNEL_H */
