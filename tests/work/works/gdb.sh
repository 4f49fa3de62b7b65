#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gdb of children: a breakpoint, a stack, a variable changed, a core written; and one that runs already.
# prints: #1 main
# prints: twice 4 is 8
# prints: core: twice (n=21)
# prints: attached: wait_long
set -euo pipefail

cat >twice.c <<'C'
#include <stdio.h>
#include <unistd.h>

static int twice(int n)
{
	return 2 * n;
}

static void wait_long(void)
{
	while (1)
		usleep(1000);
}

int main(int n_arguments, char **arguments)
{
	(void)arguments;
	if (n_arguments > 1)
		wait_long();
	volatile int n = 21;
	int doubled = twice(n);

	return printf("twice %d is %d\n", doubled / 2, doubled) < 0;
}
C
gcc -g -O0 twice.c -o twice
gdb -q -nx -batch -ex 'break twice' -ex run -ex 'backtrace' -ex 'generate-core-file core' -ex 'set var n = 4' \
	-ex continue ./twice >log 2>&1
sed -n 's/^#1 .* in \(main\) .*/#1 \1/p; /^twice/p' log
gdb -q -nx -batch -ex 'frame' ./twice core 2>/dev/null | sed -n 's/^#0  \(twice (n=21)\).*/core: \1/p' | head -1

# gdb is the parent here: under yama only descendants can be attached to.
sh -c './twice on & exec gdb -q -nx -batch -ex backtrace -ex kill -p $! ./twice' >log 2>&1
sed -n 's/^#.* in \(wait_long\) .*/attached: \1/p' log
