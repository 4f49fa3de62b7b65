/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text as a tree of nodes with their places. Only what the policy
 * language needs of YAML is taken: no anchors, aliases, tags, directives or
 * second document; no key twice. Plain scalars have the types of YAML 1.2's
 * core schema, so `on` and `no` are strings.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_DOCUMENT_H
#define CF_POLICY_DOCUMENT_H

#include <stddef.h>

#include "policy/place.h"

struct cf_arena;

#define CF_DOCUMENT_MAX_BYTES (4U << 20) /* of text: CF_MAX_RULES rules of 200 bytes */
#define CF_DOCUMENT_MAX_DEPTH 12	 /* nodes from the root; the language needs 6 */
#define CF_DOCUMENT_MAX_KEYS  64	 /* keys of one map; the language needs 11 */

enum cf_node_type {
	CF_NODE_NULL = 0,
	CF_NODE_BOOLEAN,
	CF_NODE_INTEGER, /* decimal, without sign or leading zeros */
	CF_NODE_NUMBER,	 /* any other number, which the language never takes */
	CF_NODE_STRING,
	CF_NODE_LIST,
	CF_NODE_MAP,
	_CF_NODE_MAX,
};

/**
 * struct cf_node - a node; it and all it points to live in the arena
 * @type:   what it is
 * @place:  of its first character
 * @text:   a scalar's value, NUL-terminated, without control characters; else ""
 * @length: bytes of @text
 * @key:    if its parent is a map, the key's scalar
 * @first:  first item of a list, first value of a map
 * @next:   next one of the parent's
 */
struct cf_node {
	enum cf_node_type type;
	struct cf_place place;
	const char *text;
	size_t length;
	const struct cf_node *key;
	struct cf_node *first;
	struct cf_node *next;
};

/* "a string", "a list": for messages. */
const char *cf_node_type_text(enum cf_node_type type);

/**
 * struct cf_document_text - what is to be read
 * @file:  its name, living as long as the arena
 * @bytes: borrowed for the call
 * @size:  their number
 */
struct cf_document_text {
	const char *file;
	const char *bytes;
	size_t size;
};

/**
 * cf_document_parse() - read one YAML document
 * @arena:    receives the nodes
 * @text:     the document
 * @ret_root: on success, in @arena
 * @diag:     first problem; written on failure only
 *
 * Context: pure
 * Return:  0; -EINVAL with @diag filled; -ENOMEM
 */
int cf_document_parse(struct cf_arena *arena, const struct cf_document_text *text,
		      const struct cf_node **ret_root, struct cf_diag *diag);

#endif /* CF_POLICY_DOCUMENT_H */
