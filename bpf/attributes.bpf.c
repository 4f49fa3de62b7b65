// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * May it change what is on this file: mode, owner, times, length, extended
 * attributes, access lists, flags?
 *
 * Hooks: lsm/inode_setattr (fs/attr.c; its arguments shifted after 6.1),
 * lsm/inode_setxattr, _removexattr, _getxattr (fs/xattr.c), lsm/inode_set_acl,
 * _remove_acl (fs/posix_acl.c; from 6.2 on, before they arrive as extended
 * attributes), lsm/inode_file_setattr (fs/file_attr.c; from 6.17 on, the system
 * call of the flags; before and beside it they are ioctls: descriptors.bpf.c).
 *
 * The confined side chooses names and values; a name is the kernel's copy.
 * What stat(2) tells is free, and so are its like: the list of attributes, and
 * access lists and labels, which ls(1) asks for.
 */
#include "judge.bpf.h"

/* Length is judged as length: growing is writing, shrinking removes. The kernel's own changes pass. */
static __always_inline __u32 wanted_of_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;
	__u32 valid = attr->ia_valid;

	if (valid & ATTR_SIZE) {
		if (inode && attr->ia_size < inode->i_size)
			return CF_RIGHT_WRITE | CF_RIGHT_DELETE;
		return CF_RIGHT_WRITE;
	}
	return valid & ATTR_FORCE ? 0 : CF_RIGHT_METADATA;
}

static __always_inline int judge_setattr(struct cf_task *task, struct dentry *dentry,
					 struct iattr *attr)
{
	const __u32 wanted = wanted_of_setattr(dentry, attr);
	struct inode *inode = dentry->d_inode;
	const __u32 type = inode ? inode->i_mode & S_IFMT : 0;

	if ((attr->ia_valid & ATTR_MODE) && !(attr->ia_valid & ATTR_FORCE) &&
	    cf_sets_id(type | (attr->ia_mode & ~S_IFMT)))
		return cf_judge_refused(task, CF_OP_SETATTR, dentry, wanted, CF_REASON_SET_ID);
	return cf_judge(task, CF_OP_SETATTR, dentry, wanted);
}

SEC("lsm/inode_setattr")
int BPF_PROG(cf_setattr_old, struct dentry *dentry, struct iattr *attr, int ret)
{
	return CF_IF_CONFINED(ret, judge_setattr(task, dentry, attr));
}

SEC("lsm/inode_setattr")
int BPF_PROG(cf_setattr, void *idmap, struct dentry *dentry, struct iattr *attr, int ret)
{
	return CF_IF_CONFINED(ret, judge_setattr(task, dentry, attr));
}

/* The beginning of an attribute's name: include/uapi/linux/xattr.h */
union attribute_name {
	char text[24];
	__u64 words[3];
};

static __always_inline long read_name(union attribute_name *ret_name, const char *source)
{
	__builtin_memset(ret_name, 0, sizeof(*ret_name));
	return bpf_probe_read_kernel_str(ret_name->text, sizeof(ret_name->text), source);
}

static __always_inline bool is_security(const union attribute_name *name)
{
	return name->words[0] == CF_WORD('s', 'e', 'c', 'u', 'r', 'i', 't', 'y') &&
	       name->text[8] == '.';
}

static __always_inline bool is_access_list(const union attribute_name *name)
{
	return name->words[0] == CF_WORD('s', 'y', 's', 't', 'e', 'm', '.', 'p') &&
	       name->words[1] == CF_WORD('o', 's', 'i', 'x', '_', 'a', 'c', 'l') &&
	       name->text[16] == '_';
}

/* Capabilities, labels and measurements are not an agent's to give. */
static __always_inline int judge_setxattr(struct cf_task *task, struct dentry *dentry,
					  const char *source)
{
	union attribute_name name;

	if (read_name(&name, source) < 0)
		return cf_judge_refused(task, CF_OP_SETXATTR, dentry, CF_RIGHT_METADATA,
					CF_REASON_UNREADABLE);
	if (is_security(&name))
		return cf_judge_refused(task, CF_OP_SETXATTR, dentry, CF_RIGHT_METADATA,
					CF_REASON_SECURITY_ATTRIBUTE);
	return cf_judge(task, CF_OP_SETXATTR, dentry, CF_RIGHT_METADATA);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(cf_setxattr, void *idmap, struct dentry *dentry, const char *name, const void *value,
	     __u64 size, int flags, int ret)
{
	return CF_IF_CONFINED(ret, judge_setxattr(task, dentry, name));
}

SEC("lsm/inode_removexattr")
int BPF_PROG(cf_removexattr, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return CF_IF_CONFINED(ret, judge_setxattr(task, dentry, name));
}

static __always_inline int judge_getxattr(struct cf_task *task, struct dentry *dentry,
					  const char *source)
{
	union attribute_name name;

	if (read_name(&name, source) >= 0 && (is_security(&name) || is_access_list(&name)))
		return 0;
	return cf_judge(task, CF_OP_GETXATTR, dentry, CF_RIGHT_READ);
}

SEC("lsm/inode_getxattr")
int BPF_PROG(cf_getxattr, struct dentry *dentry, const char *name, int ret)
{
	return CF_IF_CONFINED(ret, judge_getxattr(task, dentry, name));
}

SEC("lsm/inode_set_acl")
int BPF_PROG(cf_set_acl, void *idmap, struct dentry *dentry, const char *name, void *acl, int ret)
{
	return CF_IF_CONFINED(ret, cf_judge(task, CF_OP_SETXATTR, dentry, CF_RIGHT_METADATA));
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(cf_remove_acl, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return CF_IF_CONFINED(ret, cf_judge(task, CF_OP_SETXATTR, dentry, CF_RIGHT_METADATA));
}

SEC("lsm/inode_file_setattr")
int BPF_PROG(cf_file_setattr, struct dentry *dentry, void *attributes, int ret)
{
	return CF_IF_CONFINED(ret, cf_judge(task, CF_OP_SETATTR, dentry, CF_RIGHT_METADATA));
}
