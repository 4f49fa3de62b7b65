/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of libbpf's header: a program is a function with the hook's arguments. */
#ifndef CF_MODEL_BPF_TRACING_H
#define CF_MODEL_BPF_TRACING_H

#define BPF_PROG(name, arguments...) name(arguments)

#endif /* CF_MODEL_BPF_TRACING_H */
