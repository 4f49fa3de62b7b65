/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that came from outside: is it UTF-8, may it be shown to a person.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_TEXT_H
#define CF_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * cf_text_next() - decode one UTF-8 character
 * @text:     @size bytes, at least one
 * @ret_char: its code point
 *
 * Overlong forms, surrogates and what lies above U+10FFFF are refused.
 *
 * Return: bytes it takes, 1..4; -EILSEQ
 * Source: RFC 3629 section 4
 */
int cf_text_next(const char *text, size_t size, uint32_t *ret_char);

/* A control character: C0, DEL, C1, or what reorders or breaks the line it is shown on. */
bool cf_text_is_control(uint32_t character);

/* UTF-8 without control characters: safe to put on one line of a terminal or a log. */
bool cf_text_is_printable(const char *text, size_t size);

/* The most bytes, at most @max, that @text can be cut to without cutting a character. */
size_t cf_text_cut(const char *text, size_t size, size_t max);

#endif /* CF_BASE_TEXT_H */
