/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/canary_probes.h"

#define PORT	  61999 /* of the allowed host, where nobody needs to listen */
#define PATH_SIZE 256

/* Names in both directories. */
#define FILE_NAME    "file"
#define VICTIM_NAME  "victim"
#define MOVED_NAME   "moved"
#define NEW_NAME     "new"
#define LINK_NAME    "link"
#define EMPTY_NAME   "empty"
#define SYMLINK_NAME "symlink"
#define NEWDIR_NAME  "new-directory"
#define FIFO_NAME    "fifo"
#define NEWSYM_NAME  "new-symlink"

static const char *const made_names[] = {
	FILE_NAME, VICTIM_NAME,	 MOVED_NAME, NEW_NAME,
	LINK_NAME, SYMLINK_NAME, FIFO_NAME,  NEWSYM_NAME,
};
static const char *const made_directories[] = {EMPTY_NAME, NEWDIR_NAME};

/* "<directory>/<name>" in a buffer of PATH_SIZE; all are short constants. */
static const char *in(char *buffer, const char *directory, const char *name)
{
	(void)snprintf(buffer, PATH_SIZE, "%s/%s", directory, name);
	return buffer;
}

static int result(int r)
{
	return r < 0 ? cf_errno_negative() : 0;
}

static int open_path(const char *path, int flags)
{
	cf_auto_fd int fd = open(path, flags | O_CLOEXEC, 0600);

	return result(fd);
}

static int try_read(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return open_path(in(path, object, FILE_NAME), O_RDONLY);
}

static int try_write(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return open_path(in(path, object, FILE_NAME), O_WRONLY);
}

static int try_create(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return open_path(in(path, object, NEW_NAME), O_WRONLY | O_CREAT | O_EXCL);
}

static int try_link(const char *object, const struct cf_canary_programs *programs)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	(void)programs;
	return result(link(in(from, object, FILE_NAME), in(to, object, LINK_NAME)));
}

static int try_symlink(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return result(symlink(FILE_NAME, in(path, object, NEWSYM_NAME)));
}

static int try_mkdir(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return result(mkdir(in(path, object, NEWDIR_NAME), 0700));
}

static int try_mknod(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return result(mkfifo(in(path, object, FIFO_NAME), 0600));
}

static int try_unlink(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return result(unlink(in(path, object, VICTIM_NAME)));
}

static int try_rmdir(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return result(rmdir(in(path, object, EMPTY_NAME)));
}

static int try_rename(const char *object, const struct cf_canary_programs *programs)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	(void)programs;
	return result(rename(in(from, object, FILE_NAME), in(to, object, MOVED_NAME)));
}

static int try_setattr(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return result(chmod(in(path, object, FILE_NAME), 0640));
}

static int try_readlink(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE], target[PATH_SIZE];

	(void)programs;
	return result((int)readlink(in(path, object, SYMLINK_NAME), target, sizeof(target)));
}

/* What the filesystem cannot do was not refused by a hook, all of which come before it. */
static int request_result(int r)
{
	r = result(r);
	return r == -EOPNOTSUPP || r == -ENOTTY ? 0 : r;
}

static int try_setxattr(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];

	(void)programs;
	return request_result(setxattr(in(path, object, FILE_NAME), "user.canary", "x", 1, 0));
}

static int try_ioctl(const char *object, const struct cf_canary_programs *programs)
{
	char path[PATH_SIZE];
	cf_auto_fd int fd = open(in(path, object, FILE_NAME), O_RDONLY | O_CLOEXEC);
	int flags = 0;

	(void)programs;
	if (fd < 0)
		return -ENODATA; /* not what is tried here: must not read as a refusal */
	return request_result(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static int try_watch(const char *object, const struct cf_canary_programs *programs)
{
	cf_auto_fd int fd = inotify_init1(IN_CLOEXEC);

	(void)programs;
	if (fd < 0)
		return -ENODATA;
	return result(inotify_add_watch(fd, object, IN_CREATE));
}

/* The exit status of a child that ended by itself is the errno of what it tried, or 0. */
static int wait_result(pid_t pid)
{
	int status;

	if (pid < 0)
		return cf_errno_negative();
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return cf_errno_negative();
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static const char *choose_program(const char *object, const struct cf_canary_programs *programs)
{
	return strcmp(object, CF_CANARY_OPEN) == 0 ? programs->allowed : programs->denied;
}

static int try_exec(const char *object, const struct cf_canary_programs *programs)
{
	const char *program = choose_program(object, programs);
	char *const arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "--version",
				   NULL};
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0)
			(void)dup2(null,
				   STDOUT_FILENO); /* else its version shows, which hurts nobody */
		(void)execv(program, arguments);
		_exit(errno);
	}
	return wait_result(pid);
}

static int try_mmap(const char *object, const struct cf_canary_programs *programs)
{
	cf_auto_fd int fd = open(choose_program(object, programs), O_RDONLY | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		return -ENODATA; /* not what is tried here: must not read as a refusal */
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return cf_errno_negative();
	(void)munmap(memory, 4096); /* the process ends soon */
	return 0;
}

static int try_socket(const char *object, const struct cf_canary_programs *programs)
{
	bool is_allowed = strcmp(object, CF_CANARY_OPEN) == 0;
	cf_auto_fd int fd = -1;

	(void)programs;
	fd = is_allowed ? socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)
			: socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	return result(fd);
}

static struct sockaddr_in address_of(const char *host)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	(void)inet_pton(AF_INET, host, &address.sin_addr); /* a constant */
	return address;
}

static int make_socket(int *ret_fd)
{
	*ret_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return result(*ret_fd) < 0 ? -ENODATA : 0;
}

/* Without loopback there is no road to either host, which shows that no hook was in the way. */
static int network_result(int r)
{
	r = result(r);
	return r == -ENETUNREACH || r == -EADDRINUSE || r == -EADDRNOTAVAIL ? 0 : r;
}

static int try_connect(const char *object, const struct cf_canary_programs *programs)
{
	struct sockaddr_in address = address_of(object);
	cf_auto_fd int fd = -1;
	int r = make_socket(&fd);

	(void)programs;
	if (r < 0)
		return r;
	return network_result(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int try_send(const char *object, const struct cf_canary_programs *programs)
{
	struct sockaddr_in address = address_of(object);
	cf_auto_fd int fd = -1;
	int r = make_socket(&fd);

	(void)programs;
	if (r < 0)
		return r;
	return network_result((int)sendto(fd, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&address,
					  sizeof(address)));
}

static int try_bind(const char *object, const struct cf_canary_programs *programs)
{
	struct sockaddr_in address = address_of(object);
	cf_auto_fd int fd = -1;
	int r = make_socket(&fd);

	(void)programs;
	if (r < 0)
		return r;
	return network_result(bind(fd, (struct sockaddr *)&address, sizeof(address)));
}

/* In a child, so that the runner stays as it is. */
static int try_userns(const char *object, const struct cf_canary_programs *programs)
{
	pid_t pid = fork();

	(void)object;
	(void)programs;
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0 ? errno : 0);
	return wait_result(pid);
}

/* The runners have mount namespaces of their own, so that a mount which is not refused is gone with them. */
static int try_mount(const char *object, const struct cf_canary_programs *programs)
{
	(void)object;
	(void)programs;
	return result(mount("canary", CF_CANARY_DIRECTORY, "tmpfs", 0, NULL));
}

static int try_fork(const char *object, const struct cf_canary_programs *programs)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(-try_read(object, programs));
	return wait_result(pid);
}

#define OP(name)  (1U << CF_OP_##name)
#define CONFINED  CF_CANARY_CONFINED, CF_CANARY_CONFINED
#define FREE_TWIN CF_CANARY_CONFINED, CF_CANARY_FREE
#define FILES	  CF_CANARY_CLOSED, CF_CANARY_OPEN
#define HOSTS	  CF_CANARY_DENIED_HOST, CF_CANARY_ALLOWED_HOST

/*
 * In an order in which no attempt disturbs a later one: rename goes last among the files. An exec
 * opens its file before anything else, and is refused there as well.
 */
/* clang-format off */
const struct cf_canary_probe cf_canary_probes[] = {
	{"open", "file_open", OP(OPEN), EACCES, try_read, FILES, CONFINED},
	{"write", "file_open", OP(OPEN), EACCES, try_write, CF_CANARY_DIRECTORY, CF_CANARY_OPEN, CONFINED},
	{"create", "inode_create", OP(CREATE), EACCES, try_create, FILES, CONFINED},
	{"link", "inode_link", OP(LINK), EACCES, try_link, FILES, CONFINED},
	{"symlink", "inode_symlink", OP(SYMLINK), EACCES, try_symlink, FILES, CONFINED},
	{"mkdir", "inode_mkdir", OP(MKDIR), EACCES, try_mkdir, FILES, CONFINED},
	{"mknod", "inode_mknod", OP(MKNOD), EACCES, try_mknod, FILES, CONFINED},
	{"unlink", "inode_unlink", OP(UNLINK), EACCES, try_unlink, FILES, CONFINED},
	{"rmdir", "inode_rmdir", OP(RMDIR), EACCES, try_rmdir, FILES, CONFINED},
	{"setattr", "inode_setattr", OP(SETATTR), EACCES, try_setattr, FILES, CONFINED},
	{"attribute", "inode_setxattr", OP(SETXATTR), EACCES, try_setxattr, FILES, CONFINED},
	{"ioctl", "file_ioctl", OP(IOCTL), EACCES, try_ioctl, CF_CANARY_DIRECTORY, CF_CANARY_OPEN, CONFINED},
	{"watch", "path_notify", OP(WATCH), EACCES, try_watch, FILES, CONFINED},
	{"readlink", "inode_readlink", OP(READLINK), EACCES, try_readlink, FILES, CONFINED},
	{"exec", "bprm_check_security", OP(EXEC) | OP(OPEN), EACCES, try_exec, FILES, CONFINED},
	{"mmap", "mmap_file", OP(MMAP), EACCES, try_mmap, FILES, CONFINED},
	{"socket", "socket_create", OP(SOCKET), EACCES, try_socket, FILES, CONFINED},
	{"connect", "socket_connect", OP(CONNECT), EACCES, try_connect, HOSTS, CONFINED},
	{"send", "socket_sendmsg", OP(SEND), EACCES, try_send, HOSTS, CONFINED},
	{"bind", "socket_bind", OP(BIND), EACCES, try_bind, HOSTS, CONFINED},
	{"userns", "userns_create", OP(USERNS), EPERM, try_userns, FILES, FREE_TWIN},
	{"mount", "sb_mount", OP(MOUNT), EPERM, try_mount, FILES, FREE_TWIN},
	{"inherit", "task_alloc", OP(OPEN), EACCES, try_fork, FILES, CONFINED},
	{"cgroup", NULL, OP(OPEN), EACCES, try_read, FILES, CF_CANARY_MOVED, CF_CANARY_MOVED},
	{"rename", "inode_rename", OP(RENAME), EACCES, try_rename, FILES, CONFINED},
};
/* clang-format on */

const size_t cf_canary_n_probes = sizeof(cf_canary_probes) / sizeof(cf_canary_probes[0]);

static int make_directory(const char *path)
{
	return mkdir(path, 0700) < 0 && errno != EEXIST ? cf_errno_negative() : 0;
}

/* Gone or never there is equally well; what stays makes what follows fail. */
static void clear_directory(const char *directory)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(made_names) / sizeof(made_names[0]); i++)
		(void)unlink(in(path, directory, made_names[i]));
	for (size_t i = 0; i < sizeof(made_directories) / sizeof(made_directories[0]); i++)
		(void)rmdir(in(path, directory, made_directories[i]));
}

static int fill_directory(const char *directory)
{
	char path[PATH_SIZE];
	int r = make_directory(directory);

	if (r == 0)
		clear_directory(directory);
	if (r == 0)
		r = open_path(in(path, directory, FILE_NAME), O_WRONLY | O_CREAT);
	if (r == 0)
		r = open_path(in(path, directory, VICTIM_NAME), O_WRONLY | O_CREAT);
	if (r == 0)
		r = result(mkdir(in(path, directory, EMPTY_NAME), 0700));
	if (r == 0)
		r = result(symlink(FILE_NAME, in(path, directory, SYMLINK_NAME)));
	return r;
}

int cf_canary_prepare_files(void)
{
	int r = make_directory(CF_CANARY_DIRECTORY);

	if (r == 0)
		r = fill_directory(CF_CANARY_OPEN);
	if (r == 0)
		r = fill_directory(CF_CANARY_CLOSED);
	if (r == 0)
		r = fill_directory(CF_CANARY_DIRECTORY);
	return r;
}
