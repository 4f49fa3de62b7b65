/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/mountinfo.h"

/* include/linux/kdev_t.h: MINORBITS */
#define MINOR_BITS 20
#define MAX_MAJOR  ((1U << (32 - MINOR_BITS)) - 1)
#define MAX_MINOR  ((1U << MINOR_BITS) - 1)

/* fs/seq_file.c mangle_path(): space, tab, newline, backslash (and '#') become \ooo. */
static int unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned int byte = 0;

		if (*from != '\\') {
			*to = *from++;
			continue;
		}
		from++;
		for (int i = 0; i < 3; i++, from++) {
			if (*from < '0' || *from > '7')
				return -EBADMSG;
			byte = byte * 8 + (unsigned int)(*from - '0');
		}
		if (byte == 0 || byte > 255)
			return -EBADMSG;
		*to = (char)byte;
	}
	*to = '\0';
	return 0;
}

static int parse_id(const char *field, uint32_t max, uint32_t *ret_id)
{
	uint64_t number;

	if (!field || cf_number_parse(field, 0, max, &number) < 0)
		return -EBADMSG;
	*ret_id = (uint32_t)number;
	return 0;
}

static int parse_device(char *field, uint32_t *ret_dev)
{
	uint32_t major, minor;
	char *colon = field ? strchr(field, ':') : NULL;

	if (!colon)
		return -EBADMSG;
	*colon = '\0';
	if (parse_id(field, MAX_MAJOR, &major) < 0 || parse_id(colon + 1, MAX_MINOR, &minor) < 0)
		return -EBADMSG;
	*ret_dev = major << MINOR_BITS | minor;
	return 0;
}

static int parse_line(char *line, struct cf_mount *ret_mount)
{
	struct cf_mount mount = {};
	char *field, *root, *point, *fs_type;

	if (parse_id(strsep(&line, " "), INT32_MAX, &mount.id) < 0 ||
	    parse_id(strsep(&line, " "), INT32_MAX, &mount.parent) < 0 ||
	    parse_device(strsep(&line, " "), &mount.dev) < 0)
		return -EBADMSG;
	root = strsep(&line, " ");
	point = strsep(&line, " ");
	/* Options, then any number of optional fields up to a lone "-". */
	do {
		field = strsep(&line, " ");
		if (!field)
			return -EBADMSG;
	} while (strcmp(field, "-") != 0);
	fs_type = strsep(&line, " ");
	if (!root || !point || !fs_type || !*fs_type)
		return -EBADMSG;
	/* A root may be odd ("net:[4026531833]", or "/x//deleted"), a mount point may not. */
	if (!*root || point[0] != '/' || unescape(root) < 0 || unescape(point) < 0 ||
	    unescape(fs_type) < 0)
		return -EBADMSG;
	mount.root = root;
	mount.point = point;
	mount.fs_type = fs_type;
	*ret_mount = mount;
	return 0;
}

int cf_mountinfo_parse(char *text, struct cf_mountinfo *ret_info)
{
	cf_auto_free char *owned = text;
	CF_ARRAY(struct cf_mount) mounts = {};
	char *rest = text, *line;
	size_t n_skipped = 0;

	while ((line = strsep(&rest, "\n"))) {
		struct cf_mount mount;

		if (!*line && !rest)
			break;
		if (parse_line(line, &mount) < 0) {
			n_skipped++;
		} else if (cf_array_push(&mounts, mount) < 0) {
			free(mounts.items);
			return -ENOMEM;
		}
	}
	*ret_info = (struct cf_mountinfo){.text = cf_steal_ptr(owned),
					  .mounts = mounts.items,
					  .n_mounts = mounts.n_items,
					  .n_skipped = n_skipped};
	return 0;
}

void cf_mountinfo_done(struct cf_mountinfo *info)
{
	free(info->text);
	free(info->mounts);
	*info = (struct cf_mountinfo){};
}

const struct cf_mount *cf_mountinfo_find(const struct cf_mountinfo *info, uint32_t id)
{
	for (size_t i = 0; i < info->n_mounts; i++)
		if (info->mounts[i].id == id)
			return &info->mounts[i];
	return NULL;
}
