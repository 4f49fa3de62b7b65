/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This process's end of the channels to cofferdamd: questions with their
 * answers, and what the daemon tells unasked.
 *
 * Layer 3 (api).
 */
#ifndef CF_API_LINK_H
#define CF_API_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "wire/channel.h"

/* Called for each row of an answer and for its end. */
typedef void (*cf_answer_fn)(const union cf_message *message, void *userdata);

/* What waits for an answer. */
struct cf_question {
	uint64_t request;
	cf_answer_fn answered;
	void *userdata;
	struct cf_question *prev, *next;
};

struct cf_link {
	int control_fd;
	int events_fd;
	uint64_t last_request;
	struct cf_question *questions;
};

/**
 * cf_link_ask() - send a question
 * @message:  initialised with request number 1; it gets its own
 * @fds:      borrowed
 * @answered: called for each message of the answer, the end included
 *
 * Return: 0; negative errno, and @answered is not called
 */
int cf_link_ask(struct cf_link *link, void *message, const int *fds, size_t n_fds,
		cf_answer_fn answered, void *userdata);

/* Gives an answer to who asked; 0; -ENOENT nobody did. */
int cf_link_answer(struct cf_link *link, const union cf_message *message);

/* Tells the daemon that a connection is closed. */
int cf_link_close_connection(struct cf_link *link, uint64_t connection);

void cf_link_done(struct cf_link *link);

#endif /* CF_API_LINK_H */
