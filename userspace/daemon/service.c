/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "daemon/forward.h"
#include "daemon/front.h"
#include "daemon/listener.h"
#include "daemon/manager.h"
#include "daemon/options.h"
#include "daemon/service.h"
#include "daemon/service_internal.h"
#include "policy/diag.h"
#include "wire/log.h"

/* Within that the move of a mount has changed mountinfo, or has failed. */
#define MOVE_MAX_US 1000000U

/* ------------------------------------------------------------------- events */

static void on_kernel_event(const struct cf_kernel_event *event, void *userdata)
{
	struct cf_service *service = userdata;

	if (CF_AGENT_SLOT(event->verdict->header.agent) == CF_CANARY_SLOT)
		cf_canary_note(&service->canary, event);
	else if (service->forward)
		cf_forward_event(service->forward, event);
}

static void watch_held(struct cf_service *service)
{
	struct cf_diag diag = {};

	if (cf_kernel_watch_held(service->kernel, false, &diag) < 0)
		cf_log_diag(LOG_ERR, "cannot judge descriptors from before", &diag);
}

static void drain(void *userdata)
{
	struct cf_service *service = userdata;
	int r = cf_kernel_events_drain(service->kernel, on_kernel_event, service);

	if (r < 0)
		cf_log(LOG_ERR, "cannot read events from the kernel: %s", strerror(-r));
}

/* While the api process is behind, the rings hold what comes, and the kernel counts what does not fit. */
static void pace(struct cf_service *service)
{
	int enabled = cf_forward_is_behind(service->forward) ? SD_EVENT_OFF : SD_EVENT_ON;

	/* A source of our own in a loop that runs: it cannot fail. */
	(void)sd_event_source_set_enabled(service->events_source, enabled);
}

static void refresh_mounts(struct cf_service *service)
{
	struct cf_diag diag = {};

	/* What could not be classified stays denied. */
	if (cf_kernel_mounts_refresh(service->kernel, &diag) < 0)
		cf_log_diag(LOG_ERR, "cannot classify the host's mounts", &diag);
}

static int on_mounts(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source;
	(void)fd;
	(void)revents;
	refresh_mounts(userdata);
	return 0;
}

static int on_moves_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct cf_service *service = userdata;

	(void)source;
	(void)usec;
	if (cf_kernel_mounts_are_moving(service->kernel))
		refresh_mounts(service);
	return 0;
}

/* A move that succeeds is told by mountinfo; one that fails by nobody. */
static void watch_moves(struct cf_service *service)
{
	int enabled = SD_EVENT_OFF;

	if (!cf_kernel_mounts_are_moving(service->kernel))
		return;
	/* A source of our own in a loop that runs: none of these can fail. */
	(void)sd_event_source_get_enabled(service->moves_timer, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(service->moves_timer, MOVE_MAX_US);
	(void)sd_event_source_set_enabled(service->moves_timer, SD_EVENT_ONESHOT);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct cf_service *service = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	drain(service);
	pace(service);
	watch_held(service);
	watch_moves(service);
	return 0;
}

/* --------------------------------------------------------- the api process */

static void on_front_started(void *userdata)
{
	struct cf_service *service = userdata;
	uint32_t slot = 0;

	for (struct cf_agent *agent = cf_manager_next(service->manager, &slot); agent;
	     agent = cf_manager_next(service->manager, &slot))
		cf_service_tell_agent(service, agent);
	cf_forward_flush(service->forward);
	pace(service);
	cf_listener_enable(service->listener, true);
}

static void on_front_stopped(void *userdata)
{
	struct cf_service *service = userdata;

	service->front_number++;
	/* Who connects now waits for the next one. */
	cf_listener_enable(service->listener, false);
	cf_listener_forget_all(service->listener);
}

static void on_front_received(struct cf_packet *packet, void *userdata)
{
	cf_service_handle(userdata, packet);
}

static void on_front_writable(void *userdata)
{
	struct cf_service *service = userdata;

	cf_forward_flush(service->forward);
	pace(service);
}

static void on_connection(const struct cf_connection *connection, int socket, void *userdata)
{
	struct cf_service *service = userdata;
	struct cf_message_connection message;

	cf_message_init(&message, CF_MESSAGE_CONNECTION, 0);
	message.connection = connection->id;
	message.uid = connection->peer.uid;
	message.gid = connection->peer.gid;
	message.pid = (uint32_t)connection->peer.pid;
	message.agent = connection->peer.agent;
	cf_front_send(service->front, &message, &socket, 1);
}

/* ------------------------------------------------------------------- agents */

/* Twice: before its first event, and when its cgroup is known. */
static void on_agent_told(const struct cf_agent *agent, void *userdata)
{
	cf_service_tell_agent(userdata, agent);
}

static void on_agent_ending(const struct cf_agent *agent, void *userdata)
{
	struct cf_service *service = userdata;

	drain(service);
	pace(service);
	cf_service_tell_gone(service, agent);
}

/* -------------------------------------------------------------------- start */

static int arm(struct cf_service *service, struct cf_diag *diag)
{
	struct cf_canary_request request = {
		.kernel = service->kernel,
		.agent = cf_manager_canary_id(service->manager),
		.api = service->options->api,
		.drain = drain,
		.userdata = service,
	};
	const struct cf_canary_group *group;
	int r;

	if (mkdir(CF_RUN_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return cf_diag_set(diag, cf_errno_negative(), "CF-D014", "", 0, 0, "",
				   "cannot make '%s': %s", CF_RUN_DIRECTORY, strerror(errno));
	r = cf_canary_run(&request, &service->canary, diag);
	if (r < 0)
		return r;
	group = cf_canary_find_unarmed(&service->canary);
	/* Serving all the same lets 'cofferdam doctor' tell it; 'run' refuses. */
	if (group)
		cf_log(LOG_ERR, "not armed: '%s': %s; no agent can be started", group->name,
		       group->reason);
	else
		cf_log(LOG_NOTICE, "armed: the canary was refused by all %zu hook groups",
		       service->canary.n_groups);
	return 0;
}

static int watch_kernel(struct cf_service *service, struct cf_diag *diag)
{
	int r;

	r = sd_event_add_io(service->event, &service->events_source,
			    cf_kernel_events_fd(service->kernel), EPOLLIN, on_events, service);
	if (r >= 0)
		r = sd_event_add_io(service->event, &service->mounts_source,
				    cf_kernel_mounts_fd(service->kernel), EPOLLPRI, on_mounts,
				    service);
	if (r >= 0)
		r = sd_event_add_time_relative(service->event, &service->moves_timer,
					       CLOCK_MONOTONIC, 0, 0, on_moves_timer, service);
	if (r >= 0)
		r = sd_event_source_set_enabled(service->moves_timer, SD_EVENT_OFF);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D017", "", 0, 0, "",
				   "cannot watch the kernel part: %s", strerror(-r));
	return 0;
}

static int start_front(struct cf_service *service, struct cf_diag *diag)
{
	const struct cf_front_options options = {
		.program = service->options->api,
		.data_directory = service->options->data_directory,
	};
	const struct cf_front_observer observer = {
		.started = on_front_started,
		.received = on_front_received,
		.stopped = on_front_stopped,
		.events_writable = on_front_writable,
		.userdata = service,
	};
	int r = cf_front_new(service->event, &options, &observer, &service->front, diag);

	if (r < 0)
		return r;
	r = cf_forward_new(service->front, service->manager, &service->forward);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D015", "", 0, 0, "", "no memory");
	return 0;
}

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with this clock */
	return (uint64_t)now.tv_sec * UINT64_C(1000000) + (uint64_t)now.tv_nsec / 1000;
}

static int start(struct cf_service *service, struct cf_diag *diag)
{
	const struct cf_manager_observer observer = {
		.added = on_agent_told,
		.running = on_agent_told,
		.ending = on_agent_ending,
		.userdata = service,
	};
	int r;

	cf_probe_run(&service->probe);
	r = cf_kernel_open(&service->kernel, diag);
	if (r == 0)
		cf_kernel_probe_pins(service->kernel, &service->probe);
	if (r == 0)
		r = cf_manager_new(service->event, service->kernel, &observer, &service->manager,
				   diag);
	if (r == 0)
		r = arm(service, diag);
	if (r == 0)
		r = start_front(service, diag);
	if (r == 0)
		r = watch_kernel(service, diag);
	if (r == 0)
		r = cf_listener_new(service->event, service->kernel, on_connection, service,
				    &service->listener, diag);
	return r;
}

int cf_service_new(sd_event *event, const struct cf_daemon_options *options,
		   struct cf_service **ret_service, struct cf_diag *diag)
{
	CF_CLEANUP(cf_service_free) struct cf_service *service = calloc(1, sizeof(*service));
	int r;

	if (!service)
		return cf_diag_set(diag, -ENOMEM, "CF-D017", "", 0, 0, "", "no memory");
	service->event = sd_event_ref(event);
	service->options = options;
	service->since_us = now_us();
	r = start(service, diag);
	if (r < 0)
		return r;
	*ret_service = cf_steal_ptr(service);
	return 0;
}

/* Without agents nothing is to be enforced; with some, what is pinned stays in force. */
static void leave_kernel(struct cf_service *service)
{
	size_t n_agents = service->manager ? cf_manager_count(service->manager) : 0;
	struct cf_diag diag = {};

	cf_kernel_close(&service->kernel);
	if (n_agents > 0) {
		cf_log(LOG_NOTICE, "stopping: %zu agents live on, confined as before", n_agents);
		return;
	}
	if (cf_kernel_release(&diag) < 0)
		cf_log_diag(LOG_ERR, "cannot take everything down", &diag);
}

void cf_service_free(struct cf_service **service)
{
	struct cf_service *old = *service;

	if (!old)
		return;
	cf_listener_free(&old->listener);
	sd_event_source_disable_unref(old->events_source);
	sd_event_source_disable_unref(old->mounts_source);
	sd_event_source_disable_unref(old->moves_timer);
	if (old->manager && old->front)
		cf_manager_check_all(old->manager);
	cf_forward_free(&old->forward);
	cf_front_free(&old->front);
	/* A failed open left nothing, and what another daemon holds is none of ours. */
	if (old->kernel)
		leave_kernel(old);
	cf_manager_free(&old->manager);
	sd_event_unref(old->event);
	free(old);
	*service = NULL;
}
