/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `cofferdam`: each is one cmd_<name>.c and one row of the
 * table in main.c.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_COMMAND_H
#define CF_CLI_COMMAND_H

#ifndef CF_PREFIX
#define CF_PREFIX "/usr/local"
#endif
#ifndef CF_DATA_DIR
#define CF_DATA_DIR CF_PREFIX "/share/cofferdam"
#endif
#ifndef CF_SBIN_DIR
#define CF_SBIN_DIR CF_PREFIX "/sbin"
#endif

/* Exit statuses; scripts/man/cofferdam.1 documents them. */
enum cf_exit {
	CF_EXIT_OK = 0,
	CF_EXIT_NO = 1, /* a negative answer, or it could not be done */
	CF_EXIT_USAGE = 2,
	CF_EXIT_RUN_FAILED = 125,     /* `run`: the command was not started */
	CF_EXIT_NOT_EXECUTABLE = 126, /* `run`: it could not be executed */
	CF_EXIT_NOT_FOUND = 127,      /* `run`: there is no such command */
	CF_EXIT_SIGNAL = 128,	      /* and the signal's number */
};

/**
 * struct cf_command - one command
 * @name:    as typed
 * @usage:   one line of arguments
 * @summary: one line for the list of commands
 * @help:    what --help adds: the options
 * @run:     gets the arguments behind the command's name; returns the exit status
 */
struct cf_command {
	const char *name;
	const char *usage;
	const char *summary;
	const char *help;
	int (*run)(const struct cf_command *command, int n_arguments, char *arguments[]);
};

extern const struct cf_command cf_command_run;
extern const struct cf_command cf_command_ps;
extern const struct cf_command cf_command_events;
extern const struct cf_command cf_command_policy;
extern const struct cf_command cf_command_doctor;
extern const struct cf_command cf_command_version;

/* Prints a command's help; CF_EXIT_OK. */
int cf_command_print_help(const struct cf_command *command);

struct cf_options;

/**
 * cf_options_read() - as cf_options_parse(), and answer help and mistakes
 *
 * Return: -1 go on; else the exit status with which to end
 */
int cf_options_read(const struct cf_command *command, const struct cf_options *options,
		    int n_arguments, char *arguments[], int *ret_operands);

/* Where profiles/ and packs/ are, for commands that need no daemon; tests set COFFERDAM_DATA_DIR. */
const char *cf_command_data_directory(void);

#endif /* CF_CLI_COMMAND_H */
