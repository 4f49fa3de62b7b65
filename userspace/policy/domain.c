/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of layers to the kernel's tables: flags and networks; domain_names.c does the names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/codes.h"
#include "policy/diag.h"
#include "policy/domain.h"

/* Bits of a struct cf_net_key before its address. */
#define NET_KEY_BITS 64

_Static_assert(offsetof(struct cf_net_key, address) - sizeof(uint32_t) == NET_KEY_BITS / 8,
	       "the address does not follow what NET_KEY_BITS counts");

static void set_flags(struct cf_domain *domain, const struct cf_layer *const *layers,
		      size_t n_layers)
{
	uint32_t all = CF_LAYER_FLAGS;

	for (size_t i = 0; i < n_layers; i++) {
		all &= layers[i]->flags;
		if (cf_layer_keeps(layers[i]))
			domain->flags |= CF_DOMAIN_KEEPS;
		domain->observe |= layers[i]->observe;
		if (layers[i]->n_patterns > 0)
			domain->flags |= CF_DOMAIN_NAMES;
		if (layers[i]->n_digests > 0)
			domain->flags |= CF_DOMAIN_DIGESTS;
	}
	if (all & CF_LAYER_AUDIT)
		domain->flags |= CF_DOMAIN_AUDIT;
	if (all & CF_LAYER_NAMESPACES)
		domain->flags |= CF_DOMAIN_NAMESPACES;
	if (all & CF_LAYER_MEMFD_EXEC)
		domain->flags |= CF_DOMAIN_MEMFD_EXEC;
	if (all & CF_LAYER_SETUID_EXEC)
		domain->flags |= CF_DOMAIN_SET_ID;
	/* What a ring is asked to do passes by the seccomp filter that keeps those modes whole. */
	if ((all & CF_LAYER_IO_URING) && !(domain->flags & CF_DOMAIN_KEEPS))
		domain->flags |= CF_DOMAIN_IO_URING;
}

static int add_nets(struct cf_domain_image *image, const struct cf_layer *const *layers,
		    size_t n_layers, struct cf_diag *diag)
{
	size_t n_nets = 0;

	for (size_t i = 0; i < n_layers; i++)
		n_nets += layers[i]->n_nets;
	if (n_nets > CF_MAX_NETS)
		return cf_diag_set(diag, -E2BIG, cf_policy_code(CF_P_NETS_FULL), "", 0, 0,
				   "use fewer or larger prefixes",
				   "the layers have %zu network prefixes, at most %d fit "
				   "(CF_MAX_NETS)",
				   n_nets, CF_MAX_NETS);
	if (n_nets == 0)
		return 0;
	image->nets = calloc(n_nets, sizeof(*image->nets));
	if (!image->nets)
		return -ENOMEM;
	for (size_t i = 0; i < n_layers; i++) {
		const struct cf_layer_net *nets = cf_layer_nets(layers[i]);

		for (uint32_t j = 0; j < layers[i]->n_nets; j++) {
			struct cf_domain_net *net = &image->nets[image->n_nets++];

			net->key.prefixlen = NET_KEY_BITS + nets[j].prefix_length;
			net->key.agent = image->domain.agent;
			net->key.layer = (uint16_t)i;
			net->key.direction = nets[j].direction;
			memcpy(net->key.address, nets[j].address, sizeof(net->key.address));
			net->value = nets[j].net;
		}
	}
	return 0;
}

int cf_domain_build(uint32_t agent, const struct cf_layer *const *layers, size_t n_layers,
		    struct cf_domain_image **ret_image, struct cf_diag *diag)
{
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;
	int r;

	if (n_layers < 1 || n_layers > CF_MAX_LAYERS)
		return cf_diag_set(diag, -E2BIG, cf_policy_code(CF_P_LAYERS), "", 0, 0,
				   "start the agent from one that is less deep",
				   "%zu layers in a domain, expected 1 to %d (CF_MAX_LAYERS)",
				   n_layers, CF_MAX_LAYERS);
	image = calloc(1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	image->domain.agent = agent;
	image->domain.n_layers = (uint32_t)n_layers;
	set_flags(&image->domain, layers, n_layers);
	r = cf_domain_add_names(image, layers, n_layers, diag);
	if (r < 0)
		return r;
	r = add_nets(image, layers, n_layers, diag);
	if (r < 0)
		return r;
	*ret_image = cf_steal_ptr(image);
	return 0;
}

uint16_t cf_domain_replace_bit(const struct cf_domain_image *image, size_t layer, uint16_t rule)
{
	for (size_t i = 0; i < image->n_replaces; i++)
		if (image->replaces[i].layer == layer && image->replaces[i].rule == rule)
			return image->replaces[i].bit;
	return CF_NAME_BITS;
}

void cf_domain_image_free(struct cf_domain_image **image)
{
	if (!*image)
		return;
	free((*image)->replaces);
	free((*image)->literals);
	free((*image)->prefixes);
	free((*image)->suffixes);
	free((*image)->name_rules);
	free((*image)->nets);
	free(*image);
	*image = NULL;
}
