/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/error.h"
#include "daemon/front.h"
#include "daemon/spawn.h"
#include "wire/log.h"

#define FIRST_SPARE_FD 10 /* above those that the api process gets */

struct user {
	uid_t uid;
	gid_t gid;
};

/* Looked up before the fork, as it may load modules. */
static struct user find_user(void)
{
	const struct passwd *entry = getpwnam(CF_API_USER);

	if (entry && entry->pw_uid != 0)
		return (struct user){.uid = entry->pw_uid, .gid = entry->pw_gid};
	return (struct user){.uid = CF_NOBODY_ID, .gid = CF_NOBODY_ID};
}

static int drop_rights(struct user user)
{
	/* EINVAL ends the kernel's list, which may be longer or shorter than our header's. */
	for (int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
			return cf_errno_negative();
	}
	if (setgroups(0, NULL) < 0 || setresgid(user.gid, user.gid, user.gid) < 0 ||
	    setresuid(user.uid, user.uid, user.uid) < 0)
		return cf_errno_negative();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cf_errno_negative();
	/* It must be final. */
	return setresuid(0, 0, 0) == 0 ? -EPERM : 0;
}

static int arrange_fds(int control, int events)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Out of the way first: either may sit on the other's number. */
	control = fcntl(control, F_DUPFD_CLOEXEC, FIRST_SPARE_FD);
	events = fcntl(events, F_DUPFD_CLOEXEC, FIRST_SPARE_FD);
	if (null < 0 || control < 0 || events < 0)
		return cf_errno_negative();
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(control, CF_API_CONTROL_FD) < 0 || dup2(events, CF_API_EVENTS_FD) < 0)
		return cf_errno_negative();
	return close_range(CF_API_EVENTS_FD + 1, ~0U, 0) < 0 ? cf_errno_negative() : 0;
}

static void reset_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with these arguments */
}

/* In the child; returns only on failure. */
static int become_api(const struct cf_front_options *options, struct user user, int control,
		      int events)
{
	/* execve(2) takes them as they are; none is changed. */
	char *const arguments[] = {(char *)(uintptr_t)options->program,
				   (char *)(uintptr_t) "--data-dir",
				   (char *)(uintptr_t)options->data_directory, NULL};
	static const char *const kept[] = {"JOURNAL_STREAM", "COFFERDAM_DEBUG"};
	char *saved[sizeof(kept) / sizeof(kept[0])];
	int r;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		saved[i] = getenv(kept[i]);
	(void)clearenv(); /* cannot fail: it only drops the list */
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (saved[i] && setenv(kept[i], saved[i], 1) < 0)
			return cf_errno_negative();
	}
	reset_signals();
	r = arrange_fds(control, events);
	if (r == 0)
		r = drop_rights(user);
	if (r < 0)
		return r;
	(void)execv(options->program, arguments);
	return cf_errno_negative();
}

int cf_spawn_api(const struct cf_front_options *options, int control, int events, pid_t *ret_pid)
{
	struct user user = find_user();
	pid_t pid = fork();

	if (pid < 0)
		return cf_errno_negative();
	if (pid == 0) {
		int r = become_api(options, user, control, events);

		cf_log(LOG_ERR, "cannot become '%s': %s", options->program, strerror(-r));
		_exit(EXIT_FAILURE);
	}
	*ret_pid = pid;
	return 0;
}
