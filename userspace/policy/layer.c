/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a layer image come from a process without privilege and are
 * read by one that has all of it: nothing in them is believed before
 * cf_layer_check() has seen it.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "bpf/decide.h"
#include "policy/codes.h"
#include "policy/diag.h"
#include "policy/layer.h"
#include "policy/name.h"
#include "policy/path.h"
#include "policy/pattern.h"

#define PORT_MAX 65535

/* Every array begins where the one before it ends: each size is a multiple of the alignment needed. */
_Static_assert(sizeof(struct cf_layer) == 152, "struct cf_layer has padding");
_Static_assert(sizeof(struct cf_layer_path) == 16, "struct cf_layer_path has padding");
_Static_assert(sizeof(struct cf_layer_exec) == 8, "struct cf_layer_exec has padding");
_Static_assert(sizeof(struct cf_layer_digest) == 72, "struct cf_layer_digest has padding");
_Static_assert(sizeof(struct cf_layer_pattern) == 132, "struct cf_layer_pattern has padding");
_Static_assert(sizeof(struct cf_layer_name) == 16, "struct cf_layer_name has padding");
_Static_assert(sizeof(struct cf_layer_net) == 152, "struct cf_layer_net has padding");
_Static_assert(sizeof(struct cf_layer_source) == 16, "struct cf_layer_source has padding");

const struct cf_layer_path *cf_layer_paths(const struct cf_layer *layer)
{
	return (const struct cf_layer_path *)(const void *)(layer + 1);
}

const struct cf_layer_exec *cf_layer_execs(const struct cf_layer *layer)
{
	return (const struct cf_layer_exec *)(const void *)(cf_layer_paths(layer) + layer->n_paths);
}

const struct cf_layer_digest *cf_layer_digests(const struct cf_layer *layer)
{
	return (const struct cf_layer_digest *)(const void *)(cf_layer_execs(layer) +
							      layer->n_execs);
}

const struct cf_layer_pattern *cf_layer_patterns(const struct cf_layer *layer)
{
	return (const struct cf_layer_pattern *)(const void *)(cf_layer_digests(layer) +
							       layer->n_digests);
}

const struct cf_layer_name *cf_layer_names(const struct cf_layer *layer)
{
	return (const struct cf_layer_name *)(const void *)(cf_layer_patterns(layer) +
							    layer->n_patterns);
}

const struct cf_layer_net *cf_layer_nets(const struct cf_layer *layer)
{
	return (const struct cf_layer_net *)(const void *)(cf_layer_names(layer) + layer->n_names);
}

const struct cf_layer_source *cf_layer_sources(const struct cf_layer *layer)
{
	return (const struct cf_layer_source *)(const void *)(cf_layer_nets(layer) + layer->n_nets);
}

const char *cf_layer_string(const struct cf_layer *layer, uint32_t offset)
{
	return (const char *)(cf_layer_sources(layer) + layer->n_sources) + offset;
}

bool cf_layer_keeps(const struct cf_layer *layer)
{
	const struct cf_layer_path *paths = cf_layer_paths(layer);
	const struct cf_layer_name *names = cf_layer_names(layer);
	bool keeps = cf_rights_keep(layer->default_rights);

	for (uint32_t i = 0; i < layer->n_paths; i++)
		keeps |= cf_rights_keep(paths[i].rights);
	for (uint32_t i = 0; i < layer->n_names; i++)
		keeps |= cf_rights_keep(names[i].rights);
	return keeps;
}

/* Is @path at @top or below it? */
static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

uint16_t cf_layer_rights_at(const struct cf_layer *layer, const char *path)
{
	const struct cf_layer_path *paths = cf_layer_paths(layer);
	uint16_t rights = (uint16_t)layer->default_rights;
	size_t longest = 0;

	for (uint32_t i = 0; i < layer->n_paths; i++) {
		const char *top = cf_layer_string(layer, paths[i].path);

		if (strlen(top) <= longest || !is_below(path, top))
			continue;
		longest = strlen(top);
		rights = paths[i].rights;
	}
	return rights;
}

uint64_t cf_layer_expected_size(const struct cf_layer *layer)
{
	return sizeof(*layer) + layer->n_paths * (uint64_t)sizeof(struct cf_layer_path) +
	       layer->n_execs * (uint64_t)sizeof(struct cf_layer_exec) +
	       layer->n_digests * (uint64_t)sizeof(struct cf_layer_digest) +
	       layer->n_patterns * (uint64_t)sizeof(struct cf_layer_pattern) +
	       layer->n_names * (uint64_t)sizeof(struct cf_layer_name) +
	       layer->n_nets * (uint64_t)sizeof(struct cf_layer_net) +
	       layer->n_sources * (uint64_t)sizeof(struct cf_layer_source) + layer->strings_size;
}

int cf_layer_net_compare(const struct cf_layer_net *one, const struct cf_layer_net *other)
{
	int order;

	if (one->direction != other->direction)
		return one->direction < other->direction ? -1 : 1;
	order = memcmp(one->address, other->address, sizeof(one->address));
	if (order != 0)
		return order;
	return one->prefix_length < other->prefix_length
		       ? -1
		       : one->prefix_length > other->prefix_length;
}

struct cf_prefix cf_layer_net_prefix(const struct cf_layer_net *net)
{
	struct cf_prefix prefix = {.length = net->prefix_length};

	memcpy(prefix.address, net->address, sizeof(prefix.address));
	return prefix;
}

bool cf_layer_allows_network(const struct cf_layer *layer)
{
	const struct cf_layer_net *nets = cf_layer_nets(layer);

	for (uint32_t i = 0; i < layer->n_nets; i++)
		for (uint32_t j = 0; j < nets[i].net.n_ports; j++)
			if (nets[i].direction == CF_NET_CONNECT &&
			    nets[i].net.ports[j].rule == CF_RULE_NETWORK_DEFAULT)
				return true;
	return false;
}

bool cf_layer_net_is_deny(const struct cf_layer_net *net)
{
	return net->net.n_ports == 1 && net->net.ports[0].protocols == 0;
}

/* What is wrong with an image: all of it is one code, for a person can only compile again. */
static int refuse(struct cf_diag *diag, const char *what, uint32_t index)
{
	return cf_diag_set(diag, -EBADMSG, cf_policy_code(CF_P_IMAGE), "", 0, 0,
			   "compile the policy again with this version",
			   "not a sound layer image: %s (%u)", what, index);
}

static int check_header(const struct cf_layer *layer, size_t size, struct cf_diag *diag)
{
	size_t name_length = strnlen(layer->name, sizeof(layer->name));

	if (layer->magic != CF_LAYER_MAGIC)
		return refuse(diag, "magic number", layer->magic);
	if (layer->version != CF_LAYER_VERSION)
		return refuse(diag, "version", layer->version);
	if (layer->size != size || cf_layer_expected_size(layer) != size)
		return refuse(diag, "size", layer->size);
	if (layer->flags & ~CF_LAYER_FLAGS)
		return refuse(diag, "flags", layer->flags);
	if (layer->observe & ~CF_LAYER_OBSERVE_MASK)
		return refuse(diag, "observe", layer->observe);
	if (layer->default_rights & ~CF_RIGHTS_ALL)
		return refuse(diag, "default rights", layer->default_rights);
	if (layer->lease_s != 0)
		return refuse(diag, "lease", 0);
	if (name_length == sizeof(layer->name) || !cf_policy_name_is_valid(layer->name))
		return refuse(diag, "name", 0);
	for (size_t i = name_length; i < sizeof(layer->name); i++)
		if (layer->name[i] != '\0')
			return refuse(diag, "bytes after the name", (uint32_t)i);
	return 0;
}

static int check_counts(const struct cf_layer *layer, struct cf_diag *diag)
{
	if (layer->n_sources < CF_N_DEFAULT_RULES ||
	    layer->n_sources > CF_MAX_RULES + CF_N_DEFAULT_RULES)
		return refuse(diag, "number of rules", layer->n_sources);
	if (layer->n_paths > layer->n_sources - CF_N_DEFAULT_RULES)
		return refuse(diag, "number of paths", layer->n_paths);
	if (layer->n_execs > layer->n_sources - CF_N_DEFAULT_RULES)
		return refuse(diag, "number of paths to execute", layer->n_execs);
	if (layer->n_digests > layer->n_sources - CF_N_DEFAULT_RULES ||
	    layer->n_digests > CF_MAX_PINS)
		return refuse(diag, "number of digests", layer->n_digests);
	if (layer->n_execs > 0 && (layer->flags & CF_LAYER_MEMFD_EXEC))
		return refuse(diag, "memory files beside paths to execute", layer->n_execs);
	if (layer->n_names > layer->n_sources - CF_N_DEFAULT_RULES || layer->n_names > CF_NAME_BITS)
		return refuse(diag, "number of name rules", layer->n_names);
	if (layer->n_patterns > CF_NAME_BITS * (1 + CF_MAX_FILE_NAMES))
		return refuse(diag, "number of patterns", layer->n_patterns);
	if (layer->n_nets > CF_MAX_LAYER_NETS)
		return refuse(diag, "number of networks", layer->n_nets);
	if (layer->strings_size < 1)
		return refuse(diag, "strings", 0);
	return 0;
}

/* The first string is "", and the last one ends: so every offset below the size is a string's. */
static int check_strings(const struct cf_layer *layer, struct cf_diag *diag)
{
	const char *strings = cf_layer_string(layer, 0);

	if (strings[0] != '\0' || strings[layer->strings_size - 1] != '\0')
		return refuse(diag, "ends of the strings", 0);
	return 0;
}

static bool is_string(const struct cf_layer *layer, uint32_t offset)
{
	return offset < layer->strings_size;
}

/* Bounded, so that many rules that point into one long string cost little. */
static bool is_text(const char *text, size_t max)
{
	size_t length = strnlen(text, max + 1);

	return length <= max && cf_text_is_printable(text, length);
}

static int check_sources(const struct cf_layer *layer, struct cf_diag *diag)
{
	const struct cf_layer_source *sources = cf_layer_sources(layer);
	uint32_t good_file = 0;

	for (uint32_t i = 0; i < layer->n_sources; i++) {
		const struct cf_layer_source *source = &sources[i];
		const char *text;

		if (!is_string(layer, source->file) || !is_string(layer, source->text))
			return refuse(diag, "strings of rule", i);
		/* Many rules share a file: its name is looked at once in a row. */
		text = cf_layer_string(layer, source->file);
		if (source->file != good_file && !is_text(text, CF_MAX_SOURCE_FILE))
			return refuse(diag, "file of rule", i);
		good_file = source->file;
		text = cf_layer_string(layer, source->text);
		if (!is_text(text, CF_MAX_SOURCE_TEXT))
			return refuse(diag, "text of rule", i);
	}
	return 0;
}

static int check_path(const struct cf_layer *layer, uint32_t offset, uint32_t index,
		      struct cf_diag *diag)
{
	const char *text;

	if (!is_string(layer, offset))
		return refuse(diag, "string of path", index);
	text = cf_layer_string(layer, offset);
	if (strnlen(text, CF_MAX_PATH_LENGTH + 1) > CF_MAX_PATH_LENGTH || !cf_path_is_normal(text))
		return refuse(diag, "path", index);
	return 0;
}

static bool are_rising(const struct cf_layer *layer, uint32_t one, uint32_t other)
{
	return strcmp(cf_layer_string(layer, one), cf_layer_string(layer, other)) < 0;
}

static int check_execs(const struct cf_layer *layer, struct cf_diag *diag)
{
	const struct cf_layer_exec *execs = cf_layer_execs(layer);

	for (uint32_t i = 0; i < layer->n_execs; i++) {
		int r = check_path(layer, execs[i].path, i, diag);

		if (r < 0)
			return r;
		if (i > 0 && !are_rising(layer, execs[i - 1].path, execs[i].path))
			return refuse(diag, "order of path to execute", i);
		if (execs[i].rule >= layer->n_sources || execs[i].reserved != 0)
			return refuse(diag, "rule of path to execute", i);
	}
	return 0;
}

static bool is_digest_sound(const struct cf_layer_digest *digest)
{
	static const uint8_t none[CF_DIGEST_SIZE];

	return digest->size && digest->size == cf_digest_size(digest->kind) &&
	       memcmp(digest->digest + digest->size, none, CF_DIGEST_SIZE - digest->size) == 0;
}

int cf_layer_digest_compare(const struct cf_layer_digest *one, const struct cf_layer_digest *other,
			    const char *strings)
{
	int order = strcmp(strings + one->path, strings + other->path);

	if (order != 0)
		return order;
	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	return memcmp(one->digest, other->digest, sizeof(one->digest));
}

static int check_digests(const struct cf_layer *layer, struct cf_diag *diag)
{
	const struct cf_layer_digest *digests = cf_layer_digests(layer);

	for (uint32_t i = 0; i < layer->n_digests; i++) {
		int r = check_path(layer, digests[i].path, i, diag);

		if (r < 0)
			return r;
		if (!is_digest_sound(&digests[i]))
			return refuse(diag, "digest", i);
		if (i > 0 && cf_layer_digest_compare(&digests[i - 1], &digests[i],
						     cf_layer_string(layer, 0)) >= 0)
			return refuse(diag, "order of digest", i);
		if (digests[i].rule >= layer->n_sources)
			return refuse(diag, "rule of digest", i);
	}
	return 0;
}

static int check_paths(const struct cf_layer *layer, struct cf_diag *diag)
{
	static const uint8_t none[sizeof(cf_layer_paths(layer)->reserved)];
	const struct cf_layer_path *paths = cf_layer_paths(layer);

	for (uint32_t i = 0; i < layer->n_paths; i++) {
		const struct cf_layer_path *path = &paths[i];
		int r = check_path(layer, path->path, i, diag);

		if (r < 0)
			return r;
		if (i > 0 && !are_rising(layer, paths[i - 1].path, path->path))
			return refuse(diag, "order of path", i);
		if (path->rights & ~CF_RIGHTS_ALL)
			return refuse(diag, "rights of path", i);
		if (path->rule >= layer->n_sources)
			return refuse(diag, "rule of path", i);
		if ((path->n_replaces == 0 && path->replaces != 0) ||
		    memcmp(path->reserved, none, sizeof(none)) != 0)
			return refuse(diag, "unused fields of path", i);
	}
	return 0;
}

/* The row that the kernel matches from leaf to root, and the file names let through. */
static int check_name_patterns(const struct cf_layer *layer, const struct cf_layer_name *name,
			       uint32_t index, struct cf_diag *diag)
{
	const struct cf_layer_pattern *patterns = cf_layer_patterns(layer) + name->components;

	for (uint32_t i = 0; i < (uint32_t)name->n_components + name->n_excepts; i++)
		if (!cf_pattern_is_sound(&patterns[i]))
			return refuse(diag, "pattern of name rule", index);
	for (uint32_t i = 0; i < name->n_excepts; i++)
		if (cf_pattern_is_both(&patterns[name->n_components + i]))
			return refuse(diag, "exception of name rule", index);
	return 0;
}

static int check_name(const struct cf_layer *layer, const struct cf_layer_name *name,
		      uint32_t index, uint32_t next_pattern, struct cf_diag *diag)
{
	if (name->n_components < 1 || name->n_components > CF_MAX_NAME_COMPONENTS ||
	    name->n_excepts > CF_MAX_FILE_NAMES)
		return refuse(diag, "size of name rule", index);
	if (name->components != next_pattern ||
	    name->excepts != next_pattern + name->n_components ||
	    name->n_excepts > layer->n_patterns - next_pattern ||
	    name->n_components > layer->n_patterns - next_pattern - name->n_excepts)
		return refuse(diag, "place of name rule", index);
	if (name->children_only > 1 || name->reserved != 0)
		return refuse(diag, "flags of name rule", index);
	if (name->rights & ~CF_RIGHTS_ALL)
		return refuse(diag, "rights of name rule", index);
	if (name->rule >= layer->n_sources)
		return refuse(diag, "rule of name rule", index);
	return check_name_patterns(layer, name, index, diag);
}

static int check_replaces(const struct cf_layer *layer, const struct cf_layer_path *path,
			  uint32_t index, uint32_t next_pattern, struct cf_diag *diag)
{
	const struct cf_layer_pattern *patterns = cf_layer_patterns(layer) + path->replaces;

	if (path->replaces != next_pattern || path->n_replaces > CF_MAX_FILE_NAMES ||
	    path->n_replaces > layer->n_patterns - next_pattern)
		return refuse(diag, "place of file names of path", index);
	if (!cf_rights_keep(path->rights))
		return refuse(diag, "rights of path with file names", index);
	for (uint32_t i = 0; i < path->n_replaces; i++)
		if (!cf_pattern_is_sound(&patterns[i]) || cf_pattern_is_both(&patterns[i]))
			return refuse(diag, "file name of path", index);
	return 0;
}

/* Who uses the patterns: all of them, each once. */
static int check_patterns(const struct cf_layer *layer, struct cf_diag *diag)
{
	const struct cf_layer_name *names = cf_layer_names(layer);
	const struct cf_layer_path *paths = cf_layer_paths(layer);
	uint32_t next_pattern = 0;
	unsigned int n_bits = 0;
	int r;

	for (uint32_t i = 0; i < layer->n_names; i++) {
		r = check_name(layer, &names[i], i, next_pattern, diag);
		if (r < 0)
			return r;
		next_pattern += names[i].n_components + names[i].n_excepts;
		n_bits += cf_layer_name_bits(&names[i]);
	}
	for (uint32_t i = 0; i < layer->n_paths; i++) {
		if (paths[i].n_replaces == 0)
			continue;
		r = check_replaces(layer, &paths[i], i, next_pattern, diag);
		if (r < 0)
			return r;
		next_pattern += paths[i].n_replaces;
		n_bits++;
	}
	if (next_pattern != layer->n_patterns)
		return refuse(diag, "patterns of no rule", next_pattern);
	if (n_bits > CF_NAME_BITS)
		return refuse(diag, "components of name rules", n_bits);
	return 0;
}

static int check_ports(const struct cf_layer *layer, const struct cf_layer_net *net, uint32_t index,
		       struct cf_diag *diag)
{
	static const struct cf_net_ports none;

	for (uint32_t i = 0; i < CF_MAX_NET_PORTS; i++) {
		const struct cf_net_ports *ports = &net->net.ports[i];
		bool is_any = ports->first == 0 && ports->last == PORT_MAX;
		bool is_choice = ports->last == 0 && net->direction == CF_NET_LISTEN;

		if (i >= net->net.n_ports) {
			if (memcmp(ports, &none, sizeof(none)) != 0)
				return refuse(diag, "unused ports of network", index);
			continue;
		}
		if (ports->first > ports->last || (ports->first == 0 && !is_any && !is_choice))
			return refuse(diag, "ports of network", index);
		if (ports->protocols & ~(CF_NET_TCP | CF_NET_UDP) || ports->reserved != 0)
			return refuse(diag, "protocols of network", index);
		if (ports->rule >= layer->n_sources)
			return refuse(diag, "rule of network", index);
		if (ports->protocols == 0 &&
		    (!is_any || net->net.n_ports != 1 || net->direction != CF_NET_CONNECT))
			return refuse(diag, "denial of network", index);
	}
	return 0;
}

static int check_nets(const struct cf_layer *layer, struct cf_diag *diag)
{
	const struct cf_layer_net *nets = cf_layer_nets(layer);

	for (uint32_t i = 0; i < layer->n_nets; i++) {
		struct cf_prefix prefix = cf_layer_net_prefix(&nets[i]);
		int r;

		if (nets[i].direction > CF_NET_LISTEN)
			return refuse(diag, "direction of network", i);
		if (!cf_prefix_is_sound(&prefix))
			return refuse(diag, "prefix of network", i);
		if (i > 0 && cf_layer_net_compare(&nets[i - 1], &nets[i]) >= 0)
			return refuse(diag, "order of network", i);
		if (nets[i].net.n_ports > CF_MAX_NET_PORTS)
			return refuse(diag, "number of ports of network", i);
		r = check_ports(layer, &nets[i], i, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

int cf_layer_check(const void *bytes, size_t size, struct cf_diag *diag)
{
	static int (*const checks[])(const struct cf_layer *, struct cf_diag *) = {
		check_counts, check_strings, check_sources,  check_paths,
		check_execs,  check_digests, check_patterns, check_nets,
	};
	const struct cf_layer *layer = bytes;
	int r;

	if ((uintptr_t)bytes % _Alignof(struct cf_layer) != 0)
		return refuse(diag, "alignment", 0);
	if (size < sizeof(*layer) || size > CF_LAYER_MAX_SIZE)
		return refuse(diag, "number of bytes", (uint32_t)size);
	r = check_header(layer, size, diag);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && r == 0; i++)
		r = checks[i](layer, diag);
	return r;
}
