/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/hash_info.h>

#include "kernel/codes.h"
#include "kernel/digests.h"
#include "kernel/internal.h"
#include "kernel/kernel.h"
#include "policy/diag.h"
#include "policy/image.h"

#define SHA256_HINT                                                                                \
	"use a kernel with CONFIG_IMA=y, booted without 'ima=off' and with 'ima_hash=sha256', or " \
	"take the pin out"
#define VERITY_HINT                                                                                 \
	"use Linux 6.8 or later with CONFIG_FS_VERITY=y, pin by 'sha256' instead, or take the pin " \
	"out"

static void execute_oneself(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0)
		(void)dup2(null, STDOUT_FILENO); /* else its version shows, which hurts nobody */
	(void)execl("/proc/self/exe", "cofferdamd", "--version", (char *)NULL);
	_exit(1);
}

void cf_digests_learn(const struct cf_maps *maps, struct cf_digest_support *ret_support)
{
	pid_t pid;

	__atomic_store_n(maps->digest_algorithm, -ENODATA, __ATOMIC_SEQ_CST);
	__atomic_store_n(maps->digest_verity, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(maps->digest_parent, (uint32_t)getpid(), __ATOMIC_SEQ_CST);
	pid = fork();
	if (pid == 0)
		execute_oneself();
	/* Its status says nothing: the kernel part has seen it by the time it ends, or it was not executed. */
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	__atomic_store_n(maps->digest_parent, 0, __ATOMIC_SEQ_CST);
	*ret_support = (struct cf_digest_support){
		.algorithm = __atomic_load_n(maps->digest_algorithm, __ATOMIC_SEQ_CST),
		.has_verity = __atomic_load_n(maps->digest_verity, __ATOMIC_SEQ_CST) != 0,
	};
}

static bool has_sha256(const struct cf_digest_support *support)
{
	return support->algorithm == HASH_ALGO_SHA256;
}

/* What IMA gave instead of SHA-256. */
static void describe_algorithm(const struct cf_digest_support *support, char *text, size_t size)
{
	if (support->algorithm < 0)
		(void)snprintf(text, size, "none (%s)", strerror(-support->algorithm));
	else
		(void)snprintf(text, size, "another algorithm, number %d", support->algorithm);
}

int cf_digests_check(const struct cf_kernel *kernel, const struct cf_layer *layer,
		     struct cf_diag *diag)
{
	const struct cf_layer_digest *digests = cf_layer_digests(layer);
	const struct cf_digest_support *support = &kernel->digest_support;
	char found[96];

	for (uint32_t i = 0; i < layer->n_digests; i++) {
		const struct cf_layer_source *source = &cf_layer_sources(layer)[digests[i].rule];
		const char *file = cf_layer_string(layer, source->file);
		const char *path = cf_layer_string(layer, digests[i].path);

		if (digests[i].kind != CF_DIGEST_SHA256 && !support->has_verity)
			return cf_diag_set(diag, -EOPNOTSUPP, CF_K_NO_DIGEST, file, source->line,
					   source->column, VERITY_HINT,
					   "'%.256s' is pinned by fs-verity, whose digests this "
					   "kernel does not give",
					   path);
		if (digests[i].kind == CF_DIGEST_SHA256 && !has_sha256(support)) {
			describe_algorithm(support, found, sizeof(found));
			return cf_diag_set(diag, -EOPNOTSUPP, CF_K_NO_DIGEST, file, source->line,
					   source->column, SHA256_HINT,
					   "'%.256s' is pinned by SHA-256, which this kernel's IMA "
					   "does not give: found %s",
					   path, found);
		}
	}
	return 0;
}

void cf_kernel_probe_pins(const struct cf_kernel *kernel, struct cf_probe_report *report)
{
	const struct cf_digest_support *support = &kernel->digest_support;
	char found[96] = "yes";

	if (!has_sha256(support))
		describe_algorithm(support, found, sizeof(found));
	for (size_t i = 0; i < report->n_items; i++) {
		struct cf_probe_item *item = &report->items[i];

		if (strcmp(item->name, CF_PROBE_PINS) != 0)
			continue;
		item->state =
			has_sha256(support) && support->has_verity ? CF_PROBE_OK : CF_PROBE_WARNING;
		(void)snprintf(item->found, sizeof(item->found), "sha256: %s; verity: %s", found,
			       support->has_verity ? "yes" : "none");
	}
}
