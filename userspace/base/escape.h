/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that came from processes, made fit for people and for JSON, without
 * loss. The scheme, used for every path, comm and target:
 *
 *	a backslash becomes  \\
 *	each byte of what is no UTF-8, of a control character (C0, DEL, C1), or
 *	of a character that reorders or breaks lines, becomes  \xHH
 *	everything else stays as it is
 *
 * So "\\" and "\xHH" read back give the bytes of the name, and no name can
 * forge a line of output.
 *
 * Layer 0 (base). Pure.
 */
#ifndef CF_BASE_ESCAPE_H
#define CF_BASE_ESCAPE_H

#include <stddef.h>

struct cf_buffer;

/* Appends the escaped form of @size bytes. */
void cf_escape_append(struct cf_buffer *buffer, const char *bytes, size_t size);

/**
 * cf_escape() - the escaped form of a NUL-terminated name
 *
 * Return: malloc()ed, owned by the caller; NULL if memory ran out
 */
char *cf_escape(const char *name);

/**
 * cf_unescape() - the bytes again
 * @text:     escaped
 * @ret_size: number of bytes
 *
 * Return: malloc()ed, NUL-terminated, owned by the caller; NULL if @text is not in this form, or memory ran out
 */
char *cf_unescape(const char *text, size_t *ret_size);

/* As cf_escape_append(), but backslashes stay: for text that is escaped already and must be safe to show. */
void cf_escape_append_shown(struct cf_buffer *buffer, const char *text);

#endif /* CF_BASE_ESCAPE_H */
