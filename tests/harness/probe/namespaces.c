/* SPDX-License-Identifier: Apache-2.0 */
/* User namespaces, mounts, and what of the kernel no agent may use. */
#include "probe.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = result_of(write(fd, text, strlen(text)));
	(void)close(fd);
	return r;
}

static int map_ids(uid_t uid, gid_t gid)
{
	char map[64];
	int r;

	r = write_text("/proc/self/setgroups", "deny");
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	r = write_text("/proc/self/uid_map", map);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_text("/proc/self/gid_map", map);
}

static int op_userns(char *args[])
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	(void)args;
	return unshare(CLONE_NEWUSER) < 0 ? -errno : map_ids(uid, gid);
}

/* A user and a mount namespace, of which nothing gets out. */
static int op_namespaces(char *args[])
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	(void)args;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	r = map_ids(uid, gid);
	if (r < 0)
		return r;
	return 0;
}

/* The same by clone(2) of a child, which is all it does. */
static int op_cloneuserns(char *args[])
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	(void)args;
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	return result_of(waitpid((pid_t)pid, NULL, 0));
}

static int op_mount(char *args[])
{
	return result_of(mount(args[0], args[1], args[0], 0, NULL));
}

static int op_bindmount(char *args[])
{
	return result_of(mount(args[0], args[1], NULL, MS_BIND | MS_REC, NULL));
}

static int op_remount(char *args[])
{
	return result_of(mount(NULL, args[0], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
}

static int op_umount(char *args[])
{
	return result_of(umount2(args[0], MNT_DETACH));
}

/* NEW_ROOT PUT_OLD */
static int op_pivotroot(char *args[])
{
	return result_of(syscall(SYS_pivot_root, args[0], args[1]));
}

/* A map of one entry, which is as harmless as bpf(2) gets. */
static int op_bpf(char *args[])
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	(void)args;
	return close_after((int)syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
}

/* TYPE DIRECTORY by the newer calls */
static int op_fsmount(char *args[])
{
	int context = (int)syscall(SYS_fsopen, args[0], FSOPEN_CLOEXEC);
	int mount_fd;

	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount_fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount_fd < 0)
		return -errno;
	return result_of(
		syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, args[1], MOVE_MOUNT_F_EMPTY_PATH));
}

/* DIRECTORY NAME FLAGS: a detached copy of the mount, opened through its descriptor */
static int op_opentree(char *args[])
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, args[0],
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open_tree itself failed");
		return -errno;
	}
	return open_below(fd, args[1], args[2]);
}

/* LOWER UPPER WORK TARGET */
static int op_overlaymount(char *args[])
{
	char options[4096];

	(void)snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", args[0],
		       args[1], args[2]);
	return result_of(mount("overlay", args[3], "overlay", 0, options));
}

/* LOWER TARGET by the newer calls, which take layers one by one */
static int op_fsoverlay(char *args[])
{
	int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC), mount_fd;
	char lower[4096];

	(void)snprintf(lower, sizeof(lower), "%s:/etc", args[0]);
	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "lowerdir", lower, 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount_fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount_fd < 0)
		return -errno;
	return result_of(
		syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, args[1], MOVE_MOUNT_F_EMPTY_PATH));
}

/* What is held, a detached mount, by the ids of the own user namespace */
static int op_idmapheld(char *args[])
{
	int namespace = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP,
					.userns_fd = (__u64) namespace};

	(void)args;
	return result_of(syscall(SYS_mount_setattr, state.held, "", AT_EMPTY_PATH, &attributes,
				 sizeof(attributes)));
}

const struct operation namespace_operations[] = {
	{"overlaymount", 4, op_overlaymount},
	{"fsoverlay", 2, op_fsoverlay},
	{"idmapheld", 0, op_idmapheld},
	{"userns", 0, op_userns},
	{"namespaces", 0, op_namespaces},
	{"cloneuserns", 0, op_cloneuserns},
	{"mount", 2, op_mount},
	{"bindmount", 2, op_bindmount},
	{"remount", 1, op_remount},
	{"umount", 1, op_umount},
	{"pivotroot", 2, op_pivotroot},
	{"bpf", 0, op_bpf},
	{"fsmount", 2, op_fsmount},
	{"opentree", 3, op_opentree},
	{0},
};
