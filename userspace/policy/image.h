/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled forms of a policy. A *layer image* is one policy with its
 * variables filled in and its rules numbered: one flat buffer without
 * pointers, so that the unprivileged side can hand it to the privileged side,
 * which checks it again (cf_layer_check()) and alone resolves its paths. A
 * *domain image* is an ordered stack of layers folded into the kernel's
 * tables: pure as well, but for the paths, which the kernel layer turns into
 * zones.
 *
 * Layer 1 (policy): no I/O, no clock, no logging.
 */
#ifndef CF_POLICY_IMAGE_H
#define CF_POLICY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct cf_diag;

#define CF_LAYER_MAGIC	   0x4c46434dU /* "MCFL" */
#define CF_LAYER_VERSION   3U
#define CF_LAYER_MAX_SIZE  (16U << 20) /* bytes; the largest policy allowed, with room */
#define CF_MAX_PATH_LENGTH 4095U       /* bytes of a path in a rule, without its NUL */
#define CF_MAX_SOURCE_TEXT \
	(2 * CF_MAX_PATH_LENGTH + 256) /* bytes of a rule's text: a path with every byte quoted */
#define CF_MAX_SOURCE_FILE 255U	       /* bytes of the name of the file that a rule is from */
#define CF_MAX_FILE_NAMES  16	       /* names in one rule's `except` or `replace` */
#define CF_MAX_PINS	   1024U /* in one policy: each zone inside a pinned one has them all */
#define CF_MAX_LAYER_NETS \
	(CF_MAX_RULES + 4) /* a prefix for each rule, the defaults', what keeps ::/0 off IPv4 */

/* What a policy can ask to be told of: exec, connect, write. */
#define CF_LAYER_OBSERVE_MASK ((1U << CF_OP_EXEC) | (1U << CF_OP_CONNECT) | (1U << CF_OP_OPEN))

/* struct cf_layer.flags */
#define CF_LAYER_AUDIT	     (1U << 0)
#define CF_LAYER_NAMESPACES  (1U << 1) /* user namespaces and mounts in them are allowed */
#define CF_LAYER_MEMFD_EXEC  (1U << 2)
#define CF_LAYER_SETUID_EXEC (1U << 3) /* setuid programs may gain rights: no no_new_privs */
#define CF_LAYER_IO_URING    (1U << 4)
#define CF_LAYER_FLAGS                                                                       \
	(CF_LAYER_AUDIT | CF_LAYER_NAMESPACES | CF_LAYER_MEMFD_EXEC | CF_LAYER_SETUID_EXEC | \
	 CF_LAYER_IO_URING)

/**
 * struct cf_layer_path - a file rule: rights for the subtree at a path
 * @path:       offset in strings of an absolute, lexically normal path
 * @rights:     CF_RIGHT_*
 * @rule:       its number
 * @replaces:   index in patterns of the names of files that may be moved away, over others too, and removed
 * @n_replaces: how many
 */
struct cf_layer_path {
	uint32_t path;
	uint16_t rights;
	uint16_t rule;
	uint32_t replaces;
	uint8_t n_replaces;
	uint8_t reserved[3];
};

/**
 * struct cf_layer_exec - the files at a path and below may be executed, where nothing writes to them
 * @path: as in struct cf_layer_path
 * @rule: its number
 *
 * A layer with any lets nothing else be executed.
 */
struct cf_layer_exec {
	uint32_t path;
	uint16_t rule;
	uint16_t reserved;
};

/**
 * struct cf_layer_digest - what is at a path, and below, is executed only if it has this digest
 * @path:   as in struct cf_layer_path
 * @rule:   its number
 * @kind:   enum cf_digest_kind, not CF_DIGEST_ANY
 * @size:   bytes of @digest; zeros follow
 *
 * Several for one path: any of them will do. Nothing there can be changed by the agent.
 */
struct cf_layer_digest {
	uint32_t path;
	uint16_t rule;
	uint8_t kind;
	uint8_t size;
	uint8_t digest[CF_DIGEST_SIZE];
};

/* Bytes of a digest of this kind; 0: there is no such kind. */
static inline uint8_t cf_digest_size(uint8_t kind)
{
	switch (kind) {
	case CF_DIGEST_SHA256:
	case CF_DIGEST_VERITY_SHA256:
		return 32;
	case CF_DIGEST_VERITY_SHA512:
		return 64;
	default:
		return 0;
	}
}

enum cf_pattern_kind {
	CF_PATTERN_LITERAL = 0, /* text is the whole name */
	CF_PATTERN_AFFIX =
		1, /* text is the prefix, a NUL, the suffix; either may be empty, not both */
};

/**
 * struct cf_layer_pattern - one component of a name rule
 * @prefix_length: bytes of a literal or prefix
 * @suffix_length: bytes of a suffix, which starts at text[prefix_length + 1]
 */
struct cf_layer_pattern {
	uint8_t kind;
	uint8_t prefix_length;
	uint8_t suffix_length;
	uint8_t reserved;
	char text[2 * CF_NAME_SIZE];
};

/**
 * struct cf_layer_name - a name rule: rights for whatever bears a name, and all below it
 * @components:    index in patterns of its first component (outermost directory first)
 * @n_components:  1..CF_MAX_NAME_COMPONENTS
 * @excepts:       index in patterns of the names that files below are let through by; follows @components
 * @n_excepts:     how many
 * @children_only: 1: written "a/b/asterisk"; the rule is for what is below b, not for b
 */
struct cf_layer_name {
	uint32_t components;
	uint32_t excepts;
	uint16_t rights;
	uint16_t rule;
	uint8_t n_components;
	uint8_t n_excepts;
	uint8_t children_only;
	uint8_t reserved;
};

/**
 * struct cf_layer_net - one network prefix; ports of enclosing prefixes are merged in
 * @address:       network order, IPv4 mapped
 * @prefix_length: bits of address, 0..128 (an IPv4 prefix counts its 96 leading bits)
 * @direction:     enum cf_net_direction
 */
struct cf_layer_net {
	uint8_t address[16];
	uint16_t prefix_length;
	uint16_t direction;
	struct cf_net net;
};

/**
 * struct cf_layer_source - where a rule was written
 * @file: offset in strings of the file's name
 * @text: offset in strings of the rule as a person would write it, on one line
 * @line: from 1
 */
struct cf_layer_source {
	uint32_t file;
	uint32_t text;
	uint32_t line;
	uint32_t column;
};

/*
 * struct cf_layer - header; the arrays follow it in the order of their counts, then the strings.
 *
 * Paths are in rising order of their bytes, each once, and so are those that
 * may be executed. Digests are in rising order of path, kind and bytes, each once. Name rules use the
 * patterns one after the other, each rule's components and then its
 * exceptions; then the paths, each its `replaces`. Networks are in rising order of direction, address and length,
 * each once; one without ports denies what no rule is for, and ports without
 * protocols (0 to 65535, alone) deny by name of their rule.
 */
struct cf_layer {
	uint32_t magic;
	uint32_t version;
	uint32_t size;		 /* of the whole image, bytes */
	uint32_t flags;		 /* CF_LAYER_* */
	uint32_t observe;	 /* 1U << enum cf_op */
	uint32_t default_rights; /* CF_RIGHT_*; rule CF_RULE_DEFAULT */
	uint32_t n_paths;
	uint32_t n_execs;
	uint32_t n_digests;
	uint32_t n_patterns;
	uint32_t n_names;
	uint32_t n_nets;
	uint32_t n_sources; /* = number of rules, defaults included; index is the rule's number */
	uint32_t strings_size; /* bytes; NUL-terminated strings, offset 0 is "" */
	uint64_t memory_bytes; /* limits; 0: none */
	uint64_t pids;
	uint64_t cpu_permille; /* of one CPU */
	uint64_t lease_s;
	char name[CF_NAME_SIZE]; /* the policy's */
};

/* Views into a checked image: borrowed, valid as long as the image is. */
const struct cf_layer_path *cf_layer_paths(const struct cf_layer *layer);
const struct cf_layer_exec *cf_layer_execs(const struct cf_layer *layer);
const struct cf_layer_digest *cf_layer_digests(const struct cf_layer *layer);
const struct cf_layer_pattern *cf_layer_patterns(const struct cf_layer *layer);
const struct cf_layer_name *cf_layer_names(const struct cf_layer *layer);
const struct cf_layer_net *cf_layer_nets(const struct cf_layer *layer);
const struct cf_layer_source *cf_layer_sources(const struct cf_layer *layer);
const char *cf_layer_string(const struct cf_layer *layer, uint32_t offset);

/* Is `network: {default: allow}` what the policy says? */
bool cf_layer_allows_network(const struct cf_layer *layer);

/* Has it a rule that gives writing but keeps what is there (`append`, `rw-no-delete`)? */
bool cf_layer_keeps(const struct cf_layer *layer);

/* CF_RIGHT_* that its path rules and its default give at an absolute path; name rules are not looked at. */
uint16_t cf_layer_rights_at(const struct cf_layer *layer, const char *path);

/**
 * cf_layer_check() - tell whether bytes from an untrusted side are a sound layer image
 * @bytes: the buffer, 8-byte aligned
 * @size:  its size in bytes
 * @diag:  what is wrong; written on failure only; may be NULL
 *
 * Checks everything that later code relies on: sizes and offsets, enumerators,
 * reserved fields zero, strings terminated, paths absolute and normal, rule
 * numbers below n_sources, patterns well formed, ranges ordered.
 *
 * Context: pure
 * Return:  0; -EBADMSG
 */
int cf_layer_check(const void *bytes, size_t size, struct cf_diag *diag);

struct cf_domain_literal {
	struct cf_name_key key;
	struct cf_name_mask mask;
};

struct cf_domain_affix {
	struct cf_affix_key key;
	struct cf_name_mask mask;
};

struct cf_domain_name_rule {
	struct cf_name_rule_key key;
	struct cf_name_rule value;
};

struct cf_domain_net {
	struct cf_net_key key;
	struct cf_net value;
};

/* The bit of the names that one path rule of one layer lets replace. */
struct cf_domain_replace {
	uint16_t rule;
	uint16_t bit;
	uint8_t layer;
};

/**
 * struct cf_domain_image - a domain's tables, ready for the kernel's maps
 *
 * Every key bears the agent id given to cf_domain_build(). Paths are not in
 * here: the kernel layer reads them from the layers and gives each zone what
 * every layer says of it. But the bits of their `replaces` are.
 */
struct cf_domain_image {
	struct cf_domain domain;
	struct cf_name_ends ends;
	struct cf_domain_replace *replaces;
	size_t n_replaces;
	struct cf_domain_literal *literals;
	size_t n_literals;
	struct cf_domain_affix *prefixes;
	size_t n_prefixes;
	struct cf_domain_affix *suffixes;
	size_t n_suffixes;
	struct cf_domain_name_rule *name_rules;
	size_t n_name_rules;
	struct cf_domain_net *nets;
	size_t n_nets;
};

/**
 * cf_domain_build() - fold a stack of layers into the kernel's tables
 * @agent:     full agent id, put in every key
 * @layers:    checked layers, outermost (ceiling) first; borrowed
 * @n_layers:  1..CF_MAX_LAYERS
 * @ret_image: on success, owned by the caller (cf_domain_image_free())
 * @diag:      what does not fit; written on failure only; may be NULL
 *
 * Flags that allow something hold only if every layer has them; audit mode
 * only if every layer is in audit mode.
 *
 * Context: pure
 * Return:  0; -E2BIG more name components than CF_NAME_BITS; -ENOMEM
 */
int cf_domain_build(uint32_t agent, const struct cf_layer *const *layers, size_t n_layers,
		    struct cf_domain_image **ret_image, struct cf_diag *diag);

void cf_domain_image_free(struct cf_domain_image **image);

/* The bit of a path rule's `replaces`, for its rights in the kernel; CF_NAME_BITS: it has none. */
uint16_t cf_domain_replace_bit(const struct cf_domain_image *image, size_t layer, uint16_t rule);

#endif /* CF_POLICY_IMAGE_H */
