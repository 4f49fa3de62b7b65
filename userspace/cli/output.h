/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person or a program sees: messages on stderr, JSON and tables on
 * stdout. Nothing that came from elsewhere can forge a line or drive the
 * terminal.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_OUTPUT_H
#define CF_CLI_OUTPUT_H

#include <stddef.h>

#include <jansson.h>

struct cf_diag;

/* "cofferdam: <message>" on stderr, one line. */
void cf_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, of a problem: its place, code, message and hint. */
void cf_say_diag(const struct cf_diag *diag);

/* The line that a diagnostic is about, with a caret below its column; nothing if it is not in @text. */
void cf_say_source_line(const struct cf_diag *diag, const char *text, size_t size);

/* JSON on stdout, indented; CF_EXIT_OK. Takes @json over. */
int cf_print_json(json_t *json);

/* Text on stdout, safe to show. */
void cf_print_text(const char *text);

/* Rows of cells, left aligned, two spaces between columns; the last one is not padded. */
#define CF_TABLE_MAX_COLUMNS 12
struct cf_table;
struct cf_table *cf_table_new(size_t n_columns);
void cf_table_free(struct cf_table **table);

/* A row of as many strings as there are columns; copied. */
void cf_table_add(struct cf_table *table, ...);
void cf_table_print(const struct cf_table *table);

/* Columns of the terminal on stdout; 0: it is none. */
unsigned int cf_output_width(void);

#endif /* CF_CLI_OUTPUT_H */
