/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "base/cleanup.h"
#include "daemon/forward.h"
#include "daemon/front.h"
#include "daemon/manager.h"
#include "kernel/kernel.h"

/* An event that the channel had no room for. */
struct kept {
	struct kept *prev, *next;
	uint32_t agent;
	struct cf_message_header message[]; /* and the rest of it */
};

struct share {
	size_t kept_bytes;
	uint32_t agent; /* whose losses are untold */
	uint64_t untold;
};

struct cf_forward {
	struct cf_front *front;
	struct cf_manager *manager;
	uint64_t last_stream;
	struct kept *kept;
	size_t n_untold; /* shares with untold losses */
	struct share shares[CF_MAX_AGENTS];
};

int cf_forward_new(struct cf_front *front, struct cf_manager *manager,
		   struct cf_forward **ret_forward)
{
	struct cf_forward *forward = calloc(1, sizeof(*forward));

	if (!forward)
		return -ENOMEM;
	forward->front = front;
	forward->manager = manager;
	*ret_forward = forward;
	return 0;
}

static void kept_free(struct cf_forward *forward, struct kept *kept)
{
	forward->shares[CF_AGENT_SLOT(kept->agent)].kept_bytes -= kept->message->size;
	DL_DELETE(forward->kept, kept);
	free(kept);
}

void cf_forward_free(struct cf_forward **forward)
{
	if (!*forward)
		return;
	while ((*forward)->kept)
		kept_free(*forward, (*forward)->kept);
	free(*forward);
	*forward = NULL;
}

bool cf_forward_is_behind(const struct cf_forward *forward)
{
	return forward->kept != NULL;
}

void cf_forward_encode(const struct cf_kernel_event *event, uint64_t stream,
		       struct cf_message_event *ret_message)
{
	const struct cf_event_verdict *verdict = event->verdict;

	cf_message_init(ret_message, CF_MESSAGE_EVENT, 0);
	ret_message->stream = stream;
	ret_message->time_ns = verdict->header.time_ns;
	ret_message->sequence = verdict->header.sequence;
	ret_message->agent = verdict->header.agent;
	ret_message->tgid = verdict->header.tgid;
	ret_message->tid = verdict->header.tid;
	ret_message->ino = verdict->ino;
	ret_message->target_ino = verdict->target_ino;
	ret_message->cgroup = verdict->cgroup;
	ret_message->ppid = verdict->ppid;
	ret_message->uid = verdict->uid;
	ret_message->gid = verdict->gid;
	ret_message->dev = verdict->dev;
	ret_message->target_dev = verdict->target_dev;
	ret_message->exe_dev = verdict->exe_dev;
	ret_message->wanted = verdict->wanted & CF_RIGHTS_ALL;
	ret_message->given = verdict->given & CF_RIGHTS_ALL;
	ret_message->error = (uint32_t)(verdict->error < 0 ? -verdict->error : verdict->error);
	ret_message->zone = verdict->zone;
	ret_message->flags = (verdict->flags & CF_MESSAGE_EVENT_FLAGS & ~CF_EVENT_OBSERVED) |
			     (event->observed ? CF_EVENT_OBSERVED : 0);
	ret_message->detail = verdict->detail;
	ret_message->rule = verdict->rule;
	ret_message->port = verdict->port;
	ret_message->layer = verdict->layer;
	ret_message->verdict = verdict->verdict;
	ret_message->op = verdict->op;
	ret_message->reason = verdict->reason;
	memcpy(ret_message->address, verdict->address, sizeof(ret_message->address));
	memcpy(ret_message->comm, verdict->comm, strnlen(verdict->comm, CF_COMM_SIZE - 1));
	cf_message_event_add_paths(ret_message, event->path, event->target, event->exe);
}

static void count_lost(struct cf_forward *forward, uint32_t id)
{
	struct share *share = &forward->shares[CF_AGENT_SLOT(id)];
	struct cf_agent *agent = cf_manager_find(forward->manager, id);

	if (agent)
		agent->lost++;
	/* A slot's former agent that nobody told of any more makes room for the new one. */
	if (share->agent != id && share->untold > 0) {
		share->untold = 0;
		forward->n_untold--;
	}
	share->agent = id;
	if (share->untold++ == 0)
		forward->n_untold++;
}

static void keep(struct cf_forward *forward, const struct cf_message_event *message)
{
	struct share *share = &forward->shares[CF_AGENT_SLOT(message->agent)];
	size_t size = message->header.size;
	struct kept *kept;

	if (share->kept_bytes + size > CF_FORWARD_SHARE_BYTES) {
		count_lost(forward, message->agent);
		return;
	}
	kept = malloc(sizeof(*kept) + size);
	if (!kept) {
		count_lost(forward, message->agent);
		return;
	}
	kept->agent = message->agent;
	memcpy(kept->message, message, size);
	share->kept_bytes += size;
	DL_APPEND(forward->kept, kept);
}

void cf_forward_event(struct cf_forward *forward, const struct cf_kernel_event *event)
{
	struct cf_message_event message;
	int r = -EAGAIN;

	cf_forward_encode(event, ++forward->last_stream, &message);
	if (!forward->kept)
		r = cf_front_send_event(forward->front, &message);
	if (r == -EAGAIN || r == -ENOTCONN)
		keep(forward, &message);
	else if (r < 0)
		count_lost(forward, message.agent);
}

static int tell_lost(struct cf_forward *forward, struct share *share)
{
	struct cf_message_lost message;
	struct timespec now;
	int r;

	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail with this clock */
	cf_message_init(&message, CF_MESSAGE_LOST, 0);
	message.stream = forward->last_stream + 1;
	message.time_ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
	message.agent = share->agent;
	message.count = share->untold;
	r = cf_front_send_event(forward->front, &message);
	if (r < 0)
		return r;
	forward->last_stream++;
	share->untold = 0;
	forward->n_untold--;
	return 0;
}

void cf_forward_flush(struct cf_forward *forward)
{
	while (forward->kept) {
		int r = cf_front_send_event(forward->front, forward->kept->message);

		if (r == -EAGAIN || r == -ENOTCONN)
			return;
		if (r < 0)
			count_lost(forward, forward->kept->agent);
		kept_free(forward, forward->kept);
	}
	for (size_t i = 0; i < CF_MAX_AGENTS && forward->n_untold > 0; i++) {
		if (forward->shares[i].untold > 0 && tell_lost(forward, &forward->shares[i]) < 0)
			return; /* full again: the next flush goes on */
	}
}
