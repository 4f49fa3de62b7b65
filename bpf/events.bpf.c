// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Telling userspace. Denials have a ring of their own. Each agent may have at
 * most its share of unread bytes in it (produced less what the consumer gave
 * back), so that a flood costs the flooder's events only; decided = delivered
 * + dropped holds for each agent.
 *
 * The confined side chooses the names; they are copied with their lengths,
 * bounded, and turned round and checked by userspace. No verdict depends on
 * anything here.
 */
#include "events.bpf.h"
#include "identity.bpf.h"

#define CF_MAX_EVENT_COMPONENTS 64  /* of one object's path; the rest is cut at the root's end */
#define CF_OBJECT_NAMES_END	448 /* bytes of an event's names that the object may reach to, */
#define CF_TARGET_NAMES_END	768 /* the target, */
#define CF_EXE_NAMES_END	CF_EVENT_NAMES_SIZE /* and the executable */
#define CF_RING_HEADER_BYTES	8		    /* kernel/bpf/ringbuf.c: BPF_RINGBUF_HDR_SZ */

static long copy_name(__u32 i, struct cf_draft **context)
{
	struct cf_draft *draft = *context;
	struct dentry *step = (struct dentry *)draft->step, *parent = NULL;
	const __u32 offset = draft->offset;
	const __u8 *text = NULL;
	long length;

	if (bpf_core_read(&parent, sizeof(parent), &step->d_parent))
		return 1;
	if (parent == step) {
		draft->is_whole = 1;
		return 1;
	}
	if (offset >= draft->end || bpf_core_read(&text, sizeof(text), &step->d_name.name))
		return 1;
	length = bpf_probe_read_kernel_str(
		draft->event.names + (offset & (CF_EVENT_NAMES_SIZE - 1)), 256, text);
	if (length <= 0 || offset + length > draft->end)
		return 1;
	draft->offset = offset + length;
	draft->step = (__u64)parent;
	return 0;
}

/**
 * copy_names() - copy the names from a dentry to its superblock's root
 * @start:   where in event.names
 * @end:     where they must end
 * @address: of the dentry
 * @cut_flag: CF_EVENT_*_CUT to set if they do not all fit
 *
 * Return: where the next object's names start
 */
static __noinline __u32 copy_names(struct cf_draft *draft, __u32 start, __u32 end, __u64 address,
				   __u32 cut_flag)
{
	draft->step = address;
	draft->offset = start;
	draft->end = end;
	draft->is_whole = 0;
	bpf_loop(CF_MAX_EVENT_COMPONENTS, copy_name, &draft, 0);
	if (!draft->is_whole)
		draft->event.flags |= cut_flag;
	return draft->offset;
}

/* The same of a dentry at hand, by plain loads, at half the cost: executions are told often. */
static __noinline __u32 copy_path(struct cf_event_verdict *event, __u32 at, __u32 end,
				  struct dentry *dentry, __u32 cut_flag)
{
	struct dentry *parent;
	__u32 i;

	for (i = 0; i < CF_MAX_EVENT_COMPONENTS; i++) {
		long length;

		parent = dentry->d_parent;
		if (parent == dentry)
			return at;
		if (at >= end)
			break;
		length = bpf_probe_read_kernel_str(event->names + (at & (CF_EVENT_NAMES_SIZE - 1)),
						   256, dentry->d_name.name);
		if (length <= 0 || at + length > end)
			break;
		at += length;
		dentry = parent;
	}
	event->flags |= cut_flag;
	return at;
}

static __always_inline __u64 executable_dentry(struct task_struct *task, __u32 *ret_dev)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct dentry *dentry;

	*ret_dev = 0;
	if (!file)
		return 0;
	dentry = BPF_CORE_READ(file, f_path.dentry);
	*ret_dev = BPF_CORE_READ(dentry, d_sb, s_dev);
	return (__u64)dentry;
}

static __always_inline void fill_task(struct cf_event_verdict *event, struct task_struct *task,
				      __u32 agent)
{
	/* Its own, not those that a filesystem borrows for a while: overlayfs works as whoever mounted it. */
	const struct cred *own = task->real_cred;

	event->header.time_ns = bpf_ktime_get_boot_ns();
	event->header.agent = agent;
	event->header.tgid = task->tgid;
	event->header.tid = task->pid;
	event->header.type = CF_EVENT_VERDICT;
	event->uid = own->uid.val;
	event->gid = own->gid.val;
	event->ppid = task->real_parent->tgid;
	event->cgroup = task->cgroups->dfl_cgrp->kn->id;
	(void)bpf_get_current_comm(event->comm, sizeof(event->comm));
}

/* The executable's names go last; gives the event's size. */
static __always_inline __u32 finish(struct cf_draft *draft, struct task_struct *task, __u32 at)
{
	struct cf_event_verdict *event = &draft->event;
	__u32 end = at;
	__u64 exe;

	exe = executable_dentry(task, &event->exe_dev);
	if (exe)
		end = copy_names(draft, at, CF_EXE_NAMES_END, exe, CF_EVENT_EXE_CUT);
	event->exe_size = end - at;
	if (end > CF_EVENT_NAMES_SIZE)
		end = CF_EVENT_NAMES_SIZE;
	event->header.size = CF_EVENT_VERDICT_FIXED + end;
	return CF_EVENT_VERDICT_FIXED + end;
}

/* Everything but the sequence number; gives the event's size. */
static __always_inline __u32 fill(struct cf_scratch *scratch, struct task_struct *task, __u32 agent,
				  __u32 op, __u32 error, bool has_target)
{
	struct cf_object *object = &scratch->objects[0], *target = &scratch->objects[1];
	struct cf_draft *draft = &scratch->draft;
	struct cf_event_verdict *event = &draft->event;
	__u32 at = 0, next;

	fill_task(event, task, agent);
	event->ino = object->ino;
	event->dev = object->dev;
	event->zone = object->n_zones && object->dentry ? object->zones[0] : 0;
	event->given = scratch->verdict.given;
	event->error = error;
	event->rule = scratch->verdict.rule;
	event->layer = scratch->verdict.layer;
	event->verdict = scratch->verdict.code;
	event->reason = scratch->verdict.reason;
	event->op = op;
	event->target_ino = 0;
	event->target_dev = 0;
	event->reserved = 0;

	if (object->dentry)
		at = copy_names(draft, at, CF_OBJECT_NAMES_END, object->dentry,
				CF_EVENT_OBJECT_CUT);
	event->object_size = at;
	next = at;
	if (has_target && target->dentry) {
		event->flags |= CF_EVENT_HAS_TARGET;
		event->target_ino = target->ino;
		event->target_dev = target->dev;
		next = copy_names(draft, at, CF_TARGET_NAMES_END, target->dentry,
				  CF_EVENT_TARGET_CUT);
	}
	event->target_size = next - at;
	return finish(draft, task, next);
}

/* Takes the agent's credit for an event; false: its share of the ring is full. */
static __always_inline bool take_credit(__u64 *produced, const volatile __u64 *consumed,
					__u64 share, __u64 bytes)
{
	__u64 before = __sync_fetch_and_add(produced, bytes);

	/* Signed: a consumer that gave too much back must not shut the agent's events out for good. */
	if ((__s64)(before + bytes - *consumed) <= (__s64)share)
		return true;
	__sync_fetch_and_add(produced, -bytes);
	return false;
}

#define SEND(ring, event, size, counter, flags)                                             \
	({                                                                                  \
		struct bpf_dynptr room;                                                     \
		bool sent = false;                                                          \
                                                                                            \
		if (bpf_ringbuf_reserve_dynptr(&(ring), (size), 0, &room) == 0) {           \
			(event)->header.sequence = __sync_fetch_and_add(&(counter), 1) + 1; \
			(void)bpf_dynptr_write(&room, 0, (event), (size), 0);               \
			bpf_ringbuf_submit_dynptr(&room, (flags));                          \
			sent = true;                                                        \
		} else {                                                                    \
			bpf_ringbuf_discard_dynptr(&room, 0);                               \
		}                                                                           \
		sent;                                                                       \
	})

/*
 * Observations wake their reader once, and it then looks every
 * CF_OBSERVE_DELAY_MS until there is nothing more. Before it sleeps it says so
 * and looks once more; this looks at what it said once more after the event is
 * there. So one of the two sees the other, and no event waits for the next one.
 */
static __always_inline bool is_reader_asleep(void)
{
	return *(const volatile __u32 *)&cf_reader_sleeps &&
	       __sync_lock_test_and_set(&cf_reader_sleeps, 0);
}

/* By an empty record: there is no other way to wake after an event. */
static __always_inline void wake_reader(void)
{
	void *room = bpf_ringbuf_reserve(&cf_observed, 8, 0);

	if (room)
		bpf_ringbuf_discard(room, BPF_RB_FORCE_WAKEUP);
	else
		cf_reader_sleeps = 1; /* a full ring: whoever sends after it is read wakes it */
}

static __always_inline bool observe(struct cf_event_verdict *event, __u32 size, __u64 *observed,
				    bool is_urgent)
{
	const __u64 flags =
		is_urgent || is_reader_asleep() ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;

	if (!SEND(cf_observed, event, size, *observed, flags))
		return false;
	if (is_reader_asleep()) /* behind the full barrier of the submission */
		wake_reader();
	return true;
}

static __always_inline __u64 bytes_in_ring(__u32 size)
{
	return (size + CF_RING_HEADER_BYTES + 7) & ~7ULL;
}

static __always_inline int send_observed(struct cf_event_verdict *event, __u32 size,
					 struct cf_counters *counters, struct cf_credit *credit)
{
	const volatile __u64 *consumed = &credit->observe_consumed_bytes;
	const __u64 bytes = bytes_in_ring(size);

	if (take_credit(&counters->observe_produced_bytes, consumed, CF_OBSERVE_SHARE_BYTES,
			bytes)) {
		const __s64 unread = (__s64)(counters->observe_produced_bytes - *consumed);

		if (observe(event, size, &counters->observed, unread > CF_OBSERVE_SHARE_BYTES / 2))
			return 0;
		__sync_fetch_and_add(&counters->observe_produced_bytes, -bytes);
	}
	__sync_fetch_and_add(&counters->observed_dropped, 1);
	return -ENOSPC;
}

int cf_report(struct cf_task *task, __u32 op, __u32 error, __u32 has_target, __u32 is_observed)
{
	struct cf_event_verdict *event;
	struct cf_counters *counters;
	struct cf_scratch *scratch;
	struct cf_credit *credit;
	__u32 slot, size;
	__u64 bytes;

	if (!task)
		return -ENOENT;
	slot = CF_AGENT_SLOT(task->label.agent);
	counters = bpf_map_lookup_elem(&cf_counters, &slot);
	credit = bpf_map_lookup_elem(&cf_credits, &slot);
	if (!counters || !credit)
		return -ENOENT;
	scratch = &task->scratch;
	event = &scratch->draft.event;
	size = fill(scratch, bpf_get_current_task_btf(), task->label.agent, op, error, has_target);
	if (is_observed)
		return send_observed(event, size, counters, credit);
	bytes = bytes_in_ring(size);
	__sync_fetch_and_add(&counters->decided, 1);
	if (cf_reason_is_unknown(scratch->verdict.reason))
		__sync_fetch_and_add(&counters->unknown, 1);
	if (take_credit(&counters->produced_bytes, &credit->consumed_bytes, CF_RING_SHARE_BYTES,
			bytes)) {
		if (SEND(cf_denials, event, size, counters->delivered, 0))
			return 0;
		__sync_fetch_and_add(&counters->produced_bytes, -bytes);
	}
	__sync_fetch_and_add(&counters->dropped, 1);
	return -ENOSPC;
}

/* The object's names, then the executable's; gives the event's size. */
static __always_inline __u32 copy_paths(struct cf_event_verdict *event, struct task_struct *task,
					struct dentry *dentry)
{
	struct mm_struct *mm = task->mm;
	struct file *exe = mm ? mm->exe_file : NULL;
	__u32 at, end;

	event->object_size = copy_path(event, 0, CF_OBJECT_NAMES_END, dentry, CF_EVENT_OBJECT_CUT);
	at = end = *(volatile __u16 *)&event->object_size; /* as the verifier forgets it there */
	if (exe) {
		event->exe_dev = exe->f_path.dentry->d_sb->s_dev;
		end = copy_path(event, at, CF_EXE_NAMES_END, exe->f_path.dentry, CF_EVENT_EXE_CUT);
	}
	event->exe_size = end - at;
	if (end > CF_EVENT_NAMES_SIZE)
		end = CF_EVENT_NAMES_SIZE;
	return CF_EVENT_VERDICT_FIXED + end;
}

bool cf_tell_at_once(__u32 agent, __u32 op, __u32 wanted, struct dentry *dentry)
{
	const __u32 only = 0, slot = CF_AGENT_SLOT(agent);
	struct task_struct *task = bpf_get_current_task_btf();
	struct cf_desk *desk = bpf_map_lookup_elem(&cf_desks, &only);
	struct cf_counters *counters = bpf_map_lookup_elem(&cf_counters, &slot);
	struct cf_credit *credit = bpf_map_lookup_elem(&cf_credits, &slot);
	struct cf_event_verdict *event;
	__u32 size;

	if (!desk || !counters || !credit || __sync_lock_test_and_set(&desk->is_taken, 1))
		return false;
	event = &desk->event;
	__builtin_memset(event, 0, CF_EVENT_VERDICT_FIXED);
	fill_task(event, task, agent);
	event->ino = dentry->d_inode->i_ino;
	event->dev = dentry->d_sb->s_dev;
	event->wanted = wanted;
	event->rule = CF_RULE_NONE;
	event->verdict = CF_VERDICT_ALLOW;
	event->op = op;
	size = copy_paths(event, task, dentry);
	event->header.size = size;
	(void)send_observed(event, size, counters, credit); /* dropped, it is counted */
	barrier(); /* whoever preempts this finds it as it is left */
	desk->is_taken = 0;
	return true;
}
