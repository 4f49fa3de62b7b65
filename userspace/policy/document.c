/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/document.h"

struct reader {
	yaml_parser_t parser;
	struct cf_arena *arena;
	const char *file;
	struct cf_diag *diag;
};

const char *cf_node_type_text(enum cf_node_type type)
{
	static const char *const texts[] = {
		[CF_NODE_NULL] = "nothing",	  [CF_NODE_BOOLEAN] = "a boolean",
		[CF_NODE_INTEGER] = "an integer", [CF_NODE_NUMBER] = "a number",
		[CF_NODE_STRING] = "a string",	  [CF_NODE_LIST] = "a list",
		[CF_NODE_MAP] = "a map",
	};

	_Static_assert(sizeof(texts) / sizeof(texts[0]) == _CF_NODE_MAX, "a type has no text");
	return texts[type];
}

static struct cf_place mark_place(const struct reader *reader, const yaml_mark_t *mark)
{
	return (struct cf_place){.file = reader->file,
				 .line = (uint32_t)mark->line + 1,
				 .column = (uint32_t)mark->column + 1};
}

static void event_done(yaml_event_t *event)
{
	yaml_event_delete(event);
}

/* The bytes are UTF-8 without control characters; told here, where the place is known. */
static int check_bytes(const char *file, const char *text, size_t size, struct cf_diag *diag)
{
	struct cf_place place = {.file = file, .line = 1, .column = 1};

	if (size > CF_DOCUMENT_MAX_BYTES)
		return cf_diag_set(diag, -EINVAL, cf_policy_code(CF_P_TEXT_SIZE), file, 0, 0,
				   "split it into packs and name them under 'extends'",
				   "the text has %zu bytes, at most %u are read", size,
				   CF_DOCUMENT_MAX_BYTES);
	while (size > 0) {
		uint32_t character;
		int length = cf_text_next(text, size, &character);

		if (length < 0)
			return cf_place_error(diag, CF_P_TEXT_BYTES, &place,
					      "store the file as UTF-8",
					      "byte 0x%02x is not UTF-8 here",
					      (unsigned int)(unsigned char)text[0]);
		if (character == '\n') {
			place.line++;
			place.column = 0;
		} else if (character != '\t' && character != '\r' &&
			   cf_text_is_control(character)) {
			return cf_place_error(diag, CF_P_TEXT_BYTES, &place, "remove it",
					      "control character U+%04X is not allowed", character);
		}
		place.column++;
		text += length;
		size -= (size_t)length;
	}
	return 0;
}

static int yaml_error(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	struct cf_place place = mark_place(reader, &parser->problem_mark);
	char hint[CF_HINT_SIZE] = "";

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->context)
		(void)snprintf(hint, sizeof(hint), "%s at line %zu", parser->context,
			       parser->context_mark.line + 1);
	return cf_place_error(reader->diag, CF_P_YAML, &place, hint, "not valid YAML: %s",
			      parser->problem ? parser->problem : "it cannot be read");
}

static int next_event(struct reader *reader, yaml_event_t *ret_event)
{
	if (!yaml_parser_parse(&reader->parser, ret_event))
		return yaml_error(reader);
	return 0;
}

static int refuse_feature(struct reader *reader, const yaml_event_t *event, const char *feature)
{
	struct cf_place place = mark_place(reader, &event->start_mark);

	return cf_place_error(reader->diag, CF_P_YAML_FEATURE, &place,
			      "write the value out where it is used",
			      "found %s, which policies do not take", feature);
}

static int check_features(struct reader *reader, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return refuse_feature(reader, event, "an alias ('*')");
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return refuse_feature(reader, event, "an anchor ('&')");
	if (tag)
		return refuse_feature(reader, event, "a tag ('!')");
	return 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* [-+]? ( .[0-9]+ | [0-9]+ ( .[0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, or 0o and 0x forms. */
static bool is_number(const char *text)
{
	static const char digits[] = "0123456789";
	static const char *const specials[] = {".inf", ".Inf", ".INF", ".nan",
					       ".NaN", ".NAN", NULL};
	const char *at = text + (*text == '-' || *text == '+');
	size_t n_digits;

	if (is_one_of(at, specials))
		return true;
	if (at == text && (strncmp(at, "0o", 2) == 0 || strncmp(at, "0x", 2) == 0)) {
		const char *allowed = at[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF";

		return at[2] != '\0' && at[2 + strspn(at + 2, allowed)] == '\0';
	}
	n_digits = strspn(at, digits);
	at += n_digits;
	if (*at == '.') {
		size_t n_fraction = strspn(at + 1, digits);

		if (n_digits + n_fraction == 0)
			return false;
		at += 1 + n_fraction;
	} else if (n_digits == 0) {
		return false;
	}
	if (*at == 'e' || *at == 'E') {
		at += 1 + (at[1] == '-' || at[1] == '+');
		if (strspn(at, digits) == 0)
			return false;
		at += strspn(at, digits);
	}
	return *at == '\0';
}

/* YAML 1.2.2 section 10.3.2, core schema. */
static enum cf_node_type plain_type(const char *text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const booleans[] = {"true",	"True",	 "TRUE", "false",
					       "False", "FALSE", NULL};

	if (is_one_of(text, nulls))
		return CF_NODE_NULL;
	if (is_one_of(text, booleans))
		return CF_NODE_BOOLEAN;
	if (text[strspn(text, "0123456789")] == '\0' && (text[0] != '0' || text[1] == '\0'))
		return CF_NODE_INTEGER;
	return is_number(text) ? CF_NODE_NUMBER : CF_NODE_STRING;
}

static int build_scalar(struct reader *reader, const yaml_event_t *event, struct cf_node *node)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;

	/* Escapes in double quotes, and block scalars, can bring in what the text itself has not. */
	if (!cf_text_is_printable(value, length))
		return cf_place_error(reader->diag, CF_P_TEXT_BYTES, &node->place,
				      "write the value on one line, without such escapes",
				      "the value holds a line break or another control character");
	node->text = cf_arena_copy(reader->arena, value, length);
	if (!node->text)
		return -ENOMEM;
	node->length = length;
	node->type = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_type(node->text)
									 : CF_NODE_STRING;
	return 0;
}

static int build_node(struct reader *reader, const yaml_event_t *event, unsigned int depth,
		      struct cf_node **ret_node);

static int build_list(struct reader *reader, unsigned int depth, struct cf_node *list)
{
	struct cf_node **end = &list->first;

	for (;;) {
		CF_CLEANUP(event_done) yaml_event_t event = {};
		int r = next_event(reader, &event);

		if (r < 0 || event.type == YAML_SEQUENCE_END_EVENT)
			return r;
		r = build_node(reader, &event, depth, end);
		if (r < 0)
			return r;
		end = &(*end)->next;
	}
}

static int check_key(struct reader *reader, const struct cf_node *map, const struct cf_node *key,
		     unsigned int n_keys)
{
	if (key->type == CF_NODE_LIST || key->type == CF_NODE_MAP || key->type == CF_NODE_NULL)
		return cf_place_error(reader->diag, CF_P_KEY_FORM, &key->place, NULL,
				      "found %s as a key, expected a word",
				      cf_node_type_text(key->type));
	if (n_keys >= CF_DOCUMENT_MAX_KEYS)
		return cf_place_error(reader->diag, CF_P_KEY_FORM, &key->place, NULL,
				      "more than %d keys in one map", CF_DOCUMENT_MAX_KEYS);
	for (const struct cf_node *other = map->first; other; other = other->next)
		if (strcmp(other->key->text, key->text) == 0)
			return cf_place_error(reader->diag, CF_P_DUPLICATE_KEY, &key->place,
					      "keep one of them",
					      "key '%.*s' is here twice, first at line %u",
					      cf_shown(key->text), other->key->place.line);
	return 0;
}

static int build_map(struct reader *reader, unsigned int depth, struct cf_node *map)
{
	struct cf_node **end = &map->first;

	for (unsigned int n_keys = 0;; n_keys++) {
		CF_CLEANUP(event_done) yaml_event_t key_event = {};
		CF_CLEANUP(event_done) yaml_event_t value_event = {};
		struct cf_node *value = NULL;
		struct cf_node *key = NULL;
		int r;

		r = next_event(reader, &key_event);
		if (r < 0 || key_event.type == YAML_MAPPING_END_EVENT)
			return r;
		r = build_node(reader, &key_event, depth, &key);
		if (r < 0)
			return r;
		r = check_key(reader, map, key, n_keys);
		if (r < 0)
			return r;
		r = next_event(reader, &value_event);
		if (r < 0)
			return r;
		r = build_node(reader, &value_event, depth, &value);
		if (r < 0)
			return r;
		value->key = key;
		*end = value;
		end = &value->next;
	}
}

static int build_node(struct reader *reader, const yaml_event_t *event, unsigned int depth,
		      struct cf_node **ret_node)
{
	struct cf_node *node;
	int r;

	r = check_features(reader, event);
	if (r < 0)
		return r;
	node = cf_arena_alloc(reader->arena, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->place = mark_place(reader, &event->start_mark);
	node->text = "";
	if (depth >= CF_DOCUMENT_MAX_DEPTH)
		return cf_place_error(reader->diag, CF_P_DEPTH, &node->place, NULL,
				      "nested more than %d deep", CF_DOCUMENT_MAX_DEPTH);
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->type = CF_NODE_LIST;
		r = build_list(reader, depth + 1, node);
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		node->type = CF_NODE_MAP;
		r = build_map(reader, depth + 1, node);
	} else {
		r = build_scalar(reader, event, node);
	}
	if (r < 0)
		return r;
	*ret_node = node;
	return 0;
}

/* Goes to the document's first node; -ENODATA if there is none. */
static int open_document(struct reader *reader)
{
	for (;;) {
		CF_CLEANUP(event_done) yaml_event_t event = {};
		int r = next_event(reader, &event);

		if (r < 0)
			return r;
		if (event.type == YAML_STREAM_END_EVENT)
			return -ENODATA;
		if (event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		if (event.data.document_start.version_directive ||
		    event.data.document_start.tag_directives.start !=
			    event.data.document_start.tag_directives.end)
			return refuse_feature(reader, &event, "a directive ('%')");
		return 0;
	}
}

static int close_document(struct reader *reader)
{
	for (;;) {
		CF_CLEANUP(event_done) yaml_event_t event = {};
		int r = next_event(reader, &event);

		if (r < 0 || event.type == YAML_STREAM_END_EVENT)
			return r;
		if (event.type == YAML_DOCUMENT_START_EVENT) {
			struct cf_place place = mark_place(reader, &event.start_mark);

			return cf_place_error(reader->diag, CF_P_DOCUMENTS, &place,
					      "put each policy in a file of its own",
					      "a second document begins, expected the end");
		}
	}
}

static int read_document(struct reader *reader, struct cf_node **ret_root)
{
	CF_CLEANUP(event_done) yaml_event_t event = {};
	int r;

	r = open_document(reader);
	if (r == -ENODATA)
		return cf_diag_set(reader->diag, -EINVAL, cf_policy_code(CF_P_EMPTY), reader->file,
				   1, 1, "the shortest policy is 'cofferdam: 1' and 'name: NAME'",
				   "the text is empty, expected a policy");
	if (r < 0)
		return r;
	r = next_event(reader, &event);
	if (r < 0)
		return r;
	r = build_node(reader, &event, 0, ret_root);
	if (r < 0)
		return r;
	return close_document(reader);
}

int cf_document_parse(struct cf_arena *arena, const struct cf_document_text *text,
		      const struct cf_node **ret_root, struct cf_diag *diag)
{
	struct reader reader = {.arena = arena, .file = text->file, .diag = diag};
	struct cf_node *root = NULL;
	int r;

	r = check_bytes(text->file, text->bytes, text->size, diag);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text->bytes,
				     text->size);
	r = read_document(&reader, &root);
	yaml_parser_delete(&reader.parser);
	if (r < 0)
		return r;
	*ret_root = root;
	return 0;
}
