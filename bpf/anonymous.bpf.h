/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel calls its anonymous inodes: the names that fs/anon_inodes.c's callers give. */
#ifndef CF_ANONYMOUS_BPF_H
#define CF_ANONYMOUS_BPF_H

#include "prelude.bpf.h"

/* The beginning of a name, padded with zeroes. */
union cf_anonymous_name {
	char text[16];
	__u64 words[2];
};

/* Return: as bpf_probe_read_kernel_str() */
static __always_inline long cf_read_anonymous(union cf_anonymous_name *ret_name, const void *source)
{
	__builtin_memset(ret_name, 0, sizeof(*ret_name));
	return bpf_probe_read_kernel_str(ret_name->text, sizeof(ret_name->text), source);
}

static __always_inline bool cf_is_io_uring(const union cf_anonymous_name *name)
{
	return name->words[0] == CF_WORD('[', 'i', 'o', '_', 'u', 'r', 'i', 'n') &&
	       name->words[1] == CF_WORD('g', ']', 0, 0, 0, 0, 0, 0);
}

static __always_inline bool cf_is_userfaultfd(const union cf_anonymous_name *name)
{
	return name->words[0] == CF_WORD('[', 'u', 's', 'e', 'r', 'f', 'a', 'u') &&
	       name->words[1] == CF_WORD('l', 't', 'f', 'd', ']', 0, 0, 0);
}

/* Those that only count, wait and tell: whoever is handed one can do nothing with others' files or memory. */
static __always_inline bool cf_is_bare_signal(const union cf_anonymous_name *name)
{
	switch (name->words[0]) {
	case CF_WORD('[', 'e', 'v', 'e', 'n', 't', 'f', 'd'):
	case CF_WORD('[', 't', 'i', 'm', 'e', 'r', 'f', 'd'):
		return name->words[1] == CF_WORD(']', 0, 0, 0, 0, 0, 0, 0);
	case CF_WORD('[', 's', 'i', 'g', 'n', 'a', 'l', 'f'):
		return name->words[1] == CF_WORD('d', ']', 0, 0, 0, 0, 0, 0);
	case CF_WORD('[', 'e', 'v', 'e', 'n', 't', 'p', 'o'):
		return name->words[1] == CF_WORD('l', 'l', ']', 0, 0, 0, 0, 0);
	case CF_WORD('[', 'p', 'i', 'd', 'f', 'd', ']', 0):
		return name->words[1] == 0;
	default:
		return false;
	}
}

#endif /* CF_ANONYMOUS_BPF_H */
