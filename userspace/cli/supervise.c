/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/supervise.h"

/* Everything that has a meaning for the command, and that may be sent to us in its stead. */
static const int passed_signals[] = {
	SIGHUP,	 SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,  SIGUSR2, SIGALRM,
	SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGURG,
};

struct cf_ending cf_ending_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return (struct cf_ending){.status = CF_EXIT_SIGNAL + WTERMSIG(wait_status),
					  .signal = WTERMSIG(wait_status)};
	return (struct cf_ending){.status = WEXITSTATUS(wait_status)};
}

bool cf_signal_is_to_forward(const siginfo_t *info)
{
	/* What the terminal sends goes to the whole foreground group, the command among it. */
	if (info->si_code == SI_KERNEL)
		return false;
	/* Sent to us alone, as a supervisor does; or to our group by a member of it: then the command has it. */
	switch (info->si_signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH:
		return info->si_pid > 0 && getpgid(info->si_pid) != getpgrp();
	default:
		return true;
	}
}

static void fill(sigset_t *signals)
{
	(void)sigemptyset(signals);
	(void)sigaddset(signals, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_signals) / sizeof(passed_signals[0]); i++)
		(void)sigaddset(signals, passed_signals[i]);
}

void cf_supervise_prepare(void)
{
	sigset_t signals;

	fill(&signals);
	/* A caller may have had it ignored, and then there would be no status to wait for. */
	(void)signal(SIGCHLD, SIG_DFL);
	/* A child that died before it was told to go on is an error to report, not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* Takes note of what happened to the command; true: it ended. */
static bool reap(pid_t pid, struct cf_ending *ending)
{
	int status;

	while (waitpid(pid, &status, WNOHANG | WUNTRACED) == pid) {
		if (WIFSTOPPED(status)) {
			/* Our caller must see us stopped, too; it continues the group, or us. */
			(void)raise(SIGSTOP);
			continue;
		}
		*ending = cf_ending_of(status);
		return true;
	}
	return false;
}

struct cf_ending cf_supervise(pid_t pid)
{
	struct cf_ending ending = {.status = CF_EXIT_RUN_FAILED};
	sigset_t signals;

	fill(&signals);
	/* It may have ended before anything was blocked. */
	while (!reap(pid, &ending)) {
		siginfo_t info;

		if (sigwaitinfo(&signals, &info) < 0)
			continue; /* EINTR: stopped and continued */
		if (info.si_signo != SIGCHLD && cf_signal_is_to_forward(&info))
			(void)kill(pid, info.si_signo); /* our child, not reaped */
	}
	return ending;
}

int cf_end_like(const struct cf_ending *ending)
{
	const struct rlimit no_core = {};
	sigset_t signals;

	if (ending->signal == 0)
		return ending->status;
	/* The command has dumped its core, if any; ours would say nothing. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(ending->signal, SIG_DFL);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, ending->signal);
	(void)sigprocmask(SIG_UNBLOCK, &signals, NULL);
	(void)raise(ending->signal);
	return ending->status;
}
