// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A rival: judging an open by the text of its path, as many a tool does. It is
 * made no dearer than it need be: one program, on file_open only; one lookup of
 * the cgroup's number; one bpf_d_path(); one lookup of the longest prefix.
 *
 * Hooks: lsm/file_open (fs/open.c), which is on the list that bpf_d_path() is
 * allowed on since 5.10.
 */
#include "bpf/prelude.bpf.h"

#include "dpath.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u64 dp_cgroup = 0;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, DP_MAX_RULES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct dp_key);
	__type(value, __u32);
} dp_rules SEC(".maps");

/* As such tools have it; a task that is preempted in between loses its path to the next. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dp_key);
} dp_scratch SEC(".maps");

SEC("lsm/file_open")
int BPF_PROG(dp_file_open, struct file *file, int ret)
{
	const __u32 zero = 0;
	struct dp_key *key;
	__u32 wanted = 0, *given;
	long length;

	if (ret || bpf_get_current_cgroup_id() != dp_cgroup)
		return ret;
	key = bpf_map_lookup_elem(&dp_scratch, &zero);
	if (!key)
		return -EACCES;
	length = bpf_d_path(&file->f_path, key->path, sizeof(key->path));
	if (length <= 1 || length > DP_PATH_SIZE)
		return -EACCES;
	key->prefixlen = 8 * (__u32)(length - 1);
	given = bpf_map_lookup_elem(&dp_rules, key);
	if (file->f_mode & FMODE_READ)
		wanted |= DP_READ;
	if (file->f_mode & FMODE_WRITE)
		wanted |= DP_WRITE;
	return given && !(wanted & ~*given) ? 0 : -EACCES;
}
