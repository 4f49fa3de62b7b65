/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "daemon/task.h"

static const char status_text[] = "Name:\tsh\\nPPid:\t1\n"
				  "Umask:\t0022\n"
				  "State:\tS (sleeping)\n"
				  "Tgid:\t42\n"
				  "PPid:\t41\n"
				  "Uid:\t1000\t1001\t1002\t1003\n"
				  "Gid:\t100\t101\t102\t103\n"
				  "Threads:\t1\n"
				  "NoNewPrivs:\t1\n";

static void test_task_status_parsed(void **state)
{
	struct cf_task_status status;

	(void)state;
	assert_int_equal(cf_task_parse_status(status_text, &status), 0);
	assert_int_equal(status.state, 'S');
	assert_int_equal(status.ppid, 41);
	assert_int_equal(status.uids[0], 1000);
	assert_int_equal(status.uids[3], 1003);
	assert_int_equal(status.gids[2], 102);
	assert_int_equal(status.n_threads, 1);
	assert_int_equal(status.no_new_privs, 1);
}

static void test_task_status_broken_rejected(void **state)
{
	static const char *const broken[] = {
		"",
		"State:\tS\n",
		"State:\tS\nPPid:\tx\nUid:\t1 1 1 1\nGid:\t1 1 1 1\nThreads:\t1\nNoNewPrivs:\t0\n",
		"State:\tS\nPPid:\t1\nUid:\t1 1 1\nGid:\t1 1 1 1\nThreads:\t1\nNoNewPrivs:\t0\n",
		"State:\tS\nPPid:\t1\nUid:\t1 1 1 1 1\nGid:\t1 1 1 1\nThreads:\t1\nNoNewPrivs:\t0\n",
		"State:\tS\nPPid:\t1\nUid:\t1 1 1 -1\nGid:\t1 1 1 1\nThreads:\t1\nNoNewPrivs:\t0\n",
		"State:\tS\nPPid:\t1\nUid:\t1 1 1 1\nGid:\t1 1 1 1\nNoNewPrivs:\t0\n",
		"State:\tS\nPPid:\t1\nUid:\t1 1 1 1\nGid:\t1 1 1 1\nThreads:\t1\n",
	};
	struct cf_task_status status;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(cf_task_parse_status(broken[i], &status), -EBADMSG);
}

static void test_task_cgroup_parsed(void **state)
{
	char path[32];

	(void)state;
	assert_int_equal(cf_task_parse_cgroup("0::/a/b\n", path, sizeof(path)), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(cf_task_parse_cgroup("5:cpu:/x\n0::/\n", path, sizeof(path)), 0);
	assert_string_equal(path, "/");
	assert_int_equal(cf_task_parse_cgroup("5:cpu:/x\n", path, sizeof(path)), -ENOENT);
	assert_int_equal(cf_task_parse_cgroup("", path, sizeof(path)), -ENOENT);
	assert_int_equal(cf_task_parse_cgroup("0::x\n", path, sizeof(path)), -EBADMSG);
	assert_int_equal(cf_task_parse_cgroup("0::/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", path,
					      sizeof(path)),
			 -ENAMETOOLONG);
}

/* This process as the peer of a connection. */
static struct cf_peer self(void)
{
	return (struct cf_peer){
		.uid = getuid(),
		.gid = getgid(),
		.pid = getpid(),
		.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0),
	};
}

static void test_task_child_of_peer_accepted(void **state)
{
	struct cf_peer peer = self();
	cf_auto_fd int pidfd = -1;
	struct cf_diag diag = {};
	pid_t pid;

	(void)state;
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	pid = fork();
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	assert_int_equal(cf_task_open_child(pid, &peer, &pidfd, &diag), 0);
	assert_true(cf_task_is_alive(pidfd));
	cf_task_kill(pidfd);
	cf_task_wait(pidfd, 10000);
	assert_false(cf_task_is_alive(pidfd));
	/* A zombie is no waiting child. */
	cf_fd_close(&pidfd);
	assert_int_equal(cf_task_open_child(pid, &peer, &pidfd, &diag), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	cf_fd_close(&peer.pidfd);
}

static void test_task_strangers_rejected(void **state)
{
	struct cf_peer peer = self();
	struct cf_diag diag = {};
	int pidfd = -1;

	(void)state;
	/* Ourselves, our parent, nobody. */
	assert_int_equal(cf_task_open_child(getpid(), &peer, &pidfd, &diag), -EPERM);
	assert_string_equal(diag.code, "CF-D004");
	assert_int_equal(cf_task_open_child(getppid(), &peer, &pidfd, &diag), -EPERM);
	assert_int_equal(cf_task_open_child(INT32_MAX, &peer, &pidfd, &diag), -ESRCH);
	assert_int_equal(pidfd, -1);
	cf_fd_close(&peer.pidfd);
}

static void test_task_child_of_other_user_rejected(void **state)
{
	struct cf_peer peer = self();
	struct cf_diag diag = {};
	int pidfd = -1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	peer.uid++;
	assert_int_equal(cf_task_open_child(pid, &peer, &pidfd, &diag), -EPERM);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	cf_fd_close(&peer.pidfd);
}

/* Needs root to become another user; as anybody else the other tests have to have set it. */
static void test_task_child_without_no_new_privs_rejected(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		struct cf_diag diag = {};
		struct cf_peer peer;
		int pidfd = -1;
		pid_t child;
		int plain, guarded;

		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(99);
		peer = self();
		child = fork();
		if (child == 0)
			for (;;)
				(void)pause();
		plain = cf_task_open_child(child, &peer, &pidfd, &diag);
		(void)kill(child, SIGKILL);
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		child = fork();
		if (child == 0)
			for (;;)
				(void)pause();
		guarded = cf_task_open_child(child, &peer, &pidfd, &diag);
		(void)kill(child, SIGKILL);
		_exit(plain == -EPERM && guarded == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_task_status_parsed),
		cmocka_unit_test(test_task_status_broken_rejected),
		cmocka_unit_test(test_task_cgroup_parsed),
		cmocka_unit_test(test_task_strangers_rejected),
		cmocka_unit_test(test_task_child_of_other_user_rejected),
		cmocka_unit_test(test_task_child_without_no_new_privs_rejected),
		/* Last, as it cannot be unset. */
		cmocka_unit_test(test_task_child_of_peer_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
