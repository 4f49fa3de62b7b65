/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roads in steps: words that get hold of a descriptor in some way, and words
 * that take what is behind the one that is held. What is taken is told.
 */
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define PAGE	  4096

static int keep(long fd)
{
	if (fd < 0)
		return -errno;
	state.held = (int)fd;
	return 0;
}

/* DIRECTORY NAME OPENFLAGS RESOLVE */
static int op_holdat2(char *args[])
{
	int fd = open_how(args);

	if (fd < 0)
		return fd;
	state.held = fd;
	return 0;
}

/* NAME OPENFLAGS: below what is held */
static int op_holdbelow(char *args[])
{
	unsigned long flags;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	return keep(openat(state.held, args[0], (int)flags | O_CLOEXEC, 0644));
}

/* FORMAT OPENFLAGS: what is held once more, by a path with its number for '@' and the process's for '=' */
static int op_holdagain(char *args[])
{
	char path[PATH_SIZE] = "", number[32];
	unsigned long flags;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	for (const char *c = args[0]; *c && strlen(path) < sizeof(path) - sizeof(number); c++) {
		if (*c == '@' || *c == '=')
			(void)snprintf(number, sizeof(number), "%d",
				       *c == '@' ? state.held : getpid());
		else
			(void)snprintf(number, sizeof(number), "%c", *c);
		strcat(path, number);
	}
	return keep(open(path, (int)flags | O_CLOEXEC));
}

/* N: one that the process was started with */
static int op_holdstart(char *args[])
{
	long fd;

	return parse_number(args[0], &fd) ? keep(dup((int)fd)) : RESULT_MISUSE;
}

static int op_chdirheld(char *args[])
{
	(void)args;
	return result_of(fchdir(state.held));
}

/* NAME N: as often, to where no path is long enough for */
static int op_chdirs(char *args[])
{
	long n;

	if (!parse_number(args[1], &n))
		return RESULT_MISUSE;
	for (long i = 0; i < n; i++)
		if (chdir(args[0]) < 0)
			return -errno;
	return 0;
}

int receive_fd(const char *path, void *text, size_t size, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vector = {.iov_base = text, .iov_len = size};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room)};

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return RESULT_MISUSE;
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    recvmsg(fd, &message, MSG_CMSG_CLOEXEC) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "the sender is not there");
		return -errno;
	}
	if (!CMSG_FIRSTHDR(&message))
		return -EACCES;
	memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*ret_fd));
	return 0;
}

/* SOCKET: what whoever listens there hands over */
static int op_holdreceived(char *args[])
{
	char text[16];

	return receive_fd(args[0], text, sizeof(text), &state.held);
}

/* PID FD */
static int op_holdstolen(char *args[])
{
	long pid, fd;
	int process;

	if (!parse_number(args[0], &pid) || !parse_number(args[1], &fd))
		return RESULT_MISUSE;
	process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	return process < 0 ? -errno : keep(syscall(SYS_pidfd_getfd, process, (int)fd, 0));
}

/* PATH MOUNT OPENFLAGS: by its handle, through a descriptor of something on the same filesystem */
static int op_holdhandle(char *args[])
{
	struct {
		struct file_handle handle;
		unsigned char room[MAX_HANDLE_SZ];
	} place = {.handle.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, mount;
	unsigned long flags;

	if (!parse_words(args[2], open_words, &flags))
		return RESULT_MISUSE;
	if (name_to_handle_at(AT_FDCWD, args[0], &place.handle, &mount_id, 0) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "there is no handle");
		return -errno;
	}
	mount = open(args[1], O_RDONLY | O_CLOEXEC);
	if (mount < 0)
		return -errno;
	return keep(open_by_handle_at(mount, &place.handle, (int)flags | O_CLOEXEC));
}

/* PATH: a detached copy of the mount */
static int op_holdtree(char *args[])
{
	return keep(syscall(SYS_open_tree, AT_FDCWD, args[0],
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
}

/* TYPE SOURCE: a filesystem that is mounted nowhere */
static int op_holdmount(char *args[])
{
	int context = (int)syscall(SYS_fsopen, args[0], FSOPEN_CLOEXEC);

	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", args[1], 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return keep(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0));
}

static int told(ssize_t n)
{
	if (n < 0)
		return -errno;
	for (ssize_t i = 0; i < n; i++)
		if (!state.detail[i])
			state.detail[i] = ' ';
	state.detail[n] = '\0';
	return n == 0 ? -ENODATA : 0;
}

/* What is taken begins here. */
static int op_take(char *args[])
{
	(void)args;
	return told(read(state.held, state.detail, sizeof(state.detail) - 1));
}

/* OFFSET: a page that begins there, from what is held `direct` as well */
static int op_takeat(char *args[])
{
	static _Alignas(PAGE) char page[PAGE];
	long offset;
	ssize_t n;

	if (!parse_number(args[0], &offset))
		return RESULT_MISUSE;
	n = pread(state.held, page, sizeof(page), offset);
	if (n > (ssize_t)sizeof(state.detail) - 1)
		n = sizeof(state.detail) - 1;
	if (n > 0)
		memcpy(state.detail, page, (size_t)n);
	return told(n);
}

static int op_takemapped(char *args[])
{
	const char *memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, state.held, 0);

	(void)args;
	if (memory == MAP_FAILED)
		return -errno;
	(void)snprintf(state.detail, sizeof(state.detail), "%s", memory);
	return 0;
}

/* Mapped, and no more. */
static int op_mapheld(char *args[])
{
	(void)args;
	return mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, state.held, 0) == MAP_FAILED ? -errno : 0;
}

static int op_takesent(char *args[])
{
	int pipe_fds[2];

	(void)args;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0 ||
	    sendfile(pipe_fds[1], state.held, NULL, sizeof(state.detail) - 1) < 0)
		return -errno;
	return told(read(pipe_fds[0], state.detail, sizeof(state.detail) - 1));
}

static int op_takespliced(char *args[])
{
	int pipe_fds[2];

	(void)args;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0 ||
	    splice(state.held, NULL, pipe_fds[1], NULL, sizeof(state.detail) - 1, 0) < 0)
		return -errno;
	return told(read(pipe_fds[0], state.detail, sizeof(state.detail) - 1));
}

static int take_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : told(read(fd, state.detail, sizeof(state.detail) - 1));
}

/* PATH: by way of a file of its own */
static int op_takecopied(char *args[])
{
	int to = open(args[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (to < 0 || copy_file_range(state.held, NULL, to, NULL, sizeof(state.detail) - 1, 0) < 0)
		return -errno;
	return take_file(args[0]);
}

static int op_takecloned(char *args[])
{
	int to = open(args[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (to < 0 || ioctl(to, FICLONE, state.held) < 0)
		return -errno;
	return take_file(args[0]);
}

/* The names in a directory that is held. */
static int op_names(char *args[])
{
	DIR *directory = fdopendir(state.held);
	size_t used = 0;

	(void)args;
	if (!directory)
		return -errno;
	errno = 0;
	for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
		if (used + strlen(entry->d_name) + 2 < sizeof(state.detail))
			used += (size_t)snprintf(state.detail + used, sizeof(state.detail) - used,
						 "%s ", entry->d_name);
	return -errno;
}

/* ATTRIBUTE: of what is held, by its link in procfs, as an O_PATH descriptor has no fgetxattr() */
static int op_takeattribute(char *args[])
{
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", state.held);
	return told(getxattr(link, args[0], state.detail, sizeof(state.detail) - 1));
}

/* Of a symbolic link that is held with O_PATH. */
static int op_taketarget(char *args[])
{
	(void)args;
	return told(readlinkat(state.held, "", state.detail, sizeof(state.detail) - 1));
}

/* What is changed begins here. */
static int op_put(char *args[])
{
	(void)args;
	return result_of(write(state.held, "probe\n", 6));
}

static int op_putmapped(char *args[])
{
	char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, state.held, 0);

	(void)args;
	if (memory == MAP_FAILED)
		return -errno;
	memcpy(memory, "probe", 5);
	return result_of(msync(memory, PAGE, MS_SYNC));
}

/* What is held may be written anywhere from now on. */
static int op_liftappend(char *args[])
{
	(void)args;
	return result_of(fcntl(state.held, F_SETFL, 0));
}

/* What is held mapped to be read only, and written through procfs, as debuggers do. */
static int op_putforced(char *args[])
{
	const char *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, state.held, 0);
	int self = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	(void)args;
	if (memory == MAP_FAILED || self < 0)
		return -errno;
	return result_of(pwrite(self, "probe", 5, (off_t)(uintptr_t)memory));
}

static int op_cut(char *args[])
{
	(void)args;
	return result_of(ftruncate(state.held, 1));
}

/* PATH */
static int op_linkheld(char *args[])
{
	return result_of(linkat(state.held, "", AT_FDCWD, args[0], AT_EMPTY_PATH));
}

/* WORD: what can be done to an O_PATH descriptor by its link in procfs */
static int op_changeheld(char *args[])
{
	static const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 2}};
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", state.held);
	if (strcmp(args[0], "chmod") == 0)
		return result_of(chmod(link, 0600));
	if (strcmp(args[0], "truncate") == 0)
		return result_of(truncate(link, 1));
	if (strcmp(args[0], "utimes") == 0)
		return result_of(utimensat(AT_FDCWD, link, times, 0));
	if (strcmp(args[0], "setxattr") == 0)
		return result_of(setxattr(link, "user.new", "yes", 3, 0));
	return RESULT_MISUSE;
}

/* PATH: its bytes replaced by those of what is held */
static int op_cloneover(char *args[])
{
	int to = open(args[0], O_WRONLY | O_CLOEXEC);

	return to < 0 ? -errno : result_of(ioctl(to, FICLONE, state.held));
}

const struct operation held_operations[] = {
	{"holdat2", 4, op_holdat2},
	{"holdbelow", 2, op_holdbelow},
	{"holdagain", 2, op_holdagain},
	{"holdstart", 1, op_holdstart},
	{"holdreceived", 1, op_holdreceived},
	{"holdstolen", 2, op_holdstolen},
	{"holdhandle", 3, op_holdhandle},
	{"holdtree", 1, op_holdtree},
	{"holdmount", 2, op_holdmount},
	{"chdirheld", 0, op_chdirheld},
	{"chdirs", 2, op_chdirs},
	{"take", 0, op_take},
	{"takeat", 1, op_takeat},
	{"takemapped", 0, op_takemapped},
	{"mapheld", 0, op_mapheld},
	{"takesent", 0, op_takesent},
	{"takespliced", 0, op_takespliced},
	{"takecopied", 1, op_takecopied},
	{"takecloned", 1, op_takecloned},
	{"takeattribute", 1, op_takeattribute},
	{"taketarget", 0, op_taketarget},
	{"names", 0, op_names},
	{"put", 0, op_put},
	{"putmapped", 0, op_putmapped},
	{"putforced", 0, op_putforced},
	{"liftappend", 0, op_liftappend},
	{"cut", 0, op_cut},
	{"linkheld", 1, op_linkheld},
	{"changeheld", 1, op_changeheld},
	{"cloneover", 1, op_cloneover},
	{0},
};
