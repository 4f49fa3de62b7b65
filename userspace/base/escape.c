/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/text.h"

static void append_hex(struct cf_buffer *buffer, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		cf_buffer_printf(buffer, "\\x%02x", (unsigned char)bytes[i]);
}

static void append(struct cf_buffer *buffer, const char *bytes, size_t size, bool keep_backslash)
{
	for (size_t at = 0; at < size;) {
		uint32_t character = 0;
		int n = cf_text_next(bytes + at, size - at, &character);
		size_t taken = n > 0 ? (size_t)n : 1;

		if (n < 0 || cf_text_is_control(character))
			append_hex(buffer, bytes + at, taken);
		else if (character == '\\' && !keep_backslash)
			cf_buffer_puts(buffer, "\\\\");
		else
			cf_buffer_append(buffer, bytes + at, taken);
		at += taken;
	}
}

void cf_escape_append(struct cf_buffer *buffer, const char *bytes, size_t size)
{
	append(buffer, bytes, size, false);
}

void cf_escape_append_shown(struct cf_buffer *buffer, const char *text)
{
	append(buffer, text, strlen(text), true);
}

char *cf_escape(const char *name)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};
	char *text = NULL;

	append(&buffer, name, strlen(name), false);
	return cf_buffer_steal(&buffer, &text, NULL) < 0 ? NULL : text;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

char *cf_unescape(const char *text, size_t *ret_size)
{
	cf_auto_free char *bytes = malloc(strlen(text) + 1);
	size_t size = 0;

	if (!bytes)
		return NULL;
	for (const char *at = text; *at;) {
		int high, low;

		if (*at != '\\') {
			bytes[size++] = *at++;
			continue;
		}
		if (at[1] == '\\') {
			bytes[size++] = '\\';
			at += 2;
			continue;
		}
		if (at[1] != 'x')
			return NULL;
		high = hex_value(at[2]);
		low = high < 0 ? -1 : hex_value(at[3]);
		if (low < 0)
			return NULL;
		bytes[size++] = (char)(high << 4 | low);
		at += 4;
	}
	bytes[size] = '\0';
	*ret_size = size;
	return cf_steal_ptr(bytes);
}
