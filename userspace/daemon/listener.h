/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API's socket: accepts connections and records whose they are, as the
 * kernel says. What is sent over them is none of this process's business.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_LISTENER_H
#define CF_DAEMON_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "daemon/task.h"

#define CF_RUN_DIRECTORY   "/run/cofferdam"
#define CF_API_SOCKET	   CF_RUN_DIRECTORY "/api.sock"
#define CF_MAX_CONNECTIONS 64U /* open ones; the api process has a place for each */
#define CF_MAX_USER_CONNECTIONS \
	16U /* of one user other than root, so that none starves the others */

struct cf_diag;
struct cf_kernel;
struct cf_listener;

/* An open connection; owned by the listener. */
struct cf_connection {
	uint64_t id;	     /* never used twice */
	struct cf_peer peer; /* its pidfd is owned by the connection */
};

/* Told of each new connection; the socket is borrowed for the call. */
typedef void (*cf_connection_fn)(const struct cf_connection *connection, int socket,
				 void *userdata);

/**
 * cf_listener_new() - listen on CF_API_SOCKET
 * @event:        referenced
 * @kernel:       says whether a peer is confined; borrowed for the listener's life
 * @accepted:     called for each connection
 * @userdata:     for @accepted
 * @ret_listener: on success, owned by the caller (cf_listener_free())
 * @diag:         written on failure only
 */
int cf_listener_new(sd_event *event, struct cf_kernel *kernel, cf_connection_fn accepted,
		    void *userdata, struct cf_listener **ret_listener, struct cf_diag *diag);

/* Takes connections or leaves them waiting in the kernel's queue; at first they wait. */
void cf_listener_enable(struct cf_listener *listener, bool is_enabled);

/* Stops listening and removes the socket. */
void cf_listener_free(struct cf_listener **listener);

/* The record of an open connection, or NULL. */
const struct cf_connection *cf_listener_find(struct cf_listener *listener, uint64_t id);

void cf_listener_forget(struct cf_listener *listener, uint64_t id);
void cf_listener_forget_all(struct cf_listener *listener);

#endif /* CF_DAEMON_LISTENER_H */
