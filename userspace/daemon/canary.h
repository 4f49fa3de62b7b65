/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Attached" is not "firing": a throw-away agent, confined by the ordinary
 * road, really tries what each hook group must deny, and the same operation
 * on something that it may touch. A group is armed when the first was refused
 * with the right errno and an event, and the second was not.
 *
 * Blocks its caller while it runs: some ten milliseconds on real hardware.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_CANARY_H
#define CF_DAEMON_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/protocol.h"

struct cf_diag;
struct cf_kernel;
struct cf_kernel_event;

#define CF_CANARY_MAX_GROUPS 32

/* What was found out about one hook group. */
struct cf_canary_group {
	const char *name; /* static */
	enum cf_group_state state;
	bool is_needed;	  /* false: this host cannot do at all what the group denies */
	char reason[256]; /* "" when armed */
};

struct cf_canary_report {
	struct cf_canary_group groups[CF_CANARY_MAX_GROUPS];
	size_t n_groups;
	uint32_t seen_ops; /* 1U << enum cf_op of denials told since it was last cleared */
};

/**
 * struct cf_canary_request - what a canary needs
 * @kernel:   borrowed
 * @agent:    a fresh id for it, in CF_CANARY_SLOT
 * @api:      path of cofferdam-api: the program that it may execute
 * @drain:    drains the kernel's events, giving those of @agent to cf_canary_note()
 * @userdata: for @drain
 */
struct cf_canary_request {
	struct cf_kernel *kernel;
	uint32_t agent;
	const char *api;
	void (*drain)(void *userdata);
	void *userdata;
};

/**
 * cf_canary_run() - find out what is armed
 * @request: borrowed
 * @report:  filled; on failure every group is degraded, with the reason
 * @diag:    why it could not be run; written on failure only
 *
 * Return: 0 it ran, whatever it found; negative errno
 */
int cf_canary_run(const struct cf_canary_request *request, struct cf_canary_report *report,
		  struct cf_diag *diag);

/* Takes note of an event of the canary. */
void cf_canary_note(struct cf_canary_report *report, const struct cf_kernel_event *event);

/* The first group that is needed and not armed, or NULL. */
const struct cf_canary_group *cf_canary_find_unarmed(const struct cf_canary_report *report);

#endif /* CF_DAEMON_CANARY_H */
