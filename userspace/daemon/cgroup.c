/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/cgroup.h"
#include "policy/diag.h"

#define CGROUP_TEXT_MAX (1U << 20)

int cf_cgroup_check_host(struct cf_diag *diag)
{
	struct statfs status;

	if (statfs(CF_CGROUP_ROOT, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC)
		return 0;
	return cf_diag_set(diag, -EOPNOTSUPP, "CF-D008", "", 0, 0,
			   "boot with 'systemd.unified_cgroup_hierarchy=1', or mount cgroup2 there",
			   "'%s' is not a cgroup v2 mount", CF_CGROUP_ROOT);
}

int cf_cgroup_open(const char *path, int *ret_fd)
{
	char full[CF_CGROUP_PATH_SIZE + sizeof(CF_CGROUP_ROOT)];
	int fd;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", CF_CGROUP_ROOT, path) >= sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cf_errno_negative();
	*ret_fd = fd;
	return 0;
}

int cf_cgroup_id(const char *path, uint64_t *ret_id)
{
	cf_auto_fd int fd = -1;
	struct stat status;
	int r = cf_cgroup_open(path, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0)
		return cf_errno_negative();
	*ret_id = status.st_ino;
	return 0;
}

static int read_file(int directory_fd, const char *file, char **ret_text)
{
	cf_auto_fd int fd = openat(directory_fd, file, O_RDONLY | O_CLOEXEC);
	size_t size;

	if (fd < 0)
		return cf_errno_negative();
	return cf_fd_read_all(fd, CGROUP_TEXT_MAX, ret_text, &size);
}

int cf_cgroup_is_populated(const char *path, bool *ret_populated)
{
	cf_auto_fd int fd = -1;
	cf_auto_free char *text = NULL;
	int r = cf_cgroup_open(path, &fd);

	if (r == 0)
		r = read_file(fd, "cgroup.events", &text);
	/* ENODEV: removed while it was being read. */
	if (r == -ENOENT || r == -ENODEV) {
		*ret_populated = false;
		return 0;
	}
	if (r < 0)
		return r;
	*ret_populated = strstr(text, "populated 0") == NULL;
	return 0;
}

static uint32_t count_lines(const char *text)
{
	uint32_t n = 0;

	for (const char *at = strchr(text, '\n'); at; at = strchr(at + 1, '\n'))
		n++;
	return n;
}

/* A directory stream of the descriptor's directory; the descriptor stays the caller's. */
static DIR *list(int directory_fd)
{
	int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory && fd >= 0)
		cf_fd_close(&fd);
	return directory;
}

static void close_list(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
	*directory = NULL;
}

static bool is_child(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static uint32_t count_below(int directory_fd, unsigned int depth)
{
	CF_CLEANUP(close_list) DIR *directory = list(directory_fd);
	cf_auto_free char *text = NULL;
	uint32_t n = 0;

	if (read_file(directory_fd, "cgroup.procs", &text) == 0)
		n = count_lines(text);
	if (!directory || depth == 0)
		return n;
	for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
		cf_auto_fd int fd = -1;

		if (!is_child(entry))
			continue;
		fd = openat(directory_fd, entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			n += count_below(fd, depth - 1);
	}
	return n;
}

uint32_t cf_cgroup_count(const char *path)
{
	cf_auto_fd int fd = -1;

	return cf_cgroup_open(path, &fd) < 0 ? 0 : count_below(fd, CF_CGROUP_COUNT_DEPTH);
}

int cf_cgroup_write(int directory_fd, const char *file, const char *text)
{
	cf_auto_fd int fd = openat(directory_fd, file, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? cf_errno_negative() : cf_fd_write_all(fd, text, strlen(text));
}

static int remove_below(int directory_fd, unsigned int depth)
{
	CF_CLEANUP(close_list) DIR *directory = list(directory_fd);

	if (!directory || depth == 0)
		return -ENOTEMPTY;
	for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
		cf_auto_fd int fd = -1;

		if (!is_child(entry))
			continue;
		fd = openat(directory_fd, entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		/* What cannot be removed makes the removal of its parent fail, which is reported. */
		if (fd >= 0)
			(void)remove_below(fd, depth - 1);
		(void)unlinkat(directory_fd, entry->d_name, AT_REMOVEDIR);
	}
	return 0;
}

int cf_cgroup_remove(const char *path)
{
	char full[CF_CGROUP_PATH_SIZE + sizeof(CF_CGROUP_ROOT)];
	cf_auto_fd int fd = -1;
	int r = cf_cgroup_open(path, &fd);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	(void)remove_below(fd, CF_CGROUP_COUNT_DEPTH);
	(void)snprintf(full, sizeof(full), "%s%s", CF_CGROUP_ROOT, path);
	return rmdir(full) < 0 && errno != ENOENT ? cf_errno_negative() : 0;
}
