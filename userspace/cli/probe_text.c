/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/probe_text.h"

#define N_FIELDS 5 /* finding, state, name, found, hint */

/* Cuts a line at its tabs; the number of fields, or 0 if there are too many. */
static size_t split(char *line, char *fields[N_FIELDS])
{
	size_t n = 0;

	for (char *at = line; at; n++) {
		if (n == N_FIELDS)
			return 0;
		fields[n] = strsep(&at, "\t");
	}
	return n;
}

static bool take_line(json_t *report, char *line)
{
	char *fields[N_FIELDS];
	size_t n = split(line, fields);

	if (n == 5 && strcmp(fields[0], "finding") == 0)
		return json_array_append_new(json_object_get(report, "findings"),
					     json_pack("{s:s, s:s, s:s, s:s}", "name", fields[2],
						       "state", fields[1], "found", fields[3],
						       "hint", fields[4])) == 0;
	if (n == 2 && strcmp(fields[0], "can-enforce") == 0)
		return json_object_set_new(report, "can_enforce",
					   json_boolean(strcmp(fields[1], "yes") == 0)) == 0;
	return false;
}

json_t *cf_probe_text_parse(const char *text)
{
	cf_auto_free char *copy = strdup(text);
	json_t *report = json_pack("{s:[]}", "findings");
	char *at = copy, *line;

	while (report && at && (line = strsep(&at, "\n"))) {
		if (line[0] == '\0')
			continue;
		if (!take_line(report, line)) {
			json_decref(report);
			report = NULL;
		}
	}
	if (report && !json_object_get(report, "can_enforce")) {
		json_decref(report);
		report = NULL;
	}
	return report;
}
