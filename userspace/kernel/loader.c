/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"

#include "kernel/codes.h"
#include "kernel/hooks.h"
#include "kernel/loader.h"
#include "kernel/maps.h"
#include "kernel/pins.h"
#include "policy/diag.h"

/* Names types of abi.h, so it comes last. */
#include "cofferdam.skel.h"

#define LOG_BYTES (1U << 20) /* of the verifier, for one program */

/* A link and the program it is for. */
struct attached {
	struct bpf_link *link;
	const char *program;
};

struct cf_loader {
	struct cofferdam *skeleton;
	struct cf_kernel_hook *hooks;
	size_t n_hooks;
	CF_ARRAY(struct attached) links;
};

/* libbpf's first complaint of the current step; the folder is not thread-safe. */
static char complaint[CF_DIAG_TEXT_SIZE];

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list arguments)
{
	static const char prefix[] = "libbpf: ";

	if (level != LIBBPF_WARN || *complaint)
		return 0;
	(void)vsnprintf(complaint, sizeof(complaint), format, arguments);
	if (strncmp(complaint, prefix, sizeof(prefix) - 1) == 0)
		memmove(complaint, complaint + sizeof(prefix) - 1,
			strlen(complaint) - sizeof(prefix) + 2);
	complaint[strcspn(complaint, "\n")] = '\0';
	return 0;
}

static void listen_to_libbpf(void)
{
	*complaint = '\0';
	(void)libbpf_set_print(
		keep_complaint); /* returns the one before, which is ours or prints */
}

int cf_loader_open(struct cf_loader **ret_loader, struct cf_diag *diag)
{
	CF_CLEANUP(cf_loader_free) struct cf_loader *loader = calloc(1, sizeof(*loader));
	int r;

	if (!loader)
		return cf_diag_set(diag, -ENOMEM, CF_K_SETUP, "", 0, 0, "", "out of memory");
	listen_to_libbpf();
	loader->skeleton = cofferdam__open();
	if (!loader->skeleton)
		return cf_diag_set(diag, cf_errno_negative(), CF_K_LOAD, "", 0, 0, "",
				   "cannot open the BPF object: %s", complaint);
	r = cf_hooks_select(loader->skeleton->obj, &loader->hooks, &loader->n_hooks, diag);
	if (r == 0 || r == -EOPNOTSUPP)
		*ret_loader = cf_steal_ptr(loader);
	return r;
}

/* The verifier's last line that says why: what follows it is statistics. */
static void last_line(const char *log, char *line, size_t size)
{
	static const char *const statistics[] = {"processed ", "verification time ",
						 "stack depth "};

	*line = '\0';
	while (*log) {
		size_t length = strcspn(log, "\n");
		bool is_statistic = false;

		for (size_t i = 0; i < sizeof(statistics) / sizeof(statistics[0]); i++)
			if (strncmp(log, statistics[i], strlen(statistics[i])) == 0)
				is_statistic = true;
		if (length && !is_statistic)
			(void)snprintf(line, size, "%.*s", (int)length, log);
		log += length + (log[length] == '\n');
	}
}

static int explain_load(const struct cf_loader *loader, int error, struct cf_diag *diag)
{
	struct bpf_program *program;
	char line[256];

	bpf_object__for_each_program(program, loader->skeleton->obj)
	{
		size_t size;
		const char *log = bpf_program__log_buf(program, &size);

		if (!log || !*log || !bpf_program__autoload(program))
			continue;
		last_line(log, line, sizeof(line));
		return cf_diag_set(diag, error, CF_K_LOAD, "", 0, 0,
				   "please report this with the kernel's version",
				   "the kernel refused program '%s': %s (%s)",
				   bpf_program__name(program), line, strerror(-error));
	}
	return cf_diag_set(diag, error, CF_K_LOAD, "", 0, 0, "", "cannot load the BPF object: %s",
			   *complaint ? complaint : strerror(-error));
}

static void free_logs(char ***logs)
{
	for (size_t i = 0; *logs && (*logs)[i]; i++)
		free((*logs)[i]);
	free(*logs);
}

/* libbpf fills a program's buffer only when the program failed to load. */
static int set_logs(struct cf_loader *loader, char **logs)
{
	struct bpf_program *program;
	size_t n = 0;
	int r;

	bpf_object__for_each_program(program, loader->skeleton->obj)
	{
		logs[n] = calloc(1, LOG_BYTES);
		if (!logs[n])
			return -ENOMEM;
		r = bpf_program__set_log_buf(program, logs[n++], LOG_BYTES);
		if (r < 0)
			return r;
	}
	return 0;
}

static void clear_logs(struct cf_loader *loader)
{
	struct bpf_program *program;

	/* Fails only for an impossible size. */
	bpf_object__for_each_program(program, loader->skeleton->obj)(void)
		bpf_program__set_log_buf(program, NULL, 0);
}

int cf_loader_load(struct cf_loader *loader, struct cf_diag *diag)
{
	CF_CLEANUP(free_logs) char **logs = NULL;
	struct bpf_program *program;
	size_t n = 1;
	int r;

	bpf_object__for_each_program(program, loader->skeleton->obj) n++;
	logs = calloc(n, sizeof(*logs));
	if (!logs)
		return cf_diag_set(diag, -ENOMEM, CF_K_SETUP, "", 0, 0, "", "out of memory");
	r = set_logs(loader, logs);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_SETUP, "", 0, 0, "", "cannot prepare to load: %s",
				   strerror(-r));
	listen_to_libbpf();
	r = cofferdam__load(loader->skeleton);
	if (r < 0)
		r = explain_load(loader, r, diag);
	clear_logs(loader);
	return r;
}

static struct cf_kernel_hook *find_hook(const struct cf_loader *loader, const char *program)
{
	for (size_t i = 0; i < loader->n_hooks; i++)
		if (strcmp(loader->hooks[i].program, program) == 0)
			return &loader->hooks[i];
	return NULL;
}

static int attach(struct cf_loader *loader, struct bpf_program *program,
		  struct cf_kernel_hook *hook)
{
	struct attached attached = {.program = hook->program};
	int r;

	attached.link = bpf_program__attach(program);
	if (!attached.link)
		return cf_errno_negative();
	r = cf_array_push(&loader->links, attached);
	if (r < 0) {
		(void)bpf_link__destroy(attached.link); /* detached with its last descriptor */
		return r;
	}
	hook->is_attached = true;
	return 0;
}

int cf_loader_attach(struct cf_loader *loader, struct cf_diag *diag)
{
	struct bpf_program *program;
	int r;

	listen_to_libbpf();
	bpf_object__for_each_program(program, loader->skeleton->obj)
	{
		struct cf_kernel_hook *hook = find_hook(loader, bpf_program__name(program));

		if (!hook || hook->is_on_demand || !bpf_program__autoload(program))
			continue;
		r = attach(loader, program, hook);
		if (r < 0)
			return cf_diag_set(diag, r, CF_K_ATTACH, "", 0, 0, "",
					   "cannot attach to hook '%s': %s", hook->name,
					   *complaint ? complaint : strerror(-r));
	}
	return 0;
}

static int pin(int fd, const char *directory, const char *name, struct cf_diag *diag)
{
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = bpf_obj_pin(fd, path);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_PIN, "", 0, 0, "", "cannot pin '%s': %s", path,
				   strerror(-r));
	return 0;
}

static int pin_link(const struct attached *attached, struct cf_diag *diag)
{
	return pin(bpf_link__fd(attached->link), CF_PINS_LINKS, attached->program, diag);
}

/* bpffs takes no dots: libbpf's "cofferda.bss" becomes "bss". */
static const char *pin_name(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : name;
}

int cf_loader_pin(struct cf_loader *loader, struct cf_diag *diag)
{
	struct bpf_map *map;
	int r;

	for (size_t i = 0; i < loader->links.n_items; i++) {
		r = pin_link(&loader->links.items[i], diag);
		if (r < 0)
			return r;
	}
	bpf_object__for_each_map(map, loader->skeleton->obj)
	{
		r = pin(bpf_map__fd(map), CF_PINS_MAPS, pin_name(map), diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static struct bpf_program *find_program(struct cf_loader *loader, const char *name)
{
	return bpf_object__find_program_by_name(loader->skeleton->obj, name);
}

static int attach_on_demand(struct cf_loader *loader, struct cf_kernel_hook *hook,
			    struct cf_diag *diag)
{
	int r;

	listen_to_libbpf();
	r = attach(loader, find_program(loader, hook->program), hook);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_ATTACH, "", 0, 0, "",
				   "cannot attach to hook '%s': %s", hook->name,
				   *complaint ? complaint : strerror(-r));
	return pin_link(&loader->links.items[loader->links.n_items - 1], diag);
}

/* Without its pin and its descriptor a link is gone. */
static int detach(struct cf_loader *loader, struct cf_kernel_hook *hook, struct cf_diag *diag)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < loader->links.n_items; i++) {
		struct attached *attached = &loader->links.items[i];

		if (strcmp(attached->program, hook->program) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", CF_PINS_LINKS, hook->program);
		if (unlink(path) < 0 && errno != ENOENT)
			return cf_diag_set(diag, cf_errno_negative(), CF_K_PIN, "", 0, 0, "",
					   "cannot unpin '%s': %s", hook->program, strerror(errno));
		(void)bpf_link__destroy(attached->link); /* detached with its last descriptor */
		*attached = loader->links.items[--loader->links.n_items];
		hook->is_attached = false;
		return 0;
	}
	return 0;
}

int cf_loader_set_attached(struct cf_loader *loader, const char *program, bool is_wanted,
			   struct cf_diag *diag)
{
	struct cf_kernel_hook *hook = find_hook(loader, program);

	if (!hook || !hook->is_on_demand)
		return cf_diag_set(diag, -EINVAL, CF_K_ATTACH, "", 0, 0, "",
				   "program '%s' is not attached on demand", program);
	if (hook->is_attached == is_wanted)
		return 0;
	return is_wanted ? attach_on_demand(loader, hook, diag) : detach(loader, hook, diag);
}

bool cf_loader_is_attached(const struct cf_loader *loader, const char *program)
{
	const struct cf_kernel_hook *hook = find_hook(loader, program);

	return hook && hook->is_attached;
}

void cf_loader_free(struct cf_loader **loader)
{
	struct cf_loader *old = *loader;

	if (!old)
		return;
	/* Closes the descriptor; a link that is pinned stays attached. */
	for (size_t i = 0; i < old->links.n_items; i++)
		(void)bpf_link__destroy(old->links.items[i].link);
	free(old->links.items);
	free(old->hooks);
	cofferdam__destroy(old->skeleton);
	free(old);
	*loader = NULL;
}

void cf_loader_maps(const struct cf_loader *loader, struct cf_maps *ret_maps)
{
	const struct cofferdam *skeleton = loader->skeleton;

	*ret_maps = (struct cf_maps){
		.cgroups = bpf_map__fd(skeleton->maps.cf_cgroups),
		.domains = bpf_map__fd(skeleton->maps.cf_domains),
		.tasks = bpf_map__fd(skeleton->maps.cf_tasks),
		.superblocks = bpf_map__fd(skeleton->maps.cf_superblocks),
		.anchors = bpf_map__fd(skeleton->maps.cf_anchors),
		.places = bpf_map__fd(skeleton->maps.cf_places),
		.zones = bpf_map__fd(skeleton->maps.cf_zones),
		.rights = bpf_map__fd(skeleton->maps.cf_rights),
		.names = bpf_map__fd(skeleton->maps.cf_names),
		.prefixes = bpf_map__fd(skeleton->maps.cf_prefixes),
		.suffixes = bpf_map__fd(skeleton->maps.cf_suffixes),
		.name_rules = bpf_map__fd(skeleton->maps.cf_name_rules),
		.nets = bpf_map__fd(skeleton->maps.cf_nets),
		.digests = bpf_map__fd(skeleton->maps.cf_digests),
		.counters = bpf_map__fd(skeleton->maps.cf_counters),
		.credits = bpf_map__fd(skeleton->maps.cf_credits),
		.denials = bpf_map__fd(skeleton->maps.cf_denials),
		.observed = bpf_map__fd(skeleton->maps.cf_observed),
		.task_value_size = bpf_map__value_size(skeleton->maps.cf_tasks),
		.topology = &skeleton->bss->cf_topology,
		.agents_live = &skeleton->bss->cf_agents_live,
		.links_unknown = &skeleton->bss->cf_links_unknown,
		.moves_begun = &skeleton->bss->cf_moves_begun,
		.moves_seen = &skeleton->bss->cf_moves_seen,
		.taken = &skeleton->bss->cf_taken,
		.taken_gone = &skeleton->bss->cf_taken_gone,
		.proc_zone = &skeleton->bss->cf_proc_zone,
		.sys_zone = &skeleton->bss->cf_sys_zone,
		.digest_parent = &skeleton->bss->cf_digest_parent,
		.digest_algorithm = &skeleton->bss->cf_digest_algorithm,
		.digest_verity = &skeleton->bss->cf_digest_verity,
		.reader_sleeps = &skeleton->bss->cf_reader_sleeps,
		.daemon_tgid = &skeleton->bss->cf_daemon_tgid,
		.identify_first = &skeleton->bss->cf_identify_first,
		.identify_last = &skeleton->bss->cf_identify_last,
		/* The skeleton calls __u64 long long; uint64_t is long. Same size, same bits. */
		.cgroup_filter = (uint64_t *)(void *)skeleton->bss->cf_cgroup_filter,
		.anchor_filter = (uint64_t *)(void *)skeleton->bss->cf_anchor_filter,
		.name_ends = (struct cf_name_ends *)(void *)skeleton->bss->cf_name_ends,
	};
}

int cf_loader_identify_fd(const struct cf_loader *loader)
{
	return bpf_program__fd(loader->skeleton->progs.cf_identify);
}

const struct cf_kernel_hook *cf_loader_hooks(const struct cf_loader *loader, size_t *ret_n)
{
	*ret_n = loader->n_hooks;
	return loader->hooks;
}
