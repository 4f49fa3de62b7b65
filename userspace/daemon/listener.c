/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/listener.h"
#include "kernel/kernel.h"
#include "policy/diag.h"
#include "wire/log.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* asm-generic/socket.h since 6.5 */
#endif

#define BACKLOG 128

struct cf_listener {
	struct cf_kernel *kernel;
	sd_event_source *source;
	int fd;
	cf_connection_fn accepted;
	void *userdata;
	uint64_t last_id;
	size_t n_connections;
	struct cf_connection connections[CF_MAX_CONNECTIONS]; /* the first n_connections are open */
};

static void connection_done(struct cf_connection *connection)
{
	cf_fd_close(&connection->peer.pidfd);
}

const struct cf_connection *cf_listener_find(struct cf_listener *listener, uint64_t id)
{
	for (size_t i = 0; i < listener->n_connections; i++) {
		if (listener->connections[i].id == id)
			return &listener->connections[i];
	}
	return NULL;
}

void cf_listener_forget(struct cf_listener *listener, uint64_t id)
{
	for (size_t i = 0; i < listener->n_connections; i++) {
		if (listener->connections[i].id != id)
			continue;
		connection_done(&listener->connections[i]);
		/* The last one takes its place: their order means nothing. */
		listener->connections[i] = listener->connections[--listener->n_connections];
		return;
	}
}

void cf_listener_forget_all(struct cf_listener *listener)
{
	while (listener->n_connections > 0)
		connection_done(&listener->connections[--listener->n_connections]);
}

/* A pidfd of the peer: from the socket where the kernel can, else by number, which may be another's by now. */
static int open_peer(int fd, struct cf_peer *peer)
{
	socklen_t size = sizeof(peer->pidfd);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &peer->pidfd, &size) == 0)
		return 0;
	/*
	 * REMOVE-WHEN: the oldest supported kernel is 6.5 or later. Till then a peer that exits right
	 * after connect() could leave its number to another process of any user: what is done for the
	 * connection is done for the user recorded by the kernel, and only to children of that number
	 * that have this user's id, so nothing is gained by it.
	 */
	peer->pidfd = (int)syscall(SYS_pidfd_open, peer->pid, 0);
	return peer->pidfd < 0 ? cf_errno_negative() : 0;
}

static int identify(struct cf_listener *listener, int fd, struct cf_peer *ret_peer)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	struct cf_peer peer = {.pidfd = -1};
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return cf_errno_negative();
	if (credentials.pid <= 0)
		return -ESRCH; /* of a pid namespace that we cannot see into */
	peer.uid = credentials.uid;
	peer.gid = credentials.gid;
	peer.pid = credentials.pid;
	r = open_peer(fd, &peer);
	if (r == 0)
		r = cf_kernel_task_agent(listener->kernel, peer.pidfd, &peer.agent);
	if (r < 0) {
		cf_fd_close(&peer.pidfd);
		return r;
	}
	*ret_peer = peer;
	return 0;
}

static bool has_room(const struct cf_listener *listener, uint32_t uid)
{
	size_t n = 0;

	if (listener->n_connections == CF_MAX_CONNECTIONS)
		return false;
	for (size_t i = 0; i < listener->n_connections; i++)
		n += listener->connections[i].peer.uid == uid;
	return uid == 0 || n < CF_MAX_USER_CONNECTIONS;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct cf_listener *listener = userdata;
	cf_auto_fd int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct cf_connection *connection;
	struct cf_peer peer;
	int r;

	(void)source;
	(void)events;
	if (client < 0)
		return 0; /* it has gone again */
	r = identify(listener, client, &peer);
	if (r < 0) {
		/* Most often one that has gone again, which anybody can do as often as he likes. */
		cf_log(LOG_DEBUG, "refused a connection: cannot tell whose it is: %s",
		       strerror(-r));
		return 0;
	}
	if (!has_room(listener, peer.uid)) {
		cf_log(LOG_WARNING, "refused a connection of user %" PRIu32 ": too many are open",
		       peer.uid);
		cf_fd_close(&peer.pidfd);
		return 0;
	}
	connection = &listener->connections[listener->n_connections++];
	connection->id = ++listener->last_id;
	connection->peer = peer;
	listener->accepted(connection, client, listener->userdata);
	return 0;
}

/* Binds the name in a directory that only root can write; a former daemon's socket goes. */
static int bind_socket(int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CF_API_SOCKET};
	mode_t mask;
	int r = 0;

	if (mkdir(CF_RUN_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return cf_errno_negative();
	if (unlink(CF_API_SOCKET) < 0 && errno != ENOENT)
		return cf_errno_negative();
	/* Anyone may connect: who may do what is decided by the peer's credentials. */
	mask = umask(0111);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = cf_errno_negative();
	(void)umask(mask); /* cannot fail */
	return r;
}

int cf_listener_new(sd_event *event, struct cf_kernel *kernel, cf_connection_fn accepted,
		    void *userdata, struct cf_listener **ret_listener, struct cf_diag *diag)
{
	CF_CLEANUP(cf_listener_free) struct cf_listener *listener = calloc(1, sizeof(*listener));
	int r = 0;

	if (!listener)
		return cf_diag_set(diag, -ENOMEM, "CF-D014", "", 0, 0, "", "no memory");
	listener->kernel = kernel;
	listener->accepted = accepted;
	listener->userdata = userdata;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		r = cf_errno_negative();
	if (r == 0)
		r = bind_socket(listener->fd);
	if (r == 0 && listen(listener->fd, BACKLOG) < 0)
		r = cf_errno_negative();
	if (r == 0)
		r = sd_event_add_io(event, &listener->source, listener->fd, EPOLLIN, on_connection,
				    listener);
	if (r >= 0)
		r = sd_event_source_set_enabled(listener->source, SD_EVENT_OFF);
	if (r < 0)
		return cf_diag_set(diag, r, "CF-D014", "", 0, 0, "", "cannot listen on '%s': %s",
				   CF_API_SOCKET, strerror(-r));
	*ret_listener = cf_steal_ptr(listener);
	return 0;
}

void cf_listener_enable(struct cf_listener *listener, bool is_enabled)
{
	/* A source of our own in a loop that runs: it cannot fail. */
	(void)sd_event_source_set_enabled(listener->source,
					  is_enabled ? SD_EVENT_ON : SD_EVENT_OFF);
}

void cf_listener_free(struct cf_listener **listener)
{
	if (!*listener)
		return;
	cf_listener_forget_all(*listener);
	sd_event_source_disable_unref((*listener)->source);
	if ((*listener)->source)
		(void)unlink(CF_API_SOCKET); /* a leftover is replaced at the next start */
	cf_fd_close(&(*listener)->fd);
	free(*listener);
	*listener = NULL;
}
