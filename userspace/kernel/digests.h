/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which digests of executables this kernel gives, found out by a try; and
 * whether a policy's pins can be kept with them.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_DIGESTS_H
#define CF_KERNEL_DIGESTS_H

#include <stdbool.h>
#include <stdint.h>

struct cf_diag;
struct cf_kernel;
struct cf_layer;
struct cf_maps;

/**
 * struct cf_digest_support - what the try has shown
 * @algorithm:  of IMA: enum hash_algo (linux/hash_info.h), or the negative errno that it gave
 * @has_verity: the kernel tells programs fs-verity's digests
 */
struct cf_digest_support {
	int32_t algorithm;
	bool has_verity;
};

/**
 * cf_digests_learn() - have a child execute this program, and look what the kernel part was told
 * @maps: of the attached kernel part
 *
 * What cannot be found out is not there. Waits for the child.
 */
void cf_digests_learn(const struct cf_maps *maps, struct cf_digest_support *ret_support);

/* 0 if the layer pins nothing that this kernel cannot keep; else -EOPNOTSUPP with @diag filled. */
int cf_digests_check(const struct cf_kernel *kernel, const struct cf_layer *layer,
		     struct cf_diag *diag);

#endif /* CF_KERNEL_DIGESTS_H */
