/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of POST /v1/agents, strictly read. Pure; fuzzed. Layer 3 (api).
 */
#ifndef CF_API_BODY_H
#define CF_API_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct cf_diag;

/**
 * struct cf_create_body - what is asked for; strings are in @root
 * @root:        the document; owned
 * @policy_name: plain name of an installed policy, or NULL
 * @policy_file: name of the file that @policy_text was in
 * @policy_text: YAML, if there is no name
 * @policy_size: its bytes
 * @workspace:   absolute, not "/"
 * @home:        absolute, or NULL
 * @user:        or NULL
 * @tmp:         absolute, or NULL
 * @name:        of the agent, valid; NULL: the policy's
 * @is_audit:    report only
 * @pid:         the waiting child
 */
struct cf_create_body {
	json_t *root;
	const char *policy_name;
	const char *policy_file;
	const char *policy_text;
	size_t policy_size;
	const char *workspace;
	const char *home;
	const char *user;
	const char *tmp;
	const char *name;
	bool is_audit;
	uint32_t pid;
};

/**
 * cf_create_body_parse() - read and check a body
 * @text:     @size bytes
 * @ret_body: on success; end it with cf_create_body_done()
 * @diag:     CF-A001 no JSON, CF-A002 a member; written on failure only
 *
 * Unknown members are refused.
 *
 * Context: pure
 * Return:  0; -EINVAL
 */
int cf_create_body_parse(const char *text, size_t size, struct cf_create_body *ret_body,
			 struct cf_diag *diag);

void cf_create_body_done(struct cf_create_body *body);

#endif /* CF_API_BODY_H */
