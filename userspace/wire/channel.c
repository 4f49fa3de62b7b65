/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "wire/channel.h"

/* Room for descriptors, aligned as a control message must be. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(CF_MESSAGE_MAX_FDS * sizeof(int))];
};

void cf_packet_done(struct cf_packet *packet)
{
	for (size_t i = 0; i < packet->n_fds; i++)
		cf_fd_close(&packet->fds[i]);
	packet->n_fds = 0;
}

int cf_channel_send(int fd, const void *message, const int *fds, size_t n_fds, bool wait)
{
	const struct cf_message_header *header = message;
	/* sendmsg(2) only reads it, but struct iovec has no const form. */
	struct iovec iov = {.iov_base = (void *)(uintptr_t)message, .iov_len = header->size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control = {};
	ssize_t n;

	if (n_fds > CF_MESSAGE_MAX_FDS)
		return -EINVAL;
	if (n_fds > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
	}

	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		/* ECONNRESET: it ended without having read everything. */
		return errno == ECONNRESET ? -EPIPE : cf_errno_negative();
	/* One packet goes whole or not at all. */
	return 0;
}

/* Takes the descriptors out of the control data, so that whatever happens next they have an owner. */
static int take_fds(struct msghdr *msg, struct cf_packet *packet)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			return -EBADMSG;
		if (n > CF_MESSAGE_MAX_FDS - packet->n_fds)
			return -EBADMSG; /* cannot be: the control buffer has no room for more */
		memcpy(packet->fds + packet->n_fds, CMSG_DATA(c), n * sizeof(int));
		packet->n_fds += n;
	}
	return 0;
}

int cf_channel_receive(int fd, enum cf_party from, struct cf_packet *ret_packet)
{
	union cf_message bytes;
	union control control = {};
	struct iovec iov = {.iov_base = &bytes, .iov_len = sizeof(bytes)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t n;
	int r;

	ret_packet->n_fds = 0;
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : cf_errno_negative();

	r = take_fds(&msg, ret_packet);
	/* Nobody here sends an empty packet: nothing read means the end. */
	if (r == 0 && n == 0)
		r = -EPIPE;
	if (r == 0 && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		r = -EBADMSG;
	if (r == 0)
		r = cf_message_decode(from, &bytes, (size_t)n, ret_packet->n_fds,
				      &ret_packet->message);
	if (r < 0)
		cf_packet_done(ret_packet);
	return r;
}
