/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/codes.h"
#include "policy/diag.h"

static const char *const codes[] = {
#define CODE_TEXT(symbol, code) [symbol] = code,
	CF_POLICY_CODES(CODE_TEXT)
#undef CODE_TEXT
};

_Static_assert(sizeof(codes) / sizeof(codes[0]) == _CF_POLICY_CODE_MAX, "a code has no text");

const char *cf_policy_code(enum cf_policy_code code)
{
	return codes[code];
}

/* A copy that ends at a whole character, whatever its length. */
static void copy_text(char *target, size_t target_size, const char *text)
{
	size_t length = cf_text_cut(text, strlen(text), target_size - 1);

	memcpy(target, text, length);
	target[length] = '\0';
}

int cf_diag_set(struct cf_diag *diag, int error, const char *code, const char *file, uint32_t line,
		uint32_t column, const char *hint, const char *format, ...)
{
	char message[2 * CF_DIAG_TEXT_SIZE];
	va_list arguments;

	if (!diag)
		return error;
	va_start(arguments, format);
	if (vsnprintf(message, sizeof(message), format, arguments) < 0)
		message[0] = '\0';
	va_end(arguments);

	*diag = (struct cf_diag){.severity = CF_DIAG_ERROR, .line = line, .column = column};
	copy_text(diag->code, sizeof(diag->code), code);
	copy_text(diag->file, sizeof(diag->file), file ? file : "");
	copy_text(diag->message, sizeof(diag->message), message);
	copy_text(diag->hint, sizeof(diag->hint), hint ? hint : "");
	return error;
}

char *cf_diag_format(const struct cf_diag *diag, char *buffer, unsigned int size)
{
	const char *severity = diag->severity == CF_DIAG_WARNING ? "warning" : "error";
	char place[sizeof(diag->file) + 32] = "";

	if (size == 0)
		return buffer;
	if (diag->file[0] && diag->line)
		(void)snprintf(place, sizeof(place), "%s:%u:%u: ", diag->file, diag->line,
			       diag->column);
	else if (diag->file[0])
		(void)snprintf(place, sizeof(place), "%s: ", diag->file);
	(void)snprintf(buffer, size, "%s%s %s: %s%s%s%s", place, severity, diag->code,
		       diag->message, diag->hint[0] ? " (" : "", diag->hint,
		       diag->hint[0] ? ")" : "");
	return buffer;
}
