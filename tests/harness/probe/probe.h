/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the probe's operations share: the state of a row, words and numbers of
 * its arguments, errno as a result.
 */
#ifndef PROBE_H
#define PROBE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RESULT_MISUSE (-100000)
#define RESULT_EXITED (-200000) /* less the exit status of an executed program */

/* What operations of one row share. */
struct probe_state {
	pid_t pid;	  /* who made the call that counts, if not the row's process */
	int held;	  /* descriptor of "hold", or a socket */
	const char *name; /* of the operation at hand */
	char detail[256];
};
extern struct probe_state state;

/* n_arguments: -1: the rest of the row is the operation's own. run: 0, -errno or a RESULT_*. */
struct operation {
	const char *name;
	int n_arguments;
	int (*run)(char *args[]);
};

/* Ended by an entry without a name. */
extern const struct operation file_operations[], attribute_operations[], descriptor_operations[],
	uring_operations[], exec_operations[], race_operations[], net_operations[],
	namespace_operations[], process_operations[], held_operations[], kernel_operations[];

struct word_value {
	const char *word;
	unsigned long value;
};

/* Flags of open(2). */
extern const struct word_value open_words[];

/* Values of a list of words joined by ','; "-" is none. */
bool parse_words(const char *text, const struct word_value *table, unsigned long *ret_value);
bool parse_number(const char *text, long *ret_number);

/* -errno of a call that returned less than 0, else 0; the second closes its descriptor. */
int result_of(long r);
int close_after(int fd);

/* openat2(2) of DIRECTORY NAME OPENFLAGS RESOLVE: a descriptor, -errno or RESULT_MISUSE */
int open_how(char *args[]);

/* openat(2) of a name, with flags as words */
int open_below(int directory, const char *name, const char *words);

/*
 * Connects to a socket and is handed a descriptor there, with what is said beside it. -EACCES: it was
 * dropped on the way.
 */
int receive_fd(const char *path, void *text, size_t size, int *ret_fd);

/* Runs the operations of a row up to the first that fails. @words has room for one NULL more. */
int run_row(char *words[], int n_words);

#endif /* PROBE_H */
