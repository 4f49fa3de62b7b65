/* SPDX-License-Identifier: Apache-2.0 */
/* Who makes the call: orphans, threads; and what a process was given. */
#include "probe.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The rest of the row in a grandchild, whose parent is gone by then. */
static int op_orphan(char *args[])
{
	struct {
		int result;
		pid_t pid;
		char detail[sizeof(state.detail)];
	} answer = {};
	int pipe_fds[2], n = 0;
	pid_t pid;

	while (args[n])
		n++;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		if (fork() > 0)
			_exit(0);
		answer.result = run_row(args, n);
		answer.pid = state.pid ? state.pid : getpid();
		memcpy(answer.detail, state.detail, sizeof(answer.detail));
		(void)!write(pipe_fds[1], &answer, sizeof(answer));
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	(void)close(pipe_fds[1]);
	if (read(pipe_fds[0], &answer, sizeof(answer)) != sizeof(answer))
		return -EPIPE;
	state.pid = answer.pid;
	memcpy(state.detail, answer.detail, sizeof(answer.detail));
	return answer.result;
}

struct thread_row {
	char **words;
	int result;
};

static void *run_in_thread(void *argument)
{
	struct thread_row *row = argument;
	int n = 0;

	while (row->words[n])
		n++;
	row->result = run_row(row->words, n);
	return NULL;
}

static int op_thread(char *args[])
{
	struct thread_row row = {.words = args};
	pthread_t thread;
	int r = pthread_create(&thread, NULL, run_in_thread, &row);

	if (r != 0)
		return -r;
	(void)pthread_join(thread, NULL);
	return row.result;
}

/* PATH N: as many denied opens as are asked for; the last one's errno */
static int op_flood(char *args[])
{
	long n;
	int r = 0;

	if (!parse_number(args[1], &n))
		return RESULT_MISUSE;
	for (long i = 0; i < n; i++)
		r = close_after(open(args[0], O_RDONLY | O_CLOEXEC));
	return r;
}

/* What run promises about the process: words to check, joined by ','. */
static int op_self(char *args[])
{
	char link[64], target[PATH_MAX];
	size_t used = 0;

	(void)args;
	used += (size_t)snprintf(state.detail, sizeof(state.detail),
				 "nnp=%d fds=", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	for (int fd = 3; fd < 1024 && used < sizeof(state.detail) - 8; fd++) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, target, sizeof(target)) > 0)
			used += (size_t)snprintf(state.detail + used, sizeof(state.detail) - used,
						 "%d;", fd);
	}
	return 0;
}

const struct operation process_operations[] = {
	{"orphan", -1, op_orphan},
	{"thread", -1, op_thread},
	{"flood", 2, op_flood},
	{"self", 0, op_self},
	{0},
};
