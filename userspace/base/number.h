/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict numbers from text: decimal digits only, no sign, no spaces, no
 * leading zeros, nothing after them. The only number parser of the project.
 *
 * Layer 0 (base).
 */
#ifndef CF_BASE_NUMBER_H
#define CF_BASE_NUMBER_H

#include <stdint.h>

/**
 * cf_number_parse() - a decimal number within bounds
 * @text:       NUL-terminated
 * @min:        smallest allowed
 * @max:        largest allowed
 * @ret_number: on success
 *
 * Return: 0; -EINVAL not a number in this form; -ERANGE outside the bounds
 */
int cf_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number);

/**
 * cf_size_parse() - "512", "64K", "4G": bytes, with a suffix K, M, G or T of powers of 1024
 *
 * Return: 0; -EINVAL not a size in this form; -ERANGE outside the bounds, which are in bytes
 */
int cf_size_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_bytes);

/**
 * cf_percent_parse() - "200%": a whole percentage
 *
 * Return: 0; -EINVAL not a percentage; -ERANGE outside the bounds, which are in percent
 */
int cf_percent_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_percent);

#endif /* CF_BASE_NUMBER_H */
