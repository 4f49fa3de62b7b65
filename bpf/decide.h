/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision: what was asked against what was given. Plain C that compiles
 * for BPF and for the host, so the function that judges in the kernel is the
 * one that the tests and the explanations run.
 *
 * It reads no map and no kernel object: the caller has gathered the grants.
 */
#ifndef CF_DECIDE_H
#define CF_DECIDE_H

#include "abi.h"

/* What one layer's rule, or a filesystem's type, gives for an object. */
struct cf_grant {
	__u16 rights;
	__u16 rule;
	__u8 layer;
	__u8 reason;   /* the enum cf_reason that a refusal through this grant has */
	__u16 replace; /* component bit of file names that it lets go; CF_NAME_BITS: none */
};

struct cf_query {
	__u32 wanted;	    /* CF_RIGHT_* */
	__u32 n_grants;	    /* 0: nothing is known of the object */
	__u32 domain_flags; /* CF_DOMAIN_* */
	__u32 refusal; /* an enum cf_reason that refuses whatever the grants say, or CF_REASON_NONE */
	struct cf_grant grants[CF_MAX_GRANTS];
};

struct cf_verdict {
	__u8 code; /* enum cf_verdict_code */
	__u8 reason;
	__u8 layer;
	__u8 reserved;
	__u16 rule;
	__u16 given; /* rights of the deciding grant */
};

/* Refusals that come from not knowing. */
static inline int cf_reason_is_unknown(__u32 reason)
{
	return (reason >= CF_REASON_NO_DOMAIN && reason <= CF_REASON_UNREADABLE) ||
	       reason == CF_REASON_NO_DIGEST;
}

/**
 * cf_decide() - judge a query
 * @query:   gathered grants; not changed
 * @verdict: receives the answer, whole
 *
 * Allowed only if there is no refusal, there is at least one grant, and every
 * grant has all that is wanted. The first grant that lacks something decides;
 * its reason says whether that is known.
 * Audit mode turns every denial but those of an absent domain into a
 * would-deny.
 *
 * Context: pure; bounded by CF_MAX_GRANTS
 */
static inline void cf_decide(const struct cf_query *query, struct cf_verdict *verdict)
{
	__u32 i;

	verdict->code = CF_VERDICT_ALLOW;
	verdict->reason = CF_REASON_NONE;
	verdict->layer = 0;
	verdict->reserved = 0;
	verdict->rule = CF_RULE_NONE;
	verdict->given = 0;

	if (query->refusal != CF_REASON_NONE) {
		verdict->code =
			cf_reason_is_unknown(query->refusal) ? CF_VERDICT_UNKNOWN : CF_VERDICT_DENY;
		verdict->reason = (__u8)query->refusal;
	} else {
		/* Two exits, and the bound after the loop: clang 19 would else fold both into one the verifier cannot follow. */
		for (i = 0; i < CF_MAX_GRANTS; i++) {
			const struct cf_grant *grant = &query->grants[i];

			if (i >= query->n_grants)
				break;
			if ((query->wanted & ~grant->rights) == 0)
				continue;
			verdict->code = cf_reason_is_unknown(grant->reason) ? CF_VERDICT_UNKNOWN
									    : CF_VERDICT_DENY;
			verdict->reason = grant->reason;
			verdict->layer = grant->layer;
			verdict->rule = grant->rule;
			verdict->given = grant->rights;
			break;
		}
		if (query->n_grants == 0 || query->n_grants > CF_MAX_GRANTS) {
			verdict->code = CF_VERDICT_UNKNOWN;
			verdict->reason = CF_REASON_UNREADABLE;
		}
	}
	if (verdict->code != CF_VERDICT_ALLOW && (query->domain_flags & CF_DOMAIN_AUDIT) &&
	    verdict->reason != CF_REASON_NO_DOMAIN)
		verdict->code = CF_VERDICT_WOULD_DENY;
}

/* Objects of procfs and sysfs, and terminals. */
enum cf_kinship {
	CF_KINSHIP_NONE = 0,	/* may only be listed */
	CF_KINSHIP_LISTED = 1,	/* on the list of what may be read, or a symbolic link */
	CF_KINSHIP_OWN = 2,	/* of a process of the asking agent; its terminal */
	CF_KINSHIP_FOREIGN = 3, /* of another process */
};

/**
 * cf_class_rights() - what a superblock's type gives, where no zone does
 * @class:        enum cf_zone_class
 * @kinship:      enum cf_kinship
 * @domain_flags: CF_DOMAIN_*
 *
 * Return: CF_RIGHT_*
 */
static inline __u32 cf_class_rights(__u32 class, __u32 kinship, __u32 domain_flags)
{
	const __u32 read_only = CF_RIGHT_READ | CF_RIGHT_LIST;

	switch (class) {
	case CF_ZONE_PROC:
	case CF_ZONE_SYS:
		switch (kinship) {
		case CF_KINSHIP_NONE:
			return CF_RIGHT_LIST;
		case CF_KINSHIP_LISTED:
			return read_only;
		case CF_KINSHIP_OWN:
			return read_only | CF_RIGHT_WRITE | CF_RIGHT_APPEND | CF_RIGHT_IOCTL;
		default:
			return 0;
		}
	case CF_ZONE_CGROUP:
		return read_only;
	case CF_ZONE_DEVPTS:
		if (kinship != CF_KINSHIP_OWN)
			return CF_RIGHT_LIST;
		return read_only | CF_RIGHT_WRITE | CF_RIGHT_APPEND | CF_RIGHT_METADATA |
		       CF_RIGHT_IOCTL;
	case CF_ZONE_INTERNAL:
	case CF_ZONE_OWN: /* files that no rule of the policy can name: executing them has a word of its own */
		return (domain_flags & CF_DOMAIN_MEMFD_EXEC)
			       ? CF_RIGHTS_ALL
			       : CF_RIGHTS_ALL & ~(__u32)CF_RIGHT_EXEC;
	default:
		return 0;
	}
}

/**
 * cf_rights_keep() - do these rights give writing, but keep what is there?
 * @rights: CF_RIGHT_*
 *
 * There, what no hook sees (fallocate modes, RWF_NOAPPEND) is refused by the
 * seccomp filter of `run`. A task that came otherwise has none, and cannot write.
 */
static inline int cf_rights_keep(__u32 rights)
{
	return (rights & (CF_RIGHT_WRITE | CF_RIGHT_APPEND)) && !(rights & CF_RIGHT_DELETE);
}

#define CF_RIGHTS_NO_WRITING (CF_RIGHTS_ALL & ~(__u32)(CF_RIGHT_WRITE | CF_RIGHT_APPEND))

/* What every agent may do with those. */
#define CF_RIGHTS_DEVICE \
	(CF_RIGHT_READ | CF_RIGHT_WRITE | CF_RIGHT_APPEND | CF_RIGHT_EXEC | CF_RIGHT_IOCTL)

/**
 * cf_is_plain_device() - device nodes that any agent may use: they hold nothing
 * @mode: st_mode of the node
 * @rdev: kernel encoding, major << 20 | minor
 *
 * null, zero, full, random, urandom; tty and ptmx, which give nobody else's terminal.
 *
 * Source: Documentation/admin-guide/devices.txt
 */
static inline int cf_is_plain_device(__u32 mode, __u32 rdev)
{
	const __u32 major = rdev >> 20, minor = rdev & 0xfffff;

	if ((mode & 0170000) != 0020000)
		return 0;
	if (major == 1)
		return minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9;
	return major == 5 && (minor == 0 || minor == 2);
}

#endif /* CF_DECIDE_H */
