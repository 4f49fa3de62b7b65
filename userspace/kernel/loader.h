/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of the BPF object: open, load, attach, pin. The only files that
 * see the skeleton.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_LOADER_H
#define CF_KERNEL_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

struct cf_diag;
struct cf_loader;
struct cf_maps;

/**
 * cf_loader_open() - open the object and find out which of its programs this kernel can have
 * @ret_loader: owned by the caller (cf_loader_free())
 * @diag:       written on failure only; may be NULL
 *
 * Loads nothing.
 *
 * Return: 0; -EOPNOTSUPP a hook is missing: @ret_loader is given all the same,
 *         for its list of hooks; other negative errno
 */
int cf_loader_open(struct cf_loader **ret_loader, struct cf_diag *diag);

/* Loads maps and programs. @diag holds the verifier's last word. */
int cf_loader_load(struct cf_loader *loader, struct cf_diag *diag);

/* Attaches every loaded program but iterators and those on demand. */
int cf_loader_attach(struct cf_loader *loader, struct cf_diag *diag);

/* Attaches and pins a program on demand, or detaches it. What is so already is fine. */
int cf_loader_set_attached(struct cf_loader *loader, const char *program, bool is_wanted,
			   struct cf_diag *diag);

bool cf_loader_is_attached(const struct cf_loader *loader, const char *program);

/* Pins links and maps in directories that exist. */
int cf_loader_pin(struct cf_loader *loader, struct cf_diag *diag);

/* Detaches what is not pinned, frees the rest. */
void cf_loader_free(struct cf_loader **loader);

/* Descriptors and addresses, valid as long as the loader is; after loading. */
void cf_loader_maps(const struct cf_loader *loader, struct cf_maps *ret_maps);

/* The descriptor of program cf_identify; after loading. */
int cf_loader_identify_fd(const struct cf_loader *loader);

const struct cf_kernel_hook *cf_loader_hooks(const struct cf_loader *loader, size_t *ret_n);

#endif /* CF_KERNEL_LOADER_H */
