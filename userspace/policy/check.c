/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/check.h"
#include "policy/model.h"

/* A rule and its position in the order of merging. */
struct ordered_rule {
	struct cf_rule *rule;
	size_t position;
};

static int compare_subjects(const struct ordered_rule *one, const struct ordered_rule *other)
{
	int order;

	if (one->rule->kind != other->rule->kind)
		return one->rule->kind < other->rule->kind ? -1 : 1;
	order = strcmp(one->rule->subject, other->rule->subject);
	if (order != 0 || one->rule->kind != CF_RULE_PIN)
		return order;
	/* A path may have several. */
	if (one->rule->digest.kind != other->rule->digest.kind)
		return one->rule->digest.kind < other->rule->digest.kind ? -1 : 1;
	return memcmp(one->rule->digest.bytes, other->rule->digest.bytes, CF_DIGEST_SIZE);
}

static int compare_rules(const void *left, const void *right)
{
	const struct ordered_rule *one = left;
	const struct ordered_rule *other = right;
	int order = compare_subjects(one, other);

	if (order != 0)
		return order;
	return one->position < other->position ? -1 : 1;
}

static int refuse_twice(const struct cf_rule *first, const struct cf_rule *again,
			struct cf_diag *diag)
{
	return cf_place_error(diag, CF_P_RULE_TWICE, &again->place, "keep one of them",
			      "a second rule for '%.*s' in one document, the first is at line %u",
			      cf_shown(again->subject), first->place.line);
}

int cf_check_rules(struct cf_rule *const *rules, size_t n_rules, struct cf_diag *diag)
{
	cf_auto_free struct ordered_rule *ordered = NULL;
	const struct cf_rule *first = NULL;
	const struct cf_rule *again = NULL;
	size_t again_at = n_rules;
	size_t n = 0;

	if (n_rules == 0)
		return 0;
	ordered = calloc(n_rules, sizeof(*ordered));
	if (!ordered)
		return -ENOMEM;
	for (size_t i = 0; i < n_rules; i++)
		if (!rules[i]->is_replaced)
			ordered[n++] = (struct ordered_rule){.rule = rules[i], .position = i};
	qsort(ordered, n, sizeof(*ordered), compare_rules);
	for (size_t i = 1; i < n; i++) {
		if (compare_subjects(&ordered[i - 1], &ordered[i]) != 0)
			continue;
		ordered[i - 1].rule->is_replaced = true;
		/* The first problem is the first one in the text. */
		if (ordered[i - 1].rule->document == ordered[i].rule->document &&
		    ordered[i].position < again_at) {
			first = ordered[i - 1].rule;
			again = ordered[i].rule;
			again_at = ordered[i].position;
		}
	}
	return again ? refuse_twice(first, again, diag) : 0;
}
