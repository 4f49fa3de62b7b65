/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/version.h"
#include "daemon/options.h"
#include "daemon/probe.h"
#include "daemon/service.h"
#include "kernel/kernel.h"
#include "policy/diag.h"
#include "wire/log.h"

#define EXIT_USAGE 2

/* Watches, descriptors of layers and of anchors: up to what the host lets us have. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	/* With fewer, fewer agents fit, and the one too many is refused. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int prepare_loop(sd_event **ret_event)
{
	CF_CLEANUP(sd_event_unrefp) sd_event *event = NULL;
	sigset_t signals;
	int r;

	/* sd_event_add_signal(3) and sd_event_add_child(3) want them blocked. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	r = sd_event_default(&event);
	if (r >= 0)
		/* No callback: the loop ends. */
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r < 0)
		return r;
	*ret_event = cf_steal_ptr(event);
	return 0;
}

static int run(const struct cf_daemon_options *options)
{
	CF_CLEANUP(sd_event_unrefp) sd_event *event = NULL;
	CF_CLEANUP(cf_service_free) struct cf_service *service = NULL;
	struct cf_diag diag = {};
	int r;

	raise_limits();
	r = prepare_loop(&event);
	if (r < 0) {
		cf_log(LOG_ERR, "cannot make an event loop: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	r = cf_service_new(event, options, &service, &diag);
	if (r < 0) {
		cf_log_diag(LOG_ERR, "cannot start", &diag);
		return EXIT_FAILURE;
	}
	/* Without a supervisor there is nobody to tell, which is no failure. */
	(void)sd_notify(0, "READY=1\nSTATUS=armed");
	r = sd_event_loop(event);
	(void)sd_notify(0, "STOPPING=1");
	if (r < 0)
		cf_log(LOG_ERR, "the event loop failed: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int release_all(void)
{
	struct cf_diag diag = {};

	if (cf_kernel_release(&diag) < 0) {
		cf_log_diag(LOG_ERR, "cannot take everything down", &diag);
		return EXIT_FAILURE;
	}
	cf_log(LOG_NOTICE, "nothing is enforced any more");
	return EXIT_SUCCESS;
}

static int dispatch(const struct cf_daemon_options *options)
{
	if (options->action == CF_DAEMON_HELP) {
		(void)fputs(cf_daemon_usage, stdout);
		return EXIT_SUCCESS;
	}
	if (options->action == CF_DAEMON_VERSION) {
		(void)printf("cofferdamd %s (abi %d.%d)\n", CF_VERSION, CF_ABI_MAJOR, CF_ABI_MINOR);
		return EXIT_SUCCESS;
	}
	if (options->action == CF_DAEMON_PROBE)
		return cf_probe_print(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (geteuid() != 0) {
		cf_log(LOG_ERR, "needs root; start it with 'systemctl start cofferdamd'");
		return EXIT_FAILURE;
	}
	return options->action == CF_DAEMON_RELEASE_ALL ? release_all() : run(options);
}

int main(int argc, char *argv[])
{
	struct cf_daemon_options options;
	const char *bad = NULL;

	cf_log_open("cofferdamd");
	if (cf_daemon_options_parse(argc, argv, &options, &bad) < 0) {
		cf_log(LOG_ERR, "'%s' is not understood here; see 'cofferdamd --help'", bad);
		return EXIT_USAGE;
	}
	return dispatch(&options);
}
