/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/event_decode.h"
#include "kernel/mountinfo.h"

/* include/linux/kdev_t.h: MINORBITS */
#define MINOR_BITS 20

/* All names fit: each is followed by a NUL there and led by a slash here. */
#define INNER_BYTES (CF_EVENT_NAMES_SIZE + 2)

/* The start of the last name before @end. */
static size_t name_before(const char *names, size_t end)
{
	size_t start = end - 1;

	while (start > 0 && names[start - 1] != '\0')
		start--;
	return start;
}

/* The path inside the superblock, "/" at least. */
static void turn_round(const struct cf_event_object *object, char inner[static INNER_BYTES])
{
	size_t end = object->size, at = 0;

	while (end > 0) {
		size_t start = name_before(object->names, end);

		inner[at++] = '/';
		for (size_t i = start; i < end - 1; i++)
			inner[at++] = (char)(object->names[i] == '/' ? '?' : object->names[i]);
		end = start;
	}
	if (at == 0)
		inner[at++] = '/';
	inner[at] = '\0';
}

/* Bytes of @root if it is a leading part of @inner that ends between components, else -1. */
static ssize_t leading_part(const char *root, const char *inner)
{
	size_t length = strlen(root);

	if (strcmp(root, "/") == 0)
		return 0;
	if (strncmp(root, inner, length) != 0 || (inner[length] != '/' && inner[length] != '\0'))
		return -1;
	return (ssize_t)length;
}

/*
 * The first mount that shows the whole superblock: that is how rules name its
 * files, whatever else is bound elsewhere. Without one, the closest.
 */
static const struct cf_mount *best_mount(const struct cf_mountinfo *info, uint32_t dev,
					 const char *inner, size_t *ret_length)
{
	const struct cf_mount *best = NULL;
	ssize_t best_length = -1;

	for (size_t i = 0; i < info->n_mounts; i++) {
		const struct cf_mount *mount = &info->mounts[i];
		ssize_t length;

		if (mount->dev != dev)
			continue;
		length = leading_part(mount->root, inner);
		if (length == 0) {
			*ret_length = 0;
			return mount;
		}
		if (length > best_length) {
			best = mount;
			best_length = length;
		}
	}
	*ret_length = best ? (size_t)best_length : 0;
	return best;
}

void cf_event_path(const struct cf_mountinfo *info, const struct cf_event_object *object,
		   char buffer[static CF_EVENT_PATH_BYTES])
{
	struct cf_event_object whole = *object;
	const struct cf_mount *mount;
	char inner[INNER_BYTES];
	const char *rest;
	size_t length;
	int n;

	if (whole.size > CF_EVENT_NAMES_SIZE)
		whole.size = 0;
	turn_round(&whole, inner);
	if (object->is_truncated) {
		n = snprintf(buffer, CF_EVENT_PATH_BYTES, "...%s", inner);
	} else if ((mount = best_mount(info, object->dev, inner, &length))) {
		bool is_top = strcmp(mount->point, "/") == 0;

		rest = inner + length;
		/* "/" + "/a" is "/a", "/mnt" + "/" is "/mnt". */
		if (strcmp(rest, "/") == 0)
			rest = "";
		n = snprintf(buffer, CF_EVENT_PATH_BYTES, "%s%s",
			     is_top && *rest ? "" : mount->point, rest);
	} else {
		n = snprintf(buffer, CF_EVENT_PATH_BYTES, "(device %u:%u)%s",
			     object->dev >> MINOR_BITS, object->dev & ((1U << MINOR_BITS) - 1),
			     inner);
	}
	/* A mount point is a path of its own and may be as long as it likes: keep the end. */
	if (n < 0 || n >= CF_EVENT_PATH_BYTES)
		(void)snprintf(buffer, CF_EVENT_PATH_BYTES, "...%s", inner);
}
