/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from an unprivileged process as a layer image: whatever
 * cf_layer_check() accepts must be safe to read, print and fold into a domain.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"

#define HEADER_SIZE sizeof(struct cf_layer)

static size_t read_all(const struct cf_layer *layer)
{
	const struct cf_layer_source *sources = cf_layer_sources(layer);
	const struct cf_layer_path *paths = cf_layer_paths(layer);
	const struct cf_layer_digest *digests = cf_layer_digests(layer);
	size_t total = 0;

	for (uint32_t i = 0; i < layer->n_digests; i++)
		total += strlen(cf_layer_string(layer, digests[i].path)) +
			 digests[i].digest[digests[i].size - 1] + sources[digests[i].rule].line % 2;
	for (uint32_t i = 0; i < layer->n_sources; i++)
		total += strlen(cf_layer_string(layer, sources[i].file)) +
			 strlen(cf_layer_string(layer, sources[i].text));
	for (uint32_t i = 0; i < layer->n_paths; i++)
		total += strlen(cf_layer_string(layer, paths[i].path)) +
			 sources[paths[i].rule].line % 2;
	return total;
}

static void check_domain(const struct cf_layer *const *layers, size_t n_layers)
{
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;
	int r = cf_domain_build(0x401, layers, n_layers, &image, NULL);

	if (r < 0 && r != -E2BIG)
		abort();
	for (size_t i = 0; image && i < image->n_name_rules; i++)
		if (image->name_rules[i].key.bit >= CF_NAME_BITS ||
		    image->name_rules[i].value.layer >= n_layers)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of the exact size: aligned, and with a guard behind it. */
	cf_auto_free struct cf_layer *layer = malloc(size > 0 ? size : 1);
	const struct cf_layer *layers[CF_MAX_LAYERS];
	cf_auto_free char *text = NULL;
	struct cf_diag diag = {};

	memcpy(layer, data, size);
	/* The sizes are right in most tries, or nothing behind them would be reached. */
	if (size >= HEADER_SIZE && data[size - 1] == 0)
		layer->size = (uint32_t)size;
	if (cf_layer_check(layer, size, &diag) < 0) {
		if (strcmp(diag.code, "CF-P070") != 0)
			abort();
		return 0;
	}
	if (read_all(layer) > UINT32_MAX)
		abort();
	if (cf_policy_print(layer, &text) < 0)
		abort();
	for (size_t i = 0; i < CF_MAX_LAYERS; i++)
		layers[i] = layer;
	check_domain(layers, 1);
	check_domain(layers, CF_MAX_LAYERS);
	return 0;
}
