/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of policies and packs.
 *
 * Layer 1 (policy).
 */
#ifndef CF_POLICY_NAME_H
#define CF_POLICY_NAME_H

#include <stdbool.h>
#include <string.h>

#include "bpf/abi.h"

/* 1 to CF_NAME_SIZE - 1 of a-z, 0-9 and '-'. */
static inline bool cf_policy_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < CF_NAME_SIZE &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

#endif /* CF_POLICY_NAME_H */
