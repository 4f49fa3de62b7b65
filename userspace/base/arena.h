/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is released all at once. Each piece is a malloc() of its own,
 * so that sanitizers see its bounds.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_ARENA_H
#define CF_BASE_ARENA_H

#include <stddef.h>

struct cf_arena_piece;

/* Start with all zero. */
struct cf_arena {
	struct cf_arena_piece *pieces;
};

/* Zeroed memory, valid until cf_arena_done(); NULL if there is none. */
void *cf_arena_alloc(struct cf_arena *arena, size_t size);

/* A NUL-terminated copy of @size bytes; NULL if memory ran out. */
char *cf_arena_copy(struct cf_arena *arena, const char *text, size_t size);

void cf_arena_done(struct cf_arena *arena);

#endif /* CF_BASE_ARENA_H */
