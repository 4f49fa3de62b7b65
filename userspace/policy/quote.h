/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings as YAML scalars.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_QUOTE_H
#define CF_POLICY_QUOTE_H

struct cf_buffer;

/* @text as a YAML string: plain where every reader takes it so, in double quotes otherwise. */
void cf_yaml_quote(const char *text, struct cf_buffer *buffer);

#endif /* CF_POLICY_QUOTE_H */
