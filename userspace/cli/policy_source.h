/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy that a person names on the command line: a plain name is an
 * installed one, anything with a '/' or that ends in ".yaml" is a file, which
 * is read here, with the person's own rights.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_POLICY_SOURCE_H
#define CF_CLI_POLICY_SOURCE_H

#include <stdbool.h>

#include "profiles/library.h"

/* Whether the name is a file's. Pure. */
bool cf_policy_source_is_file(const char *name);

/**
 * cf_policy_source_read() - find out what a name means
 * @name:       as typed; borrowed for the source's life
 * @is_file:    as cf_policy_source_is_file() says, or true where only files will do
 * @ret_source: on success; its text is the caller's, in @ret_text
 * @ret_text:   malloc()ed, or NULL
 * @diag:       written on failure only
 */
int cf_policy_source_read(const char *name, bool is_file, struct cf_policy_source *ret_source,
			  char **ret_text, struct cf_diag *diag);

/* Values for the variables when nobody runs anything: this user's, and the current folder. */
struct cf_policy_variables;
struct cf_surroundings {
	char workspace[4096];
	char home[4096];
	char tmp[4096];
	char user[256];
};

/* Can a TMPDIR be ${tmp}? An absolute path, and not '/'; what there is instead is /tmp. */
bool cf_tmpdir_is_usable(const char *tmpdir);

/**
 * cf_surroundings_find() - workspace, home and user as they are now
 * @workspace: as typed, or NULL: the current folder
 * @diag:      what is missing, and what to do; written on failure only
 *
 * Return: 0; -ENOENT, -ENOTDIR, -EINVAL the workspace will not do; -ENXIO the home is not known
 */
int cf_surroundings_find(const char *workspace, struct cf_surroundings *ret_place,
			 struct cf_diag *diag);

/* The variables in a place; borrowed from it. */
void cf_surroundings_variables(const struct cf_surroundings *place, const char *agent,
			       struct cf_policy_variables *ret_variables);

#endif /* CF_CLI_POLICY_SOURCE_H */
