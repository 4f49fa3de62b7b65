/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy after binding: settings and rules with their places, variables not
 * yet filled in. All of it lives in the policy's arena.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_MODEL_H
#define CF_POLICY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "policy/address.h"
#include "policy/digest.h"
#include "policy/pattern.h"
#include "policy/place.h"

/* Values of which there is one; a later document's takes the place of an earlier one's. */
enum cf_setting_id {
	CF_SETTING_MODE = 0,   /* 1: audit */
	CF_SETTING_FILES,      /* CF_RIGHT_* where no rule holds */
	CF_SETTING_SETUID,     /* 1: allow */
	CF_SETTING_MEMFD,      /* 1: allow */
	CF_SETTING_NAMESPACES, /* 1: allow */
	CF_SETTING_IO_URING,   /* 1: allow */
	CF_SETTING_NETWORK,    /* 1: allow */
	CF_SETTING_MEMORY,     /* bytes */
	CF_SETTING_PIDS,
	CF_SETTING_CPU, /* permille of one CPU */
	_CF_SETTING_MAX,
};

/**
 * struct cf_setting - one value
 * @place:  where it was written; its file is NULL if it was not
 * @number: see enum cf_setting_id
 */
struct cf_setting {
	struct cf_place place;
	uint64_t number;
};

enum cf_rule_kind {
	CF_RULE_PATH = 0,
	CF_RULE_NAME,
	CF_RULE_EXEC, /* an entry of `exec.only` */
	CF_RULE_PIN,  /* an entry of `exec.pins` */
	CF_RULE_ALLOW,
	CF_RULE_DENY,
	CF_RULE_LISTEN,
	_CF_RULE_MAX,
};

/**
 * struct cf_rule - one rule of any kind
 * @kind:        what it is
 * @place:       where it was written
 * @document:    number of the document, in the order of merging
 * @is_replaced: a later document has a rule for the same subject
 * @subject:     what it is about, in one spelling: a path (of an entry of `exec.only` and `exec.pins` too), a name pattern, or prefix, ports and protocol
 * @text:        the rule on one line
 * @rights:      of a path or name rule
 * @name:        of a name rule
 * @files:       names of files: a name rule's `except`, a path rule's `replace`; @n_files of them
 * @digest:      of a pin; two that differ in it are not for the same thing
 * @prefix:      of a network rule
 * @ports:       of an allow or listen rule
 * @protocols:   CF_NET_*, of an allow or listen rule
 */
struct cf_rule {
	enum cf_rule_kind kind;
	struct cf_place place;
	uint32_t document;
	bool is_replaced;
	const char *subject;
	const char *text;
	uint16_t rights;
	uint16_t n_files;
	const struct cf_name_pattern *name;
	const struct cf_layer_pattern *files;
	struct cf_file_digest digest;
	struct cf_prefix prefix;
	struct cf_ports ports;
	uint8_t protocols;
};

/* A policy or pack that `extends` names. */
struct cf_extended {
	const char *name;
	struct cf_place place;
};

/**
 * struct cf_bound - what one document says, or what all of them say together
 * @name:     the policy's
 * @place:    of the document's root
 * @settings: by enum cf_setting_id
 * @observe:  1U << enum cf_op
 * @rules:    in the order written
 * @extends:  in the order written; empty after merging
 */
struct cf_bound {
	const char *name;
	struct cf_place place;
	struct cf_setting settings[_CF_SETTING_MAX];
	uint32_t observe;
	CF_ARRAY(struct cf_rule *) rules;
	CF_ARRAY(struct cf_extended) extends;
};

struct cf_policy {
	struct cf_arena arena;
	struct cf_bound bound;
};

void cf_bound_done(struct cf_bound *bound);

#endif /* CF_POLICY_MODEL_H */
