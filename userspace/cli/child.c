/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/child.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/output.h"

/* The whole message, or nothing: a pipe's end without one means that nobody confined us. */
static bool wait_for_go(int fd, struct cf_child_go *go)
{
	size_t done = 0;

	while (done < sizeof(*go)) {
		ssize_t n = read(fd, (char *)go + done, sizeof(*go) - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return go->magic == CF_CHILD_GO_MAGIC && memchr(go->name, '\0', sizeof(go->name));
}

/* 127 and 126 as shells have them. */
static int explain_exec(const char *command, uint32_t agent)
{
	int error = errno;

	if (error == ENOENT || error == ENOTDIR) {
		cf_say("run: no command '%s': %s", command, strerror(error));
		return CF_EXIT_NOT_FOUND;
	}
	cf_say("run: cannot execute '%s': %s; if the policy denies it, 'cofferdam events --agent %u' says why",
	       command, strerror(error), agent);
	return CF_EXIT_NOT_EXECUTABLE;
}

/* In the child; returns the status with which to end. */
static int become_command(int fd, const struct cf_child_plan *plan)
{
	struct cf_child_go go = {};
	int r = 0;

	if (!wait_for_go(fd, &go))
		return CF_EXIT_RUN_FAILED;
	/* Whatever else was inherited is a way around the policy. */
	if (close_range(STDERR_FILENO + 1, ~0U, 0) < 0) {
		cf_say("run: cannot close inherited descriptors: %s", strerror(errno));
		return CF_EXIT_RUN_FAILED;
	}
	if (go.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		cf_say("run: cannot set no_new_privs: %s", strerror(errno));
		return CF_EXIT_RUN_FAILED;
	}
	if (go.needs_filter)
		r = cf_filter_install();
	if (r < 0) {
		cf_say("run: cannot set the seccomp filter that 'append' and 'rw-no-delete' need: %s",
		       strerror(-r));
		return CF_EXIT_RUN_FAILED;
	}
	if (plan->directory && chdir(plan->directory) < 0) {
		cf_say("run: cannot go to the workspace '%s': %s", plan->directory,
		       strerror(errno));
		return CF_EXIT_RUN_FAILED;
	}
	if (setenv("COFFERDAM_AGENT", go.name, 1) < 0 ||
	    (go.sets_tmpdir && plan->tmpdir && setenv("TMPDIR", plan->tmpdir, 1) < 0)) {
		cf_say("run: no memory");
		return CF_EXIT_RUN_FAILED;
	}
	(void)execvp(plan->arguments[0], plan->arguments);
	return explain_exec(plan->arguments[0], go.agent);
}

int cf_child_start(const struct cf_child_plan *plan, pid_t *ret_pid, int *ret_fd)
{
	int pipe_fds[2];
	pid_t pid;

	/* Here, as the child inherits it: the daemon wants to see it before anything else happens. */
	if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cf_errno_negative();
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return cf_errno_negative();
	pid = fork();
	if (pid == 0) {
		/* Its own copy of the writing end would keep it waiting for ever. */
		(void)close(pipe_fds[1]);
		_exit(become_command(pipe_fds[0], plan));
	}
	(void)close(pipe_fds[0]); /* the child has its own */
	if (pid < 0) {
		(void)close(pipe_fds[1]);
		return cf_errno_negative();
	}
	*ret_pid = pid;
	*ret_fd = pipe_fds[1];
	return 0;
}

int cf_child_go(int fd, const struct cf_child_orders *orders)
{
	struct cf_child_go go = {
		.magic = CF_CHILD_GO_MAGIC,
		.no_new_privs = orders->no_new_privs,
		.needs_filter = orders->needs_filter,
		.sets_tmpdir = orders->sets_tmpdir,
		.agent = orders->agent,
	};

	cf_text_copy(go.name, sizeof(go.name), orders->name);
	return cf_fd_write_all(fd, &go, sizeof(go));
}

void cf_child_abort(pid_t pid)
{
	(void)kill(pid, SIGKILL); /* our child, not reaped: it cannot be another */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
