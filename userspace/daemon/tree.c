/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/tree.h"
#include "policy/diag.h"

/* Microseconds in which cpu.max is spent; the kernel's default. */
#define CPU_PERIOD_US 100000U

static const char *const controllers[] = {"+memory", "+pids", "+cpu"};

/* A controller that this kernel lacks is missed only where a policy limits by it: see set_limit(). */
static void enable_controllers(int directory_fd)
{
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		(void)cf_cgroup_write(directory_fd, "cgroup.subtree_control", controllers[i]);
}

int cf_tree_prepare(struct cf_diag *diag)
{
	cf_auto_fd int root = -1, top = -1;
	int r;

	r = cf_cgroup_open("/", &root);
	if (r == 0)
		/* Empty directories of a former daemon go; one that is still used stays. */
		(void)cf_cgroup_remove(CF_TREE_PATH);
	if (r == 0 && mkdirat(root, &CF_TREE_PATH[1], 0755) < 0 && errno != EEXIST)
		r = cf_errno_negative();
	if (r == 0)
		r = cf_cgroup_open(CF_TREE_PATH, &top);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D008", "", 0, 0, "",
				   "cannot make the cgroup '%s%s': %s", CF_CGROUP_ROOT,
				   CF_TREE_PATH, strerror(-r));
	enable_controllers(root);
	enable_controllers(top);
	return 0;
}

static int set_limit(int directory_fd, const char *file, const char *text, struct cf_diag *diag)
{
	int r = cf_cgroup_write(directory_fd, file, text);

	if (r == 0)
		return 0;
	return cf_diag_set(diag, r, "CF-D008", "", 0, 0,
			   "take the limit out of the policy, or give the kernel that controller",
			   "cannot set the limit '%s' to '%s': %s", file, text, strerror(-r));
}

static int set_limits(int directory_fd, const struct cf_cgroup_limits *limits, struct cf_diag *diag)
{
	char text[64];
	int r = 0;

	if (limits->memory_bytes > 0) {
		(void)snprintf(text, sizeof(text), "%" PRIu64, limits->memory_bytes);
		r = set_limit(directory_fd, "memory.max", text, diag);
	}
	if (r == 0 && limits->pids > 0) {
		(void)snprintf(text, sizeof(text), "%" PRIu64, limits->pids);
		r = set_limit(directory_fd, "pids.max", text, diag);
	}
	if (r == 0 && limits->cpu_permille > 0) {
		(void)snprintf(text, sizeof(text), "%" PRIu64 " %u",
			       limits->cpu_permille * (CPU_PERIOD_US / 1000), CPU_PERIOD_US);
		r = set_limit(directory_fd, "cpu.max", text, diag);
	}
	return r;
}

/* Makes the directory anew: one that a former daemon left may bear its limits. */
static int make_cgroup(const char *path, int *ret_fd, struct cf_diag *diag)
{
	char full[CF_CGROUP_PATH_SIZE + sizeof(CF_CGROUP_ROOT)];
	int r = cf_cgroup_remove(path);

	(void)snprintf(full, sizeof(full), "%s%s", CF_CGROUP_ROOT, path);
	if (r == 0 && mkdir(full, 0755) < 0)
		r = cf_errno_negative();
	if (r == 0)
		r = cf_cgroup_open(path, ret_fd);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D008", "", 0, 0, "",
				   "cannot make the cgroup '%s': %s", full, strerror(-r));
	return 0;
}

int cf_tree_add(uint32_t agent, const struct cf_cgroup_limits *limits, char *ret_path, size_t size,
		struct cf_diag *diag)
{
	cf_auto_fd int fd = -1;
	int r;

	(void)snprintf(ret_path, size, "%s/%" PRIu32, CF_TREE_PATH, agent);
	r = make_cgroup(ret_path, &fd, diag);
	if (r < 0)
		return r;
	r = set_limits(fd, limits, diag);
	if (r < 0)
		(void)cf_cgroup_remove(ret_path); /* the failure that counts is reported */
	return r;
}

int cf_tree_move(const char *path, pid_t pid, struct cf_diag *diag)
{
	cf_auto_fd int fd = -1;
	char text[16];
	int r;

	(void)snprintf(text, sizeof(text), "%d", pid);
	r = cf_cgroup_open(path, &fd);
	if (r == 0)
		r = cf_cgroup_write(fd, "cgroup.procs", text);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D008", "", 0, 0, "",
				   "cannot move process %d to the cgroup '%s': %s", pid, path,
				   strerror(-r));
	return 0;
}
