/* SPDX-License-Identifier: Apache-2.0 */
/* domain.c and domain_names.c, table by table; test_domain_matching.c has what they mean together. */
#include "tests/unit/policy/support.h"

#include "policy/layer.h"

/* The bits of a mask as text: "0 3 7". */
static const char *bits_text(const __u64 *words, unsigned int n_words)
{
	static char text[2048];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int bit = 0; bit < 64 * n_words; bit++)
		if (has_bit(words, bit))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u",
						 used ? " " : "", bit);
	return text;
}

#define MASK(words) bits_text(words, CF_NAME_WORDS)

static const char *affix_text(const struct cf_domain_affix *affixes, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(affixes[i].key.name, name) != 0)
			continue;
		assert_int_equal(affixes[i].key.prefixlen, 32 + 8 * strlen(name));
		assert_int_equal(affixes[i].key.agent, AGENT);
		return MASK(affixes[i].mask.words);
	}
	return "absent";
}

static const char *literal_text(const struct cf_domain_image *image, const char *name)
{
	for (size_t i = 0; i < image->n_literals; i++) {
		if (strcmp(image->literals[i].key.name, name) != 0)
			continue;
		assert_int_equal(image->literals[i].key.length, strlen(name));
		assert_int_equal(image->literals[i].key.agent, AGENT);
		return MASK(image->literals[i].mask.words);
	}
	return "absent";
}

#define PREFIX(image, name) affix_text((image)->prefixes, (image)->n_prefixes, name)
#define SUFFIX(image, name) affix_text((image)->suffixes, (image)->n_suffixes, name)

static const struct cf_name_rule *rule_at(const struct cf_domain_image *image, unsigned int bit)
{
	for (size_t i = 0; i < image->n_name_rules; i++)
		if (image->name_rules[i].key.bit == bit) {
			assert_int_equal(image->name_rules[i].key.agent, AGENT);
			return &image->name_rules[i].value;
		}
	fail_msg("no rule at bit %u", bit);
	return NULL;
}

static void test_domain_components_last_lowest(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(FILES(RULE("name: a/b/c, access: ro") RULE(
		"name: d/*, access: none") RULE("name: e, access: rw-no-delete")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	assert_string_equal(literal_text(image, "c"), "0");
	assert_string_equal(literal_text(image, "b"), "1");
	assert_string_equal(literal_text(image, "a"), "2");
	assert_string_equal(literal_text(image, "d"), "3");
	assert_string_equal(literal_text(image, "e"), "4");
	assert_string_equal(MASK(image->domain.name_leaf), "0 3 4");
	assert_string_equal(MASK(image->domain.name_children), "3");
	assert_string_equal(MASK(image->domain.name_complete), "2 3 4");
	assert_string_equal(MASK(image->domain.name_leading), "1 2 3");
	assert_string_equal(MASK(image->domain.name_both), "");
	assert_int_equal(image->n_name_rules, 3);
	assert_int_equal(rule_at(image, 2)->rights, 0x243);
	assert_int_equal(rule_at(image, 2)->rule, CF_N_DEFAULT_RULES);
	assert_int_equal(rule_at(image, 3)->rights, 0);
	assert_int_equal(rule_at(image, 4)->rule, CF_N_DEFAULT_RULES + 2);
	assert_int_equal(rule_at(image, 4)->except, CF_NAME_BITS);
	assert_int_equal(rule_at(image, 4)->min_length, 0);
	assert_int_equal(image->domain.flags, CF_DOMAIN_NAMES | CF_DOMAIN_KEEPS);
}

static void test_domain_affixes_closed(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(FILES(
		RULE("name: 'abc*', access: ro") RULE("name: 'a*', access: ro")
			RULE("name: 'b*', access: ro") RULE("name: 'abcd*', access: ro") RULE(
				"name: 'ab*', access: ro") RULE("name: 'abx*', access: ro")
				RULE("name: '*.c', access: ro") RULE("name: '*.b.c', access: ro")
					RULE("name: '*c', access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	assert_int_equal(image->n_prefixes, 6);
	assert_string_equal(PREFIX(image, "a"), "1");
	assert_string_equal(PREFIX(image, "ab"), "1 4");
	assert_string_equal(PREFIX(image, "abc"), "0 1 4");
	assert_string_equal(PREFIX(image, "abcd"), "0 1 3 4");
	assert_string_equal(PREFIX(image, "abx"), "1 4 5");
	assert_string_equal(PREFIX(image, "b"), "2");
	assert_int_equal(image->n_suffixes, 3);
	assert_string_equal(SUFFIX(image, "c"), "8");
	assert_string_equal(SUFFIX(image, "c."), "6 8");
	assert_string_equal(SUFFIX(image, "c.b."), "6 7 8");
	assert_int_equal(image->n_literals, 0);
}

static void test_domain_same_text_shares_key(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(FILES(RULE("name: x/a, access: ro") RULE(
		"name: y/a, access: none") RULE("name: 'a*', access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	/* The literal and the prefix are looked up apart: neither holds the other's bits. */
	assert_int_equal(image->n_literals, 3);
	assert_string_equal(literal_text(image, "a"), "0 2");
	assert_string_equal(PREFIX(image, "a"), "4");
}

/* How many cells have the bit, and is it in that of each of these ends, three bytes long? */
static void check_cells(const struct cf_domain_image *image, __u8 end, const char *const *ends,
			unsigned int n_expected)
{
	unsigned int n = 0;

	for (unsigned int cell = 0; cell < CF_NAME_CELLS; cell++)
		n += (image->ends.cells[cell] & end) != 0;
	assert_int_equal(n, n_expected);
	for (; *ends; ends++) {
		const unsigned char *bytes = (const unsigned char *)*ends;
		const __u32 number = bytes[0] | (__u32)bytes[1] << 8 | (__u32)bytes[2] << 16;

		assert_true(image->ends.cells[end == CF_NAME_FIRST ? cf_name_first_cell(number)
								   : cf_name_last_cell(number)] &
			    end);
	}
}

static void test_domain_filter_holds_beginnings(void **state)
{
	static const char *const ends[] = {"lit", "pre", "ab\0", NULL};
	cf_auto_free struct cf_layer *layer =
		layer_of(FILES(RULE("name: lit, access: ro") RULE("name: 'pre*', access: ro") RULE(
			"name: 'pref*', access: ro") RULE("name: ab, access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);
	static const char *const none[] = {NULL};

	(void)state;
	check_cells(image, CF_NAME_FIRST, ends, 3);
	check_cells(image, CF_NAME_LAST, none, 0);
}

static void test_domain_filter_holds_endings(void **state)
{
	static const char *const ends[] = {"ufX", "\0.q", "a.q", "z.q", NULL};
	static const char *const first[] = {"d\0x", "e\0y", NULL};
	cf_auto_free struct cf_layer *layer = layer_of(FILES(
		RULE("name: '*sufX', access: ro") RULE("name: d/e, access: ro, except: ['*.q']")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	check_cells(image, CF_NAME_LAST, ends, 1 + 16);
	/* What follows a name's NUL is nobody's. */
	check_cells(image, CF_NAME_FIRST, first, 16 + 16);
}

/* One byte, any two of which the filter tells four bits may follow. A prefix with a suffix goes by its prefix. */
static void test_domain_filter_leaves_short_ends_open(void **state)
{
	static const char *const ends[] = {"bat", "b\0\0", "b\xff\xff", NULL};
	cf_auto_free struct cf_layer *layer = layer_of(FILES(RULE("name: 'b*tY', access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);
	static const char *const none[] = {NULL};

	(void)state;
	check_cells(image, CF_NAME_FIRST, ends, 0xef); /* some of the 256 share one */
	check_cells(image, CF_NAME_LAST, none, 0);
}

static void test_domain_filter_takes_high_bytes(void **state)
{
	static const char *const first[] = {"\xc3\xbc\xc3", NULL};
	static const char *const last[] = {"\xbc\xc3\xbc", NULL};
	cf_auto_free struct cf_layer *layer =
		layer_of(FILES(RULE("name: \"\xc3\xbc\xc3\xbc*\", access: ro")
				       RULE("name: \"*\xc3\xbc\xc3\xbc\", access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	check_cells(image, CF_NAME_FIRST, first, 1);
	check_cells(image, CF_NAME_LAST, last, 1);
}

static void test_domain_excepts_share_a_bit(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(FILES(RULE(
		"name: a/b, access: ro, except: ['*.s', l, 'p*']") RULE("name: c, access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	assert_int_equal(rule_at(image, 1)->except, 2);
	assert_string_equal(literal_text(image, "l"), "2");
	assert_string_equal(PREFIX(image, "p"), "2");
	assert_string_equal(SUFFIX(image, "s."), "2");
	assert_string_equal(MASK(image->domain.name_leaf), "0 3");
	assert_string_equal(MASK(image->domain.name_complete), "1 3");
	assert_string_equal(MASK(image->domain.name_leading), "1");
}

static void test_domain_prefix_and_suffix_need_both(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(
		FILES(RULE("name: 'ab*cde', access: none") RULE("name: 'x/f*g/h*ij', access: ro")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	assert_string_equal(MASK(image->domain.name_both), "0 1 2");
	assert_string_equal(PREFIX(image, "ab"), "0");
	assert_string_equal(SUFFIX(image, "edc"), "0");
	assert_int_equal(rule_at(image, 0)->min_length, 5);
	/* Lengths stand at the components' own bits, the rule at its first component's. */
	assert_int_equal(image->n_name_rules, 4);
	assert_int_equal(rule_at(image, 3)->min_length, 0);
	assert_int_equal(rule_at(image, 2)->min_length, 2);
	assert_int_equal(rule_at(image, 1)->min_length, 3);
	assert_int_equal(rule_at(image, 1)->except, CF_NAME_BITS);
}

static void test_domain_longest_texts_fit(void **state)
{
	char text[600];
	char name[CF_NAME_SIZE];
	cf_auto_free struct cf_layer *layer = NULL;
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(text, sizeof(text),
		       FILES(RULE("name: '%s', access: ro") RULE("name: '%s*%s', access: ro")),
		       name, name, name);
	layer = layer_of(text);
	image = domain_of(layer);
	assert_string_equal(literal_text(image, name), "0");
	assert_string_equal(PREFIX(image, name), "1");
	assert_string_equal(SUFFIX(image, name), "1");
	assert_int_equal(rule_at(image, 1)->min_length, 2 * (CF_NAME_SIZE - 1));
}

static void test_domain_modes_that_keep(void **state)
{
	static const struct {
		const char *text;
		uint32_t flags;
	} table[] = {
		{HEAD "process: {io_uring: allow}\n", CF_DOMAIN_IO_URING},
		{HEAD "process: {io_uring: allow}\nfiles: {default: rw}\n", CF_DOMAIN_IO_URING},
		{HEAD "process: {io_uring: allow}\nfiles: {default: append}\n", CF_DOMAIN_KEEPS},
		{HEAD "files: {rules: [{path: /a, access: rw-no-delete}]}\n", CF_DOMAIN_KEEPS},
		{HEAD "process: {io_uring: allow}\n"
		      "files: {rules: [{name: a, access: append-exec}]}\n",
		 CF_DOMAIN_KEEPS | CF_DOMAIN_NAMES},
		{HEAD "files: {rules: [{path: /a, access: none}, {path: /b, access: rw-exec}]}\n",
		 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cf_auto_free struct cf_layer *layer = layer_of(table[i].text);
		const struct cf_layer *layers[] = {layer};
		struct cf_domain_image *image = NULL;

		assert_int_equal(cf_domain_build(AGENT, layers, 1, &image, NULL), 0);
		assert_int_equal(image->domain.flags, table[i].flags);
		assert_int_equal(cf_layer_keeps(layer), !!(table[i].flags & CF_DOMAIN_KEEPS));
		cf_domain_image_free(&image);
	}
}

static void test_domain_flags_need_every_layer(void **state)
{
	cf_auto_free struct cf_layer *all =
		layer_of(HEAD "mode: audit\nexec: {memfd: allow, setuid: allow}\n"
			      "process: {namespaces: allow, io_uring: allow}\nobserve: [exec]\n");
	cf_auto_free struct cf_layer *none = layer_of(HEAD "observe: [connect]\n");
	const struct cf_layer *same[] = {all, all};
	const struct cf_layer *mixed[] = {all, none};
	const struct cf_layer *reversed[] = {none, all};
	struct cf_domain_image *image = NULL;

	(void)state;
	assert_int_equal(cf_domain_build(AGENT, same, 2, &image, NULL), 0);
	assert_int_equal(image->domain.flags, CF_DOMAIN_AUDIT | CF_DOMAIN_MEMFD_EXEC |
						      CF_DOMAIN_NAMESPACES | CF_DOMAIN_SET_ID |
						      CF_DOMAIN_IO_URING);
	assert_int_equal(image->domain.agent, AGENT);
	assert_int_equal(image->domain.n_layers, 2);
	cf_domain_image_free(&image);
	assert_null(image);
	assert_int_equal(cf_domain_build(AGENT, mixed, 2, &image, NULL), 0);
	assert_int_equal(image->domain.flags, 0);
	/* To be told is not to be allowed: any layer may ask. */
	assert_int_equal(image->domain.observe, 1U << CF_OP_EXEC | 1U << CF_OP_CONNECT);
	cf_domain_image_free(&image);
	assert_int_equal(cf_domain_build(AGENT, reversed, 2, &image, NULL), 0);
	assert_int_equal(image->domain.flags, 0);
	cf_domain_image_free(&image);
}

static void test_domain_layers_keep_their_index(void **state)
{
	cf_auto_free struct cf_layer *outer = layer_of(FILES(
		RULE("name: a, access: ro")) "network: {allow: [{to: 10.0.0.0/8, ports: [1]}]}\n");
	cf_auto_free struct cf_layer *inner = layer_of(FILES(RULE(
		"name: b, access: ro")) "network: {allow: [{to: 10.0.0.0/8, ports: [1]}], listen: [{on: '::1', ports: [2]}]}\n");
	const struct cf_layer *layers[] = {outer, inner};
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;

	(void)state;
	assert_int_equal(cf_domain_build(AGENT, layers, 2, &image, NULL), 0);
	assert_int_equal(rule_at(image, 0)->layer, 0);
	assert_int_equal(rule_at(image, 1)->layer, 1);
	assert_int_equal(image->n_nets, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(image->nets[i].key.agent, AGENT);
	assert_int_equal(image->nets[0].key.layer, 0);
	assert_int_equal(image->nets[1].key.layer, 1);
	assert_int_equal(image->nets[0].key.prefixlen, 64 + 96 + 8);
	assert_int_equal(image->nets[0].key.direction, CF_NET_CONNECT);
	assert_int_equal(image->nets[2].key.direction, CF_NET_LISTEN);
	assert_int_equal(image->nets[2].key.prefixlen, 64 + 128);
	assert_int_equal(image->nets[2].value.ports[0].first, 2);
}

static void test_domain_rules_decided_outside_left_out(void **state)
{
	cf_auto_free struct cf_layer *outer = layer_of(
		FILES(RULE("name: a/b, access: ro, except: [c]") RULE("name: d, access: ro")));
	cf_auto_free struct cf_layer *same = layer_of(
		FILES(RULE("name: d, access: ro") RULE("name: a/b, access: ro, except: [c]")));
	cf_auto_free struct cf_layer *wider =
		layer_of(FILES(RULE("name: d, access: rw-no-delete")));
	cf_auto_free struct cf_layer *stricter = layer_of(FILES(RULE("name: d, access: none") RULE(
		"name: a/b, access: ro") RULE("name: 'd/*', access: ro")));
	const struct cf_layer *layers[] = {outer, same, wider};
	struct cf_domain_image *image = NULL;

	(void)state;
	assert_int_equal(cf_domain_build(AGENT, layers, 3, &image, NULL), 0);
	/* d of `wider` gives more than `ro`, metadata and writing, but also lacks deleting, as `ro` does. */
	assert_int_equal(image->n_name_rules, 2);
	cf_domain_image_free(&image);
	layers[1] = stricter;
	assert_int_equal(cf_domain_build(AGENT, layers, 2, &image, NULL), 0);
	assert_int_equal(image->n_name_rules, 5);
	cf_domain_image_free(&image);
}

static void test_domain_nine_equal_layers_fit(void **state)
{
	char text[8192] = FILES("");
	size_t size = strlen(text);
	cf_auto_free struct cf_layer *layer = NULL;
	const struct cf_layer *layers[CF_MAX_LAYERS + 1];
	struct cf_domain_image *image = NULL;
	struct cf_diag diag = {};

	(void)state;
	for (int i = 0; i < 100; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 RULE("name: n%d/b/c, access: ro"), i);
	layer = layer_of(text);
	for (size_t i = 0; i <= CF_MAX_LAYERS; i++)
		layers[i] = layer;
	assert_int_equal(cf_domain_build(AGENT, layers, CF_MAX_LAYERS, &image, NULL), 0);
	assert_int_equal(image->n_name_rules, 100);
	cf_domain_image_free(&image);
	assert_int_equal(cf_domain_build(AGENT, layers, CF_MAX_LAYERS + 1, &image, &diag), -E2BIG);
	assert_string_equal(diag.code, "CF-P063");
	assert_int_equal(cf_domain_build(AGENT, layers, 0, &image, &diag), -E2BIG);
	assert_null(image);
}

static void test_domain_name_bits_bounded(void **state)
{
	char text[2][16384];
	struct cf_layer *layers[2];
	struct cf_domain_image *image = NULL;
	struct cf_diag diag = {};

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t size = (size_t)snprintf(text[i], sizeof(text[i]), "%s", FILES(""));

		for (int j = 0; j < 64; j++)
			size += (size_t)snprintf(text[i] + size, sizeof(text[i]) - size,
						 RULE("name: l%d-%d/b/c/d, access: ro"), i, j);
		if (i == 1)
			(void)snprintf(text[i] + size, sizeof(text[i]) - size,
				       RULE("name: x, access: ro"));
		layers[i] = layer_of(text[i]);
	}
	assert_int_equal(
		cf_domain_build(AGENT, (const struct cf_layer *const *)layers, 2, &image, &diag),
		-E2BIG);
	assert_string_equal(diag.code, "CF-P062");
	assert_null(image);
	assert_int_equal(
		cf_domain_build(AGENT, (const struct cf_layer *const *)layers, 1, &image, &diag),
		0);
	assert_true(has_bit(image->domain.name_leaf, 252));
	assert_true(has_bit(image->domain.name_complete, 255));
	cf_domain_image_free(&image);
	free(layers[0]);
	free(layers[1]);
}

static void test_domain_replaces_have_a_bit_each(void **state)
{
	cf_auto_free struct cf_layer *outer =
		layer_of(FILES(RULE("path: /a, access: rw-no-delete, replace: ['*.lock', tmp]")));
	cf_auto_free struct cf_layer *inner = layer_of(
		FILES(RULE("path: /b, access: rw-no-delete") RULE("name: tmp, access: ro")
			      RULE("path: /a, access: rw-no-delete-exec, replace: [tmp]")));
	const struct cf_layer *layers[] = {outer, inner};
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;

	(void)state;
	assert_int_equal(cf_domain_build(AGENT, layers, 2, &image, NULL), 0);
	assert_int_equal(image->n_replaces, 2);
	assert_int_equal(cf_domain_replace_bit(image, 0, 2), 0);
	assert_int_equal(cf_domain_replace_bit(image, 1, 2), CF_NAME_BITS);
	assert_int_equal(cf_domain_replace_bit(image, 1, 4), 2);
	assert_int_equal(cf_domain_replace_bit(image, 0, 4), CF_NAME_BITS);
	assert_true(image->domain.flags & CF_DOMAIN_NAMES);
	/* They begin no rule, and so take nothing away. */
	assert_int_equal(image->domain.name_leaf[0], 1U << 1);
	assert_int_equal(image->domain.name_complete[0], 1U << 1);
	assert_int_equal(image->n_literals, 1);
	assert_int_equal(image->literals[0].mask.words[0], 7);
	assert_int_equal(image->n_suffixes, 1);
	assert_int_equal(image->suffixes[0].mask.words[0], 1);
}

static void test_domain_replaces_alone_are_names(void **state)
{
	cf_auto_free struct cf_layer *layer =
		layer_of(FILES(RULE("path: /a, access: rw-no-delete, replace: [tmp]")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);

	(void)state;
	assert_true(image->domain.flags & CF_DOMAIN_NAMES);
	assert_int_equal(image->n_name_rules, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain_components_last_lowest),
		cmocka_unit_test(test_domain_affixes_closed),
		cmocka_unit_test(test_domain_same_text_shares_key),
		cmocka_unit_test(test_domain_filter_holds_beginnings),
		cmocka_unit_test(test_domain_filter_holds_endings),
		cmocka_unit_test(test_domain_filter_leaves_short_ends_open),
		cmocka_unit_test(test_domain_filter_takes_high_bytes),
		cmocka_unit_test(test_domain_excepts_share_a_bit),
		cmocka_unit_test(test_domain_prefix_and_suffix_need_both),
		cmocka_unit_test(test_domain_longest_texts_fit),
		cmocka_unit_test(test_domain_modes_that_keep),
		cmocka_unit_test(test_domain_flags_need_every_layer),
		cmocka_unit_test(test_domain_layers_keep_their_index),
		cmocka_unit_test(test_domain_rules_decided_outside_left_out),
		cmocka_unit_test(test_domain_nine_equal_layers_fit),
		cmocka_unit_test(test_domain_name_bits_bounded),
		cmocka_unit_test(test_domain_replaces_have_a_bit_each),
		cmocka_unit_test(test_domain_replaces_alone_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
