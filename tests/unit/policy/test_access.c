/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/support.h"

#include "policy/access.h"

static const struct {
	const char *text;
	uint16_t rights;
	const char *canonical;
} modes[] = {
	{"none", 0, "none"},
	{"ro", 0x243, "ro"},
	{"ro+exec", 0x243, "ro"},
	{"ro-exec", 0x203, "ro-exec"},
	{"rw", 0x3ff, "rw"},
	{"rw+exec", 0x3ff, "rw"},
	{"rw-exec", 0x3bf, "rw-exec"},
	{"rw-no-delete", 0x3ef, "rw-no-delete"},
	{"rw-no-delete+exec", 0x3ef, "rw-no-delete"},
	{"rw-no-delete-exec", 0x3af, "rw-no-delete-exec"},
	{"append", 0x22b, "append"},
	{"append+exec", 0x26b, "append+exec"},
	{"append-exec", 0x22b, "append"},
};

static void test_access_modes_are_rights(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		char buffer[CF_ACCESS_TEXT_SIZE];
		uint16_t rights = 0xffff;

		assert_int_equal(cf_access_parse(modes[i].text, &rights), 0);
		assert_int_equal(rights, modes[i].rights);
		assert_string_equal(cf_access_format(rights, buffer), modes[i].canonical);
	}
	/* What the words promise, in the words of the rights. */
	assert_int_equal(0x3ff & ~0x3ef, CF_RIGHT_DELETE);
	assert_int_equal(0x243, CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_EXEC | CF_RIGHT_IOCTL);
	assert_int_equal(0x22b, CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_CREATE | CF_RIGHT_APPEND |
					CF_RIGHT_IOCTL);
}

static void test_access_unknown_words_rejected(void **state)
{
	static const char *const texts[] = {
		"",	     "r",   "RO",      "ro ",  "ro+",	"ro+exe", "ro+exec+exec", "rw-no",
		"rw-delete", "rwx", "append-", "exec", "+exec", "none ",  "nonexec"};
	uint16_t rights = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cf_access_parse(texts[i], &rights), -EINVAL);
	assert_int_equal(cf_access_parse("none+exec", &rights), -EDOM);
	assert_int_equal(cf_access_parse("none-exec", &rights), -EDOM);
	assert_int_equal(rights, 7);
}

static void test_access_all_rights_formatted_in_bounds(void **state)
{
	(void)state;
	for (uint32_t rights = 0; rights <= CF_RIGHTS_ALL; rights++) {
		char buffer[CF_ACCESS_TEXT_SIZE];
		uint16_t again = 0;

		cf_access_format(rights, buffer);
		assert_true(strlen(buffer) < sizeof(buffer));
		if (strncmp(buffer, "rights-", 7) != 0) {
			assert_int_equal(cf_access_parse(buffer, &again), 0);
			assert_int_equal(again, rights);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_modes_are_rights),
		cmocka_unit_test(test_access_unknown_words_rejected),
		cmocka_unit_test(test_access_all_rights_formatted_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
