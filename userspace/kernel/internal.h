/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct cf_kernel, for the files of this folder only.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_INTERNAL_H
#define CF_KERNEL_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/agent.h"
#include "kernel/digests.h"
#include "kernel/kernel.h"
#include "kernel/maps.h"
#include "kernel/tree.h"

struct cf_loader;
struct ring_buffer;

/* One ring and what its callback needs. */
struct cf_kernel_ring {
	struct ring_buffer *buffer; /* owned */
	struct cf_kernel *kernel;   /* borrowed: the owner of this */
	bool is_observed;
};

/**
 * struct cf_kernel_events - the consumer's side of the two rings
 * @epoll_fd:  readable when either ring has something to read; owned
 * @timer_fd:  of the observation ring, which does not wake us for each event; owned
 * @credits:   the kernel's map, mapped; CF_MAX_AGENTS of them
 * @callback:  the caller's, during a drain
 * @n_drained: events handed on in this drain
 * @n_budget:  records that this ring may still take in this drain
 * @n_invalid: records that could not be understood, ever
 */
struct cf_kernel_events {
	struct cf_kernel_ring denials;
	struct cf_kernel_ring observed;
	int epoll_fd;
	int timer_fd;
	struct cf_credit *credits;
	cf_kernel_event_fn callback;
	void *userdata;
	int n_drained;
	unsigned int n_budget;
	uint64_t n_invalid;
};

struct cf_kernel {
	int lock_fd;		  /* owned; held for as long as we are the daemon */
	int mountinfo_fd;	  /* owned; polled for changes */
	struct cf_loader *loader; /* owned */
	struct cf_maps maps;
	struct cf_tree tree;
	struct cf_agent *agents[CF_MAX_AGENTS]; /* by slot; owned */
	uint32_t n_taken; /* labels of tasks that were moved in, as of the last look at them */
	struct cf_kernel_events events;
	struct cf_digest_support digest_support;
};

/* The agent with this very id; NULL: gone, or never was. */
const struct cf_agent *cf_kernel_find_agent(const struct cf_kernel *kernel, uint32_t agent);

int cf_kernel_events_open(struct cf_kernel *kernel);
void cf_kernel_events_done(struct cf_kernel_events *events);

/**
 * cf_kernel_open_arrivals() - opens superblocks that came while agents lived, once their links are known
 *
 * One whose links cannot be looked for stays closed, and is listed in tree.denied.
 *
 * Return: 0; -ENOMEM
 */
int cf_kernel_open_arrivals(struct cf_kernel *kernel);

#endif /* CF_KERNEL_INTERNAL_H */
