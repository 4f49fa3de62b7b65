/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errno helpers. Functions that can fail return a negative errno.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_ERROR_H
#define CF_BASE_ERROR_H

#include <errno.h>

/* errno as a negative error; -EIO if a failed call left none, so that a failure never reads as success. */
static inline int cf_errno_negative(void)
{
	return errno > 0 ? -errno : -EIO;
}

#endif /* CF_BASE_ERROR_H */
