/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of `cofferdam run` while the command runs: as if the
 * command had been started directly, to its caller and to the terminal.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_SUPERVISE_H
#define CF_CLI_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* How the command ended. */
struct cf_ending {
	int status; /* to end with; CF_EXIT_SIGNAL + signal if by one */
	int signal; /* 0: none */
};

/* From waitpid(2)'s status of a process that ended. Pure. */
struct cf_ending cf_ending_of(int wait_status);

/* Whether a signal that this process got must be sent on, or reached the command anyway. Pure but for getpgid(2). */
bool cf_signal_is_to_forward(const siginfo_t *info);

/* Blocks what cf_supervise() waits for; call before the command starts, after its process was forked. */
void cf_supervise_prepare(void);

/**
 * cf_supervise() - wait for the command, passing signals and stops through
 *
 * Return: its ending
 */
struct cf_ending cf_supervise(pid_t pid);

/* Ends this process as the command ended; returns the exit status if a signal would not do it. */
int cf_end_like(const struct cf_ending *ending);

#endif /* CF_CLI_SUPERVISE_H */
