/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference reads the comments of bpf/decide.h and abi.h, and the table of
 * what filesystems give by their type (bpf/README.md, policy/README.md), as
 * lists and tables. It never computes with a mask of rights.
 */
#include "tests/model/decisions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bpf/decide.h"
#include "tests/model/random.h"

/* abi.h: enum cf_right, bit by bit. */
static const struct {
	uint32_t bit;
	char letter;
} rights[] = {
	{1, 'r'},  {2, 'l'},  {4, 'w'},	  {8, 'c'},   {16, 'd'},
	{32, 'a'}, {64, 'x'}, {128, 'm'}, {256, 's'}, {512, 'i'},
};

#define N_RIGHTS (sizeof(rights) / sizeof(rights[0]))

/* "Refusals that come from not knowing" */
static bool is_not_knowing(uint32_t reason)
{
	static const uint32_t reasons[] = {CF_REASON_NO_DOMAIN,	   CF_REASON_UNCLASSIFIED,
					   CF_REASON_DISCONNECTED, CF_REASON_TOO_DEEP,
					   CF_REASON_TABLE_FULL,   CF_REASON_UNREADABLE,
					   CF_REASON_NO_DIGEST};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i] == reason)
			return true;
	return false;
}

static bool lacks_something(const struct cf_query *query, const struct cf_grant *grant)
{
	for (int bit = 0; bit < 32; bit++)
		if ((query->wanted >> bit) % 2 == 1 &&
		    (bit >= 16 || (grant->rights >> bit) % 2 == 0))
			return true;
	return false;
}

static struct cf_verdict refused(uint32_t code, uint32_t reason)
{
	return (struct cf_verdict){
		.code = (uint8_t)code, .reason = (uint8_t)reason, .rule = CF_RULE_NONE};
}

/* "Allowed only if there is no refusal, there is at least one grant, and every grant has all that is wanted." */
static struct cf_verdict judge(const struct cf_query *query)
{
	struct cf_verdict verdict = {.code = CF_VERDICT_ALLOW, .rule = CF_RULE_NONE};

	if (query->refusal != CF_REASON_NONE)
		return refused(is_not_knowing(query->refusal) ? CF_VERDICT_UNKNOWN
							      : CF_VERDICT_DENY,
			       query->refusal);
	for (uint32_t i = 0; i < query->n_grants && i < CF_MAX_GRANTS; i++) {
		const struct cf_grant *grant = &query->grants[i];

		/* "The first grant that lacks something decides." */
		if (verdict.code == CF_VERDICT_ALLOW && lacks_something(query, grant))
			verdict = (struct cf_verdict){.code = is_not_knowing(grant->reason)
								      ? CF_VERDICT_UNKNOWN
								      : CF_VERDICT_DENY,
						      .reason = grant->reason,
						      .layer = grant->layer,
						      .rule = grant->rule,
						      .given = grant->rights};
	}
	if (query->n_grants == 0 || query->n_grants > CF_MAX_GRANTS) {
		/* It is not known what more there is; who is told to have decided is left as it was. */
		verdict.code = CF_VERDICT_UNKNOWN;
		verdict.reason = CF_REASON_UNREADABLE;
	}
	return verdict;
}

/* "Audit mode turns every denial but those of an absent domain into a would-deny." */
static struct cf_verdict expected_of(const struct cf_query *query)
{
	struct cf_verdict verdict = judge(query);

	if (verdict.code == CF_VERDICT_ALLOW || verdict.reason == CF_REASON_NO_DOMAIN)
		return verdict;
	if ((query->domain_flags & CF_DOMAIN_AUDIT) == CF_DOMAIN_AUDIT)
		verdict.code = CF_VERDICT_WOULD_DENY;
	return verdict;
}

static void print_verdict(const char *whose, const struct cf_verdict *verdict)
{
	(void)printf("  %s: code %u reason %u layer %u rule %u given 0x%03x reserved %u\n", whose,
		     verdict->code, verdict->reason, verdict->layer, verdict->rule, verdict->given,
		     verdict->reserved);
}

static bool check_query(const struct cf_query *query, uint64_t idx)
{
	const struct cf_verdict expected = expected_of(query);
	struct cf_verdict found;

	memset(&found, 0xa5, sizeof(found));
	cf_decide(query, &found);
	if (memcmp(&found, &expected, sizeof(found)) == 0)
		return true;
	(void)printf("DIFFERENCE in cf_decide(), case %" PRIu64
		     ": wanted 0x%03x, refusal %u, domain flags 0x%x, %u grants\n",
		     idx, query->wanted, query->refusal, query->domain_flags, query->n_grants);
	for (uint32_t i = 0; i < query->n_grants && i < 8; i++)
		(void)printf("  grant %u: rights 0x%03x rule %u layer %u reason %u\n", i,
			     query->grants[i].rights, query->grants[i].rule, query->grants[i].layer,
			     query->grants[i].reason);
	print_verdict("reference", &expected);
	print_verdict("decide.h ", &found);
	return false;
}

bool decisions_check_random(uint64_t n_cases, uint64_t seed)
{
	struct random random = {.state = seed};
	struct cf_query query = {};

	for (uint64_t idx = 0; idx < n_cases; idx++) {
		const unsigned int size = random_below(&random, 64);

		query.wanted = (uint32_t)(random_next(&random) & random_next(&random) &
					  random_next(&random)) &
			       CF_RIGHTS_ALL;
		if (random_below(&random, 200) == 0)
			query.wanted = (uint32_t)random_next(&random); /* bits that nobody knows */
		query.domain_flags = (uint32_t)random_next(&random) & 0x1ffU;
		query.refusal = random_percent(&random, 75)
					? CF_REASON_NONE
					: random_below(&random, _CF_REASON_MAX + 4);
		query.n_grants = size < 58   ? random_below(&random, 8)
				 : size < 61 ? CF_MAX_GRANTS - 2 + random_below(&random, 5)
				 : size < 62 ? (uint32_t)random_next(&random)
					     : random_below(&random, CF_MAX_GRANTS);
		for (uint32_t i = 0; i < CF_MAX_GRANTS && i <= query.n_grants; i++)
			query.grants[i] = (struct cf_grant){
				.rights = (uint16_t)((random_next(&random) | random_next(&random) |
						      random_next(&random)) &
						     (random_percent(&random, 99) ? CF_RIGHTS_ALL
										  : 0xffffU)),
				.rule = (uint16_t)random_next(&random),
				.layer = (uint8_t)random_below(&random, CF_MAX_LAYERS),
				.reason = (uint8_t)random_below(&random, _CF_REASON_MAX),
			};
		if (query.n_grants >= CF_MAX_GRANTS && random_percent(&random, 70))
			for (uint32_t i = 0; i < CF_MAX_GRANTS; i++)
				query.grants[i].rights |= (uint16_t)query.wanted;
		if (!check_query(&query, idx))
			return false;
	}
	return true;
}

/* --------------------------------------------------------------- corners */

static uint32_t bits_of(const char *letters)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < N_RIGHTS; i++)
		if (strchr(letters, rights[i].letter))
			sum += rights[i].bit;
	return sum;
}

/*
 * policy/README.md on /proc, /sys and the rest, bpf/README.md's table and
 * abi.h's words on the classes, in letters: read, list, write, create, delete,
 * append, x for exec, metadata, s for connect, ioctl.
 */
static const char *words_of_class(uint32_t class, uint32_t kinship, bool may_execute_memory)
{
	static const char *const kernel_files[] = {[CF_KINSHIP_NONE] = "l",
						   [CF_KINSHIP_LISTED] = "rl",
						   [CF_KINSHIP_OWN] = "rlwai",
						   [CF_KINSHIP_FOREIGN] = ""};

	if (class == CF_ZONE_PROC || class == CF_ZONE_SYS)
		return kinship <= CF_KINSHIP_FOREIGN ? kernel_files[kinship] : "";
	if (class == CF_ZONE_CGROUP)
		return "rl";
	if (class == CF_ZONE_DEVPTS)
		return kinship == CF_KINSHIP_OWN ? "rlwami" : "l";
	if (class == CF_ZONE_INTERNAL || class == CF_ZONE_OWN)
		return may_execute_memory ? "rlwcdaxmsi" : "rlwcdamsi";
	return ""; /* closed, zones of the tree, and what there is not */
}

static bool differs(const char *what, uint32_t a, uint32_t b, uint32_t c, uint32_t expected,
		    uint32_t found)
{
	if (expected == found)
		return false;
	(void)printf("DIFFERENCE in %s(%u, %u, %u): reference 0x%x, decide.h 0x%x\n", what, a, b, c,
		     expected, found);
	return true;
}

static bool check_classes(uint64_t *n_cases)
{
	for (uint32_t class = 0; class < 64; class ++)
		for (uint32_t kinship = 0; kinship < 8; kinship++)
			for (uint32_t flags = 0; flags < 512; flags++) {
				const char *words = words_of_class(class, kinship,
								   flags & CF_DOMAIN_MEMFD_EXEC);

				++*n_cases;
				if (differs("cf_class_rights", class, kinship, flags,
					    bits_of(words), cf_class_rights(class, kinship, flags)))
					return false;
			}
	return true;
}

/* "do these rights give writing, but keep what is there?" */
static bool check_keeping(uint64_t *n_cases)
{
	for (uint32_t given = 0; given <= CF_RIGHTS_ALL; given++) {
		char letters[N_RIGHTS + 1] = "";
		bool writes, removes;

		for (size_t i = 0, n = 0; i < N_RIGHTS; i++)
			if (given / rights[i].bit % 2)
				letters[n++] = rights[i].letter;
		writes = strchr(letters, 'w') || strchr(letters, 'a');
		removes = strchr(letters, 'd');
		++*n_cases;
		if (differs("cf_rights_keep", given, 0, 0, writes && !removes,
			    cf_rights_keep(given) != 0))
			return false;
	}
	return true;
}

/* "null, zero, full, random, urandom; tty and ptmx": devices.txt */
static bool is_listed_device(uint32_t major, uint32_t minor)
{
	static const struct {
		uint32_t major;
		uint32_t minor;
	} list[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].major == major && list[i].minor == minor)
			return true;
	return false;
}

static bool check_devices(uint64_t *n_cases)
{
	for (uint32_t type = 0; type < 16; type++)
		for (uint32_t major = 0; major < 600; major++)
			for (uint32_t minor = 0; minor < 300; minor++) {
				const uint32_t mode = type << 12 | (major * 7 + minor) % 512;
				const uint32_t rdev = major << 20 | minor;

				++*n_cases;
				if (differs("cf_is_plain_device", mode, major, minor,
					    type == 2 && is_listed_device(major, minor),
					    cf_is_plain_device(mode, rdev) != 0))
					return false;
			}
	return true;
}

/* Each reason as a refusal, with and without audit; each pair of what is wanted and what is given. */
static bool check_single_queries(uint64_t *n_cases)
{
	for (uint32_t reason = 0; reason < 256; reason++)
		for (uint32_t audit = 0; audit < 2; audit++) {
			struct cf_query query = {.refusal = reason,
						 .domain_flags = audit,
						 .n_grants = 1,
						 .grants = {{.rights = CF_RIGHTS_ALL}}};

			if (!check_query(&query, (*n_cases)++))
				return false;
		}
	for (uint32_t wanted = 0; wanted <= CF_RIGHTS_ALL; wanted++)
		for (uint32_t given = 0; given <= CF_RIGHTS_ALL; given++) {
			struct cf_query query = {
				.wanted = wanted,
				.n_grants = 2,
				.grants = {{.rights = CF_RIGHTS_ALL, .rule = 7},
					   {.rights = (uint16_t)given, .rule = 9, .layer = 1}}};

			if (!check_query(&query, (*n_cases)++))
				return false;
		}
	return true;
}

bool decisions_check_corners(uint64_t *ret_n_cases)
{
	*ret_n_cases = 0;
	return check_classes(ret_n_cases) && check_keeping(ret_n_cases) &&
	       check_devices(ret_n_cases) && check_single_queries(ret_n_cases);
}
