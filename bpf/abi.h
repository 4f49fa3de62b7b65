/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the kernel part and userspace: versions, limits, map
 * keys and values, events. Everything that crosses is in this file, and it
 * refuses to compile if a layout drifts.
 *
 * Integers are in host byte order unless a field says otherwise. Numbers are
 * never reused or reordered; new enumerators go before the _MAX sentinel.
 * An incompatible change bumps CF_ABI_MAJOR, an addition CF_ABI_MINOR.
 */
#ifndef CF_ABI_H
#define CF_ABI_H

#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif

#define CF_ABI_MAJOR 1
#define CF_ABI_MINOR 0

/* Limits: each with its unit and reason. The policy checker quotes these. */
#define CF_MAX_AGENTS	       1024 /* live agents; sizes the per-agent tables and the rings' shares */
#define CF_MAX_LAYERS	       9 /* layers in a domain: the host's ceiling and eight agents deep */
#define CF_MAX_RULES	       20000   /* rules in one layer; a rule number is a __u16 */
#define CF_MAX_ZONES	       65536   /* zones on the host, all agents together */
#define CF_MAX_ANCHORS	       65536   /* object keys of zones */
#define CF_MAX_PLACES	       65536   /* name keys of zones */
#define CF_MAX_RIGHTS	       1048576 /* (agent, zone) pairs with rights of their own */
#define CF_MAX_SUPERBLOCKS     4096    /* classified superblocks */
#define CF_MAX_CGROUPS	       16384   /* cgroups that belong to agents */
#define CF_MAX_DEPTH	       128 /* components from a superblock's root to a file; deeper is denied */
#define CF_MAX_WALKS	       4 /* times that a path is walked while outsiders move it; then denied */
#define CF_MAX_LINKS	       4    /* zones that one hard-linked file may be in; more is denied */
#define CF_MAX_RENAMING	       1024 /* directory renames in flight at once; more turns caching off */
#define CF_MAX_TERMINALS       4096 /* pseudo terminals of agents; the one used least recently goes */
#define CF_NAME_SIZE	       64   /* bytes of one name in a rule or a place, with its NUL */
#define CF_NAME_BITS	       512 /* name pattern components in one domain */
#define CF_NAME_WORDS	       (CF_NAME_BITS / 64)
#define CF_MAX_NAME_COMPONENTS 4      /* components in one name rule */
#define CF_MAX_NAME_HITS       8      /* name rules that one path may meet; more is denied */
#define CF_MAX_NAME_KEYS       262144 /* name patterns, all agents together */
#define CF_MAX_DIGESTS	       65536  /* digests of executables, all agents together */
#define CF_MAX_NETS	       131072 /* network prefixes, all agents together */
#define CF_MAX_NET_PORTS       16     /* port ranges of one network prefix, merged ones included */
#define CF_MAX_GRANTS	       64     /* grants that one decision weighs */
#define CF_CACHE_SLOTS	       8192   /* directory verdict cache; a power of two */
#define CF_FILTER_BITS	       (1U << 20) /* one-hash filters over inode and cgroup numbers */
#define CF_RING_BYTES	       (16U << 20) /* denial ring; each agent's share is this over CF_MAX_AGENTS */
#define CF_OBSERVE_RING_BYTES  (8U << 20) /* observation ring; shares as above */
#define CF_OBSERVE_SHARE_BYTES (CF_OBSERVE_RING_BYTES / CF_MAX_AGENTS)
#define CF_OBSERVE_DELAY_MS    100 /* that an observation may wait for its reader */
#define CF_RING_SHARE_BYTES    (CF_RING_BYTES / CF_MAX_AGENTS)
#define CF_EVENT_NAMES_SIZE    1024 /* names of an event's objects, leaf to root */
#define CF_COMM_SIZE	       16

/* An agent's id: its slot in the per-agent tables in the low bits, a generation above; 0 is nobody. */
#define CF_AGENT_SLOT(agent) ((agent) & (CF_MAX_AGENTS - 1))

/* Rights: what an access wants and what a zone or a name rule gives. */
enum cf_right {
	CF_RIGHT_READ = 1U << 0,   /* contents of a file, target of a symlink */
	CF_RIGHT_LIST = 1U << 1,   /* names in a directory */
	CF_RIGHT_WRITE = 1U << 2,  /* bytes of a file, anywhere in it */
	CF_RIGHT_CREATE = 1U << 3, /* a new name */
	CF_RIGHT_DELETE =
		1U << 4, /* an existing name, or length: unlink, rename away or over, shrink */
	CF_RIGHT_APPEND = 1U << 5,   /* bytes at the end, through O_APPEND */
	CF_RIGHT_EXEC = 1U << 6,     /* execute, or map executable */
	CF_RIGHT_METADATA = 1U << 7, /* mode, owner, times */
	CF_RIGHT_CONNECT = 1U << 8,  /* unix sockets */
	CF_RIGHT_IOCTL = 1U << 9,    /* device requests */
};
#define CF_RIGHTS_ALL 0x3ffU
/* Those by which files come to hold something else. */
#define CF_RIGHTS_CHANGING (CF_RIGHT_WRITE | CF_RIGHT_CREATE | CF_RIGHT_DELETE | CF_RIGHT_APPEND)

/* What was tried: one per judged operation, the event's verb. */
enum cf_op {
	CF_OP_NONE = 0,
	CF_OP_OPEN = 1,
	CF_OP_CREATE = 2,
	CF_OP_LINK = 3,
	CF_OP_SYMLINK = 4,
	CF_OP_MKDIR = 5,
	CF_OP_MKNOD = 6,
	CF_OP_UNLINK = 7,
	CF_OP_RMDIR = 8,
	CF_OP_RENAME = 9,
	CF_OP_SETATTR = 10,
	CF_OP_READLINK = 11,
	CF_OP_EXEC = 12,
	CF_OP_MMAP = 13,
	CF_OP_SOCKET = 14,
	CF_OP_CONNECT = 15,
	CF_OP_SEND = 16,
	CF_OP_BIND = 17,
	CF_OP_USERNS = 18,
	CF_OP_MOUNT = 19,
	CF_OP_BPF = 20,
	CF_OP_SETXATTR = 21,
	CF_OP_GETXATTR = 22,
	CF_OP_IOCTL = 23,
	CF_OP_FCNTL = 24,
	CF_OP_WATCH = 25,
	CF_OP_RECEIVE = 26,
	CF_OP_IO_URING = 27,
	CF_OP_USERFAULTFD = 28,
	CF_OP_USE = 29,	 /* read or write a descriptor from before */
	_CF_OP_MAX = 30, /* at most 30: struct cf_cache_slot's domain has a bit for each */
};

/* Why: what gave the verdict. */
enum cf_reason {
	CF_REASON_NONE = 0,
	CF_REASON_FILE_RULE = 1,    /* the zone's rights */
	CF_REASON_NAME_RULE = 2,    /* a name rule's rights */
	CF_REASON_PINNED = 3,	    /* a directory that holds a zone's place may not move or go */
	CF_REASON_LINK_WIDENS = 4,  /* the new name would give more than the old one */
	CF_REASON_DEVICE = 5,	    /* device node that is not on the list */
	CF_REASON_PSEUDO = 6,	    /* rule of a pseudo filesystem's type */
	CF_REASON_MEMFD = 7,	    /* executing anonymous memory files is off */
	CF_REASON_FAMILY = 8,	    /* socket family, type or protocol is not on the list */
	CF_REASON_NETWORK_RULE = 9, /* no network rule allows this destination */
	CF_REASON_LISTEN_RULE = 10, /* no listen rule allows this address */
	CF_REASON_NAMESPACES = 11,  /* the policy denies user namespaces and mounts */
	CF_REASON_OUTSIDE_CGROUP = 12, /* the task left its agent's cgroup: no network */
	CF_REASON_NO_DOMAIN = 13,      /* the agent's domain is gone */
	CF_REASON_UNCLASSIFIED = 14,   /* superblock that the daemon has not classified */
	CF_REASON_DISCONNECTED = 15,   /* object without a path to its superblock's root */
	CF_REASON_TOO_DEEP = 16,       /* more than CF_MAX_DEPTH components */
	CF_REASON_TABLE_FULL = 17,     /* a bound of this file was met */
	CF_REASON_UNREADABLE =
		18, /* a kernel read failed, or an argument could not be understood */
	CF_REASON_MOUNT_TYPE = 19,     /* a filesystem that an agent may not bring in */
	CF_REASON_KERNEL_SURFACE = 20, /* a kernel interface that no agent may use */
	CF_REASON_SET_ID =
		21, /* set-user-ID, set-group-ID, and the rights that executing such a file gains */
	CF_REASON_SECURITY_ATTRIBUTE = 22, /* security.*: capabilities, labels, measurements */
	CF_REASON_REQUEST = 23,	 /* a request of ioctl(2) that is not known to be harmless */
	CF_REASON_IO_URING = 24, /* the policy denies io_uring, or has modes that it could evade */
	CF_REASON_UNFILTERED =
		25, /* writing where the mode keeps what is there, by a task that `run` did not start */
	CF_REASON_FOLDED_CASE =
		26,	       /* names there are compared without case, and a rule goes by names */
	CF_REASON_DIGEST = 27, /* what is in the file is not what the policy pins */
	CF_REASON_NO_DIGEST = 28, /* the kernel gave no digest of a file that is pinned */
	CF_REASON_DIGEST_MAPPED =
		29, /* mapping a pinned file as code otherwise than by executing it */
	_CF_REASON_MAX = 30,
};

enum cf_verdict_code {
	CF_VERDICT_ALLOW = 0,
	CF_VERDICT_DENY = 1,
	CF_VERDICT_UNKNOWN = 2,	   /* cannot tell: denied and counted apart */
	CF_VERDICT_WOULD_DENY = 3, /* audit mode */
	_CF_VERDICT_MAX = 4,
};

/* Rule numbers of a layer: its defaults come first; CF_RULE_NONE means that no rule decided. */
#define CF_RULE_DEFAULT		0 /* files: default */
#define CF_RULE_NETWORK_DEFAULT 1 /* network: default; also where no listen rule applies */
#define CF_N_DEFAULT_RULES	2
#define CF_RULE_NONE		0xffffU

/* Zones below CF_ZONE_FIRST are not in the tree: superblocks that are judged by their type. */
enum cf_zone_class {
	CF_ZONE_NONE = 0,
	CF_ZONE_PROC = 1,
	CF_ZONE_SYS = 2, /* sysfs */
	CF_ZONE_DEVPTS = 3,
	CF_ZONE_INTERNAL = 4, /* pipes, sockets, anonymous inodes and memory files */
	CF_ZONE_OWN = 5,      /* mounted by this agent in its own user namespace */
	CF_ZONE_CLOSED =
		6, /* securityfs, debugfs, tracefs, bpffs, ..., and what another agent mounted */
	CF_ZONE_CGROUP = 7, /* to be read */
	CF_ZONE_FIRST = 16,
};

/* -------------------------------------------------------------- identity */

/* cgroups: cgroup id (__u64) -> struct cf_cgroup */
struct cf_cgroup {
	__u32 agent;
	__u32 reserved;
};

/* domains: slot -> struct cf_domain; agent != the asking task's id means that the domain is gone. */
#define CF_DOMAIN_AUDIT	     (1U << 0) /* report, do not refuse */
#define CF_DOMAIN_NAMESPACES (1U << 1) /* user namespaces, and mounts inside them, are allowed */
#define CF_DOMAIN_MEMFD_EXEC (1U << 2) /* anonymous memory files may be executed */
#define CF_DOMAIN_NAMES	     (1U << 3) /* has name rules */
#define CF_DOMAIN_CANARY     (1U << 4) /* the daemon's own probe: its events are not an agent's */
#define CF_DOMAIN_SET_ID     (1U << 5) /* executing may gain rights: set-id bits, file capabilities */
#define CF_DOMAIN_IO_URING   (1U << 6) /* io_uring is allowed */
#define CF_DOMAIN_KEEPS	     (1U << 7) /* some rule gives writing without deleting, or appending only */
#define CF_DOMAIN_DIGESTS \
	(1U << 8) /* some files are executed only if they have the digest that is pinned */

/*
 * name_ends: slot -> struct cf_name_ends. A filter over the three bytes at
 * either end of a name. A cell without the bit means "certainly no pattern". In
 * the kernel names end with one NUL, and nobody knows what follows it.
 */
#define CF_NAME_CELLS 2048
#define CF_NAME_FIRST (1U << 0) /* literals and prefixes start so */
#define CF_NAME_LAST  (1U << 1) /* suffixes end so */

struct cf_name_ends {
	__u8 cells[CF_NAME_CELLS];
};

/*
 * The cell of three bytes as they stand in the name, the first one lowest. The
 * two inner ones count by four bits, so that a pattern of one byte, which any
 * may follow, has 256 cells at most.
 */
static inline __u32 cf_name_first_cell(__u32 bytes)
{
	return (bytes & 0x0f0f1f) * 0x9e3779b1U >> 21;
}

/* The same at the end; where the name is shorter, 0 stands before it. */
static inline __u32 cf_name_last_cell(__u32 bytes)
{
	return (bytes & 0x1f0f0f) * 0x9e3779b1U >> 21;
}

struct cf_domain {
	__u32 agent; /* whose: the full id, 0 while the slot is free */
	__u32 flags; /* CF_DOMAIN_* */
	__u32 n_layers;
	__u32 observe; /* 1U << enum cf_op of allowed operations to report */
	/* One bit per pattern component; a rule's components are consecutive, the last one lowest. */
	__u64 name_leaf[CF_NAME_WORDS]; /* last component of its rule */
	__u64 name_children
		[CF_NAME_WORDS]; /* last component, and the rule is for what is below it only */
	__u64 name_complete[CF_NAME_WORDS]; /* first component: the rule has matched */
	__u64 name_leading
		[CF_NAME_WORDS]; /* a component of a directory that must not be moved or forged */
	__u64 name_both[CF_NAME_WORDS]; /* must hit as a prefix and as a suffix */
};

/* tasks: task storage. Written once by whoever confines the task, never cleared. */
#define CF_LABEL_LAUNCHED \
	(1U << 0) /* by `run`, which sets the seccomp filter that its policy needs */

struct cf_label {
	__u32 agent;
	__u32 flags; /* CF_LABEL_* */
};

/* ----------------------------------------------------------------- zones */

/* superblocks: s_dev -> struct cf_superblock. The address tells a reused device number from the old one. */
struct cf_superblock {
	__u64 address; /* of the struct super_block, for comparison only */
	__u32 zone;    /* zone of its root, or an enum cf_zone_class */
	__u32 owner;   /* agent that mounted it, with CF_ZONE_OWN */
	__u32 flags;   /* CF_SUPERBLOCK_* */
	__u32 reserved;
};

/* Denied still: links that were made before it had its zones are looked for. New ones are followed. */
#define CF_SUPERBLOCK_CLOSED (1U << 0)

/* anchors: the object key of zones */
struct cf_object_key {
	__u64 ino;
	__u32 dev; /* kernel encoding, MKDEV: major << 20 | minor */
	__u32 reserved;
};

struct cf_anchor {
	__u64 superblock; /* address, as in struct cf_superblock */
	__u32 generation;
	__u32 n_zones;		   /* more than CF_MAX_LINKS: deny */
	__u32 zones[CF_MAX_LINKS]; /* the strictest decides */
};

/* places: the name key of zones */
struct cf_place_key {
	__u32 parent;		 /* zone of the directory */
	__u32 length;		 /* of the name, without its NUL */
	char name[CF_NAME_SIZE]; /* zero padded */
};

/* zones: zone -> struct cf_zone */
#define CF_ZONE_HAS_PLACES (1U << 0) /* look names below it up in places */
#define CF_ZONE_STRICT \
	(1U            \
	 << 1) /* some layer gives less here than by default or around it: follow its hard links */

#define CF_ZONE_LISTED (1U << 2) /* procfs, sysfs: it and what is below may be read */

struct cf_zone {
	__u32 parent; /* enclosing zone, across mounts too; 0 at the very top */
	__u32 flags;
	__u32 length;		 /* of its name; 0: it is a root */
	char name[CF_NAME_SIZE]; /* below its parent, zero after its end */
};

/* ---------------------------------------------------------------- rights */

struct cf_rights_key {
	__u32 agent;
	__u32 zone;
};

struct cf_rights {
	__u32 rights; /* what all layers give */
	struct {
		__u16 rights;
		__u16 rule;
		__u16 replace; /* component bit of names that may be moved and removed all the same; CF_NAME_BITS: none */
	} layers[CF_MAX_LAYERS]; /* what each gives */
	__u16 digests;		 /* 1U << layer of those that pin what is executed here */
	__u16 named;		 /* 1U << layer of those that have a path rule for this very zone */
};

/* digests: what may be executed in a zone, of what a layer pins there. */
enum cf_digest_kind {
	CF_DIGEST_ANY = 0,	     /* no digest: the entry that says which kinds there are */
	CF_DIGEST_SHA256 = 1,	     /* of the contents, as the kernel's IMA computes it */
	CF_DIGEST_VERITY_SHA256 = 2, /* fs-verity's file digest */
	CF_DIGEST_VERITY_SHA512 = 3,
	_CF_DIGEST_MAX = 4,
};

#define CF_DIGEST_SIZE 64 /* bytes of the longest */

struct cf_digest_key {
	__u32 agent;
	__u32 zone;
	__u8 layer;
	__u8 kind; /* enum cf_digest_kind */
	__u16 reserved;
	__u8 digest[CF_DIGEST_SIZE]; /* zero padded */
};

struct cf_digest {
	__u16 rule;  /* with CF_DIGEST_ANY: that explains a refusal */
	__u16 kinds; /* with CF_DIGEST_ANY: 1U << enum cf_digest_kind; else 0 */
};

/* names: literal patterns. The value says which components this name is. */
struct cf_name_key {
	__u32 agent;
	__u32 length;
	char name[CF_NAME_SIZE]; /* zero padded */
};

/* prefixes and suffixes: LPM tries; a suffix is stored reversed. Closed: a longer key's value holds the shorter's. */
struct cf_affix_key {
	__u32 prefixlen; /* bits: 32 for the agent, then 8 for each byte of the pattern */
	__u32 agent;
	char name[CF_NAME_SIZE];
};

struct cf_name_mask {
	__u64 words[CF_NAME_WORDS];
};

/* name_rules: (agent, bit of the rule's first component) -> struct cf_name_rule */
struct cf_name_rule_key {
	__u32 agent;
	__u32 bit;
};

struct cf_name_rule {
	__u16 rights;
	__u16 rule;
	__u16 except; /* component bit that lets a file's own name through; CF_NAME_BITS: none */
	__u8 layer;
	__u8 min_length; /* of the name that a prefix-and-suffix component matched; 0: no matter */
};

/* nets: LPM trie. IPv4 addresses are mapped, ::ffff:a.b.c.d. */
enum cf_net_direction {
	CF_NET_CONNECT = 0,
	CF_NET_LISTEN = 1,
};

struct cf_net_key {
	__u32 prefixlen; /* bits: 64 for agent, layer and direction, then those of the address */
	__u32 agent;
	__u16 layer;
	__u16 direction;  /* enum cf_net_direction */
	__u8 address[16]; /* network order */
};

#define CF_NET_TCP (1U << 0)
#define CF_NET_UDP (1U << 1)

struct cf_net_ports {
	__u16 first;
	__u16 last; /* inclusive */
	__u16 rule;
	__u8 protocols; /* CF_NET_* */
	__u8 reserved;
};

struct cf_net {
	__u32 n_ports;
	struct cf_net_ports ports[CF_MAX_NET_PORTS];
};

/* -------------------------------------------------------- state, counters */

/* counters: slot -> struct cf_counters. decided = delivered + dropped holds at rest. */
struct cf_counters {
	__u64 decided; /* denials and would-denials */
	__u64 delivered;
	__u64 dropped;
	__u64 unknown;	/* of the decided: those that came from not knowing */
	__u64 observed; /* observation events, delivered */
	__u64 observed_dropped;
	__u64 produced_bytes; /* in the denial ring; what is unread is this less the credit */
	__u64 observe_produced_bytes;
};

/* credits: slot -> struct cf_credit, written by the consumer */
struct cf_credit {
	__u64 consumed_bytes;
	__u64 observe_consumed_bytes;
};

/*
 * A directory's verdict for what is in it. One writer claims a slot, readers check `version`
 * twice. The kernel part's own: here because the skeleton tells its type.
 */
struct cf_cache_slot {
	__u64 version; /* odd while it is written */
	__u64 ino;
	__u64 superblock;
	__u32 generation;
	__u32 agent;
	__u64 topology; /* an agent's own renames count: 32 bits would come round */
	__u32 rights;
	__u32 domain; /* what the agent's domain says of the fast road: CF_CACHED_* */
};

/* Below these, 1U << enum cf_op of allowed operations to report. */
#define CF_CACHED_KEEPS (1U << 30) /* CF_DOMAIN_KEEPS */
#define CF_CACHED_NAMES (1U << 31) /* CF_DOMAIN_NAMES */
_Static_assert(_CF_OP_MAX <= 30, "an operation's bit in struct cf_cache_slot's domain");

/* ---------------------------------------------------------------- events */

enum cf_event_type {
	CF_EVENT_VERDICT = 1,
	_CF_EVENT_MAX = 2,
};

struct cf_event_header {
	__u64 time_ns;	/* boot clock */
	__u64 sequence; /* per agent and ring, from 1, without gaps */
	__u32 agent;
	__u32 tgid; /* in the initial pid namespace */
	__u16 type; /* enum cf_event_type */
	__u16 size; /* of the whole event */
	__u32 tid;
};

/* How the objects are told: names copied leaf to root, each with its NUL, one object after the other. */
#define CF_EVENT_OBJECT_CUT  (1U << 0) /* names were left out at the root's end */
#define CF_EVENT_TARGET_CUT  (1U << 1)
#define CF_EVENT_EXE_CUT     (1U << 2)
#define CF_EVENT_HAS_TARGET  (1U << 3)
#define CF_EVENT_HAS_ADDRESS (1U << 4)
#define CF_EVENT_TRUNCATED   (CF_EVENT_OBJECT_CUT | CF_EVENT_TARGET_CUT | CF_EVENT_EXE_CUT)

struct cf_event_verdict {
	struct cf_event_header header;
	__u64 ino; /* of the object; 0 if it does not exist */
	__u64 target_ino;
	__u64 cgroup; /* of the task */
	__u32 dev;    /* of the object, MKDEV */
	__u32 target_dev;
	__u32 exe_dev;
	__u32 uid;
	__u32 gid;
	__u32 ppid;
	__u32 wanted; /* CF_RIGHT_* */
	__u32 given;  /* CF_RIGHT_* that the deciding rule gives */
	__s32 error;  /* what the caller got, as a positive errno */
	__u32 zone;
	__u32 flags; /* CF_EVENT_* */
	__u32 detail; /* family << 16 | type << 8 | protocol of a socket; st_mode of a made node; else 0 */
	__u16 rule;
	__u8 layer;
	__u8 verdict;	  /* enum cf_verdict_code */
	__u8 op;	  /* enum cf_op */
	__u8 reason;	  /* enum cf_reason */
	__u16 port;	  /* host order */
	__u8 address[16]; /* network order, IPv4 mapped */
	char comm[CF_COMM_SIZE];
	__u16 object_size; /* bytes of names of the object, */
	__u16 target_size; /* of the second object (a new name, a link), */
	__u16 exe_size;	   /* and of the executable, in this order */
	__u16 reserved;
	char names[CF_EVENT_NAMES_SIZE];
};

/* Bytes of a verdict event without its names. */
#define CF_EVENT_VERDICT_FIXED (sizeof(struct cf_event_verdict) - CF_EVENT_NAMES_SIZE)

/* ------------------------------------------------- what identify reports */

/* One record per directory level, object first, written by iter/task_file for the daemon's own O_PATH fds. */
struct cf_identity {
	__u64 superblock; /* address */
	__u64 ino;
	__u64 magic; /* filesystem's */
	__u32 fd;    /* which descriptor */
	__u32 level; /* 0 the object itself, rising towards the root */
	__u32 dev;
	__u32 generation;
	__u32 mode;
	__u32 nlink;
	__u32 is_root;	   /* 1 on the last record: this is the superblock's root */
	__u32 name_length; /* full length; more than 255 cannot be */
	char name[256];
};

_Static_assert(sizeof(struct cf_object_key) == 16, "cf_object_key");
_Static_assert(sizeof(struct cf_anchor) == 32, "cf_anchor");
_Static_assert(sizeof(struct cf_superblock) == 24, "cf_superblock");
_Static_assert(sizeof(struct cf_place_key) == 72, "cf_place_key");
_Static_assert(sizeof(struct cf_rights) == 64, "cf_rights");
_Static_assert(sizeof(struct cf_digest_key) == 76, "cf_digest_key");
_Static_assert(sizeof(struct cf_digest) == 4, "cf_digest");
_Static_assert(sizeof(struct cf_name_key) == 72, "cf_name_key");
_Static_assert(sizeof(struct cf_affix_key) == 72, "cf_affix_key");
_Static_assert(sizeof(struct cf_name_mask) == 64, "cf_name_mask");
_Static_assert(sizeof(struct cf_name_rule) == 8, "cf_name_rule");
_Static_assert(sizeof(struct cf_net_key) == 28, "cf_net_key");
_Static_assert(sizeof(struct cf_net_ports) == 8, "cf_net_ports");
_Static_assert(sizeof(struct cf_net) == 132, "cf_net");
_Static_assert(sizeof(struct cf_domain) == 336, "cf_domain");
_Static_assert(sizeof(struct cf_event_header) == 32, "cf_event_header");
_Static_assert(sizeof(struct cf_event_verdict) == 152 + CF_EVENT_NAMES_SIZE, "cf_event_verdict");
_Static_assert(sizeof(struct cf_identity) == 312, "cf_identity");

#endif /* CF_ABI_H */
