/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of cofferdamd and cofferdam-api: one line each on stderr, with
 * sd-daemon(3) priorities when the journal reads it. Control characters are
 * shown as '?', so that no value can forge a line.
 *
 * Layer 2 (wire).
 */
#ifndef CF_WIRE_LOG_H
#define CF_WIRE_LOG_H

#include <syslog.h>

struct cf_diag;

/* Call once, first; @program is borrowed and goes before each line that does not go to the journal. */
void cf_log_open(const char *program);

/* One line of priority LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG (shown with COFFERDAM_DEBUG=1). */
void cf_log(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "<what>: <code> <message>; <hint>" */
void cf_log_diag(int priority, const char *what, const struct cf_diag *diag);

#endif /* CF_WIRE_LOG_H */
