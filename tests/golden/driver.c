/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy compiler as a program, for the golden tests: nothing but files
 * in, text out. Packs are looked for in the folders given with -I, in order.
 *
 *	driver [-I DIR]... [-v NAME=VALUE]... show|dump|layer|check FILE...
 *
 * show: the merged policy; dump: the kernel's tables as text; layer: the image's
 * bytes; check: one line for each file, "FILE: ok" or what is wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/policy.h"

#define MAX_FOLDERS 8
#define MAX_BYTES   (16U << 20)

struct pack {
	char *file;
	char *text;
};

static const char *folders[MAX_FOLDERS];
static size_t n_folders;
static CF_ARRAY(struct pack) packs;

static struct cf_policy_variables variables = {
	.workspace = "/srv/work",
	.home = "/home/user",
	.user = "user",
	.agent = "agent-1",
	.tmp = "/tmp",
};

static int read_file(const char *path, char **ret_text, size_t *ret_size)
{
	cf_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : cf_fd_read_all(fd, MAX_BYTES, ret_text, ret_size);
}

static int find_pack(const char *name, void *userdata, const char **ret_file, const char **ret_text,
		     size_t *ret_size)
{
	(void)userdata;
	for (size_t i = 0; i < n_folders; i++) {
		struct pack pack = {};
		int r;

		if (asprintf(&pack.file, "%s/%s.yaml", folders[i], name) < 0)
			return -ENOMEM;
		r = read_file(pack.file, &pack.text, ret_size);
		if (r == 0) {
			/* Only the name: the expected output must not know where the tree is. */
			*ret_file = strrchr(pack.file, '/') + 1;
			*ret_text = pack.text;
			return cf_array_push(&packs, pack);
		}
		free(pack.file);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

static void print_mask(const char *title, const __u64 *words)
{
	printf("%s", title);
	for (unsigned int bit = 0; bit < CF_NAME_BITS; bit++)
		if (words[bit / 64] & (UINT64_C(1) << (bit % 64)))
			printf(" %u", bit);
	printf("\n");
}

static void print_ends(const char *title, const struct cf_name_ends *ends, __u8 end)
{
	printf("%s", title);
	for (unsigned int cell = 0; cell < CF_NAME_CELLS; cell++)
		if (ends->cells[cell] & end)
			printf(" %u", cell);
	printf("\n");
}

static void print_affixes(const char *title, const struct cf_domain_affix *affixes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		printf("%s %u '%s'", title, affixes[i].key.prefixlen, affixes[i].key.name);
		print_mask("", affixes[i].mask.words);
	}
}

static void dump_domain(const struct cf_domain_image *image)
{
	const struct cf_domain *domain = &image->domain;

	printf("agent %u flags 0x%x layers %u observe 0x%x\n", domain->agent, domain->flags,
	       domain->n_layers, domain->observe);
	print_ends("first", &image->ends, CF_NAME_FIRST);
	print_ends("last", &image->ends, CF_NAME_LAST);
	print_mask("leaf", domain->name_leaf);
	print_mask("children", domain->name_children);
	print_mask("complete", domain->name_complete);
	print_mask("leading", domain->name_leading);
	print_mask("both", domain->name_both);
	for (size_t i = 0; i < image->n_literals; i++) {
		printf("literal '%s'", image->literals[i].key.name);
		print_mask("", image->literals[i].mask.words);
	}
	print_affixes("prefix", image->prefixes, image->n_prefixes);
	print_affixes("suffix", image->suffixes, image->n_suffixes);
	for (size_t i = 0; i < image->n_name_rules; i++) {
		const struct cf_domain_name_rule *rule = &image->name_rules[i];

		printf("name rule %u: rights 0x%03x rule %u except %u layer %u min %u\n",
		       rule->key.bit, rule->value.rights, rule->value.rule, rule->value.except,
		       rule->value.layer, rule->value.min_length);
	}
	for (size_t i = 0; i < image->n_replaces; i++)
		printf("replace %u: layer %u rule %u\n", image->replaces[i].bit,
		       image->replaces[i].layer, image->replaces[i].rule);
	for (size_t i = 0; i < image->n_nets; i++) {
		const struct cf_domain_net *net = &image->nets[i];
		char address[INET6_ADDRSTRLEN] = "";

		(void)inet_ntop(AF_INET6, net->key.address, address, sizeof(address));
		printf("net %u layer %u %s %s:", net->key.prefixlen, net->key.layer,
		       net->key.direction == CF_NET_LISTEN ? "listen" : "connect", address);
		for (unsigned int j = 0; j < net->value.n_ports; j++)
			printf(" %u-%u/%u rule %u", net->value.ports[j].first,
			       net->value.ports[j].last, net->value.ports[j].protocols,
			       net->value.ports[j].rule);
		printf("\n");
	}
}

static int show(const char *verb, const struct cf_layer *layer, struct cf_diag *diag)
{
	CF_CLEANUP(cf_domain_image_free) struct cf_domain_image *image = NULL;
	cf_auto_free char *text = NULL;
	int r;

	r = cf_layer_check(layer, layer->size, diag);
	if (r < 0)
		return r;
	if (strcmp(verb, "check") == 0)
		return 0;
	if (strcmp(verb, "layer") == 0)
		return cf_fd_write_all(STDOUT_FILENO, layer, layer->size);
	if (strcmp(verb, "show") == 0) {
		r = cf_policy_print(layer, &text);
		if (r == 0)
			printf("%s", text);
		return r;
	}
	r = cf_domain_build(1025, &layer, 1, &image, diag);
	if (r == 0)
		dump_domain(image);
	return r;
}

static int run(const char *verb, const char *path, struct cf_diag *diag)
{
	CF_CLEANUP(cf_policy_free) struct cf_policy *policy = NULL;
	const char *slash = strrchr(path, '/');
	cf_auto_free struct cf_layer *layer = NULL;
	cf_auto_free char *text = NULL;
	size_t size;
	int r;

	r = read_file(path, &text, &size);
	if (r < 0)
		return r;
	r = cf_policy_parse(slash ? slash + 1 : path, text, size, find_pack, NULL, &policy, diag);
	if (r < 0)
		return r;
	r = cf_policy_compile(policy, &variables, &layer, diag);
	if (r < 0)
		return r;
	return show(verb, layer, diag);
}

static int set_variable(const char *text)
{
	static const struct {
		const char *name;
		const char **value;
	} table[] = {
		{"workspace=", &variables.workspace},
		{"home=", &variables.home},
		{"user=", &variables.user},
		{"agent=", &variables.agent},
		{"tmp=", &variables.tmp},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t length = strlen(table[i].name);

		if (strncmp(text, table[i].name, length) != 0)
			continue;
		*table[i].value = text[length] ? text + length : NULL;
		return 0;
	}
	return -EINVAL;
}

static int report(const char *verb, const char *path)
{
	struct cf_diag diag = {};
	char message[2048];
	int r;

	r = run(verb, path, &diag);
	if (r < 0 && diag.code[0])
		printf("%s\n", cf_diag_format(&diag, message, sizeof(message)));
	else if (r < 0)
		printf("%s: %s\n", path, strerror(-r));
	else if (strcmp(verb, "check") == 0)
		printf("%s: ok\n", path);
	return r;
}

int main(int argc, char **argv)
{
	const char *verb;
	int status = 0;
	int option;

	while ((option = getopt(argc, argv, "I:v:")) != -1) {
		if (option == 'I' && n_folders < MAX_FOLDERS)
			folders[n_folders++] = optarg;
		else if (option != 'v' || set_variable(optarg) < 0)
			return 2;
	}
	if (argc - optind < 2)
		return 2;
	verb = argv[optind++];
	for (; optind < argc; optind++)
		if (report(verb, argv[optind]) < 0)
			status = 1;
	for (size_t i = 0; i < packs.n_items; i++) {
		free(packs.items[i].file);
		free(packs.items[i].text);
	}
	free(packs.items);
	return status;
}
