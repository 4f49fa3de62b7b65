/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version that all three programs report. The build may set it.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_VERSION_H
#define CF_BASE_VERSION_H

#ifndef CF_VERSION
#define CF_VERSION "0.1.0"
#endif

#endif /* CF_BASE_VERSION_H */
