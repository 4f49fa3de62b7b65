/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy text to a layer image. What compiles must be a sound image, fold into
 * a domain, and print as a policy that compiles to the same rules.
 *
 * Besides crashes it looks for: a compiled image that cf_layer_check() refuses,
 * a printed policy that does not compile, one that prints otherwise, a failure
 * without a diagnostic.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"

#define REQUIRE(condition)                                                              \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

static const struct cf_policy_variables variables = {
	.workspace = "/work",
	.home = "/home/user/",
	.user = "user",
	.tmp = "/tmp", /* agent: no value */
};

static const struct {
	const char *name;
	const char *text;
} packs[] = {
	{"a", "cofferdam: 1\nname: a\nextends: [b]\nmode: audit\n"
	      "files: {rules: [{path: /a, access: rw}, {name: b/c*, access: ro, except: [d]}]}\n"
	      "network: {deny: [{to: 10.0.0.0/8}]}\n"},
	{"b", "cofferdam: 1\nname: b\n"
	      "files: {rules: [{path: '${home}/a', access: none}]}\n"
	      "network: {default: allow, allow: [{to: 11.0.0.0/8, ports: [1, 3-5]}]}\n"},
	{"c", "cofferdam: 1\nname: c\nextends: [c]\n"},
	{"d", "not: [a policy\n"},
};

static int find(const char *name, void *userdata, const char **ret_file, const char **ret_text,
		size_t *ret_size)
{
	(void)userdata;
	for (size_t i = 0; i < sizeof(packs) / sizeof(packs[0]); i++) {
		if (strcmp(packs[i].name, name) != 0)
			continue;
		*ret_file = packs[i].name;
		*ret_text = packs[i].text;
		*ret_size = strlen(packs[i].text);
		return 0;
	}
	return -ENOENT;
}

static int compile(const char *text, size_t size, struct cf_layer **ret_layer)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	struct cf_diag diag = {};
	int r;

	r = cf_policy_parse("fuzz.yaml", text, size, find, NULL, &policy, &diag);
	if (r == 0)
		r = cf_policy_compile(policy, &variables, ret_layer, &diag);
	if (r < 0) {
		char message[2048];

		REQUIRE(r == -EINVAL || r == -E2BIG);
		REQUIRE(strncmp(diag.code, "CF-P0", 5) == 0 && diag.message[0]);
		REQUIRE(strlen(cf_diag_format(&diag, message, sizeof(message))) > 10);
	}
	return r;
}

/* Takes the comments, which say where a rule was written, off the ends of the lines. */
static void drop_places(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		const char *mark = strncmp(at, "  # ", 4) == 0 ? strchr(at, '\n') : NULL;

		/* The last one on the line: a path may hold the like of it. */
		if (mark && !memmem(at + 1, (size_t)(mark - at - 1), "  # ", 4))
			at = mark;
		*to++ = *at;
	}
	*to = '\0';
}

static void check_again(const struct cf_layer *layer)
{
	cf_auto_free struct cf_layer *again = NULL;
	cf_auto_free char *shown = NULL;
	cf_auto_free char *shown_again = NULL;

	REQUIRE(cf_policy_print(layer, &shown) == 0);
	if (compile(shown, strlen(shown), &again) < 0) {
		fprintf(stderr, "%s", shown);
		abort();
	}
	REQUIRE(cf_policy_print(again, &shown_again) == 0);
	drop_places(shown);
	drop_places(shown_again);
	if (strcmp(shown, shown_again) != 0) {
		fprintf(stderr, "%s\n%s\n", shown, shown_again);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;
	cf_auto_free struct cf_layer *layer = NULL;
	const struct cf_layer *layers[2];

	if (compile((const char *)data, size, &layer) < 0)
		return 0;
	REQUIRE(cf_layer_check(layer, layer->size, NULL) == 0);
	layers[0] = layer;
	layers[1] = layer;
	REQUIRE(cf_domain_build(0x401, layers, 2, &image, NULL) == 0);
	check_again(layer);
	return 0;
}
