/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the place of libbpf's header: the kernel part, compiled for the host. A
 * helper is a plain function of tests/model/machine.c; a map is its address.
 */
#ifndef CF_MODEL_BPF_HELPERS_H
#define CF_MODEL_BPF_HELPERS_H

#define NULL ((void *)0)

#define SEC(name)
#define __hidden
#define __always_inline	      inline __attribute__((always_inline))
#define __noinline	      __attribute__((noinline))

#define __uint(name, value)   int(*name)[(value) + 1]
#define __type(name, value)   __typeof__(value) *name

#define barrier()	      __asm__ volatile("" ::: "memory")
#define barrier_var(variable) __asm__ volatile("" : "+r"(variable))

void *model_map_find(const void *map, const void *key);
long model_map_put(const void *map, const void *key, const void *value, __u64 flags);
long model_map_delete(const void *map, const void *key);
long model_read(void *target, __u32 size, const void *source);
long model_read_text(char *target, __u32 size, const char *source);
long model_loop(__u32 n, long (*callback)(__u32, void *), void *context);
void *model_storage(const void *map);
struct task_struct *model_task(void);

#define bpf_map_lookup_elem(map, key)		      model_map_find(map, key)
#define bpf_map_update_elem(map, key, value, flags)   model_map_put(map, key, value, flags)
#define bpf_map_delete_elem(map, key)		      model_map_delete(map, key)
#define bpf_probe_read_kernel(target, size, source)   model_read(target, size, source)
#define bpf_probe_read_kernel_str(target, size, text) model_read_text(target, size, text)
#define bpf_loop(n, callback, context, flags)	      model_loop(n, (void *)(callback), context)
#define bpf_task_storage_get(map, task, value, flag)  model_storage(map)
#define bpf_get_current_task()			      ((__u64)model_task())
#define bpf_get_current_task_btf()		      model_task()

#endif /* CF_MODEL_BPF_HELPERS_H */
