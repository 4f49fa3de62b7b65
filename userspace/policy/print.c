/* SPDX-License-Identifier: Apache-2.0 */
/* A layer image as YAML that compiles to the same rules again. */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/access.h"
#include "policy/digest.h"
#include "policy/layer.h"
#include "policy/pattern.h"
#include "policy/policy.h"
#include "policy/quote.h"

#define MIB	  (UINT64_C(1) << 20)
#define N_LENGTHS 129 /* of a prefix, 0 to 128 */

struct printer {
	const struct cf_layer *layer;
	struct cf_buffer buffer;
	const struct cf_layer_net *around[N_LENGTHS]; /* prefixes around the one being printed */
	size_t n_around;
};

static void print_source(struct printer *printer, uint32_t rule)
{
	const struct cf_layer_source *source = &cf_layer_sources(printer->layer)[rule];
	const char *file = cf_layer_string(printer->layer, source->file);

	cf_buffer_printf(&printer->buffer, "  # %s:%u\n", file, source->line);
}

static void print_paths(struct printer *printer)
{
	const struct cf_layer_path *paths = cf_layer_paths(printer->layer);
	char access[CF_ACCESS_TEXT_SIZE];

	for (uint32_t i = 0; i < printer->layer->n_paths; i++) {
		cf_buffer_puts(&printer->buffer, "    - {path: ");
		cf_yaml_quote(cf_layer_string(printer->layer, paths[i].path), &printer->buffer);
		cf_buffer_printf(&printer->buffer, ", access: %s",
				 cf_access_format(paths[i].rights, access));
		cf_file_names_print("replace",
				    cf_layer_patterns(printer->layer) + paths[i].replaces,
				    paths[i].n_replaces, &printer->buffer);
		cf_buffer_puts(&printer->buffer, "}");
		print_source(printer, paths[i].rule);
	}
}

static void print_names(struct printer *printer)
{
	const struct cf_layer_name *names = cf_layer_names(printer->layer);
	const struct cf_layer_pattern *patterns = cf_layer_patterns(printer->layer);
	char access[CF_ACCESS_TEXT_SIZE];

	for (uint32_t i = 0; i < printer->layer->n_names; i++) {
		const struct cf_layer_name *name = &names[i];
		CF_CLEANUP(cf_buffer_done) struct cf_buffer text = {};

		cf_name_print(&patterns[name->components], name->n_components, name->children_only,
			      &text);
		cf_buffer_puts(&printer->buffer, "    - {name: ");
		if (text.is_failed)
			printer->buffer.is_failed = true;
		else
			cf_yaml_quote(text.data, &printer->buffer);
		cf_buffer_printf(&printer->buffer, ", access: %s",
				 cf_access_format(name->rights, access));
		cf_file_names_print("except", &patterns[name->excepts], name->n_excepts,
				    &printer->buffer);
		cf_buffer_puts(&printer->buffer, "}");
		print_source(printer, name->rule);
	}
}

static void print_files(struct printer *printer)
{
	char access[CF_ACCESS_TEXT_SIZE];

	cf_buffer_printf(&printer->buffer, "files:\n  default: %s",
			 cf_access_format(printer->layer->default_rights, access));
	print_source(printer, CF_RULE_DEFAULT);
	if (printer->layer->n_paths == 0 && printer->layer->n_names == 0)
		return;
	cf_buffer_puts(&printer->buffer, "  rules:\n");
	print_paths(printer);
	print_names(printer);
}

/* Does a prefix around hold the range, so that it comes back by itself? */
static bool is_inherited(const struct printer *printer, const struct cf_layer_net *net,
			 const struct cf_net_ports *ports)
{
	struct cf_prefix inner = cf_layer_net_prefix(net);

	for (size_t i = 0; i < printer->n_around; i++) {
		const struct cf_layer_net *around = printer->around[i];
		struct cf_prefix outer = cf_layer_net_prefix(around);

		if (cf_layer_net_is_deny(around) || !cf_prefix_covers(&outer, &inner))
			continue;
		for (uint32_t j = 0; j < around->net.n_ports; j++)
			if (memcmp(&around->net.ports[j], ports, sizeof(*ports)) == 0)
				return true;
	}
	return false;
}

/* Leaves in printer->around the prefixes that hold @net's. */
static void leave_prefixes(struct printer *printer, const struct cf_layer_net *net)
{
	struct cf_prefix inner = cf_layer_net_prefix(net);

	for (; printer->n_around > 0; printer->n_around--) {
		struct cf_prefix outer =
			cf_layer_net_prefix(printer->around[printer->n_around - 1]);

		if (cf_prefix_covers_bits(&outer, &inner))
			break;
	}
}

static void print_prefix(struct printer *printer, const struct cf_layer_net *net, const char *key)
{
	struct cf_prefix prefix = cf_layer_net_prefix(net);
	char text[CF_PREFIX_TEXT_SIZE];

	cf_buffer_printf(&printer->buffer, "    - {%s: ", key);
	cf_yaml_quote(cf_prefix_format(&prefix, text), &printer->buffer);
}

/* One line for the ranges from @index on that have its rule and protocols; the last one's index. */
static uint32_t print_ports(struct printer *printer, const struct cf_layer_net *net, uint32_t index,
			    const char *key)
{
	const struct cf_net_ports *first = &net->net.ports[index];
	struct cf_ports ports = {};
	uint32_t i;

	for (i = index; i < net->net.n_ports; i++) {
		const struct cf_net_ports *range = &net->net.ports[i];

		if (range->rule != first->rule || range->protocols != first->protocols)
			break;
		/* Cannot pass CF_MAX_NET_PORTS: it has as many as the entry. */
		(void)cf_ports_add(&ports, range->first, range->last);
	}
	print_prefix(printer, net, key);
	cf_buffer_puts(&printer->buffer, ", ports: ");
	cf_ports_print(&ports, &printer->buffer);
	cf_buffer_printf(&printer->buffer, ", proto: %s}", cf_protocols_text(first->protocols));
	print_source(printer, first->rule);
	return i - 1;
}

static void print_net(struct printer *printer, const struct cf_layer_net *net, const char *list)
{
	bool is_deny_list = strcmp(list, "deny") == 0;

	if (cf_layer_net_is_deny(net) != is_deny_list)
		return;
	if (is_deny_list) {
		print_prefix(printer, net, "to");
		cf_buffer_puts(&printer->buffer, "}");
		print_source(printer, net->net.ports[0].rule);
		return;
	}
	for (uint32_t i = 0; i < net->net.n_ports; i++) {
		const struct cf_net_ports *ports = &net->net.ports[i];

		/* What the default gives, and what comes from around, is written there. */
		if (!(net->direction == CF_NET_CONNECT && ports->rule == CF_RULE_NETWORK_DEFAULT) &&
		    !is_inherited(printer, net, ports))
			i = print_ports(printer, net, i,
					net->direction == CF_NET_LISTEN ? "on" : "to");
	}
}

static void print_net_list(struct printer *printer, const char *list, uint16_t direction)
{
	const struct cf_layer_net *nets = cf_layer_nets(printer->layer);
	size_t before = printer->buffer.size;
	size_t after;

	cf_buffer_printf(&printer->buffer, "  %s:\n", list);
	after = printer->buffer.size;
	printer->n_around = 0;
	for (uint32_t i = 0; i < printer->layer->n_nets; i++) {
		if (nets[i].direction != direction)
			continue;
		leave_prefixes(printer, &nets[i]);
		print_net(printer, &nets[i], list);
		/* Each is longer than the one before it, so there is room. */
		printer->around[printer->n_around++] = &nets[i];
	}
	/* No list without items. */
	if (printer->buffer.size == after)
		cf_buffer_truncate(&printer->buffer, before);
}

static void print_network(struct printer *printer)
{
	cf_buffer_printf(&printer->buffer, "network:\n  default: %s",
			 cf_layer_allows_network(printer->layer) ? "allow" : "deny");
	print_source(printer, CF_RULE_NETWORK_DEFAULT);
	print_net_list(printer, "allow", CF_NET_CONNECT);
	print_net_list(printer, "deny", CF_NET_CONNECT);
	print_net_list(printer, "listen", CF_NET_LISTEN);
}

static void print_limits(struct printer *printer)
{
	const struct cf_layer *layer = printer->layer;

	if (layer->memory_bytes || layer->pids || layer->cpu_permille)
		cf_buffer_puts(&printer->buffer, "limits:\n");
	if (layer->memory_bytes % MIB == 0 && layer->memory_bytes > 0)
		cf_buffer_printf(&printer->buffer, "  memory: %lluM\n",
				 (unsigned long long)(layer->memory_bytes / MIB));
	else if (layer->memory_bytes > 0)
		cf_buffer_printf(&printer->buffer, "  memory: %llu\n",
				 (unsigned long long)layer->memory_bytes);
	if (layer->pids)
		cf_buffer_printf(&printer->buffer, "  pids: %llu\n",
				 (unsigned long long)layer->pids);
	if (layer->cpu_permille)
		cf_buffer_printf(&printer->buffer, "  cpu: %llu%%\n",
				 (unsigned long long)(layer->cpu_permille / 10));
}

static void print_observe(struct printer *printer)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} words[] = {
		{1U << CF_OP_EXEC, "exec"},
		{1U << CF_OP_CONNECT, "connect"},
		{1U << CF_OP_OPEN, "write"},
	};
	const char *separator = "observe: [";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(printer->layer->observe & words[i].bit))
			continue;
		cf_buffer_printf(&printer->buffer, "%s%s", separator, words[i].word);
		separator = ", ";
	}
	if (printer->layer->observe)
		cf_buffer_puts(&printer->buffer, "]\n");
}

static const char *deny_allow(const struct cf_layer *layer, uint32_t flag)
{
	return layer->flags & flag ? "allow" : "deny";
}

static void print_digests(struct printer *printer)
{
	const struct cf_layer *layer = printer->layer;
	const struct cf_layer_digest *digests = cf_layer_digests(layer);

	if (layer->n_digests > 0)
		cf_buffer_puts(&printer->buffer, "  pins:\n");
	for (uint32_t i = 0; i < layer->n_digests; i++) {
		cf_buffer_puts(&printer->buffer, "    - {path: ");
		cf_yaml_quote(cf_layer_string(layer, digests[i].path), &printer->buffer);
		cf_buffer_puts(&printer->buffer, ", ");
		cf_digest_print(digests[i].kind, digests[i].digest, &printer->buffer);
		cf_buffer_puts(&printer->buffer, "}");
		print_source(printer, digests[i].rule);
	}
}

static void print_exec(struct printer *printer)
{
	const struct cf_layer *layer = printer->layer;
	const struct cf_layer_exec *execs = cf_layer_execs(layer);

	cf_buffer_printf(&printer->buffer, "exec:\n  setuid: %s\n  memfd: %s\n",
			 deny_allow(layer, CF_LAYER_SETUID_EXEC),
			 deny_allow(layer, CF_LAYER_MEMFD_EXEC));
	if (layer->n_execs > 0)
		cf_buffer_puts(&printer->buffer, "  only:\n");
	for (uint32_t i = 0; i < layer->n_execs; i++) {
		cf_buffer_puts(&printer->buffer, "    - ");
		cf_yaml_quote(cf_layer_string(layer, execs[i].path), &printer->buffer);
		print_source(printer, execs[i].rule);
	}
	print_digests(printer);
}

int cf_policy_print(const struct cf_layer *layer, char **ret_text)
{
	struct printer printer = {.layer = layer};

	cf_buffer_puts(&printer.buffer, "cofferdam: 1\nname: ");
	cf_yaml_quote(layer->name, &printer.buffer);
	cf_buffer_printf(&printer.buffer, "\nmode: %s\n",
			 layer->flags & CF_LAYER_AUDIT ? "audit" : "enforce");
	print_files(&printer);
	print_exec(&printer);
	cf_buffer_printf(&printer.buffer, "process:\n  namespaces: %s\n  io_uring: %s\n",
			 deny_allow(layer, CF_LAYER_NAMESPACES),
			 deny_allow(layer, CF_LAYER_IO_URING));
	print_network(&printer);
	print_limits(&printer);
	print_observe(&printer);
	return cf_buffer_steal(&printer.buffer, ret_text, NULL);
}
