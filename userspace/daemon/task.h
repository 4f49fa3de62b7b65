/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes as the daemon must know them: by pidfd, with what /proc says
 * about them taken only while the pidfd shows that the number still means the
 * same process.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_TASK_H
#define CF_DAEMON_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cf_diag;

/* What /proc/PID/status says that matters here. */
struct cf_task_status {
	uint32_t ppid;
	uint32_t uids[4]; /* real, effective, saved, filesystem */
	uint32_t gids[4];
	uint32_t n_threads;
	uint32_t no_new_privs;
	char state; /* 'S', 'Z', ... */
};

/**
 * cf_task_parse_status() - read the text of /proc/PID/status
 *
 * Context: pure
 * Return:  0; -EBADMSG a line is missing or is not as proc(5) says
 */
int cf_task_parse_status(const char *text, struct cf_task_status *ret_status);

/**
 * cf_task_parse_cgroup() - the cgroup2 path in the text of /proc/PID/cgroup
 * @ret_path: receives it ("/cofferdam.slice/..."), terminated
 *
 * Context: pure
 * Return:  0; -ENOENT no cgroup2 line; -ENAMETOOLONG; -EBADMSG not an absolute path
 */
int cf_task_parse_cgroup(const char *text, char *ret_path, size_t size);

/* Whether the process behind a pidfd has not exited (a zombie has). */
bool cf_task_is_alive(int pidfd);

int cf_task_read_status(pid_t pid, struct cf_task_status *ret_status);

/* @pid 0: our own. */
int cf_task_read_cgroup(pid_t pid, char *ret_path, size_t size);

/* Who asks for an agent: the peer of a connection, as the daemon recorded it. */
struct cf_peer {
	uint32_t uid;
	uint32_t gid;
	pid_t pid;
	int pidfd;	/* borrowed */
	uint32_t agent; /* that it belongs to, or 0 */
};

/**
 * cf_task_open_child() - a pidfd of the waiting child that a peer named
 * @pid:       as named
 * @peer:      borrowed
 * @ret_pidfd: on success, owned by the caller
 * @diag:      why not; written on failure only
 *
 * On success the process is alive, has one thread, is a child of the peer,
 * which is alive as well, and has the peer's user id in all four places.
 *
 * Return: 0; -EPERM it is something else; -ESRCH it is gone
 */
int cf_task_open_child(pid_t pid, const struct cf_peer *peer, int *ret_pidfd, struct cf_diag *diag);

/* Kills the process behind a pidfd; nothing to do if it is gone. */
void cf_task_kill(int pidfd);

/* Waits until it has exited, at most so long. */
void cf_task_wait(int pidfd, int timeout_ms);

#endif /* CF_DAEMON_TASK_H */
