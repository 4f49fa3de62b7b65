/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "policy/image.h"
#include "policy/policy.h"
#include "profiles/library.h"

static char directory[] = "/tmp/test_library.XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_library(void **state)
{
	char path[256];

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/profiles", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/packs", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(
		"packs/zz-pack.yaml",
		"cofferdam: 1\nname: zz-pack\nfiles:\n  rules:\n    - {path: /p, access: none}\n");
	write_file("profiles/zz-profile.yaml",
		   "cofferdam: 1\nname: zz-profile\nextends: [zz-pack]\nfiles: {default: ro}\n");
	write_file("profiles/zz-broken.yaml", "cofferdam: 1\nname: zz-broken\nbogus: 1\n");
	return 0;
}

static int remove_library(void **state)
{
	char command[300];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command); /* NOLINT: a constant but for mkdtemp()'s letters */
}

static int compile(const struct cf_policy_source *source, struct cf_layer **layer,
		   struct cf_diag *diag)
{
	CF_CLEANUP(cf_library_done) struct cf_library library = {.data_directory = directory};
	const struct cf_policy_variables variables = {.workspace = "/w"};

	return cf_library_compile(&library, source, &variables, layer, diag);
}

static void test_library_profile_with_pack_compiled(void **state)
{
	const struct cf_policy_source source = {.name = "zz-profile"};
	cf_auto_free struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(compile(&source, &layer, &diag), 0);
	assert_string_equal(layer->name, "zz-profile");
	assert_int_equal(layer->n_paths, 1);
	assert_string_equal(
		cf_layer_string(layer, cf_layer_sources(layer)[cf_layer_paths(layer)[0].rule].file),
		"zz-pack.yaml");
}

static void test_library_text_with_pack_compiled(void **state)
{
	static const char text[] = "cofferdam: 1\nname: mine\nextends: [zz-pack]\n";
	const struct cf_policy_source source = {
		.file = "mine.yaml", .text = text, .size = sizeof(text) - 1};
	cf_auto_free struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(compile(&source, &layer, &diag), 0);
	assert_string_equal(layer->name, "mine");
}

static void test_library_absent_rejected(void **state)
{
	/* Not there; a pack is no whole policy; no road out of the folders. */
	static const char *const names[] = {"zz-absent", "zz-pack", "../packs/zz-pack",
					    "/etc/passwd", ""};
	struct cf_layer *layer = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct cf_policy_source source = {.name = names[i]};
		struct cf_diag diag = {};

		assert_int_equal(compile(&source, &layer, &diag), -ENOENT);
		assert_string_equal(diag.code, "CF-A003");
	}
	assert_null(layer);
}

static void test_library_broken_names_its_place(void **state)
{
	const struct cf_policy_source source = {.name = "zz-broken"};
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(compile(&source, &layer, &diag), -EINVAL);
	assert_string_equal(diag.file, "zz-broken.yaml");
	assert_int_equal(diag.line, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_library_profile_with_pack_compiled),
		cmocka_unit_test(test_library_text_with_pack_compiled),
		cmocka_unit_test(test_library_absent_rejected),
		cmocka_unit_test(test_library_broken_names_its_place),
	};

	return cmocka_run_group_tests(tests, make_library, remove_library);
}
