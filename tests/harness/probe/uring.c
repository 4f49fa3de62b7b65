/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that io_uring does for a process: one ring, one request. */
#include "probe.h"

#include <fcntl.h>
#include <linux/io_uring.h>
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

static int open_ring(struct ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = (int)syscall(SYS_io_uring_setup, N_ENTRIES, &ring->params);
	if (ring->fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "the ring itself failed");
		return -errno;
	}
	ring->submission = map_ring(ring, ring->params.sq_off.array + N_ENTRIES * sizeof(uint32_t),
				    IORING_OFF_SQ_RING);
	ring->completion = map_ring(
		ring, ring->params.cq_off.cqes + 2 * N_ENTRIES * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	ring->entries = map_ring(ring, N_ENTRIES * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	if (ring->submission == MAP_FAILED || ring->completion == MAP_FAILED ||
	    ring->entries == MAP_FAILED)
		return -errno;
	return 0;
}

static uint32_t *number_at(uint8_t *base, uint32_t offset)
{
	return (uint32_t *)(void *)(base + offset);
}

/* The result of one request. */
static int run_request(const struct io_uring_sqe *request)
{
	const struct io_uring_cqe *answers;
	struct ring ring;
	int r = open_ring(&ring);

	if (r < 0)
		return r;
	ring.entries[0] = *request;
	number_at(ring.submission, ring.params.sq_off.array)[0] = 0;
	__atomic_store_n(number_at(ring.submission, ring.params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	answers = (const void *)(ring.completion + ring.params.cq_off.cqes);
	(void)close(ring.fd);
	return answers[0].res < 0 ? answers[0].res : 0;
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

const struct operation uring_operations[] = {
	{"uring", 0, op_uring},
	{"uringopen", 2, op_uringopen},
	{"uringopenworker", 2, op_uringopenworker},
	{"uringrename", 2, op_uringrename},
	{"uringlink", 2, op_uringlink},
	{"uringsymlink", 2, op_uringsymlink},
	{"uringunlink", 1, op_uringunlink},
	{"uringmkdir", 1, op_uringmkdir},
	{"uringsetxattr", 3, op_uringsetxattr},
	{"uringpunch", 2, op_uringpunch},
	{0},
};
