/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernel/kernel_lists.h"

/*
 * A directory stands for all below it. Left out on purpose: what tells of other
 * processes or users (keys, locks, sched_debug, timer_list), of the kernel's
 * memory (kcore, kallsyms, modules, iomem, slabinfo), and cmdline, which may
 * bear secrets.
 * Source: Documentation/filesystems/proc.rst, Documentation/admin-guide/sysctl/
 */
static const char *const proc_list[] = {
	"buddyinfo",
	"cpuinfo",
	"crypto",
	"devices",
	"filesystems",
	"loadavg",
	"meminfo",
	"partitions",
	"pressure",
	"stat",
	"swaps",
	"uptime",
	"version",
	"vmstat",
	"sys/fs/aio-max-nr",
	"sys/fs/file-max",
	"sys/fs/file-nr",
	"sys/fs/inotify",
	"sys/fs/nr_open",
	"sys/fs/pipe-max-size",
	"sys/fs/protected_hardlinks",
	"sys/fs/protected_symlinks",
	"sys/kernel/arch",
	"sys/kernel/cap_last_cap",
	"sys/kernel/core_pattern",
	"sys/kernel/domainname",
	"sys/kernel/hostname",
	"sys/kernel/io_uring_disabled",
	"sys/kernel/keys/maxkeys",
	"sys/kernel/msgmax",
	"sys/kernel/msgmnb",
	"sys/kernel/msgmni",
	"sys/kernel/ngroups_max",
	"sys/kernel/osrelease",
	"sys/kernel/ostype",
	"sys/kernel/overflowgid",
	"sys/kernel/overflowuid",
	"sys/kernel/perf_event_mlock_kb",
	"sys/kernel/perf_event_paranoid",
	"sys/kernel/pid_max",
	"sys/kernel/random",
	"sys/kernel/randomize_va_space",
	"sys/kernel/seccomp",
	"sys/kernel/sem",
	"sys/kernel/shmall",
	"sys/kernel/shmmax",
	"sys/kernel/shmmni",
	"sys/kernel/threads-max",
	"sys/kernel/unprivileged_userns_clone",
	"sys/kernel/version",
	"sys/kernel/yama",
	"sys/net",
	"sys/user",
	"sys/vm/max_map_count",
	"sys/vm/mmap_min_addr",
	"sys/vm/nr_hugepages",
	"sys/vm/overcommit_memory",
	"sys/vm/overcommit_ratio",
	"sys/vm/swappiness",
};

/* Source: Documentation/ABI/testing/sysfs-devices-system-cpu, Documentation/admin-guide/mm/ */
static const char *const sys_list[] = {
	"devices/system/cpu",  "devices/system/memory/block_size_bytes", "devices/system/node",
	"kernel/mm/hugepages", "kernel/mm/transparent_hugepage",
};

static int add_path(struct cf_zone_table *table, uint32_t root, const char *path)
{
	uint32_t zone = root;

	cf_zone_table_ref(table, zone);
	for (const char *name = path; *name;) {
		const size_t length = strcspn(name, "/");
		uint32_t child;
		int r = cf_zone_table_add_child(table, zone, name, length, &child);

		cf_zone_table_release(table, zone);
		if (r < 0)
			return r;
		zone = child;
		name += length + (name[length] == '/');
	}
	return cf_zone_table_list(table, zone); /* its reference is the list's */
}

static int add_list(struct cf_zone_table *table, const char *const *paths, size_t n_paths,
		    uint32_t *ret_root)
{
	int r = cf_zone_table_add_root(table, 0, ret_root);

	for (size_t i = 0; r == 0 && i < n_paths; i++)
		r = add_path(table, *ret_root, paths[i]);
	return r;
}

int cf_kernel_lists_add(struct cf_zone_table *table, uint32_t *ret_proc, uint32_t *ret_sys)
{
	int r = add_list(table, proc_list, sizeof(proc_list) / sizeof(proc_list[0]), ret_proc);

	if (r == 0)
		r = add_list(table, sys_list, sizeof(sys_list) / sizeof(sys_list[0]), ret_sys);
	return r;
}
