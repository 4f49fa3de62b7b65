// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it execute this? Judges each stage of an exec, and executable mappings,
 * which is how ld.so and dlopen() reach code.
 *
 * Hooks: lsm/bprm_check_security, lsm/bprm_creds_from_file (fs/exec.c),
 * lsm/mmap_file (mm/util.c), lsm/file_mprotect (mm/mprotect.c). All in 6.1.
 * lsm/mmap_backing_file (fs/backing-file.c): not on 6.1, where overlayfs is seen through.
 * Interpreters read scripts: that is a read, and no exec rule sees it.
 */
#include "digest.bpf.h"
#include "events.bpf.h"
#include "layers.bpf.h"

/* A program that was removed is as nameless as a memory file. */
static __always_inline int judge_exec(struct cf_task *task, struct file *file)
{
	const struct cf_domain *domain = cf_domain_of(task->label.agent);
	struct dentry *dentry = file->f_path.dentry;

	if (domain && (domain->flags & CF_DOMAIN_MEMFD_EXEC))
		return cf_judge(task, CF_OP_EXEC, dentry, CF_RIGHT_EXEC);
	return cf_judge_named(task, CF_OP_EXEC, file, CF_RIGHT_EXEC, CF_REASON_MEMFD);
}

/* What follows from an execution being allowed; false: that cannot be done from here. */
static __always_inline bool is_told_at_once(__u32 agent, struct dentry *dentry)
{
	const struct cf_domain *domain = cf_domain_of(agent);

	if (!domain)
		return false;
	return !(domain->observe & 1U << CF_OP_EXEC) ||
	       cf_tell_at_once(agent, CF_OP_EXEC, CF_RIGHT_EXEC, dentry);
}

/*
 * Most programs lie in a directory whose verdict is cached: no scratch for tasks
 * that only execute, as most that are forked do. That it is allowed is asked
 * for as no operation, since none is observed; then it is told, if it is to be.
 */
static __always_inline bool is_exec_allowed_at_once(const struct cf_label *label, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	return cf_is_allowed_at_once(label, dentry, CF_OP_NONE, CF_RIGHT_EXEC) &&
	       !cf_is_nameless(file->f_inode) && is_told_at_once(label->agent, dentry);
}

SEC("lsm/bprm_check_security")
int BPF_PROG(cf_exec, struct linux_binprm *bprm, int ret)
{
	struct file *file = bprm->file;

	return CF_IF_NOT_ALLOWED(ret, is_exec_allowed_at_once(&label, file),
				 judge_exec(task, file));
}

/* Would the new program have rights that the old one has not? By set-id bits or file capabilities. */
static __always_inline bool gains_rights(struct linux_binprm *bprm)
{
	const struct cred *new = bprm->cred, *old = bpf_get_current_task_btf()->cred;
	__u64 permitted, held;

	if (new->user_ns->level > 0) /* in a user namespace of its own they reach nothing outside */
		return false;
	if (new->euid.val != old->euid.val || new->egid.val != old->egid.val)
		return true;
	permitted = *(const volatile __u64 *)&new->cap_permitted;
	held = *(const volatile __u64 *)&old->cap_permitted;
	return permitted & ~held;
}

static __always_inline int judge_credentials(struct cf_task *task, struct linux_binprm *bprm,
					     struct dentry *dentry)
{
	const struct cf_domain *domain = cf_domain_of(task->label.agent);

	if (domain && (domain->flags & CF_DOMAIN_SET_ID))
		return 0;
	return cf_judge_refused(task, CF_OP_EXEC, dentry, CF_RIGHT_EXEC, CF_REASON_SET_ID);
}

SEC("lsm/bprm_creds_from_file")
int BPF_PROG(cf_credentials, struct linux_binprm *bprm, struct file *file, int ret)
{
	return CF_IF_NOT_ALLOWED(ret, !gains_rights(bprm),
				 judge_credentials(task, bprm, file->f_path.dentry));
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

/* A flavour: vmlinux.h has no bit fields. */
struct task_struct___execve {
	unsigned int in_execve : 1;
} __attribute__((preserve_access_index));

/*
 * Is it the exec itself that maps this file, whose digest cf_exec_digest has
 * just seen? The file must be the very one, and exec(2) under way: what
 * mm->exe_file is later can be changed (prctl(2), PR_SET_MM_EXE_FILE).
 */
static __always_inline bool is_of_exec(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct___execve *flavour = (void *)task;

	return BPF_CORE_READ_BITFIELD_PROBED(flavour, in_execve) &&
	       (__u64)BPF_CORE_READ(task, mm, exe_file) == (__u64)file;
}

/* After gathering: code of a pinned file is mapped by executing it, and not otherwise, as nobody hashes it then. */
static __always_inline int conclude_mapping(struct cf_task *task, struct file *file, __u32 wanted)
{
	if ((wanted & CF_RIGHT_EXEC) && (task->scratch.objects[0].flags & CF_OBJECT_HAS_DIGESTS) &&
	    !(file && is_of_exec(file)))
		cf_weigh_all_digests(task, CF_REASON_DIGEST_MAPPED);
	return cf_conclude(task, CF_OP_MMAP, wanted, 0);
}

/* A file that is not the one that the task was given to map. */
static __always_inline int judge_hidden(struct cf_task *task, bool is_gathered, __u32 wanted)
{
	if (!is_gathered)
		return cf_refuse(task, CF_OP_MMAP, CF_REASON_DISCONNECTED);
	return conclude_mapping(task, NULL, wanted);
}

static __always_inline int judge_mapping(struct cf_task *task, struct file *file, __u32 wanted)
{
	struct dentry *dentry = file->f_path.dentry;
	int r = 0;

	if (file->f_inode != dentry->d_inode) /* the real file, which a mapping holds */
		r = judge_hidden(task, cf_gather_inode(task, (__u64)file->f_inode), wanted);
	else if (!bpf_core_type_exists(struct backing_file) && cf_is_stacked(dentry))
		r = judge_hidden(task, cf_gather_layer(task, file), wanted);
	if (r || cf_cache_allows(task, dentry, CF_OP_MMAP, wanted))
		return r;
	cf_gather(task, 0, dentry, 0);
	return conclude_mapping(task, file, wanted);
}

/* What is mapped is the layer's file: where it is seen is another affair. */
static __always_inline int judge_protection(struct cf_task *task, struct file *file, __u32 wanted)
{
	const __u64 seen = cf_seen_dentry(file);
	int r = judge_mapping(task, file, wanted);

	if (r || !seen)
		return r;
	task->scratch.objects[0].dentry = seen;
	cf_need(&task->scratch.objects[0], cf_weigh(task, 0, 0));
	return conclude_mapping(task, NULL, wanted);
}

static __always_inline int judge_backing(struct cf_task *task, struct dentry *dentry, __u32 wanted)
{
	if (cf_cache_allows(task, dentry, CF_OP_MMAP, wanted))
		return 0;
	cf_gather(task, 0, dentry, 0);
	return conclude_mapping(task, NULL, wanted);
}

static __always_inline bool is_mapping_allowed_at_once(const struct cf_label *label,
						       struct file *file, __u32 wanted)
{
	struct dentry *dentry = file->f_path.dentry;

	if (!wanted)
		return true;
	return file->f_inode == dentry->d_inode &&
	       (bpf_core_type_exists(struct backing_file) || !cf_is_stacked(dentry)) &&
	       cf_is_allowed_at_once(label, dentry, CF_OP_MMAP, wanted);
}

static __always_inline bool is_protection_allowed_at_once(const struct cf_label *label,
							  struct file *file, __u32 wanted)
{
	return !wanted ||
	       (!cf_seen_dentry(file) && is_mapping_allowed_at_once(label, file, wanted));
}

/* What was opened before shows itself in memory without any further call; private to the task or not. */
static __always_inline __u32 wanted_by(const struct cf_label *label, const struct file *file,
				       __u32 wanted)
{
	return cf_may_be_unjudged(label, file->f_inode) ? wanted | CF_RIGHT_READ : wanted;
}

/* Nothing is wanted, whoever asks: most mappings, while no task lives that was moved in. */
static __always_inline bool is_harmless(__u32 wanted)
{
	return !wanted && cf_taken == cf_taken_gone;
}

SEC("lsm/mmap_file")
int BPF_PROG(cf_mmap, struct file *file, unsigned long requested, unsigned long protection,
	     unsigned long flags, int ret)
{
	const __u32 wanted = wanted_of_mapping(protection, flags & MAP_SHARED);

	if (ret || !file || is_harmless(wanted))
		return ret;
	return CF_IF_NOT_ALLOWED(
		0, is_mapping_allowed_at_once(&label, file, wanted_by(&label, file, wanted)),
		judge_mapping(task, file, wanted_by(&task->label, file, wanted)));
}

/* The same for pages that are mapped already. */
SEC("lsm/file_mprotect")
int BPF_PROG(cf_mprotect, struct vm_area_struct *area, unsigned long requested,
	     unsigned long protection, int ret)
{
	const __u32 wanted = wanted_of_mapping(protection, area->vm_flags & VM_SHARED);
	struct file *file = area->vm_file;

	if (ret || !file || is_harmless(wanted))
		return ret;
	return CF_IF_NOT_ALLOWED(
		0, is_protection_allowed_at_once(&label, file, wanted_by(&label, file, wanted)),
		judge_protection(task, file, wanted_by(&task->label, file, wanted)));
}

/* What a stacked filesystem maps for a file of its own: the file below may be another affair. */
SEC("lsm/mmap_backing_file")
int BPF_PROG(cf_mmap_backing, struct vm_area_struct *area, struct file *backing, struct file *user,
	     int ret)
{
	const __u32 wanted = wanted_of_mapping(area->vm_flags, area->vm_flags & VM_SHARED);

	if (ret || is_harmless(wanted))
		return ret;
	return CF_IF_NOT_ALLOWED(
		0, !wanted_by(&label, user, wanted),
		judge_backing(task, backing->f_path.dentry, wanted_by(&task->label, user, wanted)));
}
