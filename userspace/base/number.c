/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/number.h"

/* Digits at the start of @text; *ret_rest is what follows them. */
static int parse_digits(const char *text, uint64_t *ret_number, const char **ret_rest)
{
	uint64_t number = 0;
	const char *at = text;
	int r = 0;

	if (*at < '0' || *at > '9' || (at[0] == '0' && at[1] >= '0' && at[1] <= '9'))
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			r = -ERANGE;
	*ret_number = number;
	*ret_rest = at;
	return r;
}

static int parse_unit(const char *rest, unsigned int *ret_shift)
{
	static const char units[] = "KMGT";
	const char *unit;

	*ret_shift = 0;
	if (*rest == '\0')
		return 0;
	unit = strchr(units, *rest);
	if (!unit || rest[1] != '\0')
		return -EINVAL;
	*ret_shift = 10 * (unsigned int)(unit - units + 1);
	return 0;
}

static int check_bounds(uint64_t number, uint64_t min, uint64_t max, uint64_t *ret_number)
{
	if (number < min || number > max)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

int cf_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number)
{
	const char *rest = "";
	uint64_t number = 0;
	int r;

	r = parse_digits(text, &number, &rest);
	if (*rest != '\0')
		return -EINVAL;
	if (r < 0)
		return r;
	return check_bounds(number, min, max, ret_number);
}

int cf_size_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_bytes)
{
	const char *rest = "";
	unsigned int shift;
	uint64_t number = 0;
	int r;

	r = parse_digits(text, &number, &rest);
	if (r == -EINVAL || parse_unit(rest, &shift) < 0)
		return -EINVAL;
	if (r < 0 || number > UINT64_MAX >> shift)
		return -ERANGE;
	return check_bounds(number << shift, min, max, ret_bytes);
}

int cf_percent_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_percent)
{
	const char *rest = "";
	uint64_t number = 0;
	int r;

	r = parse_digits(text, &number, &rest);
	if (r == -EINVAL || strcmp(rest, "%") != 0)
		return -EINVAL;
	if (r < 0)
		return r;
	return check_bounds(number, min, max, ret_percent);
}
