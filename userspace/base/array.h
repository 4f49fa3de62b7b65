/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing array of one type.
 *
 *	CF_ARRAY(struct cf_rule *) rules = {};
 *
 *	r = cf_array_push(&rules, rule);
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_ARRAY_H
#define CF_BASE_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/* Start with all zero; free(array.items) ends it. */
#define CF_ARRAY(type)           \
	struct {                 \
		type *items;     \
		size_t n_items;  \
		size_t capacity; \
	}

/**
 * cf_array_grow() - room for one more item
 * @items:     malloc()ed or NULL
 * @n_items:   in use
 * @capacity:  items allocated; updated on success
 * @item_size: bytes
 *
 * Return: the array, maybe moved; NULL if memory ran out (@items is as before)
 */
void *cf_array_grow(void *items, size_t n_items, size_t *capacity, size_t item_size);

/* Appends @value; 0 or -ENOMEM. */
#define cf_array_push(array, value)                                                            \
	({                                                                                     \
		__typeof__(array) cf_array = (array);                                          \
		void *cf_items = cf_array_grow(cf_array->items, cf_array->n_items,             \
					       &cf_array->capacity, sizeof(*cf_array->items)); \
		if (cf_items) {                                                                \
			cf_array->items = cf_items;                                            \
			cf_array->items[cf_array->n_items++] = (value);                        \
		}                                                                              \
		cf_items ? 0 : -ENOMEM;                                                        \
	})

#endif /* CF_BASE_ARRAY_H */
