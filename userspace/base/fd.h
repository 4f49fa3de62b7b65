/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors: owning variables, and reads and writes that finish.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_FD_H
#define CF_BASE_FD_H

#include <stddef.h>

#include "base/cleanup.h"

/**
 * cf_fd_close() - close a descriptor if there is one
 * @fd: its variable; -1 (or any negative number) means none; -1 afterwards
 *
 * Keeps errno, so that it can stand between a failure and its report.
 */
void cf_fd_close(int *fd);

/* Owning descriptor; initialise it with -1 (or -EBADF). */
#define cf_auto_fd CF_CLEANUP(cf_fd_close)

/**
 * cf_fd_read_all() - read up to the end of file
 * @fd:       readable
 * @max_size: bytes; more is an error
 * @ret_text: malloc()ed, a NUL after the last byte; owned by the caller
 * @ret_size: bytes read, without that NUL
 *
 * Return: 0; -EFBIG more than @max_size; -ENOMEM; what read(2) gives
 */
int cf_fd_read_all(int fd, size_t max_size, char **ret_text, size_t *ret_size);

/**
 * cf_fd_write_all() - write everything, however many calls it takes
 * @fd: writable, blocking
 *
 * Return: 0; what write(2) gives
 */
int cf_fd_write_all(int fd, const void *bytes, size_t size);

#endif /* CF_BASE_FD_H */
