/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both ways of placing an agent share: reading cgroup2 directories.
 * Paths are below the cgroup2 mount and begin with '/'.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_CGROUP_H
#define CF_DAEMON_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CF_CGROUP_ROOT	    "/sys/fs/cgroup"
#define CF_CGROUP_PATH_SIZE 256U /* bytes of an agent's cgroup path, with its NUL */

struct cf_diag;

/* What a policy limits; 0: not limited. */
struct cf_cgroup_limits {
	uint64_t memory_bytes;
	uint64_t pids;
	uint64_t cpu_permille; /* of one CPU */
};

/* 0; -EOPNOTSUPP with @diag where CF_CGROUP_ROOT is not cgroup2. */
int cf_cgroup_check_host(struct cf_diag *diag);

/* An owned descriptor of a cgroup's directory. */
int cf_cgroup_open(const char *path, int *ret_fd);

/* The number by which the kernel knows the cgroup: its directory's inode number (kernfs, 64-bit). */
int cf_cgroup_id(const char *path, uint64_t *ret_id);

/* Whether any process is in the cgroup or below; a cgroup that is gone has none. */
int cf_cgroup_is_populated(const char *path, bool *ret_populated);

/* Processes in the cgroup and below, as far as CF_CGROUP_COUNT_DEPTH levels. */
#define CF_CGROUP_COUNT_DEPTH 8
uint32_t cf_cgroup_count(const char *path);

/* Writes text to a file of a cgroup. */
int cf_cgroup_write(int directory_fd, const char *file, const char *text);

/* Removes a cgroup and the empty ones below it. */
int cf_cgroup_remove(const char *path);

#endif /* CF_DAEMON_CGROUP_H */
