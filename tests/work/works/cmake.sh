#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cmake: configure with its compiler checks, build in parallel, ctest, install.
# prints: 100% tests passed, 0 tests failed out of 1
# prints: hello from usr/bin
set -euo pipefail

cat >CMakeLists.txt <<'M'
cmake_minimum_required(VERSION 3.20)
project(hello C)
include(CheckIncludeFile)
check_include_file(unistd.h HAVE_UNISTD_H)
configure_file(config.h.in config.h)
add_library(greet greet.c)
target_include_directories(greet PUBLIC ${CMAKE_BINARY_DIR})
add_executable(hello main.c)
target_link_libraries(hello greet)
enable_testing()
add_test(NAME runs COMMAND hello test)
install(TARGETS hello)
M
echo '#cmakedefine HAVE_UNISTD_H' >config.h.in
cat >greet.c <<'C'
#include "config.h"
#include <stdio.h>
#ifndef HAVE_UNISTD_H
#error "cmake did not find unistd.h"
#endif
int greet(const char *from);
int greet(const char *from) { return printf("hello from %s\n", from) < 0; }
C
echo 'int greet(const char *); int main(int n, char **words) { return n < 2 || greet(words[1]); }' >main.c

cmake -S . -B build -DCMAKE_INSTALL_PREFIX="$PWD/usr" >/dev/null
cmake --build build --parallel 2 >/dev/null
ctest --test-dir build | grep 'tests passed'
cmake --install build >/dev/null
usr/bin/hello usr/bin
