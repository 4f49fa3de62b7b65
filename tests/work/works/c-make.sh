#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make -j with gcc: a static and a shared library, dlopen, profiling, a debug build, make install.
# prints: linked 42, loaded 42
# prints: covered
set -euo pipefail

mkdir src
echo 'int answer(void); int answer(void) { return 42; }' >src/answer.c
cat >src/main.c <<'C'
#include <dlfcn.h>
#include <stdio.h>

int answer(void);

int main(void)
{
	void *library = dlopen("./libanswer.so", RTLD_NOW);
	int (*loaded)(void) = library ? (int (*)(void))dlsym(library, "answer") : 0;

	return printf("linked %d, loaded %d\n", answer(), loaded ? loaded() : -1) < 0;
}
C
cat >Makefile <<'M'
CFLAGS = -O2 -g -Wall -fPIC -MMD
PREFIX = $(CURDIR)/usr

all: app libanswer.so
app: src/main.o libanswer.a
	$(CC) $(LDFLAGS) $^ -ldl -o $@
libanswer.a: src/answer.o
	$(AR) crs $@ $^
libanswer.so: src/answer.o
	$(CC) -shared $^ -o $@
install: all
	install -D -m 755 app $(PREFIX)/bin/app
	install -D -m 644 libanswer.a $(PREFIX)/lib/libanswer.a
	ln -sf app $(PREFIX)/bin/answer
clean:
	rm -rf src/*.o src/*.d app *.a *.so
-include src/*.d
M
make -s -j4 all
make -q all
make -s install
usr/bin/answer
make -s clean
make -s CFLAGS="-O0 --coverage -fPIC" LDFLAGS=--coverage all # writes .gcda at its end
./app >/dev/null
gcov -o src src/main.c >/dev/null 2>&1
grep -q '1:.*dlopen' main.c.gcov && echo covered
