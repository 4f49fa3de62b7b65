/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "policy/diag.h"

#define LINE_SIZE 4096

void cf_say(const char *format, ...)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer shown = {};
	char line[LINE_SIZE];
	va_list args;

	va_start(args, format);
	/* A line that is too long is cut: it is for a person. */
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	cf_escape_append_shown(&shown, line);
	(void)fprintf(stderr, "cofferdam: %s\n", shown.data ? shown.data : "");
}

void cf_say_diag(const struct cf_diag *diag)
{
	char line[LINE_SIZE];

	if (diag->file[0])
		cf_say("%s", cf_diag_format(diag, line, sizeof(line)));
	else
		cf_say("%s%s%s%s%s", diag->message, diag->hint[0] ? "; " : "", diag->hint,
		       diag->code[0] ? "  " : "", diag->code);
}

void cf_say_source_line(const struct cf_diag *diag, const char *text, size_t size)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer shown = {};
	const char *end = text + size, *line = text;
	size_t length;

	if (diag->line == 0 || diag->column == 0)
		return;
	for (uint32_t i = 1; i < diag->line && line < end; i++) {
		line = memchr(line, '\n', (size_t)(end - line));
		if (!line)
			return;
		line++;
	}
	if (line >= end)
		return;
	length = strcspn(line, "\n");
	if (length > (size_t)(end - line) || !cf_text_is_printable(line, length))
		return; /* a tab or worse: a caret below it would mislead */
	(void)fprintf(stderr, "  %.*s\n  %*s\n", (int)length, line, (int)diag->column, "^");
}

int cf_print_json(json_t *json)
{
	cf_auto_free char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;

	json_decref(json);
	if (!text) {
		cf_say("no memory");
		return CF_EXIT_NO;
	}
	(void)puts(text);
	return CF_EXIT_OK;
}

void cf_print_text(const char *text)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer shown = {};

	cf_escape_append_shown(&shown, text);
	(void)fputs(shown.data ? shown.data : "", stdout);
}

struct cf_table {
	size_t n_columns;
	CF_ARRAY(char *) cells; /* row by row */
};

struct cf_table *cf_table_new(size_t n_columns)
{
	struct cf_table *table = calloc(1, sizeof(*table));

	if (table)
		table->n_columns =
			n_columns < CF_TABLE_MAX_COLUMNS ? n_columns : CF_TABLE_MAX_COLUMNS;
	return table;
}

void cf_table_free(struct cf_table **table)
{
	if (!*table)
		return;
	for (size_t i = 0; i < (*table)->cells.n_items; i++)
		free((*table)->cells.items[i]);
	free((*table)->cells.items);
	free(*table);
	*table = NULL;
}

void cf_table_add(struct cf_table *table, ...)
{
	va_list args;

	if (!table)
		return;
	va_start(args, table);
	for (size_t i = 0; i < table->n_columns; i++) {
		const char *text = va_arg(args, const char *);
		CF_CLEANUP(cf_buffer_done) struct cf_buffer shown = {};
		char *cell = NULL;

		cf_escape_append_shown(&shown, text ? text : "");
		/* Without memory the cell is empty: NULL is printed so. */
		if (cf_buffer_steal(&shown, &cell, NULL) < 0)
			cell = NULL;
		if (cf_array_push(&table->cells, cell) < 0)
			free(cell);
	}
	va_end(args);
}

/* Characters, not bytes; wide ones count as one. */
static size_t width_of(const char *cell)
{
	size_t width = 0;

	for (const char *at = cell ? cell : ""; *at; at++)
		width += ((unsigned char)*at & 0xc0) != 0x80;
	return width;
}

void cf_table_print(const struct cf_table *table)
{
	size_t widths[CF_TABLE_MAX_COLUMNS] = {};

	if (!table)
		return;
	for (size_t i = 0; i < table->cells.n_items; i++) {
		size_t width = width_of(table->cells.items[i]);

		if (width > widths[i % table->n_columns])
			widths[i % table->n_columns] = width;
	}
	for (size_t i = 0; i < table->cells.n_items; i++) {
		const char *cell = table->cells.items[i];
		size_t column = i % table->n_columns;
		bool is_last = column + 1 == table->n_columns;

		(void)fputs(cell ? cell : "", stdout);
		if (is_last)
			(void)putchar('\n');
		else
			(void)printf("%*s", (int)(widths[column] - width_of(cell)) + 2, "");
	}
}

unsigned int cf_output_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}
