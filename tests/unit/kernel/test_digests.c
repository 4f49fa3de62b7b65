/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/digests.c: what is refused where a kernel lacks something. */
#include "tests/unit/policy/support.h"

#include <linux/hash_info.h>

#include "kernel/digests.h"
#include "kernel/internal.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char by_sha256[] = HEAD "exec:\n  pins:\n    - {path: /a, sha256: '" DIGITS "'}\n";
static const char by_verity[] =
	HEAD "exec:\n  pins:\n    - {path: /b, verity: 'sha256:" DIGITS "'}\n";

/* The outcome for a policy where the try has shown this. */
static int check(const char *text, int32_t algorithm, bool has_verity, struct cf_diag *diag)
{
	cf_auto_free struct cf_kernel *kernel = calloc(1, sizeof(*kernel));
	cf_auto_free struct cf_layer *layer = NULL;

	assert_int_equal(compile_with(text, NULL, &test_variables, &layer, diag), 0);
	kernel->digest_support.algorithm = algorithm;
	kernel->digest_support.has_verity = has_verity;
	return cf_digests_check(kernel, layer, diag);
}

static void test_digests_had_accepted(void **state)
{
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(check(HEAD, -EOPNOTSUPP, false, &diag), 0);
	assert_int_equal(check(by_sha256, HASH_ALGO_SHA256, false, &diag), 0);
	assert_int_equal(check(by_verity, -EOPNOTSUPP, true, &diag), 0);
}

static void test_digests_lacking_refused_with_the_pin(void **state)
{
	static const struct {
		const char *text;
		int32_t algorithm;
		bool has_verity;
		const char *part;
		const char *hint;
	} rows[] = {
		{by_sha256, -EOPNOTSUPP, true, "found none", "CONFIG_IMA=y"},
		{by_sha256, -ENODATA, true, "'/a' is pinned by SHA-256", "'ima_hash=sha256'"},
		{by_sha256, HASH_ALGO_SHA1, true, "another algorithm, number 2", "ima_hash=sha256"},
		{by_verity, HASH_ALGO_SHA256, false, "'/b' is pinned by fs-verity", "Linux 6.8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cf_diag diag = {};

		assert_int_equal(check(rows[i].text, rows[i].algorithm, rows[i].has_verity, &diag),
				 -EOPNOTSUPP);
		assert_string_equal(diag.code, "CF-K048");
		assert_non_null(strstr(diag.message, rows[i].part));
		assert_non_null(strstr(diag.hint, rows[i].hint));
		assert_string_equal(diag.file, "test.yaml");
		assert_int_equal(diag.line, 5);
		assert_int_equal(diag.column, 7);
	}
}

static void test_digests_told_by_doctor(void **state)
{
	cf_auto_free struct cf_kernel *kernel = calloc(1, sizeof(*kernel));
	struct cf_probe_report report = {.items = {{.name = "hooks"}, {.name = CF_PROBE_PINS}},
					 .n_items = 2,
					 .can_enforce = true};

	(void)state;
	kernel->digest_support.algorithm = HASH_ALGO_SHA1;
	cf_kernel_probe_pins(kernel, &report);
	assert_string_equal(report.items[0].found, "");
	assert_string_equal(report.items[1].found,
			    "sha256: another algorithm, number 2; verity: none");
	assert_int_equal(report.items[1].state, CF_PROBE_WARNING);
	kernel->digest_support.algorithm = HASH_ALGO_SHA256;
	kernel->digest_support.has_verity = true;
	cf_kernel_probe_pins(kernel, &report);
	assert_string_equal(report.items[1].found, "sha256: yes; verity: yes");
	assert_int_equal(report.items[1].state, CF_PROBE_OK);
	assert_true(report.can_enforce);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests_had_accepted),
		cmocka_unit_test(test_digests_lacking_refused_with_the_pin),
		cmocka_unit_test(test_digests_told_by_doctor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
