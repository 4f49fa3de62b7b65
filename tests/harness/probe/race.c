/* SPDX-License-Identifier: Apache-2.0 */
/* Races: one process hunts for a secret while another one moves things about. */
#include "probe.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET	  "SECRET"
#define PATH_SIZE 512
#define RACE_TIME 1200 /* seconds that a race may take */

enum sight { ABSENT, DENIED, PUBLIC, FOUND };

static enum sight look(const char *path)
{
	char text[sizeof(SECRET)] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno == EACCES ? DENIED : ABSENT;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return ABSENT;
	return strcmp(text, SECRET) == 0 ? FOUND : PUBLIC;
}

/* STOP PATH...: reads the files until one of them shows the secret, or STOP is there */
static int op_hunt(char *args[])
{
	unsigned long counts[4] = {0};

	(void)alarm(RACE_TIME);
	(void)prctl(PR_SET_NAME,
		    "hunter"); /* for programs that are built to fail it now and then */
	for (unsigned int round = 0; counts[FOUND] == 0; round++) {
		for (char **path = args + 1; *path; path++)
			counts[look(*path)]++;
		if (round % 16 == 0 && access(args[0], F_OK) == 0)
			break;
	}
	(void)snprintf(state.detail, sizeof(state.detail), "absent %lu, denied %lu, public %lu",
		       counts[ABSENT], counts[DENIED], counts[PUBLIC]);
	return counts[FOUND] ? 0 : -EACCES;
}

/* The rest of the row in a child that nobody waits for. */
static int op_background(char *args[])
{
	int n = 0;

	while (args[n])
		n++;
	(void)signal(SIGCHLD, SIG_IGN);
	switch (fork()) {
	case -1:
		return -errno;
	case 0:
		_exit(run_row(args, n) < 0);
	default:
		return 0;
	}
}

static int replace_link(const char *target, const char *path)
{
	char name[PATH_SIZE];

	(void)snprintf(name, sizeof(name), "%s.new", path);
	(void)unlink(name);
	if (symlink(target, name) < 0)
		return -errno;
	return result_of(rename(name, path));
}

static int write_file(const char *directory, const char *name, const char *text)
{
	char path[PATH_SIZE];
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = result_of(write(fd, text, strlen(text)));
	(void)close(fd);
	return r;
}

/* LINK TARGET TARGET */
static int churn_symlinks(char *args[])
{
	int r = replace_link(args[1], args[0]);

	return r < 0 ? r : replace_link(args[2], args[0]);
}

static int churn_exchange(char *args[])
{
	return result_of(renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1], RENAME_EXCHANGE));
}

static int churn_rename(char *args[])
{
	return rename(args[0], args[1]) < 0 ? -errno : result_of(rename(args[1], args[0]));
}

static int churn_link(char *args[])
{
	return link(args[0], args[1]) < 0 ? -errno : result_of(unlink(args[1]));
}

/* OPEN CLOSED: a tree moves back and forth, and holds the secret only while it is in CLOSED */
static int churn_tree(char *args[])
{
	char here[PATH_SIZE], there[PATH_SIZE], inner[PATH_SIZE + 8];
	int r;

	(void)snprintf(here, sizeof(here), "%s/tree", args[0]);
	(void)snprintf(there, sizeof(there), "%s/tree", args[1]);
	(void)snprintf(inner, sizeof(inner), "%s/a/b", there);
	r = rename(here, there) < 0 ? -errno : write_file(there, "s", SECRET);
	if (r == 0)
		r = write_file(inner, "s", SECRET);
	if (r == 0)
		r = unlinkat(AT_FDCWD, strcat(inner, "/s"), 0) < 0 ? -errno : 0;
	(void)snprintf(inner, sizeof(inner), "%s/s", there);
	if (r == 0)
		r = unlink(inner) < 0 ? -errno : 0;
	return r < 0 ? r : result_of(rename(there, here));
}

/* DIRECTORY: something else is mounted there, with the secret in it */
static int churn_mount(char *args[])
{
	int r = result_of(mount("race", args[0], "tmpfs", 0, NULL));

	if (r == 0)
		r = write_file(args[0], "s", SECRET);
	(void)sched_yield(); /* on one CPU nobody else would ever see it */
	return r < 0 ? r : result_of(umount2(args[0], MNT_DETACH));
}

static const struct churn {
	const char *name;
	int (*run)(char *args[]);
} churns[] = {
	{"symlinks", churn_symlinks}, {"exchange", churn_exchange}, {"rename", churn_rename},
	{"link", churn_link},	      {"tree", churn_tree},	    {"mount", churn_mount},
};

/* Whoever hunts waits for it. */
static void make_stop(const char *path)
{
	int fd;

	while ((fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) < 0 && errno == EACCES)
		(void)sched_yield();
	(void)close(fd);
}

/*
 * STOP ROUNDS KIND ARGUMENT...: then makes the file STOP. On 6.1 with full
 * preemption a confined task is refused what it may do now and then, for want of
 * storage: a round less.
 */
static int op_churn(char *args[])
{
	long rounds, n_refused = 0;
	int r = RESULT_MISUSE;

	if (!parse_number(args[1], &rounds))
		return RESULT_MISUSE;
	(void)alarm(RACE_TIME);
	for (size_t i = 0; i < sizeof(churns) / sizeof(churns[0]); i++) {
		if (strcmp(churns[i].name, args[2]) != 0)
			continue;
		r = 0;
		for (long round = 0; r == 0 && round < rounds; round++) {
			r = churns[i].run(args + 3);
			if (r == -EACCES && ++n_refused <= rounds / 10)
				r = 0;
		}
	}
	make_stop(args[0]);
	return r;
}

const struct operation race_operations[] = {
	{"hunt", -1, op_hunt},
	{"background", -1, op_background},
	{"churn", -1, op_churn},
	{0},
};
