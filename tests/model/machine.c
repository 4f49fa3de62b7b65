/* SPDX-License-Identifier: Apache-2.0 */
/* Maps, objects and a task for the kernel part on the host; see machine.h. No libc header: vmlinux.h has the types. */
#include "tests/model/machine.h"
#include "bpf/events.bpf.h"
#include "bpf/grants.bpf.h"
#include "bpf/identity.bpf.h"

void *malloc(unsigned long size);
void *calloc(unsigned long n, unsigned long size);
void free(void *memory);

/* ------------------------------------------------------------------ maps */

#define N_BUCKETS 64U

struct entry {
	struct entry *next;
	char bytes[]; /* key, then value, at a multiple of 8 */
};

struct map {
	const void *address;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int n_items; /* of an array; 0: a table */
	bool is_trie;
	unsigned int n_entries;
	char *items;
	struct entry *buckets[N_BUCKETS];
};

#define TABLE(name, key, value)                                            \
	{                                                                  \
		&cf_##name, sizeof(key), sizeof(value), 0, false, 0, NULL, \
		{                                                          \
			NULL                                               \
		}                                                          \
	}
#define TRIE(name, key, value)                                            \
	{                                                                 \
		&cf_##name, sizeof(key), sizeof(value), 0, true, 0, NULL, \
		{                                                         \
			NULL                                              \
		}                                                         \
	}
#define ARRAY(name, value, n_entries)                                    \
	{                                                                \
		&cf_##name, 4, sizeof(value), n_entries, false, 0, NULL, \
		{                                                        \
			NULL                                             \
		}                                                        \
	}

/* In the order of enum model_map. */
static struct map maps[_MODEL_MAP_MAX] = {
	{},
	ARRAY(domains, struct cf_domain, CF_MAX_AGENTS),
	TABLE(superblocks, __u32, struct cf_superblock),
	TABLE(anchors, struct cf_object_key, struct cf_anchor),
	TABLE(places, struct cf_place_key, __u32),
	ARRAY(zones, struct cf_zone, CF_MAX_ZONES),
	TABLE(rights, struct cf_rights_key, struct cf_rights),
	TABLE(names, struct cf_name_key, struct cf_name_mask),
	TRIE(prefixes, struct cf_affix_key, struct cf_name_mask),
	TRIE(suffixes, struct cf_affix_key, struct cf_name_mask),
	TABLE(name_rules, struct cf_name_rule_key, struct cf_name_rule),
	TRIE(nets, struct cf_net_key, struct cf_net),
	ARRAY(counters, struct cf_counters, CF_MAX_AGENTS),
	TABLE(renaming, __u64, __u32),
};

static unsigned int padded(unsigned int size)
{
	return (size + 7U) & ~7U;
}

static char *value_of(const struct map *map, struct entry *entry)
{
	return entry->bytes + padded(map->key_size);
}

static struct entry **find_link(struct map *map, const void *key)
{
	const unsigned char *bytes = key;
	unsigned int hash = 2166136261U;
	struct entry **link;

	for (unsigned int i = 0; i < map->key_size; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	link = &map->buckets[(hash ^ hash >> 15) % N_BUCKETS];
	while (*link && __builtin_memcmp((*link)->bytes, key, map->key_size) != 0)
		link = &(*link)->next;
	return link;
}

static char *find_item(struct map *map, const void *key)
{
	__u32 idx;

	__builtin_memcpy(&idx, key, sizeof(idx));
	if (idx >= map->n_items)
		return NULL;
	if (!map->items)
		map->items = calloc(map->n_items, map->value_size);
	return map->items + (unsigned long)idx * map->value_size;
}

/* kernel/bpf/lpm_trie.c in a few words: the longest entry whose bits the key begins with. */
static char *find_longest(struct map *map, const void *key)
{
	__u32 wanted, longest = 0;
	char *found = NULL;

	__builtin_memcpy(&wanted, key, sizeof(wanted));
	for (unsigned int i = 0; i < N_BUCKETS; i++)
		for (struct entry *entry = map->buckets[i]; entry; entry = entry->next) {
			__u32 bits;

			__builtin_memcpy(&bits, entry->bytes, sizeof(bits));
			if (bits > wanted || (found && bits <= longest) ||
			    __builtin_memcmp(entry->bytes + 4, (const char *)key + 4, bits / 8) !=
				    0)
				continue;
			found = value_of(map, entry);
			longest = bits;
		}
	return found;
}

static void *find(struct map *map, const void *key)
{
	struct entry *entry;

	if (map->n_items)
		return find_item(map, key);
	if (map->n_entries == 0)
		return NULL;
	if (map->is_trie)
		return find_longest(map, key);
	entry = *find_link(map, key);
	return entry ? value_of(map, entry) : NULL;
}

static long put(struct map *map, const void *key, const void *value, __u64 flags)
{
	struct entry **link, *entry;
	char *item;

	if (map->n_items) {
		item = find_item(map, key);
		if (!item)
			return -EINVAL;
		__builtin_memcpy(item, value, map->value_size);
		return 0;
	}
	link = find_link(map, key);
	if (*link && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!*link) {
		entry = malloc(sizeof(*entry) + padded(map->key_size) + map->value_size);
		entry->next = NULL;
		__builtin_memcpy(entry->bytes, key, map->key_size);
		*link = entry;
		map->n_entries++;
	}
	__builtin_memcpy(value_of(map, *link), value, map->value_size);
	return 0;
}

static long delete (struct map *map, const void *key)
{
	struct entry **link = find_link(map, key), *entry = *link;

	if (!entry)
		return -ENOENT;
	*link = entry->next;
	map->n_entries--;
	free(entry);
	return 0;
}

static struct map *map_at(const void *address)
{
	for (unsigned int i = 1; i < _MODEL_MAP_MAX; i++)
		if (maps[i].address == address)
			return &maps[i];
	__builtin_trap();
}

void *model_map_find(const void *map, const void *key)
{
	return find(map_at(map), key);
}

long model_map_put(const void *map, const void *key, const void *value, __u64 flags)
{
	return put(map_at(map), key, value, flags);
}

long model_map_delete(const void *map, const void *key)
{
	return delete (map_at(map), key);
}

int model_map_fd_put(int map, const void *key, const void *value)
{
	return put(&maps[map], key, value, BPF_ANY) ? -1 : 0;
}

int model_map_fd_get(int map, const void *key, void *ret_value)
{
	/* Userspace asks tries for exact keys only. */
	const void *value = maps[map].n_items ? find(&maps[map], key) : NULL;
	struct entry *entry;

	if (!maps[map].n_items) {
		entry = *find_link(&maps[map], key);
		value = entry ? value_of(&maps[map], entry) : NULL;
	}
	if (!value)
		return -1;
	__builtin_memcpy(ret_value, value, maps[map].value_size);
	return 0;
}

int model_map_fd_delete(int map, const void *key)
{
	return delete (&maps[map], key) ? -1 : 0;
}

int model_map_fd_next(int map, const void *key, void *ret_next)
{
	bool is_past = !key;

	for (unsigned int i = 0; i < N_BUCKETS; i++)
		for (struct entry *entry = maps[map].buckets[i]; entry; entry = entry->next) {
			if (is_past) {
				__builtin_memcpy(ret_next, entry->bytes, maps[map].key_size);
				return 0;
			}
			is_past = __builtin_memcmp(entry->bytes, key, maps[map].key_size) == 0;
		}
	return -1;
}

unsigned int model_map_count(int map)
{
	return maps[map].n_entries;
}

struct model_words model_words(void)
{
	return (struct model_words){
		.topology = &cf_topology,
		.agents_live = &cf_agents_live,
		.links_unknown = &cf_links_unknown,
		.proc_zone = &cf_proc_zone,
		.sys_zone = &cf_sys_zone,
		.cgroup_filter = cf_cgroup_filter,
		.anchor_filter = cf_anchor_filter,
		.name_ends = cf_name_ends,
	};
}

/* --------------------------------------------------------------- helpers */

long model_read(void *target, __u32 size, const void *source)
{
	if ((unsigned long)source < 4096)
		return -EFAULT;
	__builtin_memcpy(target, source, size);
	return 0;
}

long model_read_text(char *target, __u32 size, const char *source)
{
	__u32 i;

	for (i = 0; i + 1 < size && source[i]; i++)
		target[i] = source[i];
	target[i] = '\0';
	return i + 1;
}

long model_loop(__u32 n, long (*callback)(__u32, void *), void *context)
{
	for (__u32 i = 0; i < n; i++)
		if (callback(i, context))
			return i + 1;
	return n;
}

/* -------------------------------------------------------------- the task */

static struct kernfs_node cgroup_nodes[2] = {{.id = 1}, {.id = 2}}; /* nobody's, the agent's */
static struct cgroup cgroups[2] = {{.kn = &cgroup_nodes[0]}, {.kn = &cgroup_nodes[1]}};
static struct css_set css_sets[2] = {{.dfl_cgrp = &cgroups[0]}, {.dfl_cgrp = &cgroups[1]}};
static struct bpf_local_storage_map storage_map;
static struct {
	struct bpf_local_storage_map *smap;
	struct cf_label label;
} storage_data = {.smap = &storage_map};
static struct cf_task scratch_data;
static struct bpf_local_storage storage;
static struct task_struct asking;
static struct model_told told;

_Static_assert(__builtin_offsetof(struct bpf_local_storage_data, data) == sizeof(void *),
	       "the task's storage is not where its type has it");

void *model_storage(const void *map)
{
	return map == &cf_tasks ? (void *)&storage_data.label : &scratch_data;
}

struct task_struct *model_task(void)
{
	return &asking;
}

void model_task_set(unsigned int agent, unsigned int label_flags, int is_storage_known)
{
	storage_data.label = (struct cf_label){.agent = agent, .flags = label_flags};
	storage.cache[0] = (struct bpf_local_storage_data *)&storage_data;
	asking.group_leader = &asking;
	asking.cgroups = &css_sets[agent != 0];
	asking.bpf_storage = agent ? &storage : NULL;
	cf_filter_add(cf_cgroup_filter, cgroup_nodes[1].id);
	cf_tasks_address = is_storage_known ? (__u64)&storage_map : 0;
}

/* As the helper would: where the map's address is not known yet, too. */
enum cf_asker cf_find_label(struct task_struct *task, struct cf_label *ret_label)
{
	(void)task;
	*ret_label = storage_data.label;
	return ret_label->agent ? CF_ASKER_CONFINED : CF_ASKER_UNKNOWN;
}

void cf_count_blind(__u32 agent)
{
	(void)agent;
	__builtin_trap(); /* there is always memory for scratch */
}

__u32 cf_pid_agent(struct pid *pid)
{
	(void)pid;
	return 0;
}

int cf_cgroup_making(__u64 parent_id)
{
	(void)parent_id;
	return 0;
}

/* What an event would say. The second object was judged last if the first one allows. */
int cf_report(struct cf_task *task, __u32 op, __u32 error, __u32 has_target, __u32 is_observed)
{
	const struct cf_scratch *scratch = &task->scratch;
	const struct cf_verdict *verdict = &scratch->verdict;
	const struct cf_query *query = &scratch->objects[0].query;
	struct cf_verdict first;

	(void)op;
	(void)error;
	if (is_observed)
		return 0;
	cf_decide(query, &first);
	told = (struct model_told){.is_told = 1,
				   .code = verdict->code,
				   .reason = verdict->reason,
				   .layer = verdict->layer,
				   .rule = verdict->rule,
				   .is_target = has_target && first.code == CF_VERDICT_ALLOW};
	return 0;
}

/* -------------------------------------------------------------- the tree */

struct model_node {
	struct dentry dentry;
	struct inode inode;
	struct model_node *next;
	__u8 name[256];
};

static struct model_node *nodes;
static struct model_node roots[2];
/* An ext4 and an xfs by their numbers: filesystems whose verdicts are cached. */
static struct super_block superblocks[2] = {
	{.s_dev = 8U << 20 | 1, .s_magic = EXT4_SUPER_MAGIC},
	{.s_dev = 8U << 20 | 2, .s_magic = TMPFS_MAGIC},
};

struct model_node *model_node_root(unsigned int superblock)
{
	struct model_node *root = &roots[superblock];

	superblocks[superblock].s_root = &root->dentry;
	root->name[0] = '/';
	root->dentry = (struct dentry){.d_parent = &root->dentry,
				       .d_name = {.len = 1, .name = root->name},
				       .d_inode = &root->inode,
				       .d_sb = &superblocks[superblock]};
	root->inode = (struct inode){.i_mode = S_IFDIR | 0755,
				     .i_ino = 2,
				     .i_generation = 1,
				     .i_nlink = 2,
				     .i_sb = &superblocks[superblock]};
	return root;
}

static void set_name(struct model_node *node, const char *name)
{
	__u32 length = (__u32)__builtin_strlen(name);

	__u8 *room = node->name;

	/* As fs/dcache.c keeps them: short ones in the dentry itself, and nobody clears what is behind. */
	if (length < sizeof(node->dentry.d_iname))
		room = (__u8 *)node->dentry.d_iname;
	__builtin_memset(node->dentry.d_iname, 0xa5, sizeof(node->dentry.d_iname));
	__builtin_memcpy(room, name, length);
	room[length] = '\0';
	node->dentry.d_name.len = length;
	node->dentry.d_name.name = room;
}

struct model_node *model_node_new(struct model_node *parent, const char *name, unsigned int mode,
				  unsigned int rdev, unsigned long long ino,
				  unsigned int generation)
{
	struct model_node *node = calloc(1, sizeof(*node));

	node->dentry.d_parent = &parent->dentry;
	node->dentry.d_sb = parent->dentry.d_sb;
	node->dentry.d_inode = mode ? &node->inode : NULL;
	node->inode = (struct inode){.i_mode = (__u16)mode,
				     .i_ino = ino,
				     .i_generation = generation,
				     .i_nlink = S_ISDIR(mode) ? 2 : 1,
				     .i_rdev = rdev,
				     .i_size = 100,
				     .i_sb = parent->dentry.d_sb};
	set_name(node, name);
	node->next = nodes;
	nodes = node;
	return node;
}

void model_node_free(struct model_node *node)
{
	struct model_node **link = &nodes;

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	free(node);
}

void model_tree_clear(void)
{
	while (nodes)
		model_node_free(nodes);
}

struct model_identity model_node_identity(const struct model_node *node)
{
	return (struct model_identity){.superblock = (__u64)node->dentry.d_sb,
				       .ino = node->inode.i_ino,
				       .dev = node->dentry.d_sb->s_dev,
				       .generation = node->inode.i_generation};
}

/* ------------------------------------------------------------- the hooks */

int cf_file_open(struct file *file, int ret);
int cf_create(struct inode *directory, struct dentry *dentry, __u16 mode, int ret);
int cf_mkdir(struct inode *directory, struct dentry *dentry, __u16 mode, int ret);
int cf_mknod(struct inode *directory, struct dentry *dentry, __u16 mode, __u32 rdev, int ret);
int cf_symlink(struct inode *directory, struct dentry *dentry, const char *target, int ret);
int cf_unlink(struct inode *directory, struct dentry *dentry, int ret);
int cf_rmdir(struct inode *directory, struct dentry *dentry, int ret);
int cf_readlink(struct dentry *dentry, int ret);
int cf_rename(struct inode *old_directory, struct dentry *old, struct inode *new_directory,
	      struct dentry *new, int ret);
int cf_setattr(void *idmap, struct dentry *dentry, struct iattr *attr, int ret);
int cf_vfs_renamed(void);

#define S_IFIFO 0010000

static int open_as(struct model_node *node, __u32 mode, __u32 flags)
{
	struct file file = {.f_mode = mode,
			    .f_flags = flags,
			    .f_inode = &node->inode,
			    .f_path = {.dentry = &node->dentry}};

	return cf_file_open(&file, 0);
}

static int set_attribute(struct model_node *node, __u32 valid, __s64 size)
{
	struct iattr attribute = {.ia_valid = valid, .ia_mode = 0644, .ia_size = size};

	return cf_setattr(NULL, &node->dentry, &attribute, 0);
}

static int rename(struct model_node *node, struct model_node *target)
{
	int r = cf_rename(node->dentry.d_parent->d_inode, &node->dentry,
			  target->dentry.d_parent->d_inode, &target->dentry, 0);

	if (!r)
		cf_vfs_renamed();
	return r;
}

static int ask(enum model_op op, struct model_node *object, struct model_node *target)
{
	struct dentry *dentry = &object->dentry;
	struct inode *directory = dentry->d_parent->d_inode;

	switch (op) {
	case MODEL_READ:
		return open_as(object, FMODE_READ, 0);
	case MODEL_WRITE:
		return open_as(object, FMODE_WRITE, 1);
	case MODEL_READ_WRITE:
		return open_as(object, FMODE_READ | FMODE_WRITE, 2);
	case MODEL_APPEND:
		return open_as(object, FMODE_WRITE, 1 | O_APPEND);
	case MODEL_OPEN_EXEC:
		return open_as(object, FMODE_READ, FMODE_EXEC);
	case MODEL_OPEN_IOCTL:
		return open_as(object, 0, 3);
	case MODEL_CREATE:
		return cf_create(directory, dentry, 0644, 0);
	case MODEL_MKDIR:
		return cf_mkdir(directory, dentry, 0755, 0);
	case MODEL_MKNOD:
		return cf_mknod(directory, dentry, S_IFIFO | 0644, 0, 0);
	case MODEL_SYMLINK:
		return cf_symlink(directory, dentry, "elsewhere", 0);
	case MODEL_UNLINK:
		return cf_unlink(directory, dentry, 0);
	case MODEL_RMDIR:
		return cf_rmdir(directory, dentry, 0);
	case MODEL_READLINK:
		return cf_readlink(dentry, 0);
	case MODEL_RENAME:
		return rename(object, target);
	case MODEL_CHMOD:
		return set_attribute(object, ATTR_MODE, 0);
	case MODEL_SHRINK:
		return set_attribute(object, ATTR_SIZE, 0);
	case MODEL_GROW:
		return set_attribute(object, ATTR_SIZE, 1000);
	case _MODEL_OP_MAX:
		break;
	}
	__builtin_trap();
}

int model_ask(enum model_op op, struct model_node *object, struct model_node *target,
	      struct model_told *ret_told)
{
	int r;

	told = (struct model_told){};
	r = ask(op, object, target);
	*ret_told = told;
	return r;
}

void model_node_move(struct model_node *node, struct model_node *parent, const char *name)
{
	struct model_node *place = model_node_new(parent, name, 0, 0, 0, 0);
	struct task_struct before = asking;
	struct cf_label label = storage_data.label;
	__u64 address = cf_tasks_address;

	model_task_set(0, 0, 0);
	(void)cf_rename(node->dentry.d_parent->d_inode, &node->dentry, &parent->inode,
			&place->dentry, 0);
	model_node_free(place);
	node->dentry.d_parent = &parent->dentry;
	set_name(node, name);
	cf_vfs_renamed();
	asking = before;
	storage_data.label = label;
	cf_tasks_address = address;
}
