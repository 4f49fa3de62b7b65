/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct cf_arena_piece {
	struct cf_arena_piece *next;
	_Alignas(max_align_t) char memory[];
};

void *cf_arena_alloc(struct cf_arena *arena, size_t size)
{
	struct cf_arena_piece *piece;
	size_t total;

	if (__builtin_add_overflow(sizeof(*piece), size, &total))
		return NULL;
	piece = calloc(1, total);
	if (!piece)
		return NULL;
	piece->next = arena->pieces;
	arena->pieces = piece;
	return piece->memory;
}

char *cf_arena_copy(struct cf_arena *arena, const char *text, size_t size)
{
	size_t total;
	char *copy;

	if (__builtin_add_overflow(size, 1, &total))
		return NULL;
	copy = cf_arena_alloc(arena, total);
	if (copy && size > 0)
		memcpy(copy, text, size);
	return copy;
}

void cf_arena_done(struct cf_arena *arena)
{
	while (arena->pieces) {
		struct cf_arena_piece *piece = arena->pieces;

		arena->pieces = piece->next;
		free(piece);
	}
}
