/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "kernel/codes.h"
#include "kernel/hooks.h"
#include "policy/diag.h"

/* Hooks that some supported kernel lacks; what each loses there is in bpf/README.md. */
static const char *const optional_hooks[] = {
	"file_ioctl_compat", "file_truncate", "inode_file_setattr", "inode_get_acl",
	"inode_remove_acl",  "inode_set_acl", "mmap_backing_file",  "mptcp_add_subflow",
	"unix_find",	     "uring_allowed",
};

/* Programs that cost everybody something: attached only while they are needed. */
static const char *const needed_at_times[] = {"cf_use"};

/* Programs written once for each signature that a hook has had. */
static const struct variant {
	const char *program;
	const char *hook;
	unsigned int n_parameters;
} variants[] = {
	{"cf_setattr_old", "inode_setattr", 2}, /* 6.1: dentry, attr */
	{"cf_setattr", "inode_setattr", 3},	/* 6.2 and later: idmap, dentry, attr */
};

/* What a program is attached to, by the names of libbpf's sections. */
static const struct kind {
	const char *section;
	const char *prefix; /* of the name in the kernel's type information */
	uint32_t btf_kind;
} kinds[] = {
	{"lsm/", "bpf_lsm_", BTF_KIND_FUNC},
	{"lsm.s/", "bpf_lsm_", BTF_KIND_FUNC},
	{"tp_btf/", "btf_trace_", BTF_KIND_TYPEDEF},
	{"fexit/", "", BTF_KIND_FUNC},
	{"fentry/", "", BTF_KIND_FUNC},
};

/* A CF_ARRAY that functions can be given. */
struct hook_list {
	struct cf_kernel_hook *items;
	size_t n_items;
	size_t capacity;
};

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

static const struct kind *kind_of(const char *section)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(section, kinds[i].section, strlen(kinds[i].section)) == 0)
			return &kinds[i];
	return NULL;
}

static bool is_listed(const char *const *list, size_t n_items, const char *name)
{
	for (size_t i = 0; i < n_items; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

#define IS_LISTED(list, name) is_listed((list), sizeof(list) / sizeof((list)[0]), (name))

static const struct btf_type *find_type(const struct btf *btf, const struct kind *kind,
					const char *hook)
{
	char name[128];
	int id;

	if (snprintf(name, sizeof(name), "%s%s", kind->prefix, hook) >= (int)sizeof(name))
		return NULL;
	id = btf__find_by_name_kind(btf, name, kind->btf_kind);
	return id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
}

/* Is this program written for another signature of its hook? */
static bool is_wrong_variant(const struct btf *btf, const char *program,
			     const struct btf_type *function)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (strcmp(variants[i].program, program) == 0) {
			const struct btf_type *proto = btf__type_by_id(btf, function->type);

			return !proto || btf_vlen(proto) != variants[i].n_parameters;
		}
	return false;
}

/* Adds the program's row, and turns it off if this kernel lacks its hook. */
static int add_hook(const struct btf *btf, struct bpf_program *program, struct hook_list *hooks,
		    const char **ret_missing)
{
	const char *section = bpf_program__section_name(program);
	const struct kind *kind = kind_of(section);
	const struct btf_type *type;
	struct cf_kernel_hook hook = {.program = bpf_program__name(program)};

	if (!kind)
		return 0; /* an iterator: run, not attached */
	hook.name = section + strlen(kind->section);
	hook.is_optional = IS_LISTED(optional_hooks, hook.name);
	hook.is_on_demand = IS_LISTED(needed_at_times, hook.program);
	type = find_type(btf, kind, hook.name);
	hook.is_present = type != NULL;
	if (type && is_wrong_variant(btf, hook.program, type))
		return bpf_program__set_autoload(program, false);
	if (!type && !hook.is_optional)
		*ret_missing = hook.name;
	if (cf_array_push(hooks, hook) < 0)
		return -ENOMEM;
	return type ? 0 : bpf_program__set_autoload(program, false);
}

int cf_hooks_select(struct bpf_object *object, struct cf_kernel_hook **ret_hooks, size_t *ret_n,
		    struct cf_diag *diag)
{
	CF_CLEANUP(free_btf) struct btf *btf = btf__load_vmlinux_btf();
	struct hook_list hooks = {};
	struct bpf_program *program;
	const char *missing = NULL;
	int r;

	if (!btf)
		return cf_diag_set(diag, cf_errno_negative(), CF_K_BTF, "", 0, 0,
				   "use a kernel built with CONFIG_DEBUG_INFO_BTF=y",
				   "the kernel's type information cannot be read: %s",
				   strerror(errno));
	bpf_object__for_each_program(program, object)
	{
		r = add_hook(btf, program, &hooks, &missing);
		if (r < 0) {
			free(hooks.items);
			return cf_diag_set(diag, r, CF_K_SETUP, "", 0, 0, "",
					   "cannot set up program '%s': %s",
					   bpf_program__name(program), strerror(-r));
		}
	}
	*ret_hooks = hooks.items;
	*ret_n = hooks.n_items;
	if (missing)
		return cf_diag_set(diag, -EOPNOTSUPP, CF_K_HOOK, "", 0, 0,
				   "use a kernel of 6.1 or later with CONFIG_BPF_LSM=y",
				   "this kernel lacks the hook '%s'", missing);
	return 0;
}
