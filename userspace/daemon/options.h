/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of cofferdamd.
 *
 * Layer 3 (daemon).
 */
#ifndef CF_DAEMON_OPTIONS_H
#define CF_DAEMON_OPTIONS_H

#include <stddef.h>

#ifndef CF_PREFIX
#define CF_PREFIX "/usr/local"
#endif
#ifndef CF_DATA_DIR
#define CF_DATA_DIR CF_PREFIX "/share/cofferdam"
#endif
#ifndef CF_LIBEXEC_DIR
#define CF_LIBEXEC_DIR CF_PREFIX "/libexec/cofferdam"
#endif

enum cf_daemon_action {
	CF_DAEMON_RUN = 0,
	CF_DAEMON_PROBE = 1,
	CF_DAEMON_RELEASE_ALL = 2,
	CF_DAEMON_VERSION = 3,
	CF_DAEMON_HELP = 4,
};

struct cf_daemon_options {
	enum cf_daemon_action action;
	const char *api; /* path of cofferdam-api */
	const char *data_directory;
};

/**
 * cf_daemon_options_parse() - read the arguments
 * @n_arguments: with the program's name
 * @arguments:   borrowed; the options point into them
 * @ret_options: on success
 * @ret_bad:     on failure, the argument that is not understood, or NULL for one too many actions
 *
 * Context: pure
 * Return:  0; -EINVAL
 */
int cf_daemon_options_parse(int n_arguments, char *const arguments[],
			    struct cf_daemon_options *ret_options, const char **ret_bad);

extern const char cf_daemon_usage[];

#endif /* CF_DAEMON_OPTIONS_H */
