/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cf_layer_check() on images that were changed at one place: each change must
 * be noticed, for nothing else stands between the bytes and the daemon.
 */
#include "tests/unit/policy/support.h"

#include "policy/access.h"
#include "policy/layer.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char sample[] = HEAD
	"files:\n  rules:\n    - {path: /a, access: ro}\n    - {path: /b, access: rw}\n"
	"    - {path: /c, access: rw-no-delete, replace: ['*.k', l]}\n"
	"    - {path: /d, access: rw-no-delete-exec, replace: [m]}\n"
	"    - {name: 'x/y*z/*', access: ro, except: [p, '*.q']}\n    - {name: '*.s', access: none}\n"
	"network:\n  allow: [{to: 10.0.0.0/8, ports: [1, 3]}, {to: 10.0.0.1, ports: any, proto: any}]\n"
	"  deny: [{to: 11.0.0.0/8}]\n  listen: [{on: '::/0', ports: [5]}]\n"
	"limits: {memory: 2M, pids: 3, cpu: 10%}\nobserve: [exec]\nexec:\n  only: [/a, /e]\n"
	"  pins: [{path: /a, sha256: '" DIGITS "'}, {path: /a, verity: 'sha256:" DIGITS
	"'}, {path: /e, verity: 'sha512:" DIGITS DIGITS "'}]\n";

/* Writable views of the sample's parts. */
struct parts {
	struct cf_layer *layer;
	struct cf_layer_path *paths;
	struct cf_layer_exec *execs;
	struct cf_layer_digest *digests;
	struct cf_layer_pattern *patterns;
	struct cf_layer_name *names;
	struct cf_layer_net *nets;
	struct cf_layer_source *sources;
	char *strings;
};

static struct parts make_parts(void)
{
	struct parts parts = {.layer = layer_of(sample)};

	parts.paths = (void *)(uintptr_t)cf_layer_paths(parts.layer);
	parts.execs = (void *)(uintptr_t)cf_layer_execs(parts.layer);
	parts.digests = (void *)(uintptr_t)cf_layer_digests(parts.layer);
	parts.patterns = (void *)(uintptr_t)cf_layer_patterns(parts.layer);
	parts.names = (void *)(uintptr_t)cf_layer_names(parts.layer);
	parts.nets = (void *)(uintptr_t)cf_layer_nets(parts.layer);
	parts.sources = (void *)(uintptr_t)cf_layer_sources(parts.layer);
	parts.strings = (void *)(uintptr_t)cf_layer_string(parts.layer, 0);
	return parts;
}

/* A fresh sample @p with one @change is refused, with a message that has @part in it. */
#define ASSERT_NOTICED(part, change)                                              \
	do {                                                                      \
		struct parts p = make_parts();                                    \
		struct cf_diag diag = {};                                         \
		uint32_t size = p.layer->size;                                    \
                                                                                  \
		assert_int_equal(cf_layer_check(p.layer, size, &diag), 0);        \
		change;                                                           \
		assert_int_equal(cf_layer_check(p.layer, size, &diag), -EBADMSG); \
		assert_string_equal(diag.code, "CF-P070");                        \
		if (!strstr(diag.message, part))                                  \
			fail_msg("expected '%s' in: %s", part, diag.message);     \
		assert_int_equal(cf_layer_check(p.layer, size, NULL), -EBADMSG);  \
		free(p.layer);                                                    \
	} while (0)

static void test_layer_header_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("magic", p.layer->magic ^= 1);
	ASSERT_NOTICED("version", p.layer->version = 1);
	ASSERT_NOTICED("size", p.layer->size -= 1);
	ASSERT_NOTICED("size", p.layer->n_paths += 1);
	ASSERT_NOTICED("size", p.layer->n_patterns -= 1);
	ASSERT_NOTICED("size", p.layer->strings_size += 8);
	/* Counts that add up to the right size modulo 2^32. */
	ASSERT_NOTICED("size", p.layer->n_paths += 1U << 29);
	ASSERT_NOTICED("size", p.layer->n_sources += 1U << 28);
	ASSERT_NOTICED("size", p.layer->n_patterns += 1U << 30);
	ASSERT_NOTICED("flags", p.layer->flags = CF_LAYER_FLAGS + 1);
	ASSERT_NOTICED("observe", p.layer->observe = 1U << CF_OP_MMAP);
	ASSERT_NOTICED("observe", p.layer->observe = 1U << 31);
	ASSERT_NOTICED("default rights", p.layer->default_rights = 0x400);
	ASSERT_NOTICED("lease", p.layer->lease_s = 1);
	ASSERT_NOTICED("name", p.layer->name[0] = '\0');
	ASSERT_NOTICED("name", p.layer->name[0] = 'T');
	ASSERT_NOTICED("name", p.layer->name[1] = '\n');
	ASSERT_NOTICED("name", memset(p.layer->name, 'a', sizeof(p.layer->name)));
	ASSERT_NOTICED("bytes after the name", p.layer->name[40] = 'a');
}

static void test_layer_count_changes_noticed(void **state)
{
	(void)state;
	/* The total stays the same: what was a path is now part of the strings, and so on. */
	ASSERT_NOTICED("number of rules",
		       (p.layer->strings_size += 16 * p.layer->n_sources, p.layer->n_sources = 0));
	/* Too few for the defaults, whose numbers events bear without a look at the count. */
	ASSERT_NOTICED("number of rules", (p.layer->strings_size +=
					   16 * (p.layer->n_sources - (CF_N_DEFAULT_RULES - 1)),
					   p.layer->n_sources = CF_N_DEFAULT_RULES - 1));
	ASSERT_NOTICED("number of paths",
		       (p.layer->strings_size -= 16 * 20, p.layer->n_paths += 20));
	ASSERT_NOTICED("number of name rules",
		       (p.layer->strings_size -= 16 * 20, p.layer->n_names += 20));
}

static void test_layer_string_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("ends of the strings", p.strings[0] = 'a');
	ASSERT_NOTICED("ends of the strings", p.strings[p.layer->strings_size - 1] = 'a');
	ASSERT_NOTICED("strings of rule", p.sources[0].file = p.layer->strings_size);
	ASSERT_NOTICED("strings of rule", p.sources[3].text = 0xffffffff);
	ASSERT_NOTICED("file of rule (0)", p.strings[p.sources[0].file] = '\x1b');
	ASSERT_NOTICED("file of rule (2)",
		       (p.sources[2].file = p.paths[1].path, p.strings[p.paths[1].path] = '\x1b'));
	ASSERT_NOTICED("text of rule (4)", p.strings[p.sources[4].text] = '\n');
	ASSERT_NOTICED("text of rule", p.strings[p.sources[4].text] = '\xff');
}

static void test_layer_path_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("string of path", p.paths[0].path = p.layer->strings_size);
	ASSERT_NOTICED("path (0)", p.strings[p.paths[0].path] = 'a');
	ASSERT_NOTICED("path (0)", p.strings[p.paths[0].path + 1] = '/');
	ASSERT_NOTICED("path (0)", p.strings[p.paths[0].path + 1] = '.');
	ASSERT_NOTICED("path (1)", p.strings[p.paths[1].path + 1] = '\x01');
	ASSERT_NOTICED("path (0)", p.paths[0].path = 0);
	ASSERT_NOTICED("order of path (1)", p.strings[p.paths[0].path + 1] = 'c');
	ASSERT_NOTICED("order of path (1)", p.paths[1].path = p.paths[0].path);
	ASSERT_NOTICED("rights of path", p.paths[0].rights = 0x400);
	ASSERT_NOTICED("rule of path", p.paths[0].rule = (uint16_t)p.layer->n_sources);
	ASSERT_NOTICED("rule of path", p.paths[0].rule = CF_RULE_NONE);
	ASSERT_NOTICED("unused fields of path (0)", p.paths[0].replaces = 1);
	ASSERT_NOTICED("unused fields of path (3)", p.paths[3].reserved[2] = 1);
}

static void test_layer_exec_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("string of path", p.execs[0].path = p.layer->strings_size);
	ASSERT_NOTICED("path (1)", p.strings[p.execs[1].path] = 'a');
	ASSERT_NOTICED("order of path to execute (1)", p.execs[1].path = p.execs[0].path);
	ASSERT_NOTICED("rule of path to execute (0)",
		       p.execs[0].rule = (uint16_t)p.layer->n_sources);
	ASSERT_NOTICED("rule of path to execute (1)", p.execs[1].reserved = 1);
	ASSERT_NOTICED("memory files beside paths to execute",
		       p.layer->flags |= CF_LAYER_MEMFD_EXEC);
	ASSERT_NOTICED("number of paths to execute",
		       (p.layer->strings_size -= 8 * 40, p.layer->n_execs += 40));
}

static void test_layer_digest_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("string of path", p.digests[0].path = p.layer->strings_size);
	ASSERT_NOTICED("path (2)", p.strings[p.digests[2].path] = 'e');
	ASSERT_NOTICED("order of digest (1)", p.digests[1] = p.digests[0]);
	ASSERT_NOTICED("order of digest (2)", p.digests[2] = p.digests[0]);
	ASSERT_NOTICED("digest (0)", p.digests[0].kind = CF_DIGEST_ANY);
	ASSERT_NOTICED("digest (0)", p.digests[0].kind = CF_DIGEST_VERITY_SHA512);
	ASSERT_NOTICED("digest (2)", p.digests[2].kind = _CF_DIGEST_MAX);
	ASSERT_NOTICED("digest (1)", p.digests[1].size = 31);
	ASSERT_NOTICED("digest (1)", p.digests[1].size = 255);
	ASSERT_NOTICED("digest (0)", p.digests[0].digest[32] = 1);
	ASSERT_NOTICED("digest (0)", p.digests[0].digest[63] = 1);
	ASSERT_NOTICED("rule of digest (2)", p.digests[2].rule = (uint16_t)p.layer->n_sources);
	ASSERT_NOTICED("number of digests", (p.layer->strings_size -= 72 * 2,
					     p.layer->n_patterns -= 6, p.layer->n_digests += 13));
}

static void test_layer_replace_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("place of file names of path (2)", p.paths[2].n_replaces = 17);
	ASSERT_NOTICED("place of file names of path (2)", p.paths[2].replaces = 0);
	ASSERT_NOTICED("place of file names of path (3)", p.paths[2].n_replaces = 1);
	ASSERT_NOTICED("place of file names of path (3)", p.paths[3].n_replaces = 2);
	ASSERT_NOTICED("patterns of no rule", (p.paths[3].n_replaces = 0, p.paths[3].replaces = 0));
	ASSERT_NOTICED("rights of path with file names (2)", p.paths[2].rights = CF_RIGHTS_ALL);
	ASSERT_NOTICED("rights of path with file names (3)", p.paths[3].rights = 0);
	ASSERT_NOTICED("file name of path (2)", p.patterns[5].text[1] = '/');
	ASSERT_NOTICED("file name of path (3)",
		       (p.patterns[7].kind = CF_PATTERN_AFFIX, p.patterns[7].suffix_length = 1,
			p.patterns[7].text[2] = 'a'));
}

static void test_layer_name_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("size of name rule (0)", p.names[0].n_components = 0);
	ASSERT_NOTICED("size of name rule (0)", p.names[0].n_components = 5);
	ASSERT_NOTICED("size of name rule (0)", p.names[0].n_excepts = 17);
	ASSERT_NOTICED("place of name rule (0)", p.names[0].components = 1);
	ASSERT_NOTICED("place of name rule (0)", p.names[0].excepts = 3);
	ASSERT_NOTICED("place of name rule (1)", p.names[1].components = 0xffffffff);
	ASSERT_NOTICED("place of name rule (1)", p.names[1].n_excepts = 4);
	ASSERT_NOTICED("place of file names of path (2)", p.names[1].n_excepts = 1);
	ASSERT_NOTICED("place of file names of path (2)",
		       (p.names[1].n_components = 2, p.names[1].excepts += 1));
	ASSERT_NOTICED(
		"place of file names of path (2)",
		(p.names[0].n_excepts = 1, p.names[1].components = 3, p.names[1].excepts = 4));
	ASSERT_NOTICED("flags of name rule (0)", p.names[0].children_only = 2);
	ASSERT_NOTICED("flags of name rule (1)", p.names[1].reserved = 1);
	ASSERT_NOTICED("rights of name rule", p.names[0].rights = 0x8000);
	ASSERT_NOTICED("rule of name rule", p.names[0].rule = (uint16_t)p.layer->n_sources);
	ASSERT_NOTICED("pattern of name rule (0)", p.patterns[0].text[0] = '/');
	ASSERT_NOTICED("pattern of name rule (0)", p.patterns[3].kind = 7);
	ASSERT_NOTICED("pattern of name rule (1)", p.patterns[4].suffix_length = 60);
	ASSERT_NOTICED("exception of name rule (0)",
		       (p.patterns[3].prefix_length = 1, p.patterns[3].suffix_length = 1,
			p.patterns[3].text[0] = 'a', p.patterns[3].text[1] = '\0'));
}

static void test_layer_rights_at_nearest_path(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(FILES(RULE("path: /a, access: rw") RULE("path: /a/b, access: none") RULE(
			"path: /a/bc, access: append") RULE("name: f, access: none")));
	uint16_t append, rw, ro;

	(void)state;
	assert_int_equal(cf_access_parse("append", &append), 0);
	assert_int_equal(cf_access_parse("rw", &rw), 0);
	assert_int_equal(cf_access_parse("ro", &ro), 0);
	assert_int_equal(cf_layer_rights_at(layer, "/a"), rw);
	assert_int_equal(cf_layer_rights_at(layer, "/a/f"), rw);
	assert_int_equal(cf_layer_rights_at(layer, "/a/b/c"), 0);
	assert_int_equal(cf_layer_rights_at(layer, "/a/bc"), append);
	assert_int_equal(cf_layer_rights_at(layer, "/a/bcd"), rw);
	assert_int_equal(cf_layer_rights_at(layer, "/ab"), ro);
	assert_int_equal(cf_layer_rights_at(layer, "/"), ro);
}

static void test_layer_net_changes_noticed(void **state)
{
	(void)state;
	ASSERT_NOTICED("direction of network", p.nets[0].direction = 2);
	ASSERT_NOTICED("prefix of network (0)", p.nets[0].prefix_length = 129);
	ASSERT_NOTICED("prefix of network (0)", p.nets[0].address[15] = 1);
	ASSERT_NOTICED("order of network (1)", p.nets[1] = p.nets[0]);
	ASSERT_NOTICED("order of network (1)", p.nets[0].direction = CF_NET_LISTEN);
	ASSERT_NOTICED("number of ports of network", p.nets[0].net.n_ports = CF_MAX_NET_PORTS + 1);
	ASSERT_NOTICED("number of ports of network", p.nets[0].net.n_ports = 0xffffffff);
	ASSERT_NOTICED("unused ports of network", p.nets[0].net.ports[15].last = 1);
	ASSERT_NOTICED("unused ports of network", p.nets[0].net.n_ports = 1);
	ASSERT_NOTICED("ports of network (0)", p.nets[0].net.ports[0].first = 2);
	ASSERT_NOTICED("ports of network (0)", p.nets[0].net.ports[0].first = 0);
	/* Port 0 alone is a choice, which only binding leaves to the kernel. */
	ASSERT_NOTICED("ports of network (0)",
		       (p.nets[0].net.ports[0].first = 0, p.nets[0].net.ports[0].last = 0));
	ASSERT_NOTICED("protocols of network", p.nets[0].net.ports[0].protocols = 4);
	ASSERT_NOTICED("protocols of network", p.nets[0].net.ports[0].reserved = 1);
	ASSERT_NOTICED("rule of network",
		       p.nets[0].net.ports[0].rule = (uint16_t)p.layer->n_sources);
	/* A denial is the only range, all ports, and of connecting. */
	ASSERT_NOTICED("denial of network (0)", p.nets[0].net.ports[0].protocols = 0);
	ASSERT_NOTICED("denial of network", p.nets[p.layer->n_nets - 2].net.ports[0].protocols = 0);
}

static void test_layer_buffer_changes_noticed(void **state)
{
	struct parts p = make_parts();
	uint32_t size = p.layer->size;
	char *shifted = malloc(size + 8);
	struct cf_layer *largest = calloc(1, CF_LAYER_MAX_SIZE + 1);

	(void)state;
	memcpy(shifted + 4, p.layer, size);
	assert_int_equal(cf_layer_check(shifted + 4, size, NULL), -EBADMSG);
	memcpy(largest, p.layer, size);
	assert_int_equal(cf_layer_check(largest, size, NULL), 0);
	assert_int_equal(cf_layer_check(largest, CF_LAYER_MAX_SIZE + 1, NULL), -EBADMSG);
	free(shifted);
	free(largest);
	free(p.layer);
}

static void test_layer_without_strings_noticed(void **state)
{
	struct {
		struct cf_layer layer;
		struct cf_layer_source sources[CF_N_DEFAULT_RULES];
	} image = {
		.layer = {.magic = CF_LAYER_MAGIC,
			  .version = CF_LAYER_VERSION,
			  .size = sizeof(image),
			  .n_sources = CF_N_DEFAULT_RULES,
			  .name = "a"},
	};
	struct cf_diag diag = {};

	(void)state;
	assert_int_equal(cf_layer_check(&image, sizeof(image), &diag), -EBADMSG);
	assert_non_null(strstr(diag.message, "strings (0)"));
}

static void test_layer_every_cut_noticed(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(sample);

	(void)state;
	for (size_t size = 0; size < layer->size; size++) {
		cf_auto_free struct cf_layer *cut = malloc(size + (size == 0));

		memcpy(cut, layer, size);
		assert_int_equal(cf_layer_check(cut, size, NULL), -EBADMSG);
		if (size < sizeof(*cut))
			continue;
		cut->size = (uint32_t)size;
		assert_int_equal(cf_layer_check(cut, size, NULL), -EBADMSG);
	}
}

/* Whatever one byte becomes: refused, or as sound as before to print and to fold. */
static void test_layer_every_byte_changed_is_safe(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(sample);
	static const unsigned char values[] = {0x00, 0x01, 0x2f, 0x2a, 0x7f, 0x80, 0xff};
	size_t n_refused = 0;

	(void)state;
	for (size_t i = 0; i < layer->size; i++) {
		for (size_t j = 0; j < sizeof(values); j++) {
			CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;
			cf_auto_free struct cf_layer *changed = malloc(layer->size);
			const struct cf_layer *layers[] = {layer, changed};
			cf_auto_free char *text = NULL;

			memcpy(changed, layer, layer->size);
			((unsigned char *)changed)[i] = values[j];
			if (cf_layer_check(changed, layer->size, NULL) < 0) {
				n_refused++;
				continue;
			}
			assert_int_equal(cf_policy_print(changed, &text), 0);
			assert_int_equal(cf_domain_build(1, layers, 2, &image, NULL), 0);
		}
	}
	assert_true(n_refused > layer->size * sizeof(values) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layer_header_changes_noticed),
		cmocka_unit_test(test_layer_count_changes_noticed),
		cmocka_unit_test(test_layer_string_changes_noticed),
		cmocka_unit_test(test_layer_path_changes_noticed),
		cmocka_unit_test(test_layer_exec_changes_noticed),
		cmocka_unit_test(test_layer_digest_changes_noticed),
		cmocka_unit_test(test_layer_replace_changes_noticed),
		cmocka_unit_test(test_layer_name_changes_noticed),
		cmocka_unit_test(test_layer_rights_at_nearest_path),
		cmocka_unit_test(test_layer_net_changes_noticed),
		cmocka_unit_test(test_layer_buffer_changes_noticed),
		cmocka_unit_test(test_layer_without_strings_noticed),
		cmocka_unit_test(test_layer_every_cut_noticed),
		cmocka_unit_test(test_layer_every_byte_changed_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
