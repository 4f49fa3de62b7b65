/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that a seed gives again. */
#ifndef CF_MODEL_RANDOM_H
#define CF_MODEL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t random_next(struct random *random)
{
	uint64_t x = random->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* 0 to n - 1 */
static inline unsigned int random_below(struct random *random, unsigned int n)
{
	return (unsigned int)((random_next(random) >> 32) * n >> 32);
}

/* True n times of a hundred. */
static inline bool random_percent(struct random *random, unsigned int n)
{
	return random_below(random, 100) < n;
}

#endif /* CF_MODEL_RANDOM_H */
