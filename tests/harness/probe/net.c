/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets and addresses. */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t parse_address(const char *ip, const char *port_text, union address *ret_address)
{
	long port;

	memset(ret_address, 0, sizeof(*ret_address));
	if (!parse_number(port_text, &port))
		return 0;
	if (inet_pton(AF_INET, ip, &ret_address->v4.sin_addr) == 1) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = htons((uint16_t)port);
		return sizeof(ret_address->v4);
	}
	if (inet_pton(AF_INET6, ip, &ret_address->v6.sin6_addr) == 1) {
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = htons((uint16_t)port);
		return sizeof(ret_address->v6);
	}
	return 0;
}

static int new_socket(int family, const char *protocol)
{
	static const struct timeval timeout = {.tv_sec = 5};
	int fd =
		socket(family,
		       (strcmp(protocol, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "socket itself failed");
		return -errno;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	state.held = fd;
	return fd;
}

static const struct word_value families[] = {
	{"unspec", AF_UNSPEC},
	{"unix", AF_UNIX},
	{"inet", AF_INET},
	{"inet6", AF_INET6},
	{"netlink", AF_NETLINK},
	{"packet", AF_PACKET},
	{"alg", AF_ALG},
	{"vsock", AF_VSOCK},
	{"key", AF_KEY},
	{"can", AF_CAN},
	{"tipc", AF_TIPC},
	{"xdp", 44 /* AF_XDP */},
	{"bluetooth", AF_BLUETOOTH},
	{"rds", AF_RDS},
	{"qipcrtr", 42},
	{"smc", 43},
	{NULL, 0},
};

/* FAMILY TYPE PROTOCOL-NUMBER */
static int op_socket(char *args[])
{
	static const struct word_value types[] = {
		{"stream", SOCK_STREAM}, {"dgram", SOCK_DGRAM},		{"raw", SOCK_RAW},
		{"rdm", SOCK_RDM},	 {"seqpacket", SOCK_SEQPACKET}, {NULL, 0},
	};
	unsigned long family, type;
	long protocol;

	if (!parse_words(args[0], families, &family) || !parse_words(args[1], types, &type) ||
	    !parse_number(args[2], &protocol))
		return RESULT_MISUSE;
	state.held = socket((int)family, (int)type | SOCK_CLOEXEC, (int)protocol);
	return result_of(state.held);
}

/* TYPE: both ends of a pair are one call of socket_create each. */
static int op_socketpair(char *args[])
{
	int fds[2];

	(void)args;
	return result_of(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
}

/* ADDRESS PORT tcp|udp */
static int op_connect(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, args[2]);
	return fd < 0 ? fd : result_of(connect(fd, &address.any, length));
}

/* The socket that is held connects again: ADDRESS PORT */
static int op_reconnect(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);

	return length == 0 ? RESULT_MISUSE : result_of(connect(state.held, &address.any, length));
}

/* Dissolves what the held socket is connected to. */
static int op_disconnect(char *args[])
{
	struct sockaddr address = {.sa_family = AF_UNSPEC};

	(void)args;
	return result_of(connect(state.held, &address, sizeof(address)));
}

/* ADDRESS PORT LENGTH: an address that is too short */
static int op_connectshort(char *args[])
{
	union address address;
	long length;
	int fd;

	if (parse_address(args[0], args[1], &address) == 0 || !parse_number(args[2], &length))
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	return fd < 0 ? fd : result_of(connect(fd, &address.any, (socklen_t)length));
}

/* ADDRESS PORT, from a socket of the other family or of this one */
static int op_sendto(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, 0, &address.any, length));
}

static int op_sendmmsg(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	char text[] = "probe";
	struct iovec vector = {.iov_base = text, .iov_len = 5};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address,
					      .msg_namelen = length,
					      .msg_iov = &vector,
					      .msg_iovlen = 1}};
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	return fd < 0 ? fd : result_of(sendmmsg(fd, &message, 1, 0));
}

/* An IPv4 address with the family left out, which UDP takes all the same. */
static int op_sendunspec(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	address.any.sa_family = AF_UNSPEC;
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, 0, &address.any, length));
}

/* An IPv4 address to a UDP socket of IPv6, which takes it. */
static int op_sendv4on6(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(AF_INET6, "udp");
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, 0, &address.any, length));
}

/* Connected to one, sent to another: ADDRESS PORT ADDRESS PORT */
static int op_sendelsewhere(char *args[])
{
	union address first, second;
	socklen_t first_length = parse_address(args[0], args[1], &first);
	socklen_t second_length = parse_address(args[2], args[3], &second);
	int fd;

	if (first_length == 0 || second_length == 0)
		return RESULT_MISUSE;
	fd = new_socket(first.any.sa_family, "udp");
	if (fd < 0)
		return fd;
	if (connect(fd, &first.any, first_length) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "connect itself failed");
		return -errno;
	}
	return result_of(sendto(fd, "probe", 5, 0, &second.any, second_length));
}

static int op_fastopen(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "tcp");
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, MSG_FASTOPEN, &address.any, length));
}

/* ADDRESS PORT tcp|udp */
static int op_bind(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, args[2]);
	return fd < 0 ? fd : result_of(bind(fd, &address.any, length));
}

static int op_listen(char *args[])
{
	int r = op_bind(args);

	return r < 0 ? r : result_of(listen(state.held, 1));
}

/* FAMILY tcp: without a bind before it */
static int op_listenunbound(char *args[])
{
	unsigned long family;
	int fd;

	if (!parse_words(args[0], families, &family))
		return RESULT_MISUSE;
	fd = new_socket((int)family, "tcp");
	return fd < 0 ? fd : result_of(listen(fd, 1));
}

/* SOURCE PORT ADDRESS PORT: from a socket that is bound */
static int op_sendbound(char *args[])
{
	union address source, address;
	socklen_t source_length = parse_address(args[0], args[1], &source);
	socklen_t length = parse_address(args[2], args[3], &address);
	int fd, r;

	if (source_length == 0 || length == 0)
		return RESULT_MISUSE;
	fd = new_socket(source.any.sa_family, "udp");
	if (fd < 0)
		return fd;
	if (bind(fd, &source.any, source_length) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "bind itself failed");
		return -errno;
	}
	r = result_of(sendto(fd, "probe", 5, 0, &address.any, length));
	(void)close(fd); /* before this is told: the next try wants the port */
	return r;
}

/* bind(2) takes an IPv4 "any" without a family. */
static int op_bindunspec(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, args[2]);
	address.any.sa_family = AF_UNSPEC;
	return fd < 0 ? fd : result_of(bind(fd, &address.any, length));
}

static int unix_address(const char *path, struct sockaddr_un *ret_address)
{
	if (strlen(path) >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	memcpy(ret_address->sun_path, path, strlen(path));
	return 0;
}

static int op_bindunix(char *args[])
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = unix_address(args[0], &address);

	if (fd < 0 || r < 0)
		return fd < 0 ? -errno : r;
	return result_of(bind(fd, (struct sockaddr *)&address, sizeof(address)));
}

const struct operation net_operations[] = {
	{"socket", 3, op_socket},
	{"socketpair", 0, op_socketpair},
	{"connect", 3, op_connect},
	{"reconnect", 2, op_reconnect},
	{"disconnect", 0, op_disconnect},
	{"connectshort", 3, op_connectshort},
	{"sendto", 2, op_sendto},
	{"sendmmsg", 2, op_sendmmsg},
	{"sendunspec", 2, op_sendunspec},
	{"sendv4on6", 2, op_sendv4on6},
	{"sendelsewhere", 4, op_sendelsewhere},
	{"fastopen", 2, op_fastopen},
	{"bind", 3, op_bind},
	{"listen", 3, op_listen},
	{"listenunbound", 1, op_listenunbound},
	{"sendbound", 4, op_sendbound},
	{"bindunspec", 3, op_bindunspec},
	{"bindunix", 1, op_bindunix},
	{0},
};
