/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bpf/abi.h"
#include "policy/access.h"

#define RIGHTS_RO	    (CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_EXEC | CF_RIGHT_IOCTL)
#define RIGHTS_RW_NO_DELETE (CF_RIGHTS_ALL & ~(unsigned int)CF_RIGHT_DELETE)
#define RIGHTS_APPEND \
	(CF_RIGHT_READ | CF_RIGHT_LIST | CF_RIGHT_CREATE | CF_RIGHT_APPEND | CF_RIGHT_IOCTL)

static const struct {
	const char *word;
	uint32_t rights;
} modes[] = {
	{"none", 0},
	{"ro", RIGHTS_RO},
	{"rw", CF_RIGHTS_ALL},
	{"rw-no-delete", RIGHTS_RW_NO_DELETE},
	{"append", RIGHTS_APPEND},
};

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

int cf_access_parse(const char *text, uint16_t *ret_rights)
{
	for (size_t i = 0; i < N_MODES; i++) {
		size_t length = strlen(modes[i].word);
		uint32_t rights = modes[i].rights;
		const char *suffix = text + length;

		if (strncmp(text, modes[i].word, length) != 0)
			continue;
		if (strcmp(suffix, "+exec") == 0)
			rights |= CF_RIGHT_EXEC;
		else if (strcmp(suffix, "-exec") == 0)
			rights &= ~(uint32_t)CF_RIGHT_EXEC;
		else if (*suffix != '\0')
			continue;
		if (modes[i].rights == 0 && *suffix != '\0')
			return -EDOM;
		*ret_rights = (uint16_t)rights;
		return 0;
	}
	return -EINVAL;
}

bool cf_access_keeps_names(uint32_t rights)
{
	return (rights | CF_RIGHT_EXEC) == RIGHTS_RW_NO_DELETE;
}

const char *cf_access_format(uint32_t rights, char *buffer)
{
	for (size_t i = 0; i < N_MODES; i++) {
		const char *suffix = "";

		if ((rights ^ modes[i].rights) & ~(uint32_t)CF_RIGHT_EXEC)
			continue;
		if (rights != modes[i].rights)
			suffix = rights & CF_RIGHT_EXEC ? "+exec" : "-exec";
		if (modes[i].rights == 0 && *suffix != '\0')
			continue;
		(void)snprintf(buffer, CF_ACCESS_TEXT_SIZE, "%s%s", modes[i].word, suffix);
		return buffer;
	}
	(void)snprintf(buffer, CF_ACCESS_TEXT_SIZE, "rights-0x%03x", rights);
	return buffer;
}
