/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of a command: "--name", "--name VALUE", "--name=VALUE", "-n",
 * "-n VALUE", and "--" which ends them. "--help" and "-h" are always known.
 * Pure.
 *
 * Layer 3 (cli).
 */
#ifndef CF_CLI_OPTIONS_H
#define CF_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* One option: a flag, or with a value; one of the two targets is set. */
struct cf_option {
	const char *name; /* "policy" */
	char letter;	  /* 'p', or 0 */
	bool *flag;
	const char **value;
};

struct cf_options {
	const struct cf_option *options;
	size_t n_options;
	bool stops_at_operand; /* the first operand and all behind it are somebody else's */
};

enum cf_options_result {
	CF_OPTIONS_OK = 0,
	CF_OPTIONS_HELP = 1,
	CF_OPTIONS_UNKNOWN = 2,	    /* no such option */
	CF_OPTIONS_NO_VALUE = 3,    /* its value is missing */
	CF_OPTIONS_EXTRA_VALUE = 4, /* it takes none */
};

/**
 * cf_options_parse() - read options, put operands together
 * @options:      what is known
 * @n_arguments:  number of @arguments
 * @arguments:    reordered: operands first; targets point into them
 * @ret_operands: number of operands
 * @ret_bad:      the argument at fault, if the result is an error
 */
enum cf_options_result cf_options_parse(const struct cf_options *options, int n_arguments,
					char *arguments[], int *ret_operands, const char **ret_bad);

#endif /* CF_CLI_OPTIONS_H */
