/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "base/fd.h"
#include "daemon/manager.h"
#include "daemon/scope.h"
#include "daemon/task.h"
#include "daemon/tree.h"
#include "kernel/kernel.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "wire/log.h"

/* For a killed child that waited on a pipe to leave its cgroup, so that this can be removed. */
#define KILL_WAIT_MS 500

struct cf_manager {
	sd_event *event;
	struct cf_kernel *kernel;
	struct cf_manager_observer observer;
	struct cf_scopes *scopes; /* NULL: a tree of our own */
	sd_event_source *linger_timer;
	uint32_t last_id; /* ids rise and are never used again */
	uint32_t last_canary;
	size_t n_agents;
	struct cf_agent *agents[CF_MAX_AGENTS];
};

static int on_linger_timer(sd_event_source *source, uint64_t usec, void *userdata);

int cf_manager_new(sd_event *event, struct cf_kernel *kernel,
		   const struct cf_manager_observer *observer, struct cf_manager **ret_manager,
		   struct cf_diag *diag)
{
	CF_CLEANUP(cf_manager_free) struct cf_manager *manager = calloc(1, sizeof(*manager));
	int r;

	if (!manager)
		return cf_diag_set(diag, -ENOMEM, "CF-D002", "", 0, 0, "", "no memory");
	manager->event = sd_event_ref(event);
	manager->kernel = kernel;
	manager->observer = *observer;
	r = cf_cgroup_check_host(diag);
	if (r < 0)
		return r;
	r = sd_booted() > 0 ? cf_scopes_new(event, &manager->scopes, diag) : cf_tree_prepare(diag);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(event, &manager->linger_timer, CLOCK_MONOTONIC, 0, 0,
				       on_linger_timer, manager);
	if (r >= 0)
		r = sd_event_source_set_enabled(manager->linger_timer, SD_EVENT_OFF);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D002", "", 0, 0, "", "cannot set a timer: %s",
				   strerror(-r));
	*ret_manager = cf_steal_ptr(manager);
	return 0;
}

/* Frees the daemon's memory of an agent; what the kernel knows is not touched. */
static void agent_free(struct cf_agent *agent)
{
	struct cf_manager *manager = agent->manager;

	manager->agents[CF_AGENT_SLOT(agent->id)] = NULL;
	manager->n_agents--;
	sd_event_source_disable_unref(agent->cgroup_watch);
	cf_fd_close(&agent->pidfd);
	cf_fd_close(&agent->layer_fd);
	free(agent);
}

void cf_manager_free(struct cf_manager **manager)
{
	if (!*manager)
		return;
	/* Scopes first: their callbacks would find agents. */
	cf_scopes_free(&(*manager)->scopes);
	for (size_t slot = 0; slot < CF_MAX_AGENTS; slot++) {
		if ((*manager)->agents[slot])
			agent_free((*manager)->agents[slot]);
	}
	sd_event_source_disable_unref((*manager)->linger_timer);
	sd_event_unref((*manager)->event);
	free(*manager);
	*manager = NULL;
}

struct cf_agent *cf_manager_find(struct cf_manager *manager, uint32_t id)
{
	struct cf_agent *agent = manager->agents[CF_AGENT_SLOT(id)];

	return agent && agent->id == id ? agent : NULL;
}

size_t cf_manager_count(const struct cf_manager *manager)
{
	return manager->n_agents;
}

struct cf_agent *cf_manager_next(struct cf_manager *manager, uint32_t *slot)
{
	while (*slot < CF_MAX_AGENTS) {
		struct cf_agent *agent = manager->agents[(*slot)++];

		if (agent)
			return agent;
	}
	return NULL;
}

uint32_t cf_manager_canary_id(struct cf_manager *manager)
{
	/* One generation further in slot 0; 0 itself is nobody. */
	manager->last_canary += CF_MAX_AGENTS;
	return manager->last_canary | CF_CANARY_SLOT;
}

/* The next id whose slot is free; 0: all are taken, or the numbers have run out. */
static uint32_t next_id(struct cf_manager *manager)
{
	if (manager->last_id > UINT32_MAX - CF_MAX_AGENTS)
		return 0;
	for (uint32_t i = 1; i <= CF_MAX_AGENTS; i++) {
		uint32_t id = manager->last_id + i;
		uint32_t slot = CF_AGENT_SLOT(id);

		if (slot == CF_CANARY_SLOT || manager->agents[slot])
			continue;
		manager->last_id = id;
		return id;
	}
	return 0;
}

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with this clock */
	return (uint64_t)now.tv_sec * UINT64_C(1000000) + (uint64_t)now.tv_nsec / 1000;
}

static int agent_new(struct cf_manager *manager, struct cf_agent_request *request,
		     struct cf_agent **ret_agent, struct cf_diag *diag)
{
	uint32_t id = next_id(manager);
	struct cf_agent *agent;

	if (id == 0)
		return cf_diag_set(diag, -ENOSPC, "CF-D002", "", 0, 0,
				   "wait until one ends: see 'cofferdam ps'",
				   "%zu agents are running, which is all there is room for",
				   manager->n_agents);
	agent = calloc(1, sizeof(*agent));
	if (!agent)
		return cf_diag_set(diag, -ENOMEM, "CF-D002", "", 0, 0, "", "no memory");
	agent->id = id;
	agent->manager = manager;
	agent->uid = request->uid;
	agent->gid = request->gid;
	agent->pid = request->pid;
	agent->pidfd = cf_steal_fd(&request->pidfd);
	agent->layer_fd = cf_steal_fd(&request->layer_fd);
	agent->since_us = now_us();
	agent->limits.memory_bytes = request->layer->memory_bytes;
	agent->limits.pids = request->layer->pids;
	agent->limits.cpu_permille = request->layer->cpu_permille;
	agent->created = request->created;
	agent->userdata = request->userdata;
	cf_text_copy(agent->name, sizeof(agent->name), request->name);
	manager->agents[CF_AGENT_SLOT(id)] = agent;
	manager->n_agents++;
	*ret_agent = agent;
	return 0;
}

/* Withdraws everything that the kernel and the daemon know of an agent whose domain is in force. */
static void agent_end(struct cf_agent *agent)
{
	struct cf_manager *manager = agent->manager;
	struct cf_diag diag = {};
	int r;

	manager->observer.ending(agent, manager->observer.userdata);
	cf_kernel_agent_remove(manager->kernel, agent->id);
	if (agent->cgroup_id != 0) {
		r = cf_kernel_cgroup_remove(manager->kernel, agent->cgroup_id);
		if (r < 0 && r != -ENOENT)
			cf_log(LOG_WARNING, "agent %s#%" PRIu32 ": cannot forget its cgroup: %s",
			       agent->name, agent->id, strerror(-r));
	}
	/* systemd removes its own. */
	if (!manager->scopes && agent->cgroup[0]) {
		r = cf_cgroup_remove(agent->cgroup);
		if (r < 0)
			cf_log(LOG_WARNING, "agent %s#%" PRIu32 ": cannot remove '%s': %s",
			       agent->name, agent->id, agent->cgroup, strerror(-r));
	}
	if (cf_kernel_watch_held(manager->kernel, true, &diag) < 0)
		cf_log_diag(LOG_WARNING, "cannot tell whether tasks are left that were moved in",
			    &diag);
	cf_log(LOG_INFO, "agent %s#%" PRIu32 " of user %" PRIu32 " ended", agent->name, agent->id,
	       agent->uid);
	agent_free(agent);
}

static void set_lingering(struct cf_agent *agent)
{
	agent->is_lingering = true;
	/* Neither call can fail with a source of our own in a loop that runs. */
	(void)sd_event_source_set_time_relative(agent->manager->linger_timer,
						CF_LINGER_POLL_S * UINT64_C(1000000));
	(void)sd_event_source_set_enabled(agent->manager->linger_timer, SD_EVENT_ONESHOT);
}

/* Ends the agent if nothing of it lives. What cannot be told counts as alive. */
static void agent_check(struct cf_agent *agent)
{
	bool is_populated = true, is_alive = true;
	int r;

	if (agent->state != CF_AGENT_RUNNING)
		return;
	r = cf_cgroup_is_populated(agent->cgroup, &is_populated);
	if (r < 0)
		cf_log(LOG_WARNING, "agent %s#%" PRIu32 ": cannot read its cgroup '%s': %s",
		       agent->name, agent->id, agent->cgroup, strerror(-r));
	agent->is_lingering = false;
	if (is_populated)
		return;
	/* A task that left the cgroup bears the label still, and the label needs its domain. */
	r = cf_kernel_agent_is_alive(agent->manager->kernel, agent->id, &is_alive);
	if (r < 0 || is_alive)
		set_lingering(agent);
	else
		agent_end(agent);
}

void cf_manager_check_all(struct cf_manager *manager)
{
	for (size_t slot = 0; slot < CF_MAX_AGENTS; slot++) {
		if (manager->agents[slot])
			agent_check(manager->agents[slot]);
	}
}

static int on_linger_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct cf_manager *manager = userdata;

	(void)source;
	(void)usec;
	for (size_t slot = 0; slot < CF_MAX_AGENTS; slot++) {
		if (manager->agents[slot] && manager->agents[slot]->is_lingering)
			agent_check(manager->agents[slot]);
	}
	return 0;
}

static int on_cgroup_events(sd_event_source *source, const struct inotify_event *event,
			    void *userdata)
{
	(void)source;
	(void)event;
	agent_check(userdata);
	return 0;
}

/* Undoes a start: the child bears a label whose domain goes, so it could do nothing any more. */
static void start_fail(struct cf_agent *agent, int error, const struct cf_diag *diag)
{
	cf_agent_created_fn created = agent->created;
	void *userdata = agent->userdata;

	cf_task_kill(agent->pidfd);
	cf_task_wait(agent->pidfd, KILL_WAIT_MS);
	agent_end(agent);
	created(0, error, diag, userdata);
}

static int register_cgroup(struct cf_agent *agent, struct cf_diag *diag)
{
	uint64_t id;
	int r = cf_cgroup_id(agent->cgroup, &id);

	if (r == 0)
		r = cf_kernel_cgroup_add(agent->manager->kernel, id, agent->id);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D013", "", 0, 0, "",
				   "cannot bind the cgroup '%s' to the agent: %s", agent->cgroup,
				   strerror(-r));
	agent->cgroup_id = id;
	return 0;
}

static int watch_cgroup(struct cf_agent *agent, struct cf_diag *diag)
{
	char path[CF_CGROUP_PATH_SIZE + 64];
	int r;

	(void)snprintf(path, sizeof(path), "%s%s/cgroup.events", CF_CGROUP_ROOT, agent->cgroup);
	/* kernfs tells inotify when the contents change (cgroup-v2.rst, "cgroup.events"). */
	r = sd_event_add_inotify(agent->manager->event, &agent->cgroup_watch, path,
				 IN_MODIFY | IN_DELETE_SELF, on_cgroup_events, agent);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D008", "", 0, 0, "", "cannot watch '%s': %s", path,
				   strerror(-r));
	return 0;
}

/* The last look before the child may go: labelled, in the right cgroup, and still the process we mean. */
static int confirm(struct cf_agent *agent, struct cf_diag *diag)
{
	char path[CF_CGROUP_PATH_SIZE] = "";
	uint32_t labelled = 0;
	int r;

	r = cf_kernel_task_agent(agent->manager->kernel, agent->pidfd, &labelled);
	if (r < 0 || labelled != agent->id)
		return cf_diag_set(diag, r < 0 ? r : -EPERM, "CF-D009", "", 0, 0,
				   "see 'cofferdam doctor'",
				   "process %d does not bear the agent's label", agent->pid);
	r = cf_task_read_cgroup(agent->pid, path, sizeof(path));
	if (r < 0 || !cf_task_is_alive(agent->pidfd))
		return cf_diag_set(diag, -ESRCH, "CF-D009", "", 0, 0, "", "process %d is gone",
				   agent->pid);
	if (strcmp(path, agent->cgroup) != 0)
		return cf_diag_set(diag, -EPERM, "CF-D009", "", 0, 0,
				   "keep other programs from moving the agent's processes",
				   "process %d is in the cgroup '%s', expected '%s'", agent->pid,
				   path, agent->cgroup);
	return 0;
}

/* The cgroup exists and the child is in it. */
static void start_finish(struct cf_agent *agent)
{
	cf_agent_created_fn created = agent->created;
	void *userdata = agent->userdata;
	uint32_t id = agent->id;
	struct cf_diag diag = {};
	int r = watch_cgroup(agent, &diag);

	if (r == 0)
		r = confirm(agent, &diag);
	if (r < 0) {
		start_fail(agent, r, &diag);
		return;
	}
	agent->state = CF_AGENT_RUNNING;
	cf_fd_close(&agent->pidfd);
	cf_log(LOG_INFO, "agent %s#%" PRIu32 " of user %" PRIu32 " runs in '%s'", agent->name,
	       agent->id, agent->uid, agent->cgroup);
	agent->manager->observer.running(agent, agent->manager->observer.userdata);
	created(id, 0, NULL, userdata);
	/* It may have emptied before the watch was set. */
	agent_check(agent);
}

/* Finds out where systemd put the child: below whatever the manager itself is in. */
static int find_scope(struct cf_agent *agent, struct cf_diag *diag)
{
	char end[CF_CGROUP_PATH_SIZE], path[CF_CGROUP_PATH_SIZE] = "";
	int r = cf_task_read_cgroup(agent->pid, path, sizeof(path));
	size_t length;

	cf_scope_path_end(agent->id, end, sizeof(end));
	length = strlen(path);
	if (r < 0 || length < strlen(end) || strcmp(path + length - strlen(end), end) != 0)
		return cf_diag_set(
			diag, r < 0 ? r : -EPERM, "CF-D009", "", 0, 0, "",
			"process %d is in the cgroup '%s', expected one that ends in '%s'",
			agent->pid, path, end);
	cf_text_copy(agent->cgroup, sizeof(agent->cgroup), path);
	return 0;
}

static void on_scope(int error, const struct cf_diag *scope_diag, void *userdata)
{
	struct cf_agent *agent = userdata;
	struct cf_diag diag = {};
	int r;

	if (scope_diag) {
		start_fail(agent, error, scope_diag);
		return;
	}
	r = find_scope(agent, &diag);
	if (r == 0)
		r = register_cgroup(agent, &diag);
	if (r < 0)
		start_fail(agent, r, &diag);
	else
		start_finish(agent);
}

/* Under systemd: the rest happens in on_scope(). */
static int place_in_scope(struct cf_agent *agent, struct cf_diag *diag)
{
	char description[CF_AGENT_NAME_SIZE + 64];
	struct cf_scope_request request = {
		.agent = agent->id,
		.pid = agent->pid,
		.description = description,
		.limits = agent->limits,
		.done = on_scope,
		.userdata = agent,
	};

	(void)snprintf(description, sizeof(description), "Cofferdam agent %s of user %" PRIu32,
		       agent->name, agent->uid);
	return cf_scope_start(agent->manager->scopes, &request, diag);
}

/* Without: the cgroup is the agent's before the child enters it. */
static int place_in_tree(struct cf_agent *agent, struct cf_diag *diag)
{
	char path[CF_CGROUP_PATH_SIZE];
	int r;

	r = cf_tree_add(agent->id, &agent->limits, path, sizeof(path), diag);
	if (r < 0)
		return r;
	cf_text_copy(agent->cgroup, sizeof(agent->cgroup), path);
	r = register_cgroup(agent, diag);
	if (r < 0)
		return r;
	return cf_tree_move(agent->cgroup, agent->pid, diag);
}

static int confine_child(struct cf_agent *agent, struct cf_diag *diag)
{
	int r = cf_kernel_task_confine(agent->manager->kernel, agent->pidfd, agent->id);

	if (r == -EEXIST)
		return cf_diag_set(diag, r, "CF-D012", "", 0, 0, "nested agents come later",
				   "process %d is confined already", agent->pid);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D012", "", 0, 0, "see 'cofferdam doctor'",
				   "cannot label process %d: %s", agent->pid, strerror(-r));
	return 0;
}

void cf_manager_create(struct cf_manager *manager, struct cf_agent_request *request)
{
	const struct cf_layer *layers[] = {request->layer};
	struct cf_agent *agent = NULL;
	struct cf_diag diag = {};
	int r;

	r = agent_new(manager, request, &agent, &diag);
	if (r < 0) {
		request->created(0, r, &diag, request->userdata);
		return;
	}
	r = cf_kernel_agent_add(manager->kernel, agent->id, layers, 1, 0, &diag);
	if (r < 0) {
		/* All or nothing: there is nothing to undo in the kernel, and the child bears no label. */
		agent_free(agent);
		request->created(0, r, &diag, request->userdata);
		return;
	}
	manager->observer.added(agent, manager->observer.userdata);
	r = confine_child(agent, &diag);
	if (r == 0)
		r = manager->scopes ? place_in_scope(agent, &diag) : place_in_tree(agent, &diag);
	if (r < 0)
		start_fail(agent, r, &diag);
	else if (!manager->scopes)
		start_finish(agent);
}
