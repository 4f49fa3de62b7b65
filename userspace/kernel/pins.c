/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/codes.h"
#include "kernel/kernel.h"
#include "kernel/pins.h"
#include "kernel/tasks.h"
#include "policy/diag.h"

#define RUN_DIRECTORY "/run/cofferdam"
#define LOCK_PATH     RUN_DIRECTORY "/lock"
#define RELEASE_HINT  "end the agents, or run 'cofferdamd --release-all' to lift all confinement"

#define MAX_PIN_DEPTH 4 /* root, version, kind, pin */

/* ------------------------------------------------------------------ lock */

/* Who holds the lock: only for the message. */
static void read_pid(int fd, char text[static 16])
{
	ssize_t n = pread(fd, text, 15, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strspn(text, "0123456789")] = '\0';
	if (!*text)
		(void)snprintf(text, 16, "unknown");
}

int cf_pins_lock(int *ret_lock_fd, struct cf_diag *diag)
{
	cf_auto_fd int fd = -1;
	char text[16];
	int n;

	if (mkdir(RUN_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return cf_diag_set(diag, cf_errno_negative(), CF_K_SETUP, "", 0, 0, "",
				   "cannot make '%s': %s", RUN_DIRECTORY, strerror(errno));
	fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return cf_diag_set(diag, cf_errno_negative(), CF_K_SETUP, "", 0, 0, "",
				   "cannot open '%s': %s", LOCK_PATH, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		read_pid(fd, text);
		return cf_diag_set(diag, -EBUSY, CF_K_SECOND_DAEMON, "", 0, 0,
				   "stop it first: 'systemctl stop cofferdamd', or kill that pid",
				   "another cofferdamd runs, pid %s", text);
	}
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	/* The number is for people only. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
	*ret_lock_fd = cf_steal_fd(&fd);
	return 0;
}

/* ---------------------------------------------------------------- making */

int cf_pins_make(struct cf_diag *diag)
{
	static const char *const directories[] = {
		CF_KERNEL_PIN_ROOT,
		CF_KERNEL_PIN_ROOT "/" CF_PINS_VERSION,
		CF_PINS_LINKS,
		CF_PINS_MAPS,
	};

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (mkdir(directories[i], 0700) < 0 && errno != EEXIST)
			return cf_diag_set(diag, cf_errno_negative(), CF_K_PIN, "", 0, 0, "",
					   "cannot make '%s': %s", directories[i], strerror(errno));
	return 0;
}

/* -------------------------------------------------------------- removing */

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* nothing was written */
}

static int remove_below(int parent, const char *name, int depth);

static int remove_entries(DIR *directory, int depth)
{
	const struct dirent *entry;
	int first = 0, r;

	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = remove_below(dirfd(directory), entry->d_name, depth + 1);
		if (r < 0 && first == 0)
			first = r;
	}
	return first ? first : -errno;
}

/* Removes a pin, or a directory of pins. Goes on after a failure and returns the first one. */
static int remove_below(int parent, const char *name, int depth)
{
	CF_CLEANUP(close_directory) DIR *directory = NULL;
	cf_auto_fd int fd = -1;
	int first;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return cf_errno_negative();
	if (depth >= MAX_PIN_DEPTH)
		return -ELOOP;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cf_errno_negative();
	directory = fdopendir(fd);
	if (!directory)
		return cf_errno_negative();
	(void)cf_steal_fd(&fd); /* closedir() closes it */
	first = remove_entries(directory, depth);
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && first == 0)
		first = cf_errno_negative();
	return first;
}

int cf_pins_remove(struct cf_diag *diag)
{
	int r = remove_below(AT_FDCWD, CF_KERNEL_PIN_ROOT, 0);

	if (r < 0)
		return cf_diag_set(diag, r, CF_K_UNPIN, "", 0, 0,
				   "remove it by hand: 'rm -r " CF_KERNEL_PIN_ROOT "'",
				   "cannot remove '%s': %s", CF_KERNEL_PIN_ROOT, strerror(-r));
	return 0;
}

/* ------------------------------------------------------- a former daemon */

/* Only our own version's maps can be read. */
static int find_other_version(char name[static NAME_MAX + 1])
{
	CF_CLEANUP(close_directory) DIR *directory = opendir(CF_KERNEL_PIN_ROOT);
	const struct dirent *entry;

	*name = '\0';
	if (!directory)
		return errno == ENOENT ? 0 : cf_errno_negative();
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, CF_PINS_VERSION) == 0)
			continue;
		(void)snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		return 0;
	}
	return -errno;
}

/* A pin that is not there means that its owner never came as far as having agents. */
static int open_pin(const char *path, int *ret_fd)
{
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	*ret_fd = fd;
	return 0;
}

static int find_live(bool *ret_is_live)
{
	cf_auto_fd int cgroups = -1;
	cf_auto_fd int tasks = -1;
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	bool is_live = false;
	int r;

	r = open_pin(CF_PINS_MAPS "/cf_cgroups", &cgroups);
	if (r == 0)
		r = open_pin(CF_PINS_MAPS "/cf_tasks", &tasks);
	if (r == 0 && cgroups >= 0)
		r = cf_cgroups_find(cgroups, CF_AGENT_ANY, &is_live);
	if (r == 0 && tasks >= 0 && !is_live) {
		r = bpf_obj_get_info_by_fd(tasks, &info, &size);
		if (r == 0 && info.value_size < sizeof(struct cf_label))
			r = -EBADMSG;
		if (r == 0)
			r = cf_tasks_find(tasks, info.value_size, CF_AGENT_ANY, 0, &is_live);
	}
	if (r < 0)
		return r;
	*ret_is_live = is_live;
	return 0;
}

int cf_pins_clear_old(struct cf_diag *diag)
{
	bool is_live = false;
	char other[NAME_MAX + 1];
	int r;

	r = find_other_version(other);
	if (r == 0 && *other)
		return cf_diag_set(diag, -EBUSY, CF_K_OTHER_VERSION, "", 0, 0, RELEASE_HINT,
				   "'%s/%s' was pinned by another version of cofferdam",
				   CF_KERNEL_PIN_ROOT, other);
	if (r == 0)
		r = find_live(&is_live);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_UNPIN, "", 0, 0, RELEASE_HINT,
				   "cannot read what a former cofferdamd pinned in '%s': %s",
				   CF_KERNEL_PIN_ROOT, strerror(-r));
	if (is_live)
		return cf_diag_set(diag, -EBUSY, CF_K_AGENTS_ALIVE, "", 0, 0, RELEASE_HINT,
				   "agents of a former cofferdamd are still running, and confined");
	return cf_pins_remove(diag);
}
