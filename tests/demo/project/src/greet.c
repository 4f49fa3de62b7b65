/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "greet.h"

int greet(char *buffer, size_t size, const char *name)
{
	return snprintf(buffer, size, "Hello %s", name);
}
