/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "policy/digest.h"

#define DIGITS "0123456789abcdef"

/* How each kind is written: the key, and what its value begins with. */
static const struct {
	const char *key;
	const char *prefix;
} forms[_CF_DIGEST_MAX] = {
	[CF_DIGEST_SHA256] = {"sha256", ""},
	[CF_DIGEST_VERITY_SHA256] = {"verity", "sha256:"},
	[CF_DIGEST_VERITY_SHA512] = {"verity", "sha512:"},
};

static int parse(const char *text, uint8_t kind, struct cf_file_digest *ret_digest)
{
	struct cf_file_digest digest = {.kind = kind};
	size_t prefix_length = strlen(forms[kind].prefix);
	const char *digits = text + prefix_length;

	if (strncmp(text, forms[kind].prefix, prefix_length) != 0 ||
	    strlen(digits) != 2U * cf_digest_size(kind) || digits[strspn(digits, DIGITS)] != '\0')
		return -EINVAL;
	for (size_t i = 0; digits[i]; i++)
		digest.bytes[i / 2] =
			(uint8_t)(digest.bytes[i / 2] << 4 | (strchr(DIGITS, digits[i]) - DIGITS));
	*ret_digest = digest;
	return 0;
}

int cf_digest_parse_sha256(const char *text, struct cf_file_digest *ret_digest)
{
	return parse(text, CF_DIGEST_SHA256, ret_digest);
}

int cf_digest_parse_verity(const char *text, struct cf_file_digest *ret_digest)
{
	int r = parse(text, CF_DIGEST_VERITY_SHA256, ret_digest);

	return r == 0 ? 0 : parse(text, CF_DIGEST_VERITY_SHA512, ret_digest);
}

/* In quotes always: a digest of digits only would be a number. */
void cf_digest_print(uint8_t kind, const uint8_t *bytes, struct cf_buffer *buffer)
{
	cf_buffer_printf(buffer, "%s: \"%s", forms[kind].key, forms[kind].prefix);
	for (uint8_t i = 0; i < cf_digest_size(kind); i++)
		cf_buffer_printf(buffer, "%02x", (unsigned int)bytes[i]);
	cf_buffer_puts(buffer, "\"");
}
