/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/options.h"

/* Finds "--name..." or "-n"; *ret_inline is what stands behind '=', or NULL. */
static const struct cf_option *find_option(const struct cf_options *options, const char *argument,
					   const char **ret_inline)
{
	size_t length;

	*ret_inline = NULL;
	if (argument[1] != '-') {
		for (size_t i = 0; i < options->n_options; i++) {
			if (options->options[i].letter &&
			    argument[1] == options->options[i].letter && argument[2] == '\0')
				return &options->options[i];
		}
		return NULL;
	}
	length = strcspn(argument + 2, "=");
	for (size_t i = 0; i < options->n_options; i++) {
		if (strncmp(options->options[i].name, argument + 2, length) != 0 ||
		    options->options[i].name[length] != '\0')
			continue;
		if (argument[2 + length] == '=')
			*ret_inline = argument + 2 + length + 1;
		return &options->options[i];
	}
	return NULL;
}

/* One option; *i moves over its value. */
static enum cf_options_result take_option(const struct cf_options *options, int n_arguments,
					  char *arguments[], int *i)
{
	const char *value;
	const struct cf_option *option;

	if (strcmp(arguments[*i], "--help") == 0 || strcmp(arguments[*i], "-h") == 0)
		return CF_OPTIONS_HELP;
	option = find_option(options, arguments[*i], &value);
	if (!option)
		return CF_OPTIONS_UNKNOWN;
	if (option->flag) {
		if (value)
			return CF_OPTIONS_EXTRA_VALUE;
		*option->flag = true;
		return CF_OPTIONS_OK;
	}
	if (!value && *i + 1 < n_arguments)
		value = arguments[++*i];
	if (!value)
		return CF_OPTIONS_NO_VALUE;
	*option->value = value;
	return CF_OPTIONS_OK;
}

enum cf_options_result cf_options_parse(const struct cf_options *options, int n_arguments,
					char *arguments[], int *ret_operands, const char **ret_bad)
{
	bool is_ended = false;
	int n_operands = 0;

	*ret_bad = NULL;
	for (int i = 0; i < n_arguments; i++) {
		enum cf_options_result result;

		if (!is_ended && strcmp(arguments[i], "--") == 0) {
			is_ended = true;
			continue;
		}
		/* A lone "-" is an operand, by custom. */
		if (is_ended || arguments[i][0] != '-' || arguments[i][1] == '\0') {
			is_ended = is_ended || options->stops_at_operand;
			arguments[n_operands++] = arguments[i];
			continue;
		}
		*ret_bad = arguments[i];
		result = take_option(options, n_arguments, arguments, &i);
		if (result != CF_OPTIONS_OK)
			return result;
	}
	*ret_bad = NULL;
	*ret_operands = n_operands;
	return CF_OPTIONS_OK;
}
