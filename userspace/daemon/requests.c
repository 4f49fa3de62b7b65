/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/version.h"
#include "daemon/front.h"
#include "daemon/listener.h"
#include "daemon/manager.h"
#include "daemon/service_internal.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "wire/log.h"
#include "wire/sealed.h"

/* A request that waits for its agent; freed when it is answered. */
struct creation {
	struct cf_service *service;
	uint64_t front_number;
	uint64_t request;
};

static void answer_created(struct cf_service *service, uint64_t request, uint32_t agent, int error,
			   const struct cf_diag *diag)
{
	struct cf_message_agent_created message;

	cf_message_init(&message, CF_MESSAGE_AGENT_CREATED, request);
	message.agent = agent;
	if (error < 0) {
		message.error = (uint32_t)-error;
		cf_text_copy(message.problem.code, sizeof(message.problem.code), diag->code);
		cf_text_copy(message.problem.message, sizeof(message.problem.message),
			     diag->message);
		cf_text_copy(message.problem.hint, sizeof(message.problem.hint), diag->hint);
		cf_log_diag(LOG_WARNING, "agent refused", diag);
	}
	cf_front_send(service->front, &message, NULL, 0);
}

static void on_created(uint32_t agent, int error, const struct cf_diag *diag, void *userdata)
{
	cf_auto_free struct creation *creation = userdata;
	struct cf_service *service = creation->service;

	/* With the api process went the client; its child sees the end of its pipe and leaves. */
	if (creation->front_number == service->front_number)
		answer_created(service, creation->request, agent, error, diag);
}

/* The caller must be one that we know, not confined itself, and the host must be armed. */
static int check_caller(struct cf_service *service, const struct cf_connection *connection,
			struct cf_diag *diag)
{
	const struct cf_canary_group *group = cf_canary_find_unarmed(&service->canary);

	if (!connection)
		return cf_diag_set(diag, -EBADMSG, "CF-D010", "", 0, 0, "try again",
				   "the caller's connection is gone");
	if (connection->peer.agent != 0)
		return cf_diag_set(diag, -EPERM, "CF-D003", "", 0, 0,
				   "start the agent from outside; nested agents come later",
				   "the caller is confined itself, as agent #%u",
				   connection->peer.agent);
	if (group)
		return cf_diag_set(diag, -EAGAIN, "CF-D001", "", 0, 0, "see 'cofferdam doctor'",
				   "this host is not armed: '%s': %s", group->name, group->reason);
	return 0;
}

static int create_agent(struct cf_service *service, struct cf_packet *packet, struct cf_diag *diag)
{
	const struct cf_message_agent_create *message = &packet->message.agent_create;
	const struct cf_connection *connection =
		cf_listener_find(service->listener, message->connection);
	cf_auto_free struct cf_layer *layer = NULL;
	cf_auto_free struct creation *creation = NULL;
	cf_auto_fd int pidfd = -1;
	struct cf_agent_request request;
	int r;

	r = check_caller(service, connection, diag);
	if (r == 0)
		r = cf_sealed_read_layer(packet->fds[0], &layer, diag);
	if (r == 0)
		r = cf_task_open_child((pid_t)message->pid, &connection->peer, &pidfd, diag);
	if (r < 0)
		return r;
	creation = malloc(sizeof(*creation));
	if (!creation)
		return cf_diag_set(diag, -ENOMEM, "CF-D002", "", 0, 0, "", "no memory");
	*creation = (struct creation){service, service->front_number, message->header.request};
	request = (struct cf_agent_request){
		.name = message->name,
		.layer = layer,
		.layer_fd = cf_steal_fd(&packet->fds[0]),
		.pid = (pid_t)message->pid,
		.pidfd = cf_steal_fd(&pidfd),
		.uid = connection->peer.uid,
		.gid = connection->peer.gid,
		.created = on_created,
		.userdata = cf_steal_ptr(creation),
	};
	cf_manager_create(service->manager, &request);
	/* What it did not take over. */
	cf_fd_close(&request.pidfd);
	cf_fd_close(&request.layer_fd);
	return 0;
}

void cf_service_tell_agent(struct cf_service *service, const struct cf_agent *agent)
{
	struct cf_message_agent message;

	cf_message_init(&message, CF_MESSAGE_AGENT, 0);
	message.agent = agent->id;
	message.uid = agent->uid;
	message.gid = agent->gid;
	message.n_layers = 1;
	message.since_us = agent->since_us;
	cf_text_copy(message.name, sizeof(message.name), agent->name);
	cf_text_copy(message.cgroup, sizeof(message.cgroup), agent->cgroup);
	cf_front_send(service->front, &message, &agent->layer_fd, 1);
}

static void fill_counters(struct cf_service *service, const struct cf_agent *agent,
			  struct cf_message_status *message)
{
	struct cf_counters counters = {};

	message->agent = agent->id;
	message->lost = agent->lost;
	if (cf_kernel_counters(service->kernel, agent->id, &counters) < 0)
		return; /* an agent whose domain is being withdrawn: zeros */
	message->decided = counters.decided;
	message->delivered = counters.delivered;
	message->dropped = counters.dropped;
	message->unknown = counters.unknown;
	message->observed = counters.observed;
	message->observed_dropped = counters.observed_dropped;
}

void cf_service_tell_gone(struct cf_service *service, const struct cf_agent *agent)
{
	struct cf_message_status message;

	cf_message_init(&message, CF_MESSAGE_AGENT_GONE, 0);
	fill_counters(service, agent, &message);
	cf_front_send(service->front, &message, NULL, 0);
}

static void answer_status(struct cf_service *service, uint64_t request)
{
	struct cf_message_plain end;
	uint32_t slot = 0;

	for (struct cf_agent *agent = cf_manager_next(service->manager, &slot); agent;
	     agent = cf_manager_next(service->manager, &slot)) {
		struct cf_message_status message;

		cf_message_init(&message, CF_MESSAGE_STATUS, request);
		fill_counters(service, agent, &message);
		if (agent->cgroup[0])
			message.n_tasks = cf_cgroup_count(agent->cgroup);
		cf_front_send(service->front, &message, NULL, 0);
	}
	cf_message_init(&end, CF_MESSAGE_STATUS_END, request);
	cf_front_send(service->front, &end, NULL, 0);
}

static void tell_finding(struct cf_service *service, uint64_t request,
			 const struct cf_probe_item *item)
{
	struct cf_message_finding message;

	cf_message_init(&message, CF_MESSAGE_FINDING, request);
	message.state = item->state;
	cf_text_copy(message.name, sizeof(message.name), item->name);
	cf_text_copy(message.found, sizeof(message.found), item->found);
	cf_text_copy(message.hint, sizeof(message.hint), item->hint);
	cf_front_send(service->front, &message, NULL, 0);
}

static const char *why_denied(int error)
{
	switch (error) {
	case -ESTALE: /* something else is at its path */
	case -ENOENT: /* or nothing is */
		return "another mount hides it";
	case -ENOLINK:
		return "no way to its root";
	default:
		return strerror(-error);
	}
}

/* Which mounts are denied, as of the last look at mountinfo: as many as there is room for. */
static void tell_mounts(struct cf_service *service, uint64_t request)
{
	struct cf_probe_item item = {.name = "mounts", .found = "all classified"};
	CF_CLEANUP(cf_buffer_done) struct cf_buffer found = {};
	size_t n;
	const struct cf_kernel_mount *mounts = cf_kernel_mounts_denied(service->kernel, &n);

	if (n > 0) {
		item.state = CF_PROBE_WARNING;
		(void)snprintf(
			item.hint, sizeof(item.hint), "%s",
			"agents are denied whatever is on these mounts, since it cannot be told "
			"which rules hold there; unmount what hides them, or mount them anew");
		cf_buffer_printf(&found, "%zu not classified", n);
		for (size_t i = 0; i < n; i++)
			cf_buffer_printf(&found, "%s %s (%s, %s)", i > 0 ? "," : ":",
					 mounts[i].point, mounts[i].fs_type,
					 why_denied(mounts[i].error));
		/* Cut where it is too long, or without memory: the number stands first. */
		(void)snprintf(item.found, sizeof(item.found), "%s",
			       found.is_failed ? "some not classified" : found.data);
	}
	tell_finding(service, request, &item);
}

static void tell_invalid_events(struct cf_service *service, uint64_t request)
{
	struct cf_probe_item item = {.name = "events", .found = "all understood"};
	uint64_t n = cf_kernel_events_invalid(service->kernel);

	if (n > 0) {
		item.state = CF_PROBE_WARNING;
		(void)snprintf(item.found, sizeof(item.found), "%" PRIu64 " not understood", n);
		(void)snprintf(item.hint, sizeof(item.hint), "%s",
			       "what these records told is not shown; the denials themselves were "
			       "decided and counted: please report this with the kernel's version");
	}
	tell_finding(service, request, &item);
}

static void tell_findings(struct cf_service *service, uint64_t request)
{
	for (size_t i = 0; i < service->probe.n_items; i++)
		tell_finding(service, request, &service->probe.items[i]);
	tell_mounts(service, request);
	tell_invalid_events(service, request);
}

static void tell_hooks(struct cf_service *service, uint64_t request)
{
	size_t n;
	const struct cf_kernel_hook *hooks = cf_kernel_hooks(service->kernel, &n);

	for (size_t i = 0; i < n; i++) {
		struct cf_message_hook message;

		cf_message_init(&message, CF_MESSAGE_HOOK, request);
		message.flags = (hooks[i].is_optional ? CF_HOOK_OPTIONAL : 0) |
				(hooks[i].is_present ? CF_HOOK_PRESENT : 0) |
				(hooks[i].is_attached ? CF_HOOK_ATTACHED : 0) |
				(hooks[i].is_on_demand ? CF_HOOK_ON_DEMAND : 0);
		cf_text_copy(message.name, sizeof(message.name), hooks[i].name);
		cf_text_copy(message.program, sizeof(message.program), hooks[i].program);
		cf_front_send(service->front, &message, NULL, 0);
	}
}

static void tell_groups(struct cf_service *service, uint64_t request)
{
	for (size_t i = 0; i < service->canary.n_groups; i++) {
		const struct cf_canary_group *group = &service->canary.groups[i];
		struct cf_message_group message;

		cf_message_init(&message, CF_MESSAGE_GROUP, request);
		message.state = group->state;
		message.is_needed = group->is_needed;
		cf_text_copy(message.name, sizeof(message.name), group->name);
		cf_text_copy(message.reason, sizeof(message.reason), group->reason);
		cf_front_send(service->front, &message, NULL, 0);
	}
}

static void answer_state(struct cf_service *service, uint64_t request)
{
	struct cf_message_state message;
	struct utsname host = {};
	size_t n_denied;

	tell_findings(service, request);
	tell_hooks(service, request);
	tell_groups(service, request);
	cf_message_init(&message, CF_MESSAGE_STATE, request);
	message.abi_major = CF_ABI_MAJOR;
	message.abi_minor = CF_ABI_MINOR;
	message.can_enforce = service->probe.can_enforce;
	message.is_armed = cf_canary_find_unarmed(&service->canary) == NULL;
	message.n_agents = (uint32_t)cf_manager_count(service->manager);
	message.pid = (uint32_t)getpid();
	message.since_us = service->since_us;
	message.n_events_invalid = cf_kernel_events_invalid(service->kernel);
	(void)cf_kernel_mounts_denied(service->kernel, &n_denied);
	message.n_mounts_denied = (uint32_t)n_denied;
	(void)uname(&host); /* cannot fail with a valid pointer */
	cf_text_copy(message.kernel, sizeof(message.kernel), host.release);
	cf_text_copy(message.version, sizeof(message.version), CF_VERSION);
	cf_front_send(service->front, &message, NULL, 0);
}

void cf_service_handle(struct cf_service *service, struct cf_packet *packet)
{
	const struct cf_message_header *header = &packet->message.header;
	struct cf_diag diag = {};
	int r;

	switch (header->type) {
	case CF_MESSAGE_CONNECTION_CLOSED:
		cf_listener_forget(service->listener, packet->message.connection_closed.connection);
		break;
	case CF_MESSAGE_AGENT_CREATE:
		r = create_agent(service, packet, &diag);
		if (r < 0)
			answer_created(service, header->request, 0, r, &diag);
		break;
	case CF_MESSAGE_STATUS_GET:
		answer_status(service, header->request);
		break;
	case CF_MESSAGE_STATE_GET:
		answer_state(service, header->request);
		break;
	default:
		/* The decoder lets nothing else through from that side. */
		break;
	}
}
