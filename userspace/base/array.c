/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"

#define FIRST_CAPACITY 8

void *cf_array_grow(void *items, size_t n_items, size_t *capacity, size_t item_size)
{
	size_t wanted;
	size_t size;
	void *grown;

	if (n_items < *capacity)
		return items;
	if (__builtin_mul_overflow(*capacity, 2, &wanted))
		return NULL;
	if (wanted == 0)
		wanted = FIRST_CAPACITY;
	if (__builtin_mul_overflow(wanted, item_size, &size))
		return NULL;
	grown = realloc(items, size);
	if (grown)
		*capacity = wanted;
	return grown;
}
