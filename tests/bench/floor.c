/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: an empty LSM program on each hook that Cofferdam attaches one to,
 * which is what any BPF LSM pays before it has asked a single question. The
 * hooks are read from Cofferdam's own object, so the two cannot drift apart;
 * each program returns the verdict of those before it, as Cofferdam's do first.
 *
 * Usage: floor OBJECT
 *
 * Prints one line for each hook that it holds, then "ready", and holds them
 * until its standard input ends. Hooks that the kernel lacks are left out.
 * Runs as root in a guest.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#define MAX_HOOKS 512

struct hook {
	const char *name; /* in the object's section name */
	bool is_sleepable;
};

/* "lsm/file_open", "lsm.s/bprm_check_security" */
static bool parse_section(const char *section, struct hook *ret_hook)
{
	static const char plain[] = "lsm/", sleepable[] = "lsm.s/";

	if (strncmp(section, plain, sizeof(plain) - 1) == 0)
		*ret_hook = (struct hook){section + sizeof(plain) - 1, false};
	else if (strncmp(section, sleepable, sizeof(sleepable) - 1) == 0)
		*ret_hook = (struct hook){section + sizeof(sleepable) - 1, true};
	else
		return false;
	return true;
}

/* r0 = the argument behind the hook's own; exit. Or 0, where the hook gives no verdict. */
static int load(const struct btf *btf, const struct hook *hook)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	struct bpf_insn code[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	const struct btf_type *prototype;
	char name[BPF_OBJ_NAME_LEN], stub[128];
	int id;

	(void)snprintf(stub, sizeof(stub), "bpf_lsm_%s", hook->name);
	id = btf__find_by_name_kind(btf, stub, BTF_KIND_FUNC);
	if (id < 0)
		return -ENOENT;
	prototype = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
	if (prototype->type)
		code[0].off = (__s16)(8 * btf_vlen(prototype));
	else
		code[0] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K};
	options.attach_btf_id = (__u32)id;
	options.prog_flags = hook->is_sleepable ? BPF_F_SLEEPABLE : 0;
	(void)snprintf(name, sizeof(name), "fl_%.12s", hook->name);
	return bpf_prog_load(BPF_PROG_TYPE_LSM, name, "GPL", code, 2, &options);
}

/* Programs for one hook in several forms are one hook; a kernel takes one of them. */
static bool is_held(const struct hook *held, size_t n, const struct hook *hook)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(held[i].name, hook->name) == 0 &&
		    held[i].is_sleepable == hook->is_sleepable)
			return true;
	return false;
}

/* 0; 1: the kernel lacks the hook; negative errno. What is attached stays so until the process ends. */
static int hold(const struct btf *btf, const struct hook *hook)
{
	int program = load(btf, hook), link;

	if (program == -ENOENT) {
		(void)printf("%s: not in this kernel\n", hook->name);
		return 1;
	}
	if (program < 0)
		return program;
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0)
		return link;
	(void)printf("%s\n", hook->name);
	return 0;
}

/* What cofferdamd has attached only at times: userspace/kernel/hooks.c */
static bool is_on_demand(const struct hook *hook)
{
	return strcmp(hook->name, "file_permission") == 0;
}

static int hold_all(struct bpf_object *object)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct hook held[MAX_HOOKS], hook;
	struct bpf_program *program;
	size_t n = 0;
	int r;

	if (!btf) {
		(void)fprintf(stderr, "floor: the kernel has no type information\n");
		return -ENOENT;
	}
	bpf_object__for_each_program(program, object)
	{
		if (!parse_section(bpf_program__section_name(program), &hook) ||
		    is_held(held, n, &hook) || is_on_demand(&hook))
			continue;
		r = n < MAX_HOOKS ? hold(btf, &hook) : -E2BIG;
		if (r < 0) {
			(void)fprintf(stderr, "floor: %s: %s\n", hook.name, strerror(-r));
			return r;
		}
		held[n++] = hook;
	}
	btf__free(btf);
	return 0;
}

int main(int argc, char *argv[])
{
	struct bpf_object *object;
	char byte;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: floor OBJECT\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		(void)fprintf(stderr, "floor: cannot open '%s': %s\n", argv[1], strerror(errno));
		return 1;
	}
	if (hold_all(object) < 0)
		return 1;
	(void)printf("ready\n");
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
