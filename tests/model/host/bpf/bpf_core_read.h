/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of libbpf's header: kernel objects are the model's own, and have the offsets that the compiler gives. */
#ifndef CF_MODEL_BPF_CORE_READ_H
#define CF_MODEL_BPF_CORE_READ_H

#include "bpf/bpf_helpers.h"

#define bpf_core_read(target, size, source) model_read(target, size, source)
#define bpf_core_field_offset(type, member) __builtin_offsetof(type, member)
#define bpf_core_field_exists(arguments...) 0

/* A row of members, each a pointer but the last. */
#define MODEL_READ_1(object, member)		 ((object)->member)
#define MODEL_READ_2(object, one, two)		 ((object)->one->two)
#define MODEL_PICK(one, two, name, arguments...) name
#define BPF_CORE_READ(object, members...) \
	MODEL_PICK(members, MODEL_READ_2, MODEL_READ_1)(object, members)

#endif /* CF_MODEL_BPF_CORE_READ_H */
