/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what operations cost in instructions, user and kernel together. Under
 * QEMU's -icount shift=0 the time stamp counter counts instructions retired;
 * anywhere else the figures mean cycles and are of no use.
 *
 * Usage: bench --workspace DIR --refused FILE --expect yes|no [--batches N] [--op NAME]...
 *
 * DIR holds what tests/bench/guest puts there. Before it measures, it opens
 * FILE, which must fail with EACCES if and only if --expect says so: figures of
 * a configuration that is not in force are worse than none.
 *
 * Output: one JSON object a line: {"op", "instructions" (median of batches, for
 * one operation), "low", "high" (quartiles), "batches", "rounds"}, or {"op",
 * "refused"} where the configuration refuses the operation.
 * Exit: 0; 1 something failed; 2 usage; 3 the configuration is not in force.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

/* Inside what the profile coding-agent lets an agent reach and listen on. */
#define PORT		3456

#define MAX_BATCHES	1024
#define REST_US		20000
#define DEFAULT_BATCHES 15
#define MAX_SELECTED	16

static struct {
	const char *workspace;
	const char *refused;
	bool expect_refusal;
	unsigned int batches;
	const char *selected[MAX_SELECTED];
	unsigned int n_selected;
} options = {.batches = DEFAULT_BATCHES};

/* What the operations work on; set by their prepare(). */
static struct {
	char path[4096];
	int server, client;
	struct sockaddr_in address;
	int fd;
	char page[4096];
} subject;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	_mm_lfence();
	return __rdtsc();
}

/* ------------------------------------------------------------ operations */

static int prepare_path(const char *below)
{
	struct stat facts;

	(void)snprintf(subject.path, sizeof(subject.path), "%s/%s", options.workspace, below);
	return stat(subject.path, &facts);
}

static void open_close(void)
{
	int fd = open(subject.path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(subject.path);
	(void)close(fd);
}

static int prepare_open_3(void)
{
	return prepare_path("a/lexer.c");
}

static int prepare_open_6(void)
{
	return prepare_path("a/b/c/d/lexer.c");
}

static int prepare_open_12(void)
{
	return prepare_path("a/b/c/d/e/f/g/h/i/j/lexer.c");
}

/*
 * Three that the kernel part's cache of directories does not serve: a name that begins like a name
 * rule's pattern (the shipped profile has one for "tmux-*"), a device node, and procfs.
 */
static int prepare_open_name(void)
{
	return prepare_path("a/b/c/d/test.c");
}

static int prepare_open_null(void)
{
	(void)snprintf(subject.path, sizeof(subject.path), "/dev/null");
	return 0;
}

static int prepare_open_proc(void)
{
	(void)snprintf(subject.path, sizeof(subject.path), "/proc/version");
	return 0;
}

static void stat_one(void)
{
	struct stat facts;

	if (stat(subject.path, &facts) < 0)
		die(subject.path);
}

/* tmpfs: ext4 would add its journal, which is neither ours nor steady. */
static int prepare_create(void)
{
	(void)snprintf(subject.path, sizeof(subject.path), "/tmp/bench-create/lexer.o");
	return 0;
}

/* What is open already: of the page cache, and for writing again on tmpfs. */
static int prepare_read(void)
{
	if (prepare_path("bin/noop") < 0)
		return -1;
	subject.fd = open(subject.path, O_RDONLY | O_CLOEXEC);
	return subject.fd;
}

static int prepare_write(void)
{
	(void)snprintf(subject.path, sizeof(subject.path), "/tmp/bench-create/open.o");
	subject.fd = open(subject.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return subject.fd;
}

static void read_4k(void)
{
	if (pread(subject.fd, subject.page, sizeof(subject.page), 0) != sizeof(subject.page))
		die("read");
}

static void write_4k(void)
{
	if (pwrite(subject.fd, subject.page, sizeof(subject.page), 0) != sizeof(subject.page))
		die("write");
}

static void close_file(void)
{
	(void)close(subject.fd);
}

static void create_unlink(void)
{
	int fd = open(subject.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || close(fd) < 0 || unlink(subject.path) < 0)
		die(subject.path);
}

static int prepare_exec(void)
{
	return prepare_path("bin/noop");
}

static void fork_exec(void)
{
	char *const arguments[] = {subject.path, NULL}, *const environment[] = {NULL};
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	int status;

	if (pid == 0) {
		(void)execve(subject.path, arguments, environment);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die("fork and exec");
}

static int make_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int prepare_server(int type)
{
	int on = 1;

	subject.address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	subject.server = make_socket(type);
	if (setsockopt(subject.server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("SO_REUSEADDR");
	return bind(subject.server, (struct sockaddr *)&subject.address, sizeof(subject.address));
}

static int prepare_tcp(void)
{
	return prepare_server(SOCK_STREAM) < 0 ? -1 : listen(subject.server, 16);
}

/* Reset, not TIME_WAIT: thousands of waiting ports would make later rounds dearer. */
static void tcp_connect_close(void)
{
	const struct linger at_once = {.l_onoff = 1};
	int client = make_socket(SOCK_STREAM), accepted;

	if (setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0 ||
	    connect(client, (struct sockaddr *)&subject.address, sizeof(subject.address)) < 0)
		die("TCP connect");
	accepted = accept4(subject.server, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		die("accept");
	(void)close(client);
	(void)close(accepted);
}

static int prepare_udp(void)
{
	if (prepare_server(SOCK_DGRAM) < 0)
		return -1;
	subject.client = make_socket(SOCK_DGRAM);
	return (int)sendto(subject.client, "", 1, 0, (struct sockaddr *)&subject.address,
			   sizeof(subject.address));
}

static void udp_connect(void)
{
	if (connect(subject.client, (struct sockaddr *)&subject.address, sizeof(subject.address)) <
	    0)
		die("UDP connect");
}

/* Received as well, or the queue of the receiver would fill. */
static void udp_send_receive(void)
{
	char bytes[64] = {};

	if (sendto(subject.client, bytes, sizeof(bytes), 0, (struct sockaddr *)&subject.address,
		   sizeof(subject.address)) < 0 ||
	    recv(subject.server, bytes, sizeof(bytes), MSG_DONTWAIT) < 0)
		die("UDP send and receive");
}

static void close_sockets(void)
{
	(void)close(subject.server);
	if (subject.client)
		(void)close(subject.client);
	subject.server = subject.client = 0;
}

static const struct operation {
	const char *name;
	/* 0; -1 with errno: EACCES or EPERM if the configuration refuses the operation. */
	int (*prepare)(void);
	void (*once)(void);
	void (*finish)(void);
	/*
	 * In one batch: under a million instructions or so, that few batches meet the timer's tick;
	 * a multiple of 24 where the kernel draws random numbers, which it makes 24 or 48 at a time.
	 */
	unsigned int rounds;
	/* How many batches there are for one of the others: for what does not repeat exactly. */
	unsigned int times;
} operations[] = {
	{"open-3", prepare_open_3, open_close, NULL, 24, 4},
	{"open-6", prepare_open_6, open_close, NULL, 24, 4},
	{"open-12", prepare_open_12, open_close, NULL, 24, 4},
	{"open-6-name", prepare_open_name, open_close, NULL, 24, 4},
	{"open-null", prepare_open_null, open_close, NULL, 24, 4},
	{"open-proc", prepare_open_proc, open_close, NULL, 24, 4},
	{"stat-6", prepare_open_6, stat_one, NULL, 100, 1},
	{"read-4k", prepare_read, read_4k, close_file, 100, 1},
	{"write-4k", prepare_write, write_4k, close_file, 100, 1},
	{"create-unlink", prepare_create, create_unlink, NULL, 48, 1},
	{"fork-exec", prepare_exec, fork_exec, NULL, 1, 8},
	{"tcp-connect", prepare_tcp, tcp_connect_close, close_sockets, 24, 2},
	{"udp-connect", prepare_udp, udp_connect, close_sockets, 240, 1},
	{"udp-send", prepare_udp, udp_send_receive, close_sockets, 80, 1},
};

/* ----------------------------------------------------------- measurement */

static int compare(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void measure(const struct operation *operation)
{
	static uint64_t batches[MAX_BATCHES];
	unsigned int n = options.batches * operation->times;
	double rounds = operation->rounds;

	if (n > MAX_BATCHES)
		n = MAX_BATCHES;
	for (unsigned int batch = 0; batch < (n + 2) / 3; batch++) /* warm-up */
		for (unsigned int i = 0; i < operation->rounds; i++)
			operation->once();
	for (unsigned int batch = 0; batch < n; batch++) {
		uint64_t start;

		/* What the batch before left to be freed later is done, at no batch's expense. */
		(void)usleep(REST_US);
		start = now();
		for (unsigned int i = 0; i < operation->rounds; i++)
			operation->once();
		batches[batch] = now() - start;
	}
	qsort(batches, n, sizeof(batches[0]), compare);
	(void)printf("{\"op\": \"%s\", \"instructions\": %.1f, \"low\": %.1f, \"high\": %.1f, "
		     "\"batches\": %u, \"rounds\": %u}\n",
		     operation->name, (double)batches[n / 2] / rounds,
		     (double)batches[n / 4] / rounds, (double)batches[3 * n / 4] / rounds, n,
		     operation->rounds);
}

static void run(const struct operation *operation)
{
	if (operation->prepare() >= 0) {
		measure(operation);
	} else if (errno == EACCES || errno == EPERM) {
		(void)printf("{\"op\": \"%s\", \"refused\": \"%s\"}\n", operation->name,
			     strerrorname_np(errno));
	} else {
		die(operation->name);
	}
	if (operation->finish)
		operation->finish();
	(void)fflush(stdout);
}

static bool is_in_force(void)
{
	int fd = open(options.refused, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	else if (errno != EACCES)
		die(options.refused);
	return (fd < 0) == options.expect_refusal;
}

static bool is_selected(const char *name)
{
	for (unsigned int i = 0; i < options.n_selected; i++)
		if (strcmp(options.selected[i], name) == 0)
			return true;
	return options.n_selected == 0;
}

/* --------------------------------------------------------------- options */

static bool take_option(const char *name, const char *value)
{
	char *end;

	if (strcmp(name, "--workspace") == 0) {
		options.workspace = value;
	} else if (strcmp(name, "--refused") == 0) {
		options.refused = value;
	} else if (strcmp(name, "--expect") == 0) {
		options.expect_refusal = strcmp(value, "yes") == 0;
	} else if (strcmp(name, "--batches") == 0) {
		options.batches = (unsigned int)strtoul(value, &end, 10);
		return *end == '\0' && options.batches > 0;
	} else if (strcmp(name, "--op") == 0 && options.n_selected < MAX_SELECTED) {
		options.selected[options.n_selected++] = value;
	} else {
		return false;
	}
	return true;
}

/* Memory is found at the same places each time, here and in the children of fork+exec. */
static void fix_addresses(char *argv[])
{
	int now_set = personality(0xffffffff);

	if (now_set < 0 || (now_set & ADDR_NO_RANDOMIZE))
		return;
	if (personality((unsigned long)now_set | ADDR_NO_RANDOMIZE) < 0 ||
	    execv("/proc/self/exe", argv) < 0)
		die("cannot start again without address randomization");
}

int main(int argc, char *argv[])
{
	fix_addresses(argv);
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc || !take_option(argv[i], argv[i + 1])) {
			(void)fprintf(stderr, "bench: cannot use '%s'\n", argv[i]);
			return 2;
		}
	}
	if (!options.workspace || !options.refused) {
		(void)fprintf(stderr, "bench: --workspace and --refused are needed\n");
		return 2;
	}
	if (!is_in_force()) {
		(void)fprintf(stderr, "bench: '%s' is %s\n", options.refused,
			      options.expect_refusal ? "not refused: this task is not confined"
						     : "refused: this task is confined");
		return 3;
	}
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (is_selected(operations[i].name))
			run(&operations[i]);
	return 0;
}
