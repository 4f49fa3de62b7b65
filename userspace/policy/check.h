/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules mean together: which of them stand for the same thing.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_CHECK_H
#define CF_POLICY_CHECK_H

#include <stddef.h>

struct cf_diag;
struct cf_rule;

/**
 * cf_check_rules() - settle which of several rules with one subject holds
 * @rules:   in the order of merging; those replaced before are left out
 * @n_rules: how many
 *
 * A later document's rule replaces an earlier one's, which is marked so;
 * within one document it is an error.
 *
 * Return: 0; -EINVAL with @diag filled; -ENOMEM
 */
int cf_check_rules(struct cf_rule *const *rules, size_t n_rules, struct cf_diag *diag);

#endif /* CF_POLICY_CHECK_H */
