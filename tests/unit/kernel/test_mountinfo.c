/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/mountinfo.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/mountinfo.h"

static void parse(const char *text, struct cf_mountinfo *info)
{
	*info = (struct cf_mountinfo){};
	assert_int_equal(cf_mountinfo_parse(strdup(text), info), 0);
}

static void test_mountinfo_plain_lines_read(void **state)
{
	struct cf_mountinfo info;

	(void)state;
	parse("22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
	      "23 22 0:21 / /proc rw,nosuid master:2 propagate_from:1 - proc proc rw\n"
	      "24 22 0:5 /sub /srv/data rw - tmpfs tmpfs rw\n",
	      &info);
	assert_int_equal(info.n_mounts, 3);
	assert_int_equal(info.n_skipped, 0);
	assert_int_equal(info.mounts[0].id, 22);
	assert_int_equal(info.mounts[0].parent, 1);
	assert_int_equal(info.mounts[0].dev, 254 << 20 | 1);
	assert_string_equal(info.mounts[0].point, "/");
	assert_string_equal(info.mounts[1].fs_type, "proc");
	assert_string_equal(info.mounts[2].root, "/sub");
	assert_string_equal(info.mounts[2].point, "/srv/data");
	assert_ptr_equal(cf_mountinfo_find(&info, 23), &info.mounts[1]);
	assert_null(cf_mountinfo_find(&info, 99));
	cf_mountinfo_done(&info);
}

static void test_mountinfo_octal_escapes_decoded(void **state)
{
	struct cf_mountinfo info;

	(void)state;
	parse("30 22 0:30 /a\\011b /mnt/with\\040space\\012and\\134slash rw - ext4 x rw\n", &info);
	assert_int_equal(info.n_mounts, 1);
	assert_string_equal(info.mounts[0].root, "/a\tb");
	assert_string_equal(info.mounts[0].point, "/mnt/with space\nand\\slash");
	cf_mountinfo_done(&info);
}

static void test_mountinfo_no_last_newline_read(void **state)
{
	struct cf_mountinfo info;

	(void)state;
	parse("1 0 0:1 / / rw - rootfs rootfs rw", &info);
	assert_int_equal(info.n_mounts, 1);
	cf_mountinfo_done(&info);
}

static void test_mountinfo_empty_gives_none(void **state)
{
	struct cf_mountinfo info;

	(void)state;
	parse("", &info);
	assert_int_equal(info.n_mounts, 0);
	assert_int_equal(info.n_skipped, 0);
	cf_mountinfo_done(&info);
}

static void test_mountinfo_odd_root_kept(void **state)
{
	struct cf_mountinfo info;

	(void)state;
	parse("40 22 0:4 net:[4026532200] /run/netns/a rw shared:9 - nsfs nsfs rw\n", &info);
	assert_int_equal(info.n_mounts, 1);
	assert_string_equal(info.mounts[0].root, "net:[4026532200]");
	cf_mountinfo_done(&info);
}

static void test_mountinfo_hostile_lines_skipped(void **state)
{
	static const char *const lines[] = {
		"nonsense",
		" ",
		"1 2 3:4",
		"1 2 3:4 / /m rw shared:1 ext4 x rw", /* no separator */
		"1 2 3:4 / /m rw -",		      /* nothing after it */
		"1 2 3:4 / /m rw - ",
		"-1 2 3:4 / /m rw - ext4 x rw",
		"1 x 3:4 / /m rw - ext4 x rw",
		"01 2 3:4 / /m rw - ext4 x rw",
		"99999999999 2 3:4 / /m rw - ext4 x rw",
		"1 2 34 / /m rw - ext4 x rw",
		"1 2 4096:4 / /m rw - ext4 x rw",    /* 12 bits of major */
		"1 2 3:1048576 / /m rw - ext4 x rw", /* 20 bits of minor */
		"1 2 3:4 / m rw - ext4 x rw",	     /* not absolute */
		"1 2 3:4  /m rw - ext4 x rw",	     /* empty root */
		"1 2 3:4 / /m\\04 rw - ext4 x rw",   /* cut escape */
		"1 2 3:4 / /m\\ rw - ext4 x rw",
		"1 2 3:4 / /m\\999 rw - ext4 x rw",
		"1 2 3:4 / /m\\000x rw - ext4 x rw", /* a NUL */
		"1 2 3:4 / /m\\777 rw - ext4 x rw",  /* not a byte */
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct cf_mountinfo info;

		(void)snprintf(text, sizeof(text), "%s\n7 1 0:9 / /good rw - ext4 x rw\n",
			       lines[i]);
		parse(text, &info);
		assert_int_equal(info.n_mounts, 1);
		assert_int_equal(info.n_skipped, 1);
		assert_string_equal(info.mounts[0].point, "/good");
		cf_mountinfo_done(&info);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mountinfo_plain_lines_read),
		cmocka_unit_test(test_mountinfo_octal_escapes_decoded),
		cmocka_unit_test(test_mountinfo_no_last_newline_read),
		cmocka_unit_test(test_mountinfo_empty_gives_none),
		cmocka_unit_test(test_mountinfo_odd_root_kept),
		cmocka_unit_test(test_mountinfo_hostile_lines_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
