/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-bound ownership: a local that owns something says so where it is
 * declared and is released when its scope ends. What is handed on leaves
 * through cf_steal_ptr() or cf_steal_fd(), so that each owner is visible in
 * the function that reads it.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_CLEANUP_H
#define CF_BASE_CLEANUP_H

#include <stdlib.h>
#include <string.h>

/* Calls @function with the address of the variable when its scope ends. */
#define CF_CLEANUP(function) __attribute__((cleanup(function)))

/* The pointer's value; the variable is NULL afterwards. */
#define cf_steal_ptr(pointer)                                     \
	({                                                        \
		__typeof__(pointer) *cf_stolen_from = &(pointer); \
		__typeof__(pointer) cf_stolen = *cf_stolen_from;  \
		*cf_stolen_from = NULL;                           \
		cf_stolen;                                        \
	})

/* The descriptor's number; the variable is -1 afterwards. */
static inline int cf_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* For cf_auto_free: @pointer is the address of any pointer to malloc()ed memory. */
static inline void cf_free_pointee(void *pointer)
{
	void *memory;

	memcpy(&memory, pointer, sizeof(memory));
	free(memory);
	memset(pointer, 0, sizeof(memory));
}

/* Owning pointer to malloc()ed memory; initialise it, with NULL if need be. */
#define cf_auto_free CF_CLEANUP(cf_free_pointee)

#endif /* CF_BASE_CLEANUP_H */
