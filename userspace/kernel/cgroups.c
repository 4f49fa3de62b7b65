/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroups are an agent's. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/internal.h"
#include "kernel/tasks.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/* include/linux/exportfs.h FILEID_KERNFS: the handle is the cgroup's id, 64 bits. */
#define FILEID_KERNFS	 0xfe

#define MAX_EVENTS_BYTES 4096

int cf_kernel_cgroup_add(struct cf_kernel *kernel, uint64_t cgroup_id, uint32_t agent)
{
	const struct cf_cgroup value = {.agent = agent};

	cf_maps_filter_add(kernel->maps.cgroup_filter, cgroup_id);
	return cf_map_put(kernel->maps.cgroups, &cgroup_id, &value);
}

int cf_kernel_cgroup_remove(struct cf_kernel *kernel, uint64_t cgroup_id)
{
	return cf_map_delete(kernel->maps.cgroups, &cgroup_id);
}

/* Opens a cgroup's directory by its id; -ESTALE: there is none any more. */
static int open_by_id(uint64_t cgroup_id, int *ret_fd)
{
	cf_auto_fd int root = open(CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(cgroup_id)];
	} id = {.handle = {.handle_bytes = sizeof(cgroup_id), .handle_type = FILEID_KERNFS}};
	int fd;

	if (root < 0)
		return cf_errno_negative();
	memcpy(id.bytes + offsetof(struct file_handle, f_handle), &cgroup_id, sizeof(cgroup_id));
	fd = open_by_handle_at(root, &id.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cf_errno_negative();
	*ret_fd = fd;
	return 0;
}

/* cgroup.events of cgroups(7): "populated 1" if the cgroup or one below it has a task. */
static int is_populated(uint64_t cgroup_id, bool *ret_is_populated)
{
	cf_auto_fd int directory = -1;
	cf_auto_fd int fd = -1;
	cf_auto_free char *text = NULL;
	int r;

	*ret_is_populated = false;
	r = open_by_id(cgroup_id, &directory);
	if (r < 0)
		return r == -ESTALE ? 0 : r;
	fd = openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : cf_errno_negative();
	r = cf_fd_read_all(fd, MAX_EVENTS_BYTES, &text, NULL);
	if (r < 0)
		return r == -ENODEV ? 0 : r;
	*ret_is_populated = strstr(text, "populated 1") != NULL;
	return 0;
}

int cf_cgroups_find(int map, uint32_t agent, bool *ret_is_found)
{
	uint64_t key, next;
	bool has_key = false, is_found = false;
	int r;

	/* The table may change meanwhile; its size bounds the walk. */
	for (uint32_t i = 0; i < 2 * CF_MAX_CGROUPS && !is_found; i++) {
		struct cf_cgroup value;

		r = bpf_map_get_next_key(map, has_key ? &key : NULL, &next);
		if (r == -ENOENT)
			break;
		if (r < 0)
			return r;
		key = next;
		has_key = true;
		if (cf_map_get(map, &key, &value) < 0 ||
		    (agent != CF_AGENT_ANY && value.agent != agent))
			continue;
		r = is_populated(key, &is_found);
		if (r < 0)
			return r;
	}
	*ret_is_found = is_found;
	return 0;
}
