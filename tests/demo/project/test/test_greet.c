/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "../src/greet.h"

int main(void)
{
	char line[128];

	greet(line, sizeof(line), "Ada");
	if (strcmp(line, "Hello, Ada!") != 0) {
		printf("FAILED: expected 'Hello, Ada!', found '%s'\n", line);
		return 1;
	}
	puts("1 test passed");
	return 0;
}
