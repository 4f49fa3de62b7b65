/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canary's policy, put together without the YAML compiler, which the
 * privileged side does not link.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "daemon/canary_probes.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "wire/protocol.h"

#define N_PATHS	  3U
#define N_NETS	  2U
#define N_SOURCES (CF_N_DEFAULT_RULES + N_PATHS + N_NETS)
#define RIGHTS_RO (CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_EXEC | CF_RIGHT_IOCTL)

/* 127.0.0.2 as an IPv4-mapped address. */
static const uint8_t allowed_address[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 2};

static void fill_header(struct cf_layer *layer, size_t size, size_t strings_size)
{
	layer->magic = CF_LAYER_MAGIC;
	layer->version = CF_LAYER_VERSION;
	layer->size = (uint32_t)size;
	layer->default_rights = RIGHTS_RO;
	layer->n_paths = N_PATHS;
	layer->n_nets = N_NETS;
	layer->n_sources = N_SOURCES;
	layer->strings_size = (uint32_t)strings_size;
	cf_text_copy(layer->name, sizeof(layer->name), "canary");
}

static void fill_net(struct cf_layer_net *net, enum cf_net_direction direction, uint16_t rule)
{
	memcpy(net->address, allowed_address, sizeof(net->address));
	net->prefix_length = 128;
	net->direction = (uint16_t)direction;
	net->net.n_ports = 1;
	net->net.ports[0].first = 1;
	net->net.ports[0].last = UINT16_MAX;
	net->net.ports[0].rule = rule;
	net->net.ports[0].protocols = CF_NET_TCP | CF_NET_UDP;
}

int cf_canary_layer(const char *denied_program, struct cf_layer **ret_layer, struct cf_diag *diag)
{
	const char *const names[N_PATHS] = {CF_CANARY_CLOSED, CF_CANARY_OPEN, denied_program};
	static const uint16_t rights[N_PATHS] = {0, CF_RIGHTS_ALL, CF_RIGHT_READ | CF_RIGHT_LIST};
	size_t fixed = sizeof(struct cf_layer) + N_PATHS * sizeof(struct cf_layer_path) +
		       N_NETS * sizeof(struct cf_layer_net) +
		       N_SOURCES * sizeof(struct cf_layer_source);
	size_t strings_size = 1;
	cf_auto_free struct cf_layer *layer = NULL;
	struct cf_layer_path *paths;
	struct cf_layer_net *nets;
	size_t offset = 1; /* 0 is "" */
	char *strings;
	int r;

	for (size_t i = 0; i < N_PATHS; i++)
		strings_size += strlen(names[i]) + 1;
	layer = calloc(1, fixed + strings_size);
	if (!layer)
		return cf_diag_set(diag, -ENOMEM, "CF-D016", "", 0, 0, "", "no memory");
	fill_header(layer, fixed + strings_size, strings_size);

	paths = (struct cf_layer_path *)(layer + 1);
	nets = (struct cf_layer_net *)(paths + N_PATHS);
	strings = (char *)layer + fixed;
	for (size_t i = 0; i < N_PATHS; i++) {
		paths[i].path = (uint32_t)offset;
		paths[i].rights = rights[i];
		paths[i].rule = (uint16_t)(CF_N_DEFAULT_RULES + i);
		memcpy(strings + offset, names[i], strlen(names[i]) + 1);
		offset += strlen(names[i]) + 1;
	}
	fill_net(&nets[0], CF_NET_CONNECT, CF_N_DEFAULT_RULES + N_PATHS);
	fill_net(&nets[1], CF_NET_LISTEN, CF_N_DEFAULT_RULES + 1 + N_PATHS);

	r = cf_layer_check(layer, fixed + strings_size, diag);
	if (r < 0)
		return r;
	*ret_layer = cf_steal_ptr(layer);
	return 0;
}
