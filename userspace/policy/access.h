/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access modes: the words for sets of rights.
 *
 * Layer 1 (policy).
 */
#ifndef CF_POLICY_ACCESS_H
#define CF_POLICY_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define CF_ACCESS_TEXT_SIZE 24

/* What a policy may write. */
#define CF_ACCESS_EXPECTED \
	"none, ro, rw, rw-no-delete or append, each but none with an optional +exec or -exec"

/**
 * cf_access_parse() - "rw-no-delete+exec" to CF_RIGHT_*
 *
 * Return: 0; -EINVAL no access mode; -EDOM 'none' with a suffix
 */
int cf_access_parse(const char *text, uint16_t *ret_rights);

/**
 * cf_access_format() - CF_RIGHT_* to the shortest word for them
 * @buffer: CF_ACCESS_TEXT_SIZE bytes
 *
 * Return: @buffer; "rights-0x%03x" if no word of the language says it
 */
const char *cf_access_format(uint32_t rights, char *buffer);

/* Is it what `rw-no-delete` gives, but maybe for executing? */
bool cf_access_keeps_names(uint32_t rights);

#endif /* CF_POLICY_ACCESS_H */
