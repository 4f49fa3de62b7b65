/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what `cofferdamd --probe` prints (daemon/probe.h). Pure.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_PROBE_TEXT_H
#define CF_CLI_PROBE_TEXT_H

#include <jansson.h>

/* The report as {"can_enforce":, "findings":[...]} like the API's; NULL if it is not such a report. */
json_t *cf_probe_text_parse(const char *text);

#endif /* CF_CLI_PROBE_TEXT_H */
