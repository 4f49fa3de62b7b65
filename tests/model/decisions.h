/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/decide.h alone against its words. */
#ifndef CF_MODEL_DECISIONS_H
#define CF_MODEL_DECISIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Every input there is of what is small. Prints the first difference. */
bool decisions_check_corners(uint64_t *ret_n_cases);

/* Random queries. Prints the first difference. */
bool decisions_check_random(uint64_t n_cases, uint64_t seed);

#endif /* CF_MODEL_DECISIONS_H */
