/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host must have before anything is loaded.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_PROBE_H
#define CF_KERNEL_PROBE_H

struct cf_diag;

/**
 * cf_probe_host() - the first thing that this host lacks
 * @diag: what, and the next step; written on failure only
 *
 * Return: 0; -EPERM privileges; -EOPNOTSUPP anything else
 */
int cf_probe_host(struct cf_diag *diag);

#endif /* CF_KERNEL_PROBE_H */
