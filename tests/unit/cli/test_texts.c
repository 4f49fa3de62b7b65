/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <unistd.h>

#include <jansson.h>

#include "cli/policy_source.h"
#include "cli/probe_text.h"

static void test_probe_text_parsed(void **state)
{
	json_t *report = cf_probe_text_parse("finding\tok\tbtf\t/sys/kernel/btf/vmlinux\t\n"
					     "finding\tmissing\tlsm-list\tyama\tadd lsm=...,bpf\n"
					     "can-enforce\tno\n");
	const json_t *finding;

	(void)state;
	assert_non_null(report);
	assert_true(json_is_false(json_object_get(report, "can_enforce")));
	assert_int_equal(json_array_size(json_object_get(report, "findings")), 2);
	finding = json_array_get(json_object_get(report, "findings"), 1);
	assert_string_equal(json_string_value(json_object_get(finding, "state")), "missing");
	assert_string_equal(json_string_value(json_object_get(finding, "name")), "lsm-list");
	assert_string_equal(json_string_value(json_object_get(finding, "found")), "yama");
	assert_string_equal(json_string_value(json_object_get(finding, "hint")), "add lsm=...,bpf");
	json_decref(report);
}

static void test_probe_text_broken_rejected(void **state)
{
	static const char *const broken[] = {
		"",
		"finding\tok\ta\tb\tc\n",
		"can-enforce\n",
		"hello\n",
		"finding\tok\ta\tb\tc\td\ncan-enforce\tno\n",
		"can-enforce\tno\nx\n",
		"finding\t\xff\ta\tb\tc\ncan-enforce\tno\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_null(cf_probe_text_parse(broken[i]));
}

static void test_policy_source_file_or_name(void **state)
{
	(void)state;
	assert_false(cf_policy_source_is_file("coding-agent"));
	assert_true(cf_policy_source_is_file("./coding-agent"));
	assert_true(cf_policy_source_is_file("a.yaml"));
	assert_true(cf_policy_source_is_file("a.yml"));
	assert_false(cf_policy_source_is_file(".yaml"));
	assert_false(cf_policy_source_is_file(""));
}

static void test_surroundings_workspace_judged(void **state)
{
	struct cf_surroundings place;
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(setenv("HOME", "/home/nobody-here", 1), 0);
	assert_int_equal(unsetenv("TMPDIR"), 0);
	assert_int_equal(cf_surroundings_find("/usr/../usr/bin/..", &place, &diag), 0);
	assert_string_equal(place.workspace, "/usr");
	assert_string_equal(place.home, "/home/nobody-here");
	assert_int_equal(cf_surroundings_find("/nonexistent", &place, &diag), -ENOENT);
	assert_int_equal(cf_surroundings_find("/etc/passwd", &place, &diag), -ENOTDIR);
	assert_int_equal(cf_surroundings_find("/usr/..", &place, &diag), -EINVAL);
	assert_true(diag.hint[0] != '\0');
	assert_int_equal(setenv("HOME", "/", 1), 0);
	assert_int_equal(cf_surroundings_find("/usr", &place, &diag), -ENXIO);
}

static void test_policy_source_read(void **state)
{
	struct cf_policy_source source;
	struct cf_diag diag = {};
	char *text = NULL;

	(void)state;
	assert_int_equal(cf_policy_source_read("name", false, &source, &text, &diag), 0);
	assert_string_equal(source.name, "name");
	assert_null(text);
	assert_int_equal(cf_policy_source_read("/nonexistent", true, &source, &text, &diag),
			 -ENOENT);
	assert_int_equal(cf_policy_source_read("/usr", true, &source, &text, &diag), -EISDIR);
	assert_int_equal(cf_policy_source_read("/dev/zero", true, &source, &text, &diag), -EFBIG);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe_text_parsed),
		cmocka_unit_test(test_probe_text_broken_rejected),
		cmocka_unit_test(test_policy_source_file_or_name),
		cmocka_unit_test(test_surroundings_workspace_judged),
		cmocka_unit_test(test_policy_source_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
