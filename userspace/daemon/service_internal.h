/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What service.c and requests.c share.
 *
 * Layer 3 (daemon); for these two only.
 */
#ifndef CF_DAEMON_SERVICE_INTERNAL_H
#define CF_DAEMON_SERVICE_INTERNAL_H

#include <systemd/sd-event.h>

#include "daemon/canary.h"
#include "kernel/kernel.h"
#include "wire/channel.h"

struct cf_agent;
struct cf_daemon_options;
struct cf_forward;
struct cf_front;
struct cf_listener;
struct cf_manager;

struct cf_service {
	sd_event *event;
	const struct cf_daemon_options *options;
	struct cf_kernel *kernel;
	struct cf_manager *manager;
	struct cf_front *front;
	struct cf_listener *listener;
	struct cf_forward *forward;
	sd_event_source *events_source;
	sd_event_source *mounts_source;
	sd_event_source *moves_timer; /* looks again if the move of a mount has come to nothing */
	uint64_t since_us;	      /* CLOCK_REALTIME */
	uint64_t front_number; /* which api process this is: answers to a former one are dropped */
	struct cf_probe_report probe;
	struct cf_canary_report canary;
};

/* Answers a message of the api process. */
void cf_service_handle(struct cf_service *service, struct cf_packet *packet);

/* Tells the api process of an agent, with its layer. */
void cf_service_tell_agent(struct cf_service *service, const struct cf_agent *agent);

/* Tells it that the agent is gone, with its last counters. */
void cf_service_tell_gone(struct cf_service *service, const struct cf_agent *agent);

#endif /* CF_DAEMON_SERVICE_INTERNAL_H */
