/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/number.h"
#include "daemon/task.h"
#include "policy/diag.h"

#define PROC_TEXT_MAX 65536U

/* The rest of the line that starts with @key, copied; false if there is none or it is too long. */
static bool find_line(const char *text, const char *key, char *value, size_t size)
{
	size_t key_length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t length;

		if (*line == '\n')
			line++;
		if (strncmp(line, key, key_length) != 0)
			continue;
		line += key_length;
		line += strspn(line, " \t");
		length = strcspn(line, "\n");
		if (length >= size)
			return false;
		memcpy(value, line, length);
		value[length] = '\0';
		return true;
	}
	return false;
}

/* @n_numbers decimal numbers with blanks between them, and nothing else. */
static bool parse_numbers(char *text, uint32_t *numbers, size_t n_numbers)
{
	char *rest = NULL;
	char *word = strtok_r(text, " \t", &rest);

	for (size_t i = 0; i < n_numbers; i++) {
		uint64_t number;

		if (!word || cf_number_parse(word, 0, UINT32_MAX, &number) < 0)
			return false;
		numbers[i] = (uint32_t)number;
		word = strtok_r(NULL, " \t", &rest);
	}
	return word == NULL;
}

int cf_task_parse_status(const char *text, struct cf_task_status *ret_status)
{
	struct cf_task_status status = {};
	char line[128];

	/* The name is first and its newlines are escaped (proc(5)), so no process can forge a line. */
	if (!find_line(text, "State:", line, sizeof(line)) || line[0] == '\0')
		return -EBADMSG;
	status.state = line[0];
	if (!find_line(text, "PPid:", line, sizeof(line)) || !parse_numbers(line, &status.ppid, 1))
		return -EBADMSG;
	if (!find_line(text, "Uid:", line, sizeof(line)) || !parse_numbers(line, status.uids, 4))
		return -EBADMSG;
	if (!find_line(text, "Gid:", line, sizeof(line)) || !parse_numbers(line, status.gids, 4))
		return -EBADMSG;
	if (!find_line(text, "Threads:", line, sizeof(line)) ||
	    !parse_numbers(line, &status.n_threads, 1))
		return -EBADMSG;
	if (!find_line(text, "NoNewPrivs:", line, sizeof(line)) ||
	    !parse_numbers(line, &status.no_new_privs, 1))
		return -EBADMSG;
	*ret_status = status;
	return 0;
}

int cf_task_parse_cgroup(const char *text, char *ret_path, size_t size)
{
	static const char prefix[] = "0::";
	const char *line = text;

	while (strncmp(line, prefix, sizeof(prefix) - 1) != 0) {
		line = strchr(line, '\n');
		if (!line)
			return -ENOENT;
		line++;
	}
	line += sizeof(prefix) - 1;
	if (line[0] != '/')
		return -EBADMSG;
	if (strcspn(line, "\n") >= size)
		return -ENAMETOOLONG;
	*stpncpy(ret_path, line, strcspn(line, "\n")) = '\0';
	return 0;
}

bool cf_task_is_alive(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	/* pidfd_open(2): readable once the process has exited. */
	return poll(&poll_fd, 1, 0) == 0;
}

/* @pid 0: our own. */
static int read_proc(pid_t pid, const char *file, char **ret_text)
{
	cf_auto_fd int fd = -1;
	char path[64];
	size_t size;

	if (pid == 0)
		(void)snprintf(path, sizeof(path), "/proc/self/%s", file);
	else
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cf_errno_negative();
	return cf_fd_read_all(fd, PROC_TEXT_MAX, ret_text, &size);
}

int cf_task_read_status(pid_t pid, struct cf_task_status *ret_status)
{
	cf_auto_free char *text = NULL;
	int r = read_proc(pid, "status", &text);

	return r < 0 ? r : cf_task_parse_status(text, ret_status);
}

int cf_task_read_cgroup(pid_t pid, char *ret_path, size_t size)
{
	cf_auto_free char *text = NULL;
	int r = read_proc(pid, "cgroup", &text);

	return r < 0 ? r : cf_task_parse_cgroup(text, ret_path, size);
}

static bool is_users(const struct cf_task_status *status, uint32_t uid)
{
	for (size_t i = 0; i < 4; i++) {
		if (status->uids[i] != uid)
			return false;
	}
	return true;
}

#define CHILD_HINT "start agents with 'cofferdam run'"

static int check_child(pid_t pid, const struct cf_task_status *status, const struct cf_peer *peer,
		       struct cf_diag *diag)
{
	if (status->ppid != (uint32_t)peer->pid)
		return cf_diag_set(diag, -EPERM, "CF-D004", "", 0, 0, CHILD_HINT,
				   "process %d is not a child of the caller, process %d", pid,
				   peer->pid);
	if (!is_users(status, peer->uid))
		return cf_diag_set(diag, -EPERM, "CF-D004", "", 0, 0, CHILD_HINT,
				   "process %d does not run as the caller's user %" PRIu32, pid,
				   peer->uid);
	if (status->n_threads != 1)
		return cf_diag_set(diag, -EPERM, "CF-D004", "", 0, 0, CHILD_HINT,
				   "process %d has %" PRIu32 " threads, expected one", pid,
				   status->n_threads);
	if (peer->uid != 0 && status->no_new_privs != 1)
		return cf_diag_set(diag, -EPERM, "CF-D004", "", 0, 0, CHILD_HINT,
				   "process %d has not set no_new_privs", pid);
	return 0;
}

int cf_task_open_child(pid_t pid, const struct cf_peer *peer, int *ret_pidfd, struct cf_diag *diag)
{
	struct cf_task_status status;
	cf_auto_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int r;

	if (pidfd < 0)
		return cf_diag_set(diag, -ESRCH, "CF-D004", "", 0, 0, CHILD_HINT,
				   "no process with number %d, as named by the caller", pid);
	r = cf_task_read_status(pid, &status);
	/* Only now is it sure that the numbers still mean the two processes that the text is about. */
	if (r < 0 || !cf_task_is_alive(pidfd) || !cf_task_is_alive(peer->pidfd))
		return cf_diag_set(diag, -ESRCH, "CF-D004", "", 0, 0, CHILD_HINT,
				   "process %d or its caller is gone", pid);
	r = check_child(pid, &status, peer, diag);
	if (r < 0)
		return r;
	*ret_pidfd = cf_steal_fd(&pidfd);
	return 0;
}

void cf_task_kill(int pidfd)
{
	/* ESRCH: it is gone, which is what is wanted. */
	(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

void cf_task_wait(int pidfd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	/* Interrupted or too slow: the caller goes on with what there is. */
	(void)poll(&poll_fd, 1, timeout_ms);
}
