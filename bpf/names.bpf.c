// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Name rules. A rule is a row of components; each component has a bit, and the
 * bits of a rule are consecutive, its last component lowest. Walking from the
 * object to the root, the set of rules under way is shifted by one at each
 * name and masked with what that name bears, so all rules advance at once,
 * wherever on the path they began.
 *
 * The confined side chooses the names; each is read once per walk.
 */
#include "names.bpf.h"

/*
 * The lowest set bit of a word that has one. REMOVE-WHEN: clang 14 goes; it
 * crashes on __builtin_ctzll() for BPF.
 */
static __always_inline __u32 lowest_bit(__u64 word)
{
	__u32 bit = 0, width;

	for (width = 32; width; width >>= 1) {
		if (word & ((1ULL << width) - 1))
			continue;
		word >>= width;
		bit += width;
	}
	return bit;
}

/* A number that the verifier then knows nothing of: it follows what comes next once, not once for each value. */
static __always_inline __u32 forget(struct cf_scratch *scratch, __u32 number)
{
	volatile __u32 *memory = &scratch->loops.number;

	*memory = number;
	return *memory;
}

/* Takes the lowest bit out of a mask; CF_NAME_BITS: it is empty. */
static __always_inline __u32 take_bit(struct cf_scratch *scratch, struct cf_name_mask *mask)
{
	__u32 word, bit;

	for (word = 0; word < CF_NAME_WORDS; word++)
		if (mask->words[word])
			break;
	if (word >= CF_NAME_WORDS)
		return CF_NAME_BITS;
	word = forget(scratch, word) & (CF_NAME_WORDS - 1);
	bit = forget(scratch, lowest_bit(mask->words[word])) & 63;
	mask->words[word] &= ~(1ULL << bit);
	return word * 64 + bit;
}

/* A component with a prefix and a suffix must not match a name in which the two overlap. */
static long check_overlap(__u32 i, struct cf_scratch **context)
{
	struct cf_scratch *scratch = *context;
	struct cf_name_rule_key key = {.agent = scratch->name.agent};
	struct cf_name_rule *rule;

	key.bit = take_bit(scratch, &scratch->both);
	if (key.bit >= CF_NAME_BITS)
		return 1;
	rule = bpf_map_lookup_elem(&cf_name_rules, &key);
	if (rule && scratch->name.length < rule->min_length)
		scratch->hits.words[(key.bit >> 6) & (CF_NAME_WORDS - 1)] &=
			~(1ULL << (key.bit & 63));
	return 0;
}

/* Puts the last bytes of a name, last first, into the affix key. */
static __always_inline int read_end(struct cf_scratch *scratch, const __u8 *text, __u32 length)
{
	const __u32 size = length < CF_NAME_SIZE ? length : CF_NAME_SIZE - 1;
	__u32 i;

	__builtin_memset(scratch->tail, 0, sizeof(scratch->tail));
	if (bpf_probe_read_kernel(scratch->tail, size & (CF_NAME_SIZE - 1), text + (length - size)))
		return -EFAULT;
	for (i = 0; i < CF_NAME_SIZE;
	     i++) /* past the name's beginning it wraps to the zeroes behind its end */
		scratch->affix.name[i] = scratch->tail[(size - 1 - i) & (CF_NAME_SIZE - 1)];
	return 0;
}

/* What a lookup without a hit means, so that no branch is needed for each word. */
static const struct cf_name_mask no_hits = {};

/*
 * Puts what the name bears into scratch->hits. Longest matches hold those of
 * all shorter patterns: the tries are closed when they are compiled.
 */
static __always_inline int look_up(struct cf_scratch *scratch, const struct cf_domain *domain,
				   const __u8 *text)
{
	const struct cf_name_mask *literal = NULL, *prefix, *suffix;
	const __u32 length = scratch->name.length;
	__u64 any = 0, any_both = 0;
	__u32 i;

	scratch->affix.agent = scratch->name.agent;
	scratch->affix.prefixlen = 32 + 8 * (length < CF_NAME_SIZE ? length : CF_NAME_SIZE - 1);
	if (length < CF_NAME_SIZE)
		literal = bpf_map_lookup_elem(&cf_names, &scratch->name);
	__builtin_memcpy(scratch->affix.name, scratch->name.name, CF_NAME_SIZE);
	prefix = bpf_map_lookup_elem(&cf_prefixes, &scratch->affix);
	if (read_end(scratch, text, length))
		return -EFAULT;
	suffix = bpf_map_lookup_elem(&cf_suffixes, &scratch->affix);
	if (!literal)
		literal = &no_hits;
	if (!prefix)
		prefix = &no_hits;
	if (!suffix)
		suffix = &no_hits;
	for (i = 0; i < CF_NAME_WORDS; i++) {
		const __u64 starts = prefix->words[i];
		const __u64 ends = suffix->words[i];
		const __u64 both = domain->name_both[i] & starts & ends;
		const __u64 hits =
			both | ((starts | ends) & ~domain->name_both[i]) | literal->words[i];

		scratch->both.words[i] = both;
		scratch->hits.words[i] = hits;
		any_both |= both;
		any |= hits;
	}
	if (any_both)
		bpf_loop(CF_NAME_BITS, check_overlap, &scratch, 0);
	return any != 0;
}

/* The last three bytes of a name, 0 before them where it is shorter; false: they cannot be read. */
static __always_inline bool read_last(const struct cf_scratch *scratch, const __u8 *text,
				      __u32 length, __u32 *ret_bytes)
{
	const char *name = scratch->name.name;

	*ret_bytes = 0;
	if (length >= 3)
		return !bpf_probe_read_kernel(ret_bytes, 3, text + length - 3);
	*ret_bytes = (__u8)name[length - 1] << 16;
	if (length == 2)
		*ret_bytes |= (__u8)name[0] << 8;
	return true;
}

/* The name of a zone, as cf_read_name() gives that of a dentry; 0: it is a root. */
static __always_inline long read_zone_name(struct cf_scratch *scratch, const __u8 **ret_text)
{
	const __u32 zone = scratch->loops.zone;
	const struct cf_zone *entry = bpf_map_lookup_elem(&cf_zones, &zone);

	if (!entry || entry->length >= CF_NAME_SIZE)
		return -ENOENT;
	__builtin_memcpy(scratch->name.name, entry->name, sizeof(scratch->name.name));
	scratch->loops.step = (__u64)entry->name;
	barrier(); /* read back it is a number, as a dentry's text is */
	*ret_text = (const __u8 *)*(volatile __u64 *)&scratch->loops.step;
	return entry->length;
}

int cf_name_hits(__u64 address)
{
	struct cf_task *task = cf_current();
	struct cf_scratch *scratch;
	struct cf_domain *domain;
	const __u8 *text = NULL;
	__u32 first, last;
	long length;

	if (!task)
		return -ENOENT;
	scratch = &task->scratch;
	domain = cf_domain_of(task->label.agent);
	if (!domain)
		return -ENOENT;
	__builtin_memset(scratch->name.name, 0, sizeof(scratch->name.name));
	length = address ? cf_read_name(address, scratch->name.name, &text)
			 : read_zone_name(scratch, &text);
	if (length == 0 && !address)
		return 0;
	if (length <= 0 || length > 255 || !read_last(scratch, text, length, &last))
		return -EFAULT;
	__builtin_memcpy(&first, scratch->name.name, sizeof(first));
	if (!cf_name_may_hit(task->label.agent, first, last))
		return 0;
	scratch->name.agent = task->label.agent;
	scratch->name.length = length;
	return look_up(scratch, domain, text);
}

/* One step of a set of rules under way: shift, let those begin that may, mask with the hits. */
static __always_inline __u64 shift_in(struct cf_name_mask *state, __u32 i, __u64 *carry,
				      __u64 start, __u64 hits)
{
	const __u64 before = state->words[i];
	const __u64 next = ((before << 1 | *carry) | start) & hits;

	*carry = before >> 63;
	state->words[i] = next;
	return next;
}

/*
 * One step of all rules at the name whose hits are at hand. A rule begins at
 * its last component, anywhere on the path; one that the object's own name
 * leads begins at that component, and at the object only.
 */
static __always_inline bool advance(struct cf_scratch *scratch, struct cf_object *object,
				    const struct cf_domain *domain, bool is_leaf)
{
	__u64 carry = 0, leading_carry = 0, any = 0, leads = 0;
	__u32 i;

	for (i = 0; i < CF_NAME_WORDS; i++) {
		const __u64 hits = scratch->hits.words[i];
		const __u64 complete = domain->name_complete[i];
		__u64 start = domain->name_leaf[i], next;

		if (is_leaf)
			start &= ~domain->name_children[i];
		next = shift_in(&scratch->state, i, &carry, start, hits);
		scratch->matched.words[i] |= next & complete;
		any |= next;
		next = shift_in(&scratch->leading, i, &leading_carry,
				is_leaf ? domain->name_leading[i] : 0, hits);
		leads |= next & complete;
		any |= next;
	}
	if (leads)
		object->flags |= CF_OBJECT_LEADING;
	return any != 0;
}

static __always_inline void clear_state(struct cf_scratch *scratch)
{
	__u32 i;

	for (i = 0; i < CF_NAME_WORDS; i++) {
		scratch->state.words[i] = 0;
		scratch->leading.words[i] = 0;
	}
}

static __always_inline void note_leaf(struct cf_scratch *scratch, struct cf_object *object)
{
	__u32 i;

	object->flags &= ~CF_OBJECT_IS_PLAIN;
	for (i = 0; i < CF_NAME_WORDS; i++)
		scratch->leaf_hits.words[i] = scratch->hits.words[i];
}

/* Adds the grant of one rule that has matched, unless the object's own name is one of its exceptions. */
static __noinline int grant_name(struct cf_scratch *scratch, struct cf_object *object, __u32 agent,
				 __u32 bit, bool is_unfiltered)
{
	struct cf_name_rule_key key = {.agent = agent, .bit = bit};
	struct cf_name_rule *rule;
	__u32 except, rights;

	rule = bpf_map_lookup_elem(&cf_name_rules, &key);
	if (!rule) {
		object->query.refusal = CF_REASON_TABLE_FULL;
		return 0;
	}
	except = rule->except;
	if (except < CF_NAME_BITS) {
		object->flags |= CF_OBJECT_HAS_EXCEPTS;
		if (!S_ISDIR(object->mode) &&
		    (scratch->leaf_hits.words[(except >> 6) & (CF_NAME_WORDS - 1)] &
		     (1ULL << (except & 63))))
			return 0;
	}
	rights = rule->rights;
	if (is_unfiltered && cf_rights_keep(rights))
		rights &= CF_RIGHTS_NO_WRITING;
	cf_add_grant(object, rights, rule->rule, rule->layer, CF_REASON_NAME_RULE, CF_NAME_BITS);
	return 0;
}

/* A walk over the names of chain; its state is in scratch->loops. */
struct walk {
	struct cf_scratch *scratch;
	const struct cf_domain *domain;
	struct cf_object *object;
	__u64 agent;
	__u64 is_unfiltered;
};

/* Goes on to the zone around the one whose name was read. */
static __always_inline void leave_zone(struct cf_scratch *scratch)
{
	const __u32 zone = scratch->loops.zone;
	const struct cf_zone *entry = bpf_map_lookup_elem(&cf_zones, &zone);

	scratch->loops.zone = entry ? entry->parent : 0;
}

/* The names up to the filesystem's root, then those of the place where that is mounted. */
static long meet_one(__u32 i, struct walk *walk)
{
	struct cf_scratch *scratch = walk->scratch;
	struct cf_object *object = walk->object;
	const __u32 level = scratch->loops.level;
	const bool is_inside = level < object->depth;
	int r;

	if (!is_inside && !scratch->loops.zone)
		return 1;
	r = cf_name_hits(is_inside ? scratch->chain[level & (CF_MAX_DEPTH - 1)] : 0);
	if (r < 0) {
		object->query.refusal = CF_REASON_UNREADABLE;
		return 1;
	}
	if (r) {
		if (level == 0)
			note_leaf(scratch, object);
		scratch->loops.is_under_way = advance(scratch, object, walk->domain, level == 0);
	} else if (scratch->loops.is_under_way) {
		clear_state(scratch);
		scratch->loops.is_under_way = 0;
	}
	if (!is_inside)
		leave_zone(scratch);
	scratch->loops.level = level + 1;
	return 0;
}

/* Grants the lowest rule left in matched. */
static long grant_one(__u32 i, struct walk *walk)
{
	const __u32 bit = take_bit(walk->scratch, &walk->scratch->matched);

	if (bit >= CF_NAME_BITS)
		return 1;
	if (i >= CF_MAX_NAME_HITS) {
		walk->object->query.refusal = CF_REASON_TABLE_FULL;
		return 1;
	}
	grant_name(walk->scratch, walk->object, walk->agent, bit, walk->is_unfiltered != 0);
	return 0;
}

int cf_meet_names(struct cf_task *task, __u32 slot)
{
	struct walk walk = {};
	struct cf_scratch *scratch;
	struct cf_domain *domain;
	struct cf_object *object;
	__u32 i;

	if (!task)
		return -EINVAL;
	domain = cf_domain_of(task->label.agent);
	if (!domain)
		return -ENOENT;
	scratch = &task->scratch;
	object = &scratch->objects[slot & 1];
	clear_state(scratch);
	for (i = 0; i < CF_NAME_WORDS; i++)
		scratch->matched.words[i] = 0;
	scratch->loops.level = 0;
	scratch->loops.is_under_way = 0;
	scratch->loops.zone = object->root_zone;
	if (!(object->flags & (CF_OBJECT_IS_NODE | CF_OBJECT_IS_ANCHOR)))
		object->flags |= CF_OBJECT_IS_PLAIN;

	walk.scratch = scratch;
	walk.domain = domain;
	walk.object = object;
	walk.agent = task->label.agent;
	walk.is_unfiltered = cf_is_unfiltered(&task->label, domain);
	bpf_loop(2 * CF_MAX_DEPTH, meet_one, &walk, 0);
	if (scratch->loops.zone && object->query.refusal == CF_REASON_NONE)
		object->query.refusal = CF_REASON_TOO_DEEP; /* names that were not looked at */
	bpf_loop(CF_MAX_NAME_HITS + 1, grant_one, &walk, 0);
	return 0;
}

int cf_let_replace(struct cf_task *task, __u32 slot)
{
	struct cf_scratch *scratch;
	struct cf_object *object;
	__u32 rights = CF_RIGHTS_ALL, i;

	if (!task)
		return -EINVAL;
	scratch = &task->scratch;
	object = &scratch->objects[slot & 1];
	for (i = 0; i < CF_MAX_GRANTS; i++) {
		struct cf_grant *grant = &object->query.grants[i];
		const __u32 bit = grant->replace;

		if (i >= object->query.n_grants)
			break;
		if (bit < CF_NAME_BITS &&
		    (scratch->leaf_hits.words[(bit >> 6) & (CF_NAME_WORDS - 1)] &
		     (1ULL << (bit & 63))))
			grant->rights |= CF_RIGHT_DELETE;
		rights &= grant->rights;
	}
	object->rights = rights;
	return 0;
}
