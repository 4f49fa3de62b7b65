/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/names.h"

#include <stdio.h>
#include <string.h>

#include "bpf/abi.h"

/* Few and alike, so that rules, names and patterns meet. */
static const char *const words[] = {"a",     "b",     "ab",   "ba",  "aa", "abc", "aba",
				    "abab",  "c",     ".env", "env", ".a", "a.b", "b.a",
				    "x.tmp", "a-b",   "tmp",  "ä",   "äb", "bä",  "...",
				    "a..b",  "hooks", ".git", "A",   "Ab"};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

static void long_text(struct random *random, char *ret_text, unsigned int length)
{
	for (unsigned int i = 0; i < length; i++)
		ret_text[i] = "ab"[random_below(random, 2)];
	ret_text[length] = '\0';
}

void names_any(struct random *random, char ret_name[256])
{
	const unsigned int kind = random_below(random, 100);

	if (kind < 70) {
		(void)strcpy(ret_name, words[random_below(random, N_WORDS)]);
	} else if (kind < 97) {
		/* Words of a short name end at these, and a dentry's own room. */
		static const unsigned char ends[] = {8, 9, 16, 17, 24, 25, 31, 32, 36, 40};
		const unsigned int length = random_percent(random, 70)
						    ? 1 + random_below(random, 6)
						    : ends[random_below(random, sizeof(ends))];

		for (unsigned int i = 0; i < length; i++)
			ret_name[i] = "aabbc.-"[random_below(random, 7)];
		ret_name[length] = '\0';
	} else {
		long_text(random, ret_name,
			  60 + random_below(random, random_percent(random, 50) ? 8 : 196));
	}
	if (strcmp(ret_name, ".") == 0 || strcmp(ret_name, "..") == 0)
		(void)strcpy(ret_name, "a");
}
/* Never in the middle of a letter of two bytes. */
static size_t cut_of(struct random *random, const char *name)
{
	size_t cut = random_below(random, (unsigned int)strlen(name) + 1);

	while (((unsigned char)name[cut] & 0xc0) == 0x80)
		cut--;
	return cut;
}

void names_pattern(struct random *random, const char *name, bool may_have_both, char *ret_pattern)
{
	const size_t cut = cut_of(random, name), second = cut_of(random, name);

	switch (random_below(random, may_have_both ? 5 : 4)) {
	case 0:
	case 1:
		(void)sprintf(ret_pattern, "%s", name);
		break;
	case 2:
		(void)sprintf(ret_pattern, "%.*s*", (int)cut, name);
		break;
	case 3:
		(void)sprintf(ret_pattern, "*%s", name + cut);
		break;
	default: /* the two may overlap in the name: then it is no match */
		(void)sprintf(ret_pattern, "%.*s*%s", (int)cut, name, name + second);
		break;
	}
	if (!ret_pattern[strspn(ret_pattern, "*")] || strcmp(ret_pattern, ".") == 0 ||
	    strcmp(ret_pattern, "..") == 0)
		(void)strcpy(ret_pattern, ".env");
}

void names_any_short(struct random *random, char ret_name[256])
{
	do
		names_any(random, ret_name);
	while (strlen(ret_name) >= CF_NAME_SIZE && random_percent(random, 95));
	if (strlen(ret_name) >= CF_NAME_SIZE)
		ret_name[CF_NAME_SIZE - 1] = '\0'; /* such names are ASCII */
}
