/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What dpath.c tells dpath.bpf.c. */
#ifndef CF_BENCH_DPATH_H
#define CF_BENCH_DPATH_H

#define DP_PATH_SIZE 256
#define DP_MAX_RULES 64
#define DP_READ	     (1U << 0)
#define DP_WRITE     (1U << 1)

/* rules: LPM trie of the beginnings of paths -> DP_* that may be done there */
struct dp_key {
	__u32 prefixlen; /* bits */
	char path[DP_PATH_SIZE];
};

#endif /* CF_BENCH_DPATH_H */
