/* SPDX-License-Identifier: Apache-2.0 */
/* Running code: executing, mapping. */
#include "probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct execution {
	const char *path;
	int fd; /* >= 0: by descriptor */
	char *const *arguments;
	bool is_shown; /* what it prints is told, too */
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
	size_t used = 0;
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
		(void)dup2(execution->is_shown || null < 0 ? said[1] : null,
			   1); /* not among our answers */
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
	while (used < sizeof(state.detail) - 1 &&
	       (n = read(said[0], state.detail + used, sizeof(state.detail) - 1 - used)) > 0)
		used += (size_t)n;
	state.detail[used] = '\0';
	(void)close(said[0]); /* more than that is not waited for */
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

static int op_execshow(char *args[])
{
	return execute(&(struct execution){
		.path = args[0], .fd = -1, .arguments = args, .is_shown = true});
}

/* ARGUMENT...: what is held */
static int op_execheld(char *args[])
{
	return execute(&(struct execution){.fd = state.held, .arguments = args});
}

/* NAME=VALUE PROGRAM ARGUMENT... */
static int op_execwith(char *args[])
{
	return putenv(args[0]) != 0 ? -errno
				    : execute(&(struct execution){.path = args[1],
								  .fd = -1,
								  .arguments = args + 1,
								  .is_shown = true});
}

/* DIRECTORY NAME ARGUMENT...: relative to a descriptor */
static int op_execbelow(char *args[])
{
	int fd = open(args[0], O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fchdir(fd) < 0)
		return -errno;
	return execute(&(struct execution){.path = args[1], .fd = -1, .arguments = args + 1});
}

/* FORMAT ARGUMENT...: what is held, by a path with its number for '@' */
static int op_execagain(char *args[])
{
	char path[64], *at = strchr(args[0], '@');

	if (!at)
		return RESULT_MISUSE;
	(void)fcntl(state.held, F_SETFD, 0); /* a script is opened once more, by its interpreter */
	(void)snprintf(path, sizeof(path), "%.*s%d%s", (int)(at - args[0]), args[0], state.held,
		       at + 1);
	return execute(&(struct execution){.path = path, .fd = -1, .arguments = args});
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

/* A program that is removed before it is executed. */
static int op_execremoved(char *args[])
{
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	if (fd < 0 || unlink(args[0]) < 0)
		return -errno;
	return execute(&(struct execution){.fd = fd, .arguments = args});
}

/* FROM TO: a program of its own */
static int op_copy(char *args[])
{
	int from = open(args[0], O_RDONLY | O_CLOEXEC);
	int to = open(args[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	int r;

	if (from < 0 || to < 0)
		return -errno;
	r = copy_file(from, to);
	(void)close(from);
	(void)close(to);
	return r;
}

static int hold_copy(int to, const char *program)
{
	int file = open(program, O_RDONLY | O_CLOEXEC);
	char path[64];
	int r;

	if (to < 0 || file < 0)
		return -errno;
	r = copy_file(file, to);
	(void)close(file);
	if (r < 0)
		return r;
	(void)fchmod(to, 0755);
	/* What is open to be written is not executed. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	state.held = open(path, O_RDONLY | O_CLOEXEC);
	if (state.held < 0)
		return -errno;
	return result_of(close(to));
}

/* PROGRAM: a memory file of it is held */
static int op_holdcopy(char *args[])
{
	return hold_copy(memfd_create("probe", MFD_CLOEXEC), args[0]);
}

/* DIRECTORY PROGRAM: a file without a name there */
static int op_holdtmpfile(char *args[])
{
	return hold_copy(open(args[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0755), args[1]);
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

static const struct word_value protections[] = {{"r", PROT_READ},
						{"w", PROT_WRITE},
						{"x", PROT_EXEC},
						{NULL, 0}};

static int map_fd(int fd, const char *protection_words, const char *flag_words)
{
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

/* The machine code of "return 42", called. */
static int call(const void *code)
{
	int (*function)(void);

	memcpy(&function, &code, sizeof(function));
	if (function() != 42)
		return -ENOEXEC;
	(void)snprintf(state.detail, sizeof(state.detail), "RAN");
	return 0;
}

/* PATH OPENFLAGS shared|private: mapped, and called */
static int op_callmapped(char *args[])
{
	int fd, flags = strcmp(args[2], "shared") == 0 ? MAP_SHARED : MAP_PRIVATE;
	unsigned long open_flags;
	void *memory;

	if (!parse_words(args[1], open_words, &open_flags))
		return RESULT_MISUSE;
	fd = open(args[0], (int)open_flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, flags, fd, 0);
	return memory == MAP_FAILED ? -errno : call(memory);
}

/* PATH: readable first, executable then */
static int op_callchanged(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED || mprotect(memory, 4096, PROT_READ | PROT_EXEC) < 0)
		return -errno;
	return call(memory);
}

/* PATH: whatever is readable is executable from now on */
static int op_callpersonality(char *args[])
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	void *memory;

	if (fd < 0 || personality(READ_IMPLIES_EXEC) < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	return memory == MAP_FAILED ? -errno : call(memory);
}

/* What is held. */
static int op_callheld(char *args[])
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, state.held, 0);

	(void)args;
	return memory == MAP_FAILED ? -errno : call(memory);
}

static const unsigned char return_42[] = {0xb8, 42, 0, 0, 0, 0xc3};

static int op_callmemfd(char *args[])
{
	int memory_fd = memfd_create("probe", MFD_CLOEXEC);
	void *memory;

	(void)args;
	if (memory_fd < 0 || write(memory_fd, return_42, sizeof(return_42)) < 0)
		return -errno;
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, memory_fd, 0);
	return memory == MAP_FAILED ? -errno : call(memory);
}

/* System V shared memory is a memory file, too. */
static int op_callshm(char *args[])
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
	void *memory = shmat(id, NULL, 0), *code;

	(void)args;
	if (id < 0 || memory == (void *)-1)
		return -errno;
	memcpy(memory, return_42, sizeof(return_42));
	code = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	if (code == (void *)-1) {
		int error = errno;

		(void)shmctl(id, IPC_RMID, NULL);
		return -error;
	}
	(void)shmctl(id, IPC_RMID, NULL);
	return call(code);
}

/* A file that is mapped after it was removed, as shared memory is. */
static int op_mmapremoved(char *args[])
{
	int fd = open(args[0], O_RDWR | O_CLOEXEC);

	if (fd < 0 || unlink(args[0]) < 0)
		return -errno;
	return map_fd(fd, "r,w", "shared");
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

/* PATH OPENFLAGS r,w,x shared|private r,w,x: mapped one way, then changed to another */
static int op_mprotect(char *args[])
{
	unsigned long flags, protection;
	bool is_shared = strcmp(args[3], "shared") == 0;
	void *memory;
	int fd;

	if (!parse_words(args[1], open_words, &flags) ||
	    !parse_words(args[2], protections, &protection))
		return RESULT_MISUSE;
	fd = open(args[0], (int)flags | O_CLOEXEC);
	if (fd < 0) {
		(void)snprintf(state.detail, sizeof(state.detail), "open itself failed");
		return -errno;
	}
	memory = mmap(NULL, 4096, (int)protection, is_shared ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED) {
		(void)snprintf(state.detail, sizeof(state.detail), "mmap itself failed");
		return -errno;
	}
	if (!parse_words(args[4], protections, &protection))
		return RESULT_MISUSE;
	return result_of(mprotect(memory, 4096, (int)protection));
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

const struct operation exec_operations[] = {
	{"exec", -1, op_exec},
	{"execveat", -1, op_execveat},
	{"execshow", -1, op_execshow},
	{"execheld", -1, op_execheld},
	{"execwith", -1, op_execwith},
	{"execbelow", -1, op_execbelow},
	{"execagain", -1, op_execagain},
	{"callmapped", 3, op_callmapped},
	{"callheld", 0, op_callheld},
	{"holdcopy", 1, op_holdcopy},
	{"holdtmpfile", 2, op_holdtmpfile},
	{"callchanged", 1, op_callchanged},
	{"callpersonality", 1, op_callpersonality},
	{"callmemfd", 0, op_callmemfd},
	{"callshm", 0, op_callshm},
	{"execremoved", -1, op_execremoved},
	{"mmapremoved", 1, op_mmapremoved},
	{"copy", 2, op_copy},
	{"memfd", -1, op_memfd},
	{"mmap", 4, op_mmap},
	{"mprotect", 5, op_mprotect},
	{"mmapfd", 3, op_mmapfd},
	{"mmapmemfd", 2, op_mmapmemfd},
	{"mmapanonymous", 0, op_mmapanonymous},
	{"ldso", 1, op_ldso},
	{0},
};
