/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine for the kernel part: its own sources (bpf/), compiled for the host,
 * with maps, a file tree and one task that are plain memory. What is asked goes
 * through the hooks' own functions.
 *
 * Plain types only: one side includes vmlinux.h, the other libc.
 */
#ifndef CF_MODEL_MACHINE_H
#define CF_MODEL_MACHINE_H

/* Maps as userspace knows them: these numbers stand for descriptors. */
enum model_map {
	MODEL_DOMAINS = 1,
	MODEL_SUPERBLOCKS,
	MODEL_ANCHORS,
	MODEL_PLACES,
	MODEL_ZONES,
	MODEL_RIGHTS,
	MODEL_NAMES,
	MODEL_PREFIXES,
	MODEL_SUFFIXES,
	MODEL_NAME_RULES,
	MODEL_NETS,
	MODEL_COUNTERS,
	MODEL_RENAMING,
	_MODEL_MAP_MAX,
};

/* Each 0, or -1: there is no such entry. */
int model_map_fd_put(int map, const void *key, const void *value);
int model_map_fd_get(int map, const void *key, void *ret_value);
int model_map_fd_delete(int map, const void *key);
int model_map_fd_next(int map, const void *key, void *ret_next);
unsigned int model_map_count(int map);

struct model_words {
	unsigned long long *topology;
	unsigned int *agents_live;
	unsigned int *links_unknown;
	unsigned int *proc_zone;
	unsigned int *sys_zone;
	unsigned long long *cgroup_filter;
	unsigned long long *anchor_filter;
	void *name_ends;
};

struct model_words model_words(void);

/* A name and what it is of. `superblock`: 0 or 1. A mode of 0: there is nothing of that name. */
struct model_node;

struct model_identity {
	unsigned long long superblock; /* address */
	unsigned long long ino;
	unsigned int dev;
	unsigned int generation;
};

void model_tree_clear(void);
struct model_node *model_node_root(unsigned int superblock);
struct model_node *model_node_new(struct model_node *parent, const char *name, unsigned int mode,
				  unsigned int rdev, unsigned long long ino,
				  unsigned int generation);
void model_node_free(struct model_node *node);
/* As an outsider's rename does: the hook, the move, the end of the move. */
void model_node_move(struct model_node *node, struct model_node *parent, const char *name);
struct model_identity model_node_identity(const struct model_node *node);

/* Whose task asks: an agent's, or nobody's (0). */
void model_task_set(unsigned int agent, unsigned int label_flags, int is_storage_known);

enum model_op {
	MODEL_READ, /* of a file; a directory is listed */
	MODEL_WRITE,
	MODEL_READ_WRITE,
	MODEL_APPEND,
	MODEL_OPEN_EXEC,
	MODEL_OPEN_IOCTL,
	MODEL_CREATE,
	MODEL_MKDIR,
	MODEL_MKNOD, /* a FIFO */
	MODEL_SYMLINK,
	MODEL_UNLINK,
	MODEL_RMDIR,
	MODEL_READLINK,
	MODEL_RENAME, /* to `target`, which may be nothing yet */
	MODEL_CHMOD,
	MODEL_SHRINK,
	MODEL_GROW,
	_MODEL_OP_MAX,
};

/* What was told of a refusal; is_told 0: nothing. */
struct model_told {
	int is_told;
	unsigned int code;
	unsigned int reason;
	unsigned int layer;
	unsigned int rule;
	unsigned int is_target; /* it is about the second object */
};

/* The hook's answer: 0 or -errno. */
int model_ask(enum model_op op, struct model_node *object, struct model_node *target,
	      struct model_told *ret_told);

#endif /* CF_MODEL_MACHINE_H */
