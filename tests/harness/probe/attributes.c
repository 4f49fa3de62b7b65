/* SPDX-License-Identifier: Apache-2.0 */
/* What is on a file: extended attributes, access lists, flags, set-id bits. */
#include "probe.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* PATH NAME VALUE */
static int op_setxattr(char *args[])
{
	return result_of(lsetxattr(args[0], args[1], args[2], strlen(args[2]), 0));
}

static int op_fsetxattr(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return result_of(fsetxattr(fd, args[1], args[2], strlen(args[2]), 0));
}

static int op_removexattr(char *args[])
{
	return result_of(lremovexattr(args[0], args[1]));
}

static int op_getxattr(char *args[])
{
	return result_of(lgetxattr(args[0], args[1], state.detail, sizeof(state.detail) - 1));
}

static int op_listxattr(char *args[])
{
	char names[1024];

	return result_of(llistxattr(args[0], names, sizeof(names)));
}

/* include/uapi/linux/posix_acl_xattr.h: owner, a user, group, mask and others, in that order */
static int op_setacl(char *args[])
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} list = {
		2,
		{{0x01, 6, ~0U}, {0x02, 6, 65534}, {0x04, 4, ~0U}, {0x10, 6, ~0U}, {0x20, 4, ~0U}}};

	return result_of(setxattr(args[0], "system.posix_acl_access", &list, sizeof(list), 0));
}

/* PATH MODE: made with a mode, past the umask */
static int op_creatmode(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	(void)umask(0);
	return close_after(open(args[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode));
}

/* DIRECTORY MODE: a file without a name */
static int op_tmpfilemode(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	(void)umask(0);
	return close_after(open(args[0], O_TMPFILE | O_RDWR | O_CLOEXEC, (mode_t)mode));
}

static int op_mknodmode(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	(void)umask(0);
	return result_of(mknod(args[0], (mode_t)(S_IFREG | mode), 0));
}

static int op_mkdirmode(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	(void)umask(0);
	return mkdir(args[0], 0755) < 0 ? -errno : result_of(chmod(args[0], (mode_t)mode));
}

/* chattr(1): the flag "no dump", which needs no privilege, on or off */
static int op_setflags(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	int flags = 0;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "reading the flags failed");
		return -errno;
	}
	flags ^= FS_NODUMP_FL;
	return result_of(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

#define SYS_FILE_GETATTR 468
#define SYS_FILE_SETATTR 469

/* The same by the system calls of 6.17 and later. */
static int op_filesetattr(char *args[])
{
	struct {
		uint64_t flags;
		uint32_t extent_size, n_extents, project, cow_size;
	} attributes = {0};

	if (syscall(SYS_FILE_GETATTR, AT_FDCWD, args[0], &attributes, sizeof(attributes), 0) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "reading the flags failed");
		return -errno;
	}
	attributes.flags ^= FS_XFLAG_NODUMP;
	return result_of(
		syscall(SYS_FILE_SETATTR, AT_FDCWD, args[0], &attributes, sizeof(attributes), 0));
}

/* PATH: cap_dac_override for whoever executes it (include/uapi/linux/capability.h, revision 2) */
static int op_setcapability(char *args[])
{
	static const uint32_t capability[5] = {0x02000001, 1 << 1, 0, 0, 0};

	return result_of(
		setxattr(args[0], "security.capability", capability, sizeof(capability), 0));
}

#define SYS_FCHMODAT2 452

static int op_fchmodat2(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	return result_of(syscall(SYS_FCHMODAT2, AT_FDCWD, args[0], mode, 0));
}

static int op_chownto(char *args[])
{
	long id;

	return parse_number(args[1], &id) ? result_of(lchown(args[0], (uid_t)id, (gid_t)id))
					  : RESULT_MISUSE;
}

const struct operation attribute_operations[] = {
	{"setcapability", 1, op_setcapability},
	{"fchmodat2", 2, op_fchmodat2},
	{"chownto", 2, op_chownto},
	{"setxattr", 3, op_setxattr},
	{"fsetxattr", 3, op_fsetxattr},
	{"removexattr", 2, op_removexattr},
	{"getxattr", 2, op_getxattr},
	{"listxattr", 1, op_listxattr},
	{"setacl", 1, op_setacl},
	{"creatmode", 2, op_creatmode},
	{"tmpfilemode", 2, op_tmpfilemode},
	{"mknodmode", 2, op_mknodmode},
	{"mkdirmode", 2, op_mkdirmode},
	{"setflags", 1, op_setflags},
	{"filesetattr", 1, op_filesetattr},
	{0},
};
