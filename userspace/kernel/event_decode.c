/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "kernel/event_decode.h"

/* Linux's errno values end below this: include/linux/err.h MAX_ERRNO. */
#define MAX_ERRNO 4095

static bool is_header(const struct cf_event_header *header, size_t size)
{
	return header->size >= sizeof(*header) && header->size <= size && header->agent != 0;
}

/* Each object's names are a run of NUL-terminated strings. */
static bool has_names(const struct cf_event_verdict *verdict)
{
	const uint16_t sizes[] = {verdict->object_size, verdict->target_size, verdict->exe_size};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		at += sizes[i];
		if (at > CF_EVENT_NAMES_SIZE || CF_EVENT_VERDICT_FIXED + at > verdict->header.size)
			return false;
		if (sizes[i] && verdict->names[at - 1] != '\0')
			return false;
	}
	return true;
}

static bool is_in_range(const struct cf_event_verdict *verdict)
{
	return verdict->op > CF_OP_NONE && verdict->op < _CF_OP_MAX &&
	       verdict->verdict < _CF_VERDICT_MAX && verdict->reason < _CF_REASON_MAX &&
	       (verdict->layer < CF_MAX_LAYERS || verdict->rule == CF_RULE_NONE) &&
	       (verdict->wanted & ~CF_RIGHTS_ALL) == 0 && (verdict->given & ~CF_RIGHTS_ALL) == 0 &&
	       verdict->error >= 0 && verdict->error <= MAX_ERRNO;
}

int cf_event_decode(const void *bytes, size_t size, struct cf_event_verdict *ret_verdict)
{
	struct cf_event_verdict verdict = {};

	if (size < sizeof(verdict.header))
		return -EBADMSG;
	memcpy(&verdict.header, bytes, sizeof(verdict.header));
	if (!is_header(&verdict.header, size))
		return -EBADMSG;
	if (verdict.header.type != CF_EVENT_VERDICT)
		return -EOPNOTSUPP;
	if (verdict.header.size < CF_EVENT_VERDICT_FIXED)
		return -EBADMSG;
	/* A newer kernel part may send more: its tail is not ours to read. */
	memcpy(&verdict, bytes,
	       verdict.header.size < sizeof(verdict) ? verdict.header.size : sizeof(verdict));
	verdict.comm[sizeof(verdict.comm) - 1] = '\0';
	if (!is_in_range(&verdict) || !has_names(&verdict))
		return -EBADMSG;
	*ret_verdict = verdict;
	return 0;
}
