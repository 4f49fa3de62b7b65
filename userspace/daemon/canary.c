/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/canary.h"
#include "daemon/canary_probes.h"
#include "daemon/cgroup.h"
#include "daemon/task.h"
#include "daemon/tree.h"
#include "kernel/kernel.h"
#include "policy/diag.h"
#include "policy/image.h"

#define ATTEMPT_MS    10000 /* for one attempt: emulated guests are slow */
#define EVENT_TRIES   100
#define EVENT_WAIT_MS 10

/* What a runner is told to do, and what it answers. */
struct order {
	uint32_t probe;
	uint32_t is_denied;
};

struct answer {
	int32_t result;
};

/* A child that makes attempts on command. */
struct runner {
	pid_t pid;
	int pidfd;
	int fd;
};

struct canary {
	const struct cf_canary_request *request;
	struct cf_canary_report *report;
	struct cf_canary_programs programs;
	char denied_program[PATH_MAX];
	char cgroup[CF_CGROUP_PATH_SIZE];
	uint64_t cgroup_id;
	bool has_domain;
	struct runner runners[_CF_CANARY_RUNNER_MAX];
};

/* ------------------------------------------------------------ in the children */

/* Whatever a hook fails to refuse must not reach the daemon's own mounts. */
static int isolate(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return cf_errno_negative();
	return 0;
}

static void run_orders(int fd, const struct cf_canary_programs *programs)
{
	struct answer answer = {.result = isolate()};
	struct order order;

	/* The first answer says whether the runner is ready. */
	while (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) == (ssize_t)sizeof(answer) &&
	       recv(fd, &order, sizeof(order), 0) == (ssize_t)sizeof(order)) {
		const struct cf_canary_probe *probe = &cf_canary_probes[order.probe];

		answer.result =
			probe->attempt(order.is_denied ? probe->denied : probe->allowed, programs);
	}
	_exit(0);
}

static void become_runner(int fd, const struct cf_canary_programs *programs)
{
	int spare = fd;

	/* Nothing of the daemon's may be in the hands of a process that tries to break rules. */
	if (fd != STDERR_FILENO + 1)
		spare = dup2(fd, STDERR_FILENO + 1);
	if (spare < 0 || close_range(STDERR_FILENO + 2, ~0U, 0) < 0)
		_exit(1);
	run_orders(STDERR_FILENO + 1, programs);
}

/* -------------------------------------------------------------- in the daemon */

static int receive_answer(struct runner *runner, int *ret_result)
{
	struct pollfd poll_fd = {.fd = runner->fd, .events = POLLIN};
	struct answer answer;
	int n;

	do
		n = poll(&poll_fd, 1, ATTEMPT_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -ETIMEDOUT;
	if (recv(runner->fd, &answer, sizeof(answer), MSG_DONTWAIT) != (ssize_t)sizeof(answer))
		return -EPIPE;
	*ret_result = answer.result;
	return 0;
}

static void runner_stop(struct runner *runner)
{
	cf_fd_close(&runner->fd);
	if (runner->pid > 0) {
		(void)kill(runner->pid, SIGKILL); /* our child, not reaped: it cannot be another */
		while (waitpid(runner->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	runner->pid = 0;
	cf_fd_close(&runner->pidfd);
}

static int runner_start(struct runner *runner, const struct cf_canary_programs *programs)
{
	int pair[2];
	int result, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return cf_errno_negative();
	runner->pid = fork();
	if (runner->pid == 0)
		become_runner(pair[1], programs);
	runner->fd = pair[0];
	(void)close(pair[1]); /* the child has its own */
	if (runner->pid < 0) {
		runner->pid = 0;
		return cf_errno_negative();
	}
	runner->pidfd = (int)syscall(SYS_pidfd_open, runner->pid, 0);
	if (runner->pidfd < 0)
		return cf_errno_negative();
	r = receive_answer(runner, &result);
	return r < 0 ? r : result;
}

static int order(struct runner *runner, size_t probe, bool is_denied, int *ret_result)
{
	struct order message = {.probe = (uint32_t)probe, .is_denied = is_denied};

	if (send(runner->fd, &message, sizeof(message), MSG_NOSIGNAL) != (ssize_t)sizeof(message))
		return -EPIPE;
	return receive_answer(runner, ret_result);
}

/* Under systemd the canary lives inside the daemon's own unit: it must not outlive it, unlike an agent. */
static int choose_cgroup(char *path, size_t size)
{
	char own[CF_CGROUP_PATH_SIZE];
	int r;

	if (sd_booted() <= 0) {
		(void)snprintf(path, size, "%s/canary", CF_TREE_PATH);
		return 0;
	}
	r = cf_task_read_cgroup(0, own, sizeof(own));
	if (r < 0)
		return r;
	if ((size_t)snprintf(path, size, "%s/canary", strcmp(own, "/") == 0 ? "" : own) >= size)
		return -ENAMETOOLONG;
	return 0;
}

static int make_cgroup(struct canary *canary)
{
	char full[CF_CGROUP_PATH_SIZE + sizeof(CF_CGROUP_ROOT)];
	char path[CF_CGROUP_PATH_SIZE];
	int r = choose_cgroup(path, sizeof(path));

	if (r == 0)
		r = cf_cgroup_remove(path);
	if (r < 0)
		return r;
	(void)snprintf(full, sizeof(full), "%s%s", CF_CGROUP_ROOT, path);
	if (mkdir(full, 0755) < 0)
		return cf_errno_negative();
	cf_text_copy(canary->cgroup, sizeof(canary->cgroup), path);
	r = cf_cgroup_id(path, &canary->cgroup_id);
	if (r == 0)
		r = cf_kernel_cgroup_add(canary->request->kernel, canary->cgroup_id,
					 canary->request->agent);
	return r;
}

static int add_domain(struct canary *canary, struct cf_diag *diag)
{
	cf_auto_free struct cf_layer *layer = NULL;
	const struct cf_layer *layers[1];
	int r = cf_canary_layer(canary->denied_program, &layer, diag);

	if (r < 0)
		return r;
	layers[0] = layer;
	r = cf_kernel_agent_add(canary->request->kernel, canary->request->agent, layers, 1,
				CF_DOMAIN_CANARY, diag);
	canary->has_domain = r == 0;
	return r;
}

static int start_runners(struct canary *canary, struct cf_diag *diag)
{
	struct runner *confined = &canary->runners[CF_CANARY_CONFINED];
	struct runner *moved = &canary->runners[CF_CANARY_MOVED];
	int r = 0;

	for (size_t i = 0; i < _CF_CANARY_RUNNER_MAX && r == 0; i++)
		r = runner_start(&canary->runners[i], &canary->programs);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D016", "", 0, 0, "",
				   "cannot start the canary's processes: %s", strerror(-r));
	r = cf_kernel_task_confine(canary->request->kernel, confined->pidfd,
				   canary->request->agent);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D016", "", 0, 0, "", "cannot label the canary: %s",
				   strerror(-r));
	r = cf_tree_move(canary->cgroup, confined->pid, diag);
	return r < 0 ? r : cf_tree_move(canary->cgroup, moved->pid, diag);
}

static int prepare(struct canary *canary, struct cf_diag *diag)
{
	ssize_t n = readlink("/proc/self/exe", canary->denied_program,
			     sizeof(canary->denied_program) - 1);
	int r;

	if (n < 0)
		return cf_diag_set(diag, cf_errno_negative(), "CF-D016", "", 0, 0, "",
				   "cannot tell where cofferdamd itself is");
	canary->programs.denied = canary->denied_program;
	canary->programs.allowed = canary->request->api;
	r = cf_canary_prepare_files();
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D016", "", 0, 0, "",
				   "cannot make the canary's files in '%s': %s",
				   CF_CANARY_DIRECTORY, strerror(-r));
	r = add_domain(canary, diag);
	if (r < 0)
		return r;
	r = make_cgroup(canary);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D016", "", 0, 0, "",
				   "cannot make the canary's cgroup '%s': %s", canary->cgroup,
				   strerror(-r));
	return start_runners(canary, diag);
}

static void canary_done(struct canary *canary)
{
	const struct cf_canary_request *request = canary->request;

	for (size_t i = 0; i < _CF_CANARY_RUNNER_MAX; i++)
		runner_stop(&canary->runners[i]);
	request->drain(request->userdata);
	if (canary->has_domain)
		cf_kernel_agent_remove(request->kernel, request->agent);
	/* What stays of an empty cgroup is removed by the next canary. */
	if (canary->cgroup_id != 0)
		(void)cf_kernel_cgroup_remove(request->kernel, canary->cgroup_id);
	if (canary->cgroup[0])
		(void)cf_cgroup_remove(canary->cgroup);
}

static struct cf_canary_group *add_group(struct cf_canary_report *report, const char *name)
{
	struct cf_canary_group *group = &report->groups[report->n_groups++];

	group->name = name;
	group->state = CF_GROUP_DEGRADED;
	group->is_needed = true;
	group->reason[0] = '\0';
	return group;
}

static const struct cf_kernel_hook *find_hook(struct cf_kernel *kernel, const char *name)
{
	size_t n;
	const struct cf_kernel_hook *hooks = cf_kernel_hooks(kernel, &n);

	for (size_t i = 0; name && i < n; i++) {
		if (strcmp(hooks[i].name, name) == 0)
			return &hooks[i];
	}
	return NULL;
}

/* Waits for the event that must go with a denial: the kernel may wake readers late. */
static bool has_event(struct canary *canary, uint32_t ops)
{
	for (unsigned int i = 0; i < EVENT_TRIES; i++) {
		canary->request->drain(canary->request->userdata);
		if (canary->report->seen_ops & ops)
			return true;
		(void)poll(NULL, 0, EVENT_WAIT_MS);
	}
	return false;
}

static void degrade(struct cf_canary_group *group, const char *what, int result)
{
	(void)snprintf(group->reason, sizeof(group->reason), "%s: %s", what,
		       result == 0 ? "it succeeded" : strerror(-result));
}

/* The twin first: if this host cannot do it at all, a refusal would prove nothing. */
static void test_group(struct canary *canary, size_t i, struct cf_canary_group *group)
{
	const struct cf_canary_probe *probe = &cf_canary_probes[i];
	const struct cf_kernel_hook *hook = find_hook(canary->request->kernel, probe->hook);
	int result = 0, r;

	if (hook && !hook->is_attached) {
		group->state = CF_GROUP_OFF;
		group->is_needed = !hook->is_optional || hook->is_present;
		(void)snprintf(group->reason, sizeof(group->reason), "%s '%s'",
			       hook->is_present ? "not attached:" : "this kernel has no hook",
			       hook->name);
		return;
	}
	r = order(&canary->runners[probe->twin_runner], i, false, &result);
	if (r < 0 || result < 0) {
		degrade(group, "the allowed twin failed", r < 0 ? r : result);
		if (r == 0 && probe->twin_runner == CF_CANARY_FREE) {
			group->state = CF_GROUP_OFF;
			group->is_needed = false;
		}
		return;
	}
	canary->report->seen_ops = 0;
	r = order(&canary->runners[probe->runner], i, true, &result);
	if (r < 0)
		degrade(group, "the canary did not answer", r);
	else if (result != -probe->error)
		degrade(group, "the canary was not refused as expected", result);
	else if (!has_event(canary, probe->ops))
		(void)snprintf(group->reason, sizeof(group->reason),
			       "the canary was refused, but no event came: something else refuses");
	else
		group->state = CF_GROUP_ARMED;
}

int cf_canary_run(const struct cf_canary_request *request, struct cf_canary_report *report,
		  struct cf_diag *diag)
{
	CF_CLEANUP(canary_done) struct canary canary = {.request = request, .report = report};
	struct cf_diag problem = {};
	int r;

	for (size_t i = 0; i < _CF_CANARY_RUNNER_MAX; i++)
		canary.runners[i] = (struct runner){.pidfd = -1, .fd = -1};
	report->n_groups = 0;
	r = prepare(&canary, &problem);
	for (size_t i = 0; i < cf_canary_n_probes && i < CF_CANARY_MAX_GROUPS; i++) {
		struct cf_canary_group *group = add_group(report, cf_canary_probes[i].group);

		if (r < 0)
			cf_text_copy(group->reason, sizeof(group->reason), problem.message);
		else
			test_group(&canary, i, group);
	}
	if (r < 0 && diag)
		*diag = problem;
	return r;
}

void cf_canary_note(struct cf_canary_report *report, const struct cf_kernel_event *event)
{
	if (event->verdict->verdict == CF_VERDICT_DENY && event->verdict->op < _CF_OP_MAX)
		report->seen_ops |= 1U << event->verdict->op;
}

const struct cf_canary_group *cf_canary_find_unarmed(const struct cf_canary_report *report)
{
	for (size_t i = 0; i < report->n_groups; i++) {
		if (report->groups[i].is_needed && report->groups[i].state != CF_GROUP_ARMED)
			return &report->groups[i];
	}
	return NULL;
}
