/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version that all three programs report. The build may set it.
 *
 * Layer 3 (daemon); the api process and the command line include it as well.
 */
#ifndef CF_DAEMON_VERSION_H
#define CF_DAEMON_VERSION_H

#ifndef CF_VERSION
#define CF_VERSION "0.1.0"
#endif

#endif /* CF_DAEMON_VERSION_H */
