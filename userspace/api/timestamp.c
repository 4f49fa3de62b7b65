/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/timestamp.h"

#define US_PER_S UINT64_C(1000000)

const char *cf_time_format(uint64_t realtime_us, char buffer[CF_TIME_TEXT_SIZE])
{
	time_t seconds = (time_t)(realtime_us / US_PER_S);
	char date[CF_TIME_TEXT_SIZE] = "";
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	/* A year beyond 9999 would be cut, which no clock of ours reaches. */
	(void)snprintf(buffer, CF_TIME_TEXT_SIZE, "%.20s.%06" PRIu64 "Z", date,
		       realtime_us % US_PER_S);
	return buffer;
}

static uint64_t now_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now); /* cannot fail with these clocks */
	return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000;
}

uint64_t cf_time_from_boot(uint64_t boot_ns)
{
	return now_us(CLOCK_REALTIME) - now_us(CLOCK_BOOTTIME) + boot_ns / 1000;
}
