/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "api/body.h"
#include "base/cleanup.h"
#include "policy/diag.h"
#include "wire/protocol.h"

static const char *const members[] = {
	"policy", "workspace", "home", "user", "tmp", "name", "audit", "pid",
};
static const char *const policy_members[] = {"name", "file", "text"};

static int refuse(struct cf_diag *diag, const char *member, const char *expected)
{
	return cf_diag_set(diag, -EINVAL, "CF-A002", "", 0, 0, "", "'%.64s': expected %s", member,
			   expected);
}

static int check_members(const json_t *object, const char *const *known, size_t n_known,
			 struct cf_diag *diag)
{
	const char *key;
	json_t *value;

	/* The macro takes no const object, and changes none. */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		bool is_known = false;

		for (size_t i = 0; i < n_known; i++)
			is_known = is_known || strcmp(known[i], key) == 0;
		if (!is_known)
			return refuse(diag, key, "no such member");
	}
	return 0;
}

/* A string member; NULL if it is not there. */
static int get_text(const json_t *object, const char *member, const char **ret_text,
		    struct cf_diag *diag)
{
	const json_t *value = json_object_get(object, member);

	*ret_text = NULL;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return refuse(diag, member, "a string");
	*ret_text = json_string_value(value);
	return 0;
}

static int get_path(const json_t *object, const char *member, const char **ret_path,
		    struct cf_diag *diag)
{
	int r = get_text(object, member, ret_path, diag);

	if (r < 0 || !*ret_path)
		return r;
	if (**ret_path != '/' || strlen(*ret_path) >= PATH_MAX)
		return refuse(diag, member, "an absolute path");
	return 0;
}

static int get_policy(struct cf_create_body *body, struct cf_diag *diag)
{
	const json_t *policy = json_object_get(body->root, "policy");
	int r;

	if (!json_is_object(policy))
		return refuse(diag, "policy", "an object with 'name', or with 'text' and 'file'");
	r = check_members(policy, policy_members,
			  sizeof(policy_members) / sizeof(policy_members[0]), diag);
	if (r == 0)
		r = get_text(policy, "name", &body->policy_name, diag);
	if (r == 0)
		r = get_text(policy, "file", &body->policy_file, diag);
	if (r == 0)
		r = get_text(policy, "text", &body->policy_text, diag);
	if (r < 0)
		return r;
	if (!body->policy_name == !body->policy_text)
		return refuse(diag, "policy", "either 'name' or 'text'");
	if (body->policy_text && !body->policy_file)
		return refuse(diag, "policy", "'file' beside 'text'");
	body->policy_size = json_string_length(json_object_get(policy, "text"));
	return 0;
}

static int get_pid(struct cf_create_body *body, struct cf_diag *diag)
{
	const json_t *pid = json_object_get(body->root, "pid");

	if (!json_is_integer(pid) || json_integer_value(pid) < 1 ||
	    json_integer_value(pid) > INT32_MAX)
		return refuse(diag, "pid", "the number of a child of the caller");
	body->pid = (uint32_t)json_integer_value(pid);
	return 0;
}

static int get_all(struct cf_create_body *body, struct cf_diag *diag)
{
	const json_t *audit = json_object_get(body->root, "audit");
	int r;

	r = check_members(body->root, members, sizeof(members) / sizeof(members[0]), diag);
	if (r == 0)
		r = get_policy(body, diag);
	if (r == 0)
		r = get_path(body->root, "workspace", &body->workspace, diag);
	if (r == 0)
		r = get_path(body->root, "home", &body->home, diag);
	if (r == 0)
		r = get_path(body->root, "tmp", &body->tmp, diag);
	if (r == 0)
		r = get_text(body->root, "user", &body->user, diag);
	if (r == 0)
		r = get_text(body->root, "name", &body->name, diag);
	if (r == 0)
		r = get_pid(body, diag);
	if (r < 0)
		return r;
	if (audit && !json_is_boolean(audit))
		return refuse(diag, "audit", "true or false");
	body->is_audit = json_is_true(audit);
	if (body->name && !cf_agent_name_is_valid(body->name))
		return refuse(
			diag, "name",
			"up to 63 letters, digits, '.', '_' and '-', a letter or digit first");
	if (!body->workspace || strspn(body->workspace, "/") == strlen(body->workspace))
		return refuse(diag, "workspace", "the absolute path of a folder other than '/'");
	return 0;
}

int cf_create_body_parse(const char *text, size_t size, struct cf_create_body *ret_body,
			 struct cf_diag *diag)
{
	CF_CLEANUP(cf_create_body_done) struct cf_create_body body = {};
	json_error_t error;
	int r;

	body.root = json_loadb(text ? text : "", size, JSON_REJECT_DUPLICATES, &error);
	if (!body.root)
		return cf_diag_set(diag, -EINVAL, "CF-A001", "", 0, 0, "",
				   "the body is not JSON: %s (line %d)", error.text, error.line);
	if (!json_is_object(body.root))
		return cf_diag_set(diag, -EINVAL, "CF-A001", "", 0, 0, "",
				   "the body is not a JSON object");
	r = get_all(&body, diag);
	if (r < 0)
		return r;
	*ret_body = body;
	body.root = NULL; /* it is the caller's */
	return 0;
}

void cf_create_body_done(struct cf_create_body *body)
{
	json_decref(body->root);
	body->root = NULL;
}
