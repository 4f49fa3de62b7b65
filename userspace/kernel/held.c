/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors from before a task was confined: cf_kernel_watch_held(). */
#include <errno.h>
#include <string.h>

#include "kernel/codes.h"
#include "kernel/internal.h"
#include "kernel/loader.h"
#include "kernel/tasks.h"
#include "policy/diag.h"

#define PROGRAM "cf_use"

int cf_kernel_watch_held(struct cf_kernel *kernel, bool has_ended, struct cf_diag *diag)
{
	const uint32_t n_taken = __atomic_load_n(kernel->maps.taken, __ATOMIC_SEQ_CST);
	bool is_needed = false;
	int r;

	if (n_taken == kernel->n_taken &&
	    !(has_ended && cf_loader_is_attached(kernel->loader, PROGRAM)))
		return 0;
	r = cf_tasks_find(kernel->maps.tasks, kernel->maps.task_value_size, CF_AGENT_ANY,
			  CF_LABEL_LAUNCHED, &is_needed);
	if (r < 0)
		return cf_diag_set(diag, r, CF_K_AGENT, "", 0, 0, "",
				   "cannot look for tasks that were moved in: %s", strerror(-r));
	r = cf_loader_set_attached(kernel->loader, PROGRAM, is_needed, diag);
	if (r < 0)
		return r;
	kernel->n_taken = n_taken;
	/* One that came meanwhile has made the count another. */
	__atomic_store_n(kernel->maps.taken_gone, is_needed ? n_taken - 1 : n_taken,
			 __ATOMIC_SEQ_CST);
	return 0;
}
