/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GREET_H
#define GREET_H

#include <stddef.h>

/* Writes a greeting; the length it has, as snprintf(3) tells it. */
int greet(char *buffer, size_t size, const char *name);

#endif
