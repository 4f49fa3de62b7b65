/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlocked [RIGHTS PATH]... -- PROGRAM ARGUMENT...
 *
 * Runs a program under Landlock: everything about files that the kernel's
 * Landlock can handle is denied, but for the rights (a number) given below each
 * path. `landlocked` alone prints the kernel's Landlock version.
 *
 * The interface is linux/landlock.h's; the structures are its own, as Debian
 * 12's header does not know the later rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR_CREATE_RULESET 444
#define NR_ADD_RULE	  445
#define NR_RESTRICT_SELF  446
#define GET_VERSION	  1U
#define RULE_PATH_BENEATH 1

struct ruleset_attr {
	uint64_t handled_access_fs;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

/* Rights that each version knows: 2 adds REFER, 3 TRUNCATE, 5 IOCTL_DEV. */
static uint64_t known_rights(long version)
{
	uint64_t rights = (1ULL << 13) - 1;

	if (version >= 2)
		rights |= 1ULL << 13;
	if (version >= 3)
		rights |= 1ULL << 14;
	if (version >= 5)
		rights |= 1ULL << 15;
	return rights;
}

static int fail(const char *what)
{
	(void)fprintf(stderr, "landlocked: %s: %s\n", what, strerror(errno));
	return 125;
}

/* Rights that mean something for a file; those of directories are refused there. */
#define FILE_RIGHTS (1ULL << 0 | 1ULL << 1 | 1ULL << 2 | 1ULL << 14 | 1ULL << 15)

static int add_rule(int ruleset, uint64_t rights, const char *path)
{
	struct path_beneath_attr rule = {.allowed_access = rights};
	int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), r;

	rule.parent_fd = directory >= 0 ? directory : open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -1;
	if (directory < 0)
		rule.allowed_access &= FILE_RIGHTS;
	r = rule.allowed_access ? (int)syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0)
				: 0; /* a rule that gives nothing is none */
	(void)close(rule.parent_fd);
	return r;
}

int main(int argc, char *argv[])
{
	long version = syscall(NR_CREATE_RULESET, NULL, 0, GET_VERSION);
	struct ruleset_attr attr;
	int ruleset, i = 1;

	if (version < 0)
		return fail("this kernel has no Landlock");
	if (argc == 1) {
		(void)printf("%ld\n", version);
		return 0;
	}
	attr.handled_access_fs = known_rights(version);
	ruleset = (int)syscall(NR_CREATE_RULESET, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return fail("landlock_create_ruleset");
	for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2)
		if (add_rule(ruleset, strtoull(argv[i], NULL, 0) & attr.handled_access_fs,
			     argv[i + 1]) < 0)
			return fail(argv[i + 1]);
	if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
		(void)fprintf(stderr,
			      "usage: landlocked [RIGHTS PATH]... -- PROGRAM ARGUMENT...\n");
		return 125;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(NR_RESTRICT_SELF, ruleset, 0) < 0)
		return fail("landlock_restrict_self");
	(void)close(ruleset);
	(void)execv(argv[i + 1], argv + i + 1);
	return fail(argv[i + 1]);
}
