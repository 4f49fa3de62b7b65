/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of daemon, api and cli share. cmocka's header and its own come first. */
#ifndef CF_TEST_DAEMON_SUPPORT_H
#define CF_TEST_DAEMON_SUPPORT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/diag.h"
#include "wire/protocol.h"

/* A denied open of /home/a/.aws/credentials by cat, as the daemon sends it. */
static inline void fill_event(struct cf_message_event *event)
{
	cf_message_init(event, CF_MESSAGE_EVENT, 0);
	event->stream = 7;
	event->time_ns = 1000000000;
	event->sequence = 3;
	event->ino = 1234;
	event->agent = 5;
	event->tgid = 412;
	event->tid = 413;
	event->ppid = 400;
	event->uid = 1000;
	event->gid = 1000;
	event->dev = 254U << 20 | 1;
	event->wanted = CF_RIGHT_READ;
	event->error = EACCES;
	event->rule = 0;
	event->verdict = CF_VERDICT_DENY;
	event->op = CF_OP_OPEN;
	event->reason = CF_REASON_FILE_RULE;
	memcpy(event->comm, "cat", 4);
	cf_message_event_add_paths(event, "/home/a/.aws/credentials", "", "/usr/bin/cat");
}

#endif /* CF_TEST_DAEMON_SUPPORT_H */
