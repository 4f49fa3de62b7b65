/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with a descriptor: requests, flags, watches, handing over, holes. */
#include "probe.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* include/linux/falloc.h, which is not for programs */
struct space_resv {
	int16_t l_type, l_whence;
	int64_t l_start, l_len;
	int32_t l_sysid;
	uint32_t l_pid;
	int32_t l_pad[4];
};

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20 /* include/uapi/linux/fs.h, from 6.9 on */
#endif

static int open_words_of(const char *path, const char *words)
{
	unsigned long flags;
	int fd;

	if (!parse_words(words, open_words, &flags))
		return RESULT_MISUSE;
	fd = open(path, (int)flags | O_CLOEXEC);
	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open itself failed");
		return -errno;
	}
	return fd;
}

/* PATH OPENFLAGS REQUEST: with an argument that is all zeroes */
static int op_ioctl(char *args[])
{
	static const struct word_value requests[] = {
		{"tiocsti", TIOCSTI},
		{"tioclinux", TIOCLINUX},
		{"tioccons", TIOCCONS},
		{"tiocsetd", TIOCSETD},
		{"tiocgwinsz", TIOCGWINSZ},
		{"fionread", FIONREAD},
		{"getflags", FS_IOC_GETFLAGS},
		{"fiemap", FS_IOC_FIEMAP},
		{"unresvsp", 0x4030582B},
		{"zero-range", 0x40305839},
		{"move-extents", 0xc028660f /* EXT4_IOC_MOVE_EXT */},
		{"swap-boot", 0x6611 /* EXT4_IOC_SWAP_BOOT */},
		{"unknown", 0x5a5a},
		{NULL, 0},
	};
	char zeroes[256] = {0};
	unsigned long request;
	int fd;

	if (!parse_words(args[2], requests, &request))
		return RESULT_MISUSE;
	fd = open_words_of(args[0], args[1]);
	return fd < 0 ? fd : result_of(ioctl(fd, request, zeroes));
}

/* NAME: a message into a queue, opened with a flag that open(2) would not take: that of an execution */
static int op_mqwrite(char *args[])
{
	const int kernels_own = 0x20; /* __FMODE_EXEC */
	const long queue = syscall(SYS_mq_open, args[0], O_WRONLY | O_CLOEXEC | kernels_own, 0, 0);

	return queue < 0 ? -errno : result_of(syscall(SYS_mq_timedsend, queue, "x", 1, 0, NULL));
}

/* PATH REQUEST: of the first page, as XFS has it (struct space_resv) */
static int op_ioctlrange(char *args[])
{
	static const struct word_value requests[] = {
		{"unresvsp", 0x4030582B}, {"zero-range", 0x40305839}, {NULL, 0}};
	struct space_resv range = {.l_len = 4096};
	unsigned long request;
	int fd;

	if (!parse_words(args[1], requests, &request))
		return RESULT_MISUSE;
	fd = open_words_of(args[0], "rdwr");
	return fd < 0 ? fd : result_of(ioctl(fd, request, &range));
}

/* PATH OPENFLAGS FLAGS: the status flags made to be these */
static int op_setfl(char *args[])
{
	unsigned long flags;
	int fd = open_words_of(args[0], args[1]);

	if (!parse_words(args[2], open_words, &flags))
		return RESULT_MISUSE;
	return fd < 0 ? fd : result_of(fcntl(fd, F_SETFL, (int)flags));
}

static int op_inotify(char *args[])
{
	int fd = inotify_init1(IN_CLOEXEC);

	return fd < 0 ? -errno : result_of(inotify_add_watch(fd, args[0], IN_ALL_EVENTS));
}

/* dnotify */
static int op_dnotify(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : result_of(fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE));
}

/* PATH inode|mount|filesystem */
static int op_fanotify(char *args[])
{
	static const struct word_value kinds[] = {{"inode", 0},
						  {"mount", FAN_MARK_MOUNT},
						  {"filesystem", FAN_MARK_FILESYSTEM},
						  {NULL, 0}};
	unsigned long kind;
	int fd;

	if (!parse_words(args[1], kinds, &kind))
		return RESULT_MISUSE;
	fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);
	if (fd < 0)
		return -errno;
	return result_of(
		fanotify_mark(fd, FAN_MARK_ADD | (unsigned int)kind, FAN_OPEN, AT_FDCWD, args[0]));
}

/* SOCKET: whoever listens there hands over a descriptor; one that is dropped on the way was refused */
static int op_receive(char *args[])
{
	char text[16];
	int fd;

	return receive_fd(args[0], text, sizeof(text), &fd);
}

/* PATH OPENFLAGS MODES: of the first page */
static int op_fallocate(char *args[])
{
	static const struct word_value modes[] = {
		{"keep-size", FALLOC_FL_KEEP_SIZE},	{"punch", FALLOC_FL_PUNCH_HOLE},
		{"collapse", FALLOC_FL_COLLAPSE_RANGE}, {"zero", FALLOC_FL_ZERO_RANGE},
		{"insert", FALLOC_FL_INSERT_RANGE},	{NULL, 0}};
	unsigned long mode;
	int fd;

	if (!parse_words(args[2], modes, &mode))
		return RESULT_MISUSE;
	fd = open_words_of(args[0], args[1]);
	return fd < 0 ? fd : result_of(fallocate(fd, (int)mode, 0, 4096));
}

/* PATH OPENFLAGS noappend|-: at the beginning */
static int op_pwritev2(char *args[])
{
	static const struct word_value words[] = {{"noappend", RWF_NOAPPEND}, {NULL, 0}};
	char text[] = "probe";
	struct iovec vector = {.iov_base = text, .iov_len = 5};
	unsigned long flags;
	int fd;

	if (!parse_words(args[2], words, &flags))
		return RESULT_MISUSE;
	fd = open_words_of(args[0], args[1]);
	return fd < 0 ? fd : result_of(pwritev2(fd, &vector, 1, 0, (int)flags));
}

/* PATH: a hole through a shared mapping */
static int op_madviseremove(char *args[])
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		(void)snprintf(state.detail, sizeof(state.detail), "mmap itself failed");
		return -errno;
	}
	return result_of(madvise(memory, 4096, MADV_REMOVE));
}

/* The same with bits set that the kernel does not look at. */
static int op_madviseremovehigh(char *args[])
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	return result_of(syscall(SYS_madvise, memory, 4096, MADV_REMOVE | 1UL << 32));
}

/* Old asynchronous I/O, whose requests may say RWF_NOAPPEND. */
static int op_iosetup(char *args[])
{
	unsigned long context = 0;

	(void)args;
	return result_of(syscall(SYS_io_setup, 1, &context));
}

/* PATH: by its handle */
static int op_handle(char *args[])
{
	struct {
		struct file_handle handle;
		unsigned char room[MAX_HANDLE_SZ];
	} place = {.handle.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, mount;

	if (name_to_handle_at(AT_FDCWD, args[0], &place.handle, &mount_id, 0) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "there is no handle");
		return -errno;
	}
	mount = open("/srv", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return -errno;
	return close_after(open_by_handle_at(mount, &place.handle, O_RDONLY | O_CLOEXEC));
}

/* A pseudo terminal of one's own: its name in detail, if what is typed can be read by opening that. */
static int op_ownterminal(char *args[])
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), fd;
	char typed[8] = "";

	(void)args;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, state.detail, sizeof(state.detail)) != 0)
		return -errno;
	fd = open(state.detail, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(master, "typed\n", 6) != 6 || read(fd, typed, sizeof(typed)) != 6)
		return -EIO;
	return 0;
}

static int op_userfaultfd(char *args[])
{
	(void)args;
	return close_after((int)syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */));
}

const struct operation descriptor_operations[] = {
	{"ioctl", 3, op_ioctl},
	{"ioctlrange", 2, op_ioctlrange},
	{"mqwrite", 1, op_mqwrite},
	{"setfl", 3, op_setfl},
	{"inotify", 1, op_inotify},
	{"dnotify", 1, op_dnotify},
	{"fanotify", 2, op_fanotify},
	{"receive", 1, op_receive},
	{"fallocate", 3, op_fallocate},
	{"pwritev2", 3, op_pwritev2},
	{"madviseremove", 1, op_madviseremove},
	{"madviseremovehigh", 1, op_madviseremovehigh},
	{"iosetup", 0, op_iosetup},
	{"handle", 1, op_handle},
	{"ownterminal", 0, op_ownterminal},
	{"userfaultfd", 0, op_userfaultfd},
	{0},
};
