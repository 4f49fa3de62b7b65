/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roads to a file's bytes that need system calls of their own. Each is a
 * theft that succeeds for any ordinary user; the demo runs them unconfined and
 * confined.
 *
 *	roads --list			one line a road: name, tab, what it does
 *	roads NAME FILE SCRATCH		the bytes on standard output
 *
 * FILE is in a folder of its own, below the user's home, with a folder "cli"
 * beside it. SCRATCH is an empty folder that the road may fill, on the same
 * filesystem. What a road moves it puts back.
 *
 * Exit status: 0; otherwise 1, and "STEP<tab>ERRNO" on standard error.
 *
 * Layer: a test program; knows nothing of Cofferdam.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/io_uring.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RACE_ATTEMPTS  4000
#define RACE_DENIALS   5	/* seen by the race before it gives up */
#define ORPHAN_WAIT_US 10000000 /* for the new parent */

/* Where the road starts; all absolute. */
struct world {
	const char *file; /* the secret */
	char directory[PATH_MAX];
	char home[PATH_MAX];	 /* above directory */
	char below[PATH_MAX];	 /* file, as seen from home */
	char base[NAME_MAX + 1]; /* file, as seen from directory */
	const char *scratch;
};

/* The call that failed, for the message. */
static const char *failed = "";

static int fail(const char *call)
{
	failed = call;
	return -errno;
}

/* "DIRECTORY/NAME", in one of a few static buffers. */
static const char *in(const char *directory, const char *name)
{
	static char buffers[4][PATH_MAX];
	static unsigned int next;
	char *buffer = buffers[next++ % 4];

	if (snprintf(buffer, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX) {
		fprintf(stderr, "path\tENAMETOOLONG\n");
		exit(1);
	}
	return buffer;
}

/* The end of every road: the bytes behind a descriptor, which it closes. */
static int take(int fd)
{
	char bytes[4096];
	ssize_t n;

	if (fd < 0)
		return fail("open");
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		if (write(STDOUT_FILENO, bytes, (size_t)n) != n)
			return fail("write");
	}
	if (n < 0)
		return fail("read");
	close(fd);
	return 0;
}

static int take_path(const char *path)
{
	return take(open(path, O_RDONLY | O_CLOEXEC));
}

/* ------------------------------------------------------- names and descriptors */

static int road_open(const struct world *world)
{
	return take_path(world->file);
}

static int road_openat2(const struct world *world)
{
	struct open_how how = {
		.flags = O_RDONLY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int home = open(world->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (home < 0)
		return fail("open of the home");
	return take((int)syscall(SYS_openat2, home, world->below, &how, sizeof(how)));
}

static int road_opath_directory(const struct world *world)
{
	int directory = open(world->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return fail("open O_PATH");
	return take(openat(directory, world->base, O_RDONLY));
}

static int take_symlink(const struct world *world, const char *target, const char *rest)
{
	const char *link = in(world->scratch, "link");

	if (symlink(target, link) < 0)
		return fail("symlink");
	return take_path(rest ? in(link, rest) : link);
}

static int road_symlink_file(const struct world *world)
{
	return take_symlink(world, world->file, NULL);
}

static int road_symlink_directory(const struct world *world)
{
	return take_symlink(world, world->directory, world->base);
}

static int road_symlink_dotdot(const struct world *world)
{
	char rest[NAME_MAX + sizeof("../")];

	(void)snprintf(rest, sizeof(rest), "../%s", world->base);
	return take_symlink(world, in(world->directory, "cli"), rest);
}

static int road_proc_root(const struct world *world)
{
	return take_path(in("/proc/self/root", world->file + 1));
}

static int road_proc_cwd(const struct world *world)
{
	if (chdir(world->directory) < 0)
		return fail("chdir");
	return take_path(in("/proc/self/cwd", world->base));
}

static int open_opath(const struct world *world, const char *folder, char path[64])
{
	int fd = open(world->file, O_PATH | O_CLOEXEC);

	(void)snprintf(path, 64, "%s/%d", folder, fd);
	return fd < 0 ? fail("open O_PATH") : 0;
}

static int road_dev_fd(const struct world *world)
{
	char path[64];
	int r = open_opath(world, "/dev/fd", path);

	return r < 0 ? r : take_path(path);
}

/* ------------------------------------------------------------ links and moves */

static int road_link(const struct world *world)
{
	const char *name = in(world->scratch, "hard");

	if (link(world->file, name) < 0)
		return fail("link");
	return take_path(name);
}

static int road_linkat_descriptor(const struct world *world)
{
	const char *name = in(world->scratch, "hard");
	char path[64];
	int r = open_opath(world, "/proc/self/fd", path);

	if (r < 0)
		return r;
	if (linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0)
		return fail("linkat");
	return take_path(name);
}

static int road_rename_file(const struct world *world)
{
	const char *name = in(world->scratch, "moved");
	int r;

	if (rename(world->file, name) < 0)
		return fail("rename");
	r = take_path(name);
	return rename(name, world->file) < 0 ? fail("rename back") : r;
}

static int road_rename_parent(const struct world *world)
{
	const char *name = in(world->scratch, "moved");
	int r;

	if (rename(world->directory, name) < 0)
		return fail("rename");
	r = take_path(in(name, world->base));
	return rename(name, world->directory) < 0 ? fail("rename back") : r;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail("create");
	if (write(fd, text, strlen(text)) < 0)
		return fail("write");
	close(fd);
	return 0;
}

static int exchange(const char *one, const char *other)
{
	return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

static int road_exchange(const struct world *world)
{
	const char *name = in(world->scratch, "swapped");
	int r = write_file(name, "nothing\n");

	if (r < 0)
		return r;
	if (exchange(name, world->file) < 0)
		return fail("renameat2");
	r = take_path(name);
	return exchange(name, world->file) < 0 ? fail("renameat2 back") : r;
}

/* ------------------------------------------------------------------ by timing */

struct race {
	const struct world *world;
	const char *harmless;
	const char *link;
	volatile bool is_over;
};

/* Turns the link round and round. */
static void *swap(void *userdata)
{
	struct race *race = userdata;
	const char *next = in(race->world->scratch, "next");

	for (unsigned int i = 0; !race->is_over; i++) {
		if (symlink(i % 2 ? race->world->file : race->harmless, next) < 0 ||
		    rename(next, race->link) < 0)
			break;
	}
	return NULL;
}

/*
 * Until the file that was opened is not the harmless one, or enough opens were refused. A directory
 * is neither: ext4 empties a link that was replaced while a walk without locks may still read it
 * (6.12: 6 of 60,000 opens), and an empty link leads to the folder that the link is in.
 */
static int run_race(const struct race *race)
{
	unsigned int n_denials = 0;
	struct stat harmless, opened;

	if (stat(race->harmless, &harmless) < 0)
		return fail("stat");
	for (unsigned int i = 0; i < RACE_ATTEMPTS && n_denials < RACE_DENIALS; i++) {
		int fd = open(race->link, O_RDONLY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0) {
			n_denials++;
			continue;
		}
		if (fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) &&
		    opened.st_ino != harmless.st_ino)
			return take(fd);
		close(fd);
		(void)sched_yield();
	}
	if (n_denials == 0)
		errno = EAGAIN; /* the link never turned while it was opened: nothing is shown */
	return fail("open");
}

static int road_race(const struct world *world)
{
	struct race race = {
		.world = world,
		.harmless = in(world->scratch, "harmless"),
		.link = in(world->scratch, "link"),
	};
	int r = write_file(race.harmless, "nothing\n");
	pthread_t thread;

	if (r < 0)
		return r;
	if (symlink(race.harmless, race.link) < 0)
		return fail("symlink");
	errno = pthread_create(&thread, NULL, swap, &race);
	if (errno)
		return fail("pthread_create");
	r = run_race(&race);
	race.is_over = true;
	pthread_join(thread, NULL);
	return r;
}

/* --------------------------------------------------------------- by other hands */

/* One openat by a ring of io_uring(7); what it opens is a plain descriptor. */
static int open_by_ring(const char *path)
{
	struct io_uring_params parameters = {};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);
	struct io_uring_sqe *entry;
	struct io_uring_cqe *answer;
	size_t size;
	char *queue;

	if (ring < 0)
		return fail("io_uring_setup");
	/* Both queues are in one mapping since 5.4, where params.features says so. */
	size = parameters.cq_off.cqes + parameters.cq_entries * sizeof(*answer);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	if (queue == MAP_FAILED)
		return fail("mmap of the ring");
	entry = mmap(NULL, parameters.sq_entries * sizeof(*entry), PROT_READ | PROT_WRITE,
		     MAP_SHARED, ring, IORING_OFF_SQES);
	if (entry == MAP_FAILED)
		return fail("mmap of the ring");
	entry->opcode = IORING_OP_OPENAT;
	entry->fd = AT_FDCWD;
	entry->addr = (unsigned long)path;
	entry->open_flags = O_RDONLY;
	*(unsigned int *)(queue + parameters.sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(queue + parameters.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return fail("io_uring_enter");
	answer = (struct io_uring_cqe *)(queue + parameters.cq_off.cqes);
	failed = "openat by io_uring";
	return answer->res;
}

static int road_io_uring(const struct world *world)
{
	int fd = open_by_ring(world->file);

	return fd < 0 ? fd : take(fd);
}

/* Ends its parent's parenthood: the process that reads is nobody's child of ours. */
static int road_orphan(const struct world *world)
{
	int results[2], r = -ECHILD;
	pid_t pid;

	if (pipe2(results, O_CLOEXEC) < 0)
		return fail("pipe");
	pid = fork();
	if (pid == 0) {
		pid_t parent;

		if (setsid() < 0)
			_exit(1);
		parent = getpid();
		if (fork() != 0)
			_exit(0);
		for (int waited = 0; getppid() == parent && waited < ORPHAN_WAIT_US; waited += 1000)
			usleep(1000);
		r = getppid() == parent ? -ECHILD : take_path(world->file);
		_exit(write(results[1], &r, sizeof(r)) != sizeof(r));
	}
	close(results[1]);
	waitpid(pid, NULL, 0);
	failed = "open by an orphan";
	if (read(results[0], &r, sizeof(r)) != sizeof(r))
		return -ECHILD;
	return r;
}

/* ------------------------------------------- in a user namespace of one's own */

static int write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return r ? 0 : -1;
}

static int enter_namespaces(void)
{
	const unsigned int uid = getuid(), gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return fail("unshare");
	if (write_proc("/proc/self/setgroups", "deny") < 0)
		return fail("setgroups");
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (write_proc("/proc/self/uid_map", map) < 0)
		return fail("uid_map");
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_proc("/proc/self/gid_map", map) < 0 ? fail("gid_map") : 0;
}

static int make_directory(const char *path)
{
	return mkdir(path, 0700) < 0 ? fail("mkdir") : 0;
}

static int road_bind(const struct world *world)
{
	const char *place = in(world->scratch, "mount");
	int r = make_directory(place);

	if (r == 0)
		r = enter_namespaces();
	if (r < 0)
		return r;
	if (mount(world->directory, place, NULL, MS_BIND, NULL) < 0)
		return fail("mount");
	return take_path(in(place, world->base));
}

/* A mount that is nowhere in the tree. */
static int road_open_tree(const struct world *world)
{
	int r = enter_namespaces();
	int tree;

	if (r < 0)
		return r;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, world->directory,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return fail("open_tree");
	return take(openat(tree, world->base, O_RDONLY | O_CLOEXEC));
}

static int road_overlay(const struct world *world)
{
	const char *place = in(world->scratch, "mount"), *empty = in(world->scratch, "empty");
	char options[2 * PATH_MAX + 32];
	int r = make_directory(place);

	if (r == 0)
		r = make_directory(empty);
	if (r == 0)
		r = enter_namespaces();
	if (r < 0)
		return r;
	(void)snprintf(options, sizeof(options), "lowerdir=%s:%s", world->directory, empty);
	if (mount("overlay", place, "overlay", MS_RDONLY, options) < 0)
		return fail("mount");
	return take_path(in(place, world->base));
}

static int road_chroot(const struct world *world)
{
	int r = enter_namespaces();

	if (r < 0)
		return r;
	if (chroot(world->directory) < 0 || chdir("/") < 0)
		return fail("chroot");
	return take_path(in("", world->base));
}

/* ----------------------------------------------------------------------- main */

static const struct road {
	const char *name;
	const char *title;
	int (*run)(const struct world *world);
} roads[] = {
	{"open", "open(2) by its path", road_open},
	{"openat2", "openat2(2) RESOLVE_BENEATH, from a descriptor of ~", road_openat2},
	{"opath-dir", "openat(2) from an O_PATH descriptor of ~/.aws", road_opath_directory},
	{"symlink-file", "symbolic link to the file", road_symlink_file},
	{"symlink-dir", "symbolic link to its directory", road_symlink_directory},
	{"symlink-dotdot", "'..' behind a symbolic link to ~/.aws/cli", road_symlink_dotdot},
	{"proc-root", "/proc/self/root/...", road_proc_root},
	{"proc-cwd", "chdir(2), then /proc/self/cwd/credentials", road_proc_cwd},
	{"dev-fd", "O_PATH descriptor, opened again by /dev/fd/N", road_dev_fd},
	{"link", "hard link, then read that", road_link},
	{"linkat-fd", "hard link of /proc/self/fd/N, then read that", road_linkat_descriptor},
	{"rename-file", "move the file out, then read it", road_rename_file},
	{"rename-parent", "move its directory out, then read in there", road_rename_parent},
	{"exchange", "RENAME_EXCHANGE with a file of its own", road_exchange},
	{"race", "symbolic link that turns while it is opened", road_race},
	{"io-uring", "open by io_uring(7)", road_io_uring},
	{"orphan", "double fork, setsid(2), read as an orphan", road_orphan},
	{"bind", "bind mount in its own user namespace", road_bind},
	{"open-tree", "detached copy of the mount, open_tree(2)", road_open_tree},
	{"overlay", "overlay with ~/.aws as its lower layer", road_overlay},
	{"chroot", "chroot(2) into ~/.aws in a user namespace", road_chroot},
};

#define N_ROADS (sizeof(roads) / sizeof(roads[0]))

static void find_world(struct world *world, const char *file, const char *scratch)
{
	char copy[PATH_MAX];

	world->file = file;
	world->scratch = scratch;
	(void)snprintf(copy, sizeof(copy), "%s", file);
	(void)snprintf(world->base, sizeof(world->base), "%.*s", NAME_MAX, basename(copy));
	(void)snprintf(copy, sizeof(copy), "%s", file);
	(void)snprintf(world->directory, sizeof(world->directory), "%s", dirname(copy));
	(void)snprintf(copy, sizeof(copy), "%s", world->directory);
	(void)snprintf(world->home, sizeof(world->home), "%s", dirname(copy));
	(void)snprintf(world->below, sizeof(world->below), "%s", file + strlen(world->home) + 1);
}

int main(int argc, char *argv[])
{
	static struct world world;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < N_ROADS; i++)
			printf("%s\t%s\n", roads[i].name, roads[i].title);
		return 0;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: roads --list | roads NAME FILE SCRATCH\n");
		return 2;
	}
	find_world(&world, argv[2], argv[3]);
	for (size_t i = 0; i < N_ROADS; i++) {
		int r;

		if (strcmp(roads[i].name, argv[1]) != 0)
			continue;
		r = roads[i].run(&world);
		if (r < 0)
			fprintf(stderr, "%s\t%s\n", failed, strerrorname_np(-r));
		return r < 0;
	}
	fprintf(stderr, "roads: no road '%s'\n", argv[1]);
	return 2;
}
