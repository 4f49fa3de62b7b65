/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests of executables, as a policy writes them: SHA-256 of the contents
 * ("sha256: 64 hexadecimal digits", as sha256sum(1) prints it), and fs-verity's
 * ("verity: sha256:...", as fsverity(1) prints it).
 *
 * Layer 1 (policy); for policy's own files only.
 */
#ifndef CF_POLICY_DIGEST_H
#define CF_POLICY_DIGEST_H

#include <stdint.h>

#include "policy/image.h"

struct cf_buffer;

/* A digest and what it is of; kind 0 (CF_DIGEST_ANY): none. The unused bytes are zero. */
struct cf_file_digest {
	uint8_t kind;
	uint8_t bytes[CF_DIGEST_SIZE];
};

/* What a policy may write. */
#define CF_DIGEST_EXPECTED_SHA256 "64 digits of 0-9 and a-f"
#define CF_DIGEST_EXPECTED_VERITY "'sha256:' and 64, or 'sha512:' and 128 digits of 0-9 and a-f"

/**
 * cf_digest_parse_sha256() - the value of `sha256`
 * @ret_digest: untouched on failure
 *
 * Return: 0; -EINVAL
 */
int cf_digest_parse_sha256(const char *text, struct cf_file_digest *ret_digest);

/* The same for the value of `verity`. */
int cf_digest_parse_verity(const char *text, struct cf_file_digest *ret_digest);

/* The key and its value, on one line: sha256: "..." */
void cf_digest_print(uint8_t kind, const uint8_t *bytes, struct cf_buffer *buffer);

#endif /* CF_POLICY_DIGEST_H */
