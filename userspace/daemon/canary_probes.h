/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a canary tries: one row for each hook group, with the operation, what
 * it must be refused on, and the twin on which it must succeed.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_CANARY_PROBES_H
#define CF_DAEMON_CANARY_PROBES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define CF_CANARY_DIRECTORY    "/run/cofferdam/canary"
#define CF_CANARY_OPEN	       CF_CANARY_DIRECTORY "/open"   /* all rights */
#define CF_CANARY_CLOSED       CF_CANARY_DIRECTORY "/closed" /* no right */
#define CF_CANARY_ALLOWED_HOST "127.0.0.2"		     /* any port, both ways */
#define CF_CANARY_DENIED_HOST  "127.0.0.1"

struct cf_diag;
struct cf_layer;

/* Which process makes an attempt. */
enum cf_canary_runner {
	CF_CANARY_CONFINED = 0, /* labelled, and in the cgroup */
	CF_CANARY_MOVED = 1,	/* moved into the cgroup, and not labelled by the daemon */
	CF_CANARY_FREE = 2,	/* neither */
	_CF_CANARY_RUNNER_MAX = 3,
};

/* The programs that attempts may execute; set in the runners before anything is tried. */
struct cf_canary_programs {
	const char *allowed;
	const char *denied;
};

/* One attempt on @object; 0 or the negative errno that the operation gave. */
typedef int (*cf_canary_attempt_fn)(const char *object, const struct cf_canary_programs *programs);

/**
 * struct cf_canary_probe - one hook group
 * @group:       its name
 * @hook:        the hook that decides, as struct cf_kernel_hook names it; NULL: several together
 * @ops:         what the event may say, 1U << enum cf_op
 * @error:       what the refused attempt must give, positive
 * @attempt:     the operation
 * @denied:      its object in the attempt that must be refused
 * @allowed:     its object in the twin
 * @runner:      who makes the first
 * @twin_runner: who makes the second
 */
struct cf_canary_probe {
	const char *group;
	const char *hook;
	uint32_t ops;
	int error;
	cf_canary_attempt_fn attempt;
	const char *denied;
	const char *allowed;
	enum cf_canary_runner runner;
	enum cf_canary_runner twin_runner;
};

extern const struct cf_canary_probe cf_canary_probes[];
extern const size_t cf_canary_n_probes;

/* Makes the files that attempts are made on, as they must be before a run. 0; negative errno. */
int cf_canary_prepare_files(void);

/**
 * cf_canary_layer() - the canary's policy
 * @denied_program: path of the program that it may not execute
 * @ret_layer:      on success, malloc()ed, sound, owned by the caller
 * @diag:           written on failure only
 *
 * Context: pure
 * Return:  0; -ENOMEM; -EBADMSG it is not sound, which is a mistake of ours
 */
int cf_canary_layer(const char *denied_program, struct cf_layer **ret_layer, struct cf_diag *diag);

#endif /* CF_DAEMON_CANARY_PROBES_H */
