/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h" /* its limits */

/* policy/README.md, "Access modes", row by row; the columns in the order of enum ref_right. */
static const struct {
	const char *mode;
	const char *marks;
} modes[] = {
	/*		  rlwcdaemsi: read list write create delete append exec metadata connect ioctl */
	{"none", "          "},		{"ro", "xx    x  x"},	  {"rw", "xxxxxxxxxx"},
	{"rw-no-delete", "xxxx xxxxx"}, {"append", "xx x x   x"},
};

bool ref_parse_access(const char *access, struct ref_rights *ret_rights)
{
	char mode[32];
	size_t length = strlen(access);
	int suffix = 0;

	(void)snprintf(mode, sizeof(mode), "%s", access);
	if (length > 5 && strcmp(access + length - 5, "+exec") == 0)
		suffix = 1;
	if (length > 5 && strcmp(access + length - 5, "-exec") == 0)
		suffix = -1;
	if (suffix)
		mode[length - 5] = '\0';
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].mode, mode) != 0)
			continue;
		for (int right = 0; right < _REF_RIGHT_MAX; right++)
			ret_rights->has[right] = modes[i].marks[right] == 'x';
		if (suffix)
			ret_rights->has[REF_EXEC] = suffix > 0;
		return true;
	}
	return false;
}

static struct ref_rights rights_of(const char *access)
{
	struct ref_rights rights;

	if (!ref_parse_access(access, &rights)) {
		(void)fprintf(stderr, "the reference does not know the mode '%s'\n", access);
		abort();
	}
	return rights;
}

void ref_fill_in(const char *written, char *ret_path, size_t size)
{
	static const struct {
		const char *name;
		const char *value;
	} variables[] = {
		{"${workspace}", REF_WORKSPACE}, {"${home}", REF_HOME},	  {"${tmp}", REF_TMP},
		{"${user}", REF_USER},		 {"${agent}", REF_AGENT},
	};
	size_t used = 0;

	while (*written) {
		const char *text = NULL;
		size_t skip = 1;

		for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
			if (strncmp(written, variables[i].name, strlen(variables[i].name)) == 0) {
				text = variables[i].value;
				skip = strlen(variables[i].name);
			}
		if (text) {
			for (; *text && used + 1 < size; text++)
				ret_path[used++] = *text;
		} else if (!(*written == '/' && used > 0 && ret_path[used - 1] == '/') &&
			   used + 1 < size) {
			ret_path[used++] = *written;
		}
		written += skip;
	}
	while (used > 1 && ret_path[used - 1] == '/')
		used--;
	ret_path[used] = '\0';
}

/* ------------------------------------------------------------ the rules */

bool ref_is_same_subject(const struct ref_rule *one, const struct ref_rule *other)
{
	char left[2 * REF_MAX_SUBJECT], right[2 * REF_MAX_SUBJECT];

	if (one->is_name != other->is_name)
		return false;
	if (one->is_name)
		return strcmp(one->subject, other->subject) == 0;
	ref_fill_in(one->subject, left, sizeof(left));
	ref_fill_in(other->subject, right, sizeof(right));
	return strcmp(left, right) == 0;
}

static bool takes_nothing_away(const char *access)
{
	struct ref_rights rights = rights_of(access);

	for (int right = 0; right < _REF_RIGHT_MAX; right++)
		if (!rights.has[right])
			return false;
	return true;
}

/* "A rule with the same path, the same name pattern, ... takes the place of an earlier document's." */
void ref_merge(struct ref_policy *policy)
{
	for (int i = 0; i < policy->n_layers; i++) {
		struct ref_layer *layer = &policy->layers[i];

		for (int j = 0; j < layer->n_rules; j++) {
			layer->rules[j].is_replaced = false;
			for (int k = 0; k < layer->n_rules; k++)
				if (layer->rules[k].document > layer->rules[j].document &&
				    ref_is_same_subject(&layer->rules[j], &layer->rules[k]))
					layer->rules[j].is_replaced = true;
			/* "access: rw takes nothing away: it lifts the same rule of a pack" */
			if (layer->rules[j].is_name && takes_nothing_away(layer->rules[j].access))
				layer->rules[j].is_replaced = true;
		}
	}
}

/* "Single values: the later one holds." "files: default: ro if nothing says so" */
static const char *default_of(const struct ref_layer *layer)
{
	const char *access = "ro";

	for (int i = 0; i < layer->n_documents; i++)
		if (layer->defaults[i][0])
			access = layer->defaults[i];
	return access;
}

bool ref_is_audit(const struct ref_policy *policy)
{
	for (int i = 0; i < policy->n_layers; i++)
		if (!policy->layers[i].is_audit)
			return false;
	return true;
}

/* ---------------------------------------------------------------- paths */

static int split(const char *path, char names[][256])
{
	int n = 0;

	while (*path) {
		size_t length;

		while (*path == '/')
			path++;
		length = strcspn(path, "/");
		if (length == 0)
			break;
		memcpy(names[n], path, length);
		names[n++][length] = '\0';
		path += length;
	}
	return n;
}

/* Is one path at or above the other? The number of its names, or -1. */
static int length_if_above(const char *above, const char *path)
{
	static char upper[REF_MAX_NAMES][256], lower[REF_MAX_NAMES][256];
	int n_upper = split(above, upper), n_lower = split(path, lower);

	if (n_upper > n_lower)
		return -1;
	for (int i = 0; i < n_upper; i++)
		if (strcmp(upper[i], lower[i]) != 0)
			return -1;
	return n_upper;
}

/* "For each file the rule with the longest path that is at or above it decides, and where there is none, default." */
static const struct ref_rule *nearest(const struct ref_layer *layer, const char *path)
{
	const struct ref_rule *found = NULL;
	int longest = -1;

	for (int i = 0; i < layer->n_rules; i++) {
		const struct ref_rule *rule = &layer->rules[i];
		char filled_in[2 * REF_MAX_SUBJECT];
		int length;

		if (rule->is_name || rule->is_replaced)
			continue;
		ref_fill_in(rule->subject, filled_in, sizeof(filled_in));
		length = length_if_above(filled_in, path);
		if (length > longest) {
			longest = length;
			found = rule;
		}
	}
	return found;
}

bool ref_leads_through(const struct ref_policy *policy, const char *path, const char *mount_point)
{
	if (mount_point && length_if_above(path, mount_point) >= 0)
		return true;
	for (int i = 0; i < policy->n_layers; i++)
		for (int j = 0; j < policy->layers[i].n_rules; j++) {
			const struct ref_rule *rule = &policy->layers[i].rules[j];
			char filled_in[2 * REF_MAX_SUBJECT];

			if (rule->is_name || rule->is_replaced)
				continue;
			ref_fill_in(rule->subject, filled_in, sizeof(filled_in));
			if (length_if_above(path, filled_in) >= 0)
				return true;
		}
	return false;
}

/* ---------------------------------------------------------------- names */

bool ref_matches(const char *pattern, const char *name)
{
	if (*pattern == '\0')
		return *name == '\0';
	if (*pattern == '*') {
		for (const char *rest = name;; rest++) {
			if (ref_matches(pattern + 1, rest))
				return true;
			if (*rest == '\0')
				return false;
		}
	}
	return *pattern == *name && ref_matches(pattern + 1, name + 1);
}

/* A pattern in its components; "a/b/ *" says so and has two. */
static int split_pattern(const char *subject, char components[][256], bool *ret_is_below)
{
	int n = split(subject, components);

	*ret_is_below = n > 1 && strcmp(components[n - 1], "*") == 0;
	return *ret_is_below ? n - 1 : n;
}

/* Do the directories follow one another so that the last component is names[last]? */
static bool ends_at(char components[][256], int n_components, char names[][256], int last)
{
	if (last + 1 < n_components)
		return false;
	for (int i = 0; i < n_components; i++)
		if (!ref_matches(components[i], names[last + 1 - n_components + i]))
			return false;
	return true;
}

/* "for whatever bears the name, at any depth, and for all below it" */
static bool is_met(const struct ref_rule *rule, char names[][256], int n_names)
{
	char components[16][256];
	bool is_below;
	int n_components = split_pattern(rule->subject, components, &is_below);

	for (int last = 0; last < n_names; last++) {
		if (is_below && last == n_names - 1)
			continue; /* "not for that directory itself" */
		if (ends_at(components, n_components, names, last))
			return true;
	}
	return false;
}

/* "a *file* whose own name matches is let through this rule. Directories are not." */
static bool is_let_through(const struct ref_rule *rule, const struct ref_object *object,
			   const char *own_name)
{
	if (object->kind == REF_DIRECTORY)
		return false;
	for (int i = 0; i < rule->n_excepts; i++)
		if (ref_matches(rule->excepts[i], own_name))
			return true;
	return false;
}

static bool is_subset(const struct ref_rights *inner, const struct ref_rights *outer)
{
	for (int right = 0; right < _REF_RIGHT_MAX; right++)
		if (inner->has[right] && !outer->has[right])
			return false;
	return true;
}

/* "a rule that an outer layer has as well counts once" */
static bool is_outer_layers(const struct ref_policy *policy, int layer, const struct ref_rule *rule)
{
	struct ref_rights rights = rights_of(rule->access);

	for (int i = 0; i < layer; i++)
		for (int j = 0; j < policy->layers[i].n_rules; j++) {
			const struct ref_rule *other = &policy->layers[i].rules[j];
			struct ref_rights theirs;
			bool is_same = other->is_name && !other->is_replaced &&
				       strcmp(other->subject, rule->subject) == 0 &&
				       other->n_excepts == rule->n_excepts;

			for (int k = 0; is_same && k < rule->n_excepts; k++)
				is_same = strcmp(other->excepts[k], rule->excepts[k]) == 0;
			if (!is_same)
				continue;
			theirs = rights_of(other->access);
			if (is_subset(&theirs, &rights))
				return true;
		}
	return false;
}

bool ref_is_leading(const struct ref_policy *policy, const struct ref_object *object)
{
	static char names[REF_MAX_NAMES][256];
	int n_names = split(object->path, names);
	char components[16][256];

	for (int i = 0; i < policy->n_layers; i++)
		for (int j = 0; j < policy->layers[i].n_rules; j++) {
			const struct ref_rule *rule = &policy->layers[i].rules[j];
			bool is_below;
			int n_components;

			if (!rule->is_name || rule->is_replaced)
				continue;
			n_components = split_pattern(rule->subject, components, &is_below);
			/* "Directories that bear a name which a rule has before its last component (any, with "/ *")" */
			for (int k = 1; k <= n_components; k++) {
				if (k == n_components && !is_below)
					continue;
				if (n_names >= k && ends_at(components, k, names, n_names - 1))
					return true;
			}
		}
	return false;
}

/* -------------------------------------------------------------- together */

/* "gives writing, but keeps what is there" */
static bool keeps(const struct ref_rights *rights)
{
	return (rights->has[REF_WRITE] || rights->has[REF_APPEND]) && !rights->has[REF_DELETE];
}

/* "A file that bears one of these names can be removed, renamed away, and renamed over others that the same list is for" */
static bool lets_go(const struct ref_rule *rule, const char *released)
{
	for (int i = 0; released && rule && i < rule->n_replaces; i++)
		if (ref_matches(rule->replaces[i], released))
			return true;
	return false;
}

static void add_opinion(const struct ref_policy *policy, struct ref_verdict *verdict,
			const char *access, int layer, const struct ref_rule *rule,
			const char *released)
{
	struct ref_opinion *opinion = &verdict->opinions[verdict->n_opinions++];

	*opinion = (struct ref_opinion){.rights = rights_of(access), .layer = layer, .rule = rule};
	/* "A process that came in otherwise has no such filter, and so cannot write at all where these modes hold." */
	if (!policy->is_launched && keeps(&opinion->rights)) {
		opinion->rights.has[REF_WRITE] = false;
		opinion->rights.has[REF_APPEND] = false;
	}
	if (lets_go(rule, released))
		opinion->rights.has[REF_DELETE] = true;
	for (int right = 0; right < _REF_RIGHT_MAX; right++)
		if (!opinion->rights.has[right])
			verdict->rights.has[right] = false;
}

static void judge_path(const struct ref_policy *policy, const char *path, const char *released,
		       struct ref_verdict *verdict)
{
	for (int i = 0; i < policy->n_layers; i++) {
		const struct ref_rule *rule = nearest(&policy->layers[i], path);

		add_opinion(policy, verdict, rule ? rule->access : default_of(&policy->layers[i]),
			    i, rule, released);
	}
}

static void judge_names(const struct ref_policy *policy, const struct ref_object *object,
			struct ref_verdict *verdict)
{
	static char names[REF_MAX_NAMES][256];
	int n_names = split(object->path, names);
	int n_met = 0;

	for (int i = 0; i < policy->n_layers; i++)
		for (int j = 0; j < policy->layers[i].n_rules; j++) {
			const struct ref_rule *rule = &policy->layers[i].rules[j];

			if (!rule->is_name || rule->is_replaced || !is_met(rule, names, n_names) ||
			    is_outer_layers(policy, i, rule))
				continue;
			n_met++;
			if (!is_let_through(rule, object, names[n_names - 1]))
				add_opinion(policy, verdict, rule->access, i, rule, NULL);
		}
	if (n_met >
	    CF_MAX_NAME_HITS) /* "name rules that one path meets: more is denied by the kernel" */
		verdict->is_unknown = true;
}

/* By its very path: a rule for something below it is none for it. */
static bool is_named(const struct ref_layer *layer, const char *path)
{
	for (int i = 0; i < layer->n_rules; i++) {
		const struct ref_rule *rule = &layer->rules[i];
		char filled_in[2 * REF_MAX_SUBJECT];

		if (rule->is_name || rule->is_replaced)
			continue;
		ref_fill_in(rule->subject, filled_in, sizeof(filled_in));
		if (length_if_above(path, filled_in) >= 0 && length_if_above(filled_in, path) >= 0)
			return true;
	}
	return false;
}

/* "only where a path rule of the agent's own names that very node": of each layer, wherever it has been */
static bool has_rule_of_its_own(const struct ref_policy *policy, const struct ref_object *object)
{
	for (int i = 0; i < policy->n_layers; i++) {
		if (!is_named(&policy->layers[i], object->path))
			return false;
		for (int j = 0; j < object->n_old_paths; j++)
			if (!is_named(&policy->layers[i], object->old_paths[j]))
				return false;
	}
	return true;
}

void ref_judge(const struct ref_policy *policy, const struct ref_object *object,
	       struct ref_verdict *ret_verdict)
{
	static char names[REF_MAX_NAMES][256];

	ret_verdict->n_opinions = 0;
	ret_verdict->is_unknown = false;
	for (int right = 0; right < _REF_RIGHT_MAX; right++)
		ret_verdict->rights.has[right] = true;
	/* 'components from a superblock's root to a file; deeper is denied' */
	if (split(object->path, names) - object->n_outside >= CF_MAX_DEPTH)
		ret_verdict->is_unknown = true;
	if (object->kind == REF_HARMLESS_DEVICE) {
		/* "can always be used": not made, removed or changed */
		struct ref_verdict by_name = {};
		static const enum ref_right taken[] = {REF_LIST, REF_CREATE, REF_DELETE,
						       REF_METADATA, REF_CONNECT};

		for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
			ret_verdict->rights.has[taken[i]] = false;
		judge_names(policy, object, &by_name); /* for the bound alone */
		ret_verdict->is_unknown |= by_name.is_unknown;
		return;
	}
	if (object->kind == REF_DEVICE && !has_rule_of_its_own(policy, object)) {
		judge_names(policy, object, ret_verdict); /* for the bound alone */
		for (int right = 0; right < _REF_RIGHT_MAX; right++)
			ret_verdict->rights.has[right] = false;
		ret_verdict->n_opinions = 0;
		return;
	}
	/* "A rule holds for the object. And it holds for the name." */
	judge_path(policy, object->path, object->released, ret_verdict);
	for (int i = 0; i < object->n_old_paths; i++)
		judge_path(policy, object->old_paths[i], object->released, ret_verdict);
	judge_names(policy, object, ret_verdict);
}
