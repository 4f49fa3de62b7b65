/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/support.h"

#include "base/buffer.h"
#include "policy/digest.h"

#define DIGITS "00ff0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

static void test_digest_sha256_read_and_printed(void **state)
{
	struct cf_file_digest digest;
	struct cf_buffer buffer = {};
	cf_auto_free char *text = NULL;

	(void)state;
	assert_int_equal(cf_digest_parse_sha256(DIGITS, &digest), 0);
	assert_int_equal(digest.kind, CF_DIGEST_SHA256);
	assert_int_equal(digest.bytes[0], 0x00);
	assert_int_equal(digest.bytes[1], 0xff);
	assert_int_equal(digest.bytes[2], 0x01);
	assert_int_equal(digest.bytes[31], 0xab);
	for (size_t i = 32; i < sizeof(digest.bytes); i++)
		assert_int_equal(digest.bytes[i], 0);
	cf_digest_print(digest.kind, digest.bytes, &buffer);
	assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
	assert_string_equal(text, "sha256: \"" DIGITS "\"");
}

static void test_digest_verity_read_and_printed(void **state)
{
	static const struct {
		const char *text;
		uint8_t kind;
		const char *printed;
	} rows[] = {
		{"sha256:" DIGITS, CF_DIGEST_VERITY_SHA256, "verity: \"sha256:" DIGITS "\""},
		{"sha512:" DIGITS DIGITS, CF_DIGEST_VERITY_SHA512,
		 "verity: \"sha512:" DIGITS DIGITS "\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cf_file_digest digest;
		struct cf_buffer buffer = {};
		cf_auto_free char *text = NULL;

		assert_int_equal(cf_digest_parse_verity(rows[i].text, &digest), 0);
		assert_int_equal(digest.kind, rows[i].kind);
		cf_digest_print(digest.kind, digest.bytes, &buffer);
		assert_int_equal(cf_buffer_steal(&buffer, &text, NULL), 0);
		assert_string_equal(text, rows[i].printed);
	}
}

static void test_digest_other_forms_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"a",
		"0x" DIGITS,
		DIGITS "0",
		DIGITS "00",
		" " DIGITS,
		DIGITS " ",
		"sha256:",
		"sha256:" DIGITS "0",
		"sha1:" DIGITS,
		"SHA256:" DIGITS,
		"sha512:" DIGITS,
		"sha256:" DIGITS DIGITS,
		"sha256" DIGITS,
		"00FF0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab",
		"g0ff0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab",
	};
	struct cf_file_digest digest = {.kind = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(cf_digest_parse_sha256(texts[i], &digest), -EINVAL);
		assert_int_equal(cf_digest_parse_verity(texts[i], &digest), -EINVAL);
	}
	/* Each form is the other key's mistake. */
	assert_int_equal(cf_digest_parse_sha256("sha256:" DIGITS, &digest), -EINVAL);
	assert_int_equal(cf_digest_parse_verity(DIGITS, &digest), -EINVAL);
	assert_int_equal(digest.kind, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_sha256_read_and_printed),
		cmocka_unit_test(test_digest_verity_read_and_printed),
		cmocka_unit_test(test_digest_other_forms_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
