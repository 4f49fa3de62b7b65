/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "wire/sealed.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* linux/memfd.h since 6.3; older kernels say EINVAL */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int cf_sealed_create(const char *name, const void *bytes, size_t size, int *ret_fd)
{
	cf_auto_fd int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	int r;

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return cf_errno_negative();
	r = cf_fd_write_all(fd, bytes, size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return cf_errno_negative();
	*ret_fd = cf_steal_fd(&fd);
	return 0;
}

static int read_at_start(int fd, char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cf_errno_negative();
		if (n == 0)
			return -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

int cf_sealed_read_layer(int fd, struct cf_layer **ret_layer, struct cf_diag *diag)
{
	cf_auto_free char *bytes = NULL;
	struct stat status;
	int seals, r;

	/* F_GET_SEALS fails for everything but memory files (fcntl(2)), so no read here can block. */
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return cf_diag_set(diag, -EBADMSG, "CF-D005", "", 0, 0, "",
				   "the policy's image is not a sealed memory file");
	if (fstat(fd, &status) < 0)
		return cf_diag_set(diag, cf_errno_negative(), "CF-D005", "", 0, 0, "",
				   "cannot tell the size of the policy's image");
	if (status.st_size < (off_t)sizeof(struct cf_layer) || status.st_size > CF_LAYER_MAX_SIZE)
		return cf_diag_set(diag, -EBADMSG, "CF-D005", "", 0, 0, "",
				   "the policy's image has %lld bytes, expected %zu to %u",
				   (long long)status.st_size, sizeof(struct cf_layer),
				   CF_LAYER_MAX_SIZE);
	bytes = malloc((size_t)status.st_size);
	if (!bytes)
		return cf_diag_set(diag, -ENOMEM, "CF-D005", "", 0, 0, "",
				   "no memory for the policy's image");
	r = read_at_start(fd, bytes, (size_t)status.st_size);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D005", "", 0, 0, "",
				   "cannot read the policy's image: %s", strerror(-r));
	r = cf_layer_check(bytes, (size_t)status.st_size, diag);
	if (r < 0)
		return r;
	*ret_layer = (struct cf_layer *)(void *)cf_steal_ptr(bytes);
	return 0;
}
