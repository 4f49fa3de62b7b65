/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy/README.md says, and no more: slow, obvious, over the text of the
 * rules. It shares no code with the compiler or the kernel part, only the
 * numbers of bpf/abi.h.
 */
#ifndef CF_MODEL_REFERENCE_H
#define CF_MODEL_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#define REF_MAX_RULES	 136
#define REF_MAX_EXCEPTS	 4
#define REF_MAX_LAYERS	 9
#define REF_MAX_NAMES	 200 /* components of a path */
#define REF_MAX_SUBJECT	 512
#define REF_MAX_PATTERNS 160

/* The columns of the README's table of access modes. */
enum ref_right {
	REF_READ,
	REF_LIST,
	REF_WRITE,
	REF_CREATE,
	REF_DELETE,
	REF_APPEND,
	REF_EXEC,
	REF_METADATA,
	REF_CONNECT,
	REF_IOCTL,
	_REF_RIGHT_MAX,
};

struct ref_rights {
	bool has[_REF_RIGHT_MAX];
};

/* One rule as it is written. */
struct ref_rule {
	bool is_name;
	char subject[REF_MAX_SUBJECT]; /* a path with its variables, or a name pattern */
	char access[24];
	char excepts[REF_MAX_EXCEPTS][REF_MAX_PATTERNS];
	int n_excepts;
	char replaces[REF_MAX_EXCEPTS][REF_MAX_PATTERNS];
	int n_replaces;
	int document;	   /* of its layer: later ones replace earlier ones' rules */
	unsigned int line; /* in its document */
	bool is_replaced;  /* filled in by ref_merge() */
};

struct ref_layer {
	char defaults[3][24]; /* of each document; "": it says nothing */
	int n_documents;
	bool is_audit;
	struct ref_rule rules[REF_MAX_RULES];
	int n_rules;
};

struct ref_policy {
	struct ref_layer layers[REF_MAX_LAYERS];
	int n_layers;
	bool is_launched; /* the agent's process was started by `cofferdam run` */
};

enum ref_kind {
	REF_FILE,
	REF_DIRECTORY,
	REF_SYMLINK,
	REF_HARMLESS_DEVICE, /* /dev/null and its like */
	REF_DEVICE,
};

#define REF_MAX_OLD_PATHS 16

/* What is judged. */
struct ref_object {
	enum ref_kind kind;
	const char *path; /* where it is */
	/* Where it would be if one or another of the rules' objects that it is or is in had not moved. */
	const char *old_paths[REF_MAX_OLD_PATHS];
	int n_old_paths;
	const char *
		released; /* the name of the file that is removed or renamed; NULL: none, or a directory */
	int n_outside; /* names of its path that are not of its filesystem: the mount point's */
};

/* What one rule says of an object; `rule` is NULL for a layer's default. */
struct ref_opinion {
	struct ref_rights rights;
	int layer;
	const struct ref_rule *rule;
};

struct ref_verdict {
	bool is_unknown; /* a bound is passed: everything is denied */
	struct ref_opinion opinions[256];
	int n_opinions;
	struct ref_rights rights; /* what all give */
};

/* Settles which rules hold; once for each policy. */
void ref_merge(struct ref_policy *policy);

void ref_judge(const struct ref_policy *policy, const struct ref_object *object,
	       struct ref_verdict *ret_verdict);

/* Does some rule's path, or a mount point, lie at the path or below it? */
bool ref_leads_through(const struct ref_policy *policy, const char *path, const char *mount_point);

/* Does the path's last name stand for a directory in some name rule: before its last component, or above "/ *"? */
bool ref_is_leading(const struct ref_policy *policy, const struct ref_object *object);

/* Are the two rules for the same thing? */
bool ref_is_same_subject(const struct ref_rule *one, const struct ref_rule *other);

bool ref_is_audit(const struct ref_policy *policy);
bool ref_parse_access(const char *access, struct ref_rights *ret_rights);
bool ref_matches(const char *pattern, const char *name);

/* A path with its variables filled in and its slashes put right. */
void ref_fill_in(const char *written, char *ret_path, size_t size);

/* What the model gives the variables. */
#define REF_WORKSPACE "/a/ab"
#define REF_HOME      "/b"
#define REF_TMP	      "/tmp"
#define REF_USER      "ab"
#define REF_AGENT     "a"

#endif /* CF_MODEL_REFERENCE_H */
