/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cofferdamd --probe`: what this host has and lacks, for `cofferdam doctor`
 * where no daemon is up. Lines of fields with tabs between them:
 *
 *	finding	<ok|missing|warning>	<name>	<found>	<hint>
 *	can-enforce	<yes|no>
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_PROBE_H
#define CF_DAEMON_PROBE_H

#include <stdbool.h>
#include <stdio.h>

/* Prints the report; whether the host can enforce. */
bool cf_probe_print(FILE *stream);

#endif /* CF_DAEMON_PROBE_H */
