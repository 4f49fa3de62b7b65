/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events on their way from the kernel's rings to the api process. Never
 * waits: what the api process does not take is kept, each agent within its
 * share, and what is beyond that is counted as lost and told. While anything
 * is kept the rings are left alone, so that the kernel's own shares and
 * counters do their work.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_FORWARD_H
#define CF_DAEMON_FORWARD_H

#include <stdbool.h>

#include "wire/protocol.h"

struct cf_forward;
struct cf_front;
struct cf_kernel_event;
struct cf_manager;

/* Bytes that may be kept for one agent: four times its share of the kernel's ring, as paths are longer here. */
#define CF_FORWARD_SHARE_BYTES (4U * CF_RING_SHARE_BYTES)

int cf_forward_new(struct cf_front *front, struct cf_manager *manager,
		   struct cf_forward **ret_forward);
void cf_forward_free(struct cf_forward **forward);

/* Passes on one event, or keeps it, or counts it as lost. */
void cf_forward_event(struct cf_forward *forward, const struct cf_kernel_event *event);

/* Sends what is kept; call when the events channel has room again. */
void cf_forward_flush(struct cf_forward *forward);

/* Whether anything is kept: then do not drain the rings. */
bool cf_forward_is_behind(const struct cf_forward *forward);

/* As cf_forward_event() sends it. Pure. */
void cf_forward_encode(const struct cf_kernel_event *event, uint64_t stream,
		       struct cf_message_event *ret_message);

#endif /* CF_DAEMON_FORWARD_H */
