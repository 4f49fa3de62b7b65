/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the kernel part. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/codes.h"
#include "kernel/internal.h"
#include "kernel/loader.h"
#include "kernel/pins.h"
#include "kernel/probe.h"
#include "policy/diag.h"
#include "policy/image.h"

static void free_agent(struct cf_agent *agent)
{
	if (!agent)
		return;
	cf_domain_image_free(&agent->image);
	free(agent->zones);
	free(agent->entries);
	free(agent->digests);
	free(agent);
}

void cf_kernel_close(struct cf_kernel **kernel)
{
	struct cf_kernel *old = *kernel;

	if (!old)
		return;
	for (size_t i = 0; i < CF_MAX_AGENTS; i++)
		free_agent(old->agents[i]);
	cf_kernel_events_done(&old->events);
	cf_tree_done(&old->tree);
	cf_loader_free(&old->loader);
	cf_fd_close(&old->mountinfo_fd);
	cf_fd_close(&old->lock_fd);
	free(old);
	*kernel = NULL;
}

static int set_up_tree(struct cf_kernel *kernel, struct cf_diag *diag)
{
	int r;

	r = cf_tree_open(cf_loader_identify_fd(kernel->loader), &kernel->maps, &kernel->tree);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_SETUP, "", 0, 0, "",
				   "cannot start identifying files: %s", strerror(-r));
	kernel->mountinfo_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (kernel->mountinfo_fd < 0)
		return cf_diag_set(diag, cf_errno_negative(), CF_K_MOUNTS, "", 0, 0,
				   "mount procfs on /proc",
				   "cannot open '/proc/self/mountinfo': %s", strerror(errno));
	return cf_kernel_mounts_refresh(kernel, diag);
}

static int set_up_events(struct cf_kernel *kernel, struct cf_diag *diag)
{
	int r = cf_kernel_events_open(kernel);

	if (r < 0)
		return cf_diag_set(diag, r, CF_K_SETUP, "", 0, 0, "",
				   "cannot open the event rings: %s", strerror(-r));
	return 0;
}

/* From here on there is something to undo. */
static int bring_up(struct cf_kernel *kernel, struct cf_diag *diag)
{
	int r;

	r = cf_loader_load(kernel->loader, diag);
	if (r < 0)
		return r;
	cf_loader_maps(kernel->loader, &kernel->maps);
	r = set_up_events(kernel, diag);
	if (r < 0)
		return r;
	r = cf_loader_attach(kernel->loader, diag);
	if (r < 0)
		return r;
	cf_digests_learn(&kernel->maps, &kernel->digest_support);
	/* After attaching: superblocks that go from now on are forgotten by the kernel part. */
	r = set_up_tree(kernel, diag);
	if (r < 0)
		return r;
	r = cf_pins_make(diag);
	if (r < 0)
		return r;
	r = cf_loader_pin(kernel->loader, diag);
	if (r < 0)
		(void)cf_pins_remove(NULL); /* the failure to pin is what is told */
	return r;
}

int cf_kernel_open(struct cf_kernel **ret_kernel, struct cf_diag *diag)
{
	CF_CLEANUP(cf_kernel_close) struct cf_kernel *kernel = calloc(1, sizeof(*kernel));
	int r;

	if (!kernel)
		return cf_diag_set(diag, -ENOMEM, CF_K_SETUP, "", 0, 0, "", "out of memory");
	kernel->lock_fd = kernel->mountinfo_fd = kernel->events.epoll_fd = kernel->events.timer_fd =
		-1;
	kernel->tree.identifier.link_fd = -1;
	r = cf_probe_host(diag);
	if (r < 0)
		return r;
	r = cf_pins_lock(&kernel->lock_fd, diag);
	if (r < 0)
		return r;
	r = cf_loader_open(&kernel->loader, diag);
	if (r < 0)
		return r;
	r = cf_pins_clear_old(diag);
	if (r < 0)
		return r;
	r = bring_up(kernel, diag);
	if (r < 0)
		return r;
	*ret_kernel = cf_steal_ptr(kernel);
	return 0;
}

int cf_kernel_release(struct cf_diag *diag)
{
	cf_auto_fd int lock_fd = -1;
	int r;

	r = cf_pins_lock(&lock_fd, diag);
	if (r < 0)
		return r;
	return cf_pins_remove(diag);
}

const struct cf_kernel_hook *cf_kernel_hooks(const struct cf_kernel *kernel, size_t *ret_n)
{
	return cf_loader_hooks(kernel->loader, ret_n);
}

/* ---------------------------------------------------------------- mounts */

int cf_kernel_mounts_fd(struct cf_kernel *kernel)
{
	return kernel->mountinfo_fd;
}

bool cf_kernel_mounts_are_moving(const struct cf_kernel *kernel)
{
	return __atomic_load_n(kernel->maps.moves_begun, __ATOMIC_SEQ_CST) !=
	       __atomic_load_n(kernel->maps.moves_seen, __ATOMIC_SEQ_CST);
}

int cf_kernel_mounts_refresh(struct cf_kernel *kernel, struct cf_diag *diag)
{
	/* Before mountinfo is read: one that begins from now on is seen by the next refresh. */
	const uint32_t begun = __atomic_load_n(kernel->maps.moves_begun, __ATOMIC_SEQ_CST);
	int r = cf_tree_refresh(&kernel->tree);

	if (r == 0)
		r = cf_kernel_open_arrivals(kernel);
	if (r == 0) {
		__atomic_store_n(kernel->maps.moves_seen, begun, __ATOMIC_SEQ_CST);
		cf_maps_bump_topology(&kernel->maps);
	}
	if (r < 0 && !kernel->tree.top)
		return cf_diag_set(diag, r, CF_K_ROOT_MOUNT, "", 0, 0,
				   "run cofferdamd with a root directory on a local filesystem",
				   "the filesystem of '/' cannot be classified: %s", strerror(-r));
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_MOUNTS, "", 0, 0, "", "cannot classify mounts: %s",
				   strerror(-r));
	return 0;
}

const struct cf_kernel_mount *cf_kernel_mounts_denied(const struct cf_kernel *kernel, size_t *ret_n)
{
	*ret_n = kernel->tree.denied.n_items;
	return kernel->tree.denied.items;
}
