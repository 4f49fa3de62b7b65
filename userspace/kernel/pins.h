/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is pinned under CF_KERNEL_PIN_ROOT: where, whose, and taking it down.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_PINS_H
#define CF_KERNEL_PINS_H

struct cf_diag;

#define CF_STRINGIFY_VALUE(x) #x
#define CF_STRINGIFY(x)	      CF_STRINGIFY_VALUE(x)

#define CF_PINS_VERSION	      "v" CF_STRINGIFY(CF_ABI_MAJOR)
#define CF_PINS_LINKS	      CF_KERNEL_PIN_ROOT "/" CF_PINS_VERSION "/links"
#define CF_PINS_MAPS	      CF_KERNEL_PIN_ROOT "/" CF_PINS_VERSION "/maps"

/**
 * cf_pins_lock() - be the only daemon on the host
 * @ret_lock_fd: held until closed; owned by the caller
 * @diag:        names the pid of the other; written on failure only
 *
 * Return: 0; -EBUSY another one runs; other negative errno
 */
int cf_pins_lock(int *ret_lock_fd, struct cf_diag *diag);

/* Makes the directories that pins go to, for root only. */
int cf_pins_make(struct cf_diag *diag);

/**
 * cf_pins_clear_old() - take down what a former daemon left, if nobody needs it
 *
 * Return: 0; -EBUSY tasks of its agents live, or it was another version; other negative errno
 */
int cf_pins_clear_old(struct cf_diag *diag);

/* Unpins everything, of all versions: what nobody else holds is detached and freed. */
int cf_pins_remove(struct cf_diag *diag);

#endif /* CF_KERNEL_PINS_H */
