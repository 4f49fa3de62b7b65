/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <utlist.h>

#include "api/link.h"
#include "base/fd.h"

int cf_link_ask(struct cf_link *link, void *message, const int *fds, size_t n_fds,
		cf_answer_fn answered, void *userdata)
{
	struct cf_question *question = calloc(1, sizeof(*question));
	struct cf_message_header *header = message;
	int r;

	if (!question)
		return -ENOMEM;
	question->request = ++link->last_request;
	question->answered = answered;
	question->userdata = userdata;
	header->request = question->request;
	/* The daemon never waits for us, so we may wait for it. */
	r = cf_channel_send(link->control_fd, message, fds, n_fds, true);
	if (r < 0) {
		free(question);
		return r;
	}
	DL_APPEND(link->questions, question);
	return 0;
}

static bool is_end(const union cf_message *message)
{
	return message->header.type == CF_MESSAGE_AGENT_CREATED ||
	       message->header.type == CF_MESSAGE_STATUS_END ||
	       message->header.type == CF_MESSAGE_STATE;
}

int cf_link_answer(struct cf_link *link, const union cf_message *message)
{
	struct cf_question *question;

	DL_FOREACH(link->questions, question)
	{
		if (question->request == message->header.request)
			break;
	}
	if (!question)
		return -ENOENT;
	if (!is_end(message)) {
		question->answered(message, question->userdata);
		return 0;
	}
	DL_DELETE(link->questions, question);
	question->answered(message, question->userdata);
	free(question);
	return 0;
}

int cf_link_close_connection(struct cf_link *link, uint64_t connection)
{
	struct cf_message_connection_closed message;

	cf_message_init(&message, CF_MESSAGE_CONNECTION_CLOSED, 0);
	message.connection = connection;
	return cf_channel_send(link->control_fd, &message, NULL, 0, true);
}

void cf_link_done(struct cf_link *link)
{
	while (link->questions) {
		struct cf_question *question = link->questions;

		DL_DELETE(link->questions, question);
		free(question);
	}
	cf_fd_close(&link->control_fd);
	cf_fd_close(&link->events_fd);
}
