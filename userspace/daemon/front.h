/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unprivileged half, cofferdam-api, as this process sees it: starts it
 * without rights, starts it again when it ends, and keeps what could not be
 * sent yet. It is not trusted: one unsound message and it is killed.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_FRONT_H
#define CF_DAEMON_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

#include "wire/channel.h"

struct cf_diag;
struct cf_front;

#define CF_API_CONTROL_FD 3 /* in the api process */
#define CF_API_EVENTS_FD  4
#define CF_API_USER	  "cofferdam"
#define CF_NOBODY_ID	  65534U /* where there is no such user */

struct cf_front_observer {
	/* A new api process runs and knows nothing. */
	void (*started)(void *userdata);
	/* A sound message came; its descriptors may be stolen. */
	void (*received)(struct cf_packet *packet, void *userdata);
	/* The process ended: its connections are gone. */
	void (*stopped)(void *userdata);
	/* The events channel, full before, takes events again. */
	void (*events_writable)(void *userdata);
	void *userdata;
};

struct cf_front_options {
	const char *program;	    /* path of cofferdam-api */
	const char *data_directory; /* its --data-dir */
};

/**
 * cf_front_new() - start the api process
 * @event:     referenced
 * @options:   borrowed for the front's life
 * @observer:  copied; not called before the loop runs, but for started()
 * @ret_front: on success, owned by the caller (cf_front_free())
 * @diag:      written on failure only
 */
int cf_front_new(sd_event *event, const struct cf_front_options *options,
		 const struct cf_front_observer *observer, struct cf_front **ret_front,
		 struct cf_diag *diag);

/* Ends the process. */
void cf_front_free(struct cf_front **front);

/**
 * cf_front_send() - send a message on the control channel, now or when it has room
 * @message: borrowed for the call
 * @fds:     borrowed for the call
 *
 * Without a process the message goes nowhere, as a new one is told everything.
 * One that does not take what is sent to it is ended.
 */
void cf_front_send(struct cf_front *front, const void *message, const int *fds, size_t n_fds);

/* Sends on the events channel: 0; -EAGAIN it is full: wait for events_writable(); -ENOTCONN no process. */
int cf_front_send_event(struct cf_front *front, const void *message);

#endif /* CF_DAEMON_FRONT_H */
