/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the API for the numbers of bpf/abi.h. Pure. Layer 3 (api).
 */
#ifndef CF_API_WORDS_H
#define CF_API_WORDS_H

#include <stdint.h>

/* "open", ...; "unknown" for a number that is not known. */
const char *cf_word_op(unsigned int op);

/* "deny", ... */
const char *cf_word_verdict(unsigned int verdict);

/* "file-rule", ... */
const char *cf_word_reason(unsigned int reason);

/* "read", ... of the right 1U << bit; NULL beyond the last. */
const char *cf_word_right(unsigned int bit);

/* "armed", ... */
const char *cf_word_group_state(unsigned int state);

/* "ok", "missing", "warning" */
const char *cf_word_finding(unsigned int state);

#endif /* CF_API_WORDS_H */
