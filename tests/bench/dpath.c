/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads dpath.bpf.o for the tasks of one cgroup.
 *
 * Usage: dpath OBJECT CGROUP ro:PREFIX|rw:PREFIX|none:PREFIX...
 *
 * Prints "ready" when it is attached, and holds it until its standard input
 * ends. Runs as root in a guest.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/types.h>

#include "dpath.h"

static const struct access {
	const char *word;
	__u32 rights;
} accesses[] = {
	{"none:", 0},
	{"ro:", DP_READ},
	{"rw:", DP_READ | DP_WRITE},
};

static int fail(const char *what)
{
	(void)fprintf(stderr, "dpath: %s: %s\n", what, strerror(errno));
	return 1;
}

static int add_rule(int map, const char *rule)
{
	struct dp_key key = {};

	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		const char *prefix = rule + strlen(accesses[i].word);
		size_t length;

		if (strncmp(rule, accesses[i].word, strlen(accesses[i].word)) != 0)
			continue;
		length = strlen(prefix);
		if (length >= sizeof(key.path))
			break;
		(void)memcpy(key.path, prefix, length);
		key.prefixlen = (__u32)(8 * length);
		return bpf_map_update_elem(map, &key, &accesses[i].rights, BPF_ANY);
	}
	errno = EINVAL;
	return -1;
}

/* The number of a cgroup is that of its directory. */
static int set_cgroup(struct bpf_object *object, const char *path)
{
	struct bpf_map *knobs = bpf_object__find_map_by_name(object, ".rodata");
	struct stat facts;
	__u64 id;

	if (!knobs || stat(path, &facts) < 0)
		return -1;
	id = facts.st_ino;
	return bpf_map__set_initial_value(knobs, &id, sizeof(id));
}

int main(int argc, char *argv[])
{
	struct bpf_program *program;
	struct bpf_object *object;
	char byte;
	int rules;

	if (argc < 3) {
		(void)fprintf(stderr,
			      "usage: dpath OBJECT CGROUP ro:PREFIX|rw:PREFIX|none:PREFIX...\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || set_cgroup(object, argv[2]) || bpf_object__load(object))
		return fail(argv[1]);
	rules = bpf_object__find_map_fd_by_name(object, "dp_rules");
	for (int i = 3; i < argc; i++)
		if (add_rule(rules, argv[i]) < 0)
			return fail(argv[i]);
	program = bpf_object__find_program_by_name(object, "dp_file_open");
	if (!program || !bpf_program__attach(program))
		return fail("dp_file_open");
	(void)printf("ready\n");
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
