/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer, always NUL-terminated. A failed append is remembered
 * and reported once, by cf_buffer_steal(): whoever builds text need not check
 * each line of it.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_BUFFER_H
#define CF_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct cf_buffer - start with all zero
 * @data:      bytes, and a NUL after them; NULL while empty
 * @size:      bytes, without that NUL
 * @capacity:  bytes allocated
 * @is_failed: memory ran out; later appends do nothing
 */
struct cf_buffer {
	char *data;
	size_t size;
	size_t capacity;
	bool is_failed;
};

void cf_buffer_append(struct cf_buffer *buffer, const void *bytes, size_t size);
void cf_buffer_puts(struct cf_buffer *buffer, const char *text);
void cf_buffer_printf(struct cf_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes back what was appended since the buffer had @size bytes. */
void cf_buffer_truncate(struct cf_buffer *buffer, size_t size);

/**
 * cf_buffer_steal() - hand the bytes over; the buffer is empty afterwards
 * @ret_data: malloc()ed, NUL-terminated, never NULL on success; owned by the caller
 * @ret_size: without that NUL; may be NULL
 *
 * Return: 0; -ENOMEM if any append failed
 */
int cf_buffer_steal(struct cf_buffer *buffer, char **ret_data, size_t *ret_size);

void cf_buffer_done(struct cf_buffer *buffer);

#endif /* CF_BASE_BUFFER_H */
