/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roads on which the kernel itself opens, writes or tells something for a
 * process: core dumps, accounting, swap, loop devices, watches; and the calls
 * of other ABIs.
 */
#include "probe.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCH_MS 5000 /* for somebody else to touch what is watched */

/* DIRECTORY: a child dies in it, and leaves its memory there */
static int op_coredump(char *args[])
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (chdir(args[0]) < 0 || setrlimit(RLIMIT_CORE, &unlimited) < 0)
			_exit(1);
		abort();
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFSIGNALED(status) && WCOREDUMP(status) ? 0 : -ECANCELED;
}

static int op_acct(char *args[])
{
	int status;
	pid_t pid;

	if (acct(args[0]) < 0)
		return -errno;
	pid = fork(); /* whose end is written down */
	if (pid == 0)
		_exit(0);
	(void)waitpid(pid, &status, 0);
	return result_of(acct(NULL));
}

static int op_swapon(char *args[])
{
	return result_of(swapon(args[0], 0));
}

/* FILE: the kernel reads it for a block device */
static int op_loop(char *args[])
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), device, file;
	char path[64];

	if (control < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
	device = open(path, O_RDWR | O_CLOEXEC);
	file = open(args[0], O_RDONLY | O_CLOEXEC);
	if (device < 0 || file < 0 || ioctl(device, LOOP_SET_FD, file) < 0)
		return -errno;
	(void)!pread(device, state.detail, sizeof(state.detail) - 1, 0);
	return result_of(ioctl(device, LOOP_CLR_FD, 0));
}

static int wait_for(int fd)
{
	struct pollfd waited = {.fd = fd, .events = POLLIN};
	int n = poll(&waited, 1, WATCH_MS);

	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

/* DIRECTORY: the name of what somebody else does something to in it */
static int op_watch(char *args[])
{
	union {
		struct inotify_event event;
		char room[4096];
	} buffer = {0};
	int fd = inotify_init1(IN_CLOEXEC), r;

	if (fd < 0 || inotify_add_watch(fd, args[0], IN_ALL_EVENTS & ~IN_ISDIR) < 0)
		return -errno;
	r = wait_for(fd);
	if (r < 0)
		return r;
	if (read(fd, &buffer, sizeof(buffer)) < 0)
		return -errno;
	(void)snprintf(state.detail, sizeof(state.detail), "%s",
		       buffer.event.len ? buffer.event.name : "");
	return 0;
}

/* PATH inode|mount|filesystem TEXT: the file with that text that somebody else opens, through the event's descriptor */
static int op_fanwatch(char *args[])
{
	static const struct word_value kinds[] = {{"inode", FAN_EVENT_ON_CHILD},
						  {"mount", FAN_EVENT_ON_CHILD},
						  {"filesystem", FAN_EVENT_ON_CHILD},
						  {NULL, 0}};
	struct fanotify_event_metadata events[8];
	unsigned int how = FAN_MARK_ADD;
	unsigned long mask;
	int fd, r;

	if (!parse_words(args[1], kinds, &mask))
		return RESULT_MISUSE;
	if (strcmp(args[1], "mount") == 0)
		how |= FAN_MARK_MOUNT;
	if (strcmp(args[1], "filesystem") == 0)
		how |= FAN_MARK_FILESYSTEM;
	fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);
	if (fd < 0)
		return -errno;
	if (fanotify_mark(fd, how, FAN_OPEN | mask, AT_FDCWD, args[0]) < 0)
		return -errno;
	for (int attempt = 0; attempt < 200; attempt++) {
		ssize_t n;

		r = wait_for(fd);
		if (r < 0)
			return r;
		n = read(fd, events, sizeof(events));
		if (n < 0)
			return -errno;
		for (size_t i = 0; i < (size_t)n / sizeof(events[0]); i++) {
			if (events[i].fd < 0)
				continue;
			memset(state.detail, 0, sizeof(state.detail));
			(void)!pread(events[i].fd, state.detail, sizeof(state.detail) - 1, 0);
			(void)close(events[i].fd);
			if (strstr(state.detail, args[2]))
				return 0;
		}
	}
	return -ENODATA;
}

/* PATH: a node of one's own for the disk that everything is on */
static int op_mkdisk(char *args[])
{
	struct stat status;

	if (stat("/dev/vda", &status) < 0)
		return -errno;
	return result_of(mknod(args[0], S_IFBLK | 0600, status.st_rdev));
}

/* CGROUP: into another one, as far as the kernel is concerned */
static int op_joincgroup(char *args[])
{
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", args[0]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : result_of(write(fd, "0", 1));
}

/* PATH of a namespace: entered */
static int op_setns(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : result_of(setns(fd, 0));
}

static int op_unshare(char *args[])
{
	(void)args;
	return result_of(unshare(CLONE_NEWNS));
}

static int op_sleep(char *args[])
{
	long ms;

	return parse_number(args[0], &ms) ? result_of(usleep((useconds_t)ms * 1000))
					  : RESULT_MISUSE;
}

/* PATH: until there is something, a minute at most */
static int op_await(char *args[])
{
	struct stat status;

	(void)alarm(0);
	for (int i = 0; i < 3000; i++) {
		if (stat(args[0], &status) == 0)
			return 0;
		(void)usleep(20000);
	}
	return -ETIME;
}

/* For as long as nobody ends this process. */
static int op_linger(char *args[])
{
	(void)args;
	(void)alarm(0);
	return pause();
}

/* A call of the 32-bit ABI, which has numbers of its own; arguments have 32 bits. */
static long call32(long number, long a, long b, long c, long d)
{
#ifdef __x86_64__
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
#else
	(void)number, (void)a, (void)b, (void)c, (void)d;
	errno = ENOSYS;
	return -1;
#endif
}

#define OPEN32	    5 /* arch/x86/entry/syscalls/syscall_32.tbl */
#define UNLINK32    10
#define IOCTL32	    54
#define MADVISE32   219
#define IO_SETUP32  245
#define FALLOCATE32 324

static char *low_copy(const char *text)
{
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	(void)snprintf(memory, 4096, "%s", text);
	return memory;
}

static int op_hold32(char *args[])
{
	char *path = low_copy(args[0]);
	long fd = path ? call32(OPEN32, (long)path, O_RDONLY, 0, 0) : -1;

	if (fd < 0)
		return -errno;
	state.held = (int)fd;
	return 0;
}

static int op_unlink32(char *args[])
{
	char *path = low_copy(args[0]);

	return path ? result_of(call32(UNLINK32, (long)path, 0, 0, 0)) : -ENOMEM;
}

/* PATH: a hole in its first page; the length's lower half is the fifth argument */
static int op_punch32(char *args[])
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);
	long r;

	if (fd < 0)
		return -errno;
#ifdef __x86_64__
	/* The length's upper half is in the frame pointer. */
	__asm__ volatile("mov %%rbp, %%r12\n\txor %%ebp, %%ebp\n\tint $0x80\n\tmov %%r12, %%rbp"
			 : "=a"(r)
			 : "a"((long)FALLOCATE32), "b"((long)fd), "c"(3L), "d"(0L), "S"(0L),
			   "D"(4096L)
			 : "memory", "r8", "r9", "r10", "r11", "r12");
#else
	r = -ENOSYS;
#endif
	return r < 0 ? (int)r : 0;
}

/* PATH: chattr(1)'s "no dump" */
static int op_setflags32(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC), *flags = (int *)(void *)low_copy("");

	if (fd < 0 || !flags || call32(IOCTL32, fd, FS_IOC32_GETFLAGS, (long)flags, 0) < 0)
		return -errno;
	*flags ^= FS_NODUMP_FL;
	return result_of(call32(IOCTL32, fd, FS_IOC32_SETFLAGS, (long)flags, 0));
}

/* fs/compat_ioctl.c: as 32-bit programs have it */
struct space_resv_32 {
	int16_t type, whence;
	uint32_t start[2], length[2];
	int32_t system_id;
	uint32_t pid;
	int32_t pad[4];
};

#define FS_IOC_UNRESVSP64_32 _IOW('X', 43, struct space_resv_32)

/* PATH: a hole in its first page */
static int op_ioctlrange32(char *args[])
{
	struct space_resv_32 *range = (struct space_resv_32 *)(void *)low_copy("");
	int fd = open(args[0], O_RDWR | O_CLOEXEC);

	if (fd < 0 || !range)
		return -errno;
	range->length[0] = 4096;
	return result_of(call32(IOCTL32, fd, FS_IOC_UNRESVSP64_32, (long)range, 0));
}

static int op_iosetup32(char *args[])
{
	char *memory = low_copy("");

	(void)args;
	return memory ? result_of(call32(IO_SETUP32, 1, (long)memory, 0, 0)) : -ENOMEM;
}

/* PATH: a hole through a shared mapping, by the 32-bit madvise(2) */
static int op_madvise32(char *args[])
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_32BIT, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	return result_of(call32(MADVISE32, (long)memory, 4096, MADV_REMOVE, 0));
}

/* NUMBER of the x32 ABI's fallocate(2) on PATH */
static int op_punchx32(char *args[])
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : result_of(syscall(0x40000000L + SYS_fallocate, fd, 3, 0, 4096));
}

/* SUBVOLUME DIRECTORY NAME */
static int op_snapshot(char *args[])
{
	struct btrfs_ioctl_vol_args request = {.fd = open(args[0], O_RDONLY | O_CLOEXEC)};
	int directory = open(args[1], O_RDONLY | O_CLOEXEC);

	if (request.fd < 0 || directory < 0)
		return -errno;
	(void)snprintf(request.name, sizeof(request.name), "%s", args[2]);
	return result_of(ioctl(directory, BTRFS_IOC_SNAP_CREATE, &request));
}

/* DIRECTORY: all that the metadata tree of its subvolume holds, small files among it, for the word SECRET */
static int op_treesearch(char *args[])
{
	static struct {
		struct btrfs_ioctl_search_args_v2 request;
		char room[1 << 20];
	} search;
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	const char *found;

	if (fd < 0)
		return -errno;
	memset(&search, 0, sizeof(search));
	search.request.key.max_objectid = search.request.key.max_offset =
		search.request.key.max_transid = UINT64_MAX;
	search.request.key.max_type = 255;
	search.request.key.nr_items = 4096;
	search.request.buf_size = sizeof(search.room);
	if (ioctl(fd, BTRFS_IOC_TREE_SEARCH_V2, &search) < 0)
		return -errno;
	found = memmem(search.room, sizeof(search.room), args[1], strlen(args[1]));
	(void)snprintf(state.detail, sizeof(state.detail), "%.64s", found ? found : "");
	return found ? 0 : -ENODATA;
}

/* linux/xfs_fs.h, of xfslibs-dev */
struct xfs_handle_request {
	uint32_t fd;
	const void *path;
	uint32_t open_flags;
	void *handle;
	uint32_t handle_length;
	void *out;
	uint32_t *out_length;
};

#define XFS_IOC_PATH_TO_HANDLE _IOWR('X', 105, struct xfs_handle_request)
#define XFS_IOC_OPEN_BY_HANDLE _IOWR('X', 107, struct xfs_handle_request)

/* PATH DIRECTORY: opened by its handle, by XFS's own requests on a directory */
static int op_xfshandle(char *args[])
{
	char handle[64];
	uint32_t length = sizeof(handle);
	struct xfs_handle_request request = {
		.path = args[0], .open_flags = O_RDONLY, .out = handle, .out_length = &length};
	int directory = open(args[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (directory < 0 || ioctl(directory, XFS_IOC_PATH_TO_HANDLE, &request) < 0)
		return -errno;
	request.handle = handle;
	request.handle_length = length;
	fd = ioctl(directory, XFS_IOC_OPEN_BY_HANDLE, &request);
	if (fd < 0)
		return -errno;
	state.held = fd;
	return 0;
}

const struct operation kernel_operations[] = {
	{"coredump", 1, op_coredump},
	{"acct", 1, op_acct},
	{"swapon", 1, op_swapon},
	{"loop", 1, op_loop},
	{"watch", 1, op_watch},
	{"fanwatch", 3, op_fanwatch},
	{"mkdisk", 1, op_mkdisk},
	{"joincgroup", 1, op_joincgroup},
	{"setns", 1, op_setns},
	{"unshare", 0, op_unshare},
	{"sleep", 1, op_sleep},
	{"linger", 0, op_linger},
	{"await", 1, op_await},
	{"hold32", 1, op_hold32},
	{"unlink32", 1, op_unlink32},
	{"punch32", 1, op_punch32},
	{"iosetup32", 0, op_iosetup32},
	{"setflags32", 1, op_setflags32},
	{"ioctlrange32", 1, op_ioctlrange32},
	{"madvise32", 1, op_madvise32},
	{"punchx32", 1, op_punchx32},
	{"xfshandle", 2, op_xfshandle},
	{"snapshot", 3, op_snapshot},
	{"treesearch", 2, op_treesearch},
	{0},
};
