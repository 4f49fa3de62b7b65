/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's body of POST /v1/agents: whatever is accepted must hold what
 * body.h says. And names of processes: escaped, they must come back, and must
 * be fit to be shown.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/text.h"
#include "policy/diag.h"
#include "wire/protocol.h"

static void check_body(const char *text, size_t size)
{
	CF_CLEANUP(cf_create_body_done) struct cf_create_body body = {};
	struct cf_diag diag = {};

	if (cf_create_body_parse(text, size, &body, &diag) < 0) {
		if (strncmp(diag.code, "CF-A00", 6) != 0 || body.root)
			abort();
		return;
	}
	if (body.workspace[0] != '/' || body.workspace[strspn(body.workspace, "/")] == '\0' ||
	    body.pid < 1 || body.pid > INT32_MAX || !body.policy_name == !body.policy_text ||
	    (body.policy_text && strlen(body.policy_text) > body.policy_size) ||
	    (body.home && body.home[0] != '/') || (body.tmp && body.tmp[0] != '/') ||
	    (body.name && !cf_agent_name_is_valid(body.name)))
		abort();
}

static void check_escape(const char *name)
{
	cf_auto_free char *text = cf_escape(name);
	cf_auto_free char *back = NULL;
	size_t size;

	if (!text || !cf_text_is_printable(text, strlen(text)))
		abort();
	back = cf_unescape(text, &size);
	if (!back || size != strlen(name) || memcmp(back, name, size) != 0)
		abort();
	/* Whatever bytes it is given, it says no or gives bytes. */
	free(cf_unescape(name, &size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cf_auto_free char *exact = malloc(size > 0 ? size : 1);
	cf_auto_free char *name = calloc(1, size + 1);

	memcpy(exact, data, size);
	memcpy(name, data, size);
	check_body(exact, size);
	check_escape(name);
	return 0;
}
