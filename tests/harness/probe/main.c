/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One system call at a time, told as one line of JSON: {"op":..., "result":
 * "ok" or the errno's name, "pid":...}. Exits 0 (ok), 1 (an errno) or 2 (this
 * program was used wrongly).
 *
 *   probe OP ARGUMENT... [, OP ARGUMENT...]...
 *   probe serve
 *   probe serve here
 *
 * Operations joined by a lone "," run one after another in the same process, up
 * to the first that fails; the last one run is told. "serve" reads such rows
 * from standard input, one a line with 0x1f between the words, and runs each in
 * a child of its own ("row"), so that "pid" finds the row's events. "serve here" spares
 * the child, for many rows of which each leaves nothing behind; "apart" before
 * a row has it run in a child nevertheless.
 *
 * Linked statically: a policy under test needs to let through this one file.
 */
#include "probe.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS   256
#define MAX_LINE    65536
#define EXIT_WRONG  2
#define RUN_TIMEOUT 20 /* seconds that a row may take, under emulation */

struct probe_state state = {.held = -1};

static const struct operation *const tables[] = {
	file_operations,    attribute_operations, descriptor_operations, uring_operations,
	exec_operations,    race_operations,	  net_operations,	 namespace_operations,
	process_operations, held_operations,	  kernel_operations,
};

static const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct operation *entry = tables[i]; entry->name; entry++)
			if (strcmp(entry->name, name) == 0)
				return entry;
	return NULL;
}

static int run_one(char *words[], int n_words)
{
	const struct operation *operation = find_operation(words[0]);
	int n = operation ? operation->n_arguments : 0;

	if (!operation || (n >= 0 ? n != n_words - 1 : n_words < 2)) {
		(void)fprintf(stderr, "probe: '%s' with %d arguments is not understood\n", words[0],
			      n_words - 1);
		return RESULT_MISUSE;
	}
	state.name = operation->name;
	return operation->run(words + 1);
}

int run_row(char *words[], int n_words)
{
	int r = RESULT_MISUSE;

	for (int start = 0, end; start < n_words; start = end + 1) {
		for (end = start; end < n_words && strcmp(words[end], ",") != 0; end++)
			if (strcmp(words[end], "orphan") == 0 ||
			    strcmp(words[end], "thread") == 0 ||
			    strcmp(words[end], "background") == 0)
				end = n_words - 1; /* they take all that follows */
		if (end == start)
			return RESULT_MISUSE;
		words[end] = NULL;
		r = run_one(words + start, end - start);
		if (r < 0)
			break;
	}
	return r;
}

static void put_escaped(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
}

static void tell(int r)
{
	char number[32];
	const char *result = "ok";

	if (r == RESULT_MISUSE) {
		result = "MISUSE";
	} else if (r <= RESULT_EXITED) {
		(void)snprintf(number, sizeof(number), "EXIT%d", RESULT_EXITED - r);
		result = number;
	} else if (r < 0) {
		result = strerrorname_np(-r);
	}
	(void)printf("{\"op\":\"%s\",\"result\":\"%s\",\"pid\":%d,\"row\":%d,\"detail\":\"",
		     state.name ? state.name : "", result ? result : "UNKNOWN",
		     state.pid ? state.pid : getpid(), getpid());
	put_escaped(state.detail);
	(void)printf("\"}\n");
	(void)fflush(stdout);
}

/* Return: exit status */
static int tell_end(int result)
{
	tell(result);
	return result == RESULT_MISUSE ? EXIT_WRONG : result < 0;
}

static int run_and_tell(char *words[], int n_words)
{
	(void)alarm(RUN_TIMEOUT);
	return tell_end(run_row(words, n_words));
}

/* Bytes that a line of text cannot have are written \xHH. */
static char *unescape(char *word)
{
	char *from = word, *to = word;
	unsigned int byte;

	while (*from) {
		if (from[0] == '\\' && from[1] == 'x' && sscanf(from + 2, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return word;
}

static int split(char *line, char *words[])
{
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *word = strsep(&line, "\x1f"); word && n < MAX_WORDS;
	     word = strsep(&line, "\x1f"))
		words[n++] = unescape(word);
	return n;
}

static void serve_apart(char *words[], int n_words)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a row that nobody waits for ends */
		(void)alarm(RUN_TIMEOUT);
		status = run_row(words, n_words);
		/* Who hears of it may bind where this row has bound. */
		(void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
		_exit(tell_end(status));
	}
	if (pid >= 0 && waitpid(pid, &status, 0) >= 0 && !WIFSIGNALED(status))
		return;
	(void)printf("{\"op\":\"%s\",\"result\":\"%s\",\"pid\":%d,\"row\":%d,\"detail\":\"%s\"}\n",
		     words[0], pid < 0 ? strerrorname_np(errno) : "KILLED", pid, pid,
		     pid < 0 ? "fork" : strsignal(WTERMSIG(status)));
	(void)fflush(stdout);
}

static int serve(bool is_here)
{
	static char line[MAX_LINE];
	char *words[MAX_WORDS + 1];

	(void)printf("{\"op\":\"serve\",\"result\":\"ok\",\"pid\":%d}\n", getpid());
	(void)fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int n = split(line, words);

		if (is_here && n > 1 && strcmp(words[0], "apart") == 0) {
			serve_apart(words + 1, n - 1);
		} else if (is_here) {
			state = (struct probe_state){.held = -1};
			(void)run_and_tell(words, n);
			(void)alarm(0);
		} else {
			serve_apart(words, n);
		}
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc < 2 || argc > MAX_WORDS) {
		(void)fprintf(
			stderr,
			"usage: probe OP ARGUMENT... [, OP ARGUMENT...] | probe serve [here]\n");
		return EXIT_WRONG;
	}
	if (strcmp(argv[1], "serve") == 0)
		return serve(argc > 2 && strcmp(argv[2], "here") == 0);
	return run_and_tell(argv + 1, argc - 1);
}
