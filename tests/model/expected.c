/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/expected.h"

#include "bpf/abi.h"
#include "tests/model/daemon.h"

#define REFUSED (-13) /* EACCES */

static bool has_all(const struct ref_rights *rights, const enum ref_right *wanted, int n)
{
	for (int i = 0; i < n; i++)
		if (!rights->has[wanted[i]])
			return false;
	return true;
}

static bool is_refused(const struct ref_object *object, const struct ref_verdict *verdict,
		       const enum ref_right *wanted, int n)
{
	return (verdict->is_unknown && object->kind != REF_HARMLESS_DEVICE) ||
	       !has_all(&verdict->rights, wanted, n);
}

struct expected expected_of(const struct ref_policy *policy, const struct access *access,
			    struct ref_verdict *ret_verdict)
{
	struct expected expected = {};

	ref_judge(policy, &access->object, ret_verdict);
	expected.is_unknown = ret_verdict->is_unknown;
	expected.is_denied =
		is_refused(&access->object, ret_verdict, access->wanted, access->n_wanted);
	expected.is_pinned = !expected.is_denied && access->is_pinned;
	expected.is_denied |= access->is_pinned;
	if (expected.is_denied || access->n_target_wanted == 0)
		return expected;
	expected.is_target = true;
	ref_judge(policy, &access->target, ret_verdict);
	expected.is_unknown = ret_verdict->is_unknown;
	expected.is_denied = is_refused(&access->target, ret_verdict, access->target_wanted,
					access->n_target_wanted);
	expected.is_pinned = !expected.is_denied && access->is_target_pinned;
	expected.is_denied |= access->is_target_pinned;
	return expected;
}

/* Does the rule that was told really take something away that was wanted? */
static bool is_told_well(const struct ref_policy *policy, struct cf_layer *const *layers,
			 const struct access *access, const struct expected *expected,
			 const struct ref_verdict *verdict, const struct model_told *told)
{
	const enum ref_right *wanted = expected->is_target ? access->target_wanted : access->wanted;
	const int n = expected->is_target ? access->n_target_wanted : access->n_wanted;
	int document;
	unsigned int line;

	if ((int)told->is_target != (int)expected->is_target)
		return false;
	if (told->reason != CF_REASON_FILE_RULE && told->reason != CF_REASON_NAME_RULE &&
	    told->reason != CF_REASON_UNFILTERED)
		return told->reason == (expected->is_pinned ? CF_REASON_PINNED : CF_REASON_DEVICE);
	if (told->layer >= (unsigned int)policy->n_layers)
		return false;
	if (told->rule != CF_RULE_DEFAULT) {
		daemon_source(layers[told->layer], told->rule, &document, &line);
		if (document < 0)
			document = policy->layers[told->layer].n_documents - 1;
	}
	for (int i = 0; i < verdict->n_opinions; i++) {
		const struct ref_opinion *opinion = &verdict->opinions[i];
		const struct ref_rule *rule = opinion->rule;

		if (opinion->layer != (int)told->layer || has_all(&opinion->rights, wanted, n))
			continue;
		if (!rule ? told->rule == CF_RULE_DEFAULT
			  : told->rule != CF_RULE_DEFAULT && rule->document == document &&
				    rule->line == line &&
				    rule->is_name == (told->reason == CF_REASON_NAME_RULE ||
						      (rule->is_name &&
						       told->reason == CF_REASON_UNFILTERED)))
			return true;
	}
	return false;
}

bool expected_is_met(const struct ref_policy *policy, struct cf_layer *const *layers,
		     const struct access *access, const struct expected *expected,
		     const struct ref_verdict *verdict, int found, const struct model_told *told)
{
	const bool is_audit = ref_is_audit(policy);

	if (!expected->is_denied)
		return found == 0 && !told->is_told;
	if (found != (is_audit ? 0 : REFUSED) || !told->is_told)
		return false;
	if (told->code != (is_audit		  ? CF_VERDICT_WOULD_DENY
			   : expected->is_unknown ? CF_VERDICT_UNKNOWN
						  : CF_VERDICT_DENY))
		return false;
	return expected->is_unknown ||
	       is_told_well(policy, layers, access, expected, verdict, told);
}

bool expected_is_released(const struct ref_policy *policy, const struct access *access)
{
	struct access without = *access;
	struct ref_verdict verdict;

	if (!access->object.released)
		return false;
	without.object.released = NULL;
	without.target.released = NULL;
	return expected_of(policy, &without, &verdict).is_denied;
}
