/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From YAML text to a layer image: document (YAML to nodes with marks), bind
 * (nodes to a typed policy, unknown keys refused), check (meaning), compile.
 * Pure: the caller supplies the text and a function that finds what `extends`
 * names.
 *
 * Layer 1 (policy).
 */
#ifndef CF_POLICY_POLICY_H
#define CF_POLICY_POLICY_H

#include <stddef.h>

struct cf_diag;
struct cf_layer;
struct cf_policy;

/**
 * cf_policy_find_fn - supply the text of a policy or pack that `extends` names
 * @name:       as written; already checked to be a plain name ([a-z0-9-]+)
 * @userdata:   the caller's
 * @ret_file:   name for diagnostics; owned by the callee until the parse ends
 * @ret_text:   its bytes; likewise
 * @ret_size:   their number
 *
 * Return: 0; -ENOENT; any other negative errno
 */
typedef int (*cf_policy_find_fn)(const char *name, void *userdata, const char **ret_file,
				 const char **ret_text, size_t *ret_size);

/**
 * cf_policy_parse() - read one policy with all that it extends
 * @file:       its name in diagnostics
 * @text:       YAML, UTF-8, not NUL-terminated
 * @size:       bytes
 * @find:       resolves `extends`; NULL: none may be used
 * @userdata:   for @find
 * @ret_policy: on success, owned by the caller (cf_policy_free())
 * @diag:       first problem with file:line:column; written on failure only
 *
 * Return: 0; -EINVAL with @diag filled; -ENOMEM
 */
int cf_policy_parse(const char *file, const char *text, size_t size, cf_policy_find_fn find,
		    void *userdata, struct cf_policy **ret_policy, struct cf_diag *diag);

void cf_policy_free(struct cf_policy **policy);

/* The name that the document gives itself; borrowed, valid as long as the policy is. */
const char *cf_policy_name(const struct cf_policy *policy);

/* The values of the variables; a NULL one is unresolvable and an error where it is used. */
struct cf_policy_variables {
	const char *workspace; /* absolute path */
	const char *home;      /* absolute path */
	const char *user;
	const char *agent; /* name of the agent */
	const char *tmp;   /* absolute path */
};

/**
 * cf_policy_compile() - turn a parsed policy into a layer image
 * @policy:    borrowed
 * @variables: borrowed
 * @ret_layer: on success, one malloc()ed buffer of layer->size bytes, owned by the caller (free())
 * @diag:      first problem with file:line:column; written on failure only
 *
 * Return: 0; -EINVAL unresolvable variable, contradiction; -E2BIG a limit of bpf/abi.h is passed; -ENOMEM
 */
int cf_policy_compile(const struct cf_policy *policy, const struct cf_policy_variables *variables,
		      struct cf_layer **ret_layer, struct cf_diag *diag);

/**
 * cf_policy_print() - the merged policy as canonical YAML, each rule with where it came from as a comment
 * @layer:    checked image
 * @ret_text: malloc()ed, NUL-terminated, owned by the caller
 *
 * Return: 0; -ENOMEM
 */
int cf_policy_print(const struct cf_layer *layer, char **ret_text);

#endif /* CF_POLICY_POLICY_H */
