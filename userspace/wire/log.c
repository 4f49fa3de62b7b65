/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/diag.h"
#include "wire/log.h"
#include "wire/protocol.h"

#define LINE_SIZE 2048

static const char *program_name = "cofferdamd";
static bool is_journal;
static bool is_debug;

void cf_log_open(const char *program)
{
	program_name = program;
	is_journal = getenv("JOURNAL_STREAM") != NULL;
	is_debug = getenv("COFFERDAM_DEBUG") != NULL;
}

static void log_line(int priority, const char *format, va_list args)
{
	char raw[LINE_SIZE];
	char line[LINE_SIZE];

	if (priority == LOG_DEBUG && !is_debug)
		return;
	/* A line that is too long is cut: it is for a person. */
	(void)vsnprintf(raw, sizeof(raw), format, args);
	cf_text_copy(line, sizeof(line), raw);
	if (is_journal)
		(void)fprintf(stderr, "<%d>%s\n", priority, line);
	else
		(void)fprintf(stderr, "%s: %s\n", program_name, line);
}

void cf_log(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(priority, format, args);
	va_end(args);
}

void cf_log_diag(int priority, const char *what, const struct cf_diag *diag)
{
	cf_log(priority, "%s: %s %s%s%s", what, diag->code, diag->message,
	       diag->hint[0] ? "; " : "", diag->hint);
}
