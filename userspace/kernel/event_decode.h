/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes of a ring buffer to a checked event, and from its names to paths.
 *
 * Layer 2 (kernel). Pure: nothing is trusted, nothing is printed.
 */
#ifndef CF_KERNEL_EVENT_DECODE_H
#define CF_KERNEL_EVENT_DECODE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct cf_mountinfo;

/* A path with its mount point, or with the text that stands for one; longer ones lose their start. */
#define CF_EVENT_PATH_BYTES (PATH_MAX + CF_EVENT_NAMES_SIZE + 64)

/**
 * cf_event_decode() - check one record
 * @bytes:       the record
 * @size:        its size in bytes
 * @ret_verdict: a copy, zero after the names; all enumerators in range, comm
 *               terminated, each object's names empty or ending in a NUL
 *
 * Return: 0; -EOPNOTSUPP a sound event of a type that is not known here; -EBADMSG
 */
int cf_event_decode(const void *bytes, size_t size, struct cf_event_verdict *ret_verdict);

/**
 * struct cf_event_object - one object's names in an event
 * @names:        leaf to root, each with its NUL; borrowed
 * @size:         bytes of them
 * @dev:          its device, kernel encoding
 * @is_truncated: names at the root's end may be missing
 */
struct cf_event_object {
	const char *names;
	size_t size;
	uint32_t dev;
	int is_truncated;
};

/**
 * cf_event_path() - a path for people
 * @info:   current mounts, to find where the object's device is mounted
 * @buffer: receives it, NUL-terminated
 *
 * "/mount/point/a/b"; "(device 0:42)/a/b" if the device is not mounted where we
 * can see it; ".../a/b" if names are missing. A '/' inside a name (anonymous
 * memory files may have one) becomes '?'. Control characters are left alone.
 */
void cf_event_path(const struct cf_mountinfo *info, const struct cf_event_object *object,
		   char buffer[static CF_EVENT_PATH_BYTES]);

#endif /* CF_KERNEL_EVENT_DECODE_H */
