/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One system call at a time, told as one line of JSON: {"op":..., "result":
 * "ok" or the errno's name, "pid":...}. Exits 0 (ok), 1 (an errno) or 2 (this
 * program was used wrongly).
 *
 *   probe OP ARGUMENT... [, OP ARGUMENT...]...
 *   probe serve
 *
 * Operations joined by a lone "," run one after another in the same process, up
 * to the first that fails; the last one run is told. "serve" reads such rows
 * from standard input, one a line with 0x1f between the words, and runs each in
 * a child of its own, so that "pid" finds the row's events.
 *
 * Linked statically: a policy under test needs to let through this one file.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS     256
#define MAX_LINE      65536
#define EXIT_WRONG    2
#define RUN_TIMEOUT   20 /* seconds that a row may take, under emulation */
#define RESULT_MISUSE (-100000)
#define RESULT_EXITED (-200000) /* less the exit status of an executed program */

/* What operations of one row share. */
static struct {
	pid_t pid;	  /* who made the call that counts, if not the row's process */
	int held;	  /* descriptor of "hold", or a socket */
	const char *name; /* of the operation at hand */
	char detail[256];
} state = {.held = -1};

struct word_value {
	const char *word;
	unsigned long value;
};

/* Values of a list of words joined by ','; "-" is none. */
static bool parse_words(const char *text, const struct word_value *table, unsigned long *ret_value)
{
	char *copy, *rest, *word;

	*ret_value = 0;
	if (strcmp(text, "-") == 0)
		return true;
	copy = rest = strdup(text);
	while ((word = strsep(&rest, ","))) {
		const struct word_value *entry = table;

		while (entry->word && strcmp(entry->word, word) != 0)
			entry++;
		if (!entry->word) {
			(void)fprintf(stderr, "probe: no word '%s'\n", word);
			return false;
		}
		*ret_value |= entry->value;
	}
	free(copy);
	return true;
}

static bool parse_number(const char *text, long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtol(text, &end, 0);
	return errno == 0 && *text && !*end;
}

static int result_of(long r)
{
	return r < 0 ? -errno : 0;
}

static int close_after(int fd)
{
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* -------------------------------------------------------------------- files */

static const struct word_value open_words[] = {
	{"rdonly", O_RDONLY},	  {"wronly", O_WRONLY},
	{"rdwr", O_RDWR},	  {"ioctl", O_WRONLY | O_RDWR},
	{"append", O_APPEND},	  {"creat", O_CREAT},
	{"excl", O_EXCL},	  {"trunc", O_TRUNC},
	{"path", O_PATH},	  {"directory", O_DIRECTORY},
	{"nofollow", O_NOFOLLOW}, {"tmpfile", O_TMPFILE},
	{"nonblock", O_NONBLOCK}, {NULL, 0},
};

static int op_open(char *args[])
{
	unsigned long flags;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	return close_after(open(args[0], (int)flags | O_CLOEXEC, 0644));
}

static int op_openat2(char *args[])
{
	static const struct word_value words[] = {
		{"beneath", RESOLVE_BENEATH},
		{"in-root", RESOLVE_IN_ROOT},
		{"no-symlinks", RESOLVE_NO_SYMLINKS},
		{"no-xdev", RESOLVE_NO_XDEV},
		{NULL, 0},
	};
	unsigned long flags, resolve;
	struct open_how how = {};
	int directory, r;

	if (!parse_words(args[2], open_words, &flags) || !parse_words(args[3], words, &resolve))
		return RESULT_MISUSE;
	directory = open(args[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	how.flags = flags;
	how.resolve = resolve;
	if (flags & (O_CREAT | O_TMPFILE))
		how.mode = 0644;
	r = close_after((int)syscall(SYS_openat2, directory, args[1], &how, sizeof(how)));
	(void)close(directory);
	return r;
}

static int op_creat(char *args[])
{
	return close_after(creat(args[0], 0644));
}

/* Opens with O_PATH first, then again through /proc. */
static int op_reopen(char *args[])
{
	unsigned long flags;
	char link[64];
	int fd, r;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	fd = open(args[0], O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	r = close_after(open(link, (int)flags | O_CLOEXEC));
	(void)close(fd);
	return r;
}

/* Keeps a descriptor for the operations that follow. */
static int op_hold(char *args[])
{
	unsigned long flags;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	state.held = open(args[0], (int)flags | O_CLOEXEC, 0644);
	return result_of(state.held);
}

static int open_below(int directory, const char *name, const char *words)
{
	unsigned long flags;

	if (!parse_words(words, open_words, &flags))
		return RESULT_MISUSE;
	return close_after(openat(directory, name, (int)flags | O_CLOEXEC, 0644));
}

static int op_openheld(char *args[])
{
	return open_below(state.held, args[0], args[1]);
}

/* Relative to a descriptor that the process was started with. */
static int op_openfd(char *args[])
{
	long fd;

	if (!parse_number(args[0], &fd))
		return RESULT_MISUSE;
	return open_below((int)fd, args[1], args[2]);
}

static int op_openproc(char *args[])
{
	char link[64];
	long fd;

	if (!parse_number(args[0], &fd))
		return RESULT_MISUSE;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%ld", fd);
	return open_below(AT_FDCWD, link, args[1]);
}

static int op_fchdiropen(char *args[])
{
	int fd = open(args[0], O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fchdir(fd) < 0)
		return -errno;
	(void)close(fd);
	return open_below(AT_FDCWD, args[1], args[2]);
}

static int op_read(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, state.detail, 64);
	if (n < 0)
		return -errno;
	(void)close(fd);
	state.detail[n] = '\0';
	return 0;
}

static int write_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = result_of(write(fd, "probe\n", 6));
	(void)close(fd);
	return r;
}

static int op_write(char *args[])
{
	return write_file(args[0], O_WRONLY);
}

static int op_append(char *args[])
{
	return write_file(args[0], O_WRONLY | O_APPEND);
}

static int op_list(char *args[])
{
	DIR *directory = opendir(args[0]);

	if (!directory)
		return -errno;
	(void)closedir(directory);
	return 0;
}

static int op_mkdir(char *args[])
{
	return result_of(mkdir(args[0], 0755));
}

static int op_mknod(char *args[])
{
	static const struct word_value types[] = {
		{"reg", S_IFREG}, {"fifo", S_IFIFO}, {"sock", S_IFSOCK},
		{"chr", S_IFCHR}, {"blk", S_IFBLK},  {NULL, 0},
	};
	unsigned long type;
	dev_t device = 0;

	if (!parse_words(args[1], types, &type))
		return RESULT_MISUSE;
	if (type == S_IFCHR || type == S_IFBLK)
		device = makedev(1, 3); /* null, or the first RAM disk */
	return result_of(mknod(args[0], (mode_t)type | 0644, device));
}

static int op_symlink(char *args[])
{
	return result_of(symlink(args[0], args[1]));
}

static int op_link(char *args[])
{
	return result_of(link(args[0], args[1]));
}

static int link_fd(int fd, const char *path)
{
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return result_of(linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

/* Links a file without a name into place. */
static int op_linktmp(char *args[])
{
	int fd = open(args[0], O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "O_TMPFILE itself failed");
		return -errno;
	}
	return link_fd(fd, args[1]);
}

static int op_linkfd(char *args[])
{
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : link_fd(fd, args[1]);
}

static int op_rename(char *args[])
{
	return result_of(rename(args[0], args[1]));
}

static int op_renameat2(char *args[])
{
	static const struct word_value words[] = {
		{"exchange", RENAME_EXCHANGE},
		{"noreplace", RENAME_NOREPLACE},
		{"whiteout", RENAME_WHITEOUT},
		{NULL, 0},
	};
	unsigned long flags;

	if (!parse_words(args[2], words, &flags))
		return RESULT_MISUSE;
	return result_of(renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1], (unsigned int)flags));
}

static int op_unlink(char *args[])
{
	return result_of(unlink(args[0]));
}

static int op_rmdir(char *args[])
{
	return result_of(rmdir(args[0]));
}

static int op_truncate(char *args[])
{
	long length;

	if (!parse_number(args[1], &length))
		return RESULT_MISUSE;
	return result_of(truncate(args[0], length));
}

static int op_ftruncate(char *args[])
{
	unsigned long flags;
	long length;
	int fd;

	if (!parse_words(args[1], open_words, &flags) || !parse_number(args[2], &length))
		return RESULT_MISUSE;
	fd = open(args[0], (int)flags | O_CLOEXEC);
	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open itself failed");
		return -errno;
	}
	return result_of(ftruncate(fd, length));
}

static int op_chmod(char *args[])
{
	long mode;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	return result_of(chmod(args[0], (mode_t)mode));
}

static int op_fchmod(char *args[])
{
	long mode;
	int fd;

	if (!parse_number(args[1], &mode))
		return RESULT_MISUSE;
	fd = open(args[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return result_of(fchmod(fd, (mode_t)mode));
}

/* To who it belongs to already: nobody needs a privilege for that. */
static int op_chown(char *args[])
{
	struct stat status;

	if (lstat(args[0], &status) < 0)
		return -errno;
	return result_of(lchown(args[0], status.st_uid, status.st_gid));
}

static int op_utimes(char *args[])
{
	static const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 2}};

	return result_of(utimensat(AT_FDCWD, args[0], times, AT_SYMLINK_NOFOLLOW));
}

static int op_utimesnow(char *args[])
{
	return result_of(utimensat(AT_FDCWD, args[0], NULL, 0));
}

static int op_readlink(char *args[])
{
	return result_of(readlink(args[0], state.detail, sizeof(state.detail) - 1));
}

static int op_stat(char *args[])
{
	struct stat status;

	return result_of(lstat(args[0], &status));
}

static int op_chdir(char *args[])
{
	return result_of(chdir(args[0]));
}

static int op_chroot(char *args[])
{
	return chroot(args[0]) < 0 || chdir("/") < 0 ? -errno : 0;
}

/* A directory chain that is deeper than a rule's walk goes. */
static int op_mkdeep(char *args[])
{
	long depth;

	if (!parse_number(args[1], &depth))
		return RESULT_MISUSE;
	if (chdir(args[0]) < 0)
		return -errno;
	for (long i = 0; i < depth; i++) {
		if (mkdir("d", 0755) < 0 || chdir("d") < 0) {
			(void)snprintf(state.detail, sizeof(state.detail), "at depth %ld", i);
			return -errno;
		}
	}
	return 0;
}

static int op_opendeep(char *args[])
{
	long depth;

	if (!parse_number(args[1], &depth))
		return RESULT_MISUSE;
	if (chdir(args[0]) < 0)
		return -errno;
	for (long i = 0; i < depth; i++)
		if (chdir("d") < 0)
			return -errno;
	return close_after(open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
}

/* ---------------------------------------------------------------- execution */

struct execution {
	const char *path;
	int fd; /* >= 0: by descriptor */
	char *const *arguments;
};

static const struct word_value ended_words[] = {{"Permission denied", EACCES},
						{"Operation not permitted", EPERM},
						{NULL, 0}};

/* What a program that could not do its work wrote, as the errno that it is about. */
static int errno_of_text(const char *text, int otherwise)
{
	for (const struct word_value *entry = ended_words; entry->word; entry++)
		if (strstr(text, entry->word))
			return -(int)entry->value;
	return otherwise;
}

/* Runs it in a child; the errno of a failed exec, or what the program's end means. */
static int execute(const struct execution *execution)
{
	int failed[2], said[2], error = 0, status;
	ssize_t n;
	pid_t pid;

	if (pipe2(failed, O_CLOEXEC) < 0 || pipe2(said, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, 0);
		(void)dup2(null, 1);
		(void)dup2(said[1], 2);
		if (execution->fd >= 0)
			(void)syscall(SYS_execveat, execution->fd, "", execution->arguments,
				      environ, AT_EMPTY_PATH);
		else
			(void)execv(execution->path, execution->arguments);
		error = errno;
		(void)!write(failed[1], &error, sizeof(error));
		_exit(127);
	}
	state.pid = pid;
	(void)close(failed[1]);
	(void)close(said[1]);
	if (read(failed[0], &error, sizeof(error)) == sizeof(error)) {
		(void)waitpid(pid, NULL, 0);
		return -error;
	}
	n = read(said[0], state.detail, sizeof(state.detail) - 1);
	state.detail[n > 0 ? n : 0] = '\0';
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status))
		return RESULT_EXITED - 128 - WTERMSIG(status);
	if (WEXITSTATUS(status) == 0)
		return 0;
	return errno_of_text(state.detail, RESULT_EXITED - WEXITSTATUS(status));
}

static int op_exec(char *args[])
{
	return execute(&(struct execution){.path = args[0], .fd = -1, .arguments = args});
}

static int op_execveat(char *args[])
{
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return execute(&(struct execution){.fd = fd, .arguments = args});
}

static int copy_file(int from, int to)
{
	char buffer[4096];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return -EIO;
	return result_of(n);
}

static int op_memfd(char *args[])
{
	int memory = memfd_create("probe", MFD_CLOEXEC);
	int file = open(args[0], O_RDONLY | O_CLOEXEC);
	int r;

	if (memory < 0 || file < 0)
		return -errno;
	r = copy_file(file, memory);
	if (r < 0)
		return r;
	(void)close(file);
	return execute(&(struct execution){.fd = memory, .arguments = args});
}

static int map_fd(int fd, const char *protection_words, const char *flag_words)
{
	static const struct word_value protections[] = {
		{"r", PROT_READ}, {"w", PROT_WRITE}, {"x", PROT_EXEC}, {NULL, 0}};
	static const struct word_value kinds[] = {
		{"shared", MAP_SHARED}, {"private", MAP_PRIVATE}, {NULL, 0}};
	unsigned long protection, flags;

	if (!parse_words(protection_words, protections, &protection) ||
	    !parse_words(flag_words, kinds, &flags))
		return RESULT_MISUSE;
	if (mmap(NULL, 4096, (int)protection, (int)flags, fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/* PATH OPENFLAGS r,w,x shared|private */
static int op_mmap(char *args[])
{
	unsigned long flags;
	int fd;

	if (!parse_words(args[1], open_words, &flags))
		return RESULT_MISUSE;
	fd = open(args[0], (int)flags | O_CLOEXEC);
	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open itself failed");
		return -errno;
	}
	return map_fd(fd, args[2], args[3]);
}

/* The same with a descriptor that the process was started with. */
static int op_mmapfd(char *args[])
{
	long fd;

	if (!parse_number(args[0], &fd))
		return RESULT_MISUSE;
	return map_fd((int)fd, args[1], args[2]);
}

static int op_mmapmemfd(char *args[])
{
	int memory = memfd_create("probe", MFD_CLOEXEC);

	if (memory < 0 || ftruncate(memory, 4096) < 0)
		return -errno;
	return map_fd(memory, args[0], args[1]);
}

static int op_mmapanonymous(char *args[])
{
	(void)args;
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/* The program through the dynamic linker, which only maps it. */
static int op_ldso(char *args[])
{
	char linker[] = "/lib64/ld-linux-x86-64.so.2";
	char *const arguments[] = {linker, args[0], NULL};

	return execute(&(struct execution){.path = linker, .fd = -1, .arguments = arguments});
}

/* ------------------------------------------------------------------ network */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t parse_address(const char *ip, const char *port_text, union address *ret_address)
{
	long port;

	memset(ret_address, 0, sizeof(*ret_address));
	if (!parse_number(port_text, &port))
		return 0;
	if (inet_pton(AF_INET, ip, &ret_address->v4.sin_addr) == 1) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = htons((uint16_t)port);
		return sizeof(ret_address->v4);
	}
	if (inet_pton(AF_INET6, ip, &ret_address->v6.sin6_addr) == 1) {
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = htons((uint16_t)port);
		return sizeof(ret_address->v6);
	}
	return 0;
}

static int new_socket(int family, const char *protocol)
{
	static const struct timeval timeout = {.tv_sec = 5};
	int fd =
		socket(family,
		       (strcmp(protocol, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "socket itself failed");
		return -errno;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	state.held = fd;
	return fd;
}

static const struct word_value families[] = {
	{"unspec", AF_UNSPEC},
	{"unix", AF_UNIX},
	{"inet", AF_INET},
	{"inet6", AF_INET6},
	{"netlink", AF_NETLINK},
	{"packet", AF_PACKET},
	{"alg", AF_ALG},
	{"vsock", AF_VSOCK},
	{"key", AF_KEY},
	{"can", AF_CAN},
	{"tipc", AF_TIPC},
	{"xdp", 44 /* AF_XDP */},
	{"bluetooth", AF_BLUETOOTH},
	{"rds", AF_RDS},
	{"qipcrtr", 42},
	{"smc", 43},
	{NULL, 0},
};

/* FAMILY TYPE PROTOCOL-NUMBER */
static int op_socket(char *args[])
{
	static const struct word_value types[] = {
		{"stream", SOCK_STREAM}, {"dgram", SOCK_DGRAM},		{"raw", SOCK_RAW},
		{"rdm", SOCK_RDM},	 {"seqpacket", SOCK_SEQPACKET}, {NULL, 0},
	};
	unsigned long family, type;
	long protocol;

	if (!parse_words(args[0], families, &family) || !parse_words(args[1], types, &type) ||
	    !parse_number(args[2], &protocol))
		return RESULT_MISUSE;
	state.held = socket((int)family, (int)type | SOCK_CLOEXEC, (int)protocol);
	return result_of(state.held);
}

/* TYPE: both ends of a pair are one call of socket_create each. */
static int op_socketpair(char *args[])
{
	int fds[2];

	(void)args;
	return result_of(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
}

/* ADDRESS PORT tcp|udp */
static int op_connect(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, args[2]);
	return fd < 0 ? fd : result_of(connect(fd, &address.any, length));
}

/* The socket that is held connects again: ADDRESS PORT */
static int op_reconnect(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);

	return length == 0 ? RESULT_MISUSE : result_of(connect(state.held, &address.any, length));
}

/* Dissolves what the held socket is connected to. */
static int op_disconnect(char *args[])
{
	struct sockaddr address = {.sa_family = AF_UNSPEC};

	(void)args;
	return result_of(connect(state.held, &address, sizeof(address)));
}

/* ADDRESS PORT LENGTH: an address that is too short */
static int op_connectshort(char *args[])
{
	union address address;
	long length;
	int fd;

	if (parse_address(args[0], args[1], &address) == 0 || !parse_number(args[2], &length))
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	return fd < 0 ? fd : result_of(connect(fd, &address.any, (socklen_t)length));
}

/* ADDRESS PORT, from a socket of the other family or of this one */
static int op_sendto(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, 0, &address.any, length));
}

static int op_sendmmsg(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	char text[] = "probe";
	struct iovec vector = {.iov_base = text, .iov_len = 5};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address,
					      .msg_namelen = length,
					      .msg_iov = &vector,
					      .msg_iovlen = 1}};
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	return fd < 0 ? fd : result_of(sendmmsg(fd, &message, 1, 0));
}

/* An IPv4 address with the family left out, which UDP takes all the same. */
static int op_sendunspec(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "udp");
	address.any.sa_family = AF_UNSPEC;
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, 0, &address.any, length));
}

/* An IPv4 address to a UDP socket of IPv6, which takes it. */
static int op_sendv4on6(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(AF_INET6, "udp");
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, 0, &address.any, length));
}

/* Connected to one, sent to another: ADDRESS PORT ADDRESS PORT */
static int op_sendelsewhere(char *args[])
{
	union address first, second;
	socklen_t first_length = parse_address(args[0], args[1], &first);
	socklen_t second_length = parse_address(args[2], args[3], &second);
	int fd;

	if (first_length == 0 || second_length == 0)
		return RESULT_MISUSE;
	fd = new_socket(first.any.sa_family, "udp");
	if (fd < 0)
		return fd;
	if (connect(fd, &first.any, first_length) < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "connect itself failed");
		return -errno;
	}
	return result_of(sendto(fd, "probe", 5, 0, &second.any, second_length));
}

static int op_fastopen(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, "tcp");
	return fd < 0 ? fd : result_of(sendto(fd, "probe", 5, MSG_FASTOPEN, &address.any, length));
}

/* ADDRESS PORT tcp|udp */
static int op_bind(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, args[2]);
	return fd < 0 ? fd : result_of(bind(fd, &address.any, length));
}

static int op_listen(char *args[])
{
	int r = op_bind(args);

	return r < 0 ? r : result_of(listen(state.held, 1));
}

/* bind(2) takes an IPv4 "any" without a family. */
static int op_bindunspec(char *args[])
{
	union address address;
	socklen_t length = parse_address(args[0], args[1], &address);
	int fd;

	if (length == 0)
		return RESULT_MISUSE;
	fd = new_socket(address.any.sa_family, args[2]);
	address.any.sa_family = AF_UNSPEC;
	return fd < 0 ? fd : result_of(bind(fd, &address.any, length));
}

static int unix_address(const char *path, struct sockaddr_un *ret_address)
{
	if (strlen(path) >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	memcpy(ret_address->sun_path, path, strlen(path));
	return 0;
}

static int op_bindunix(char *args[])
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = unix_address(args[0], &address);

	if (fd < 0 || r < 0)
		return fd < 0 ? -errno : r;
	return result_of(bind(fd, (struct sockaddr *)&address, sizeof(address)));
}

/* --------------------------------------------------- namespaces and mounts */

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = result_of(write(fd, text, strlen(text)));
	(void)close(fd);
	return r;
}

static int map_ids(uid_t uid, gid_t gid)
{
	char map[64];
	int r;

	r = write_text("/proc/self/setgroups", "deny");
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	r = write_text("/proc/self/uid_map", map);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_text("/proc/self/gid_map", map);
}

static int op_userns(char *args[])
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	(void)args;
	return unshare(CLONE_NEWUSER) < 0 ? -errno : map_ids(uid, gid);
}

/* A user and a mount namespace, of which nothing gets out. */
static int op_namespaces(char *args[])
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	(void)args;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	r = map_ids(uid, gid);
	if (r < 0)
		return r;
	return 0;
}

/* The same by clone(2) of a child, which is all it does. */
static int op_cloneuserns(char *args[])
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	(void)args;
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	return result_of(waitpid((pid_t)pid, NULL, 0));
}

static int op_mount(char *args[])
{
	return result_of(mount(args[0], args[1], args[0], 0, NULL));
}

static int op_bindmount(char *args[])
{
	return result_of(mount(args[0], args[1], NULL, MS_BIND | MS_REC, NULL));
}

static int op_remount(char *args[])
{
	return result_of(mount(NULL, args[0], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
}

static int op_umount(char *args[])
{
	return result_of(umount2(args[0], MNT_DETACH));
}

/* TYPE DIRECTORY by the newer calls */
static int op_fsmount(char *args[])
{
	int context = (int)syscall(SYS_fsopen, args[0], FSOPEN_CLOEXEC);
	int mount_fd;

	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount_fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount_fd < 0)
		return -errno;
	return result_of(
		syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, args[1], MOVE_MOUNT_F_EMPTY_PATH));
}

/* DIRECTORY NAME FLAGS: a detached copy of the mount, opened through its descriptor */
static int op_opentree(char *args[])
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, args[0],
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open_tree itself failed");
		return -errno;
	}
	return open_below(fd, args[1], args[2]);
}

/* ------------------------------------------------------------- process life */

static int run_row(char *words[], int n_words);

/* The rest of the row in a grandchild, whose parent is gone by then. */
static int op_orphan(char *args[])
{
	struct {
		int result;
		pid_t pid;
		char detail[sizeof(state.detail)];
	} answer = {};
	int pipe_fds[2], n = 0;
	pid_t pid;

	while (args[n])
		n++;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		if (fork() > 0)
			_exit(0);
		answer.result = run_row(args, n);
		answer.pid = state.pid ? state.pid : getpid();
		memcpy(answer.detail, state.detail, sizeof(answer.detail));
		(void)!write(pipe_fds[1], &answer, sizeof(answer));
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	(void)close(pipe_fds[1]);
	if (read(pipe_fds[0], &answer, sizeof(answer)) != sizeof(answer))
		return -EPIPE;
	state.pid = answer.pid;
	memcpy(state.detail, answer.detail, sizeof(answer.detail));
	return answer.result;
}

struct thread_row {
	char **words;
	int result;
};

static void *run_in_thread(void *argument)
{
	struct thread_row *row = argument;
	int n = 0;

	while (row->words[n])
		n++;
	row->result = run_row(row->words, n);
	return NULL;
}

static int op_thread(char *args[])
{
	struct thread_row row = {.words = args};
	pthread_t thread;
	int r = pthread_create(&thread, NULL, run_in_thread, &row);

	if (r != 0)
		return -r;
	(void)pthread_join(thread, NULL);
	return row.result;
}

/* PATH N: as many denied opens as are asked for; the last one's errno */
static int op_flood(char *args[])
{
	long n;
	int r = 0;

	if (!parse_number(args[1], &n))
		return RESULT_MISUSE;
	for (long i = 0; i < n; i++)
		r = close_after(open(args[0], O_RDONLY | O_CLOEXEC));
	return r;
}

/* What run promises about the process: words to check, joined by ','. */
static int op_self(char *args[])
{
	char link[64], target[PATH_MAX];
	size_t used = 0;

	(void)args;
	used += (size_t)snprintf(state.detail, sizeof(state.detail),
				 "nnp=%d fds=", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	for (int fd = 3; fd < 1024 && used < sizeof(state.detail) - 8; fd++) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, target, sizeof(target)) > 0)
			used += (size_t)snprintf(state.detail + used, sizeof(state.detail) - used,
						 "%d;", fd);
	}
	return 0;
}

/* --------------------------------------------------------------------- rows */

/* n_arguments: -1: the rest of the row is the operation's own */
static const struct operation {
	const char *name;
	int n_arguments;
	int (*run)(char *args[]);
} operations[] = {
	{"open", 2, op_open},
	{"openat2", 4, op_openat2},
	{"creat", 1, op_creat},
	{"reopen", 2, op_reopen},
	{"hold", 2, op_hold},
	{"openheld", 2, op_openheld},
	{"openfd", 3, op_openfd},
	{"openproc", 2, op_openproc},
	{"fchdiropen", 3, op_fchdiropen},
	{"read", 1, op_read},
	{"write", 1, op_write},
	{"append", 1, op_append},
	{"list", 1, op_list},
	{"mkdir", 1, op_mkdir},
	{"mknod", 2, op_mknod},
	{"symlink", 2, op_symlink},
	{"link", 2, op_link},
	{"linktmp", 2, op_linktmp},
	{"linkfd", 2, op_linkfd},
	{"rename", 2, op_rename},
	{"renameat2", 3, op_renameat2},
	{"unlink", 1, op_unlink},
	{"rmdir", 1, op_rmdir},
	{"truncate", 2, op_truncate},
	{"ftruncate", 3, op_ftruncate},
	{"chmod", 2, op_chmod},
	{"fchmod", 2, op_fchmod},
	{"chown", 1, op_chown},
	{"utimes", 1, op_utimes},
	{"utimesnow", 1, op_utimesnow},
	{"readlink", 1, op_readlink},
	{"stat", 1, op_stat},
	{"chdir", 1, op_chdir},
	{"chroot", 1, op_chroot},
	{"mkdeep", 2, op_mkdeep},
	{"opendeep", 2, op_opendeep},
	{"exec", -1, op_exec},
	{"execveat", -1, op_execveat},
	{"memfd", -1, op_memfd},
	{"mmap", 4, op_mmap},
	{"mmapfd", 3, op_mmapfd},
	{"mmapmemfd", 2, op_mmapmemfd},
	{"mmapanonymous", 0, op_mmapanonymous},
	{"ldso", 1, op_ldso},
	{"socket", 3, op_socket},
	{"socketpair", 0, op_socketpair},
	{"connect", 3, op_connect},
	{"reconnect", 2, op_reconnect},
	{"disconnect", 0, op_disconnect},
	{"connectshort", 3, op_connectshort},
	{"sendto", 2, op_sendto},
	{"sendmmsg", 2, op_sendmmsg},
	{"sendunspec", 2, op_sendunspec},
	{"sendv4on6", 2, op_sendv4on6},
	{"sendelsewhere", 4, op_sendelsewhere},
	{"fastopen", 2, op_fastopen},
	{"bind", 3, op_bind},
	{"listen", 3, op_listen},
	{"bindunspec", 3, op_bindunspec},
	{"bindunix", 1, op_bindunix},
	{"userns", 0, op_userns},
	{"namespaces", 0, op_namespaces},
	{"cloneuserns", 0, op_cloneuserns},
	{"mount", 2, op_mount},
	{"bindmount", 2, op_bindmount},
	{"remount", 1, op_remount},
	{"umount", 1, op_umount},
	{"fsmount", 2, op_fsmount},
	{"opentree", 3, op_opentree},
	{"orphan", -1, op_orphan},
	{"thread", -1, op_thread},
	{"flood", 2, op_flood},
	{"self", 0, op_self},
};

static int run_one(char *words[], int n_words)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		const struct operation *operation = &operations[i];

		if (strcmp(operation->name, words[0]) != 0)
			continue;
		if (operation->n_arguments >= 0 && operation->n_arguments != n_words - 1)
			break;
		if (operation->n_arguments < 0 && n_words < 2)
			break;
		state.name = operation->name;
		return operation->run(words + 1);
	}
	(void)fprintf(stderr, "probe: '%s' with %d arguments is not understood\n", words[0],
		      n_words - 1);
	return RESULT_MISUSE;
}

/* @words has room for one NULL more. */
static int run_row(char *words[], int n_words)
{
	int r = RESULT_MISUSE;

	for (int start = 0, end; start < n_words; start = end + 1) {
		for (end = start; end < n_words && strcmp(words[end], ",") != 0; end++)
			if (strcmp(words[end], "orphan") == 0 || strcmp(words[end], "thread") == 0)
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
	(void)printf("{\"op\":\"%s\",\"result\":\"%s\",\"pid\":%d,\"detail\":\"",
		     state.name ? state.name : "", result ? result : "UNKNOWN",
		     state.pid ? state.pid : getpid());
	put_escaped(state.detail);
	(void)printf("\"}\n");
	(void)fflush(stdout);
}

static int run_and_tell(char *words[], int n_words)
{
	int r;

	(void)alarm(RUN_TIMEOUT);
	r = run_row(words, n_words);
	tell(r);
	return r == RESULT_MISUSE ? EXIT_WRONG : r < 0;
}

static int split(char *line, char *words[])
{
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *word = strsep(&line, "\x1f"); word && n < MAX_WORDS;
	     word = strsep(&line, "\x1f"))
		words[n++] = word;
	return n;
}

static int serve(void)
{
	static char line[MAX_LINE];
	char *words[MAX_WORDS + 1];
	int status;

	(void)printf("{\"op\":\"serve\",\"result\":\"ok\",\"pid\":%d}\n", getpid());
	(void)fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int n = split(line, words);
		pid_t pid = fork();

		if (pid == 0)
			_exit(run_and_tell(words, n));
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || WIFSIGNALED(status)) {
			(void)printf(
				"{\"op\":\"%s\",\"result\":\"%s\",\"pid\":%d,\"detail\":\"%s\"}\n",
				words[0], pid < 0 ? strerrorname_np(errno) : "KILLED", pid,
				pid < 0 ? "fork" : strsignal(WTERMSIG(status)));
			(void)fflush(stdout);
		}
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc < 2 || argc > MAX_WORDS) {
		(void)fprintf(stderr,
			      "usage: probe OP ARGUMENT... [, OP ARGUMENT...] | probe serve\n");
		return EXIT_WRONG;
	}
	if (strcmp(argv[1], "serve") == 0)
		return serve();
	return run_and_tell(argv + 1, argc - 1);
}
