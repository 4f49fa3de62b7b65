// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does the file that is executed hold what the policy pins? The kernel says
 * what it holds: IMA hashes the contents, fs-verity has the digest at hand.
 *
 * Hook: lsm.s/bprm_check_security (fs/exec.c), in 6.1; it sleeps, as hashing
 * reads the file. For each stage, so a script is judged, and its interpreter.
 * cf_exec on the same hook judges the rights; which of the two comes first
 * makes no difference. bpf_ima_file_hash() is in 5.18, bpf_get_fsverity_digest()
 * in 6.8: fs/verity/measure.c.
 *
 * Whose task it is was found out when the file was opened to be executed, by
 * cf_file_open, which labels it or refuses: a program that sleeps may not look
 * at other tasks' storage, as cf_label_of() does.
 *
 * The confined side chooses what it executes, and when. It cannot write where
 * its layer pins something; and from opening a file to execute it until the
 * process ends, the kernel lets nobody open that file to write (scripts: until
 * their interpreter has begun; 6.11 and the first of 6.12 did not keep this).
 * Other hooks of the task run while a file is read, so what is known of the file
 * is not where they put theirs, and it is located again afterwards.
 *
 * Mapping code by other roads (ld.so, dlopen()) is exec.bpf.c's.
 */
#include "digest.bpf.h"

#include <linux/hash_info.h>

/* include/uapi/linux/fsverity.h, which brings its own types */
#define FS_VERITY_HASH_ALG_SHA256 1
#define FS_VERITY_HASH_ALG_SHA512 2

#define KIND(name)		  (1U << CF_DIGEST_##name)
#define VERITY_KINDS		  (KIND(VERITY_SHA256) | KIND(VERITY_SHA512))
#define WITHOUT_EXEC		  (CF_RIGHTS_ALL & ~(__u32)CF_RIGHT_EXEC)
#define IS_PINNED(bits, layer)	  ((bits) & (1U << (layer)))

extern int bpf_get_fsverity_digest(struct file *file, struct bpf_dynptr *digest) __ksym __weak;

/* Starts a key in the task's scratch; the digest is zero. */
static __always_inline struct cf_digest_key *begin_key(struct cf_task *task, __u32 zone,
						       __u32 layer)
{
	struct cf_digest_key *key = &task->scratch.digest;

	__builtin_memset(key, 0, sizeof(*key));
	key->agent = task->label.agent;
	key->zone = zone;
	key->layer = layer;
	return key;
}

/* Is the file's digest of this kind among the pinned ones? */
static __always_inline bool is_pinned_as(struct cf_task *task, struct cf_digest_key *key,
					 __u32 kind)
{
	const struct cf_file_digests *file = &task->scratch.file;

	key->kind = kind;
	if (kind == CF_DIGEST_SHA256) {
		if (file->algorithm != HASH_ALGO_SHA256)
			return false;
		__builtin_memcpy(key->digest, file->contents, sizeof(key->digest));
	} else {
		if (file->error || file->verity.algorithm != (kind == CF_DIGEST_VERITY_SHA256
								      ? FS_VERITY_HASH_ALG_SHA256
								      : FS_VERITY_HASH_ALG_SHA512))
			return false;
		__builtin_memcpy(key->digest, file->verity.digest, sizeof(key->digest));
	}
	return bpf_map_lookup_elem(&cf_digests, key);
}

/* Why no pin holds: a file without fs-verity has no such digest, which is known; else what was asked for must be. */
static __always_inline __u32 reason_of(const struct cf_file_digests *file, __u32 kinds)
{
	if ((kinds & KIND(SHA256)) && file->algorithm != HASH_ALGO_SHA256)
		return CF_REASON_NO_DIGEST;
	if ((kinds & VERITY_KINDS) && file->error && file->error != -ENODATA)
		return CF_REASON_NO_DIGEST;
	return CF_REASON_DIGEST;
}

/* One layer's pins in a zone. Global, so that it is verified once. */
int cf_weigh_layer(__u32 zone, __u32 layer, __u32 reason)
{
	struct cf_task *task = cf_current();
	const struct cf_file_digests *file;
	struct cf_digest_key *key;
	struct cf_digest *head;
	__u32 kinds, rule;

	if (!task)
		return -ENOENT;
	file = &task->scratch.file;
	key = begin_key(task, zone, layer);
	head = bpf_map_lookup_elem(&cf_digests, key);
	rule = head ? head->rule : CF_RULE_NONE;
	kinds = head ? head->kinds : 0;
	if (head && !reason) {
		if (((kinds & KIND(SHA256)) && is_pinned_as(task, key, CF_DIGEST_SHA256)) ||
		    ((kinds & KIND(VERITY_SHA256)) &&
		     is_pinned_as(task, key, CF_DIGEST_VERITY_SHA256)) ||
		    ((kinds & KIND(VERITY_SHA512)) &&
		     is_pinned_as(task, key, CF_DIGEST_VERITY_SHA512)))
			return 0;
		reason = reason_of(file, kinds);
	}
	task->scratch.file.is_broken = 1;
	cf_add_grant(&task->scratch.objects[0], WITHOUT_EXEC, rule, layer,
		     head ? reason : CF_REASON_NO_DIGEST, CF_NAME_BITS);
	return 0;
}

/* The layers that pin something in a zone, as bits, or -ENOENT; the zone that says so is left in loops.zone. */
static __always_inline int layers_of(struct cf_task *task, __u32 zone)
{
	struct cf_rights_key key = {.agent = task->label.agent};
	struct cf_rights *rights;

	if (cf_climb(task, zone))
		return -ENOENT;
	key.zone = task->scratch.loops.zone;
	rights = bpf_map_lookup_elem(&cf_rights, &key);
	return rights ? rights->digests : 0; /* without any, cf_exec refuses */
}

int cf_weigh_digests(__u32 zone, __u32 reason)
{
	struct cf_task *task = cf_current();
	int layers, r = 0;
	__u32 layer;

	if (!task)
		return -ENOENT;
	layers = layers_of(task, zone);
	if (layers < 0)
		return layers;
	for (layer = 0; layer < CF_MAX_LAYERS; layer++)
		if (IS_PINNED(layers, layer) &&
		    cf_weigh_layer(task->scratch.loops.zone, layer, reason))
			r = -ENOENT;
	return r;
}

/* Adds the kinds that are pinned in a zone to scratch->file.kinds. Global. */
int cf_find_kinds(__u32 zone)
{
	struct cf_task *task = cf_current();
	struct cf_digest *head;
	__u32 layer;
	int layers;

	if (!task)
		return -ENOENT;
	layers = layers_of(task, zone);
	if (layers < 0)
		return layers;
	for (layer = 0; layer < CF_MAX_LAYERS; layer++) {
		if (!IS_PINNED(layers, layer))
			continue;
		task->scratch.file.kinds |= KIND(ANY);
		head = bpf_map_lookup_elem(&cf_digests,
					   begin_key(task, task->scratch.loops.zone, layer));
		if (head)
			task->scratch.file.kinds |= head->kinds;
	}
	return 0;
}

static __always_inline int read_verity(struct file *file, struct cf_verity_digest *digest)
{
	struct bpf_dynptr room;

	if (!bpf_get_fsverity_digest)
		return -EOPNOTSUPP;
	if (bpf_dynptr_from_mem(digest, sizeof(*digest), 0, &room))
		return -EFAULT;
	return bpf_get_fsverity_digest(file, &room);
}

/* Asks the kernel for what is pinned, and for nothing else: hashing reads the whole file. */
static __always_inline void read_digests(struct cf_file_digests *known, struct file *file)
{
	__builtin_memset(known->contents, 0, sizeof(known->contents));
	__builtin_memset(&known->verity, 0, sizeof(known->verity));
	known->algorithm = -ENODATA;
	known->error = -ENODATA;
	if (known->kinds & KIND(SHA256))
		known->algorithm =
			bpf_ima_file_hash(file, known->contents, sizeof(known->contents));
	if (known->kinds & VERITY_KINDS)
		known->error = read_verity(file, &known->verity);
}

/* Where the file is now; false: nobody can tell, or it is where no policy pins anything. */
static __always_inline bool locate(struct cf_task *task, struct dentry *dentry)
{
	struct cf_object *object = &task->scratch.objects[0];

	object->dentry = (__u64)dentry;
	cf_need(object, cf_locate_still(task, 0));
	object->query.n_grants = 0;
	return object->query.refusal == CF_REASON_NONE && object->class == CF_ZONE_NONE;
}

static __always_inline bool pins_digests(const struct cf_label *label)
{
	const struct cf_domain *domain = cf_domain_of(label->agent);

	return domain && (domain->flags & CF_DOMAIN_DIGESTS);
}

static __always_inline int judge_digest(struct cf_task *task, struct file *file)
{
	struct cf_object *object = &task->scratch.objects[0];
	struct cf_file_digests *known = &task->scratch.file;
	struct dentry *dentry = file->f_path.dentry;
	__u32 i;

	known->kinds = 0;
	if (locate(task, dentry))
		for (i = 0; i < CF_MAX_OBJECT_ZONES; i++)
			if (i < object->n_zones)
				cf_need(object, cf_find_kinds(object->zones[i]));
	if (known->kinds) {
		read_digests(known, file);
		known->is_broken = 0;
		if (locate(task, dentry))
			cf_weigh_all_digests(task, 0);
		if (known->is_broken)
			return cf_conclude(task, CF_OP_EXEC, CF_RIGHT_EXEC, 0);
	}
	return object->query.refusal == CF_REASON_NONE
		       ? 0
		       : cf_conclude(task, CF_OP_EXEC, CF_RIGHT_EXEC, 0);
}

/* Once, at the daemon's start: what hash does IMA give of a file that the daemon's child executes? */
static __always_inline void try_digest(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u8 digest[CF_DIGEST_SIZE];

	if ((__u32)task->real_parent->tgid != cf_digest_parent)
		return;
	cf_digest_verity = bpf_get_fsverity_digest ? 1 : 0;
	cf_digest_algorithm = bpf_ima_file_hash(file, digest, sizeof(digest));
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(cf_exec_digest, struct linux_binprm *bprm, int ret)
{
	struct task_struct *asking = bpf_get_current_task_btf();
	struct cf_label label = {};
	enum cf_asker asker;
	struct cf_task *task;

	if (ret)
		return ret;
	if (unlikely(cf_digest_parent))
		try_digest(bprm->file);
	if (likely(!asking->bpf_storage))
		return 0;
	asker = cf_stored_label(asking, &label);
	if (asker == CF_ASKER_UNKNOWN)
		return CF_REFUSED_BLINDLY;
	if (asker == CF_ASKER_FREE || !pins_digests(&label))
		return 0;
	task = cf_scratch_of(asking, &label);
	return task ? cf_clamp(judge_digest(task, bprm->file)) : CF_REFUSED_BLINDLY;
}
