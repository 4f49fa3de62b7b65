/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments and results of operations: words, numbers, errno. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct word_value open_words[] = {
	{"rdonly", O_RDONLY},
	{"wronly", O_WRONLY},
	{"rdwr", O_RDWR},
	{"ioctl", O_WRONLY | O_RDWR},
	{"append", O_APPEND},
	{"creat", O_CREAT},
	{"excl", O_EXCL},
	{"trunc", O_TRUNC},
	{"path", O_PATH},
	{"directory", O_DIRECTORY},
	{"nofollow", O_NOFOLLOW},
	{"tmpfile", O_TMPFILE},
	{"nonblock", O_NONBLOCK},
	{"direct", O_DIRECT},
	{NULL, 0},
};

bool parse_words(const char *text, const struct word_value *table, unsigned long *ret_value)
{
	char *copy, *rest, *word;

	*ret_value = 0;
	if (strcmp(text, "-") == 0)
		return true;
	copy = rest = strdup(text);
	while ((word = strsep(&rest, ","))) {
		const struct word_value *entry = table;

		while (entry->word && strcmp(entry->word, word) != 0)
			entry++;
		if (!entry->word) {
			(void)fprintf(stderr, "probe: no word '%s'\n", word);
			return false;
		}
		*ret_value |= entry->value;
	}
	free(copy);
	return true;
}

bool parse_number(const char *text, long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtol(text, &end, 0);
	return errno == 0 && *text && !*end;
}

int result_of(long r)
{
	return r < 0 ? -errno : 0;
}

int close_after(int fd)
{
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

int open_below(int directory, const char *name, const char *words)
{
	unsigned long flags;

	if (!parse_words(words, open_words, &flags))
		return RESULT_MISUSE;
	return close_after(openat(directory, name, (int)flags | O_CLOEXEC, 0644));
}
