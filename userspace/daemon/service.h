/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon as a whole: wires the kernel part, the agents, the listener, the
 * api process and the canary together, and answers the api process's
 * messages. Decides by what it recorded itself, never by what it is told.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_SERVICE_H
#define CF_DAEMON_SERVICE_H

#include <systemd/sd-event.h>

struct cf_daemon_options;
struct cf_diag;
struct cf_service;

/**
 * cf_service_new() - arm the host and begin to serve
 * @event:       referenced
 * @options:     borrowed for the service's life
 * @ret_service: on success, owned by the caller (cf_service_free())
 * @diag:        written on failure only
 *
 * On failure nothing is left attached.
 */
int cf_service_new(sd_event *event, const struct cf_daemon_options *options,
		   struct cf_service **ret_service, struct cf_diag *diag);

/* Stops serving. Enforcement stays while agents live; with none it is taken down. */
void cf_service_free(struct cf_service **service);

#endif /* CF_DAEMON_SERVICE_H */
