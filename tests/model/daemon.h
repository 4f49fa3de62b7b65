/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's part of the model: policies are parsed, compiled, folded and
 * put into the maps by userspace's own code (policy/, kernel/agents.c and what
 * it calls); only paths are looked up in the model's tree.
 */
#ifndef CF_MODEL_DAEMON_H
#define CF_MODEL_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/model/machine.h"

struct cf_layer;

/* A look-up in the model's tree: the node of a path, or NULL. */
typedef struct model_node *(*daemon_find_fn)(const char *path, bool *ret_is_directory);

void daemon_open(daemon_find_fn find);

/* The second filesystem is on @mount_point now; NULL: nowhere. */
void daemon_mount(const char *mount_point);

/* Texts of a layer's documents, the last one its own; aborts with the diagnostic if they are refused. */
struct cf_layer *daemon_compile(char *const *texts, int n_texts);

/* The place of a rule: the document's index and the line. */
void daemon_source(const struct cf_layer *layer, unsigned int rule, int *ret_document,
		   unsigned int *ret_line);

void daemon_add_agent(uint32_t id, const struct cf_layer *const *layers, int n_layers);

/* Takes the agent away; aborts if it leaves anything behind. */
void daemon_remove_agent(uint32_t id);

#endif /* CF_MODEL_DAEMON_H */
