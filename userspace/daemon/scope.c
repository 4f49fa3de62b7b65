/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <systemd/sd-bus.h>
#include <utlist.h>

#include "base/cleanup.h"
#include "daemon/scope.h"
#include "policy/diag.h"

#define SYSTEMD_NAME	  "org.freedesktop.systemd1"
#define SYSTEMD_PATH	  "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER	  "org.freedesktop.systemd1.Manager"
#define UNIT_NAME_SIZE	  64
#define USEC_PER_PERMILLE 1000U /* CPU time per second for one thousandth of a CPU */

/* A scope that systemd has been asked for. */
struct pending {
	struct cf_scopes *scopes;
	char unit[UNIT_NAME_SIZE];
	cf_scope_fn done;
	void *userdata;
	sd_bus_slot *call;
	sd_event_source *timer;
	struct pending *prev, *next;
};

struct cf_scopes {
	sd_event *event;
	sd_bus *bus;
	sd_bus_slot *job_removed;
	struct pending *pending;
};

static void pending_free(struct pending *pending)
{
	DL_DELETE(pending->scopes->pending, pending);
	sd_bus_slot_unref(pending->call);
	sd_event_source_disable_unref(pending->timer);
	free(pending);
}

/* Ends one request; @reason NULL: well. */
static void pending_finish(struct pending *pending, int error, const char *reason)
{
	cf_scope_fn done = pending->done;
	void *userdata = pending->userdata;
	struct cf_diag diag = {};

	if (reason)
		(void)cf_diag_set(&diag, error, "CF-D007", "", 0, 0,
				  "see 'journalctl -b _PID=1' for what systemd says",
				  "systemd did not make '%s': %s", pending->unit, reason);
	/* First, so that the callback sees a consistent state and may start another. */
	pending_free(pending);
	done(reason ? error : 0, reason ? &diag : NULL, userdata);
}

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct cf_scopes *scopes = userdata;
	const char *job, *unit, *result;
	struct pending *pending;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0)
		return 0; /* not of the form that systemd documents: the time limit ends the request */
	DL_FOREACH(scopes->pending, pending)
	{
		if (strcmp(pending->unit, unit) == 0)
			break;
	}
	if (pending)
		pending_finish(pending, -EIO, strcmp(result, "done") == 0 ? NULL : result);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	pending_finish(userdata, -ETIMEDOUT, "no answer within the time limit");
	return 0;
}

/* The answer to StartTransientUnit: only a refusal ends the request; else its job goes on. */
static int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *failure = sd_bus_message_get_error(message);

	(void)error;
	if (failure)
		pending_finish(userdata, -EIO, failure->message ? failure->message : failure->name);
	return 0;
}

/* systemd's own socket, for hosts without a message bus; only root may use it, and systemctl does the same. */
static int open_private_bus(sd_bus **ret_bus)
{
	CF_CLEANUP(sd_bus_unrefp) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, "unix:path=/run/systemd/private");
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return r;
	*ret_bus = cf_steal_ptr(bus);
	return 0;
}

static int connect_bus(struct cf_scopes *scopes)
{
	CF_CLEANUP(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r < 0)
		r = open_private_bus(&bus);
	if (r >= 0)
		r = sd_bus_attach_event(bus, scopes->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal(bus, &scopes->job_removed, SYSTEMD_NAME, SYSTEMD_PATH,
					SYSTEMD_MANAGER, "JobRemoved", on_job_removed, scopes);
	if (r >= 0)
		/* Without it systemd tells the bus nothing. That we are subscribed already is no failure. */
		r = sd_bus_call_method_async(bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
					     "Subscribe", NULL, NULL, NULL);
	if (r < 0) {
		scopes->job_removed = sd_bus_slot_unref(scopes->job_removed);
		return r;
	}
	scopes->bus = cf_steal_ptr(bus);
	return 0;
}

static void disconnect_bus(struct cf_scopes *scopes)
{
	scopes->job_removed = sd_bus_slot_unref(scopes->job_removed);
	scopes->bus = sd_bus_flush_close_unref(scopes->bus);
}

int cf_scopes_new(sd_event *event, struct cf_scopes **ret_scopes, struct cf_diag *diag)
{
	CF_CLEANUP(cf_scopes_free) struct cf_scopes *scopes = calloc(1, sizeof(*scopes));
	int r;

	if (!scopes)
		return cf_diag_set(diag, -ENOMEM, "CF-D007", "", 0, 0, "", "no memory");
	scopes->event = sd_event_ref(event);
	r = connect_bus(scopes);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D007", "", 0, 0,
				   "see 'systemctl status dbus.socket'",
				   "cannot reach systemd over D-Bus: %s", strerror(-r));
	*ret_scopes = cf_steal_ptr(scopes);
	return 0;
}

void cf_scopes_free(struct cf_scopes **scopes)
{
	if (!*scopes)
		return;
	while ((*scopes)->pending)
		pending_free((*scopes)->pending);
	disconnect_bus(*scopes);
	sd_event_unref((*scopes)->event);
	free(*scopes);
	*scopes = NULL;
}

static int append_limits(sd_bus_message *message, const struct cf_cgroup_limits *limits)
{
	int r = 0;

	if (limits->memory_bytes > 0)
		r = sd_bus_message_append(message, "(sv)", "MemoryMax", "t", limits->memory_bytes);
	if (r >= 0 && limits->pids > 0)
		r = sd_bus_message_append(message, "(sv)", "TasksMax", "t", limits->pids);
	if (r >= 0 && limits->cpu_permille > 0)
		r = sd_bus_message_append(message, "(sv)", "CPUQuotaPerSecUSec", "t",
					  limits->cpu_permille * USEC_PER_PERMILLE);
	return r;
}

static int build_call(struct cf_scopes *scopes, const struct cf_scope_request *request,
		      const char *unit, sd_bus_message **ret_message)
{
	CF_CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(scopes->bus, &message, SYSTEMD_NAME, SYSTEMD_PATH,
					   SYSTEMD_MANAGER, "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(message, "ss", unit, "fail");
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(
			message, "(sv)(sv)(sv)(sv)(sv)", "Description", "s", request->description,
			"Slice", "s", CF_SCOPE_SLICE, "Delegate", "b", 1, "CollectMode", "s",
			"inactive-or-failed", "PIDs", "au", 1, (uint32_t)request->pid);
	if (r >= 0)
		r = append_limits(message, &request->limits);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a(sa(sv))", 0);
	if (r < 0)
		return r;
	*ret_message = cf_steal_ptr(message);
	return 0;
}

/* Reconnects if the bus went away, as it does when it is restarted. */
static int ensure_bus(struct cf_scopes *scopes)
{
	if (scopes->bus && sd_bus_is_open(scopes->bus) > 0)
		return 0;
	disconnect_bus(scopes);
	return connect_bus(scopes);
}

int cf_scope_start(struct cf_scopes *scopes, const struct cf_scope_request *request,
		   struct cf_diag *diag)
{
	CF_CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	struct pending *pending = calloc(1, sizeof(*pending));
	int r;

	if (!pending)
		return cf_diag_set(diag, -ENOMEM, "CF-D007", "", 0, 0, "", "no memory");
	pending->scopes = scopes;
	pending->done = request->done;
	pending->userdata = request->userdata;
	(void)snprintf(pending->unit, sizeof(pending->unit), "cofferdam-%" PRIu32 ".scope",
		       request->agent);
	DL_APPEND(scopes->pending, pending);

	r = ensure_bus(scopes);
	if (r >= 0)
		r = build_call(scopes, request, pending->unit, &message);
	if (r >= 0)
		r = sd_event_add_time_relative(scopes->event, &pending->timer, CLOCK_MONOTONIC,
					       CF_SCOPE_TIMEOUT_S * UINT64_C(1000000), 0,
					       on_timeout, pending);
	if (r >= 0)
		r = sd_bus_call_async(scopes->bus, &pending->call, message, on_reply, pending,
				      CF_SCOPE_TIMEOUT_S * UINT64_C(1000000));
	if (r < 0) {
		(void)cf_diag_set(diag, r, "CF-D007", "", 0, 0, "",
				  "cannot ask systemd for '%s': %s", pending->unit, strerror(-r));
		pending_free(pending);
		return r;
	}
	return 0;
}

void cf_scope_path_end(uint32_t agent, char *ret_path, size_t size)
{
	(void)snprintf(ret_path, size, "/%s/cofferdam-%" PRIu32 ".scope", CF_SCOPE_SLICE, agent);
}
