/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies and packs that an administrator installed: finds them by plain
 * name, and turns a policy into a layer image. Nothing is ever taken from a
 * workspace.
 *
 * Layer 2 (profiles).
 */
#ifndef CF_PROFILES_LIBRARY_H
#define CF_PROFILES_LIBRARY_H

#include <stddef.h>

#include "base/arena.h"

struct cf_diag;
struct cf_layer;
struct cf_policy;
struct cf_policy_variables;

#define CF_POLICY_DIRECTORY "/etc/cofferdam/policies" /* the administrator's: looked in first */
#define CF_POLICY_MAX_SIZE  (1U << 20)		      /* bytes of one file */

/**
 * struct cf_library - where to look, and what was read
 * @data_directory: has profiles/ and packs/; borrowed
 * @texts:          owns what was handed out, until cf_library_done()
 */
struct cf_library {
	const char *data_directory;
	struct cf_arena texts;
};

void cf_library_done(struct cf_library *library);

/* cf_policy_find_fn for `extends`; @userdata is the library. */
int cf_library_find(const char *name, void *userdata, const char **ret_file, const char **ret_text,
		    size_t *ret_size);

/* A policy as it is named to be run or shown: by plain name, or as text. */
struct cf_policy_source {
	const char *name; /* plain name, or NULL */
	const char *file; /* of the text, for diagnostics */
	const char *text;
	size_t size;
};

/**
 * cf_library_parse() - parse a policy with all that it extends
 * @source:     borrowed
 * @ret_policy: on success, owned by the caller (cf_policy_free())
 * @diag:       written on failure only
 *
 * Return: 0; -ENOENT no such policy; -EINVAL; other negative errno
 */
int cf_library_parse(struct cf_library *library, const struct cf_policy_source *source,
		     struct cf_policy **ret_policy, struct cf_diag *diag);

/* The same, and compiled: one malloc()ed layer image. */
int cf_library_compile(struct cf_library *library, const struct cf_policy_source *source,
		       const struct cf_policy_variables *variables, struct cf_layer **ret_layer,
		       struct cf_diag *diag);

#endif /* CF_PROFILES_LIBRARY_H */
