/* SPDX-License-Identifier: Apache-2.0 */
/* Random names, few and alike, and patterns for them. */
#ifndef CF_MODEL_NAMES_H
#define CF_MODEL_NAMES_H

#include "tests/model/random.h"

void names_any(struct random *random, char ret_name[256]);

/* Shortened to what a rule can hold. */
void names_any_short(struct random *random, char ret_name[256]);

/* A pattern that is likely to match the name, and others, too; shorter than REF_MAX_PATTERNS for a short name. */
void names_pattern(struct random *random, const char *name, bool may_have_both, char *ret_pattern);

#endif /* CF_MODEL_NAMES_H */
