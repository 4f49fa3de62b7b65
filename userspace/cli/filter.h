/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filter for policies with `append` and `rw-no-delete`: it refuses
 * what cuts, punches or overwrites a file where no LSM hook is told so.
 *
 * Layer 4 (cli).
 */
#ifndef CF_CLI_FILTER_H
#define CF_CLI_FILTER_H

/**
 * cf_filter_install() - refuse those system calls to this process and all that it starts
 *
 * For x86-64 with its 32-bit calls; x32 calls are refused. Needs no_new_privs, or root. What is
 * refused gets EPERM, asynchronous I/O of io_setup(2) ENOSYS, as programs then
 * do without it. The kernel part refuses io_uring, which no filter sees.
 *
 * Return: 0; -ENOSYS the kernel has no seccomp filters; another negative errno
 */
int cf_filter_install(void);

#endif /* CF_CLI_FILTER_H */
