/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/probe.h"
#include "kernel/kernel.h"
#include "wire/protocol.h"

static const char *const state_names[] = {
	[CF_PROBE_OK] = "ok",
	[CF_PROBE_MISSING] = "missing",
	[CF_PROBE_WARNING] = "warning",
};

bool cf_probe_print(FILE *stream)
{
	struct cf_probe_report report = {};

	cf_probe_run(&report);
	for (size_t i = 0; i < report.n_items; i++) {
		const struct cf_probe_item *item = &report.items[i];
		char found[sizeof(item->found)], hint[sizeof(item->hint)];

		/* No tab or newline of the host's gets between the fields. */
		cf_text_copy(found, sizeof(found), item->found);
		cf_text_copy(hint, sizeof(hint), item->hint);
		(void)fprintf(stream, "finding\t%s\t%s\t%s\t%s\n", state_names[item->state],
			      item->name, found, hint);
	}
	(void)fprintf(stream, "can-enforce\t%s\n", report.can_enforce ? "yes" : "no");
	return report.can_enforce;
}
