/* SPDX-License-Identifier: Apache-2.0 */
/* What the reference expects of a hook, and whether its answer is that. */
#ifndef CF_MODEL_EXPECTED_H
#define CF_MODEL_EXPECTED_H

#include "tests/model/access.h"

struct cf_layer;

struct expected {
	bool is_denied;
	bool is_target;	 /* by the second object */
	bool is_unknown; /* because a bound is passed */
	bool is_pinned;	 /* the rights alone would allow it */
};

/* @ret_verdict: of the object that decides. */
struct expected expected_of(const struct ref_policy *policy, const struct access *access,
			    struct ref_verdict *ret_verdict);

/* Did the hook answer so, and name a rule that takes away what was wanted? @layers: the compiled policy. */
bool expected_is_met(const struct ref_policy *policy, struct cf_layer *const *layers,
		     const struct access *access, const struct expected *expected,
		     const struct ref_verdict *verdict, int found, const struct model_told *told);

/* Would it be denied, but for a name in `replace`? */
bool expected_is_released(const struct ref_policy *policy, const struct access *access);

#endif /* CF_MODEL_EXPECTED_H */
