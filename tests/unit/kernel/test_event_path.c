/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/event_path.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/event_decode.h"
#include "kernel/mountinfo.h"

#define ROOT_DEV 1U
#define TMP_DEV	 2U
#define BTRFS	 3U
#define PARTS	 4U
#define UNKNOWN	 (8U << 20 | 17U)

static struct cf_mount mounts[] = {
	{.id = 1, .dev = ROOT_DEV, .root = "/", .point = "/"},
	{.id = 2, .dev = TMP_DEV, .root = "/", .point = "/tmp"},
	{.id = 3, .dev = ROOT_DEV, .root = "/srv/data", .point = "/data"},
	{.id = 4, .dev = BTRFS, .root = "/@home", .point = "/home"},
	{.id = 5, .dev = BTRFS, .root = "/@", .point = "/vol"},
	{.id = 6, .dev = PARTS, .root = "/a", .point = "/srv/part"},
	{.id = 7, .dev = PARTS, .root = "/a/b", .point = "/srv/deep"},
};
static const struct cf_mountinfo info = {.mounts = mounts,
					 .n_mounts = sizeof(mounts) / sizeof(mounts[0])};

#define ASSERT_PATH(expected, device, text)                                          \
	do {                                                                         \
		const struct cf_event_object object = {                              \
			.names = (text), .size = sizeof(text) - 1, .dev = (device)}; \
		char buffer[CF_EVENT_PATH_BYTES];                                    \
                                                                                     \
		cf_event_path(&info, &object, buffer);                               \
		assert_string_equal(buffer, expected);                               \
	} while (0)

static void test_path_names_turned_round(void **state)
{
	(void)state;
	ASSERT_PATH("/home-dir/user/.aws/credentials", ROOT_DEV,
		    "credentials\0.aws\0user\0home-dir\0");
	ASSERT_PATH("/tmp/x", TMP_DEV, "x\0");
}

static void test_path_superblock_root_is_mount_point(void **state)
{
	(void)state;
	ASSERT_PATH("/", ROOT_DEV, "");
	ASSERT_PATH("/tmp", TMP_DEV, "");
}

static void test_path_whole_mount_wins(void **state)
{
	(void)state;
	ASSERT_PATH("/srv/data/x", ROOT_DEV, "x\0data\0srv\0");
	ASSERT_PATH("/srv/data", ROOT_DEV, "data\0srv\0");
}

static void test_path_longest_mounted_part_wins(void **state)
{
	(void)state;
	ASSERT_PATH("/srv/deep/x", PARTS, "x\0b\0a\0");
	ASSERT_PATH("/srv/deep", PARTS, "b\0a\0");
	ASSERT_PATH("/srv/part/bc", PARTS, "bc\0a\0");
	ASSERT_PATH("/home/u", BTRFS, "u\0@home\0");
	ASSERT_PATH("/vol/etc", BTRFS, "etc\0@\0");
}

static void test_path_unknown_device_named(void **state)
{
	(void)state;
	ASSERT_PATH("(device 8:17)/a/b", UNKNOWN, "b\0a\0");
	ASSERT_PATH("(device 8:17)/", UNKNOWN, "");
	/* Mounted, but not the part that this is in. */
	ASSERT_PATH("(device 0:3)/other/x", BTRFS, "x\0other\0");
}

static void test_path_slash_in_name_replaced(void **state)
{
	(void)state;
	ASSERT_PATH("/memfd:..?..?etc?passwd", ROOT_DEV, "memfd:../../etc/passwd\0");
}

static void test_path_empty_name_kept(void **state)
{
	(void)state;
	ASSERT_PATH("(device 8:17)/", UNKNOWN, "\0");
}

static void test_path_truncated_says_so(void **state)
{
	const struct cf_event_object object = {
		.names = "b\0a\0", .size = 4, .dev = ROOT_DEV, .is_truncated = 1};
	char buffer[CF_EVENT_PATH_BYTES];

	(void)state;
	cf_event_path(&info, &object, buffer);
	assert_string_equal(buffer, ".../a/b");
}

static void test_path_longest_names_fit(void **state)
{
	char names[CF_EVENT_NAMES_SIZE] = {}, buffer[CF_EVENT_PATH_BYTES];
	struct cf_event_object object = {.names = names, .size = sizeof(names), .dev = TMP_DEV};

	(void)state;
	cf_event_path(&info, &object, buffer); /* empty names only: the most slashes */
	assert_int_equal(strlen(buffer), strlen("/tmp") + CF_EVENT_NAMES_SIZE);
	memset(names, 'n', sizeof(names) - 1);
	cf_event_path(&info, &object, buffer);
	assert_int_equal(strlen(buffer), strlen("/tmp/") + CF_EVENT_NAMES_SIZE - 1);
	object.size = CF_EVENT_NAMES_SIZE + 1; /* not a size that a checked event has */
	cf_event_path(&info, &object, buffer);
	assert_string_equal(buffer, "/tmp");
}

static void test_path_overlong_mount_point_loses_start(void **state)
{
	static char point[8192];
	struct cf_mount mount = {.id = 1, .dev = 9, .root = "/", .point = point};
	const struct cf_mountinfo one = {.mounts = &mount, .n_mounts = 1};
	const struct cf_event_object object = {.names = "b\0", .size = 2, .dev = 9};
	char buffer[CF_EVENT_PATH_BYTES];

	(void)state;
	memset(point, '/', sizeof(point) - 1);
	cf_event_path(&one, &object, buffer);
	assert_string_equal(buffer, ".../b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_names_turned_round),
		cmocka_unit_test(test_path_superblock_root_is_mount_point),
		cmocka_unit_test(test_path_whole_mount_wins),
		cmocka_unit_test(test_path_longest_mounted_part_wins),
		cmocka_unit_test(test_path_unknown_device_named),
		cmocka_unit_test(test_path_slash_in_name_replaced),
		cmocka_unit_test(test_path_empty_name_kept),
		cmocka_unit_test(test_path_truncated_says_so),
		cmocka_unit_test(test_path_longest_names_fit),
		cmocka_unit_test(test_path_overlong_mount_point_loses_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
