/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a document but for `files` and `network`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "policy/bind.h"
#include "policy/name.h"

#define MEMORY_MIN  (UINT64_C(1) << 20) /* less cannot start a program */
#define MEMORY_MAX  (UINT64_C(1) << 50)
#define PIDS_MAX    4194304 /* PID_MAX_LIMIT, include/linux/threads.h */
#define PERCENT_MAX 1000000 /* ten thousand CPUs */

static int bind_version(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	int r;

	(void)target;
	r = cf_bind_type(binder, value, CF_NODE_INTEGER, "the language's version, 1");
	if (r < 0)
		return r;
	if (strcmp(value->text, "1") != 0)
		return cf_place_error(binder->diag, CF_P_VERSION, &value->place,
				      "install a cofferdam that knows it",
				      "version '%.*s' of the language, expected 1",
				      cf_shown(value->text));
	return 0;
}

static int check_name(struct cf_binder *binder, const struct cf_node *value)
{
	int r;

	r = cf_bind_type(binder, value, CF_NODE_STRING, "a name");
	if (r < 0)
		return r;
	if (!cf_policy_name_is_valid(value->text))
		return cf_place_error(binder->diag, CF_P_NAME, &value->place, NULL,
				      "name '%.*s', expected 1 to %d of a-z, 0-9 and '-'",
				      cf_shown(value->text), CF_NAME_SIZE - 1);
	return 0;
}

static int bind_name(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	int r;

	(void)target;
	r = check_name(binder, value);
	if (r == 0)
		binder->bound->name = value->text;
	return r;
}

static int bind_extended(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	struct cf_extended extended = {.name = value->text, .place = value->place};
	int r;

	(void)target;
	r = check_name(binder, value);
	if (r < 0)
		return r;
	for (size_t i = 0; i < binder->bound->extends.n_items; i++)
		if (strcmp(binder->bound->extends.items[i].name, value->text) == 0)
			return cf_place_error(binder->diag, CF_P_TWICE, &value->place,
					      "keep one of them", "'%s' is in the list twice",
					      value->text);
	return cf_array_push(&binder->bound->extends, extended);
}

static int bind_extends(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	return cf_bind_list(binder, value, bind_extended, target);
}

static int bind_mode(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const char *const modes[] = {"enforce", "audit", NULL};
	uint64_t number;
	int r;

	(void)target;
	r = cf_bind_choice(binder, value, modes, &number);
	if (r == 0)
		cf_bind_set(binder, CF_SETTING_MODE, value, number);
	return r;
}

static int bind_namespaces(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	(void)target;
	return cf_bind_deny_allow(binder, value, CF_SETTING_NAMESPACES);
}

static int bind_io_uring(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	(void)target;
	return cf_bind_deny_allow(binder, value, CF_SETTING_IO_URING);
}

static int bind_process(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"namespaces", bind_namespaces, false},
		{"io_uring", bind_io_uring, false},
		{"ptrace", NULL, false},
		{"signals", NULL, false},
		{"capabilities", NULL, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("'process'", keys);

	return cf_bind_map(binder, value, &table, target);
}

/* What a parse of base/number.h returned. */
static int check_number(struct cf_binder *binder, const struct cf_node *value, int error,
			const char *expected)
{
	if (error == 0)
		return 0;
	return cf_place_error(binder->diag, CF_P_NUMBER, &value->place, NULL,
			      "'%.*s' is %s, expected %s", cf_shown(value->text),
			      error == -ERANGE ? "out of range" : "not of this form", expected);
}

static int bind_memory(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const char expected[] = "bytes, 1M to 1024T, with a suffix K, M, G or T or none";
	uint64_t number = 0;
	int r = 0;

	(void)target;
	if (value->type != CF_NODE_INTEGER)
		r = cf_bind_type(binder, value, CF_NODE_STRING, expected);
	if (r < 0)
		return r;
	r = cf_size_parse(value->text, MEMORY_MIN, MEMORY_MAX, &number);
	r = check_number(binder, value, r, expected);
	if (r == 0)
		cf_bind_set(binder, CF_SETTING_MEMORY, value, number);
	return r;
}

static int bind_pids(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const char expected[] = "a number of processes, 1 to 4194304";
	uint64_t number = 0;
	int r;

	(void)target;
	r = cf_bind_type(binder, value, CF_NODE_INTEGER, expected);
	if (r < 0)
		return r;
	r = cf_number_parse(value->text, 1, PIDS_MAX, &number);
	r = check_number(binder, value, r, expected);
	if (r == 0)
		cf_bind_set(binder, CF_SETTING_PIDS, value, number);
	return r;
}

static int bind_cpu(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const char expected[] = "a share of one CPU, 1% to 1000000%";
	uint64_t number = 0;
	int r;

	(void)target;
	r = cf_bind_type(binder, value, CF_NODE_STRING, expected);
	if (r < 0)
		return r;
	r = cf_percent_parse(value->text, 1, PERCENT_MAX, &number);
	r = check_number(binder, value, r, expected);
	if (r == 0)
		cf_bind_set(binder, CF_SETTING_CPU, value, number * 10);
	return r;
}

static int bind_limits(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const struct cf_bind_key keys[] = {
		{"memory", bind_memory, false},
		{"pids", bind_pids, false},
		{"cpu", bind_cpu, false},
	};
	static const struct cf_bind_table table = CF_BIND_TABLE("'limits'", keys);

	return cf_bind_map(binder, value, &table, target);
}

static int bind_observed(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	static const uint32_t ops[] = {CF_OP_EXEC, CF_OP_CONNECT, CF_OP_OPEN};
	static const char *const words[] = {"exec", "connect", "write", NULL};
	uint64_t number;
	int r;

	(void)target;
	r = cf_bind_choice(binder, value, words, &number);
	if (r < 0)
		return r;
	if (binder->bound->observe & (1U << ops[number]))
		return cf_place_error(binder->diag, CF_P_TWICE, &value->place, "keep one of them",
				      "'%s' is in the list twice", value->text);
	binder->bound->observe |= 1U << ops[number];
	return 0;
}

static int bind_observe(struct cf_binder *binder, const struct cf_node *value, void *target)
{
	return cf_bind_list(binder, value, bind_observed, target);
}

static const struct cf_bind_key document_keys[] = {
	{"cofferdam", bind_version, true},
	{"name", bind_name, true},
	{"extends", bind_extends, false},
	{"mode", bind_mode, false},
	{"files", cf_bind_files, false},
	{"exec", cf_bind_exec, false},
	{"process", bind_process, false},
	{"network", cf_bind_network, false},
	{"limits", bind_limits, false},
	{"observe", bind_observe, false},
	{"lease", NULL, false},
};

int cf_bind_document(struct cf_arena *arena, const struct cf_node *root, uint32_t document,
		     struct cf_bound *bound, struct cf_diag *diag)
{
	static const struct cf_bind_table table = CF_BIND_TABLE("a policy", document_keys);
	struct cf_binder binder = {
		.arena = arena, .bound = bound, .diag = diag, .document = document};
	int r;

	/* A policy of another version may well have other keys: that is said first. */
	for (const struct cf_node *value = root->first; root->type == CF_NODE_MAP && value;
	     value = value->next) {
		if (strcmp(value->key->text, "cofferdam") != 0)
			continue;
		r = bind_version(&binder, value, NULL);
		if (r < 0)
			return r;
	}
	bound->place = root->place;
	return cf_bind_map(&binder, root, &table, NULL);
}
