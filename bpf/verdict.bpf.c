// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What does the hook return? Decides with decide.h, reports through events,
 * and translates to errno: the only place that does either.
 *
 * No hooks. The confined side has no influence here but through the facts.
 */
#include "verdict.bpf.h"
#include "events.bpf.h"

static __always_inline int error_of(__u32 op)
{
	switch (op) {
	case CF_OP_USERNS:
	case CF_OP_MOUNT:
	case CF_OP_BPF:
	case CF_OP_IO_URING:
	case CF_OP_USERFAULTFD:
		return EPERM;
	default:
		return EACCES;
	}
}

/* After the decision in scratch->verdict: count, tell, and give the hook's return value. */
static __always_inline int settle(struct cf_task *task, const struct cf_domain *domain, __u32 op,
				  bool has_target)
{
	struct cf_scratch *scratch = &task->scratch;
	__u32 code = scratch->verdict.code;
	int error = error_of(op);

	if (code == CF_VERDICT_ALLOW) {
		if (domain && (domain->observe & (1U << (op & 31))))
			(void)cf_report(task, op, 0, has_target, 1);
		return 0;
	}
	if (code == CF_VERDICT_WOULD_DENY)
		error = 0;
	(void)cf_report(task, op, error, has_target, 0); /* counted in there, sent or not */
	return -error;
}

int cf_conclude(struct cf_task *task, __u32 op, __u32 wanted, __u32 target_wanted)
{
	struct cf_scratch *scratch;
	struct cf_domain *domain;
	struct cf_query *query;

	if (!task)
		return CF_REFUSED_BLINDLY;
	scratch = &task->scratch;
	domain = cf_domain_of(task->label.agent);
	scratch->draft.event.flags = 0;
	scratch->draft.event.detail = 0;
	scratch->draft.event.port = 0;

	query = &scratch->objects[0].query;
	query->wanted = wanted;
	query->domain_flags = domain ? domain->flags : 0;
	if (!domain)
		query->refusal = CF_REASON_NO_DOMAIN;
	cf_decide(query, &scratch->verdict);
	if (op == CF_OP_LINK && scratch->verdict.reason == CF_REASON_FILE_RULE)
		scratch->verdict.reason = CF_REASON_LINK_WIDENS;
	if (scratch->verdict.code == CF_VERDICT_ALLOW && target_wanted) {
		query = &scratch->objects[1].query;
		query->wanted = target_wanted;
		query->domain_flags = domain ? domain->flags : 0;
		cf_decide(query, &scratch->verdict);
	}
	scratch->draft.event.wanted = query->wanted;
	return settle(task, domain, op, target_wanted != 0);
}

int cf_conclude_query(struct cf_task *task, __u32 op)
{
	struct cf_scratch *scratch;
	struct cf_domain *domain;

	if (!task)
		return CF_REFUSED_BLINDLY;
	scratch = &task->scratch;
	domain = cf_domain_of(task->label.agent);
	scratch->query.domain_flags = domain ? domain->flags : 0;
	if (!domain)
		scratch->query.refusal = CF_REASON_NO_DOMAIN;
	cf_decide(&scratch->query, &scratch->verdict);
	scratch->draft.event.wanted = scratch->query.wanted;
	return settle(task, domain, op, false);
}
