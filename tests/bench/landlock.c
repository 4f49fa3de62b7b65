/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rival: Landlock. Restricts itself to the folders that it is given, with all
 * rights to files that the kernel knows, and becomes a command.
 *
 * Usage: landlock ro:FOLDER|rw:FOLDER... -- COMMAND [ARGUMENT]...
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that each version of the interface added; the headers of Debian 12 end at the second. */
#define RIGHTS_1 ((1ULL << 13) - 1)
#define RIGHTS_2 (1ULL << 13) /* refer */
#define RIGHTS_3 (1ULL << 14) /* truncate */
#define RIGHTS_5 (1ULL << 15) /* ioctl on devices */
#define RIGHTS_TO_READ \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static uint64_t known_rights(long version)
{
	return RIGHTS_1 | (version >= 2 ? RIGHTS_2 : 0) | (version >= 3 ? RIGHTS_3 : 0) |
	       (version >= 5 ? RIGHTS_5 : 0);
}

static int fail(const char *what)
{
	(void)fprintf(stderr, "landlock: %s: %s\n", what, strerror(errno));
	return 1;
}

static int add_rule(int ruleset, uint64_t handled, const char *rule)
{
	struct landlock_path_beneath_attr beneath = {};
	int r;

	if (strncmp(rule, "ro:", 3) == 0)
		beneath.allowed_access = RIGHTS_TO_READ;
	else if (strncmp(rule, "rw:", 3) == 0)
		beneath.allowed_access = handled;
	else
		return fail(rule);
	beneath.parent_fd = open(rule + 3, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return fail(rule);
	r = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	(void)close(beneath.parent_fd);
	return r < 0 ? fail(rule) : 0;
}

int main(int argc, char *argv[])
{
	const long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attributes = {.handled_access_fs = known_rights(version)};
	int ruleset, i;

	if (version < 1)
		return fail("not in this kernel");
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (ruleset < 0)
		return fail("ruleset");
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (add_rule(ruleset, attributes.handled_access_fs, argv[i]))
			return 1;
	if (i + 1 >= argc) {
		(void)fprintf(stderr, "usage: landlock ro:FOLDER|rw:FOLDER... -- COMMAND\n");
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return fail("restrict_self");
	(void)close(ruleset);
	(void)execv(argv[i + 1], argv + i + 1);
	return fail(argv[i + 1]);
}
