/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"

#define CHUNK_BYTES 16384

void cf_fd_close(int *fd)
{
	int error = errno;

	if (*fd >= 0)
		/* close(2): the descriptor is gone whatever is returned, and nothing can be done. */
		(void)close(*fd);
	*fd = -1;
	errno = error;
}

int cf_fd_read_all(int fd, size_t max_size, char **ret_text, size_t *ret_size)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer buffer = {};
	char chunk[CHUNK_BYTES];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cf_errno_negative();
		if (n == 0)
			break;
		if ((size_t)n > max_size - buffer.size)
			return -EFBIG;
		cf_buffer_append(&buffer, chunk, (size_t)n);
	}
	return cf_buffer_steal(&buffer, ret_text, ret_size);
}

int cf_fd_write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cf_errno_negative();
		at += n;
		size -= (size_t)n;
	}
	return 0;
}
