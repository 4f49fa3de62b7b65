/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/identity.h"
#include "kernel/maps.h"

/* Descriptors in between that are not asked for are reported, too. */
#define MAX_REPORT_BYTES (4 * CF_IDENTIFY_BATCH * (CF_MAX_DEPTH + 1) * sizeof(struct cf_identity))

int cf_identifier_open(int program_fd, const struct cf_maps *maps,
		       struct cf_identifier *ret_identifier)
{
	union bpf_iter_link_info info = {.task.pid = (uint32_t)getpid()};
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &info,
		    .iter_info_len = sizeof(info));
	int link_fd = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, &options);

	/* REMOVE-WHEN: the kernel floor rises. Early 6.1 kernels walk all tasks; the program filters. */
	if (link_fd < 0)
		link_fd = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, NULL);
	if (link_fd < 0)
		return link_fd;
	*ret_identifier = (struct cf_identifier){.maps = maps, .link_fd = link_fd};
	__atomic_store_n(maps->daemon_tgid, (uint32_t)getpid(), __ATOMIC_SEQ_CST);
	return 0;
}

void cf_identifier_done(struct cf_identifier *identifier)
{
	cf_fd_close(&identifier->link_fd);
	identifier->maps = NULL;
}

/* Everything that the kernel part says about descriptors @first to @last. */
static int report(const struct cf_identifier *identifier, int first, int last,
		  struct cf_identity **ret_records, size_t *ret_n)
{
	cf_auto_fd int fd = -1;
	cf_auto_free char *bytes = NULL;
	size_t size;
	int r;

	if (first < 0)
		return -EBADF;
	__atomic_store_n(identifier->maps->identify_first, (uint32_t)first, __ATOMIC_SEQ_CST);
	__atomic_store_n(identifier->maps->identify_last, (uint32_t)last, __ATOMIC_SEQ_CST);
	fd = bpf_iter_create(identifier->link_fd);
	if (fd < 0)
		return fd;
	r = cf_fd_read_all(fd, MAX_REPORT_BYTES, &bytes, &size);
	if (r < 0)
		/* kernel/bpf/bpf_iter.c: one object's records did not fit its buffer. */
		return r == -E2BIG ? -ENOLINK : r;
	if (size % sizeof(struct cf_identity) != 0)
		return -EBADMSG;
	/* malloc()ed memory is aligned for any type. */
	*ret_records = (struct cf_identity *)(void *)cf_steal_ptr(bytes);
	*ret_n = size / sizeof(struct cf_identity);
	return 0;
}

int cf_identify(const struct cf_identifier *identifier, int fd, struct cf_chain *ret_chain)
{
	cf_auto_free struct cf_identity *records = NULL;
	size_t n;
	int r;

	r = report(identifier, fd, fd, &records, &n);
	if (r < 0)
		return r;
	return cf_chain_gather(records, n, (uint32_t)fd, ret_chain);
}

int cf_identify_objects(const struct cf_identifier *identifier, const int *fds, size_t n_fds,
			struct cf_identity *ret_objects)
{
	cf_auto_free struct cf_identity *records = NULL;
	int first = fds[0], last = fds[0], r;
	size_t n;

	for (size_t i = 1; i < n_fds; i++) {
		first = fds[i] < first ? fds[i] : first;
		last = fds[i] > last ? fds[i] : last;
	}
	r = report(identifier, first, last, &records, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_fds; i++) {
		size_t at = 0;

		while (at < n && (records[at].fd != (uint32_t)fds[i] || records[at].level != 0))
			at++;
		if (at == n)
			return -ENOENT;
		ret_objects[i] = records[at];
	}
	return 0;
}
