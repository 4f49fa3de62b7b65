/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of rules: how they may be written, and with variables filled in.
 *
 * A path variable (workspace, home, tmp) stands at the very start and is
 * followed by a slash or nothing; a name variable (user, agent) may stand
 * anywhere below. Doubled and trailing slashes are dropped; "." and ".." are
 * refused, for they mean something else once a symlink is on the way.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_PATH_H
#define CF_POLICY_PATH_H

#include <stdbool.h>

#include "policy/place.h"

struct cf_arena;
struct cf_policy_variables;

/* Absolute, printable, no empty, "." or ".." component, not "/", within the bounds of bpf/abi.h. */
bool cf_path_is_normal(const char *path);

/**
 * struct cf_written_path - a path as a policy has it
 * @text:  with its variables
 * @place: of it
 * @diag:  receives the first problem; may be NULL
 */
struct cf_written_path {
	const char *text;
	const struct cf_place *place;
	struct cf_diag *diag;
};

/**
 * cf_path_check() - is a path well written, whatever the variables hold
 * @arena:    receives the result
 * @path:     as it is written
 * @ret_text: its text without doubled and trailing slashes
 *
 * Return: 0; -EINVAL with path->diag filled; -ENOMEM
 */
int cf_path_check(struct cf_arena *arena, const struct cf_written_path *path,
		  const char **ret_text);

/**
 * cf_path_expand() - fill the variables in
 * @arena:     receives the result
 * @path:      its text is from cf_path_check()
 * @variables: their values, which are checked where they are used
 * @ret_path:  absolute and normal (cf_path_is_normal())
 *
 * Return: 0; -EINVAL with path->diag filled; -ENOMEM
 */
int cf_path_expand(struct cf_arena *arena, const struct cf_written_path *path,
		   const struct cf_policy_variables *variables, const char **ret_path);

#endif /* CF_POLICY_PATH_H */
