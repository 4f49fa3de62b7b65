/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time as the API writes them. Layer 3 (api).
 */
#ifndef CF_API_TIMESTAMP_H
#define CF_API_TIMESTAMP_H

#include <stdint.h>

#define CF_TIME_TEXT_SIZE 32

/* RFC 3339 in UTC with microseconds, "2026-11-21T14:03:12.000412Z"; returns @buffer. Pure. */
const char *cf_time_format(uint64_t realtime_us, char buffer[CF_TIME_TEXT_SIZE]);

/* The point in real time, microseconds, of one on the boot clock, nanoseconds, by both clocks as they are now. */
uint64_t cf_time_from_boot(uint64_t boot_ns);

#endif /* CF_API_TIMESTAMP_H */
