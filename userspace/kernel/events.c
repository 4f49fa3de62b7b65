/* SPDX-License-Identifier: Apache-2.0 */
/* Drains the rings, hands checked events on, returns credit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/error.h"
#include "base/fd.h"
#include "kernel/event_decode.h"
#include "kernel/internal.h"

/* Records of one ring in one drain: a flood must not keep the daemon from its other work. */
#define DRAIN_BUDGET 4096U

/* kernel/bpf/ringbuf.c BPF_RINGBUF_HDR_SZ; records are aligned to 8 bytes. */
#define RING_HEADER_BYTES 8

static size_t credits_size(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = CF_MAX_AGENTS * sizeof(struct cf_credit);

	return (size + page - 1) / page * page;
}

/* The bytes that a record held are its agent's to use again, whether we understood it or not. */
static void give_credit(struct cf_kernel_ring *ring, const void *data, size_t size)
{
	uint64_t bytes = (size + RING_HEADER_BYTES + 7) & ~(uint64_t)7;
	struct cf_event_header header;
	struct cf_credit *credit;

	if (size < sizeof(header))
		return;
	memcpy(&header, data, sizeof(header));
	credit = &ring->kernel->events.credits[CF_AGENT_SLOT(header.agent)];
	__atomic_fetch_add(ring->is_observed ? &credit->observe_consumed_bytes
					     : &credit->consumed_bytes,
			   bytes, __ATOMIC_SEQ_CST);
}

static bool is_told(uint32_t dev, uint16_t size)
{
	return dev != 0 || size != 0;
}

/* The kernel part counts by slot; events are numbered from 1 for each agent. */
static void renumber(const struct cf_kernel_ring *ring, struct cf_event_header *header)
{
	const struct cf_agent *agent = cf_kernel_find_agent(ring->kernel, header->agent);

	if (agent)
		header->sequence -=
			ring->is_observed ? agent->before.observed : agent->before.delivered;
}

static void hand_on(struct cf_kernel_ring *ring, const struct cf_event_verdict *verdict)
{
	struct cf_kernel_events *events = &ring->kernel->events;
	const struct cf_mountinfo *info = &ring->kernel->tree.info;
	char path[CF_EVENT_PATH_BYTES] = "", target[CF_EVENT_PATH_BYTES] = "",
	     exe[CF_EVENT_PATH_BYTES] = "";
	struct cf_event_object object = {
		.names = verdict->names,
		.size = verdict->object_size,
		.dev = verdict->dev,
		.is_truncated = (verdict->flags & CF_EVENT_OBJECT_CUT) != 0,
	};
	const struct cf_kernel_event event = {.verdict = verdict,
					      .observed = ring->is_observed,
					      .path = path,
					      .target = target,
					      .exe = exe};

	if (is_told(object.dev, verdict->object_size))
		cf_event_path(info, &object, path);
	object.names += object.size;
	object.size = verdict->target_size;
	object.dev = verdict->target_dev;
	object.is_truncated = (verdict->flags & CF_EVENT_TARGET_CUT) != 0;
	if (is_told(object.dev, verdict->target_size))
		cf_event_path(info, &object, target);
	object.names += object.size;
	object.size = verdict->exe_size;
	object.dev = verdict->exe_dev;
	object.is_truncated = (verdict->flags & CF_EVENT_EXE_CUT) != 0;
	if (is_told(object.dev, verdict->exe_size))
		cf_event_path(info, &object, exe);
	events->n_drained++;
	events->callback(&event, events->userdata);
}

/* Called by libbpf for each record, which it counts as consumed whatever we return. */
static int take_record(void *context, void *data, size_t size)
{
	struct cf_kernel_ring *ring = context;
	struct cf_kernel_events *events = &ring->kernel->events;
	struct cf_event_verdict verdict;

	if (cf_event_decode(data, size, &verdict) == 0) {
		renumber(ring, &verdict.header);
		hand_on(ring, &verdict);
	} else {
		events->n_invalid++;
	}
	give_credit(ring, data, size);
	return --events->n_budget == 0 ? -EAGAIN : 0;
}

static int watch(const struct cf_kernel_events *events, int fd)
{
	struct epoll_event interest = {.events = EPOLLIN};

	return epoll_ctl(events->epoll_fd, EPOLL_CTL_ADD, fd, &interest) < 0 ? cf_errno_negative()
									     : 0;
}

static int open_ring(struct cf_kernel *kernel, int map, bool is_observed,
		     struct cf_kernel_ring *ring)
{
	ring->kernel = kernel;
	ring->is_observed = is_observed;
	ring->buffer = ring_buffer__new(map, take_record, ring, NULL);
	if (!ring->buffer)
		return cf_errno_negative();
	return watch(&kernel->events, ring_buffer__epoll_fd(ring->buffer));
}

int cf_kernel_events_open(struct cf_kernel *kernel)
{
	struct cf_kernel_events *events = &kernel->events;
	void *memory;
	int r;

	memory = mmap(NULL, credits_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
		      kernel->maps.credits, 0);
	if (memory == MAP_FAILED)
		return cf_errno_negative();
	events->credits = memory;
	events->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (events->epoll_fd < 0)
		return cf_errno_negative();
	events->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (events->timer_fd < 0)
		return cf_errno_negative();
	r = watch(events, events->timer_fd);
	if (r < 0)
		return r;
	r = open_ring(kernel, kernel->maps.denials, false, &events->denials);
	if (r < 0)
		return r;
	return open_ring(kernel, kernel->maps.observed, true, &events->observed);
}

void cf_kernel_events_done(struct cf_kernel_events *events)
{
	ring_buffer__free(events->denials.buffer);
	ring_buffer__free(events->observed.buffer);
	cf_fd_close(&events->timer_fd);
	cf_fd_close(&events->epoll_fd);
	if (events->credits)
		(void)munmap(events->credits, credits_size()); /* fails only for bad arguments */
	*events = (struct cf_kernel_events){.epoll_fd = -1, .timer_fd = -1};
}

int cf_kernel_events_fd(struct cf_kernel *kernel)
{
	return kernel->events.epoll_fd;
}

uint64_t cf_kernel_events_invalid(const struct cf_kernel *kernel)
{
	return kernel->events.n_invalid;
}

static int drain_ring(struct cf_kernel_events *events, struct cf_kernel_ring *ring)
{
	int r;

	events->n_budget = DRAIN_BUDGET;
	r = ring_buffer__consume(ring->buffer);
	/* What the budget left is still there, and the descriptor still readable. */
	return r == -EAGAIN ? 0 : r;
}

/* Looks again in so many milliseconds; 0: not. What has run out is taken note of. */
static void set_timer(const struct cf_kernel_events *events, long delay_ms)
{
	const struct itimerspec when = {.it_value = {.tv_nsec = delay_ms * 1000000L}};

	/* A descriptor and a time of our own: it cannot fail. */
	(void)timerfd_settime(events->timer_fd, 0, &when, NULL);
}

/*
 * Observations wake us for the first one only (bpf/events.bpf.c): we look again
 * until there are none. That we sleep is said before the last look, so that
 * whoever comes after it knows.
 */
static int drain_observed(struct cf_kernel *kernel)
{
	struct cf_kernel_events *events = &kernel->events;
	const int n_before = events->n_drained;
	int r = drain_ring(events, &events->observed);

	if (r >= 0 && events->n_drained == n_before) {
		__atomic_store_n(kernel->maps.reader_sleeps, 1, __ATOMIC_SEQ_CST);
		r = drain_ring(events, &events->observed);
	}
	set_timer(events, r >= 0 && events->n_drained == n_before ? 0 : CF_OBSERVE_DELAY_MS);
	return r;
}

int cf_kernel_events_drain(struct cf_kernel *kernel, cf_kernel_event_fn callback, void *userdata)
{
	struct cf_kernel_events *events = &kernel->events;
	int r;

	events->callback = callback;
	events->userdata = userdata;
	events->n_drained = 0;
	r = drain_ring(events, &events->denials);
	if (r >= 0)
		r = drain_observed(kernel);
	events->callback = NULL;
	return r < 0 ? r : events->n_drained;
}
