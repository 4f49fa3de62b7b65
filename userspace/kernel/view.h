/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at what is mounted without being in its administrator's way.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_VIEW_H
#define CF_KERNEL_VIEW_H

#include <stdint.h>

#define CF_VIEW_ANY_MOUNT 0U /* no mount's id */

/**
 * cf_view_open() - a view of its own of what a path shows, without what is mounted below it
 * @path:     no symbolic link at its end is followed, and nothing is mounted by looking
 * @mount_id: that shows it, as mountinfo has it; or CF_VIEW_ANY_MOUNT
 * @ret_fd:   owned by the caller; keeps the superblock alive, and the mount it was
 *            made of can be unmounted all the same: umount(2) would say EBUSY else
 *
 * Source: open_tree(2)
 *
 * Return: 0; -ESTALE another mount is there; other negative errno
 */
int cf_view_open(const char *path, uint32_t mount_id, int *ret_fd);

#endif /* CF_KERNEL_VIEW_H */
