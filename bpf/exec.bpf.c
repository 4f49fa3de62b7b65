// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it execute this? Judges each stage of an exec, and executable mappings,
 * which is how ld.so and dlopen() reach code.
 *
 * Hooks: lsm/bprm_check_security (fs/exec.c), lsm/mmap_file (mm/util.c),
 * lsm/file_mprotect (mm/mprotect.c). All in 6.1. Interpreters read scripts: that is a read, and no exec rule sees it.
 */
#include "cache.bpf.h"
#include "verdict.bpf.h"

static __always_inline int judge_file(__u32 op, struct file *file, __u32 wanted)
{
	struct cf_task *task = NULL;
	enum cf_asker asker = cf_asking(&task);

	if (asker == CF_ASKER_FREE)
		return 0;
	if (asker != CF_ASKER_CONFINED || !task)
		return CF_REFUSED_BLINDLY;
	if (cf_cache_allows(task, file->f_path.dentry, op, wanted))
		return 0;
	cf_gather(task, 0, file->f_path.dentry, 0);
	return cf_clamp(cf_conclude(op, wanted, 0));
}

SEC("lsm/bprm_check_security")
int BPF_PROG(cf_exec, struct linux_binprm *bprm, int ret)
{
	return ret ? ret : judge_file(CF_OP_EXEC, bprm->file, CF_RIGHT_EXEC);
}

/* Code, and shared writable pages: they change a file without any further call. */
static __always_inline __u32 wanted_of_mapping(unsigned long protection, bool is_shared)
{
	__u32 wanted = 0;

	if (protection & PROT_EXEC)
		wanted |= CF_RIGHT_EXEC;
	if ((protection & PROT_WRITE) && is_shared)
		wanted |= CF_RIGHT_WRITE;
	return wanted;
}

SEC("lsm/mmap_file")
int BPF_PROG(cf_mmap, struct file *file, unsigned long requested, unsigned long protection,
	     unsigned long flags, int ret)
{
	__u32 wanted;

	if (ret || !file)
		return ret;
	wanted = wanted_of_mapping(protection, flags & MAP_SHARED);
	return wanted ? judge_file(CF_OP_MMAP, file, wanted) : 0;
}

/* The same for pages that are mapped already. */
SEC("lsm/file_mprotect")
int BPF_PROG(cf_mprotect, struct vm_area_struct *area, unsigned long requested,
	     unsigned long protection, int ret)
{
	struct file *file = area->vm_file;
	__u32 wanted;

	if (ret || !file)
		return ret;
	wanted = wanted_of_mapping(protection, area->vm_flags & VM_SHARED);
	return wanted ? judge_file(CF_OP_MMAP, file, wanted) : 0;
}
