/* SPDX-License-Identifier: Apache-2.0 */
/* Names and files: opening, making, moving, removing, changing. */
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int op_open(char *args[])
{
	unsigned long flags;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	return close_after(open(args[0], (int)flags | O_CLOEXEC, 0644));
}

int open_how(char *args[])
{
	static const struct word_value words[] = {
		{"beneath", RESOLVE_BENEATH},
		{"in-root", RESOLVE_IN_ROOT},
		{"no-symlinks", RESOLVE_NO_SYMLINKS},
		{"no-xdev", RESOLVE_NO_XDEV},
		{"no-magiclinks", RESOLVE_NO_MAGICLINKS},
		{"cached", RESOLVE_CACHED},
		{NULL, 0},
	};
	unsigned long flags, resolve;
	struct open_how how = {};
	int directory, r;

	if (!parse_words(args[2], open_words, &flags) || !parse_words(args[3], words, &resolve))
		return RESULT_MISUSE;
	directory = open(args[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	how.flags = flags;
	how.resolve = resolve;
	if (flags & (O_CREAT | O_TMPFILE))
		how.mode = 0644;
	r = (int)syscall(SYS_openat2, directory, args[1], &how, sizeof(how));
	r = r < 0 ? -errno : r;
	(void)close(directory);
	return r;
}

static int op_openat2(char *args[])
{
	int fd = open_how(args);

	return fd < 0 ? fd : close_after(fd);
}

static int op_creat(char *args[])
{
	return close_after(creat(args[0], 0644));
}

/* Opens with O_PATH first, then again through /proc. */
static int op_reopen(char *args[])
{
	unsigned long flags;
	char link[64];
	int fd, r;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	fd = open(args[0], O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	r = close_after(open(link, (int)flags | O_CLOEXEC));
	(void)close(fd);
	return r;
}

/* Keeps a descriptor for the operations that follow. */
static int op_hold(char *args[])
{
	unsigned long flags;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	state.held = open(args[0], (int)flags | O_CLOEXEC, 0644);
	return result_of(state.held);
}

static int op_openheld(char *args[])
{
	return open_below(state.held, args[0], args[1]);
}

/* Relative to a descriptor that the process was started with. */
static int op_openfd(char *args[])
{
	long fd;

	if (!parse_number(args[0], &fd))
		return RESULT_MISUSE;
	return open_below((int)fd, args[1], args[2]);
}

static int op_openproc(char *args[])
{
	char link[64];
	long fd;

	if (!parse_number(args[0], &fd))
		return RESULT_MISUSE;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%ld", fd);
	return open_below(AT_FDCWD, link, args[1]);
}

/* A file of the process that this row's process came from. */
static int op_openparent(char *args[])
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", getppid(), args[0]);
	return close_after(open(path, O_RDONLY | O_CLOEXEC));
}

/* PATH FLAGS: opened anew through /proc after it was removed */
static int op_reopenremoved(char *args[])
{
	unsigned long flags;
	char link[64];
	int fd;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || unlink(args[0]) < 0)
		return -errno;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return close_after(open(link, (int)flags | O_CLOEXEC));
}

static int op_fchdiropen(char *args[])
{
	int fd = open(args[0], O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fchdir(fd) < 0)
		return -errno;
	(void)close(fd);
	return open_below(AT_FDCWD, args[1], args[2]);
}

static int op_read(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, state.detail, 64);
	if (n < 0)
		return -errno;
	(void)close(fd);
	state.detail[n] = '\0';
	return 0;
}

static int write_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = result_of(write(fd, "probe\n", 6));
	(void)close(fd);
	return r;
}

static int op_write(char *args[])
{
	return write_file(args[0], O_WRONLY);
}

static int op_append(char *args[])
{
	return write_file(args[0], O_WRONLY | O_APPEND);
}

/* PATH TEXT: as a setting of the kernel's */
static int op_settext(char *args[])
{
	int fd = open(args[0], O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : result_of(write(fd, args[1], strlen(args[1])));

	(void)close(fd);
	return r;
}

static int op_list(char *args[])
{
	DIR *directory = opendir(args[0]);

	if (!directory)
		return -errno;
	(void)closedir(directory);
	return 0;
}

static int op_mkdir(char *args[])
{
	return result_of(mkdir(args[0], 0755));
}

static int op_mknod(char *args[])
{
	static const struct word_value types[] = {
		{"reg", S_IFREG}, {"fifo", S_IFIFO}, {"sock", S_IFSOCK},
		{"chr", S_IFCHR}, {"blk", S_IFBLK},  {NULL, 0},
	};
	unsigned long type;
	dev_t device = 0;

	if (!parse_words(args[1], types, &type))
		return RESULT_MISUSE;
	if (type == S_IFCHR || type == S_IFBLK)
		device = makedev(1, 3); /* null, or the first RAM disk */
	return result_of(mknod(args[0], (mode_t)type | 0644, device));
}

static int op_symlink(char *args[])
{
	return result_of(symlink(args[0], args[1]));
}

static int op_link(char *args[])
{
	return result_of(link(args[0], args[1]));
}

static int link_fd(int fd, const char *path)
{
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return result_of(linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

/* Links a file without a name into place. */
static int op_linktmp(char *args[])
{
	int fd = open(args[0], O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "O_TMPFILE itself failed");
		return -errno;
	}
	return link_fd(fd, args[1]);
}

static int op_linkfd(char *args[])
{
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : link_fd(fd, args[1]);
}

static int op_rename(char *args[])
{
	return result_of(rename(args[0], args[1]));
}

static int op_renameat2(char *args[])
{
	static const struct word_value words[] = {
		{"exchange", RENAME_EXCHANGE},
		{"noreplace", RENAME_NOREPLACE},
		{"whiteout", RENAME_WHITEOUT},
		{NULL, 0},
	};
	unsigned long flags;

	if (!parse_words(args[2], words, &flags))
		return RESULT_MISUSE;
	return result_of(renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1], (unsigned int)flags));
}

static int op_unlink(char *args[])
{
	return result_of(unlink(args[0]));
}

static int op_rmdir(char *args[])
{
	return result_of(rmdir(args[0]));
}

static int op_truncate(char *args[])
{
	long length;

	if (!parse_number(args[1], &length))
		return RESULT_MISUSE;
	return result_of(truncate(args[0], length));
}

static int op_ftruncate(char *args[])
{
	unsigned long flags;
	long length;
	int fd;

	if (!parse_words(args[1], open_words, &flags) || !parse_number(args[2], &length))
		return RESULT_MISUSE;
	fd = open(args[0], (int)flags | O_CLOEXEC);
	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open itself failed");
		return -errno;
	}
	return result_of(ftruncate(fd, length));
}

static int op_chmod(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	return result_of(chmod(args[0], (mode_t)mode));
}

static int op_fchmod(char *args[])
{
	long mode;
	int fd;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return result_of(fchmod(fd, (mode_t)mode));
}

/* To who it belongs to already: nobody needs a privilege for that. */
static int op_chown(char *args[])
{
	struct stat status;

	if (lstat(args[0], &status) < 0)
		return -errno;
	return result_of(lchown(args[0], status.st_uid, status.st_gid));
}

static int op_utimes(char *args[])
{
	static const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 2}};

	return result_of(utimensat(AT_FDCWD, args[0], times, AT_SYMLINK_NOFOLLOW));
}

static int op_utimesnow(char *args[])
{
	return result_of(utimensat(AT_FDCWD, args[0], NULL, 0));
}

static int op_readlink(char *args[])
{
	return result_of(readlink(args[0], state.detail, sizeof(state.detail) - 1));
}

static int op_stat(char *args[])
{
	struct stat status;

	return result_of(lstat(args[0], &status));
}

static int op_chdir(char *args[])
{
	return result_of(chdir(args[0]));
}

static int op_chroot(char *args[])
{
	return chroot(args[0]) < 0 || chdir("/") < 0 ? -errno : 0;
}

/* A directory chain that is deeper than a rule's walk goes. */
static int op_mkdeep(char *args[])
{
	long depth;

	if (!parse_number(args[1], &depth))
		return RESULT_MISUSE;
	if (chdir(args[0]) < 0)
		return -errno;
	for (long i = 0; i < depth; i++) {
		if (mkdir("d", 0755) < 0 || chdir("d") < 0) {
			(void)snprintf(state.detail, sizeof(state.detail), "at depth %ld", i);
			return -errno;
		}
	}
	return 0;
}

static int op_opendeep(char *args[])
{
	long depth;

	if (!parse_number(args[1], &depth))
		return RESULT_MISUSE;
	if (chdir(args[0]) < 0)
		return -errno;
	for (long i = 0; i < depth; i++)
		if (chdir("d") < 0)
			return -errno;
	return close_after(open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
}

const struct operation file_operations[] = {
	{"open", 2, op_open},
	{"openat2", 4, op_openat2},
	{"creat", 1, op_creat},
	{"reopen", 2, op_reopen},
	{"hold", 2, op_hold},
	{"openheld", 2, op_openheld},
	{"openfd", 3, op_openfd},
	{"openproc", 2, op_openproc},
	{"openparent", 1, op_openparent},
	{"reopenremoved", 2, op_reopenremoved},
	{"fchdiropen", 3, op_fchdiropen},
	{"read", 1, op_read},
	{"write", 1, op_write},
	{"append", 1, op_append},
	{"settext", 2, op_settext},
	{"list", 1, op_list},
	{"mkdir", 1, op_mkdir},
	{"mknod", 2, op_mknod},
	{"symlink", 2, op_symlink},
	{"link", 2, op_link},
	{"linktmp", 2, op_linktmp},
	{"linkfd", 2, op_linkfd},
	{"rename", 2, op_rename},
	{"renameat2", 3, op_renameat2},
	{"unlink", 1, op_unlink},
	{"rmdir", 1, op_rmdir},
	{"truncate", 2, op_truncate},
	{"ftruncate", 3, op_ftruncate},
	{"chmod", 2, op_chmod},
	{"fchmod", 2, op_fchmod},
	{"chown", 1, op_chown},
	{"utimes", 1, op_utimes},
	{"utimesnow", 1, op_utimesnow},
	{"readlink", 1, op_readlink},
	{"stat", 1, op_stat},
	{"chdir", 1, op_chdir},
	{"chroot", 1, op_chroot},
	{"mkdeep", 2, op_mkdeep},
	{"opendeep", 2, op_opendeep},
	{0},
};
