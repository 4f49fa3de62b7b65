// SPDX-License-Identifier: Apache-2.0
/*
 * Loads each program of a BPF object alone, as root in a guest, and prints one
 * line for each: instructions that the verifier processed, or the end of its
 * log. Programs for hooks that the kernel lacks are skipped by name.
 *
 * Usage: verify OBJECT [PROGRAM]
 * Exit:  0 all load; 1 some do not; 2 usage
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define LOG_SIZE (16U << 20)

enum outcome { LOADED, SKIPPED, FAILED };

static char log_text[LOG_SIZE];

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && getenv("V"))
		return vfprintf(stderr, format, args);
	return 0;
}

/* The number of parameters of the hook's stub, as on this kernel; negative if it has no such hook. */
static int hook_parameters(const struct btf *btf, const char *section)
{
	char stub[128];
	const struct btf_type *type;
	int id;

	if (strncmp(section, "lsm/", 4) != 0)
		return 0;
	(void)snprintf(stub, sizeof(stub), "bpf_lsm_%s", section + 4);
	id = btf__find_by_name_kind(btf, stub, BTF_KIND_FUNC);
	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	return btf_vlen(type);
}

static bool is_for_this_kernel(const struct btf *btf, const char *name, const char *section)
{
	int n = hook_parameters(btf, section);

	if (n < 0)
		return false;
	if (strcmp(name, "cf_setattr_old") == 0)
		return n == 2;
	if (strcmp(name, "cf_setattr") == 0)
		return n == 3;
	return true;
}

static void print_log_end(void)
{
	const char *end = log_text + strlen(log_text), *start = end;
	int lines = getenv("LINES_SHOWN") ? atoi(getenv("LINES_SHOWN")) : 40;

	while (start > log_text && lines >= 0)
		if (*--start == '\n')
			lines--;
	fprintf(stderr, "%s\n", start);
}

static long processed(void)
{
	const char *found = strstr(log_text, "processed ");

	return found ? strtol(found + strlen("processed "), NULL, 10) : -1;
}

static enum outcome try_program(const char *path, const char *name, const struct btf *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = log_text,
		    .kernel_log_size = LOG_SIZE, .kernel_log_level = getenv("LOG") ? 2 : 4);
	struct bpf_object *object = bpf_object__open_file(path, &options);
	struct bpf_program *program;
	enum outcome outcome = LOADED;

	if (!object)
		return FAILED;
	bpf_object__for_each_program(program, object)
	{
		bool is_it = strcmp(bpf_program__name(program), name) == 0;

		bpf_program__set_autoload(program, is_it);
		if (is_it && !is_for_this_kernel(btf, name, bpf_program__section_name(program)))
			outcome = SKIPPED;
	}
	log_text[0] = '\0';
	if (outcome == LOADED && bpf_object__load(object)) {
		outcome = FAILED;
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		print_log_end();
	}
	if (outcome == LOADED && getenv("STATS"))
		fprintf(stderr, "%s: %s\n", name, log_text);
	bpf_object__close(object);
	return outcome;
}

int main(int argc, char **argv)
{
	static const char *const words[] = {"ok", "skip", "FAIL"};
	struct bpf_object *object;
	struct bpf_program *program;
	struct btf *btf;
	int failed = 0;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: verify OBJECT [PROGRAM]\n");
		return 2;
	}
	libbpf_set_print(quiet);
	btf = btf__load_vmlinux_btf();
	object = bpf_object__open_file(argv[1], NULL);
	if (!btf || !object) {
		fprintf(stderr, "verify: cannot read the kernel's BTF or '%s'\n", argv[1]);
		return 1;
	}
	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		enum outcome outcome;

		if (argc == 3 && strcmp(argv[2], name) != 0)
			continue;
		outcome = try_program(argv[1], name, btf);
		printf("%-16s %-4s %8ld\n", name, words[outcome],
		       outcome == LOADED ? processed() : 0L);
		fflush(stdout);
		failed += outcome == FAILED;
	}
	bpf_object__close(object);
	btf__free(btf);
	return failed != 0;
}
