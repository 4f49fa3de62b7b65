// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it make this socket, reach this address, listen here? Judges the address
 * that the kernel copied, after turning every spelling of an IPv4 address into
 * one.
 *
 * Hooks: lsm/socket_create, _connect, _sendmsg, _bind, _listen (net/socket.c). All in
 * 6.1. A task outside its agent's cgroup has no network at all. Sockets that
 * were connected before confinement are not judged here: `run` closes them.
 */
#include "judge.bpf.h"

struct inet_address {
	__u8 bytes[16]; /* network order, IPv4 mapped */
	__u16 port;	/* host order */
};

/* include/uapi/linux/in.h, in6.h: what of the two is read */
struct sockaddr_any {
	__u16 family;
	__be16 port;
	union {
		__u8 v4[4];
		struct {
			__u32 flowinfo;
			__u8 v6[16];
		} __attribute__((packed));
	};
} __attribute__((packed, aligned(4)));

#define SOCKADDR_IN_SIZE  16
#define SOCKADDR_IN6_SIZE 24 /* net/ipv6: SIN6_LEN_RFC2133 */

static __always_inline bool is_zero(const __u8 *bytes, __u32 n)
{
	__u8 any = 0;
	__u32 i;

	for (i = 0; i < n; i++)
		any |= bytes[i];
	return any == 0;
}

static __always_inline void map_ipv4(struct inet_address *address, const __u8 v4[4])
{
	__builtin_memset(address->bytes, 0, 10);
	address->bytes[10] = 0xff;
	address->bytes[11] = 0xff;
	__builtin_memcpy(address->bytes + 12, v4, 4);
}

/* To "any" the kernel connects on loopback: judge what is reached. */
static __always_inline bool name_loopback(struct inet_address *address)
{
	const bool is_mapped = is_zero(address->bytes, 10) && address->bytes[10] == 0xff &&
			       address->bytes[11] == 0xff;

	if (is_mapped && is_zero(address->bytes + 12, 4)) {
		address->bytes[12] = 127;
		address->bytes[15] = 1;
		return true;
	}
	if (is_zero(address->bytes, 16)) {
		address->bytes[15] = 1;
		return true;
	}
	return false;
}

/**
 * read_address() - the kernel's copy of a socket address, in one form
 * @source:  kernel memory
 * @length:  bytes
 * @unspec:  family that AF_UNSPEC stands for here; AF_UNSPEC: for none
 *
 * Return: 1 read; 0 AF_UNSPEC; -EINVAL too short or of another family
 */
static __always_inline int read_address(const void *source, int length, __u16 unspec,
					struct inet_address *ret_address)
{
	struct sockaddr_any any = {};
	__u16 family;

	if (length < (int)sizeof(any.family) ||
	    bpf_probe_read_kernel(&any.family, sizeof(any.family), source))
		return -EINVAL;
	family = any.family == AF_UNSPEC ? unspec : any.family;
	if (family == AF_UNSPEC)
		return 0;
	if (family == AF_INET) {
		if (length < SOCKADDR_IN_SIZE || bpf_probe_read_kernel(&any, 8, source))
			return -EINVAL;
		map_ipv4(ret_address, any.v4);
	} else if (family == AF_INET6) {
		if (length < SOCKADDR_IN6_SIZE || bpf_probe_read_kernel(&any, 24, source))
			return -EINVAL;
		__builtin_memcpy(ret_address->bytes, any.v6, 16);
	} else {
		return -EINVAL;
	}
	ret_address->port = bpf_ntohs(any.port);
	return 1;
}

static __always_inline __u8 protocol_of(struct socket *socket)
{
	switch (socket->type) {
	case SOCK_STREAM:
		return CF_NET_TCP;
	case SOCK_DGRAM:
		return CF_NET_UDP;
	default:
		return 0;
	}
}

/**
 * cf_grant_net() - add the grant of one layer for the address in scratch->net
 * @layer:    of the asking agent's domain
 * @port:     host order
 * @protocol: CF_NET_*
 * @reason:   enum cf_reason of a refusal
 *
 * The longest prefix decides; shorter ones' ports were merged into it. Global.
 *
 * Return: 0; -ENOENT the task has no storage
 */
int cf_grant_net(__u32 layer, __u32 port, __u32 protocol, __u32 reason)
{
	struct cf_task *task = cf_current();
	struct cf_grant *grant;
	struct cf_net *net;
	__u32 i;

	if (!task || layer >= CF_MAX_LAYERS)
		return -ENOENT;
	grant = &task->scratch.query.grants[layer];
	grant->rights = 0;
	grant->rule = CF_RULE_NETWORK_DEFAULT;
	grant->layer = layer;
	grant->reason = reason;
	grant->replace = CF_NAME_BITS;
	task->scratch.query.n_grants = layer + 1;
	task->scratch.net.layer = layer;
	net = bpf_map_lookup_elem(&cf_nets, &task->scratch.net);
	if (!net)
		return 0;
	for (i = 0; i < CF_MAX_NET_PORTS; i++) {
		const struct cf_net_ports *ports = &net->ports[i];

		if (i >= net->n_ports)
			break;
		if (!ports->protocols) /* a prefix that is denied: for the explanation */
			grant->rule = ports->rule;
		if (!(ports->protocols & protocol) || port < ports->first || port > ports->last)
			continue;
		grant->rule = ports->rule;
		grant->rights = CF_RIGHT_CONNECT;
		break;
	}
	return 0;
}

static __always_inline void put_address(struct cf_event_verdict *event, struct socket *socket,
					const struct inet_address *address)
{
	struct sock *sk = socket->sk;

	event->flags |= CF_EVENT_HAS_ADDRESS;
	event->port = address->port;
	if (sk)
		event->detail = (__u32)sk->__sk_common.skc_family << 16 |
				(socket->type & 0xff) << 8 | (sk->sk_protocol & 0xff);
	__builtin_memcpy(event->address, address->bytes, 16);
}

static __always_inline int judge_address(struct cf_task *task, __u32 op, struct socket *socket,
					 const struct inet_address *address)
{
	struct cf_net_key *key = &task->scratch.net;
	struct task_struct *current = bpf_get_current_task_btf();
	struct cf_domain *domain = cf_domain_of(task->label.agent);
	struct cf_query *query = cf_begin_query(task, CF_RIGHT_CONNECT);
	const bool is_bind = op == CF_OP_BIND;
	__u8 protocol = protocol_of(socket);
	__u32 layer;

	put_address(&task->scratch.draft.event, socket, address);
	if (!domain || cf_cgroup_agent(current->cgroups->dfl_cgrp) != task->label.agent) {
		query->refusal = domain ? CF_REASON_OUTSIDE_CGROUP : CF_REASON_NO_DOMAIN;
		return cf_conclude_query(task, op);
	}
	key->prefixlen = 64 + 128;
	key->agent = task->label.agent;
	key->direction = is_bind ? CF_NET_LISTEN : CF_NET_CONNECT;
	__builtin_memcpy(key->address, address->bytes, 16);
	for (layer = 0; layer < CF_MAX_LAYERS; layer++) {
		if (layer >= domain->n_layers)
			break;
		if (cf_grant_net(layer, address->port, protocol,
				 is_bind ? CF_REASON_LISTEN_RULE : CF_REASON_NETWORK_RULE))
			query->refusal = CF_REASON_UNREADABLE;
	}
	return cf_conclude_query(task, op);
}

static __always_inline bool is_inet(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* Judges an address given to a connect, send or bind on an inet socket. */
static __always_inline int judge(struct cf_task *task, __u32 op, struct socket *socket,
				 struct sock *sk, const void *source, int length)
{
	const __u16 family = sk->__sk_common.skc_family;
	struct inet_address address = {};
	__u16 unspec = AF_UNSPEC;
	int r;

	/* udp_sendmsg() and inet_bind() take AF_UNSPEC as AF_INET; for connect it dissolves. */
	if (op != CF_OP_CONNECT)
		unspec = family == AF_INET || op == CF_OP_BIND ? family : AF_UNSPEC;
	r = read_address(source, length, unspec, &address);
	if (r == 0)
		return 0;
	if (r < 0)
		return cf_refuse(task, op, CF_REASON_UNREADABLE);
	if (op != CF_OP_BIND && name_loopback(&address) && sk->__sk_common.skc_rcv_saddr)
		return cf_refuse(task, op, CF_REASON_UNREADABLE); /* reaches the source address */
	return judge_address(task, op, socket, &address);
}

static __always_inline int judge_asker(__u32 op, struct socket *socket, const void *source,
				       int length)
{
	struct sock *sk = socket->sk;

	if (!sk || !is_inet(sk->__sk_common.skc_family))
		return 0;
	return CF_IF_CONFINED(0, judge(task, op, socket, sk, source, length));
}

/* inet and inet6 streams and datagrams, unix, and netlink to the route family; nothing else. */
static __always_inline bool is_plain_socket(int family, int type, int protocol)
{
	switch (family) {
	case AF_UNIX:
		return true;
	case AF_INET:
	case AF_INET6:
		if (type == SOCK_STREAM)
			return protocol == IPPROTO_IP || protocol == IPPROTO_TCP;
		if (type == SOCK_DGRAM)
			return protocol == IPPROTO_IP || protocol == IPPROTO_UDP;
		return false;
	case AF_NETLINK:
		return protocol == NETLINK_ROUTE;
	default:
		return false;
	}
}

static __always_inline int refuse_socket(struct cf_task *task, int family, int type, int protocol)
{
	cf_begin_query(task, CF_RIGHT_CONNECT)->refusal = CF_REASON_FAMILY;
	task->scratch.draft.event.detail =
		(__u32)(family & 0xffff) << 16 | (type & 0xff) << 8 | (protocol & 0xff);
	return cf_conclude_query(task, CF_OP_SOCKET);
}

SEC("lsm/socket_create")
int BPF_PROG(cf_socket, int family, int type, int protocol, int is_kernel, int ret)
{
	if (ret || is_kernel)
		return ret;
	return CF_IF_NOT_ALLOWED(0, is_plain_socket(family, type, protocol),
				 refuse_socket(task, family, type, protocol));
}

SEC("lsm/socket_connect")
int BPF_PROG(cf_connect, struct socket *socket, struct sockaddr *address, int length, int ret)
{
	return ret ? ret : judge_asker(CF_OP_CONNECT, socket, address, length);
}

/* Also reaches peers by TCP fast open, which no connect hook sees. */
SEC("lsm/socket_sendmsg")
int BPF_PROG(cf_sendmsg, struct socket *socket, struct msghdr *message, int size, int ret)
{
	void *name = message->msg_name;

	if (ret || !name)
		return ret;
	return judge_asker(CF_OP_SEND, socket, name, message->msg_namelen);
}

SEC("lsm/socket_bind")
int BPF_PROG(cf_bind, struct socket *socket, struct sockaddr *address, int length, int ret)
{
	return ret ? ret : judge_asker(CF_OP_BIND, socket, address, length);
}

static __always_inline int judge_listen(struct cf_task *task, struct socket *socket, __u16 family)
{
	struct inet_address address = {};

	if (family == AF_INET) {
		address.bytes[10] = 0xff;
		address.bytes[11] = 0xff;
	}
	return judge_address(task, CF_OP_BIND, socket, &address);
}

/* Without a bind() before it, listen() takes any address and a port of the kernel's choice. */
SEC("lsm/socket_listen")
int BPF_PROG(cf_listen, struct socket *socket, int backlog, int ret)
{
	struct sock *sk = socket->sk;
	__u16 family;

	if (ret || !sk || sk->__sk_common.skc_num)
		return ret;
	family = sk->__sk_common.skc_family;
	if (!is_inet(family))
		return 0;
	return CF_IF_CONFINED(0, judge_listen(task, socket, family));
}
