/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "api/api.h"
#include "api/http.h"
#include "policy/diag.h"

struct route {
	const char *method;
	const char *path;
	bool is_prefix; /* what follows the path is the handler's */
	cf_route_fn handle;
};

static const struct route routes[] = {
	{"GET", "/v1/state", false, cf_api_get_state},
	{"GET", "/v1/agents", false, cf_api_list_agents},
	{"POST", "/v1/agents", false, cf_api_create_agent},
	{"GET", "/v1/agents/", true, cf_api_show_agent},
	{"GET", "/v1/events", false, cf_api_get_events},
};

static bool is_match(const struct route *route, const char *path)
{
	return route->is_prefix ? strncmp(route->path, path, strlen(route->path)) == 0
				: strcmp(route->path, path) == 0;
}

void cf_api_route(struct cf_request *request)
{
	struct cf_diag diag = {};
	bool is_known = false;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!is_match(&routes[i], request->path))
			continue;
		is_known = true;
		if (strcmp(routes[i].method, request->method) == 0) {
			routes[i].handle(request);
			return;
		}
	}
	(void)cf_diag_set(&diag, 0, "CF-A005", "", 0, 0, "",
			  is_known ? "this path does not take that method" : "no such path");
	cf_request_fail(request, is_known ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
			&diag);
}
