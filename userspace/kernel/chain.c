/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/chain.h"

void cf_chain_done(struct cf_chain *chain)
{
	free(chain->levels);
	*chain = (struct cf_chain){};
}

static bool is_name(const struct cf_identity *record)
{
	return record->name_length > 0 && record->name_length < sizeof(record->name) &&
	       memchr(record->name, '\0', sizeof(record->name)) ==
		       record->name + record->name_length &&
	       !memchr(record->name, '/', record->name_length);
}

/* The record that follows @n others: of the same superblock, one level up, named unless the root. */
static bool is_next(const struct cf_identity *record, const struct cf_identity *first, size_t n)
{
	return record->level == n && record->superblock == first->superblock &&
	       record->dev == first->dev && record->is_root <= 1 &&
	       (record->is_root || is_name(record));
}

/* The top of a tree that hangs nowhere, as NFS's mounts do: d_alloc_anon(), fs/dcache.c */
static bool is_anonymous(const struct cf_identity *record)
{
	return !record->is_root && record->name_length == 1 && record->name[0] == '/';
}

int cf_chain_gather(const struct cf_identity *records, size_t n_records, uint32_t fd,
		    struct cf_chain *ret_chain)
{
	CF_CLEANUP(cf_chain_done) struct cf_chain chain = {};
	const struct cf_identity *first = NULL;
	bool is_complete = false;

	chain.levels = calloc(CF_MAX_DEPTH + 1, sizeof(*chain.levels));
	if (!chain.levels)
		return -ENOMEM;
	for (size_t i = 0; i < n_records; i++) {
		const struct cf_identity *record = &records[i];

		if (record->fd != fd)
			continue;
		if (!first)
			first = record;
		if (is_anonymous(record))
			return -ENOLINK;
		if (is_complete || chain.n_levels > CF_MAX_DEPTH ||
		    !is_next(record, first, chain.n_levels))
			return -EBADMSG;
		chain.levels[chain.n_levels++] = *record;
		is_complete = record->is_root;
	}
	if (!first)
		return -ENOENT;
	if (!is_complete)
		return -ENOLINK;
	for (size_t i = 0; i < chain.n_levels / 2; i++) {
		struct cf_identity other = chain.levels[i];

		chain.levels[i] = chain.levels[chain.n_levels - 1 - i];
		chain.levels[chain.n_levels - 1 - i] = other;
	}
	*ret_chain = chain;
	chain.levels = NULL;
	return 0;
}
