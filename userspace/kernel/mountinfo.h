/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/self/mountinfo, parsed.
 *
 * Layer 2 (kernel). Pure.
 */
#ifndef CF_KERNEL_MOUNTINFO_H
#define CF_KERNEL_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct cf_mount - one line
 * @id:      mount id, as statx(2) gives it
 * @parent:  id of the mount that it is on; maybe not in the list
 * @dev:     the superblock's s_dev, kernel encoding: major << 20 | minor
 * @root:    path in the superblock of what is mounted
 * @point:   where, as seen from our root
 * @fs_type: "ext4"
 */
struct cf_mount {
	uint32_t id;
	uint32_t parent;
	uint32_t dev;
	const char *root;
	const char *point;
	const char *fs_type;
};

/* Owns the text that the mounts point into. Start with all zero. */
struct cf_mountinfo {
	char *text;
	struct cf_mount *mounts;
	size_t n_mounts;
	size_t n_skipped; /* lines that could not be understood: what they mount stays denied */
};

/**
 * cf_mountinfo_parse() - read the whole file
 * @text:     NUL-terminated, malloc()ed; taken over and changed, on failure too
 * @ret_info: owned by the caller (cf_mountinfo_done()); untouched on failure
 *
 * A line that is not as proc(5) has it is left out and counted.
 *
 * Return: 0; -ENOMEM
 * Source: proc(5); fs/proc_namespace.c show_mountinfo()
 */
int cf_mountinfo_parse(char *text, struct cf_mountinfo *ret_info);

void cf_mountinfo_done(struct cf_mountinfo *info);

/* By id; NULL: not there. */
const struct cf_mount *cf_mountinfo_find(const struct cf_mountinfo *info, uint32_t id);

#endif /* CF_KERNEL_MOUNTINFO_H */
