/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/number.h"
#include "kernel/internal.h"
#include "kernel/tasks.h"

/*
 * Task storage is guarded by trylocks: while another task's storage is being
 * made on the same CPU, a system call gets EBUSY and may try again at once.
 * Source: kernel/bpf/bpf_task_storage.c bpf_task_storage_trylock()
 */
#define MAX_ATTEMPTS 1000

int cf_task_label(int map, size_t value_size, int pidfd, struct cf_label *ret_label)
{
	cf_auto_free struct cf_label *value = calloc(1, value_size);
	int r = -EBUSY;

	if (!value)
		return -ENOMEM;
	for (int i = 0; i < MAX_ATTEMPTS && r == -EBUSY; i++)
		r = bpf_map_lookup_elem(map, &pidfd, value);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_label = r == 0 ? *value : (struct cf_label){};
	return 0;
}

static int write_label(const struct cf_maps *maps, int pidfd, uint32_t agent)
{
	cf_auto_free struct cf_label *value = calloc(1, maps->task_value_size);
	int r = -EBUSY;

	if (!value)
		return -ENOMEM;
	value->agent = agent;
	value->flags = CF_LABEL_LAUNCHED;
	for (int i = 0; i < MAX_ATTEMPTS && r == -EBUSY; i++)
		r = bpf_map_update_elem(maps->tasks, &pidfd, value, BPF_ANY);
	return r;
}

static int read_label(const struct cf_kernel *kernel, int pidfd, struct cf_label *ret_label)
{
	return cf_task_label(kernel->maps.tasks, kernel->maps.task_value_size, pidfd, ret_label);
}

int cf_kernel_task_agent(struct cf_kernel *kernel, int pidfd, uint32_t *ret_agent)
{
	struct cf_label label;
	int r = read_label(kernel, pidfd, &label);

	if (r == 0)
		*ret_agent = label.agent;
	return r;
}

int cf_kernel_task_confine(struct cf_kernel *kernel, int pidfd, uint32_t agent)
{
	struct cf_label found;
	int r;

	r = read_label(kernel, pidfd, &found);
	if (r < 0)
		return r;
	if (found.agent && found.agent != agent)
		return -EEXIST;
	/* Its cgroup may have labelled it already, but not as one that `run` started. */
	r = write_label(&kernel->maps, pidfd, agent);
	if (r == 0)
		r = read_label(kernel, pidfd, &found);
	if (r < 0)
		return r;
	return found.agent == agent && (found.flags & CF_LABEL_LAUNCHED) ? 0 : -EIO;
}

/* A pidfd becomes readable when the last thread of its process has ended. */
static bool is_running(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 0;
}

static int check_process(int map, size_t value_size, pid_t pid, uint32_t agent, uint32_t lacking,
			 bool *ret_is_found)
{
	cf_auto_fd int pidfd = pidfd_open(pid, 0);
	struct cf_label found;
	int r;

	if (pidfd < 0)
		return errno == ESRCH ? 0 : cf_errno_negative();
	r = cf_task_label(map, value_size, pidfd, &found);
	if (r == -ESRCH)
		return 0;
	if (r < 0)
		return r;
	if (found.agent && (agent == CF_AGENT_ANY || found.agent == agent) &&
	    !(found.flags & lacking) && is_running(pidfd))
		*ret_is_found = true;
	return 0;
}

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* nothing was written */
}

int cf_tasks_find(int map, size_t value_size, uint32_t agent, uint32_t lacking, bool *ret_is_found)
{
	CF_CLEANUP(close_directory) DIR *directory = opendir("/proc");
	const struct dirent *entry;
	bool is_found = false;
	int r = 0;

	if (!directory)
		return cf_errno_negative();
	for (errno = 0; !is_found && (entry = readdir(directory)); errno = 0) {
		uint64_t pid;

		if (cf_number_parse(entry->d_name, 1, INT32_MAX, &pid) < 0)
			continue;
		r = check_process(map, value_size, (pid_t)pid, agent, lacking, &is_found);
		if (r < 0)
			return r;
	}
	if (!is_found && errno)
		return cf_errno_negative();
	*ret_is_found = is_found;
	return 0;
}

int cf_kernel_agent_is_alive(struct cf_kernel *kernel, uint32_t agent, bool *ret_alive)
{
	bool is_found = false;
	int r;

	r = cf_cgroups_find(kernel->maps.cgroups, agent, &is_found);
	if (r == 0 && !is_found)
		r = cf_tasks_find(kernel->maps.tasks, kernel->maps.task_value_size, agent, 0,
				  &is_found);
	if (r < 0)
		return r;
	*ret_alive = is_found;
	return 0;
}

/* ------------------------------------------------------------------ counts */

const struct cf_agent *cf_kernel_find_agent(const struct cf_kernel *kernel, uint32_t agent)
{
	const struct cf_agent *entry = kernel->agents[CF_AGENT_SLOT(agent)];

	return entry && entry->id == agent ? entry : NULL;
}

int cf_kernel_counters(struct cf_kernel *kernel, uint32_t agent, struct cf_counters *ret_counters)
{
	const struct cf_agent *entry = cf_kernel_find_agent(kernel, agent);
	uint32_t slot = CF_AGENT_SLOT(agent);
	struct cf_counters now;
	int r;

	if (!entry)
		return -ENOENT;
	r = cf_map_get(kernel->maps.counters, &slot, &now);
	if (r < 0)
		return r;
	*ret_counters = (struct cf_counters){
		.decided = now.decided - entry->before.decided,
		.delivered = now.delivered - entry->before.delivered,
		.dropped = now.dropped - entry->before.dropped,
		.unknown = now.unknown - entry->before.unknown,
		.observed = now.observed - entry->before.observed,
		.observed_dropped = now.observed_dropped - entry->before.observed_dropped,
		.produced_bytes = now.produced_bytes - entry->before.produced_bytes,
		.observe_produced_bytes =
			now.observe_produced_bytes - entry->before.observe_produced_bytes,
	};
	return 0;
}
