/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "greet.h"

int main(int argc, char *argv[])
{
	char line[128];

	greet(line, sizeof(line), argc > 1 ? argv[1] : "world");
	return puts(line) < 0;
}
