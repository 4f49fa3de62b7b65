/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/child.h"
#include "cli/command.h"
#include "cli/supervise.h"

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_ending_mapped(void **state)
{
	(void)state;
	assert_int_equal(cf_ending_of(W_EXITCODE(0, 0)).status, 0);
	assert_int_equal(cf_ending_of(W_EXITCODE(7, 0)).status, 7);
	assert_int_equal(cf_ending_of(W_EXITCODE(255, 0)).status, 255);
	assert_int_equal(cf_ending_of(W_EXITCODE(7, 0)).signal, 0);
	assert_int_equal(cf_ending_of(W_EXITCODE(0, SIGTERM)).status, 143);
	assert_int_equal(cf_ending_of(W_EXITCODE(0, SIGTERM)).signal, SIGTERM);
	assert_int_equal(cf_ending_of(W_EXITCODE(0, SIGSEGV) | WCOREFLAG).signal, SIGSEGV);
}

static void test_signals_of_terminal_not_forwarded(void **state)
{
	siginfo_t info = {.si_signo = SIGINT, .si_code = SI_KERNEL};

	(void)state;
	assert_false(cf_signal_is_to_forward(&info));
	info.si_code = SI_USER;
	/* From our own group: the command has it, too. From elsewhere: to us alone. */
	info.si_pid = getpid();
	assert_false(cf_signal_is_to_forward(&info));
	info.si_pid = 1;
	assert_int_equal(cf_signal_is_to_forward(&info), getpgid(1) != getpgrp());
	info.si_signo = SIGTERM;
	info.si_pid = getpid();
	assert_true(cf_signal_is_to_forward(&info));
}

static const struct cf_child_orders orders = {.agent = 5, .name = "me", .no_new_privs = true};

static void start_child(const char *const *arguments, pid_t *pid, int *fd)
{
	const struct cf_child_plan plan = {.arguments = (char *const *)(uintptr_t)arguments};

	assert_int_equal(cf_child_start(&plan, pid, fd), 0);
}

static void test_child_without_go_never_runs(void **state)
{
	static const char *const arguments[] = {"/bin/sh", "-c", "exit 42", NULL};
	int status, fd;
	pid_t pid;

	(void)state;
	start_child(arguments, &pid, &fd);
	cf_fd_close(&fd);
	status = wait_for(pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CF_EXIT_RUN_FAILED);

	/* Half a message, or a wrong one, is none. */
	start_child(arguments, &pid, &fd);
	assert_int_equal(write(fd, "go", 2), 2);
	cf_fd_close(&fd);
	assert_int_equal(WEXITSTATUS(wait_for(pid)), CF_EXIT_RUN_FAILED);
	start_child(arguments, &pid, &fd);
	{
		const struct cf_child_go go = {.magic = 1};

		assert_int_equal(cf_fd_write_all(fd, &go, sizeof(go)), 0);
	}
	assert_int_equal(WEXITSTATUS(wait_for(pid)), CF_EXIT_RUN_FAILED);
	cf_fd_close(&fd);
	start_child(arguments, &pid, &fd);
	cf_child_abort(pid);
	cf_fd_close(&fd);
}

static void test_child_with_go_becomes_command(void **state)
{
	/* no_new_privs, the agent's name, and no descriptor of ours but the first three. */
	static const char script[] = "[ \"$COFFERDAM_AGENT\" = me ] || exit 1\n"
				     "grep -q '^NoNewPrivs:.1$' /proc/self/status || exit 2\n"
				     "[ ! -e /proc/$$/fd/9 ] || exit 3\n"
				     "exit 42\n";
	static const char *const arguments[] = {"sh", "-c", script, NULL};
	int fd, extra = dup2(0, 9);
	pid_t pid;

	(void)state;
	start_child(arguments, &pid, &fd);
	assert_int_equal(cf_child_go(fd, &orders), 0);
	cf_fd_close(&fd);
	assert_int_equal(WEXITSTATUS(wait_for(pid)), 42);
	cf_fd_close(&extra);
}

static void test_child_filter_refuses_holes(void **state)
{
	/* Exit status: 1 if punching works, 2 if plain allocation does not. */
	static const char *const arguments[] = {
		"sh", "-c",
		"f=$(mktemp) && trap 'rm -f $f' EXIT && head -c 8192 /dev/zero >$f || exit 9\n"
		"fallocate -p -o 0 -l 4096 $f 2>/dev/null && exit 1\n"
		"fallocate -n -o 0 -l 4096 $f || exit 2\n",
		NULL};
	static const struct {
		struct cf_child_orders orders;
		int status;
	} table[] = {
		{{.agent = 5, .name = "me", .no_new_privs = true, .needs_filter = true}, 0},
		{{.agent = 5, .name = "me", .no_new_privs = true}, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		pid_t pid;
		int fd;

		start_child(arguments, &pid, &fd);
		assert_int_equal(cf_child_go(fd, &table[i].orders), 0);
		cf_fd_close(&fd);
		assert_int_equal(WEXITSTATUS(wait_for(pid)), table[i].status);
	}
}

static void test_child_exec_failures_mapped(void **state)
{
	static const char *const absent[] = {"/nonexistent/command", NULL};
	static const char *const closed[] = {"/etc/passwd", NULL};
	int fd;
	pid_t pid;

	(void)state;
	start_child(absent, &pid, &fd);
	assert_int_equal(cf_child_go(fd, &orders), 0);
	cf_fd_close(&fd);
	assert_int_equal(WEXITSTATUS(wait_for(pid)), CF_EXIT_NOT_FOUND);
	start_child(closed, &pid, &fd);
	assert_int_equal(cf_child_go(fd, &orders), 0);
	cf_fd_close(&fd);
	assert_int_equal(WEXITSTATUS(wait_for(pid)), CF_EXIT_NOT_EXECUTABLE);
}

/* In a child of the test, as it blocks signals and stops itself. */
static void supervise_in_child(const char *script, int *ret_status, void (*meanwhile)(pid_t pid))
{
	const char *const arguments[] = {"sh", "-c", script, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		struct cf_ending ending;
		pid_t command;
		int fd;

		start_child(arguments, &command, &fd);
		cf_supervise_prepare();
		if (cf_child_go(fd, &orders) < 0)
			_exit(99);
		ending = cf_supervise(command);
		_exit(cf_end_like(&ending));
	}
	if (meanwhile)
		meanwhile(pid);
	*ret_status = wait_for(pid);
}

static void test_supervise_status_and_signal_pass(void **state)
{
	int status;

	(void)state;
	supervise_in_child("exit 9", &status, NULL);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 9);
	supervise_in_child("kill -TERM $$", &status, NULL);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void send_usr1(pid_t pid)
{
	(void)usleep(300000);
	assert_int_equal(kill(pid, SIGUSR1), 0);
}

static void test_supervise_forwards(void **state)
{
	int status;

	(void)state;
	supervise_in_child("trap 'exit 33' USR1; while :; do sleep 0.05; done", &status, send_usr1);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 33);
}

static void see_stop(pid_t pid)
{
	int status;

	/* The command stopped itself, and so must what its caller sees. */
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(pid, SIGCONT), 0);
}

static void test_supervise_stop_and_continue_pass(void **state)
{
	int status;

	(void)state;
	supervise_in_child("kill -STOP $$; exit 5", &status, see_stop);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ending_mapped),
		cmocka_unit_test(test_signals_of_terminal_not_forwarded),
		cmocka_unit_test(test_child_without_go_never_runs),
		cmocka_unit_test(test_child_with_go_becomes_command),
		cmocka_unit_test(test_child_filter_refuses_holes),
		cmocka_unit_test(test_child_exec_failures_mapped),
		cmocka_unit_test(test_supervise_status_and_signal_pass),
		cmocka_unit_test(test_supervise_forwards),
		cmocka_unit_test(test_supervise_stop_and_continue_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
