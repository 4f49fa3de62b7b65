/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "api/words.h"
#include "bpf/abi.h"
#include "wire/protocol.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const ops[] = {
	[CF_OP_NONE] = "none",
	[CF_OP_OPEN] = "open",
	[CF_OP_CREATE] = "create",
	[CF_OP_LINK] = "link",
	[CF_OP_SYMLINK] = "symlink",
	[CF_OP_MKDIR] = "mkdir",
	[CF_OP_MKNOD] = "mknod",
	[CF_OP_UNLINK] = "unlink",
	[CF_OP_RMDIR] = "rmdir",
	[CF_OP_RENAME] = "rename",
	[CF_OP_SETATTR] = "setattr",
	[CF_OP_READLINK] = "readlink",
	[CF_OP_EXEC] = "exec",
	[CF_OP_MMAP] = "mmap",
	[CF_OP_SOCKET] = "socket",
	[CF_OP_CONNECT] = "connect",
	[CF_OP_SEND] = "send",
	[CF_OP_BIND] = "bind",
	[CF_OP_USERNS] = "user-namespace",
	[CF_OP_MOUNT] = "mount",
	[CF_OP_BPF] = "bpf",
	[CF_OP_SETXATTR] = "set-attribute",
	[CF_OP_GETXATTR] = "get-attribute",
	[CF_OP_IOCTL] = "ioctl",
	[CF_OP_FCNTL] = "fcntl",
	[CF_OP_WATCH] = "watch",
	[CF_OP_RECEIVE] = "receive",
	[CF_OP_USE] = "use",
	[CF_OP_IO_URING] = "io-uring",
	[CF_OP_USERFAULTFD] = "userfaultfd",
};

static const char *const verdicts[] = {
	[CF_VERDICT_ALLOW] = "allow",
	[CF_VERDICT_DENY] = "deny",
	[CF_VERDICT_UNKNOWN] = "unknown",
	[CF_VERDICT_WOULD_DENY] = "would-deny",
};

static const char *const reasons[] = {
	[CF_REASON_NONE] = "none",
	[CF_REASON_FILE_RULE] = "file-rule",
	[CF_REASON_NAME_RULE] = "name-rule",
	[CF_REASON_PINNED] = "pinned",
	[CF_REASON_LINK_WIDENS] = "link-widens",
	[CF_REASON_DEVICE] = "device",
	[CF_REASON_PSEUDO] = "pseudo-filesystem",
	[CF_REASON_MEMFD] = "memfd",
	[CF_REASON_FAMILY] = "socket-family",
	[CF_REASON_NETWORK_RULE] = "network-rule",
	[CF_REASON_LISTEN_RULE] = "listen-rule",
	[CF_REASON_NAMESPACES] = "namespaces",
	[CF_REASON_OUTSIDE_CGROUP] = "outside-cgroup",
	[CF_REASON_NO_DOMAIN] = "no-domain",
	[CF_REASON_UNCLASSIFIED] = "unclassified",
	[CF_REASON_DISCONNECTED] = "disconnected",
	[CF_REASON_TOO_DEEP] = "too-deep",
	[CF_REASON_TABLE_FULL] = "table-full",
	[CF_REASON_UNREADABLE] = "unreadable",
	[CF_REASON_MOUNT_TYPE] = "mount-type",
	[CF_REASON_KERNEL_SURFACE] = "kernel-surface",
	[CF_REASON_SET_ID] = "set-id",
	[CF_REASON_SECURITY_ATTRIBUTE] = "security-attribute",
	[CF_REASON_REQUEST] = "request",
	[CF_REASON_IO_URING] = "io-uring",
	[CF_REASON_UNFILTERED] = "unfiltered",
	[CF_REASON_FOLDED_CASE] = "folded-case",
	[CF_REASON_DIGEST] = "digest",
	[CF_REASON_NO_DIGEST] = "no-digest",
	[CF_REASON_DIGEST_MAPPED] = "digest-mapped",
};

static const char *const rights[] = {
	"read",	  "list", "write",    "create",	 "delete",
	"append", "exec", "metadata", "connect", "ioctl",
};

static const char *const group_states[] = {
	[CF_GROUP_OFF] = "off",
	[CF_GROUP_DEGRADED] = "degraded",
	[CF_GROUP_ARMED] = "armed",
};

/* enum cf_probe_state, of a header that the unprivileged side may not include. */
static const char *const findings[] = {"ok", "missing", "warning"};

_Static_assert(N_ELEMENTS(ops) == _CF_OP_MAX, "an operation without its word");
_Static_assert(N_ELEMENTS(verdicts) == _CF_VERDICT_MAX, "a verdict without its word");
_Static_assert(N_ELEMENTS(reasons) == _CF_REASON_MAX, "a reason without its word");
_Static_assert((1U << N_ELEMENTS(rights)) - 1 == CF_RIGHTS_ALL, "a right without its word");
_Static_assert(N_ELEMENTS(group_states) == _CF_GROUP_MAX, "a state without its word");

static const char *word(const char *const *words, size_t n_words, unsigned int number)
{
	return number < n_words ? words[number] : "unknown";
}

const char *cf_word_op(unsigned int op)
{
	return word(ops, N_ELEMENTS(ops), op);
}

const char *cf_word_verdict(unsigned int verdict)
{
	return word(verdicts, N_ELEMENTS(verdicts), verdict);
}

const char *cf_word_reason(unsigned int reason)
{
	return word(reasons, N_ELEMENTS(reasons), reason);
}

const char *cf_word_right(unsigned int bit)
{
	return bit < N_ELEMENTS(rights) ? rights[bit] : NULL;
}

const char *cf_word_group_state(unsigned int state)
{
	return word(group_states, N_ELEMENTS(group_states), state);
}

const char *cf_word_finding(unsigned int state)
{
	return word(findings, N_ELEMENTS(findings), state);
}
