/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cofferdam-api: HTTP, JSON and YAML, without any right. Started by cofferdamd
 * with its channels as descriptors 3 and 4; ends when they close.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/http.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/version.h"
#include "wire/log.h"

/* As in daemon/front.h, which is the privileged side's. */
#define CONTROL_FD	  3
#define EVENTS_FD	  4

#define EXIT_USAGE	  2
#define MESSAGES_PER_TURN 256U /* then clients have theirs */

/* Descriptors of the loop, before those of sleeping streams. */
enum { POLL_CONTROL, POLL_EVENTS, POLL_HTTP, N_POLL };

static int handle_control(struct cf_api *api, struct cf_packet *packet)
{
	const union cf_message *message = &packet->message;

	switch (message->header.type) {
	case CF_MESSAGE_CONNECTION:
		cf_http_add(api->http, &message->connection, cf_steal_fd(&packet->fds[0]));
		return 0;
	case CF_MESSAGE_AGENT:
		return cf_api_agents_add(&api->agents, packet);
	case CF_MESSAGE_AGENT_GONE:
		cf_api_agents_end(&api->agents, &message->status);
		return 0;
	case CF_MESSAGE_EVENT:
	case CF_MESSAGE_LOST:
		return -EBADMSG; /* of the other channel */
	default:
		/* An answer that nobody waits for any more is no mistake. */
		(void)cf_link_answer(&api->link, message);
		return 0;
	}
}

/* All that waits; 0; negative errno when the daemon is gone or not what it should be. */
static int read_control(struct cf_api *api)
{
	for (;;) {
		cf_auto_packet struct cf_packet packet = {};
		int r = cf_channel_receive(api->link.control_fd, CF_PARTY_DAEMON, &packet);

		if (r == -EAGAIN)
			return 0;
		if (r == 0)
			r = handle_control(api, &packet);
		if (r < 0)
			return r;
	}
}

static uint32_t agent_of(const union cf_message *message)
{
	return message->header.type == CF_MESSAGE_EVENT ? message->event.agent
							: message->lost.agent;
}

static int handle_event(struct cf_api *api, const union cf_message *message)
{
	struct cf_api_agent *agent;
	int r;

	if (message->header.type != CF_MESSAGE_EVENT && message->header.type != CF_MESSAGE_LOST)
		return -EBADMSG;
	agent = cf_api_agents_find(&api->agents, agent_of(message));
	if (!agent) {
		/* The daemon tells of an agent before its events, but on the other channel. */
		r = read_control(api);
		if (r < 0)
			return r;
		agent = cf_api_agents_find(&api->agents, agent_of(message));
	}
	if (!agent)
		return 0; /* it ended, and nobody may see what is nobody's */
	r = cf_history_add(&api->history, agent, &message->header);
	if (r < 0)
		cf_log(LOG_ERR, "an event is lost: no memory");
	return 0;
}

static int read_events(struct cf_api *api)
{
	unsigned int n = 0;
	int r = 0;

	for (; n < MESSAGES_PER_TURN; n++) {
		cf_auto_packet struct cf_packet packet = {};

		r = cf_channel_receive(api->link.events_fd, CF_PARTY_DAEMON, &packet);
		if (r == 0)
			r = handle_event(api, &packet.message);
		if (r < 0)
			break;
	}
	if (n > 0)
		cf_api_streams_wake(api);
	return r == -EAGAIN ? 0 : r;
}

static int turn(struct cf_api *api)
{
	struct pollfd poll_fds[N_POLL + CF_HTTP_MAX_CLIENTS] = {
		[POLL_CONTROL] = {.fd = api->link.control_fd, .events = POLLIN},
		[POLL_EVENTS] = {.fd = api->link.events_fd, .events = POLLIN},
		[POLL_HTTP] = {.fd = cf_http_fd(api->http), .events = POLLIN},
	};
	size_t n = N_POLL + cf_api_streams_watch(api, poll_fds + N_POLL, CF_HTTP_MAX_CLIENTS);
	int r;

	if (poll(poll_fds, n, cf_http_timeout_ms(api->http)) < 0 && errno != EINTR)
		return -errno;
	/* Agents before their events. */
	r = read_control(api);
	if (r == 0)
		r = read_events(api);
	if (r < 0)
		return r;
	for (size_t i = N_POLL; i < n; i++) {
		if (poll_fds[i].revents)
			cf_api_streams_close(api, poll_fds[i].fd);
	}
	cf_http_run(api->http);
	return 0;
}

static int serve(struct cf_api *api)
{
	int r = cf_http_new(api, cf_api_route, &api->http);

	if (r < 0)
		cf_log(LOG_ERR, "cannot start the HTTP server: %s", strerror(-r));
	while (r == 0)
		r = turn(api);
	if (r == -EPIPE)
		r = 0; /* the daemon ended, and so do we */
	else
		cf_log(LOG_ERR, "cannot talk to cofferdamd: %s", strerror(-r));
	/* The history first: it refers to agents. */
	cf_http_free(&api->http);
	cf_history_done(&api->history);
	cf_api_agents_done(&api->agents);
	cf_link_done(&api->link);
	return r;
}

int main(int argc, char *argv[])
{
	struct cf_api api = {
		.link = {.control_fd = CONTROL_FD, .events_fd = EVENTS_FD},
		.history = {.agents = &api.agents,
			    .evicted = cf_api_streams_evicted,
			    .userdata = &api},
	};

	cf_log_open("cofferdam-api");
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("cofferdam-api %s\n", CF_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc != 3 || strcmp(argv[1], "--data-dir") != 0) {
		cf_log(LOG_ERR, "is started by cofferdamd, and by nobody else");
		return EXIT_USAGE;
	}
	api.data_directory = argv[2];
	(void)signal(SIGPIPE, SIG_IGN);
	return serve(&api) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
