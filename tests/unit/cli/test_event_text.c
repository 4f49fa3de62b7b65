/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "base/buffer.h"
#include "cli/event_text.h"

#define AGENT \
	"\"type\":\"verdict\",\"agent\":{\"id\":5,\"name\":\"coding-agent\"},\"time\":\"2026-11-21T14:03:12.000412Z\","
#define DENIED                                                                                         \
	"{" AGENT                                                                                      \
	"\"op\":\"open\",\"rights\":[\"read\"],\"comm\":\"cat\",\"pid\":412,\"verdict\":\"deny\","     \
	"\"errno\":\"EACCES\",\"why\":\"because\",\"object\":{\"path\":\"/home/a/.aws/credentials\"}," \
	"\"rule\":{\"file\":\"credentials.yaml\",\"line\":14,\"text\":\"{path: x, access: none}\"},"   \
	"\"allow_with\":\"{path: y, access: ro}\"}"

static void assert_text(const struct cf_event_text *format, const char *event, const char *expected)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};
	struct cf_event_text utc = *format;
	json_t *json = json_loads(event, 0, NULL);

	assert_non_null(json);
	utc.is_utc = true;
	cf_event_text_append(&utc, json, &text);
	assert_string_equal(text.data, expected);
	json_decref(json);
}

static void test_event_text_one_line(void **state)
{
	const struct cf_event_text format = {};

	(void)state;
	assert_text(&format, DENIED,
		    "14:03:12 coding-agent#5 DENY  open read  /home/a/.aws/credentials"
		    "  by cat[412]  EACCES  credentials.yaml:14 {path: x, access: none}\n");
}

static void test_event_text_folded_before_process(void **state)
{
	const struct cf_event_text narrow = {.width = 80};
	const struct cf_event_text wide = {.width = 200};

	(void)state;
	assert_text(&narrow, DENIED,
		    "14:03:12 coding-agent#5 DENY  open read  /home/a/.aws/credentials\n"
		    "         by cat[412]  EACCES  credentials.yaml:14 {path: x, access: none}\n");
	assert_text(&wide, DENIED,
		    "14:03:12 coding-agent#5 DENY  open read  /home/a/.aws/credentials"
		    "  by cat[412]  EACCES  credentials.yaml:14 {path: x, access: none}\n");
}

static void test_event_text_explained(void **state)
{
	const struct cf_event_text format = {.width = 80, .explains = true};

	(void)state;
	assert_text(&format, DENIED,
		    "14:03:12 coding-agent#5 DENY  open read  /home/a/.aws/credentials\n"
		    "         by cat[412]  EACCES  credentials.yaml:14 {path: x, access: none}\n"
		    "         why: because\n"
		    "         to allow: {path: y, access: ro}\n");
}

static void test_event_text_kinds(void **state)
{
	const struct cf_event_text format = {.explains = true};

	(void)state;
	assert_text(
		&format,
		"{" AGENT
		"\"op\":\"connect\",\"rights\":[\"connect\"],\"comm\":\"curl\",\"pid\":9,\"verdict\":\"deny\","
		"\"errno\":\"EACCES\",\"why\":\"no rule\",\"rule\":null,"
		"\"address\":{\"ip\":\"2001:db8::1\",\"port\":443,\"protocol\":\"tcp\"}}",
		"14:03:12 coding-agent#5 DENY  connect  [2001:db8::1]:443/tcp  by curl[9]  EACCES  no rule\n"
		"         why: no rule\n");
	assert_text(
		&format,
		"{" AGENT
		"\"op\":\"rename\",\"rights\":[\"create\",\"delete\"],\"comm\":\"mv\",\"pid\":9,"
		"\"verdict\":\"would-deny\",\"why\":\"w\",\"object\":{\"path\":\"/a\"},\"target\":{\"path\":\"/b\"}}",
		"14:03:12 coding-agent#5 WOULD rename create,delete  /a -> /b  by mv[9]  w\n"
		"         why: w\n");
	assert_text(
		&format,
		"{" AGENT
		"\"op\":\"exec\",\"rights\":[\"exec\"],\"comm\":\"sh\",\"pid\":9,\"verdict\":\"allow\","
		"\"object\":{\"path\":\"\",\"dev\":\"0:5\",\"ino\":77}}",
		"14:03:12 coding-agent#5 ALLOW exec  (inode 0:5:77)  by sh[9]\n");
	assert_text(&format,
		    "{\"type\":\"lost\",\"agent\":{\"id\":5,\"name\":\"x\"},\"count\":120,"
		    "\"time\":\"2026-11-21T14:03:12Z\"}",
		    "14:03:12 x#5 LOST  120 events: cofferdam-api did not keep up\n");
	assert_text(&format, "{\"type\":\"missed\",\"count\":3}",
		    "-------- 3 events went by before they were read here\n");
}

static void test_event_text_lacking_rights_kept_short(void **state)
{
	const struct cf_event_text format = {};

	(void)state;
#define LINK(members)                                                                          \
	"{" AGENT "\"op\":\"link\"," members "\"comm\":\"ln\",\"pid\":9,\"verdict\":\"deny\"," \
	"\"why\":\"w\",\"object\":{\"path\":\"/a\"},\"target\":{\"path\":\"/b\"}}"
#define RIGHTS "\"rights\":[\"read\",\"list\",\"write\",\"create\",\"delete\"],"
	assert_text(
		&format, LINK(RIGHTS "\"lacking\":[\"write\",\"create\",\"delete\"],"),
		"14:03:12 coding-agent#5 DENY  link write,create,delete  /a -> /b  by ln[9]  w\n");
	assert_text(
		&format, LINK(RIGHTS "\"lacking\":[\"read\",\"write\",\"create\",\"delete\"],"),
		"14:03:12 coding-agent#5 DENY  link read,write,create,...  /a -> /b  by ln[9]  w\n");
	assert_text(&format, LINK(RIGHTS "\"lacking\":[\"write\"],"),
		    "14:03:12 coding-agent#5 DENY  link write  /a -> /b  by ln[9]  w\n");
	/* Not for want of rights, or told by an older daemon. */
	assert_text(
		&format, LINK(RIGHTS),
		"14:03:12 coding-agent#5 DENY  link read,list,write,...  /a -> /b  by ln[9]  w\n");
#undef RIGHTS
#undef LINK
}

static void assert_observed(const char *event, bool expected)
{
	json_t *json = json_loads(event, 0, NULL);

	assert_non_null(json);
	assert_int_equal(cf_event_is_observed(json), expected);
	json_decref(json);
}

static void test_event_observed_told_from_denials(void **state)
{
	(void)state;
	assert_observed("{\"type\":\"observed\",\"verdict\":\"allow\"}", true);
	assert_observed("{\"type\":\"verdict\",\"verdict\":\"allow\"}", true);
	assert_observed("{\"type\":\"verdict\",\"verdict\":\"deny\"}", false);
	assert_observed("{\"type\":\"verdict\",\"verdict\":\"unknown\"}", false);
	assert_observed("{\"type\":\"verdict\",\"verdict\":\"would-deny\"}", false);
	assert_observed("{\"type\":\"lost\",\"count\":3}", false);
	assert_observed("{\"type\":\"missed\",\"count\":3}", false);
	assert_observed("{}", false);
}

static void test_event_text_cannot_be_forged(void **state)
{
	const struct cf_event_text format = {};

	(void)state;
	/* Control characters that a broken or hostile api lets through, and members that are missing. */
	assert_text(
		&format,
		"{\"agent\":{\"name\":\"a\\nb\"},\"comm\":\"\\u001b[2J\",\"op\":\"o\\r\",\"verdict\":\"deny\","
		"\"object\":{\"path\":\"/x\\n00:00:00 y#1 ALLOW\\\\x0a\"}}",
		"--:--:-- a\\x0ab#0 DENY  o\\x0d  /x\\x0a00:00:00 y#1 ALLOW\\x0a  by \\x1b[2J[0]  \n");
	assert_text(&format, "{}", "--:--:-- #0 DENY    by [0]  \n");
	assert_text(&format,
		    "{\"rights\":\"x\",\"object\":3,\"agent\":[],\"rule\":5,\"address\":\"z\"}",
		    "--:--:-- #0 DENY    :0  by [0]  \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_text_one_line),
		cmocka_unit_test(test_event_text_folded_before_process),
		cmocka_unit_test(test_event_text_explained),
		cmocka_unit_test(test_event_text_kinds),
		cmocka_unit_test(test_event_text_lacking_rights_kept_short),
		cmocka_unit_test(test_event_observed_told_from_denials),
		cmocka_unit_test(test_event_text_cannot_be_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
