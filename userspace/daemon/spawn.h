/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts cofferdam-api without any right: user `cofferdam` or nobody, no
 * groups, no capabilities, no_new_privs, no descriptors but its own.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_SPAWN_H
#define CF_DAEMON_SPAWN_H

#include <sys/types.h>

struct cf_front_options;

/**
 * cf_spawn_api() - fork and exec
 * @options: borrowed
 * @control: its end of the control channel; borrowed
 * @events:  its end of the events channel; borrowed
 * @ret_pid: on success
 *
 * Return: 0; negative errno of fork(2). What fails after that shows as the process's exit.
 */
int cf_spawn_api(const struct cf_front_options *options, int control, int events, pid_t *ret_pid);

#endif /* CF_DAEMON_SPAWN_H */
