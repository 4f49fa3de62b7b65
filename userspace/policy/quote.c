/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buffer.h"
#include "policy/quote.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A path, or a word too long to be "on" or "null" in any YAML; never a number, for it starts otherwise. */
static int is_plain(const char *text)
{
	if (text[0] != '/' && (!strchr(LETTERS, text[0]) || strlen(text) < 6))
		return 0;
	return text[0] != '\0' && text[strspn(text, LETTERS "0123456789/_.-")] == '\0';
}

void cf_yaml_quote(const char *text, struct cf_buffer *buffer)
{
	if (is_plain(text)) {
		cf_buffer_puts(buffer, text);
		return;
	}
	cf_buffer_puts(buffer, "\"");
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			cf_buffer_puts(buffer, "\\");
		cf_buffer_append(buffer, at, 1);
	}
	cf_buffer_puts(buffer, "\"");
}
