/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which known word was probably meant.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_NEAREST_H
#define CF_POLICY_NEAREST_H

/* Edits (insert, remove, replace, swap neighbours) from one word to the other; long words count as far. */
unsigned int cf_word_distance(const char *one, const char *other);

#endif /* CF_POLICY_NEAREST_H */
