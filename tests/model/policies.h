/* SPDX-License-Identifier: Apache-2.0 */
/* Random policies for a random tree, and their YAML. */
#ifndef CF_MODEL_POLICIES_H
#define CF_MODEL_POLICIES_H

#include "tests/model/world.h"

/* Fills in the world's policy: most of its rules have to do with what is there. */
void policies_make(struct world *world);

/* A layer's documents as YAML; freed by the caller. Sets the rules' lines. */
void policies_write(struct ref_layer *layer, char **ret_texts);

#endif /* CF_MODEL_POLICIES_H */
