/* SPDX-License-Identifier: Apache-2.0 */
/* A merged policy and the values of its variables to a layer image. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/access.h"
#include "policy/check.h"
#include "policy/compile.h"
#include "policy/image.h"
#include "policy/layer.h"
#include "policy/model.h"
#include "policy/path.h"
#include "policy/policy.h"

/* Where nothing says so: what there is may be read and run. */
#define DEFAULT_ACCESS "ro"

/* The image's parts while they grow. */
struct compiler {
	const struct cf_policy *policy;
	const struct cf_policy_variables *variables;
	struct cf_diag *diag;
	struct cf_arena arena; /* expanded paths, and rules that bear them */
	CF_ARRAY(struct cf_rule *) rules;
	cf_numbered_rules numbered;
	CF_ARRAY(struct cf_layer_path) paths;
	CF_ARRAY(struct cf_layer_exec) execs;
	CF_ARRAY(struct cf_layer_digest) digests;
	CF_ARRAY(struct cf_layer_pattern) patterns;
	CF_ARRAY(struct cf_layer_name) names;
	cf_layer_nets_array nets;
	CF_ARRAY(struct cf_layer_source) sources;
	struct cf_buffer strings;
	const char *last_file; /* of the last source, and where its name is in strings */
	uint32_t last_file_at;
	unsigned int n_bits; /* of name rules */
};

static void compiler_done(struct compiler *compiler)
{
	free(compiler->rules.items);
	free(compiler->numbered.items);
	free(compiler->paths.items);
	free(compiler->execs.items);
	free(compiler->digests.items);
	free(compiler->patterns.items);
	free(compiler->names.items);
	free(compiler->nets.items);
	free(compiler->sources.items);
	cf_buffer_done(&compiler->strings);
	cf_arena_done(&compiler->arena);
}

static const struct cf_setting *find_setting(const struct compiler *compiler, enum cf_setting_id id)
{
	return &compiler->policy->bound.settings[id];
}

static int expand_rule(struct compiler *compiler, struct cf_rule *rule)
{
	const struct cf_written_path path = {
		.text = rule->subject, .place = &rule->place, .diag = compiler->diag};

	if (rule->kind != CF_RULE_PATH && rule->kind != CF_RULE_EXEC && rule->kind != CF_RULE_PIN)
		return 0;
	return cf_path_expand(&compiler->arena, &path, compiler->variables, &rule->subject);
}

/* Copies of the rules that hold, with the variables filled in and the subjects settled again. */
static int expand_rules(struct compiler *compiler)
{
	const struct cf_bound *bound = &compiler->policy->bound;
	int r = 0;

	for (size_t i = 0; i < bound->rules.n_items && r == 0; i++) {
		struct cf_rule *rule;

		if (bound->rules.items[i]->is_replaced)
			continue;
		rule = cf_arena_alloc(&compiler->arena, sizeof(*rule));
		if (!rule)
			return -ENOMEM;
		*rule = *bound->rules.items[i];
		r = expand_rule(compiler, rule);
		if (r == 0)
			r = cf_array_push(&compiler->rules, rule);
	}
	if (r < 0)
		return r;
	return cf_check_rules(compiler->rules.items, compiler->rules.n_items, compiler->diag);
}

static uint32_t add_string(struct compiler *compiler, const char *text)
{
	size_t at = compiler->strings.size;

	/* With its NUL. What passes CF_LAYER_MAX_SIZE is refused when the image is put together. */
	cf_buffer_append(&compiler->strings, text, strlen(text) + 1);
	return (uint32_t)at;
}

static int add_source(struct compiler *compiler, const struct cf_place *place, const char *text)
{
	struct cf_layer_source source = {.line = place->line, .column = place->column};

	if (!compiler->last_file || strcmp(compiler->last_file, place->file) != 0) {
		compiler->last_file = place->file;
		compiler->last_file_at = add_string(compiler, place->file);
	}
	source.file = compiler->last_file_at;
	source.text = add_string(compiler, text);
	return cf_array_push(&compiler->sources, source);
}

static uint16_t default_rights(const struct compiler *compiler)
{
	const struct cf_setting *setting = find_setting(compiler, CF_SETTING_FILES);
	uint16_t rights = 0;

	if (setting->place.file)
		return (uint16_t)setting->number;
	/* Cannot fail; if it did, nothing would be given. */
	(void)cf_access_parse(DEFAULT_ACCESS, &rights);
	return rights;
}

/* What holds where no rule does, and where it was said: by the document itself if by none of its keys. */
static int add_default(struct compiler *compiler, enum cf_setting_id id, const char *text)
{
	const struct cf_setting *setting = find_setting(compiler, id);

	return add_source(compiler,
			  setting->place.file ? &setting->place : &compiler->policy->bound.place,
			  text);
}

/* Rules CF_RULE_DEFAULT and CF_RULE_NETWORK_DEFAULT, in this order. */
static int add_defaults(struct compiler *compiler)
{
	bool allows_network = find_setting(compiler, CF_SETTING_NETWORK)->number != 0;
	char access[CF_ACCESS_TEXT_SIZE];
	char text[96];
	int r;

	(void)snprintf(text, sizeof(text), "files: {default: %s}",
		       cf_access_format(default_rights(compiler), access));
	r = add_default(compiler, CF_SETTING_FILES, text);
	if (r < 0)
		return r;
	return add_default(compiler, CF_SETTING_NETWORK,
			   allows_network ? "network: {default: allow}"
					  : "network: {default: deny}");
}

static int number_rules(struct compiler *compiler)
{
	int r;

	r = add_defaults(compiler);
	for (size_t i = 0; i < compiler->rules.n_items && r == 0; i++) {
		const struct cf_rule *rule = compiler->rules.items[i];
		struct cf_numbered_rule numbered = {.rule = rule,
						    .number = (uint16_t)compiler->sources.n_items};

		if (rule->is_replaced)
			continue;
		if (compiler->sources.n_items >= CF_MAX_RULES + CF_N_DEFAULT_RULES) {
			(void)cf_place_error(compiler->diag, CF_P_RULES_FULL, &rule->place,
					     "name folders rather than the files in them",
					     "more than %d rules (CF_MAX_RULES)", CF_MAX_RULES);
			return -E2BIG;
		}
		r = add_source(compiler, &rule->place, rule->text);
		if (r == 0)
			r = cf_array_push(&compiler->numbered, numbered);
	}
	return r;
}

static int add_path(struct compiler *compiler, const struct cf_numbered_rule *numbered)
{
	struct cf_layer_path path = {.path = add_string(compiler, numbered->rule->subject),
				     .rights = numbered->rule->rights,
				     .rule = numbered->number};

	return cf_array_push(&compiler->paths, path);
}

static int take_bits(struct compiler *compiler, const struct cf_rule *rule, unsigned int n_bits)
{
	compiler->n_bits += n_bits;
	if (compiler->n_bits <= CF_NAME_BITS)
		return 0;
	(void)cf_place_error(compiler->diag, CF_P_NAMES_FULL, &rule->place,
			     "use path rules, or fewer components",
			     "the name rules have more than %d components and lists of file names "
			     "together (CF_NAME_BITS)",
			     CF_NAME_BITS);
	return -E2BIG;
}

static int add_name(struct compiler *compiler, const struct cf_numbered_rule *numbered)
{
	const struct cf_rule *rule = numbered->rule;
	const struct cf_name_pattern *pattern = rule->name;
	struct cf_layer_name name = {
		.components = (uint32_t)compiler->patterns.n_items,
		.excepts = (uint32_t)compiler->patterns.n_items + pattern->n_components,
		.rights = rule->rights,
		.rule = numbered->number,
		.n_components = pattern->n_components,
		.n_excepts = (uint8_t)rule->n_files,
		.children_only = pattern->children_only,
	};
	int r = 0;

	/* Takes nothing away: written to lift a pack's rule. */
	if (rule->rights == CF_RIGHTS_ALL)
		return 0;
	r = take_bits(compiler, rule, cf_layer_name_bits(&name));
	for (size_t i = 0; i < pattern->n_components && r == 0; i++)
		r = cf_array_push(&compiler->patterns, pattern->components[i]);
	for (size_t i = 0; i < rule->n_files && r == 0; i++)
		r = cf_array_push(&compiler->patterns, rule->files[i]);
	return r < 0 ? r : cf_array_push(&compiler->names, name);
}

/* The patterns of a path rule's `replace`; those of name rules are all there by now. */
static int add_replaces(struct compiler *compiler, struct cf_layer_path *path,
			const struct cf_rule *rule)
{
	int r;

	if (rule->n_files == 0)
		return 0;
	path->replaces = (uint32_t)compiler->patterns.n_items;
	path->n_replaces = (uint8_t)rule->n_files;
	r = take_bits(compiler, rule, 1);
	for (size_t i = 0; i < rule->n_files && r == 0; i++)
		r = cf_array_push(&compiler->patterns, rule->files[i]);
	return r;
}

static int add_exec(struct compiler *compiler, const struct cf_numbered_rule *numbered)
{
	struct cf_layer_exec exec = {.path = add_string(compiler, numbered->rule->subject),
				     .rule = numbered->number};

	return cf_array_push(&compiler->execs, exec);
}

static int add_digest(struct compiler *compiler, const struct cf_numbered_rule *numbered)
{
	struct cf_layer_digest digest = {
		.path = add_string(compiler, numbered->rule->subject),
		.rule = numbered->number,
		.kind = numbered->rule->digest.kind,
		.size = cf_digest_size(numbered->rule->digest.kind),
	};

	if (compiler->digests.n_items >= CF_MAX_PINS) {
		(void)cf_place_error(compiler->diag, CF_P_RULES_FULL, &numbered->rule->place,
				     "pin what starts others, and let `only` name folders",
				     "more than %u pins (CF_MAX_PINS)", CF_MAX_PINS);
		return -E2BIG;
	}
	memcpy(digest.digest, numbered->rule->digest.bytes, sizeof(digest.digest));
	return cf_array_push(&compiler->digests, digest);
}

static int compare_digests(const void *left, const void *right, void *strings)
{
	return cf_layer_digest_compare(left, right, strings);
}

_Static_assert(offsetof(struct cf_layer_path, path) == 0 &&
		       offsetof(struct cf_layer_exec, path) == 0,
	       "compare_paths() takes what begins with a path");

static int compare_paths(const void *left, const void *right, void *strings)
{
	const uint32_t *one = left;
	const uint32_t *other = right;

	return strcmp((const char *)strings + *one, (const char *)strings + *other);
}

static const struct cf_rule *find_rule(const struct compiler *compiler, uint16_t number)
{
	return compiler->numbered.items[number - CF_N_DEFAULT_RULES].rule;
}

static int compile_files(struct compiler *compiler)
{
	int r = 0;

	for (size_t i = 0; i < compiler->numbered.n_items && r == 0; i++) {
		const struct cf_numbered_rule *numbered = &compiler->numbered.items[i];

		if (numbered->rule->kind == CF_RULE_PATH)
			r = add_path(compiler, numbered);
		else if (numbered->rule->kind == CF_RULE_NAME)
			r = add_name(compiler, numbered);
		else if (numbered->rule->kind == CF_RULE_EXEC)
			r = add_exec(compiler, numbered);
		else if (numbered->rule->kind == CF_RULE_PIN)
			r = add_digest(compiler, numbered);
	}
	if (r == 0 && compiler->strings.is_failed)
		r = -ENOMEM;
	if (r == 0 && compiler->paths.n_items > 0)
		qsort_r(compiler->paths.items, compiler->paths.n_items,
			sizeof(compiler->paths.items[0]), compare_paths, compiler->strings.data);
	if (r == 0 && compiler->execs.n_items > 0)
		qsort_r(compiler->execs.items, compiler->execs.n_items,
			sizeof(compiler->execs.items[0]), compare_paths, compiler->strings.data);
	if (r == 0 && compiler->digests.n_items > 0)
		qsort_r(compiler->digests.items, compiler->digests.n_items,
			sizeof(compiler->digests.items[0]), compare_digests,
			compiler->strings.data);
	for (size_t i = 0; i < compiler->paths.n_items && r == 0; i++) {
		struct cf_layer_path *path = &compiler->paths.items[i];

		r = add_replaces(compiler, path, find_rule(compiler, path->rule));
	}
	return r;
}

/* Is @path at @top or below it? */
static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* What the path rules give at a path: those of the longest one around it. */
static uint16_t rights_at(const struct compiler *compiler, const char *path)
{
	uint16_t rights = default_rights(compiler);
	size_t longest = 0;

	for (size_t i = 0; i < compiler->numbered.n_items; i++) {
		const struct cf_rule *rule = compiler->numbered.items[i].rule;

		if (rule->kind != CF_RULE_PATH || !is_below(path, rule->subject) ||
		    strlen(rule->subject) < longest)
			continue;
		longest = strlen(rule->subject);
		rights = rule->rights;
	}
	return rights;
}

/* Why a rule's file must be one that the agent cannot write. */
struct unwritten {
	enum cf_policy_code code;
	const char *is_what; /* the file */
	const char *hint;
};

static int refuse_written(const struct compiler *compiler, uint16_t number,
			  const struct unwritten *unwritten)
{
	const struct cf_rule *rule = find_rule(compiler, number);
	uint16_t rights = rights_at(compiler, rule->subject);
	char access[CF_ACCESS_TEXT_SIZE];

	if (!(rights & CF_RIGHTS_CHANGING))
		return 0;
	return cf_place_error(compiler->diag, unwritten->code, &rule->place, unwritten->hint,
			      "'%.*s' is %s, and can be written: its access is '%s'",
			      cf_shown(rule->subject), unwritten->is_what,
			      cf_access_format(rights, access));
}

/* What `exec.only` names must be what the agent cannot write: else the list says nothing. */
static int check_execs(const struct compiler *compiler)
{
	static const struct unwritten only = {
		.code = CF_P_EXEC_ONLY,
		.is_what = "in 'only'",
		.hint = "make it 'ro' with a path rule, or take it from 'only'",
	};
	const struct cf_setting *memfd = find_setting(compiler, CF_SETTING_MEMFD);
	const struct cf_setting *files = find_setting(compiler, CF_SETTING_FILES);

	if (compiler->execs.n_items == 0)
		return 0;
	/* Whoever may write anywhere has other names for what is listed, and they cannot all be looked for. */
	if (default_rights(compiler) & CF_RIGHTS_CHANGING)
		return cf_place_error(compiler->diag, CF_P_EXEC_ONLY, &files->place,
				      "use 'default: ro', and path rules for what is to be written",
				      "'only' beside a default by which files can be written");
	if (memfd->number)
		return cf_place_error(
			compiler->diag, CF_P_EXEC_ONLY, &memfd->place,
			"use 'memfd: deny', or leave 'only' out",
			"'memfd: allow' beside 'only': what is written to memory could "
			"be executed");
	for (size_t i = 0; i < compiler->execs.n_items; i++)
		if (refuse_written(compiler, compiler->execs.items[i].rule, &only) < 0)
			return -EINVAL;
	return 0;
}

/* A path rule inside what is pinned must not let anything be written: it would be denied all the same. */
static int refuse_written_below(const struct compiler *compiler, uint16_t number)
{
	const struct cf_rule *pin = find_rule(compiler, number);
	char access[CF_ACCESS_TEXT_SIZE];

	for (size_t i = 0; i < compiler->numbered.n_items; i++) {
		const struct cf_rule *rule = compiler->numbered.items[i].rule;

		if (rule->kind == CF_RULE_PATH && (rule->rights & CF_RIGHTS_CHANGING) &&
		    is_below(rule->subject, pin->subject))
			return cf_place_error(
				compiler->diag, CF_P_PIN_WRITTEN, &rule->place,
				"make it 'ro', or pin smaller folders",
				"'%.*s' is inside what is pinned, '%.*s', and its access is '%s'",
				cf_shown(rule->subject), cf_shown(pin->subject),
				cf_access_format(rule->rights, access));
	}
	return 0;
}

/* Between the digest and the run nobody confined may write; a script is read only after it was judged. */
static int check_digests(const struct compiler *compiler)
{
	static const struct unwritten pinned = {
		.code = CF_P_PIN_WRITTEN,
		.is_what = "pinned",
		.hint = "make it 'ro' with a path rule, or leave the pin out",
	};

	for (size_t i = 0; i < compiler->digests.n_items; i++)
		if (refuse_written(compiler, compiler->digests.items[i].rule, &pinned) < 0 ||
		    refuse_written_below(compiler, compiler->digests.items[i].rule) < 0)
			return -EINVAL;
	return 0;
}

static uint32_t layer_flags(const struct compiler *compiler)
{
	static const struct {
		enum cf_setting_id id;
		uint32_t flag;
	} flags[] = {
		{CF_SETTING_MODE, CF_LAYER_AUDIT},
		{CF_SETTING_NAMESPACES, CF_LAYER_NAMESPACES},
		{CF_SETTING_MEMFD, CF_LAYER_MEMFD_EXEC},
		{CF_SETTING_SETUID, CF_LAYER_SETUID_EXEC},
		{CF_SETTING_IO_URING, CF_LAYER_IO_URING},
	};
	uint32_t all = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (find_setting(compiler, flags[i].id)->number)
			all |= flags[i].flag;
	return all;
}

static struct cf_layer make_header(const struct compiler *compiler)
{
	struct cf_layer header = {
		.magic = CF_LAYER_MAGIC,
		.version = CF_LAYER_VERSION,
		.flags = layer_flags(compiler),
		.observe = compiler->policy->bound.observe,
		.default_rights = default_rights(compiler),
		.n_paths = (uint32_t)compiler->paths.n_items,
		.n_execs = (uint32_t)compiler->execs.n_items,
		.n_digests = (uint32_t)compiler->digests.n_items,
		.n_patterns = (uint32_t)compiler->patterns.n_items,
		.n_names = (uint32_t)compiler->names.n_items,
		.n_nets = (uint32_t)compiler->nets.n_items,
		.n_sources = (uint32_t)compiler->sources.n_items,
		.strings_size = (uint32_t)compiler->strings.size,
		.memory_bytes = find_setting(compiler, CF_SETTING_MEMORY)->number,
		.pids = find_setting(compiler, CF_SETTING_PIDS)->number,
		.cpu_permille = find_setting(compiler, CF_SETTING_CPU)->number,
	};

	/* Checked when it was bound: shorter than CF_NAME_SIZE. */
	memcpy(header.name, compiler->policy->bound.name,
	       strnlen(compiler->policy->bound.name, CF_NAME_SIZE - 1));
	return header;
}

#define append_array(image, array) \
	cf_buffer_append((image), (array)->items, (array)->n_items * sizeof(*(array)->items))

static int put_together(struct compiler *compiler, struct cf_layer **ret_layer)
{
	CF_CLEANUP(cf_buffer_done) struct cf_buffer image = {};
	struct cf_layer header;
	char *bytes;
	int r;

	if (compiler->strings.is_failed)
		return -ENOMEM;
	header = make_header(compiler);
	cf_buffer_append(&image, &header, sizeof(header));
	append_array(&image, &compiler->paths);
	append_array(&image, &compiler->execs);
	append_array(&image, &compiler->digests);
	append_array(&image, &compiler->patterns);
	append_array(&image, &compiler->names);
	append_array(&image, &compiler->nets);
	append_array(&image, &compiler->sources);
	cf_buffer_append(&image, compiler->strings.data, compiler->strings.size);
	if (!image.is_failed && image.size > CF_LAYER_MAX_SIZE) {
		(void)cf_place_error(compiler->diag, CF_P_IMAGE_FULL,
				     &compiler->policy->bound.place,
				     "shorten paths, or name folders rather than the files in them",
				     "the compiled policy has %zu bytes, at most %u are taken "
				     "(CF_LAYER_MAX_SIZE)",
				     image.size, CF_LAYER_MAX_SIZE);
		return -E2BIG;
	}
	r = cf_buffer_steal(&image, &bytes, NULL);
	if (r < 0)
		return r;
	/* malloc()ed, so aligned for any type. */
	*ret_layer = (struct cf_layer *)(void *)bytes;
	(*ret_layer)->size = (uint32_t)cf_layer_expected_size(*ret_layer);
	return 0;
}

int cf_policy_compile(const struct cf_policy *policy, const struct cf_policy_variables *variables,
		      struct cf_layer **ret_layer, struct cf_diag *diag)
{
	CF_CLEANUP(compiler_done)
	struct compiler compiler = {.policy = policy, .variables = variables, .diag = diag};
	int r;

	(void)add_string(&compiler, "");
	r = expand_rules(&compiler);
	if (r < 0)
		return r;
	r = number_rules(&compiler);
	if (r < 0)
		return r;
	r = compile_files(&compiler);
	if (r < 0)
		return r;
	r = check_execs(&compiler);
	if (r < 0)
		return r;
	r = check_digests(&compiler);
	if (r < 0)
		return r;
	r = cf_compile_network(&compiler.numbered,
			       find_setting(&compiler, CF_SETTING_NETWORK)->number, &compiler.nets,
			       diag);
	if (r < 0)
		return r;
	return put_together(&compiler, ret_layer);
}
