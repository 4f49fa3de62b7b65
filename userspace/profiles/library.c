/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "policy/diag.h"
#include "policy/name.h"
#include "policy/policy.h"
#include "profiles/library.h"

void cf_library_done(struct cf_library *library)
{
	cf_arena_done(&library->texts);
}

/* One file, if it is there. */
static int load(struct cf_library *library, const char *directory, const char *below,
		const char *name, const char **ret_text, size_t *ret_size)
{
	cf_auto_free char *text = NULL;
	cf_auto_fd int fd = -1;
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s%s.yaml", directory, below, name) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return cf_errno_negative();
	r = cf_fd_read_all(fd, CF_POLICY_MAX_SIZE, &text, ret_size);
	if (r < 0)
		return r;
	*ret_text = cf_arena_copy(&library->texts, text, *ret_size);
	return *ret_text ? 0 : -ENOMEM;
}

static int find_in(struct cf_library *library, const char *first, const char *second,
		   const char *name, const char **ret_file, const char **ret_text, size_t *ret_size)
{
	char file[CF_NAME_SIZE + sizeof(".yaml")];
	int r;

	if (!cf_policy_name_is_valid(name))
		return -ENOENT;
	r = load(library, CF_POLICY_DIRECTORY, "", name, ret_text, ret_size);
	if (r == -ENOENT)
		r = load(library, library->data_directory, first, name, ret_text, ret_size);
	if (r == -ENOENT && second)
		r = load(library, library->data_directory, second, name, ret_text, ret_size);
	if (r < 0)
		return r;
	(void)snprintf(file, sizeof(file), "%s.yaml", name);
	*ret_file = cf_arena_copy(&library->texts, file, strlen(file));
	return *ret_file ? 0 : -ENOMEM;
}

int cf_library_find(const char *name, void *userdata, const char **ret_file, const char **ret_text,
		    size_t *ret_size)
{
	return find_in(userdata, "packs/", "profiles/", name, ret_file, ret_text, ret_size);
}

int cf_library_parse(struct cf_library *library, const struct cf_policy_source *source,
		     struct cf_policy **ret_policy, struct cf_diag *diag)
{
	const char *file = source->file, *text = source->text;
	size_t size = source->size;

	if (source->name) {
		int r = find_in(library, "profiles/", NULL, source->name, &file, &text, &size);

		if (r < 0)
			return cf_diag_set(
				diag, r, "CF-A003", "", 0, 0,
				"name an installed policy, or a file with a '/' in its name",
				"no policy '%s' in '%s' or '%s/profiles': %s", source->name,
				CF_POLICY_DIRECTORY, library->data_directory, strerror(-r));
	}
	return cf_policy_parse(file, text, size, cf_library_find, library, ret_policy, diag);
}

int cf_library_compile(struct cf_library *library, const struct cf_policy_source *source,
		       const struct cf_policy_variables *variables, struct cf_layer **ret_layer,
		       struct cf_diag *diag)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	int r = cf_library_parse(library, source, &policy, diag);

	return r < 0 ? r : cf_policy_compile(policy, variables, ret_layer, diag);
}
