/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer images between the two processes: in memfds that are sealed against
 * every change, so that what was checked is what is used.
 *
 * Layer 2 (wire).
 */
#ifndef CF_WIRE_SEALED_H
#define CF_WIRE_SEALED_H

#include <stddef.h>

struct cf_diag;
struct cf_layer;

/**
 * cf_sealed_create() - bytes in a sealed memfd
 * @name:   shown in /proc/PID/fd
 * @ret_fd: on success, owned by the caller
 *
 * Return: 0; negative errno
 */
int cf_sealed_create(const char *name, const void *bytes, size_t size, int *ret_fd);

/**
 * cf_sealed_read_layer() - a private, checked copy of a layer from the other side
 * @fd:        descriptor as received; may be anything
 * @ret_layer: on success, malloc()ed, owned by the caller
 * @diag:      what is wrong; written on failure only
 *
 * Return: 0; -EBADMSG not a sealed memfd, or not a sound layer; -ENOMEM; other negative errno
 */
int cf_sealed_read_layer(int fd, struct cf_layer **ret_layer, struct cf_diag *diag);

#endif /* CF_WIRE_SEALED_H */
