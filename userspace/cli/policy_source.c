/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "cli/policy_source.h"
#include "policy/diag.h"
#include "policy/policy.h"

static bool has_end(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

bool cf_policy_source_is_file(const char *name)
{
	return strchr(name, '/') != NULL || has_end(name, ".yaml") || has_end(name, ".yml");
}

int cf_policy_source_read(const char *name, bool is_file, struct cf_policy_source *ret_source,
			  char **ret_text, struct cf_diag *diag)
{
	cf_auto_fd int fd = -1;
	int r = 0;

	*ret_text = NULL;
	*ret_source = (struct cf_policy_source){};
	if (!is_file) {
		ret_source->name = name;
		return 0;
	}
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		r = cf_errno_negative();
	if (r == 0)
		r = cf_fd_read_all(fd, CF_POLICY_MAX_SIZE, ret_text, &ret_source->size);
	if (r < 0)
		return cf_diag_set(diag, r, "", "", 0, 0, "", "cannot read the policy '%s': %s",
				   name, strerror(-r));
	ret_source->file = name;
	ret_source->text = *ret_text;
	return 0;
}

static int find_workspace(const char *workspace, struct cf_surroundings *place,
			  struct cf_diag *diag)
{
	static const char hint[] = "name the folder that the agent works in with '-w DIR'";
	cf_auto_free char *real = realpath(workspace ? workspace : ".", NULL);
	struct stat status;

	if (!real)
		return cf_diag_set(diag, cf_errno_negative(), "", "", 0, 0, hint,
				   "no workspace '%s': %s", workspace ? workspace : ".",
				   strerror(errno));
	if (stat(real, &status) < 0 || !S_ISDIR(status.st_mode))
		return cf_diag_set(diag, -ENOTDIR, "", "", 0, 0, hint,
				   "the workspace '%s' is not a folder", real);
	if (strcmp(real, "/") == 0)
		return cf_diag_set(diag, -EINVAL, "", "", 0, 0, hint,
				   "the workspace must not be '/', which is everything");
	if (strlen(real) >= sizeof(place->workspace))
		return cf_diag_set(diag, -ENAMETOOLONG, "", "", 0, 0, hint,
				   "the path of the workspace is too long");
	(void)snprintf(place->workspace, sizeof(place->workspace), "%s", real);
	return 0;
}

/* A folder's real path, or the text as it is if there is none: rules hold for what does not exist yet. */
static bool copy_real(char *target, size_t size, const char *path)
{
	cf_auto_free char *real = realpath(path, NULL);
	const char *chosen = real ? real : path;

	return (size_t)snprintf(target, size, "%s", chosen) < size;
}

static int find_home(struct cf_surroundings *place, struct cf_diag *diag)
{
	const struct passwd *entry = getpwuid(getuid());
	const char *home = getenv("HOME");

	if (!home || home[0] != '/')
		home = entry ? entry->pw_dir : NULL;
	if (!home || home[0] != '/' || strcmp(home, "/") == 0 ||
	    !copy_real(place->home, sizeof(place->home), home))
		return cf_diag_set(diag, -ENXIO, "", "", 0, 0,
				   "set HOME to the folder whose credentials are to be kept",
				   "the home of user %u is not known", getuid());
	if (entry)
		(void)snprintf(place->user, sizeof(place->user), "%s", entry->pw_name);
	else
		(void)snprintf(place->user, sizeof(place->user), "%u", getuid());
	return 0;
}

bool cf_tmpdir_is_usable(const char *tmpdir)
{
	return tmpdir && tmpdir[0] == '/' && strcmp(tmpdir, "/") != 0;
}

int cf_surroundings_find(const char *workspace, struct cf_surroundings *ret_place,
			 struct cf_diag *diag)
{
	const char *tmp = getenv("TMPDIR");
	int r = find_workspace(workspace, ret_place, diag);

	if (r == 0)
		r = find_home(ret_place, diag);
	if (r < 0)
		return r;
	if (!cf_tmpdir_is_usable(tmp))
		tmp = "/tmp";
	if (!copy_real(ret_place->tmp, sizeof(ret_place->tmp), tmp))
		return cf_diag_set(diag, -ENAMETOOLONG, "", "", 0, 0, "set TMPDIR to a shorter one",
				   "the path of the temporary folder is too long");
	return 0;
}

void cf_surroundings_variables(const struct cf_surroundings *place, const char *agent,
			       struct cf_policy_variables *ret_variables)
{
	*ret_variables = (struct cf_policy_variables){
		.workspace = place->workspace,
		.home = place->home,
		.user = place->user,
		.agent = agent,
		.tmp = place->tmp,
	};
}
