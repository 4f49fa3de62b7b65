/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where something was written, and how a problem there is reported.
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_PLACE_H
#define CF_POLICY_PLACE_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "policy/codes.h"
#include "policy/diag.h"

/**
 * struct cf_place - a place in a policy's text
 * @file:   its name; borrowed from the policy's arena
 * @line:   from 1
 * @column: from 1, in characters
 */
struct cf_place {
	const char *file;
	uint32_t line;
	uint32_t column;
};

/* Bytes of a user's value that a message shows. */
#define CF_SHOWN_BYTES 80

/* Two arguments for "%.*s": a user's value, cut if it is long. */
#define cf_shown(text) (int)cf_text_cut((text), strlen(text), CF_SHOWN_BYTES), (text)

/* Room for a hint that is put together. */
#define CF_HINT_SIZE 256

/* Fills @diag for a problem at @place; @hint may be NULL; its value is -EINVAL. */
#define cf_place_error(diag, code, place, hint, ...)                                            \
	((void)cf_diag_set((diag), -EINVAL, cf_policy_code(code), (place)->file, (place)->line, \
			   (place)->column, (hint), __VA_ARGS__),                               \
	 -EINVAL)

#endif /* CF_POLICY_PLACE_H */
