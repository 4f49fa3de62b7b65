/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "kernel/view.h"

#define AS_IT_IS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

static int check_mount(const char *path, uint32_t mount_id)
{
	struct statx status;

	if (mount_id == CF_VIEW_ANY_MOUNT)
		return 0;
	if (statx(AT_FDCWD, path, AS_IT_IS | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) < 0)
		return cf_errno_negative();
	return (status.stx_mask & STATX_MNT_ID) && status.stx_mnt_id == mount_id ? 0 : -ESTALE;
}

int cf_view_open(const char *path, uint32_t mount_id, int *ret_fd)
{
	cf_auto_fd int fd = -1;
	int r = check_mount(path, mount_id);

	if (r < 0)
		return r;
	fd = open_tree(AT_FDCWD, path, AS_IT_IS | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0 && errno == EINVAL) /* an unbindable mount */
		fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cf_errno_negative();
	/* A view has an id of its own: that it is of this mount is told by what is there before and after. */
	r = check_mount(path, mount_id);
	if (r == 0)
		*ret_fd = cf_steal_fd(&fd);
	return r;
}
