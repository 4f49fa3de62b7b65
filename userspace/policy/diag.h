/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A diagnostic: one problem, where it is, what was found and expected, and
 * the next step. Codes are stable and never reused; policy/README.md lists
 * them.
 *
 * Layer 1 (policy).
 */
#ifndef CF_POLICY_DIAG_H
#define CF_POLICY_DIAG_H

#include <stdint.h>

#define CF_DIAG_TEXT_SIZE 512

enum cf_diag_severity {
	CF_DIAG_ERROR = 0,
	CF_DIAG_WARNING = 1,
};

struct cf_diag {
	char code[12];	   /* "CF-P012" */
	uint32_t severity; /* enum cf_diag_severity */
	uint32_t line;	   /* from 1; 0: no place */
	uint32_t column;   /* from 1 */
	char file[256];
	char message[CF_DIAG_TEXT_SIZE]; /* lower case, no final stop, values in single quotes */
	char hint[CF_DIAG_TEXT_SIZE];	 /* the next step, or "" */
};

/**
 * cf_diag_set() - fill a diagnostic; a NULL one is left alone
 *
 * Return: @error, so that it can be returned at once
 */
int cf_diag_set(struct cf_diag *diag, int error, const char *code, const char *file, uint32_t line,
		uint32_t column, const char *hint, const char *format, ...)
	__attribute__((format(printf, 8, 9)));

/**
 * cf_diag_format() - "file:line:column: error CF-P012: message (hint)"
 * @buffer: receives it, always terminated
 *
 * Return: @buffer
 */
char *cf_diag_format(const struct cf_diag *diag, char *buffer, unsigned int size);

#endif /* CF_POLICY_DIAG_H */
