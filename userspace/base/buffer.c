/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"

#define FIRST_CAPACITY 256

/* Room for @size more bytes and a NUL. */
static bool reserve(struct cf_buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
	size_t needed;
	char *data;

	if (buffer->is_failed)
		return false;
	if (__builtin_add_overflow(buffer->size, size, &needed) ||
	    __builtin_add_overflow(needed, 1, &needed) || needed > SIZE_MAX / 2)
		goto fail_memory;
	if (needed <= buffer->capacity)
		return true;
	while (capacity < needed)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		goto fail_memory;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;

fail_memory:
	buffer->is_failed = true;
	return false;
}

void cf_buffer_append(struct cf_buffer *buffer, const void *bytes, size_t size)
{
	if (!reserve(buffer, size))
		return;
	if (size > 0)
		memcpy(buffer->data + buffer->size, bytes, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

void cf_buffer_puts(struct cf_buffer *buffer, const char *text)
{
	cf_buffer_append(buffer, text, strlen(text));
}

void cf_buffer_printf(struct cf_buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		buffer->is_failed = true;
		return;
	}
	if (!reserve(buffer, (size_t)length))
		return;
	va_start(arguments, format);
	(void)vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buffer->size += (size_t)length;
}

void cf_buffer_truncate(struct cf_buffer *buffer, size_t size)
{
	if (size >= buffer->size)
		return;
	buffer->size = size;
	buffer->data[size] = '\0';
}

int cf_buffer_steal(struct cf_buffer *buffer, char **ret_data, size_t *ret_size)
{
	cf_buffer_append(buffer, "", 0);
	if (buffer->is_failed) {
		cf_buffer_done(buffer);
		return -ENOMEM;
	}
	if (ret_size)
		*ret_size = buffer->size;
	*ret_data = cf_steal_ptr(buffer->data);
	cf_buffer_done(buffer);
	return 0;
}

void cf_buffer_done(struct cf_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct cf_buffer){};
}
