/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What domain_names.c makes, by a model of the kernel's matching that is written
 * from bpf/abi.h, against a plain reading of the patterns.
 */
#include "tests/unit/policy/support.h"

#include "policy/layer.h"
#include "policy/pattern.h"

static void model_hits(const struct cf_domain_image *image, const char *name, __u64 *hits)
{
	const struct cf_domain_affix *prefix = NULL;
	const struct cf_domain_affix *suffix = NULL;
	const __u64 none[CF_NAME_WORDS] = {};
	const __u64 *literal = none;
	size_t length = strlen(name);
	__u32 first = 0, last = 0;

	memset(hits, 0, sizeof(none));
	for (size_t i = 0; i < 3 && i < length; i++) {
		first |= (__u32)(unsigned char)name[i] << 8 * i;
		last |= (__u32)(unsigned char)name[length - 1 - i] << (16 - 8 * i);
	}
	if (!(image->ends.cells[cf_name_first_cell(first)] & CF_NAME_FIRST) &&
	    !(image->ends.cells[cf_name_last_cell(last)] & CF_NAME_LAST))
		return;
	for (size_t i = 0; i < image->n_literals; i++)
		if (strcmp(image->literals[i].key.name, name) == 0)
			literal = image->literals[i].mask.words;
	for (size_t i = 0; i < image->n_prefixes; i++) {
		const char *text = image->prefixes[i].key.name;

		if (strncmp(name, text, strlen(text)) == 0 &&
		    (!prefix || strlen(text) > strlen(prefix->key.name)))
			prefix = &image->prefixes[i];
	}
	for (size_t i = 0; i < image->n_suffixes; i++) {
		const char *text = image->suffixes[i].key.name;
		size_t n = strlen(text);
		bool matches = n <= length;

		for (size_t j = 0; matches && j < n; j++)
			matches = text[j] == name[length - 1 - j];
		if (matches && (!suffix || n > strlen(suffix->key.name)))
			suffix = &image->suffixes[i];
	}
	for (size_t i = 0; i < CF_NAME_WORDS; i++) {
		__u64 starts = prefix ? prefix->mask.words[i] : 0;
		__u64 ends = suffix ? suffix->mask.words[i] : 0;
		__u64 both = image->domain.name_both[i];

		hits[i] = ((starts | ends) & ~both) | (starts & ends & both) | literal[i];
	}
	for (size_t i = 0; i < image->n_name_rules; i++)
		if (has_bit(image->domain.name_both, image->name_rules[i].key.bit) &&
		    length < image->name_rules[i].value.min_length)
			hits[image->name_rules[i].key.bit / 64] &=
				~(UINT64_C(1) << (image->name_rules[i].key.bit % 64));
}

/* What all name rules together leave of a path given leaf first. */
static uint16_t model_rights(const struct cf_domain_image *image, const char *const *names,
			     size_t n_names, bool is_directory)
{
	__u64 state[CF_NAME_WORDS] = {};
	__u64 leaf[CF_NAME_WORDS] = {};
	uint16_t rights = CF_RIGHTS_ALL;

	for (size_t level = 0; level < n_names; level++) {
		__u64 hits[CF_NAME_WORDS];
		__u64 carry = 0;

		model_hits(image, names[level], hits);
		if (level == 0)
			memcpy(leaf, hits, sizeof(leaf));
		for (size_t i = 0; i < CF_NAME_WORDS; i++) {
			__u64 start = image->domain.name_leaf[i];
			__u64 shifted = state[i] << 1 | carry;

			if (level == 0)
				start &= ~image->domain.name_children[i];
			carry = state[i] >> 63;
			state[i] = (shifted | start) & hits[i];
		}
		for (size_t i = 0; i < image->n_name_rules; i++) {
			const struct cf_domain_name_rule *rule = &image->name_rules[i];

			if (!has_bit(state, rule->key.bit) ||
			    !has_bit(image->domain.name_complete, rule->key.bit))
				continue;
			if (rule->value.except < CF_NAME_BITS && !is_directory &&
			    has_bit(leaf, rule->value.except))
				continue;
			rights &= rule->value.rights;
		}
	}
	return rights;
}

static bool matches(const struct cf_layer_pattern *pattern, const char *name)
{
	size_t prefix = pattern->prefix_length;
	size_t suffix = pattern->suffix_length;
	size_t length = strlen(name);

	if (pattern->kind == CF_PATTERN_LITERAL)
		return length == prefix && memcmp(name, pattern->text, prefix) == 0;
	return length >= prefix + suffix && memcmp(name, pattern->text, prefix) == 0 &&
	       memcmp(name + length - suffix, pattern->text + prefix + 1, suffix) == 0;
}

static uint16_t plain_rights(const struct cf_layer *layer, const char *const *names, size_t n_names,
			     bool is_directory)
{
	uint16_t rights = CF_RIGHTS_ALL;

	for (uint32_t i = 0; i < layer->n_names; i++) {
		const struct cf_layer_name *rule = &cf_layer_names(layer)[i];
		const struct cf_layer_pattern *patterns = cf_layer_patterns(layer);
		bool is_met = false;
		bool is_excepted = false;

		for (size_t level = rule->children_only; level + rule->n_components <= n_names;
		     level++) {
			bool all = true;

			for (size_t j = 0; j < rule->n_components; j++)
				all &= matches(
					&patterns[rule->components + rule->n_components - 1 - j],
					names[level + j]);
			is_met |= all;
		}
		for (size_t j = 0; j < rule->n_excepts; j++)
			is_excepted |=
				!is_directory && matches(&patterns[rule->excepts + j], names[0]);
		if (is_met && !is_excepted)
			rights &= rule->rights;
	}
	return rights;
}

static void test_domain_matches_as_the_patterns_read(void **state)
{
	cf_auto_free struct cf_layer *layer = layer_of(FILES(
		RULE("name: a, access: rw-exec") RULE("name: 'a*', access: rw-no-delete") RULE(
			"name: 'ab*', access: append") RULE("name: '*b', access: ro-exec")
			RULE("name: 'a*a', access: none") RULE("name: 'a/b', access: ro")
				RULE("name: 'b/*', access: rw-exec, except: ['*a', ab]")
					RULE("name: 'a*/b*a/c*', access: ro") RULE(
						"name: 'b/a/b/a', access: none")
						RULE("name: 'c/c/*', access: append+exec") RULE(
							"name: 'ba*', access: ro, except: ['bab*']")
							RULE("name: 'ab*ba', access: ro-exec")));
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = domain_of(layer);
	static const char *const words[] = {"a",   "b",	  "c",	  "aa", "ab",	"ba",	"cc",
					    "aba", "bab", "abba", "ca", "baba", "babb", "abb"};
	enum { N_WORDS = sizeof(words) / sizeof(words[0]) };
	unsigned int n_limited = 0;

	(void)state;
	for (unsigned int i = 0; i < 2U * N_WORDS * N_WORDS * N_WORDS * N_WORDS; i++) {
		const char *names[] = {words[i / 2 % N_WORDS], words[i / 2 / N_WORDS % N_WORDS],
				       words[i / 2 / N_WORDS / N_WORDS % N_WORDS],
				       words[i / 2 / N_WORDS / N_WORDS / N_WORDS]};
		uint16_t expected = plain_rights(layer, names, 4, i % 2);
		uint16_t found = model_rights(image, names, 4, i % 2);

		if (expected != found)
			fail_msg("%s/%s/%s/%s: expected 0x%03x, found 0x%03x", names[3], names[2],
				 names[1], names[0], expected, found);
		n_limited += expected != CF_RIGHTS_ALL;
	}
	assert_true(n_limited > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain_matches_as_the_patterns_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
