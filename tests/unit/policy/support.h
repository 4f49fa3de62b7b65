/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the policy tests share: text to policy, layer and domain, and asserts
 * on diagnostics. cmocka's header and its own come first.
 */
#ifndef CF_TEST_POLICY_SUPPORT_H
#define CF_TEST_POLICY_SUPPORT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/codes.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"

#define HEAD "cofferdam: 1\nname: test\n"

/* One file rule, one allow rule, ...: the rest of the line up to its end. */
#define FILES(rules)   HEAD "files:\n  rules:\n" rules
#define RULE(rule)     "    - {" rule "}\n"
#define NETWORK(lists) HEAD "network:\n" lists

struct test_pack {
	const char *name;
	const char *text;
};

/* Packs for `extends`, ended by a NULL name. */
static inline int find_test_pack(const char *name, void *userdata, const char **ret_file,
				 const char **ret_text, size_t *ret_size)
{
	for (const struct test_pack *pack = userdata; pack && pack->name; pack++) {
		if (strcmp(pack->name, name) != 0)
			continue;
		*ret_file = pack->name;
		*ret_text = pack->text;
		*ret_size = strlen(pack->text);
		return 0;
	}
	return -ENOENT;
}

static const struct cf_policy_variables test_variables = {
	.workspace = "/work",
	.home = "/home/user",
	.user = "user",
	.agent = "agent",
	.tmp = "/tmp",
};

static inline int compile_with(const char *text, const struct test_pack *packs,
			       const struct cf_policy_variables *variables,
			       struct cf_layer **ret_layer, struct cf_diag *diag)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	/* A copy of the exact size: reads past the end are for the sanitizer to see. */
	size_t size = strlen(text);
	cf_auto_free char *copy = malloc(size + (size == 0));
	int r;

	memcpy(copy, text, size);
	r = cf_policy_parse("test.yaml", copy, size, find_test_pack, (void *)(uintptr_t)packs,
			    &policy, diag);
	if (r < 0) {
		assert_null(policy);
		return r;
	}
	return cf_policy_compile(policy, variables, ret_layer, diag);
}

static inline int compile_text(const char *text, struct cf_layer **ret_layer, struct cf_diag *diag)
{
	return compile_with(text, NULL, &test_variables, ret_layer, diag);
}

/* A checked layer; the test fails if the text is not compiled. */
static inline struct cf_layer *layer_of_packs(const char *text, const struct test_pack *packs)
{
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};
	char message[2048];
	int r;

	r = compile_with(text, packs, &test_variables, &layer, &diag);
	if (r < 0)
		fail_msg("%s", cf_diag_format(&diag, message, sizeof(message)));
	r = cf_layer_check(layer, layer->size, &diag);
	if (r < 0)
		fail_msg("%s", cf_diag_format(&diag, message, sizeof(message)));
	return layer;
}

static inline struct cf_layer *layer_of(const char *text)
{
	return layer_of_packs(text, NULL);
}

#define AGENT 0x401U

static inline struct cf_domain_image *domain_of(const struct cf_layer *layer)
{
	struct cf_domain_image *image = NULL;

	assert_int_equal(cf_domain_build(AGENT, &layer, 1, &image, NULL), 0);
	return image;
}

static inline bool has_bit(const __u64 *words, unsigned int bit)
{
	return words[bit / 64] & (UINT64_C(1) << (bit % 64));
}

/* @text is refused with @code at @line and @column, and a message that has @part in it. */
static inline void assert_refused(const char *text, enum cf_policy_code code, uint32_t line,
				  uint32_t column, const char *part)
{
	cf_auto_free struct cf_layer *layer = NULL;
	struct cf_diag diag = {};
	int r = compile_text(text, &layer, &diag);

	if (r >= 0)
		fail_msg("accepted:\n%s", text);
	assert_null(layer);
	if (strcmp(diag.code, cf_policy_code(code)) != 0 || diag.line != line ||
	    diag.column != column || !strstr(diag.message, part))
		fail_msg("expected %s at %u:%u with '%s', found %s at %u:%u: %s\n%s",
			 cf_policy_code(code), line, column, part, diag.code, diag.line,
			 diag.column, diag.message, text);
	assert_string_equal(diag.file, "test.yaml");
	assert_true(r == -EINVAL || r == -E2BIG);
	/* Without a place for the report the answer is the same. */
	assert_int_equal(compile_text(text, &layer, NULL), r);
}

#endif /* CF_TEST_POLICY_SUPPORT_H */
