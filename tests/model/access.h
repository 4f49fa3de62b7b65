/* SPDX-License-Identifier: Apache-2.0 */
/* Random accesses: what a hook is asked, and which rights README's table of hooks has for it. */
#ifndef CF_MODEL_ACCESS_H
#define CF_MODEL_ACCESS_H

#include "tests/model/world.h"

/* One access: the object, and the second one of a rename. */
struct access {
	enum model_op op;
	struct model_node *node, *target_node;
	struct ref_object object, target;
	enum ref_right wanted[2], target_wanted[3];
	int n_wanted, n_target_wanted;
	bool is_pinned, is_target_pinned;
};

const char *access_op_name(enum model_op op);

/* False: what was drawn cannot be tried. Lives until access_end(), and while the world is as it is. */
bool access_make(struct world *world, struct access *access);
void access_end(struct world *world, struct access *access);

#endif /* CF_MODEL_ACCESS_H */
