/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "policy/nearest.h"

#define WORD_MAX 24 /* the language's longest key has 12 letters */

static unsigned int smaller(unsigned int one, unsigned int other)
{
	return one < other ? one : other;
}

unsigned int cf_word_distance(const char *one, const char *other)
{
	unsigned int rows[WORD_MAX + 1][WORD_MAX + 1];
	size_t n_one = strlen(one);
	size_t n_other = strlen(other);

	if (n_one > WORD_MAX || n_other > WORD_MAX)
		return UINT_MAX;
	for (size_t i = 0; i <= n_one; i++)
		rows[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= n_other; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= n_one; i++) {
		for (size_t j = 1; j <= n_other; j++) {
			unsigned int cost = one[i - 1] != other[j - 1];

			rows[i][j] = smaller(smaller(rows[i - 1][j], rows[i][j - 1]) + 1,
					     rows[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
			    one[i - 2] == other[j - 1])
				rows[i][j] = smaller(rows[i][j], rows[i - 2][j - 2] + 1);
		}
	}
	return rows[n_one][n_other];
}
