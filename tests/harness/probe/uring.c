/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that io_uring does for a process: one ring, one request. */
#include "probe.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_ENTRIES 2

struct ring {
	int fd;
	struct io_uring_params params;
	uint8_t *submission, *completion;
	struct io_uring_sqe *entries;
};

static void *map_ring(const struct ring *ring, size_t size, off_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, offset);
}

static int map_all(struct ring *ring)
{
	ring->submission = map_ring(ring, ring->params.sq_off.array + N_ENTRIES * sizeof(uint32_t),
				    IORING_OFF_SQ_RING);
	ring->completion = map_ring(
		ring, ring->params.cq_off.cqes + 2 * N_ENTRIES * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	ring->entries = map_ring(ring, N_ENTRIES * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	return ring->submission == MAP_FAILED || ring->completion == MAP_FAILED ||
			       ring->entries == MAP_FAILED
		       ? -errno
		       : 0;
}

static int open_ring(struct ring *ring, uint32_t flags)
{
	memset(ring, 0, sizeof(*ring));
	ring->params.flags = flags;
	ring->fd = (int)syscall(SYS_io_uring_setup, N_ENTRIES, &ring->params);
	if (ring->fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "the ring itself failed");
		return -errno;
	}
	return map_all(ring);
}

static uint32_t *number_at(uint8_t *base, uint32_t offset)
{
	return (uint32_t *)(void *)(base + offset);
}

/* The result of the last of a few requests, as it is in the answer: a descriptor, or a length. */
static int submit(struct ring *ring, const struct io_uring_sqe *requests, uint32_t n)
{
	const struct io_uring_cqe *answers =
		(const void *)(ring->completion + ring->params.cq_off.cqes);
	uint32_t flags = IORING_ENTER_GETEVENTS;

	for (uint32_t i = 0; i < n; i++) {
		ring->entries[i] = requests[i];
		number_at(ring->submission, ring->params.sq_off.array)[i] = i;
	}
	__atomic_store_n(number_at(ring->submission, ring->params.sq_off.tail), n,
			 __ATOMIC_RELEASE);
	if (ring->params.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	if (syscall(SYS_io_uring_enter, ring->fd, n, n, flags, NULL, 0) < 0)
		return -errno;
	for (uint32_t i = 0; i < n; i++)
		if (answers[i].res < 0 && answers[i].res != -ECANCELED)
			return answers[i].res;
	return answers[n - 1].res;
}

/* The result of one request. */
static int run_request(const struct io_uring_sqe *request)
{
	struct ring ring;
	int r = open_ring(&ring, 0);

	if (r < 0)
		return r;
	r = submit(&ring, request, 1);
	(void)close(ring.fd);
	return r < 0 ? r : 0;
}

static int op_uring(char *args[])
{
	const struct io_uring_sqe request = {.opcode = IORING_OP_NOP};

	(void)args;
	return run_request(&request);
}

/* Also from a worker of the ring, which is a thread of this process. */
static int uring_open(char *args[], uint8_t flags)
{
	unsigned long open_flags;
	struct io_uring_sqe request = {.opcode = IORING_OP_OPENAT, .flags = flags};

	if (!parse_words(args[1], open_words, &open_flags))
		return RESULT_MISUSE;
	request.fd = AT_FDCWD;
	request.addr = (uintptr_t)args[0];
	request.len = 0644;
	request.open_flags = (uint32_t)open_flags | O_CLOEXEC;
	return run_request(&request);
}

static int op_uringopen(char *args[])
{
	return uring_open(args, 0);
}

static int op_uringopenworker(char *args[])
{
	return uring_open(args, IOSQE_ASYNC);
}

static int two_names(uint8_t opcode, char *args[])
{
	struct io_uring_sqe request = {.opcode = opcode};

	request.fd = AT_FDCWD;
	request.len = (uint32_t)AT_FDCWD;
	request.addr = (uintptr_t)args[0];
	request.addr2 = (uintptr_t)args[1];
	return run_request(&request);
}

static int op_uringrename(char *args[])
{
	return two_names(IORING_OP_RENAMEAT, args);
}

static int op_uringlink(char *args[])
{
	return two_names(IORING_OP_LINKAT, args);
}

static int op_uringsymlink(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_SYMLINKAT};

	request.fd = AT_FDCWD;
	request.addr = (uintptr_t)args[0];
	request.addr2 = (uintptr_t)args[1];
	return run_request(&request);
}

static int op_uringunlink(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_UNLINKAT};

	request.fd = AT_FDCWD;
	request.addr = (uintptr_t)args[0];
	return run_request(&request);
}

static int op_uringmkdir(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_MKDIRAT, .len = 0755};

	request.fd = AT_FDCWD;
	request.addr = (uintptr_t)args[0];
	return run_request(&request);
}

/* PATH NAME VALUE */
static int op_uringsetxattr(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_SETXATTR};

	request.addr = (uintptr_t)args[1];
	request.addr2 = (uintptr_t)args[2];
	request.addr3 = (uintptr_t)args[0];
	request.len = (uint32_t)strlen(args[2]);
	return run_request(&request);
}

/* PATH OPENFLAGS: a hole in its first page */
static int op_uringpunch(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_FALLOCATE};
	unsigned long flags;
	int fd;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	fd = open(args[0], (int)flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	request.fd = fd;
	request.addr = 4096;
	request.len = 3; /* FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE */
	return run_request(&request);
}

/* PATH plain|worker|poll: what it opens is held; "poll" by a thread of the kernel's that polls for requests */
static int op_uringhold(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD};
	struct ring ring;
	int r = open_ring(&ring, strcmp(args[1], "poll") == 0 ? IORING_SETUP_SQPOLL : 0);

	if (r < 0)
		return r;
	if (strcmp(args[1], "worker") == 0)
		request.flags = IOSQE_ASYNC;
	request.addr = (uintptr_t)args[0];
	request.open_flags = O_RDONLY | O_CLOEXEC;
	r = submit(&ring, &request, 1);
	if (r >= 0)
		state.held = r;
	return r < 0 ? r : 0;
}

/* PATH: openat2(2) by a ring */
static int op_uringhold2(char *args[])
{
	static const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
	struct io_uring_sqe request = {.opcode = IORING_OP_OPENAT2, .fd = AT_FDCWD};
	struct ring ring;
	int r = open_ring(&ring, 0);

	if (r < 0)
		return r;
	request.addr = (uintptr_t)args[0];
	request.len = sizeof(how);
	request.off = (uintptr_t)&how;
	r = submit(&ring, &request, 1);
	if (r >= 0)
		state.held = r;
	return r < 0 ? r : 0;
}

#define IORING_OP_FTRUNCATE_6_9 55 /* include/uapi/linux/io_uring.h */

/* PATH: cut by a ring */
static int op_uringftruncate(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_FTRUNCATE_6_9};

	request.fd = open(args[0], O_RDWR | O_CLOEXEC);
	request.off = 1;
	return request.fd < 0 ? -errno : run_request(&request);
}

static int tell_read(int n)
{
	if (n < 0)
		return n;
	state.detail[n] = '\0';
	return n == 0 ? -ENODATA : 0;
}

/* PATH: opened into a slot of the ring's own and read from there, in two requests that are linked */
static int op_uringdirect(char *args[])
{
	struct io_uring_sqe requests[2] = {
		{.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .flags = IOSQE_IO_LINK},
		{.opcode = IORING_OP_READ, .fd = 0, .flags = IOSQE_FIXED_FILE}};
	int slot = -1;
	struct ring ring;
	int r = open_ring(&ring, 0);

	if (r < 0)
		return r;
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &slot, 1) < 0)
		return -errno;
	requests[0].addr = (uintptr_t)args[0];
	requests[0].file_index = 1;
	requests[1].addr = (uintptr_t)state.detail;
	requests[1].len = sizeof(state.detail) - 1;
	return tell_read(submit(&ring, requests, 2));
}

/* PATH NAME: an extended attribute, told */
static int op_uringgetxattr(char *args[])
{
	struct io_uring_sqe request = {.opcode = IORING_OP_GETXATTR};
	struct ring ring;
	int r = open_ring(&ring, 0);

	if (r < 0)
		return r;
	request.addr = (uintptr_t)args[1];
	request.addr2 = (uintptr_t)state.detail;
	request.addr3 = (uintptr_t)args[0];
	request.len = sizeof(state.detail) - 1;
	return tell_read(submit(&ring, &request, 1));
}

/* What is to be known of a ring that another process made. */
struct kept_ring {
	struct io_uring_params params;
	pid_t pid;
	int fd;
};

/* FILE NOTES: a ring whose slot 0 is the file */
static int op_uringkeep(char *args[])
{
	int file = open(args[0], O_RDONLY | O_CLOEXEC);
	int notes = open(args[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct kept_ring kept = {.pid = getpid()};
	struct ring ring;
	int r = open_ring(&ring, 0);

	if (r < 0 || file < 0)
		return r < 0 ? r : -errno;
	kept.params = ring.params;
	kept.fd = ring.fd;
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &file, 1) < 0 ||
	    write(notes, &kept, sizeof(kept)) < 0)
		return -errno;
	return 0;
}

/* NOTES: that ring is taken out of the other process, and its slot 0 is read */
static int op_uringstolen(char *args[])
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_READ, .fd = 0, .flags = IOSQE_FIXED_FILE};
	int notes = open(args[0], O_RDONLY | O_CLOEXEC), process;
	struct ring ring = {0};
	struct kept_ring kept;

	if (read(notes, &kept, sizeof(kept)) != sizeof(kept))
		return -ENODATA;
	process = (int)syscall(SYS_pidfd_open, kept.pid, 0);
	ring.fd = (int)syscall(SYS_pidfd_getfd, process, kept.fd, 0);
	if (ring.fd < 0)
		return -errno;
	ring.params = kept.params;
	if (map_all(&ring) < 0)
		return -errno;
	request.addr = (uintptr_t)state.detail;
	request.len = sizeof(state.detail) - 1;
	return tell_read(submit(&ring, &request, 1));
}

const struct operation uring_operations[] = {
	{"uringftruncate", 1, op_uringftruncate}, {"uringhold", 2, op_uringhold},
	{"uringhold2", 1, op_uringhold2},	  {"uringdirect", 1, op_uringdirect},
	{"uringgetxattr", 2, op_uringgetxattr},	  {"uringkeep", 2, op_uringkeep},
	{"uringstolen", 1, op_uringstolen},	  {"uring", 0, op_uring},
	{"uringopen", 2, op_uringopen},		  {"uringopenworker", 2, op_uringopenworker},
	{"uringrename", 2, op_uringrename},	  {"uringlink", 2, op_uringlink},
	{"uringsymlink", 2, op_uringsymlink},	  {"uringunlink", 1, op_uringunlink},
	{"uringmkdir", 1, op_uringmkdir},	  {"uringsetxattr", 3, op_uringsetxattr},
	{"uringpunch", 2, op_uringpunch},	  {0},
};
