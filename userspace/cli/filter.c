/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdint.h>
#include <sys/mman.h>

#include <seccomp.h>

#include "base/cleanup.h"
#include "cli/filter.h"

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20 /* include/uapi/linux/fs.h, from 6.9 on */
#endif

/*
 * Numbers and places of arguments: fallocate(2), readv(2), madvise(2),
 * process_madvise(2), io_submit(2). A mode that is not known counts as one that
 * removes. The kernel takes 32 bits of an int, a filter sees all 64.
 */
#define INT_BITS UINT32_MAX

static const struct {
	int call;
	int error;
	unsigned int n_arguments;
	struct scmp_arg_cmp argument;
} refused[] = {
	{SCMP_SYS(fallocate), EPERM, 1, SCMP_CMP(1, SCMP_CMP_GT, FALLOC_FL_KEEP_SIZE)},
	{SCMP_SYS(pwritev2), EPERM, 1, SCMP_CMP(5, SCMP_CMP_MASKED_EQ, RWF_NOAPPEND, RWF_NOAPPEND)},
	{SCMP_SYS(madvise), EPERM, 1, SCMP_CMP(2, SCMP_CMP_MASKED_EQ, INT_BITS, MADV_REMOVE)},
	{SCMP_SYS(process_madvise), EPERM, 1,
	 SCMP_CMP(3, SCMP_CMP_MASKED_EQ, INT_BITS, MADV_REMOVE)},
	{SCMP_SYS(io_setup), ENOSYS, 0, {}},
	{SCMP_SYS(io_submit), ENOSYS, 0, {}},
};

static void release(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

int cf_filter_install(void)
{
	CF_CLEANUP(release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM;

	/* The caller sets no_new_privs where the policy wants it; x32 calls, whose arguments differ, are refused. */
	if (r == 0)
		r = seccomp_arch_add(filter, SCMP_ARCH_X86);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	for (size_t i = 0; r == 0 && i < sizeof(refused) / sizeof(refused[0]); i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((uint32_t)refused[i].error),
					   refused[i].call, refused[i].n_arguments,
					   &refused[i].argument);
	return r == 0 ? seccomp_load(filter) : r;
}
