/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/support.h"

#include "base/arena.h"
#include "policy/path.h"

static const struct cf_place place = {.file = "test.yaml", .line = 3, .column = 4};

static void assert_written(const char *written, const char *expected)
{
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const char *path = NULL;

	assert_int_equal(
		cf_path_check(&arena, &(struct cf_written_path){written, &place, NULL}, &path), 0);
	assert_string_equal(path, expected);
}

static void assert_not_written(const char *written, enum cf_policy_code code)
{
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const char *path = NULL;
	struct cf_diag diag = {};

	assert_int_equal(
		cf_path_check(&arena, &(struct cf_written_path){written, &place, &diag}, &path),
		-EINVAL);
	assert_string_equal(diag.code, cf_policy_code(code));
	assert_int_equal(diag.line, 3);
	assert_int_equal(diag.column, 4);
	assert_null(path);
}

static void test_path_written_normalised(void **state)
{
	(void)state;
	assert_written("/a", "/a");
	assert_written("/a/", "/a");
	assert_written("//a///b//", "/a/b");
	assert_written("/a/.b/..c/...", "/a/.b/..c/...");
	assert_written("${home}", "${home}");
	assert_written("${home}//a/", "${home}/a");
	assert_written("${tmp}/${user}${agent}/x${user}", "${tmp}/${user}${agent}/x${user}");
	assert_written("/a b/\"c\"", "/a b/\"c\"");
	assert_written("/.${user}", "/.${user}");
}

static void test_path_badly_written_rejected(void **state)
{
	(void)state;
	assert_not_written("", CF_P_PATH_RELATIVE);
	assert_not_written("a", CF_P_PATH_RELATIVE);
	assert_not_written("./a", CF_P_PATH_RELATIVE);
	assert_not_written("~/a", CF_P_PATH_RELATIVE);
	assert_not_written("${user}/a", CF_P_PATH_RELATIVE);
	assert_not_written("${agent}", CF_P_PATH_RELATIVE);
	assert_not_written("/", CF_P_PATH_ROOT);
	assert_not_written("///", CF_P_PATH_ROOT);
	assert_not_written("/a/../b", CF_P_PATH_DOTS);
	assert_not_written("/a/.", CF_P_PATH_DOTS);
	assert_not_written("/..", CF_P_PATH_DOTS);
	assert_not_written("${home}/..", CF_P_PATH_DOTS);
	assert_not_written("/a/*", CF_P_PATH_WILDCARD);
	assert_not_written("/a?", CF_P_PATH_WILDCARD);
	assert_not_written("/[ab]", CF_P_PATH_WILDCARD);
	assert_not_written("/$", CF_P_VARIABLE_FORM);
	assert_not_written("/$home", CF_P_VARIABLE_FORM);
	assert_not_written("$$", CF_P_VARIABLE_FORM);
	assert_not_written("${home", CF_P_VARIABLE_FORM);
	assert_not_written("${ho/me}", CF_P_VARIABLE_FORM);
	assert_not_written("/x/${home}", CF_P_VARIABLE_FORM);
	assert_not_written("${home}x", CF_P_VARIABLE_FORM);
	assert_not_written("${home}${user}", CF_P_VARIABLE_FORM);
	assert_not_written("${HOME}", CF_P_VARIABLE_UNKNOWN);
	assert_not_written("${}", CF_P_VARIABLE_UNKNOWN);
	assert_not_written("/${hom}", CF_P_VARIABLE_UNKNOWN);
}

static void test_path_lengths_bounded(void **state)
{
	char path[CF_MAX_PATH_LENGTH + 2];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[CF_NAME_SIZE] = '\0';
	assert_written(path, path);
	assert_true(cf_path_is_normal(path));
	path[CF_NAME_SIZE] = 'a';
	path[CF_NAME_SIZE + 1] = '\0';
	assert_not_written(path, CF_P_PATH_LENGTH);
	assert_false(cf_path_is_normal(path));
	path[CF_NAME_SIZE + 1] = 'a';
	for (size_t i = 0; i < sizeof(path); i += 40)
		path[i] = '/';
	path[CF_MAX_PATH_LENGTH] = '\0';
	assert_written(path, path);
	assert_true(cf_path_is_normal(path));
	path[CF_MAX_PATH_LENGTH] = 'a';
	path[CF_MAX_PATH_LENGTH + 1] = '\0';
	assert_not_written(path, CF_P_PATH_LENGTH);
	assert_false(cf_path_is_normal(path));
}

static void test_path_normal_judged(void **state)
{
	static const char *const good[] = {"/a", "/a/b", "/...", "/.a", "/a b", "/\xc3\xbc"};
	static const char *const bad[] = {"",	"/",   "a",    "/a/",	  "//a",  "/a//b",
					  "/.", "/..", "/a/.", "/a/../b", "/a\n", "/\xff"};
	char deep[2 * CF_MAX_DEPTH + 3] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(cf_path_is_normal(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cf_path_is_normal(bad[i]));
	for (size_t i = 0; i < CF_MAX_DEPTH; i++)
		memcpy(deep + 2 * i, "/a", 2);
	assert_true(cf_path_is_normal(deep));
	memcpy(deep + 2 * CF_MAX_DEPTH, "/a", 2);
	assert_false(cf_path_is_normal(deep));
}

static void assert_expanded(const char *written, const struct cf_policy_variables *variables,
			    const char *expected)
{
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const char *path = NULL;

	assert_int_equal(cf_path_expand(&arena, &(struct cf_written_path){written, &place, NULL},
					variables, &path),
			 0);
	assert_string_equal(path, expected);
	assert_true(cf_path_is_normal(path));
}

static void assert_not_expanded(const char *written, const struct cf_policy_variables *variables,
				enum cf_policy_code code, const char *part)
{
	CF_CLEANUP(cf_arena_done) struct cf_arena arena = {};
	const char *path = NULL;
	struct cf_diag diag = {};

	assert_int_equal(cf_path_expand(&arena, &(struct cf_written_path){written, &place, &diag},
					variables, &path),
			 -EINVAL);
	assert_string_equal(diag.code, cf_policy_code(code));
	assert_non_null(strstr(diag.message, part));
	assert_int_equal(diag.line, 3);
}

static void test_path_variables_filled_in(void **state)
{
	struct cf_policy_variables odd = {.home = "//home//user/", .tmp = "/", .user = "..a"};

	(void)state;
	assert_expanded("/a", &test_variables, "/a");
	assert_expanded("${home}/a", &test_variables, "/home/user/a");
	assert_expanded("${workspace}", &test_variables, "/work");
	assert_expanded("${tmp}/${user}-${agent}", &test_variables, "/tmp/user-agent");
	assert_expanded("${home}/a", &odd, "/home/user/a");
	assert_expanded("${tmp}/a", &odd, "/a");
	assert_expanded("/${user}", &odd, "/..a");
}

static void test_path_unusable_values_rejected(void **state)
{
	static const char *const bad_paths[] = {"",	"home",	 "./home", "/a/../b",
						"/a/.", "/a\nb", "/\xff"};
	static const char *const bad_names[] = {"", ".", "..", "a/b", "/a", "a\tb"};
	struct cf_policy_variables variables = {};
	char name[CF_NAME_SIZE + 1];

	(void)state;
	assert_not_expanded("${home}/a", &variables, CF_P_VARIABLE_UNSET, "${home}");
	assert_not_expanded("/${user}", &variables, CF_P_VARIABLE_UNSET, "${user}");
	for (size_t i = 0; i < sizeof(bad_paths) / sizeof(bad_paths[0]); i++) {
		variables.home = bad_paths[i];
		assert_not_expanded("${home}/a", &variables, CF_P_VARIABLE_VALUE, "${home}");
	}
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
		variables.user = bad_names[i];
		assert_not_expanded("/${user}", &variables, CF_P_VARIABLE_VALUE, "${user}");
	}
	variables.tmp = "//";
	assert_not_expanded("${tmp}", &variables, CF_P_PATH_ROOT, "${tmp}");
	memset(name, 'a', sizeof(name));
	name[CF_NAME_SIZE] = '\0';
	variables.user = name;
	assert_not_expanded("/${user}", &variables, CF_P_PATH_LENGTH, "${user}");
	/* Two names that are no dots on their own. */
	variables = (struct cf_policy_variables){.user = "a", .agent = "."};
	assert_not_expanded("/${user}${agent}", &variables, CF_P_VARIABLE_VALUE, "${agent}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_written_normalised),
		cmocka_unit_test(test_path_badly_written_rejected),
		cmocka_unit_test(test_path_lengths_bounded),
		cmocka_unit_test(test_path_normal_judged),
		cmocka_unit_test(test_path_variables_filled_in),
		cmocka_unit_test(test_path_unusable_values_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
