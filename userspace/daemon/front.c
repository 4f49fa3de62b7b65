/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utlist.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/front.h"
#include "daemon/spawn.h"
#include "policy/diag.h"
#include "wire/log.h"

#define MAX_QUEUED_BYTES   (16U << 20)
#define EVENTS_BUFFER	   (4 << 20) /* bytes; what the kernel keeps on the way to the api process */
#define MESSAGES_PER_ROUND 64	     /* then other sources have their turn */
#define FIRST_DELAY_US	   UINT64_C(100000)
#define LONGEST_DELAY_US   UINT64_C(5000000)
#define STEADY_US	   UINT64_C(10000000) /* a process that lived so long did not fail to start */

/* A control message that the channel had no room for. */
struct queued {
	struct queued *prev, *next;
	size_t n_fds;
	int fds[CF_MESSAGE_MAX_FDS];
	struct cf_message_header message[]; /* and the rest of it */
};

struct cf_front {
	sd_event *event;
	struct cf_front_options options;
	struct cf_front_observer observer;
	pid_t pid; /* 0: none runs */
	int control_fd;
	int events_fd;
	sd_event_source *process;
	sd_event_source *control;
	sd_event_source *events;
	sd_event_source *restart;
	uint64_t delay_us;
	uint64_t started_us; /* CLOCK_MONOTONIC */
	struct queued *queue;
	size_t queued_bytes;
};

static void queued_free(struct cf_front *front, struct queued *queued)
{
	DL_DELETE(front->queue, queued);
	front->queued_bytes -= queued->message->size;
	for (size_t i = 0; i < queued->n_fds; i++)
		cf_fd_close(&queued->fds[i]);
	free(queued);
}

/* Forgets the process and what was meant for it. */
static void disconnect(struct cf_front *front)
{
	front->control = sd_event_source_disable_unref(front->control);
	front->events = sd_event_source_disable_unref(front->events);
	cf_fd_close(&front->control_fd);
	cf_fd_close(&front->events_fd);
	while (front->queue)
		queued_free(front, front->queue);
}

/* For a process that misbehaves; on_exit() does the rest. */
static void kill_process(struct cf_front *front)
{
	if (front->pid > 0)
		(void)kill(front->pid,
			   SIGKILL); /* it is our child and not reaped: it cannot be another */
}

static int flush(struct cf_front *front)
{
	while (front->queue) {
		struct queued *queued = front->queue;
		int r = cf_channel_send(front->control_fd, queued->message, queued->fds,
					queued->n_fds, false);

		if (r < 0)
			return r;
		queued_free(front, queued);
	}
	return 0;
}

static int on_control(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct cf_front *front = userdata;
	int r = 0;

	if (revents & EPOLLOUT) {
		r = flush(front);
		if (r == 0)
			/* A source of our own in a loop that runs: it cannot fail. */
			(void)sd_event_source_set_io_events(source, EPOLLIN);
	}
	for (unsigned int i = 0; i < MESSAGES_PER_ROUND && fd == front->control_fd; i++) {
		cf_auto_packet struct cf_packet packet = {};

		r = cf_channel_receive(fd, CF_PARTY_API, &packet);
		if (r < 0)
			break;
		front->observer.received(&packet, front->observer.userdata);
	}
	if (r < 0 && r != -EAGAIN) {
		if (r != -EPIPE)
			cf_log(LOG_ERR, "cofferdam-api sent what it must not, and is ended: %s",
			       strerror(-r));
		/* Its exit is waited for elsewhere; till then there is nothing to read. */
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
		kill_process(front);
	}
	return 0;
}

static int on_events_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct cf_front *front = userdata;

	(void)fd;
	(void)revents;
	/* Enabled again by the next event that does not fit. */
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	front->observer.events_writable(front->observer.userdata);
	return 0;
}

static int start(struct cf_front *front);
static void schedule_restart(struct cf_front *front);

static int on_restart(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct cf_front *front = userdata;
	int r;

	(void)source;
	(void)usec;
	r = start(front);
	if (r < 0) {
		cf_log(LOG_ERR, "cannot start cofferdam-api: %s", strerror(-r));
		schedule_restart(front);
	}
	return 0;
}

static void schedule_restart(struct cf_front *front)
{
	uint64_t now = 0;

	(void)sd_event_now(front->event, CLOCK_MONOTONIC,
			   &now); /* cannot fail in a loop that runs */
	if (now - front->started_us > STEADY_US)
		front->delay_us = FIRST_DELAY_US;
	(void)sd_event_source_set_time_relative(front->restart, front->delay_us);
	(void)sd_event_source_set_enabled(front->restart, SD_EVENT_ONESHOT);
	front->delay_us *= 2;
	if (front->delay_us > LONGEST_DELAY_US)
		front->delay_us = LONGEST_DELAY_US;
}

static int on_exit_of_api(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct cf_front *front = userdata;

	(void)source;
	if (info->si_code == CLD_EXITED)
		cf_log(LOG_ERR, "cofferdam-api ended with status %d; starting it again",
		       info->si_status);
	else
		cf_log(LOG_ERR, "cofferdam-api was ended by signal %d; starting it again",
		       info->si_status);
	front->pid = 0;
	front->process = sd_event_source_disable_unref(front->process);
	disconnect(front);
	front->observer.stopped(front->observer.userdata);
	schedule_restart(front);
	return 0;
}

static int make_pair(int *ret_ours, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return cf_errno_negative();
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

static int watch(struct cf_front *front)
{
	int r;

	r = sd_event_add_child(front->event, &front->process, front->pid, WEXITED, on_exit_of_api,
			       front);
	if (r >= 0)
		r = sd_event_add_io(front->event, &front->control, front->control_fd, EPOLLIN,
				    on_control, front);
	if (r >= 0)
		r = sd_event_add_io(front->event, &front->events, front->events_fd, EPOLLOUT,
				    on_events_writable, front);
	if (r >= 0)
		r = sd_event_source_set_enabled(front->events, SD_EVENT_OFF);
	return r;
}

static int start(struct cf_front *front)
{
	cf_auto_fd int control = -1, events = -1;
	int buffer = EVENTS_BUFFER;
	int r;

	r = make_pair(&front->control_fd, &control);
	if (r == 0)
		r = make_pair(&front->events_fd, &events);
	if (r == 0) {
		/* Too small a buffer costs only backpressure sooner. */
		(void)setsockopt(front->events_fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer,
				 sizeof(buffer));
		r = cf_spawn_api(&front->options, control, events, &front->pid);
	}
	if (r == 0)
		r = watch(front);
	if (r < 0) {
		kill_process(front);
		if (front->pid > 0)
			(void)waitpid(front->pid, NULL, 0); /* nobody else would reap it */
		front->pid = 0;
		front->process = sd_event_source_disable_unref(front->process);
		disconnect(front);
		return r;
	}
	(void)sd_event_now(front->event, CLOCK_MONOTONIC, &front->started_us); /* as above */
	front->observer.started(front->observer.userdata);
	return 0;
}

int cf_front_new(sd_event *event, const struct cf_front_options *options,
		 const struct cf_front_observer *observer, struct cf_front **ret_front,
		 struct cf_diag *diag)
{
	CF_CLEANUP(cf_front_free) struct cf_front *front = calloc(1, sizeof(*front));
	int r;

	if (!front)
		return cf_diag_set(diag, -ENOMEM, "CF-D015", "", 0, 0, "", "no memory");
	front->event = sd_event_ref(event);
	front->options = *options;
	front->observer = *observer;
	front->control_fd = -1;
	front->events_fd = -1;
	front->delay_us = FIRST_DELAY_US;
	r = access(options->program, X_OK) < 0 ? cf_errno_negative() : 0;
	if (r == 0)
		r = sd_event_add_time_relative(event, &front->restart, CLOCK_MONOTONIC, 0, 0,
					       on_restart, front);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D015", "", 0, 0,
				   "install it, or name it with '--api'", "cannot start '%s': %s",
				   options->program, strerror(-r));
	/* Started by the timer, from the loop: by then the caller has the front. */
	*ret_front = cf_steal_ptr(front);
	return 0;
}

void cf_front_free(struct cf_front **front)
{
	if (!*front)
		return;
	/* Its control channel closes, upon which it ends by itself. */
	disconnect(*front);
	sd_event_source_disable_unref((*front)->process);
	sd_event_source_disable_unref((*front)->restart);
	sd_event_unref((*front)->event);
	free(*front);
	*front = NULL;
}

/* A copy of the message with descriptors of its own, at the end of the queue. */
static int enqueue(struct cf_front *front, const struct cf_message_header *message, const int *fds,
		   size_t n_fds)
{
	struct queued *queued;

	if (front->queued_bytes + message->size > MAX_QUEUED_BYTES)
		return -ENOBUFS;
	queued = calloc(1, sizeof(*queued) + message->size);
	if (!queued)
		return -ENOMEM;
	memcpy(queued->message, message, message->size);
	front->queued_bytes += message->size;
	DL_APPEND(front->queue, queued);
	for (size_t i = 0; i < n_fds; i++) {
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			queued_free(front, queued);
			return cf_errno_negative();
		}
		queued->fds[queued->n_fds++] = fd;
	}
	return sd_event_source_set_io_events(front->control, EPOLLIN | EPOLLOUT);
}

void cf_front_send(struct cf_front *front, const void *message, const int *fds, size_t n_fds)
{
	int r = -EAGAIN;

	if (front->control_fd < 0)
		return;
	if (!front->queue)
		r = cf_channel_send(front->control_fd, message, fds, n_fds, false);
	if (r == -EAGAIN)
		r = enqueue(front, message, fds, n_fds);
	if (r < 0 && r != -EPIPE) {
		cf_log(LOG_ERR, "cofferdam-api does not take its messages, and is ended: %s",
		       strerror(-r));
		kill_process(front);
	}
}

int cf_front_send_event(struct cf_front *front, const void *message)
{
	int r;

	if (front->events_fd < 0)
		return -ENOTCONN;
	r = cf_channel_send(front->events_fd, message, NULL, 0, false);
	if (r == -ENOBUFS || r == -ENOMEM)
		r = -EAGAIN;
	if (r == -EAGAIN)
		(void)sd_event_source_set_enabled(front->events, SD_EVENT_ON);
	return r == -EPIPE ? -ENOTCONN : r;
}
