/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "api/body.h"

#define POLICY "\"policy\":{\"name\":\"coding-agent\"}"
#define WORK   "\"workspace\":\"/w\""
#define PID    "\"pid\":42"

static void test_body_by_name_accepted(void **state)
{
	CF_CLEANUP(cf_create_body_done) struct cf_create_body body = {};
	static const char text[] =
		"{" POLICY "," WORK "," PID
		",\"home\":\"/h\",\"user\":\"u\",\"tmp\":\"/t\",\"name\":\"n\",\"audit\":true}";

	(void)state;
	assert_int_equal(cf_create_body_parse(text, sizeof(text) - 1, &body, NULL), 0);
	assert_string_equal(body.policy_name, "coding-agent");
	assert_null(body.policy_text);
	assert_string_equal(body.workspace, "/w");
	assert_string_equal(body.home, "/h");
	assert_string_equal(body.user, "u");
	assert_string_equal(body.tmp, "/t");
	assert_string_equal(body.name, "n");
	assert_true(body.is_audit);
	assert_int_equal(body.pid, 42);
}

static void test_body_by_text_accepted(void **state)
{
	CF_CLEANUP(cf_create_body_done) struct cf_create_body body = {};
	static const char text[] =
		"{\"policy\":{\"file\":\"x.yaml\",\"text\":\"a\\u0000b\"}," WORK "," PID "}";

	(void)state;
	/* A NUL in a string is no JSON that we take. */
	assert_int_equal(cf_create_body_parse(text, sizeof(text) - 1, &body, NULL), -EINVAL);
	{
		static const char good[] =
			"{\"policy\":{\"file\":\"x.yaml\",\"text\":\"a\\nb\"}," WORK "," PID "}";

		assert_int_equal(cf_create_body_parse(good, sizeof(good) - 1, &body, NULL), 0);
		assert_int_equal(body.policy_size, 3);
		assert_string_equal(body.policy_file, "x.yaml");
		assert_null(body.policy_name);
		assert_null(body.home);
		assert_false(body.is_audit);
	}
}

static void test_body_bad_rejected(void **state)
{
	static const struct {
		const char *text;
		const char *code;
	} bad[] = {
		{"", "CF-A001"},
		{"[]", "CF-A001"},
		{"{", "CF-A001"},
		{"{}x", "CF-A001"},
		{"{\"pid\":1,\"pid\":2}", "CF-A001"},
		{"{\"name\":\"\xff\"}", "CF-A001"},
		{"{}", "CF-A002"},
		{"{" WORK "," PID "}", "CF-A002"},
		{"{" POLICY "," WORK "}", "CF-A002"},
		{"{" POLICY "," PID "}", "CF-A002"},
		{"{" POLICY "," WORK "," PID ",\"more\":1}", "CF-A002"},
		{"{\"policy\":\"x\"," WORK "," PID "}", "CF-A002"},
		{"{\"policy\":{}," WORK "," PID "}", "CF-A002"},
		{"{\"policy\":{\"text\":\"\"}," WORK "," PID "}", "CF-A002"},
		{"{\"policy\":{\"name\":\"a\",\"text\":\"\",\"file\":\"f\"}," WORK "," PID "}",
		 "CF-A002"},
		{"{\"policy\":{\"name\":1}," WORK "," PID "}", "CF-A002"},
		{"{" POLICY "," WORK ",\"pid\":0}", "CF-A002"},
		{"{" POLICY "," WORK ",\"pid\":-1}", "CF-A002"},
		{"{" POLICY "," WORK ",\"pid\":4294967296}", "CF-A002"},
		{"{" POLICY "," WORK ",\"pid\":\"1\"}", "CF-A002"},
		{"{" POLICY ",\"workspace\":\"/\"," PID "}", "CF-A002"},
		{"{" POLICY ",\"workspace\":\"//\"," PID "}", "CF-A002"},
		{"{" POLICY ",\"workspace\":\"w\"," PID "}", "CF-A002"},
		{"{" POLICY ",\"workspace\":\"\"," PID "}", "CF-A002"},
		{"{" POLICY "," WORK "," PID ",\"home\":\"h\"}", "CF-A002"},
		{"{" POLICY "," WORK "," PID ",\"audit\":1}", "CF-A002"},
		{"{" POLICY "," WORK "," PID ",\"name\":\"a b\"}", "CF-A002"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cf_create_body body = {};
		struct cf_diag diag = {};

		assert_int_equal(
			cf_create_body_parse(bad[i].text, strlen(bad[i].text), &body, &diag),
			-EINVAL);
		assert_string_equal(diag.code, bad[i].code);
		assert_null(body.root);
	}
	assert_int_equal(cf_create_body_parse(NULL, 0, &(struct cf_create_body){}, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body_by_name_accepted),
		cmocka_unit_test(test_body_by_text_accepted),
		cmocka_unit_test(test_body_bad_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
